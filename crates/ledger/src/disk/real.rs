//! The file system of the operating system, a directory of which may be held open.
//!
//! A path names whatever stands there at the moment. A ledger is worked on for long. Its directory may be renamed
//! meanwhile, and another one put in its place. So everything in it is found from the directory itself, which is opened
//! once.

use std::fs::{File, Permissions, TryLockError};
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileExt, MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, fstat, linkat, mkdirat, openat, renameat, stat, statat, unlinkat,
};
use rustix::io::retry_on_intr;

use super::{Access, Audience, Disk, DiskFile, Kind, Lock, Metadata};

/// How a directory is held open: only to find names in it, which works without the right to list it.
const HOLD: OFlags = {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    let search = OFlags::PATH;
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    let search = OFlags::RDONLY;
    search.union(OFlags::DIRECTORY)
};

/// The file system of the operating system.
#[derive(Debug, Clone, Default)]
pub(crate) struct RealDisk {
    held: Option<Arc<HeldDir>>,
}

/// A directory that is held open.
#[derive(Debug)]
struct HeldDir {
    /// The path by which it was opened.
    path: PathBuf,
    dir: OwnedFd,
}

impl HeldDir {
    /// Whether a path leads to it.
    fn is_at(&self, path: &Path) -> bool {
        match (fstat(&self.dir), stat(path)) {
            (Ok(held), Ok(there)) => (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino),
            (Err(_), _) | (_, Err(_)) => false,
        }
    }
}

impl RealDisk {
    /// The directory from which a path is found, and the path from there.
    fn find<'a>(&'a self, path: &'a Path) -> (BorrowedFd<'a>, &'a Path) {
        let held = self.held.as_ref();
        let below = held.and_then(|held| Some((held.dir.as_fd(), path.strip_prefix(&held.path).ok()?)));
        let (dir, path) = below.unwrap_or((CWD, path));
        (dir, or_here(path))
    }

    /// Gives what root has in the directory that is held open to the directory's owner, who works on it otherwise and could
    /// not read it; but for a file that has another name, which may be that of somebody else's. Root that may not do so, as
    /// in some containers, goes on as before.
    fn give_to_owner(&self, path: &Path, file: impl AsFd) {
        let Some(held) = self.held.as_ref().filter(|held| path.starts_with(&held.path)) else { return };
        if let (Ok(dir), Ok(about)) = (fstat(&held.dir), fstat(&file))
            && about.st_uid == 0
            && dir.st_uid != 0
            && (about.st_nlink == 1 || kind(about.st_mode) == Kind::Dir)
        {
            drop(fchown(file, Some(dir.st_uid), Some(dir.st_gid)));
        }
    }

    fn open_as(&self, path: &Path, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        let (dir, path) = self.find(path);
        Ok(retry_on_intr(|| openat(dir, path, flags | OFlags::CLOEXEC, mode))?)
    }
}

/// A path; the empty one stands for the current directory.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

impl Disk for RealDisk {
    fn hold(&self, dir: &Path) -> io::Result<Arc<dyn Disk>> {
        if self.held.as_ref().is_some_and(|held| held.path == dir) {
            return Ok(Arc::new(self.clone()));
        }
        let opened = self.open_as(dir, HOLD, Mode::empty())?;
        Ok(Arc::new(Self { held: Some(Arc::new(HeldDir { path: dir.to_owned(), dir: opened })) }))
    }

