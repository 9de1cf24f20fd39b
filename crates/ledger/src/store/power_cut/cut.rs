//! What a disk may hold when the power goes: of each sector any version since its last sync, of each file any length,
//! of the names any subset of what was not synced.
//!
//! That is more than one file system allows and no less than POSIX does: nothing is ordered but by a sync.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::disk::memory::{Image, Op};

/// A write is torn at multiples of so many bytes.
const SECTOR_BYTES: usize = 512;

/// What a disk holds by now, durable or not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cut {
    durable: Names,
    /// As the names were left.
    current: Names,
    /// Changes of names that were not synced, in order, each with the file that a rename or a second name is of.
    pending: Vec<(Op, Option<usize>)>,
    files: BTreeMap<usize, FileCut>,
}

#[derive(Debug, Clone, Default)]
struct Names {
    files: BTreeMap<PathBuf, usize>,
    dirs: BTreeSet<PathBuf>,
}

/// What may be on the disk of a sector or a length: the last is what was written last.
#[derive(Debug, Clone)]
struct Versions<T> {
    all: Vec<T>,
    /// Whether a sync would make the last one durable; after one that failed it would not.
    dirty: bool,
}

impl<T: PartialEq> Versions<T> {
    fn new(durable: T) -> Self {
        Self { all: vec![durable], dirty: false }
    }

    fn write(&mut self, version: T) {
        self.all.retain(|other| *other != version);
        self.dirty |= !self.all.is_empty();
        self.all.push(version);
    }

    fn sync(&mut self) {
        if self.dirty {
            self.all.drain(..self.all.len() - 1);
            self.dirty = false;
        }
    }

    fn last(&self) -> &T {
        self.all.last().unwrap()
    }
}

#[derive(Debug, Clone)]
struct FileCut {
    sectors: Vec<Versions<Vec<u8>>>,
    len: Versions<usize>,
    /// The end of what was written since the last sync, whether that failed or not.
    reached: usize,
}

impl FileCut {
    fn new(durable: &[u8]) -> Self {
        let mut file = Self { sectors: Vec::new(), len: Versions::new(durable.len()), reached: 0 };
        file.grow(durable.len());
        for (sector, bytes) in file.sectors.iter_mut().zip(durable.chunks(SECTOR_BYTES)) {
            let mut padded = bytes.to_vec();
            padded.resize(SECTOR_BYTES, 0);
            *sector = Versions::new(padded);
        }
        file
    }

    fn grow(&mut self, len: usize) {
        let sectors = len.div_ceil(SECTOR_BYTES).max(self.sectors.len());
        self.sectors.resize(sectors, Versions::new(vec![0; SECTOR_BYTES]));
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        self.grow(end);
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let within = at % SECTOR_BYTES;
            let (now, later) = rest.split_at(rest.len().min(SECTOR_BYTES - within));
            let sector = &mut self.sectors[at / SECTOR_BYTES];
            let mut version = sector.last().clone();
            version[within..within + now.len()].copy_from_slice(now);
            sector.write(version);
            (at, rest) = (at + now.len(), later);
        }
        self.reached = self.reached.max(end);
        if end > *self.len.last() {
            self.len.write(end);
        }
    }

    fn set_len(&mut self, len: usize) {
        for (number, sector) in self.sectors.iter_mut().enumerate().skip(len / SECTOR_BYTES) {
            let mut version = sector.last().clone();
            version[len.saturating_sub(number * SECTOR_BYTES)..].fill(0);
            sector.write(version);
        }
        self.len.write(len);
        self.reached = self.reached.min(len);
    }

    fn sync(&mut self, is_well: bool) {
        let reached = std::mem::take(&mut self.reached);
        if !is_well {
            self.sectors.iter_mut().for_each(|sector| sector.dirty = false);
            self.len.dirty = false;
            return;
        }
        self.sectors.iter_mut().for_each(Versions::sync);
        self.len.sync();
        // Bytes that were written again after a sync that failed are durable now, and no length leaves them out.
        self.len.all.retain(|len| *len >= reached);
    }
}

