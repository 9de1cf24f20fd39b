//! What touches files: the one narrow interface to the file system, and what is built on it for the rest of the crate.
//!
//! Everything that a ledger does to a disk goes through [`Disk`] and [`DiskFile`], so that a test can record the
//! operations, replay any prefix of them, or make one fail. A [`Volume`] names the path in its errors; a [`Draft`] is a
//! file that has its name when it is whole; [`lock`] keeps other writers away; [`bytes`] are the fields of files; a
//! [`Secret`] tells what was made in a directory from what others put there.
//!
//! [`Draft`]: draft::Draft
//! [`Secret`]: secret::Secret

pub(crate) mod bytes;
pub(crate) mod draft;
mod error;
pub(crate) mod lock;
#[cfg(test)]
pub(crate) mod memory;
mod real;
pub(crate) mod secret;
mod volume;

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::DiskError;
pub(crate) use error::is_denied;
pub(crate) use volume::{Volume, VolumeFile, directory_of};

/// The permission bits of those who may neither read nor write what is secret.
pub(crate) const OTHERS: u32 = 0o077;

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

/// Who may read a new file, or enter a new directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody to whom the process grants it by default.
    Usual,
    /// The owner alone.
    Owner,
}

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link, wherever it leads.
    Link,
    /// Anything else.
    Other,
}

/// What is known of a name. A link is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) kind: Kind,
    /// The length in bytes.
    pub(crate) len: u64,
    /// When it was written last, in nanoseconds since 1970.
    pub(crate) modified: i128,
}

/// The operations on names.
pub(crate) trait Disk: Debug + Send + Sync {
    /// The same disk with a directory held open: paths that begin with its path are found from it from then on,
    /// wherever it is moved and whatever takes its name.
    fn hold(&self, dir: &Path) -> io::Result<Arc<dyn Disk>>;
    /// Whether the directory that is held still has the path by which it was opened.
    fn has_its_path(&self) -> bool;
    /// A path by which others than this disk find what is below the directory that is held. It leads through the
    /// directory's handle where the system has such paths. Else it is the path by which the directory was opened, if the
    /// directory still has it.
    fn outer_path(&self, path: &Path) -> Option<PathBuf>;
    /// Creates a file that must not exist, open for reading and writing.
    fn create_new(&self, path: &Path, audience: Audience) -> io::Result<Arc<dyn DiskFile>>;
    /// Opens a file that must exist.
    fn open(&self, path: &Path, access: Access) -> io::Result<Arc<dyn DiskFile>>;
    /// Makes a directory in one that exists; `false` when it is there already.
    fn create_dir(&self, path: &Path, audience: Audience) -> io::Result<bool>;
    /// Lists what has a name in a directory, sorted by name.
    fn list(&self, dir: &Path) -> io::Result<Vec<(String, Kind)>>;
    /// Looks at what has a name.
    fn about(&self, path: &Path) -> io::Result<Metadata>;
    /// Sets the nine permission bits of a file or directory.
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()>;
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
    /// Whether the file has a name, in whatever directory.
    fn has_name(&self) -> io::Result<bool>;
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
