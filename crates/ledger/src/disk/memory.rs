//! A disk in memory that records what is done to it, fails when told, and can be replayed as a crash would leave it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Access, Audience, Disk, DiskFile, Kind, Lock, Metadata};

/// Something that was done. Files are numbered as they are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    Create(PathBuf, usize),
    CreateDir(PathBuf),
    Link(PathBuf, PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    SyncDir(PathBuf),
    Write(usize, u64, Vec<u8>),
    SetLen(usize, u64),
    Sync(usize),
    /// A sync that failed: what was written before is never made durable by a later one.
    FailedSync(usize),
}

/// When an operation fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// How many operations go well before.
    pub(crate) after: usize,
    /// What the failing ones say.
    pub(crate) kind: io::ErrorKind,
    /// Whether only one fails, or all from then on.
    pub(crate) once: bool,
    /// Whether half of a write that fails is written all the same.
    pub(crate) short: bool,
}

#[derive(Debug, Default)]
struct DiskState {
    names: BTreeMap<PathBuf, usize>,
    dirs: BTreeSet<PathBuf>,
    files: Vec<Vec<u8>>,
    locked: BTreeSet<usize>,
    ops: Vec<Op>,
    fault: Option<Fault>,
}

/// What is on a disk: names, directories, and the bytes of the files that names stand for.
#[derive(Debug, Clone, Default, Hash)]
pub(crate) struct Image {
    pub(crate) names: BTreeMap<PathBuf, usize>,
    pub(crate) dirs: BTreeSet<PathBuf>,
    pub(crate) files: Vec<Vec<u8>>,
}

/// The disk. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryDisk {
    state: Arc<Mutex<DiskState>>,
    /// What happens before each look at it.
    pause: Option<fn()>,
}

impl MemoryDisk {
    fn state(&self) -> MutexGuard<'_, DiskState> {
        if let Some(pause) = self.pause {
            pause();
        }
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An empty disk that lets others go first at every operation.
    pub(crate) fn pausing(pause: fn()) -> Self {
        Self { pause: Some(pause), ..Self::default() }
    }

    fn with(state: DiskState) -> Self {
        Self { state: Arc::new(Mutex::new(state)), pause: None }
    }

    /// A disk that holds this, with nothing done to it.
    pub(crate) fn of(image: Image) -> Self {
        let Image { names, dirs, files } = image;
        Self::with(DiskState { names, dirs, files, ..DiskState::default() })
    }

    /// What it holds.
    pub(crate) fn image(&self) -> Image {
        let state = self.state();
        Image { names: state.names.clone(), dirs: state.dirs.clone(), files: state.files.clone() }
    }

    /// The same disk when the process that used it is dead: nothing is locked, and nothing fails.
    pub(crate) fn killed(&self) -> Self {
        let state = self.state();
        let (names, dirs, files, ops) =
            (state.names.clone(), state.dirs.clone(), state.files.clone(), state.ops.clone());
        Self::with(DiskState { names, dirs, files, ops, ..DiskState::default() })
    }

    /// What was done so far.
    pub(crate) fn ops(&self) -> Vec<Op> {
        self.state().ops.clone()
    }

    /// Lets an operation fail from now on, or none.
    pub(crate) fn set_fault(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// A disk as a crash leaves it after `ops`: what was synced is there, of the rest what `survives` says, a write
    /// perhaps in part.
    pub(crate) fn after_crash(ops: &[Op], survives: &mut dyn FnMut() -> Survival) -> Self {
        let disk = Self::default();
        for (at, op) in ops.iter().enumerate() {
            let later = ops.get(at + 1..).unwrap_or_default();
            let lost = later.iter().position(|later| is_lost_by(later, op));
            let in_time = later.get(..lost.unwrap_or(later.len())).unwrap_or_default();
            let is_durable = in_time.iter().any(|sync| makes_durable(sync, op));
            let survival = if is_durable { Survival::Whole } else { survives() };
            disk.state().replay(op, survival);
        }
        disk.state().ops.clear();
        disk
    }
}

/// What a crash leaves of an operation that was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Survival {
    Whole,
    Half,
    Nothing,
}