/// One thing that may be on the disk in several ways.
#[derive(Debug, Clone, Copy)]
enum Doubt {
    Name(usize),
    Sector(usize, usize),
    Len(usize),
}

impl Cut {
    /// A disk on which everything is durable.
    pub(crate) fn of(image: &Image) -> Self {
        let durable = Names { files: image.names.clone(), dirs: image.dirs.clone() };
        let files = image.files.iter().enumerate().map(|(file, bytes)| (file, FileCut::new(bytes))).collect();
        Self { current: durable.clone(), durable, pending: Vec::new(), files }
    }

    /// Does what was done to the disk.
    pub(crate) fn apply(&mut self, op: &Op) {
        let renamed =
            if let Op::Rename(from, _) | Op::Link(from, _) = op { self.current.files.get(from).copied() } else { None };
        self.current.apply(op, renamed);
        match op {
            Op::Create(_, file) => {
                self.files.insert(*file, FileCut::new(&[]));
                self.pending.push((op.clone(), None));
            }
            Op::CreateDir(_) | Op::Link(..) | Op::Rename(..) | Op::Remove(_) => {
                self.pending.push((op.clone(), renamed));
            }
            Op::SyncDir(dir) => {
                let pending = std::mem::take(&mut self.pending);
                let (synced, pending): (Vec<_>, Vec<_>) =
                    pending.into_iter().partition(|(op, _)| parent(op) == Some(dir));
                self.pending = pending;
                for (op, renamed) in &synced {
                    self.durable.apply(op, *renamed);
                }
            }
            Op::Write(file, offset, bytes) => self.file(*file).write(usize::try_from(*offset).unwrap(), bytes),
            Op::SetLen(file, len) => self.file(*file).set_len(usize::try_from(*len).unwrap()),
            Op::Sync(file) => self.file(*file).sync(true),
            Op::FailedSync(file) => self.file(*file).sync(false),
        }
    }

    fn file(&mut self, file: usize) -> &mut FileCut {
        self.files.entry(file).or_insert_with(|| FileCut::new(&[]))
    }

    /// In how many ways each thing that is in doubt may be on the disk; the last way is as it was written.
    pub(crate) fn doubts(&self) -> Vec<usize> {
        self.in_doubt().iter().map(|doubt| self.ways(*doubt)).collect()
    }

    fn in_doubt(&self) -> Vec<Doubt> {
        let names = (0..self.pending.len()).map(Doubt::Name);
        let files = self.files.iter().flat_map(|(&file, cut)| {
            let sectors = (0..cut.sectors.len()).map(move |sector| Doubt::Sector(file, sector));
            sectors.chain([Doubt::Len(file)])
        });
        names.chain(files).filter(|doubt| self.ways(*doubt) > 1).collect()
    }

    fn ways(&self, doubt: Doubt) -> usize {
        match doubt {
            Doubt::Name(_) => 2,
            Doubt::Sector(file, sector) => self.files[&file].sectors[sector].all.len(),
            Doubt::Len(file) => self.files[&file].len.all.len(),
        }
    }

    /// What was in doubt, and what became of it, a line each.
    pub(crate) fn describe(&self, ways: &[usize]) -> String {
        let path = |file: usize| self.durable.files.iter().find(|(_, other)| **other == file).map(|(path, _)| path);
        let lines = self.in_doubt().into_iter().zip(ways).map(|(doubt, way)| match doubt {
            Doubt::Name(at) => format!("{:?}: {}\n", self.pending[at].0, if *way == 1 { "kept" } else { "lost" }),
            Doubt::Sector(file, _) | Doubt::Len(file) => {
                format!("{doubt:?} of {:?}: {way} of {}\n", path(file), self.ways(doubt) - 1)
            }
        });
        lines.collect()
    }

