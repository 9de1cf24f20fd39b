//! The arguments as they are typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum as _};

use crate::measures::Measure;
use crate::step::Step;

/// Events of the largest ledger of the short form.
const SHORT: u64 = 1_000_000;
/// Events of the largest ledger of the long form.
const LONG: u64 = 10_000_000;

/// Measures the ledger and the score beside other stores, in the same run
///
/// Prints a table, and writes it as JSON where it is told to. Read the ratios, and run it more than once.
#[derive(Debug, Parser)]
#[command(name = "bench", args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// Events of the largest ledger; a smaller one has a tenth [default: 1000000, with --long 10000000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(200..=100_000_000))]
    events: Option<u64>,
    /// Writes the rows as one JSON object too
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Only these measures
    #[arg(long, value_name = "NAME,...", value_enum, value_delimiter = ',')]
    only: Vec<Measure>,
    /// The number that the events and the questions follow from
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Measures ledgers of ten million events as well
    #[arg(long)]
    long: bool,
    /// Where files are made, in a directory that is removed afterwards [default: that for temporary files]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// How often each of two imports of a report of one row is measured
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) pairs: u64,
    /// The command that is started cold, and imports a report [default: `pcs` beside this program]
    #[arg(long, value_name = "FILE")]
    pub(crate) pcs: Option<PathBuf>,
    /// What a process of its own does
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What a process of its own does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// One step, measured in this process, as JSON
    #[command(hide = true, subcommand)]
    Step(Step),
}

impl Args {
    /// The events of the ledgers, ascending.
    pub(crate) fn sizes(&self) -> Vec<u64> {
        let largest = self.events.unwrap_or(if self.long { LONG } else { SHORT });
        let tenths = if self.long { 3 } else { 2 };
        let sizes = (0..tenths).rev().map(|tenth| largest / 10_u64.pow(tenth));
        sizes.filter(|size| *size >= 20).collect()
    }

    /// The measures to take, in their order.
    pub(crate) fn measures(&self) -> impl Iterator<Item = Measure> {
        Measure::value_variants().iter().copied().filter(|measure| self.only.is_empty() || self.only.contains(measure))
    }
}
