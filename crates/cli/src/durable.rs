//! Private files of the ledger's directory that are there as a whole or not at all.
//!
//! A file is written beside its place, synced, and given its name only when it is to count. Whoever writes here holds
//! the ledger's lock, so an unfinished file is nobody's: it was left by a process that was killed.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// What the names of unfinished files end with.
pub(crate) const UNFINISHED: &str = ".unfinished";

/// Nobody but the owner reads what names persons and customers.
const FILE_MODE: u32 = 0o600;
const DIR_MODE: u32 = 0o700;

/// A file that has not got its name yet. Dropped before [`Staged::publish`] it leaves nothing.
#[derive(Debug)]
pub(crate) struct Staged {
    unfinished: PathBuf,
}

impl Staged {
    /// Begins a file beside `path`. What a process that was killed left there is removed.
    pub(crate) fn create(path: &Path) -> Result<(Self, File), Error> {
        let unfinished = unfinished(path);
        remove(&unfinished)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&unfinished);
        let file = file.map_err(Error::file("create", &unfinished))?;
        Ok((Self { unfinished }, file))
    }

    /// A whole file, durable but for its name.
    pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let (staged, mut file) = Self::create(path)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        written.map_err(Error::file("write", &staged.unfinished))?;
        Ok(staged)
    }

    /// Gives the file its name, durably; what had the name is replaced.
    pub(crate) fn publish(mut self, path: &Path) -> Result<(), Error> {
        fs::rename(&self.unfinished, path).map_err(Error::file("rename", &self.unfinished))?;
        self.unfinished = PathBuf::new();
        sync_dir(parent(path))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.unfinished.as_os_str().is_empty() {
            drop(fs::remove_file(&self.unfinished));
        }
    }
}

/// Where a file stands before it is finished.
pub(crate) fn unfinished(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(UNFINISHED);
    PathBuf::from(name)
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