    /// The disk with each thing in doubt as chosen.
    pub(crate) fn image(&self, ways: &[usize]) -> Image {
        let mut names = self.durable.clone();
        let mut chosen: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut lens: BTreeMap<usize, usize> = BTreeMap::new();
        for (doubt, &way) in self.in_doubt().into_iter().zip(ways) {
            match doubt {
                Doubt::Name(at) if way == 1 => {
                    let (op, renamed) = &self.pending[at];
                    names.apply(op, *renamed);
                }
                Doubt::Name(_) => {}
                Doubt::Sector(file, sector) => drop(chosen.insert((file, sector), way)),
                Doubt::Len(file) => drop(lens.insert(file, way)),
            }
        }
        let count = self.files.keys().next_back().map_or(0, |last| last + 1);
        let mut files = vec![Vec::new(); count];
        for (&file, cut) in &self.files {
            let bytes = &mut files[file];
            for (number, sector) in cut.sectors.iter().enumerate() {
                bytes.extend_from_slice(&sector.all[chosen.get(&(file, number)).copied().unwrap_or(0)]);
            }
            bytes.resize(cut.len.all[lens.get(&file).copied().unwrap_or(0)], 0);
        }
        names.drop_unreachable();
        let used: BTreeSet<usize> = names.files.values().copied().collect();
        // Two disks that differ in what no name stands for are the same.
        files.iter_mut().enumerate().filter(|(file, _)| !used.contains(file)).for_each(|(_, bytes)| bytes.clear());
        Image { names: names.files, dirs: names.dirs, files }
    }
}

/// The directory whose sync makes a change of names durable.
fn parent(op: &Op) -> Option<&Path> {
    match op {
        Op::Create(path, _) | Op::CreateDir(path) | Op::Link(_, path) | Op::Rename(path, _) | Op::Remove(path) => {
            path.parent()
        }
        Op::SyncDir(_) | Op::Write(..) | Op::SetLen(..) | Op::Sync(_) | Op::FailedSync(_) => None,
    }
}

impl Names {
    /// `renamed` is the file of a rename: whatever else is lost, no other file gets the name.
    fn apply(&mut self, op: &Op, renamed: Option<usize>) {
        match op {
            Op::Create(path, file) => drop(self.files.insert(path.clone(), *file)),
            Op::CreateDir(path) => drop(self.dirs.insert(path.clone())),
            Op::Remove(path) => drop(self.files.remove(path)),
            Op::Link(_, to) => {
                if let Some(file) = renamed {
                    self.files.insert(to.clone(), file);
                }
            }
            Op::Rename(from, to) => {
                if let Some(file) = renamed {
                    if self.files.get(from) == Some(&file) {
                        self.files.remove(from);
                    }
                    self.files.insert(to.clone(), file);
                }
                self.rename_dir(from, to);
            }
            Op::SyncDir(_) | Op::Write(..) | Op::SetLen(..) | Op::Sync(_) | Op::FailedSync(_) => {}
        }
    }

    fn rename_dir(&mut self, from: &Path, to: &Path) {
        let renamed = |path: &Path| path.strip_prefix(from).map_or_else(|_| path.to_owned(), |rest| to.join(rest));
        if self.dirs.contains(from) {
            self.dirs = self.dirs.iter().map(|dir| renamed(dir)).collect();
            self.files = self.files.iter().map(|(path, &file)| (renamed(path), file)).collect();
        }
    }

    /// Removes what is in directories that are not there.
    fn drop_unreachable(&mut self) {
        let root = Path::new("/");
        let dirs = self.dirs.clone();
        let is_there = |path: &Path| path.ancestors().skip(1).all(|dir| dir == root || dirs.contains(dir));
        self.dirs.retain(|dir| is_there(dir));
        self.files.retain(|path, _| is_there(path));
    }
}
