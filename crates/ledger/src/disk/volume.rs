//! Files with their names: every failure says what was done to which path.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::real::RealDisk;
use super::{Access, Audience, Disk, DiskError, DiskFile, Kind, Lock, Metadata};

/// A file system that names the path in its errors.
#[derive(Debug, Clone)]
pub(crate) struct Volume(Arc<dyn Disk>);

impl Volume {
    /// The operating system's file system.
    pub(crate) fn real() -> Self {
        Self(Arc::new(RealDisk::default()))
    }

    /// Another file system.
    #[cfg(test)]
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Self {
        Self(disk)
    }

    /// The same file system with a directory held open: what is in it is found there, wherever it is moved.
    pub(crate) fn hold(&self, dir: &Path) -> Result<Self, DiskError> {
        self.0.hold(dir).map(Self).map_err(|e| DiskError::new("open", dir, e))
    }

    /// Whether the directory that is held still has the path by which it was opened.
    pub(crate) fn has_its_path(&self) -> bool {
        self.0.has_its_path()
    }

    /// A path by which others find what is below the directory that is held, if there is one.
    pub(crate) fn outer_path(&self, path: &Path) -> Option<PathBuf> {
        self.0.outer_path(path)
    }

    /// Creates a file that must not exist, and that an audience may read.
    pub(crate) fn create_new(&self, path: &Path, audience: Audience) -> Result<VolumeFile, DiskError> {
        let file = self.0.create_new(path, audience).map_err(|e| DiskError::new("create", path, e))?;
        Ok(VolumeFile { path: path.to_owned(), file })
    }

    /// Creates a file in place of whatever had the name.
    pub(crate) fn create_anew(&self, path: &Path) -> Result<VolumeFile, DiskError> {
        match self.0.remove(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(DiskError::new("remove", path, e)),
            Ok(()) | Err(_) => self.create_new(path, Audience::Owner),
        }
    }

    /// Opens a file that must exist.
    pub(crate) fn open(&self, path: &Path, access: Access) -> Result<VolumeFile, DiskError> {
        let refused = if access == Access::Write { self.refuse_link(path) } else { Ok(()) };
        let file = refused.and_then(|()| self.0.open(path, access)).map_err(|e| DiskError::new("open", path, e))?;
        Ok(VolumeFile { path: path.to_owned(), file })
    }

    /// Opens a file for writing, and creates it where there is none.
    pub(crate) fn open_or_create(&self, path: &Path) -> Result<VolumeFile, DiskError> {
        match self.open(path, Access::Write) {
            Err(error) if error.is_not_found() => self.create_new(path, Audience::Owner),
            opened => opened,
        }
    }