    fn has_its_path(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.is_at(or_here(&held.path)))
    }

    fn outer_path(&self, path: &Path) -> Option<PathBuf> {
        let held = self.held.as_ref()?;
        let below = path.strip_prefix(&held.path).ok()?;
        let by_handle = PathBuf::from(format!("/proc/self/fd/{}", held.dir.as_raw_fd()));
        let found = [by_handle, or_here(&held.path).to_owned()].into_iter().find(|dir| held.is_at(dir));
        found.map(|dir| dir.join(below))
    }

    fn create_new(&self, path: &Path, audience: Audience) -> io::Result<Arc<dyn DiskFile>> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        let file = self.open_as(path, flags, mode_for(audience, 0o666))?;
        self.give_to_owner(path, &file);
        Ok(Arc::new(RealFile(file.into())))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Arc<dyn DiskFile>> {
        let flags = match access {
            Access::Read => OFlags::RDONLY,
            Access::Write => OFlags::RDWR,
        };
        Ok(Arc::new(RealFile(self.open_as(path, flags, Mode::empty())?.into())))
    }

    fn create_dir(&self, path: &Path, audience: Audience) -> io::Result<bool> {
        let (dir, name) = self.find(path);
        match mkdirat(dir, name, mode_for(audience, 0o777)) {
            Ok(()) => {
                if let Ok(made) =
                    self.open_as(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW, Mode::empty())
                {
                    self.give_to_owner(path, made);
                }
                Ok(true)
            }
            Err(_) if statat(dir, name, AtFlags::empty()).is_ok_and(|about| kind(about.st_mode) == Kind::Dir) => {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<(String, Kind)>> {
        let opened = self.open_as(dir, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
        let mut names = Vec::new();
        for entry in Dir::read_from(&opened)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            // Some file systems tell no types.
            let kind = if entry.file_type() == FileType::Unknown {
                statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW).map_or(Kind::Other, |about| kind(about.st_mode))
            } else {
                kind_of(entry.file_type())
            };
            if name != "." && name != ".." {
                names.push((name.to_owned(), kind));
            }
        }
        names.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(names)
    }

    fn about(&self, path: &Path) -> io::Result<Metadata> {
        let (dir, path) = self.find(path);
        let about = statat(dir, path, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(Metadata {
            kind: kind(about.st_mode),
            len: u64::try_from(about.st_size).expect("a length is not negative"),
            modified: i128::from(about.st_mtime) * 1_000_000_000 + i128::from(about.st_mtime_nsec),
        })
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        let file = File::from(self.open_as(path, OFlags::RDONLY | OFlags::NOFOLLOW, Mode::empty())?);
        self.give_to_owner(path, &file);
        file.set_permissions(Permissions::from_mode(mode))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let ((from_dir, from), (to_dir, to)) = (self.find(from), self.find(to));
        Ok(linkat(from_dir, from, to_dir, to, AtFlags::empty())?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let ((from_dir, from), (to_dir, to)) = (self.find(from), self.find(to));
        Ok(renameat(from_dir, from, to_dir, to)?)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let (dir, path) = self.find(path);
        Ok(unlinkat(dir, path, AtFlags::empty())?)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::from(self.open_as(dir, OFlags::RDONLY, Mode::empty())?).sync_all()
    }
}

/// What of the permission bits is given to an audience.
fn mode_for(audience: Audience, bits: rustix::fs::RawMode) -> Mode {
    match audience {
        Audience::Usual => Mode::from_raw_mode(bits),
        Audience::Owner => Mode::from_raw_mode(bits) & Mode::RWXU,
    }
}

fn kind(mode: rustix::fs::RawMode) -> Kind {
    kind_of(FileType::from_raw_mode(mode))
}

fn kind_of(file_type: FileType) -> Kind {
    if file_type.is_file() {
        Kind::File
    } else if file_type.is_dir() {
        Kind::Dir
    } else if file_type.is_symlink() {
        Kind::Link
    } else {
        Kind::Other
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

    fn has_name(&self) -> io::Result<bool> {
        Ok(self.0.metadata()?.nlink() > 0)
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::chown;

    use super::*;

    /// Somebody who is not root.
    const OWNER: u32 = 65_532;

    #[test]
    fn what_root_makes_in_a_directory_that_is_held_open_belongs_to_its_owner() {
        let temporary = tempfile::tempdir().unwrap();
        let dir = temporary.path().join("ledger");
        fs::create_dir(&dir).unwrap();
        // Only root gives files away.
        if fs::metadata(&dir).unwrap().uid() != 0 {
            return;
        }
        chown(&dir, Some(OWNER), Some(OWNER)).unwrap();
        let disk = RealDisk::default().hold(&dir).unwrap();
        disk.create_new(&dir.join("file"), Audience::Owner).unwrap();
        assert!(disk.create_dir(&dir.join("below"), Audience::Owner).unwrap());
        disk.create_new(&dir.join("below/file"), Audience::Usual).unwrap();
        for name in ["by a store", "linked"] {
            fs::write(dir.join(name), "").unwrap();
        }
        fs::hard_link(dir.join("linked"), temporary.path().join("other name")).unwrap();
        for name in ["by a store", "linked"] {
            disk.set_mode(&dir.join(name), 0o600).unwrap();
        }
        disk.create_new(&temporary.path().join("beside"), Audience::Owner).unwrap();
        let owner = |path: PathBuf| {
            let about = fs::metadata(path).unwrap();
            (about.uid(), about.gid())
        };
        for name in ["file", "below", "below/file", "by a store"] {
            assert_eq!(owner(dir.join(name)), (OWNER, OWNER), "{name}");
        }
        assert_eq!(owner(dir.join("linked")).0, 0);
        assert_eq!(owner(temporary.path().join("beside")).0, 0);
    }
}
