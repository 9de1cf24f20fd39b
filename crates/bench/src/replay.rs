//! Everything read from the first byte of the log, without index and cache.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use ledger::{Entry, Reader};
use projection::History;
use sha2::{Digest, Sha256};

use crate::Outcome;

/// How much of a replay is done: each does what the one before does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
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

/// Reads every line of a ledger, does with it what is asked, and returns their number.
pub(crate) fn replay(dir: &Path, depth: Depth) -> Outcome<u64> {
    let reader = Reader::open(dir)?;
    let mut histories: BTreeMap<String, History> = BTreeMap::new();
    let mut tree = Tree::default();
    let mut refused = None;
    let mut read = 0;
    reader.scan(0, reader.size(), &mut |_, line| {
        read += 1;
        if depth == Depth::Scan {
            return ControlFlow::Continue(());
        }
        tree.push(line);
        if depth == Depth::Hash {
            return ControlFlow::Continue(());
        }
        match Entry::parse(line) {
            Ok(entry) if depth == Depth::Fold => fold(&mut histories, &entry),
            Ok(_) => {}
            Err(refusal) => {
                refused = Some(refusal);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    if let Some(refusal) = refused {
        return Err(refusal.to_string().into());
    }
    if depth != Depth::Scan && tree.root() != reader.root(read)? {
        return Err("the replayed root is another".into());
    }
    Ok(read)
}

fn fold(histories: &mut BTreeMap<String, History>, entry: &Entry) {
    let Some(partner) = &entry.event.partner else { return };
    match histories.get_mut(partner.as_str()) {
        Some(history) => history.extend([entry]),
        None => {
            histories.insert(partner.to_string(), History::fold([entry]));
        }
    }
}

/// The tree of RFC 6962 over lines: the roots of its full subtrees, from the largest on.
#[derive(Default)]
struct Tree {
    size: u64,
    full: Vec<[u8; 32]>,
}

impl Tree {
    fn push(&mut self, line: &str) {
        let mut node: [u8; 32] = Sha256::new().chain_update([0]).chain_update(line).finalize().into();
        let mut rest = self.size;
        while rest & 1 == 1
            && let Some(left) = self.full.pop()
        {
            node = join(left, node);
            rest >>= 1;
        }
        self.full.push(node);
        self.size += 1;
    }

    fn root(&self) -> [u8; 32] {
        let joined = self.full.iter().rev().copied().reduce(|right, left| join(left, right));
        joined.unwrap_or_else(|| Sha256::digest([]).into())
    }
}

fn join(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}