fn is_lost_by(later: &Op, op: &Op) -> bool {
    match (later, op) {
        (Op::FailedSync(failed), Op::Write(file, ..) | Op::SetLen(file, _)) => failed == file,
        _ => false,
    }
}

fn makes_durable(sync: &Op, op: &Op) -> bool {
    match (sync, op) {
        (Op::Sync(synced), Op::Write(file, ..) | Op::SetLen(file, _)) => synced == file,
        (Op::SyncDir(dir), Op::Create(path, _) | Op::Link(_, path) | Op::Rename(path, _) | Op::Remove(path)) => {
            path.parent() == Some(dir)
        }
        (_, Op::CreateDir(_)) => true,
        _ => false,
    }
}

impl DiskState {
    fn is_dir(&self, path: &Path) -> bool {
        ["/", ".", ""].iter().any(|there| path == Path::new(there)) || self.dirs.contains(path)
    }

    fn begin(&mut self, op: Op) -> io::Result<()> {
        if let Some(fault) = &mut self.fault {
            let Some(left) = fault.after.checked_sub(1) else {
                let kind = fault.kind;
                if let Op::Sync(file) = op {
                    self.ops.push(Op::FailedSync(file));
                }
                if fault.once {
                    self.fault = None;
                }
                return Err(kind.into());
            };
            fault.after = left;
        }
        self.ops.push(op);
        Ok(())
    }

    fn replay(&mut self, op: &Op, survival: Survival) {
        if let Op::Create(_, file) = op {
            self.files.resize(self.files.len().max(file + 1), Vec::new());
        }
        match (op, survival) {
            (Op::Write(file, offset, bytes), Survival::Half) => {
                let half = bytes[..bytes.len() / 2].to_vec();
                self.apply(&Op::Write(*file, *offset, half));
            }
            (_, Survival::Nothing | Survival::Half) => {}
            (op, Survival::Whole) => self.apply(op),
        }
    }

    fn apply(&mut self, op: &Op) {
        match op {
            Op::Create(path, file) => {
                self.files.resize(self.files.len().max(file + 1), Vec::new());
                self.names.insert(path.clone(), *file);
            }
            Op::CreateDir(path) => {
                self.dirs.extend(path.ancestors().map(Path::to_owned));
            }
            Op::Link(from, to) => {
                if let Some(&file) = self.names.get(from) {
                    self.names.insert(to.clone(), file);
                }
            }
            Op::Rename(from, to) => {
                if let Some(file) = self.names.remove(from) {
                    self.names.insert(to.clone(), file);
                }
                if self.dirs.contains(from) {
                    let renamed = |path: &Path| path.strip_prefix(from).map_or(path.to_owned(), |rest| to.join(rest));
                    self.dirs = self.dirs.iter().map(|dir| renamed(dir)).collect();
                    self.names = self.names.iter().map(|(path, &file)| (renamed(path), file)).collect();
                }
            }
            Op::Remove(path) => drop(self.names.remove(path)),
            Op::Write(file, offset, bytes) => {
                let start = usize::try_from(*offset).unwrap();
                let content = &mut self.files[*file];
                content.resize(content.len().max(start + bytes.len()), 0);
                content[start..start + bytes.len()].copy_from_slice(bytes);
            }
            Op::SetLen(file, len) => self.files[*file].resize(usize::try_from(*len).unwrap(), 0),
            Op::SyncDir(_) | Op::Sync(_) | Op::FailedSync(_) => {}
        }
    }

    fn run(&mut self, op: &Op) -> io::Result<()> {
        let is_short = self.fault.is_some_and(|fault| fault.short);
        let begun = self.begin(op.clone());
        match (&begun, op) {
            (Ok(()), _) => self.apply(op),
            (Err(_), Op::Write(file, offset, bytes)) if is_short => {
                let half = Op::Write(*file, *offset, bytes[..bytes.len() / 2].to_vec());
                self.apply(&half);
                self.ops.push(half);
            }
            (Err(_), _) => {}
        }
        begun
    }
}

