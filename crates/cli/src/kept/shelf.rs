//! The kept files of a ledger: which there are, and finding one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::error::KeptError;
use super::file::KeptFile;
use super::keeper::remove_left_overs;
use crate::durable::{remove, sync_dir};
use crate::error::Error;

/// The directory in that of the ledger.
const DIR: &str = "kept";
/// What a `source` has before the digits.
const SOURCE_PREFIX: &str = "sha256:";

/// The kept files of a ledger.
pub(crate) struct Shelf {
    dir: PathBuf,
    /// By their digests; none where what the file is cannot be read.
    files: BTreeMap<String, Option<KeptFile>>,
}

impl Shelf {
    /// Where a ledger has its kept files.
    pub(crate) fn dir(ledger_dir: &Path) -> PathBuf {
        ledger_dir.join(DIR)
    }

    /// Looks which files are kept.
    pub(crate) fn open(ledger_dir: &Path) -> Result<Self, Error> {
        let dir = Self::dir(ledger_dir);
        let mut files = BTreeMap::new();
        let entries = match fs::read_dir(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { dir, files }),
            entries => entries.map_err(Error::file("read", &dir))?,
        };
        for entry in entries {
            let path = entry.map_err(Error::file("read", &dir))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(sha256) = name.strip_suffix(".json") else { continue };
            let text = fs::read(&path).map_err(Error::file("read", &path))?;
            files.insert(sha256.to_owned(), KeptFile::parse(sha256, &String::from_utf8_lossy(&text)));
        }
        Ok(Self { dir, files })
    }

    /// The files, the first imported first.
    pub(crate) fn files(&self) -> Vec<&KeptFile> {
        let mut files: Vec<&KeptFile> = self.files.values().flatten().collect();
        files.sort_by_key(|file| file.imported_at);
        files
    }

    /// Digests of files of which it cannot be read what they are.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = &str> {
        self.files.iter().filter(|(_, file)| file.is_none()).map(|(sha256, _)| sha256.as_str())
    }

    /// The file whose digest begins so.
    ///
    /// # Errors
    /// [`KeptError::Unknown`], [`KeptError::Ambiguous`], [`KeptError::Damaged`] when it cannot be read what it is.
    pub(crate) fn find(&self, typed: &str) -> Result<&KeptFile, Error> {
        let sha256 = self.digest(typed)?;
        match self.files.get(sha256).and_then(Option::as_ref) {
            Some(file) => Ok(file),
            None => Err(damaged(sha256)),
        }
    }

    /// The digest that begins so.
    ///
    /// # Errors
    /// [`KeptError::Unknown`], [`KeptError::Ambiguous`].
    pub(crate) fn digest(&self, typed: &str) -> Result<&str, Error> {
        let prefix = typed.strip_prefix(SOURCE_PREFIX).unwrap_or(typed).to_ascii_lowercase();
        let found: Vec<&String> =
            self.files.keys().filter(|sha256| !prefix.is_empty() && sha256.starts_with(&prefix)).collect();
        match found.as_slice() {
            [sha256] => Ok(sha256),
            [] => Err(KeptError::Unknown { prefix }.into()),
            several => Err(KeptError::Ambiguous { prefix, count: several.len() }.into()),
        }
    }

    /// Writes the bytes of a file somewhere, and compares them with their digest.
    ///
    /// # Errors
    /// [`KeptError::Damaged`] behind whatever was written; what could not be written is [`Error::Output`].
    pub(crate) fn copy(&self, file: &KeptFile, out: &mut dyn Write) -> Result<(), Error> {
        file.copy(&self.dir, out)
    }

    /// The bytes of a file, not compared with their digest.
    pub(crate) fn bytes(&self, file: &KeptFile) -> Result<Box<dyn Read>, Error> {
        Ok(Box::new(file.open(&self.dir)?))
    }

    /// Compares a file with its digest.
    ///
    /// # Errors
    /// [`KeptError::Damaged`].
    pub(crate) fn verify(&self, file: &KeptFile) -> Result<(), Error> {
        self.copy(file, &mut io::sink())
    }

    /// Erases a file by its whole digest. The ledger must be locked.
    pub(crate) fn forget(&self, sha256: &str) -> Result<(), Error> {
        // In this order: bytes of which nothing tells what they are, are removed here and by the next import.
        remove(&KeptFile::json_path(&self.dir, sha256))?;
        remove_left_overs(&self.dir)?;
        sync_dir(&self.dir)
    }
}

/// A file of which it cannot be read what it is.
pub(crate) fn damaged(sha256: &str) -> Error {
    KeptError::Damaged { sha256: sha256.to_owned(), what: "what it is cannot be read".to_owned() }.into()
}
