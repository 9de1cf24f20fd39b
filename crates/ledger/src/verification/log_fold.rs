//! Reads the log, and compares it with itself, `head` and every run with it. Writes nothing.

use std::ops::ControlFlow;
use std::path::Path;

use tlog_tiles::tlog::{self, Hash};

use super::tally::{self, SectionSums};
use crate::error::VerifyError;
use crate::log::error::{Corruption, Damage, ReadError};
use crate::log::frame::FrameHeader;
use crate::log::recover::Start;
use crate::log::segment::Place;
use crate::runs::format::{BASE_COUNT, RunName};
use crate::runs::memory::MemoryIndex;
use crate::runs::run::Run;
use crate::runs::{Index, Unusable, directory};
use crate::store::Snapshot;
use crate::store::head::{self, Head, HeadFile};
use crate::store::options::{Options, Phase, Progress};
use crate::store::sequence::Sequence;

/// The level of the tree whose nodes cover 1024 entries.
const BASE_LEVEL: u8 = 10;

/// What was found to be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verification {
    /// The number of entries.
    pub size: u64,
    /// The root of their tree, computed from the entries alone.
    pub root: [u8; 32],
    /// The number of segments.
    pub segments: u64,
    /// The number of runs that were compared.
    pub runs: u64,
}

/// Reads and compares everything.
///
/// # Errors
///
/// [`VerifyError`] with the first thing that does not hold: a place of the log (L1, L3), `head` (L5), or a run (L7).
pub(crate) fn verify(
    dir: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verification, VerifyError> {
    // Before the snapshot, so that it cannot be ahead of it while a writer goes on.
    let head = head::read(&options.volume, dir)?;
    let snapshot = Snapshot::open(dir, options)?;
    let mut fold = LogFold::new(&snapshot, head.says());
    fold.read(progress)?;
    if head == HeadFile::Damaged || !fold.fits_head {
        return Err(VerifyError::Head(head::head_path(dir)));
    }
    let runs = check_runs(&fold, progress)?;
    let segments = snapshot.log.segments().len() as u64;
    Ok(Verification { size: snapshot.size, root: fold.root().0, segments, runs })
}

/// What the log says, folded so that any run can be compared with it.
struct LogFold<'a> {
    snapshot: &'a Snapshot,
    head: Option<Head>,
    /// Whether the end that `head` names is that of a group.
    fits_head: bool,
    sequence: Sequence,
    /// The sums and the node of each full 1024 entries.
    full: Vec<(SectionSums, Hash)>,
    /// The entries after them.
    rest: MemoryIndex,
}

impl<'a> LogFold<'a> {
    fn new(snapshot: &'a Snapshot, head: Option<Head>) -> Self {
        // A ledger without entries has a head that says so.
        let nothing = Place::first_in(0);
        let fits_head = head.is_none_or(|head| head.size == 0 && head.place == nothing);
        let sequence = Sequence::after(snapshot.describe, 0, None);
        Self { snapshot, head, fits_head, sequence, full: Vec::new(), rest: MemoryIndex::new(0) }
    }

    fn read(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<(), ReadError> {
        let snapshot = self.snapshot;
        if snapshot.size == 0 {
            return Ok(());
        }
        snapshot.log.walk(Start::LOG.place, 0, snapshot.size, &mut |header, place, payload| {
            self.frame(header, place, payload)?;
            if self.rest.end() == self.rest.start() + BASE_COUNT {
                self.fold_full();
                progress(Progress { phase: Phase::VerifyingLog, done: self.rest.end(), total: snapshot.size });
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if self.sequence.ends_at(snapshot.size) {
            Ok(())
        } else {
            let place = snapshot.log.segment_of(snapshot.size - 1);
            Err(Corruption::at(place, snapshot.size, Damage::Order).into())
        }
    }

    fn frame(&mut self, header: &FrameHeader, place: Place, payload: &[u8]) -> Result<(), ReadError> {
        let rest = &mut self.rest;
        self.sequence.frame(header, place, payload, &mut |line, described| rest.push_described(line, described))?;
        self.rest.push_frame(header.at(place));
        if header.commit {
            self.group_end(header, place);
        }
        Ok(())
    }

    fn group_end(&mut self, header: &FrameHeader, place: Place) {
        let end = Place { segment: place.segment, offset: place.offset + header.frame_len() };
        self.fits_head |= self.head.is_some_and(|head| {
            (head.size, head.place, head.recorded_at) == (header.end_seq(), end, header.last_recorded_at)
        });
    }

    fn fold_full(&mut self) {
        let end = self.rest.end();
        let full = std::mem::replace(&mut self.rest, MemoryIndex::new(end));
        let node = full.level(BASE_LEVEL).first().copied();
        let node = node.expect("1024 entries from a multiple of 1024 are one node of level 10");
        self.full.push((SectionSums::of_log(&full), node));
    }

    fn node(&self, level: u8, n: u64) -> Option<Hash> {
        if level > BASE_LEVEL {
            return Some(tlog::node_hash(self.node(level - 1, 2 * n)?, self.node(level - 1, 2 * n + 1)?));
        }
        let is_full = level == BASE_LEVEL && n < self.full.len() as u64;
        if is_full {
            return self.full.get(usize::try_from(n).ok()?).map(|&(_, node)| node);
        }
        self.rest.node(level, n).ok().flatten()
    }

    fn root(&self) -> Hash {
        tlog::tree_hash(self.snapshot.size, self).expect("the nodes of every entry were folded above")
    }

    /// The sums that a run must have; `None` when it goes beyond the ledger.
    fn tally(&self, name: RunName) -> Option<SectionSums> {
        let mut sum = SectionSums::default();
        for chunk in name.start / BASE_COUNT..name.end() / BASE_COUNT {
            sum.add(&self.full.get(usize::try_from(chunk).ok()?)?.0);
        }
        for level in BASE_LEVEL + 1..=name.root_level() {
            for n in name.start >> level..name.end() >> level {
                sum.add_node(level, n, self.node(level, n)?);
            }
        }
        Some(sum)
    }
}

impl tlog::HashReader for LogFold<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        let nodes = indexes.iter().map(|&index| {
            let (level, n) = tlog::split_stored_hash_index(index);
            self.node(level, n).ok_or(tlog::Error::IndexesNotInTree)
        });
        nodes.collect()
    }
}

fn check_runs(fold: &LogFold<'_>, progress: &mut dyn FnMut(Progress)) -> Result<u64, VerifyError> {
    let log = &fold.snapshot.log;
    let (mut runs, mut done) = (0, 0);
    for name in directory::list(log)? {
        // A run beyond the ledger belongs to a group that is not committed; no one uses it.
        let Some(expected) = fold.tally(name) else {
            continue;
        };
        let broken = |section| VerifyError::Run { path: name.path(log.ledger_dir()), section };
        let run = match Run::open(log, name) {
            Ok(run) => run,
            // No one uses it, and the next writer makes it anew.
            Err(Unusable::Gone | Unusable::Foreign) => continue,
            Err(Unusable::Damaged) => return Err(broken("header")),
        };
        let root = fold.node(name.root_level(), name.start >> name.root_level());
        if !directory::fits(&run, log)? || root != Some(run.header().root) {
            return Err(broken("header"));
        }
        if let Some(section) = tally::of_run(&run).map_err(broken)?.differs_in(&expected) {
            return Err(broken(section));
        }
        runs += 1;
        done += name.count();
        progress(Progress { phase: Phase::VerifyingIndex, done, total: fold.snapshot.size });
    }
    Ok(runs)
}
