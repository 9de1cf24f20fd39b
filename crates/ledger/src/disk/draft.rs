//! Files and directories that have their names when they are whole, or not at all.
//!
//! What is made stands beside its place first, is made durable there, and then gets its name. When the power goes in
//! between there is nothing by that name; what is left beside it is removed by the next attempt. A name that was given
//! is durable.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;

use super::{Access, Audience, DiskError, Kind, Lock, Volume, VolumeFile, directory_of};

/// How many files are made durable at once: a disk waits hardly longer for so many than for one.
const SYNCED_AT_ONCE: usize = 16;

/// A file that does not have its name yet. When it is dropped before it is published, it leaves nothing.
#[derive(Debug)]
pub struct Draft {
    unnamed: DurableDraft,
    file: VolumeFile,
}

/// A draft that is durable and no longer open. When it is dropped before it is published, it leaves nothing.
#[derive(Debug)]
pub struct DurableDraft {
    volume: Volume,
    /// Where it stands; none when it has its name.
    unfinished: Option<PathBuf>,
}

/// The bytes of a [`Draft`], to be written from front to back.
#[derive(Debug)]
pub struct DraftFile {
    file: VolumeFile,
    written: u64,
}

/// What of a file survives a power cut once it has its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing needs to.
    Nothing,
    /// The bytes, wherever the name is.
    Bytes,
    /// The bytes and the name.
    Name,
}

impl Draft {
    /// What the names of unfinished files end with.
    pub const ENDING: &str = ".unfinished";

    /// Begins a file beside `path`, locked against other processes. What a process that was killed left there is
    /// removed.
    ///
    /// # Errors
    /// [`DiskError`], also when another process writes a file of that name.
    pub fn create(path: &Path, audience: Audience) -> Result<(Self, DraftFile), DiskError> {
        Self::create_on(&Volume::real(), path, audience)
    }

    pub(crate) fn create_on(volume: &Volume, path: &Path, audience: Audience) -> Result<(Self, DraftFile), DiskError> {
        let unfinished = Self::unfinished(path);
        if volume.about(&unfinished)?.is_some_and(|about| about.kind == Kind::File) {
            lock(&volume.open(&unfinished, Access::Read)?)?;
        }
        volume.remove(&unfinished)?;
        let file = volume.create_new(&unfinished, audience)?;
        lock(&file)?;
        let unnamed = DurableDraft { volume: volume.clone(), unfinished: Some(unfinished) };
        Ok((Self { unnamed, file: file.clone() }, DraftFile { file, written: 0 }))
    }

    /// Begins a file for its owner alone, at a place that no other process writes to. What was left there is removed.
    pub(crate) fn create_alone(volume: &Volume, unfinished: PathBuf) -> Result<Self, DiskError> {
        let file = volume.create_anew(&unfinished)?;
        Ok(Self { unnamed: DurableDraft { volume: volume.clone(), unfinished: Some(unfinished) }, file })
    }

    /// The file, as far as it is written.
    pub(crate) fn file(&self) -> &VolumeFile {
        &self.file
    }

    /// Where a file stands before it has its name.
    #[must_use]
    pub fn unfinished(path: &Path) -> PathBuf {
        let mut name = OsString::from(path);
        name.push(Self::ENDING);
        PathBuf::from(name)
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// [`DiskError`]; what was written before may be lost then.
    pub fn sync(&self) -> Result<(), DiskError> {
        self.file.sync_all()
    }

    /// Makes what was written into many files durable, and closes them.
    ///
    /// # Errors
    /// [`DiskError`]; then none of them is left.
    pub fn sync_all(drafts: Vec<Self>) -> Result<Vec<DurableDraft>, DiskError> {
        let sync = |drafts: &[Self]| drafts.iter().try_for_each(Self::sync);
        thread::scope(|scope| {
            let parts = drafts.chunks(drafts.len().div_ceil(SYNCED_AT_ONCE).max(1));
            let threads: Vec<_> =
                parts.map(|part| (part, thread::Builder::new().spawn_scoped(scope, move || sync(part)))).collect();
            threads.into_iter().try_for_each(|(part, thread)| match thread {
                Ok(thread) => thread.join().expect("it does not panic"),
                // No other thread is to be had.
                Err(_) => sync(part),
            })
        })?;
        Ok(drafts.into_iter().map(|draft| draft.unnamed).collect())
    }

    /// Gives the file its name, in the directory where it stands, durably; what had the name is replaced.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn publish(self, path: &Path) -> Result<(), DiskError> {
        self.name(path, Durability::Name, Volume::rename)
    }

    /// Gives the file a name that nothing has, in the directory where it stands, durably.
    ///
    /// # Errors
    /// [`DiskError`]; when something has the name it stays as it is.
    pub fn publish_new(self, path: &Path) -> Result<(), DiskError> {
        self.name(path, Durability::Name, Volume::rename_new)
    }

    /// Gives the file its name, in the directory where it stands; what had the name is replaced.
    pub(crate) fn publish_as(self, path: &Path, durability: Durability) -> Result<(), DiskError> {
        self.name(path, durability, Volume::rename)
    }

