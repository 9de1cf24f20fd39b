//! The kept files of a ledger: which there are, and finding one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ledger::{Draft, LedgerDir};

use super::file::{KeptFile, damaged};
use crate::bounds;
use crate::error::Error;

/// What a `source` has before the digits.
const SOURCE_PREFIX: &str = "sha256:";

/// What is wrong with a file whose description cannot be read.
pub(crate) const UNKNOWN: &str = "what it is cannot be read";

/// The kept files of a ledger.
pub(crate) struct Shelf {
    pub(crate) home: LedgerDir,
    dir: PathBuf,
    /// The files by their digests; `None` if the description cannot be read.
    files: BTreeMap<String, Option<KeptFile>>,
    /// Digests of bytes without a description.
    alone: BTreeSet<String>,
    /// The names of files that an import did not finish.
    pub(super) unfinished: Vec<String>,
}

impl Shelf {
    /// Lists the files that are kept.
    pub(crate) fn open(home: &LedgerDir) -> Result<Self, Error> {
        let dir = KeptFile::dir(home);
        let (mut files, mut alone) = (BTreeMap::new(), BTreeSet::new());
        let mut unfinished = Vec::new();
        for name in home.list(&dir)? {
            if name.ends_with(Draft::ENDING) {
                unfinished.push(name);
            } else if let Some(sha256) = name.strip_suffix(".json") {
                let path = dir.join(&name);
                // A file that is gone was erased meanwhile.
                let Some(file) = home.read(&path)? else { continue };
                let text = bounds::read_all(file, bounds::KEPT_NOTE).map_err(Error::file("read", path))?;
                files.insert(sha256.to_owned(), KeptFile::parse(sha256, &String::from_utf8_lossy(&text)));
            } else if let Some(sha256) = alone_in(home, &dir, &name)? {
                alone.insert(sha256.to_owned());
            }
        }
        files.extend(alone.iter().map(|sha256| (sha256.clone(), None)));
        Ok(Self { home: home.clone(), dir, files, alone, unfinished })
    }

    /// Whether there are files of an import that is under way or was cut off.
    #[must_use]
    pub(crate) fn is_under_way(&self) -> bool {
        !self.unfinished.is_empty() || !self.alone.is_empty()
    }

    /// Leaves out the files of an import that is under way.
    #[must_use]
    pub(crate) fn without_unfinished(mut self) -> Self {
        self.unfinished.clear();
        self.files.retain(|sha256, _| !self.alone.contains(sha256));
        self.alone.clear();
        self
    }

    /// The files, the first imported first.
    #[must_use]
    pub(crate) fn files(&self) -> Vec<&KeptFile> {
        let mut files: Vec<&KeptFile> = self.files.values().flatten().collect();
        files.sort_by_key(|file| file.imported_at);
        files
    }

    /// Digests of files whose description cannot be read.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = &str> {
        self.files.iter().filter(|(_, file)| file.is_none()).map(|(sha256, _)| sha256.as_str())
    }

    /// The file whose digest begins so.
    ///
    /// # Errors
    /// `unknown_file`, `ambiguous`, `damaged` if its description cannot be read.
    pub(crate) fn find(&self, typed: &str) -> Result<&KeptFile, Error> {
        let sha256 = self.digest(typed)?;
        let file = self.files.get(sha256).and_then(Option::as_ref);
        file.ok_or_else(|| damaged(sha256, UNKNOWN))
    }

    /// The digest that begins so.
    ///
    /// # Errors
    /// `unknown_file`, `ambiguous`.
    pub(crate) fn digest(&self, typed: &str) -> Result<&str, Error> {
        let prefix = typed.strip_prefix(SOURCE_PREFIX).unwrap_or(typed).to_ascii_lowercase();
        let found: Vec<&String> =
            self.files.keys().filter(|sha256| !prefix.is_empty() && sha256.starts_with(&prefix)).collect();
        match found.as_slice() {
            [sha256] => Ok(sha256),
            [] => Err(Error::new("unknown_file", format!("no kept file has the SHA-256 {prefix}"))
                .hint("`pcs kept list` prints the files that are kept; `pcs import --keep` keeps one")),
            several => {
                let text = format!("{} kept files have a SHA-256 that begins with {prefix}", several.len());
                let hint = "give more of its digits: `pcs kept list` prints them";
                Err(Error::new("ambiguous", text).hint(hint))
            }
        }
    }

    /// The bytes of a file, not compared with their digest.
    pub(crate) fn bytes(&self, file: &KeptFile) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(file.open(&self.home).map_err(Error::into_other)?))
    }

    /// Compares a file with its digest.
    ///
    /// # Errors
    /// `damaged`.
    pub(crate) fn verify(&self, file: &KeptFile) -> Result<(), Error> {
        file.copy(&self.home, &mut io::sink())
    }

    /// Erases a file by its whole digest. The ledger must be locked.
    pub(crate) fn forget(&self, sha256: &str) -> Result<(), Error> {
        // In this order: the next import removes bytes without a description.
        self.home.remove(&KeptFile::json_path(&self.dir, sha256))?;
        self.home.remove(&KeptFile::bytes_path(&self.dir, sha256))?;
        remove_unfinished(&self.home)?;
        Ok(self.home.sync(&self.dir)?)
    }
}

/// Removes what imports left that were cut off: files without their names, and bytes without a description. The ledger
/// must be locked.
pub(crate) fn remove_left_overs(home: &LedgerDir) -> Result<(), Error> {
    let dir = KeptFile::dir(home);
    for name in home.list(&dir)? {
        if name.ends_with(Draft::ENDING) || alone_in(home, &dir, &name)?.is_some() {
            home.remove(&dir.join(name))?;
        }
    }
    Ok(())
}

/// Removes files without their names, and nothing else. The ledger must be locked.
pub(crate) fn remove_unfinished(home: &LedgerDir) -> Result<(), Error> {
    let dir = KeptFile::dir(home);
    let names = home.list(&dir)?;
    let mut unfinished = names.iter().filter(|name| name.ends_with(Draft::ENDING));
    unfinished.try_for_each(|name| Ok(home.remove(&dir.join(name))?))
}

/// The digest of bytes without a description.
fn alone_in<'a>(home: &LedgerDir, dir: &Path, name: &'a str) -> Result<Option<&'a str>, Error> {
    let Some(sha256) = name.strip_suffix(".gz") else { return Ok(None) };
    Ok(if home.has(&KeptFile::json_path(dir, sha256))? { None } else { Some(sha256) })
}