impl Disk for MemoryDisk {
    fn hold(&self, _dir: &Path) -> io::Result<Arc<dyn Disk>> {
        Ok(Arc::new(self.clone()))
    }

    fn has_its_path(&self) -> bool {
        true
    }

    fn outer_path(&self, _path: &Path) -> Option<PathBuf> {
        // Only this disk finds its files.
        None
    }

    fn create_new(&self, path: &Path, _audience: Audience) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if !path.parent().is_some_and(|dir| state.is_dir(dir)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let file = state.files.len();
        state.run(&Op::Create(path.to_owned(), file))?;
        Ok(Arc::new(MemoryFile { disk: self.clone(), file, locked: Mutex::new(false) }))
    }

    fn open(&self, path: &Path, _access: Access) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.state().names.get(path).copied().ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(MemoryFile { disk: self.clone(), file, locked: Mutex::new(false) }))
    }

    fn create_dir(&self, path: &Path, _audience: Audience) -> io::Result<bool> {
        let mut state = self.state();
        if state.is_dir(path) {
            return Ok(false);
        }
        if !path.parent().is_some_and(|dir| state.is_dir(dir)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.run(&Op::CreateDir(path.to_owned())).map(|()| true)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<(String, Kind)>> {
        let state = self.state();
        if !state.is_dir(dir) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let files = state.names.keys().map(|path| (path, Kind::File));
        let inside = files.chain(state.dirs.iter().map(|path| (path, Kind::Dir)));
        let inside = inside.filter(|(path, _)| path.parent() == Some(dir));
        let names = inside.map(|(path, kind)| (path.file_name().unwrap().to_str().unwrap().to_owned(), kind));
        Ok(names.collect::<BTreeMap<String, Kind>>().into_iter().collect())
    }

    fn about(&self, path: &Path) -> io::Result<Metadata> {
        let state = self.state();
        match state.names.get(path) {
            // Nobody asks for more than which file was made later.
            Some(&file) => Ok(Metadata {
                kind: Kind::File,
                len: state.files[file].len() as u64,
                modified: i128::try_from(file).unwrap(),
            }),
            None if state.is_dir(path) => Ok(Metadata { kind: Kind::Dir, len: 0, modified: 0 }),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn set_mode(&self, _path: &Path, _mode: u32) -> io::Result<()> {
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.names.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.run(&Op::Link(from.to_owned(), to.to_owned()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state().run(&Op::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        if !state.names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.run(&Op::Remove(path.to_owned()))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.state().run(&Op::SyncDir(dir.to_owned()))
    }
}

/// An open file of the disk.
#[derive(Debug)]
struct MemoryFile {
    disk: MemoryDisk,
    file: usize,
    locked: Mutex<bool>,
}

impl DiskFile for MemoryFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.file].len() as u64)
    }

    fn mode(&self) -> io::Result<u32> {
        Ok(0o600)
    }

    fn has_name(&self) -> io::Result<bool> {
        Ok(self.disk.state().names.values().any(|&file| file == self.file))
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        let content = &state.files[self.file];
        let rest = content.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let len = rest.len().min(buf.len());
        buf[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        self.disk.state().run(&Op::Write(self.file, offset, buf.to_vec()))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.state().run(&Op::SetLen(self.file, len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.state().run(&Op::Sync(self.file))
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        let is_free = !self.disk.state().locked.contains(&self.file);
        if is_free && lock == Lock::Exclusive {
            self.disk.state().locked.insert(self.file);
            *self.locked.lock().unwrap() = true;
        }
        Ok(is_free)
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        if *self.locked.lock().unwrap_or_else(PoisonError::into_inner) {
            self.disk.state().locked.remove(&self.file);
        }
    }
}