    /// Refuses a symbolic link, behind which something outside of the ledger would be written.
    fn refuse_link(&self, path: &Path) -> io::Result<()> {
        match self.0.about(path) {
            Ok(Metadata { kind: Kind::Link, .. }) => Err(io::Error::other("it is a symbolic link")),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Makes a directory in one that exists, whose name is not durable yet; `false` when it is there already.
    pub(crate) fn make_dir(&self, path: &Path, audience: Audience) -> Result<bool, DiskError> {
        self.0.create_dir(path, audience).map_err(|e| DiskError::new("create", path, e))
    }

    /// Makes a directory that an audience may enter, and those above it that are not there, each with a durable name.
    pub(crate) fn create_dir(&self, path: &Path, audience: Audience) -> Result<(), DiskError> {
        let made = match (self.make_dir(path, audience), path.parent()) {
            (Err(error), Some(above)) if error.is_not_found() && above != Path::new("") => {
                self.create_dir(above, Audience::Usual)?;
                self.make_dir(path, audience)
            }
            (made, _) => made,
        };
        if made? {
            self.sync_dir(directory_of(path))?;
        }
        Ok(())
    }

    /// Makes a directory of a ledger, and refuses a symbolic link in its place.
    pub(crate) fn create_own_dir(&self, path: &Path) -> Result<(), DiskError> {
        self.refuse_link(path).map_err(|e| DiskError::new("write into", path, e))?;
        self.create_dir(path, Audience::Owner)
    }

    /// The sorted names of the files in a directory; `None` when there is no such directory.
    pub(crate) fn list(&self, dir: &Path) -> Result<Option<Vec<String>>, DiskError> {
        let files = |(name, kind)| (kind == Kind::File).then_some(name);
        Ok(self.list_all(dir)?.map(|names| names.into_iter().filter_map(files).collect()))
    }

    fn list_all(&self, dir: &Path) -> Result<Option<Vec<(String, Kind)>>, DiskError> {
        match self.0.list(dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            names => names.map(Some).map_err(|e| DiskError::new("list", dir, e)),
        }
    }

    /// Hands over every file and directory in a directory and below it; nothing when there is no such directory.
    pub(crate) fn each_below(&self, dir: &Path, on_each: &mut dyn FnMut(&Path, Metadata)) -> Result<(), DiskError> {
        for (name, kind) in self.list_all(dir)?.unwrap_or_default() {
            let path = dir.join(name);
            if matches!(kind, Kind::File | Kind::Dir)
                && let Some(about) = self.about(&path)?
            {
                on_each(&path, about);
            }
            if kind == Kind::Dir {
                self.each_below(&path, on_each)?;
            }
        }
        Ok(())
    }

    /// The number of the files in a directory and below it, and their bytes.
    pub(crate) fn measure(&self, dir: &Path) -> Result<(u64, u64), DiskError> {
        let (mut files, mut bytes) = (0, 0);
        self.each_below(dir, &mut |_, about| {
            if about.kind == Kind::File {
                files += 1;
                bytes += about.len;
            }
        })?;
        Ok((files, bytes))
    }

    /// Looks at what has a name; `None` when nothing has.
    pub(crate) fn about(&self, path: &Path) -> Result<Option<Metadata>, DiskError> {
        match self.0.about(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            about => about.map(Some).map_err(|e| DiskError::new("measure", path, e)),
        }
    }

    /// Sets the nine permission bits of a file or directory.
    pub(crate) fn set_mode(&self, path: &Path, mode: u32) -> Result<(), DiskError> {
        self.0.set_mode(path, mode).map_err(|e| DiskError::new("protect", path, e))
    }

    /// Gives a file or directory another name.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        self.0.rename(from, to).map_err(|e| DiskError::new("rename", from, e))
    }

    /// Gives a file another name, unless something has it.
    pub(crate) fn rename_new(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        match self.0.link(from, to) {
            Ok(()) => self.remove(from),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(DiskError::new("create", to, e)),
            // The file system knows no second names.
            Err(_) => self.rename(from, to),
        }
    }

    /// Removes a file; one that is gone already is no error.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), DiskError> {
        match self.0.remove(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(DiskError::new("remove", path, e)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Makes the names in a directory durable.
    pub(crate) fn sync_dir(&self, dir: &Path) -> Result<(), DiskError> {
        self.0.sync_dir(dir).map_err(|e| DiskError::new("sync", dir, e))
    }
}

/// The directory in which a path has its name.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// An open file that names its path in its errors. Offsets and lengths are in bytes.
#[derive(Debug, Clone)]
pub(crate) struct VolumeFile {
    path: PathBuf,
    file: Arc<dyn DiskFile>,
}

impl VolumeFile {
    /// The length of the file.
    pub(crate) fn size(&self) -> Result<u64, DiskError> {
        self.file.size().map_err(|e| self.failed("measure", e))
    }

    /// The nine permission bits of the file.
    pub(crate) fn mode(&self) -> Result<u32, DiskError> {
        self.file.mode().map_err(|e| self.failed("measure", e))
    }

    /// Whether the file has a name still.
    pub(crate) fn has_name(&self) -> Result<bool, DiskError> {
        self.file.has_name().map_err(|e| self.failed("measure", e))
    }

    /// Reads the file from its beginning, at most so many bytes.
    pub(crate) fn read_first(&self, most: u64) -> Result<Vec<u8>, DiskError> {
        let mut bytes = vec![0; usize::try_from(self.size()?.min(most)).expect("it fits into memory")];
        let filled = self.read(&mut bytes, 0)?;
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// Reads until `buf` is full or the file ends; returns how many bytes there were.
    pub(crate) fn read(&self, buf: &mut [u8], offset: u64) -> Result<usize, DiskError> {
        let mut filled = 0;
        while let Some(rest) = buf.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, offset + filled as u64) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.failed("read", e)),
            }
        }
        Ok(filled)
    }

    /// Writes all of `buf`.
    pub(crate) fn write(&self, buf: &[u8], offset: u64) -> Result<(), DiskError> {
        self.file.write_at(buf, offset).map_err(|e| self.failed("write", e))
    }

    /// Cuts the file, or extends it with zeros.
    pub(crate) fn set_len(&self, len: u64) -> Result<(), DiskError> {
        self.file.set_len(len).map_err(|e| self.failed("cut", e))
    }

    /// Makes the bytes durable.
    pub(crate) fn sync_data(&self) -> Result<(), DiskError> {
        self.file.sync_data().map_err(|e| self.failed("sync", e))
    }

    /// Makes bytes and length durable.
    pub(crate) fn sync_all(&self) -> Result<(), DiskError> {
        self.file.sync_all().map_err(|e| self.failed("sync", e))
    }

    /// Takes a lock; `false` when another process has it. It ends with the last copy of this file.
    pub(crate) fn try_lock(&self, lock: Lock) -> Result<bool, DiskError> {
        self.file.try_lock(lock).map_err(|e| self.failed("lock", e))
    }

    pub(crate) fn failed(&self, action: &'static str, source: io::Error) -> DiskError {
        DiskError::new(action, &self.path, source)
    }
}
