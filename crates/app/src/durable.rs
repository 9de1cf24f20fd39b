//! Private files of the ledger's directory that are there as a whole or not at all.
//!
//! Whoever writes here holds the ledger's lock, so an unfinished file is nobody's: it was left by a process that was
//! killed.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ledger::{Draft, DraftFile, LedgerDir};

use crate::error::Error;

/// What the names of unfinished files end with.
pub const UNFINISHED: &str = ".unfinished";

/// A file that only its owner reads, and that has not got its name yet. Dropped before [`Staged::publish`] it leaves
/// nothing.
#[derive(Debug)]
pub struct Staged(Draft);

impl Staged {
    /// Begins a file beside `path`. What a process that was killed left there is removed.
    pub fn create(home: &LedgerDir, path: &Path) -> Result<(Self, DraftFile), Error> {
        let (draft, file) = home.draft(path)?;
        Ok((Self(draft), file))
    }

    /// A whole file, durable but for its name.
    pub fn write(home: &LedgerDir, path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let (staged, mut file) = Self::create(home, path)?;
        file.write_all(bytes).map_err(Error::file("write", unfinished(path)))?;
        staged.sync()?;
        Ok(staged)
    }

    /// Makes what was written durable, so that nothing but its name can fail later.
    pub fn sync(&self) -> Result<(), Error> {
        Ok(self.0.sync()?)
    }

    /// Gives the file its name, durably; what had the name is replaced.
    pub fn publish(self, path: &Path) -> Result<(), Error> {
        Ok(self.0.publish(path)?)
    }
}

/// Where a file stands before it is finished.
#[must_use]
pub fn unfinished(path: &Path) -> PathBuf {
    Draft::unfinished(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use ledger::LedgerDir;

    use super::{Staged, unfinished};

    #[test]
    fn a_file_is_private_and_has_its_name_when_it_is_published() {
        let dir = tempfile::tempdir().unwrap();
        let (home, path) = (LedgerDir::open(dir.path()).unwrap(), dir.path().join("a"));
        std::fs::write(unfinished(&path), "left by a kill").unwrap();
        drop(Staged::write(&home, &path, b"given up").unwrap());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
        Staged::write(&home, &path, b"one").unwrap().publish(&path).unwrap();
        Staged::write(&home, &path, b"two").unwrap().publish(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
