//! Private files of the ledger's directory that are there as a whole or not at all.
//!
//! Whoever writes here holds the ledger's lock, so an unfinished file is nobody's: it was left by a process that was
//! killed.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use ledger::{Audience, Draft, DraftFile};

use crate::error::Error;

/// What the names of unfinished files end with.
pub(crate) const UNFINISHED: &str = ".unfinished";

/// Nobody but the owner enters what names persons and customers.
const DIR_MODE: u32 = 0o700;

/// A file that only its owner reads, and that has not got its name yet. Dropped before [`Staged::publish`] it leaves
/// nothing.
#[derive(Debug)]
pub(crate) struct Staged(Draft);

impl Staged {
    /// Begins a file beside `path`. What a process that was killed left there is removed.
    pub(crate) fn create(path: &Path) -> Result<(Self, DraftFile), Error> {
        let (draft, file) = Draft::create(path, Audience::Owner)?;
        Ok((Self(draft), file))
    }

    /// A whole file, durable but for its name.
    pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let (staged, mut file) = Self::create(path)?;
        file.write_all(bytes).map_err(Error::file("write", unfinished(path)))?;
        staged.sync()?;
        Ok(staged)
    }

    /// Makes what was written durable, so that nothing but its name can fail later.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        Ok(self.0.sync()?)
    }

    /// Gives the file its name, durably; what had the name is replaced.
    pub(crate) fn publish(self, path: &Path) -> Result<(), Error> {
        Ok(self.0.publish(path)?)
    }
}

/// Where a file stands before it is finished.
pub(crate) fn unfinished(path: &Path) -> PathBuf {
    Draft::unfinished(path)
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file("remove", path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes a directory that only its owner enters, unless it is there.
pub(crate) fn make_dir(path: &Path) -> Result<(), Error> {
    match DirBuilder::new().mode(DIR_MODE).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => {
            made.map_err(Error::file("create", path))?;
            sync_dir(parent(path))
        }
    }
}

/// The directory of a file; a bare name is in the present one.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names in a directory durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), Error> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(Error::file("sync", dir))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use std::path::Path;

    use super::{Staged, parent, unfinished};

    #[test]
    fn a_bare_name_is_in_the_present_directory() {
        let parents = ["a", "b/a", "/a"].map(|path| parent(Path::new(path)));
        assert_eq!(parents, [".", "b", "/"].map(Path::new));
    }

    #[test]
    fn a_file_is_private_and_has_its_name_when_it_is_published() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(unfinished(&path), "left by a kill").unwrap();
        drop(Staged::write(&path, b"given up").unwrap());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
        Staged::write(&path, b"one").unwrap().publish(&path).unwrap();
        Staged::write(&path, b"two").unwrap().publish(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
