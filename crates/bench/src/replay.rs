//! Everything read from the first byte of the log, without index, states and cache.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use ledger::proof::{GrowingTree, leaf_hash};
use ledger::{Entry, EntryLine, Reader};
use projection::History;

use crate::Outcome;

/// How much of a replay is done: each does what the one before does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Depth {
    /// Frames are read, unpacked and their checksums compared.
    Scan,
    /// The lines are hashed.
    Hash,
    /// The lines are read as entries.
    Parse,
    /// The entries of every partner are folded.
    Fold,
}

impl Depth {
    /// The part that it adds, for people.
    pub(crate) fn part(self) -> &'static str {
        match self {
            Self::Scan => "frames and checksums",
            Self::Hash => "hashes",
            Self::Parse => "entries",
            Self::Fold => "fold",
        }
    }
}

/// Entries whose histories are held in memory at a time: some 150 MiB.
const ENTRIES_IN_MEMORY: u64 = 1_000_000;

/// Reads every line of a ledger, does with it what is asked, and returns their number.
///
/// All of a partner's entries are folded in one pass over the log; as many passes are made as it takes for the
/// histories of each to fit into memory. The first hashes the lines too.
pub(crate) fn replay(dir: &Path, depth: Depth) -> Outcome<u64> {
    let reader = Reader::open(dir)?;
    let passes = if depth == Depth::Fold { reader.size().div_ceil(ENTRIES_IN_MEMORY).max(1) } else { 1 };
    let mut tree = GrowingTree::default();
    for pass in 0..passes {
        let mut histories: HashMap<String, History> = HashMap::new();
        let mut refused = None;
        let read = |line: &str| {
            let leaf = (depth >= Depth::Hash && pass == 0).then(|| leaf_hash(line));
            let is_parsed = depth >= Depth::Parse && (passes == 1 || pass_of(line, passes) == pass);
            (leaf, is_parsed.then(|| Entry::read(line)))
        };
        reader.map(0, reader.size(), &|_, line| read(line), &mut |(leaf, entry)| {
            if let Some(leaf) = leaf {
                tree.push(leaf);
            }
            match entry {
                Some(Ok(entry)) if depth == Depth::Fold => fold(&mut histories, &entry),
                Some(Err(refusal)) => refused = Some(refusal),
                Some(Ok(_)) | None => {}
            }
            if refused.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if let Some(refusal) = refused {
            return Err(refusal.to_string().into());
        }
    }
    if depth != Depth::Scan && tree.root() != reader.root(reader.size())? {
        return Err("the replayed root is another".into());
    }
    Ok(reader.size())
}

/// The pass in which the partner of a line has its turn; lines without one are of the first.
fn pass_of(line: &str, passes: u64) -> u64 {
    let hash =
        |partner: &str| partner.bytes().fold(0_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    EntryLine::split(line).and_then(|line| line.partner()).map_or(0, hash) % passes
}

fn fold(histories: &mut HashMap<String, History>, entry: &Entry) {
    let Some(partner) = &entry.event.partner else { return };
    match histories.get_mut(partner.as_str()) {
        Some(history) => history.extend([entry]),
        None => {
            histories.insert(partner.to_string(), History::fold([entry]));
        }
    }
}