    fn name(
        mut self,
        path: &Path,
        durability: Durability,
        rename: impl FnOnce(&Volume, &Path, &Path) -> Result<(), DiskError>,
    ) -> Result<(), DiskError> {
        if durability != Durability::Nothing {
            self.sync()?;
        }
        let DurableDraft { volume, unfinished } = &mut self.unnamed;
        if let Some(unfinished) = &unfinished {
            rename(volume, unfinished, path)?;
        }
        // Another process may use the name from here on.
        *unfinished = None;
        if durability == Durability::Name { volume.sync_dir(directory_of(path)) } else { Ok(()) }
    }
}

impl DurableDraft {
    /// Gives the file its name, in the directory where it stands; what had the name is replaced. The name is not durable.
    pub(crate) fn rename(mut self, path: &Path) -> Result<(), DiskError> {
        if let Some(unfinished) = &self.unfinished {
            self.volume.rename(unfinished, path)?;
        }
        self.unfinished = None;
        Ok(())
    }
}

/// Writes a whole file at a place that no other process writes to, and then gives it its name beside it.
pub(crate) fn write_beside(
    volume: &Volume,
    unfinished: PathBuf,
    path: &Path,
    bytes: &[u8],
    durability: Durability,
) -> Result<(), DiskError> {
    let draft = Draft::create_alone(volume, unfinished)?;
    draft.file.write(bytes, 0)?;
    draft.publish_as(path, durability)
}

impl Drop for DurableDraft {
    fn drop(&mut self) {
        if let Some(unfinished) = &self.unfinished {
            // What stays is removed by the next attempt.
            drop(self.volume.remove(unfinished));
        }
    }
}

impl DraftFile {
    /// The number of bytes written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }
}

impl Write for DraftFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes, self.written).map_err(|error| error.source)?;
        self.written += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes a directory and those above it that are not there, each with a durable name.
///
/// # Errors
/// [`DiskError`].
pub fn create_dir(path: &Path) -> Result<(), DiskError> {
    Volume::real().create_dir(path, Audience::Usual)
}

/// Gives a directory, in which everything is durable, its name beside itself, durably. An empty directory that has the
/// name is replaced.
///
/// # Errors
/// [`DiskError`], also when anything else has the name.
pub fn publish_dir(unfinished: &Path, path: &Path) -> Result<(), DiskError> {
    publish_dir_on(&Volume::real(), unfinished, path)
}

pub(crate) fn publish_dir_on(volume: &Volume, unfinished: &Path, path: &Path) -> Result<(), DiskError> {
    volume.sync_dir(unfinished)?;
    volume.rename(unfinished, path)?;
    volume.sync_dir(directory_of(path))
}

/// Keeps other processes from a file while it is open, where the file system can.
fn lock(file: &VolumeFile) -> Result<(), DiskError> {
    match file.try_lock(Lock::Exclusive) {
        Ok(false) => Err(file.failed("lock", io::ErrorKind::WouldBlock.into())),
        Ok(true) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use std::sync::Arc;

    use super::*;
    use crate::disk::memory::{MemoryDisk, Op};

    fn write(path: &Path, bytes: &[u8]) -> Draft {
        let (draft, mut file) = Draft::create(path, Audience::Owner).unwrap();
        file.write_all(bytes).unwrap();
        assert_eq!(file.written(), bytes.len() as u64);
        draft
    }

    fn names(dir: &Path) -> usize {
        fs::read_dir(dir).unwrap().count()
    }

    #[test]
    fn a_file_has_its_name_when_it_is_published_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(Draft::unfinished(&path), "left by a kill").unwrap();
        drop(write(&path, b"given up"));
        assert_eq!(names(dir.path()), 0, "nothing is left");
        write(&path, b"one").publish_new(&path).unwrap();
        write(&path, b"two").publish_new(&path).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"three").publish(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(dir.path()), 1);
    }

    #[test]
    fn a_bare_name_is_made_durable_in_the_present_directory() {
        let disk = MemoryDisk::default();
        let volume = Volume::new(Arc::new(disk.clone()));
        let (draft, _) = Draft::create_on(&volume, Path::new("a"), Audience::Usual).unwrap();
        draft.publish_new(Path::new("a")).unwrap();
        assert!(matches!(disk.ops().last(), Some(Op::SyncDir(dir)) if dir == Path::new(".")), "{:?}", disk.ops());
    }

    #[test]
    fn what_another_process_writes_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let first = write(&path, b"first");
        let error = Draft::create(&path, Audience::Usual).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::WouldBlock);
        first.publish_new(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[test]
    fn a_directory_replaces_nothing_but_an_empty_one() {
        let dir = tempfile::tempdir().unwrap();
        let [made, place] = ["made", "place"].map(|name| dir.path().join(name));
        fs::create_dir(&made).unwrap();
        fs::write(made.join("file"), "text").unwrap();
        fs::create_dir(&place).unwrap();
        fs::write(place.join("other"), "text").unwrap();
        publish_dir(&made, &place).unwrap_err();
        fs::remove_file(place.join("other")).unwrap();
        publish_dir(&made, &place).unwrap();
        assert!(place.join("file").exists() && !made.exists());
    }
}
