//! The directory of a ledger, which is opened once and worked in from then on.
//!
//! Whoever has it reaches the files of this ledger, also when the directory is moved meanwhile and another one takes its
//! name. Paths are those by which it was opened, so that errors name what people typed.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::disk::draft::{Draft, DraftFile, DurableDraft};
use crate::disk::{Access, Audience, Volume, VolumeFile};
use crate::error::{DiskError, OpenError};
use crate::prefix::describe;
use crate::store::options::{Options, hold};

/// The directory of a ledger, held open. Clones share it.
///
/// Its files are named by paths that begin with its own.
#[derive(Clone, Debug)]
pub struct LedgerDir {
    volume: Volume,
    path: PathBuf,
}

/// A file of the directory that is read from front to back.
#[derive(Debug)]
pub struct DirFile {
    file: VolumeFile,
    read: u64,
}

impl LedgerDir {
    /// Opens a directory, in which there need not be a whole ledger.
    ///
    /// # Errors
    /// [`OpenError::NoLedger`] when there is no such directory, [`OpenError::Disk`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { volume: hold(&Volume::real(), path)?, path: path.to_owned() })
    }

    /// A directory that a file system holds.
    pub(crate) fn held(volume: &Volume, path: &Path) -> Self {
        Self { volume: volume.clone(), path: path.to_owned() }
    }

    pub(crate) fn volume(&self) -> &Volume {
        &self.volume
    }

    /// What the ledger in it is opened with.
    pub(crate) fn options(&self) -> Options {
        Options { volume: self.volume.clone(), ..Options::new(describe) }
    }

    /// The path by which it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file for reading; `None` when there is none.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn read(&self, path: &Path) -> Result<Option<DirFile>, DiskError> {
        match self.volume.open(path, Access::Read) {
            Ok(file) => Ok(Some(DirFile { file, read: 0 })),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Begins a file that only its owner reads, and that gets its name when it is whole.
    ///
    /// # Errors
    /// As [`Draft::create`].
    pub fn draft(&self, path: &Path) -> Result<(Draft, DraftFile), DiskError> {
        Draft::create_on(&self.volume, path, Audience::Owner)
    }

    /// Begins a file as [`Self::draft`] does, and makes all of its bytes durable, so that only its name can fail later.
    ///
    /// # Errors
    /// As [`Draft::create`], and as [`Draft::sync`].
    pub fn write_draft(&self, path: &Path, bytes: &[u8]) -> Result<Draft, DiskError> {
        let (draft, _) = self.draft(path)?;
        draft.file().write(bytes, 0)?;
        draft.sync()?;
        Ok(draft)
    }

    /// Gives files, all of which stand in one directory, their names, durably; what had a name is replaced.
    ///
    /// # Errors
    /// [`DiskError`]; then some of them may have their names.
    pub fn publish_all(&self, dir: &Path, files: Vec<(DurableDraft, PathBuf)>) -> Result<(), DiskError> {
        files.into_iter().try_for_each(|(draft, path)| draft.rename(&path))?;
        self.sync(dir)
    }

    /// The sorted names of the files in a directory; none where there is no directory.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn list(&self, path: &Path) -> Result<Vec<String>, DiskError> {
        Ok(self.volume.list(path)?.unwrap_or_default())
    }

    /// Whether anything has a name.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn has(&self, path: &Path) -> Result<bool, DiskError> {
        Ok(self.volume.about(path)?.is_some())
    }

    /// Makes a directory that only its owner enters, with a durable name, unless it is there.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn create_dir(&self, path: &Path) -> Result<(), DiskError> {
        self.volume.create_dir(path, Audience::Owner)
    }

    /// Removes a file; one that is gone already is no error.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn remove(&self, path: &Path) -> Result<(), DiskError> {
        self.volume.remove(path)
    }

    /// Makes the names in a directory durable.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn sync(&self, path: &Path) -> Result<(), DiskError> {
        self.volume.sync_dir(path)
    }
}

impl DirFile {
    /// The nine permission bits of the file.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn mode(&self) -> Result<u32, DiskError> {
        self.file.mode()
    }
}

impl Read for DirFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buf, self.read).map_err(|error| error.source)?;
        self.read += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::disk::memory::{MemoryDisk, Op};

    #[test]
    fn many_files_are_durable_before_the_first_has_its_name_and_the_directory_is_synced_once() {
        let disk = MemoryDisk::default();
        let (volume, dir) = (Volume::new(Arc::new(disk.clone())), Path::new("."));
        let paths: Vec<PathBuf> = (0..20).map(|number| PathBuf::from(number.to_string())).collect();
        let drafts = paths.iter().map(|path| Draft::create_on(&volume, path, Audience::Owner).unwrap().0).collect();
        let durable = Draft::sync_all(drafts).unwrap();
        let synced = disk.ops().iter().filter(|op| matches!(op, Op::Sync(_))).count();
        let names = durable.into_iter().zip(paths.clone()).collect();
        LedgerDir::held(&volume, dir).publish_all(dir, names).unwrap();
        let ops = disk.ops();
        let (last, before) = ops.split_last().unwrap();
        assert!((synced, last) == (20, &Op::SyncDir(dir.to_owned())), "{ops:?}");
        let last_ones: Vec<_> = before.iter().rev().take(20).rev().collect();
        let expected: Vec<_> = paths.iter().map(|path| Op::Rename(Draft::unfinished(path), path.clone())).collect();
        assert!(last_ones.into_iter().eq(&expected), "{ops:?}");
    }

    #[test]
    fn a_draft_of_bytes_is_there_with_its_name_or_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (home, path) = (LedgerDir::open(dir.path()).unwrap(), dir.path().join("a"));
        drop(home.write_draft(&path, b"given up").unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
        home.write_draft(&path, b"one").unwrap().publish(&path).unwrap();
        home.write_draft(&path, b"two").unwrap().publish(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(home.read(&path).unwrap().unwrap().mode().unwrap(), 0o600);
    }
}
