//! The one narrow interface to the file system.
//!
//! Everything the storage layer does to a disk goes through [`Disk`] and [`DiskFile`], so that a test can
//! record the operations, replay any prefix of them, or make one fail.

use std::fmt::Debug;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

/// What an open file may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reading only.
    Read,
    /// Reading and writing.
    Write,
}

/// How a file is locked against other processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Shared with other shared locks.
    Shared,
    /// Against every other lock.
    Exclusive,
}

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Whom the process lets read what it makes.
    Usual,
    /// The owner alone.
    Owner,
}

/// The operations on names.
pub(crate) trait Disk: Debug + Send + Sync {
    /// Creates a file that must not exist, open for reading and writing.
    fn create_new(&self, path: &Path, audience: Audience) -> io::Result<Arc<dyn DiskFile>>;
    /// Opens a file that must exist.
    fn open(&self, path: &Path, access: Access) -> io::Result<Arc<dyn DiskFile>>;
    /// Refuses a symbolic link, behind which something outside of the ledger would be written.
    fn refuse_link(&self, path: &Path) -> io::Result<()>;
    /// Makes a directory in one that exists; `false` when it is there already.
    fn create_dir(&self, path: &Path) -> io::Result<bool>;
    /// Lists the names of the regular files in a directory, sorted.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// Whether there is a regular file, and not a link to one.
    fn is_file(&self, path: &Path) -> io::Result<bool>;
    /// Gives a file a second name, which nothing has.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file or directory another name, replacing what had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// The operations on an open file. Offsets and lengths are in bytes.
pub(crate) trait DiskFile: Debug + Send + Sync {
    /// The length of the file.
    fn size(&self) -> io::Result<u64>;
    /// The nine permission bits of the file.
    fn mode(&self) -> io::Result<u32>;
    /// Reads at most `buf.len()` bytes; 0 means the end of the file.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all of `buf`.
    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts the file, or extends it with zeros.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Makes the bytes durable, and of the metadata what reading them needs.
    fn sync_data(&self) -> io::Result<()>;
    /// Makes bytes and metadata durable; after a change of the length.
    fn sync_all(&self) -> io::Result<()>;
    /// Takes a lock that dies with its process; `false` when another has it.
    fn try_lock(&self, lock: Lock) -> io::Result<bool>;
}

/// The file system of the operating system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn create_new(&self, path: &Path, audience: Audience) -> io::Result<Arc<dyn DiskFile>> {
        let mode = match audience {
            Audience::Usual => 0o666,
            Audience::Owner => 0o600,
        };
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(path)?;
        Ok(Arc::new(RealFile(file)))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Arc<dyn DiskFile>> {
        if access == Access::Write {
            self.refuse_link(path)?;
        }
        let file = OpenOptions::new().read(true).write(access == Access::Write).open(path)?;
        Ok(Arc::new(RealFile(file)))
    }

    fn refuse_link(&self, path: &Path) -> io::Result<()> {
        match std::fs::symlink_metadata(path) {
            Ok(about) if about.is_symlink() => Err(io::Error::other("it is a symbolic link")),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn create_dir(&self, path: &Path) -> io::Result<bool> {
        match std::fs::create_dir(path) {
            Ok(()) => Ok(true),
            Err(_) if path.is_dir() => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn is_file(&self, path: &Path) -> io::Result<bool> {
        match std::fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            about => about.map(|about| about.is_file()),
        }
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::hard_link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}

/// A file of the operating system.
#[derive(Debug)]
struct RealFile(File);

impl DiskFile for RealFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn mode(&self) -> io::Result<u32> {
        Ok(self.0.metadata()?.permissions().mode() & 0o777)
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(&self.0, buf, offset)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(buf, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        let taken = match lock {
            Lock::Shared => self.0.try_lock_shared(),
            Lock::Exclusive => self.0.try_lock(),
        };
        match taken {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
