//! The ledger.

use std::path::Path;

use ledger::Ledger;

use super::{Group, NOW, Store};
use crate::Outcome;
use crate::events::{Lines, event_of};

/// The ledger, open for appending.
pub(crate) struct Ours {
    ledger: Ledger,
}

impl Ours {
    /// Makes an empty ledger.
    pub(crate) fn create(dir: &Path) -> Outcome<Self> {
        Ok(Self { ledger: Ledger::create(dir, "bench.example")?.0 })
    }
}

impl Store for Ours {
    fn append(&mut self, group: &Group) -> Outcome<()> {
        self.ledger.append(&group.events, NOW)?;
        Ok(())
    }
}

/// Reads, checks and appends every event of a file as one commit.
pub(crate) fn import(file: &Path, dir: &Path) -> Outcome<u64> {
    let (mut ledger, _) = Ledger::create(dir, "bench.example")?;
    let mut lines = Lines::open(file)?;
    let mut batch = ledger.begin(NOW);
    while let Some(line) = lines.next()? {
        batch.push(event_of(line)?)?;
    }
    Ok(batch.commit()?.new)
}
