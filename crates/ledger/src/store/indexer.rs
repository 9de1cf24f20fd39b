//! Keeps the index up with the log: entries in memory first, a run of each full 1024, merged eight by eight.

use std::sync::{Arc, PoisonError, RwLock};

use crate::disk::Access;
use crate::disk::draft::Durability;
use crate::log::reader::LogReader;
use crate::runs::build::{self, Binding};
use crate::runs::format::{BASE_COUNT, FAN_IN, RunName};
use crate::runs::memory::MemoryIndex;
use crate::runs::piece::Piece;
use crate::runs::run::Run;
use crate::runs::{Describer, directory, merge};
use crate::store::Snapshot;

/// The writer's index. Failing to write a run is no failure: its entries stay in memory.
#[derive(Debug)]
pub(crate) struct Indexer {
    log: Arc<LogReader>,
    describe: Describer,
    pieces: Vec<Arc<Piece>>,
    tail: Arc<RwLock<MemoryIndex>>,
    committed: u64,
    /// Runs of staged entries, which are to be durable when those are committed.
    staged: Vec<RunName>,
    /// Runs that were merged, and that a rollback would need again.
    replaced: Vec<RunName>,
}

impl Indexer {
    /// Goes on after runs that cover the beginning of the ledger without gaps.
    pub(crate) fn new(log: Arc<LogReader>, describe: Describer, runs: Vec<Arc<Run>>) -> Self {
        let end = runs.last().map_or(0, |run| run.name().end());
        let pieces = runs.into_iter().map(|run| Arc::new(Piece::of_run(run))).collect();
        let tail = Arc::new(RwLock::new(MemoryIndex::new(end)));
        Self { log, describe, pieces, tail, committed: end, staged: Vec::new(), replaced: Vec::new() }
    }

    /// Changes the entries that are held in memory.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut MemoryIndex) -> T) -> T {
        change(&mut self.tail.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// The first entry that no run covers.
    pub(crate) fn tail_start(&self) -> u64 {
        self.tail.read().unwrap_or_else(PoisonError::into_inner).start()
    }

    /// The newest run.
    pub(crate) fn last_run(&self) -> Option<Arc<Run>> {
        self.pieces.last().and_then(|piece| piece.run().cloned())
    }

    /// The first `size` entries.
    pub(crate) fn snapshot(&self, size: u64) -> Snapshot {
        Snapshot {
            log: Arc::clone(&self.log),
            describe: self.describe,
            pieces: self.pieces.clone().into(),
            tail: Arc::clone(&self.tail),
            size,
        }
    }

    /// Makes a run when the entries in memory are 1024 and all in frames; `true` when it did.
    ///
    /// A run of committed entries is durable when it has its name, since nobody would look at the whole of it again. A
    /// run of staged entries becomes durable only before these are committed: by then most runs of a large group are
    /// merged.
    pub(crate) fn seal(&mut self, durability: Durability) -> bool {
        let tail = Arc::clone(&self.tail);
        let tail = tail.read().unwrap_or_else(PoisonError::into_inner);
        let end = tail.start() + BASE_COUNT;
        let is_whole = tail.end() == end && tail.frames().last().is_some_and(|frame| frame.end_seq() == end);
        if !is_whole {
            return false;
        }
        let piece = match self.write_base(&tail, durability) {
            Some(run) => Piece::of_run(Arc::new(run)),
            None => Piece::of_memory(tail.clone()),
        };
        self.pieces.push(Arc::new(piece));
        self.tail = Arc::new(RwLock::new(MemoryIndex::new(end)));
        while self.merge_last(durability) {}
        true
    }

    fn write_base(&mut self, full: &MemoryIndex, durability: Durability) -> Option<Run> {
        let last_frame = *full.frames().last()?;
        let last_frame_crc = self.log.header_at(last_frame.place).ok().flatten()?.crc;
        let name = RunName { start: full.start(), tier: 0 };
        let root = *full.level(name.root_level()).first()?;
        let binding = Binding { root, last_frame, last_frame_crc };
        match build::write_base(&self.log, full, &binding, durability) {
            Ok(name) => {
                self.note_staged(name, durability);
                self.open(name)
            }
            Err(error) => {
                tracing::warn!(%error, "an index run was not written, going on in memory");
                None
            }
        }
    }

    fn open(&self, name: RunName) -> Option<Run> {
        Run::open(&self.log, name).ok()
    }

    /// Merges the last eight pieces when they are runs that make one of the next tier.
    fn merge_last(&mut self, durability: Durability) -> bool {
        let first = self.pieces.len().saturating_sub(FAN_IN);
        let (_, last) = self.pieces.split_at(first);
        let runs: Vec<Arc<Run>> = last.iter().filter_map(|piece| piece.run().cloned()).collect();
        let Some(name) = merge::merged_name(&runs) else {
            return false;
        };
        if let Err(error) = merge::merge(&self.log, &runs, name, durability) {
            tracing::warn!(%error, "index runs were not merged, going on with the parts");
            return false;
        }
        let Some(run) = self.open(name) else {
            return false;
        };
        self.staged.retain(|part| part.start < name.start);
        self.note_staged(name, durability);
        self.pieces.truncate(first);
        self.pieces.push(Arc::new(Piece::of_run(Arc::new(run))));
        for run in runs {
            if run.name().end() <= self.committed {
                self.replaced.push(run.name());
            } else {
                self.remove(run.name());
            }
        }
        true
    }

    fn note_staged(&mut self, name: RunName, durability: Durability) {
        if durability == Durability::Nothing {
            self.staged.push(name);
        }
    }

    /// Makes the runs of staged entries durable, before the entries are committed.
    pub(crate) fn sync_staged(&mut self) {
        for name in std::mem::take(&mut self.staged) {
            let path = name.path(self.log.ledger_dir());
            if let Err(error) = self.log.volume().open(&path, Access::Read).and_then(|file| file.sync_data()) {
                tracing::warn!(%error, "an index run was not made durable");
            }
        }
    }

    /// What is indexed is committed now: the runs that were merged are not needed any more.
    pub(crate) fn commit(&mut self, size: u64) {
        self.committed = size;
        for name in std::mem::take(&mut self.replaced) {
            self.remove(name);
        }
    }

    /// Goes back to what was committed.
    pub(crate) fn rollback(&mut self, committed: &Snapshot) {
        self.replaced.clear();
        self.staged.clear();
        self.pieces = committed.pieces.to_vec();
        self.tail = Arc::clone(&committed.tail);
        self.change(|tail| tail.truncate(committed.size));
        match directory::list(&self.log) {
            Ok(names) => {
                for name in names.into_iter().filter(|name| name.end() > committed.size) {
                    self.remove(name);
                }
            }
            Err(error) => tracing::warn!(%error, "index runs of entries that were taken back were not removed"),
        }
    }

    fn remove(&self, name: RunName) {
        if let Err(error) = self.log.volume().remove(&name.path(self.log.ledger_dir())) {
            tracing::warn!(%error, "an index run was not removed");
        }
    }
}
