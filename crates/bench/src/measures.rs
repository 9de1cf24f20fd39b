//! What is measured, one file each.

mod append;
mod cold;
mod disk;
mod growth;
mod import;
mod memory;
mod over_time;
mod parquet;
mod producers;
mod replay;
mod restated;
mod score;
mod service;
mod status;
mod timeline;

use clap::ValueEnum;

use crate::Outcome;
use crate::row::Measurement;
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
    /// The status of all partners.
    Status,
    /// Scores over time, as known now and then, and advice.
    OverTime,
    /// Bytes an event on disk.
    Disk,
    /// Peak memory.
    Memory,
    /// Entries written into a table of Parquet.
    Parquet,
    /// `pcs serve`: requests a second, what is live, memory.
    Service,
    /// How times grow with each thing that can be many.
    Growth,
    /// Scores after a closed year was imported again; the last, because it changes a ledger.
    Restated,
}

impl Measure {
    /// The name in rows.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().expect("no measure is left out of the arguments").get_name().to_owned()
    }

    /// Takes it.
    pub(crate) fn run(self, bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
        match self {
            Self::Append => append::run(bench),
            Self::Producers => producers::run(bench),
            Self::Import => import::run(bench),
            Self::Replay => replay::run(bench),
            Self::Score => score::run(bench),
            Self::Cold => cold::run(bench),
            Self::Timeline => timeline::run(bench),
            Self::Status => status::run(bench),
            Self::OverTime => over_time::run(bench),
            Self::Disk => disk::run(bench),
            Self::Memory => memory::run(bench),
            Self::Parquet => parquet::run(bench),
            Self::Service => service::run(bench),
            Self::Growth => growth::run(bench),
            Self::Restated => restated::run(bench),
        }
    }
}
