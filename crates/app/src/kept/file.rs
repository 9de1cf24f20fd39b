//! One kept file: what it is, and its bytes.

use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use ledger::{LedgerDir, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::text::shown;

/// The name of the directory, in that of the ledger.
const DIR: &str = "kept";
/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// What a zip is imported as.
pub const ZIP: &str = "zip";

/// What a kept file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// The SHA-256 of its bytes in lower-case hexadecimal.
    pub sha256: String,
    /// The name under which it was imported, `-` for standard input.
    pub name: String,
    /// What it was imported as: a kind of report, `events`, `entries` or `zip`.
    pub kind: String,
    /// When it was imported first.
    #[serde(serialize_with = "shown", deserialize_with = "instant")]
    pub imported_at: Timestamp,
    /// Its length in bytes.
    pub bytes: u64,
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Timestamp::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

impl KeptFile {
    /// Reads the object; `None` when it is none, or of another file.
    #[must_use]
    pub fn parse(sha256: &str, text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|file: &Self| file.sha256 == sha256)
    }

    /// Where a ledger has its kept files.
    #[must_use]
    pub(crate) fn dir(home: &LedgerDir) -> PathBuf {
        home.path().join(DIR)
    }

    /// Where its bytes are.
    #[must_use]
    pub fn bytes_path(dir: &Path, sha256: &str) -> PathBuf {
        dir.join(format!("{sha256}.gz"))
    }

    /// Where the file is that describes it.
    #[must_use]
    pub fn json_path(dir: &Path, sha256: &str) -> PathBuf {
        dir.join(format!("{sha256}.json"))
    }

    /// Its bytes, not compared with their digest.
    pub fn open(&self, home: &LedgerDir) -> Result<impl Read + use<>, Error> {
        let file = home.read(&Self::bytes_path(&Self::dir(home), &self.sha256))?;
        let file = file.ok_or_else(|| self.damaged("its bytes are not there"))?;
        Ok(GzDecoder::new(BufReader::with_capacity(CHUNK, file)))
    }

    /// Writes its bytes somewhere, and compares them with their digest.
    ///
    /// # Errors
    /// `damaged`, though something was written before; otherwise what could not be written.
    pub fn copy(&self, home: &LedgerDir, out: &mut dyn Write) -> Result<(), Error> {
        let mut bytes = self.open(home)?;
        let mut sha256 = Sha256::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = match bytes.read(&mut chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(|error| self.unreadable(error))?,
            };
            let Some(read) = chunk.get(..read).filter(|read| !read.is_empty()) else { break };
            sha256.update(read);
            out.write_all(read).map_err(Error::output)?;
        }
        if hex::encode(sha256.finalize()) == self.sha256 {
            Ok(())
        } else {
            Err(self.damaged("its bytes are not those of its digest"))
        }
    }

    /// Bytes that cannot be unpacked.
    fn unreadable(&self, error: io::Error) -> Error {
        let kind = error.kind();
        if matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof) {
            return self.damaged("its bytes cannot be unpacked");
        }
        Error::file("read", format!("{}.gz", self.sha256))(error)
    }

    fn damaged(&self, what: &str) -> Error {
        damaged(&self.sha256, what)
    }
}

/// What to do about a kept file that is damaged.
pub(crate) const PUT_IN_ORDER: &str =
    "`pcs import --keep` of the same file puts it in order, `pcs kept forget` erases it";

/// A kept file whose bytes are not those of its digest, or whose description cannot be read.
#[must_use]
pub(crate) fn damaged(sha256: &str, what: &str) -> Error {
    Error::disproved("damaged", format!("the kept file {sha256} is damaged: {what}")).hint(PUT_IN_ORDER)
}
