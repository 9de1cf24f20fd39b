//! What is measured, one file each.

mod append;
mod cold;
mod disk;
mod growth;
mod import;
mod memory;
mod producers;
mod replay;
mod restated;
mod score;
mod timeline;

use clap::ValueEnum;

use crate::Outcome;
use crate::row::Row;
use crate::workbench::Workbench;

/// A measure, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measure {
    /// Durable appends, one at a time and in groups.
    Append,
    /// Durable appends of many producers at once.
    Producers,
    /// Files of events taken in.
    Import,
    /// Everything read from the log, checked, hashed and folded.
    Replay,
    /// Scores of partners of many sizes, in ledgers of many sizes.
    Score,
    /// `pcs score`, started cold.
    Cold,
    /// A score for each day of five years.
    Timeline,
    /// Bytes an event on disk.
    Disk,
    /// Peak memory.
    Memory,
    /// How times grow with each thing that can be many.
    Growth,
    /// Scores after a closed year was imported again; the last, because it changes a ledger.
    Restated,
}

/// Takes a measure.
type Run = fn(&mut Workbench) -> Outcome<Vec<Row>>;

impl Measure {
    /// The name in rows.
    pub(crate) fn name(self) -> &'static str {
        self.parts().0
    }

    /// Takes it.
    pub(crate) fn run(self, bench: &mut Workbench) -> Outcome<Vec<Row>> {
        self.parts().1(bench)
    }

    /// The name and what takes it.
    fn parts(self) -> (&'static str, Run) {
        match self {
            Self::Append => (append::NAME, append::run),
            Self::Producers => (producers::NAME, producers::run),
            Self::Import => (import::NAME, import::run),
            Self::Replay => (replay::NAME, replay::run),
            Self::Score => (score::NAME, score::run),
            Self::Cold => (cold::NAME, cold::run),
            Self::Timeline => (timeline::NAME, timeline::run),
            Self::Disk => (disk::NAME, disk::run),
            Self::Memory => (memory::NAME, memory::run),
            Self::Growth => (growth::NAME, growth::run),
            Self::Restated => (restated::NAME, restated::run),
        }
    }
}
