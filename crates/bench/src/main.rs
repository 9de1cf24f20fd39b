//! Measures the ledger and the score beside other stores, in the same run.
//!
//! ```text
//! Args ──► Workbench: files of events, imported ledgers, made once and shared
//!            └─► measures, one file each ──► rows ──► table on stdout, JSON in a file
//! ```
//!
//! Machines are noisy: ours and a peer take turns, medians are shown, and what counts is their ratio. What needs a
//! process of its own, because its memory is measured or because it starts cold, runs as a step of this program.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for developers, which prints")]
#![allow(clippy::cast_precision_loss, reason = "figures for people, of fewer than 2^52 units")]

mod args;
mod events;
mod machine;
mod measures;
mod questions;
mod replay;
mod report;
mod row;
mod step;
mod stores;
mod target;
mod timing;
mod workbench;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use workbench::Workbench;

/// What can go wrong here is shown to a developer, and ends the run.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Outcome<()> {
    if let Some(Command::Step(step)) = &args.command {
        println!("{}", serde_json::to_string(&step.run()?)?);
        return Ok(());
    }
    let mut bench = Workbench::new(args.seed, args.sizes(), args.pairs, args.pcs.as_deref(), args.dir.as_deref())?;
    let mut rows = Vec::new();
    for measure in args.measures() {
        bench.say(&format!("measuring {}", measure.name()));
        rows.extend(measure.run(&mut bench)?.into_iter().map(|row| (measure.name(), row)));
    }
    report::print(&rows);
    match &args.json {
        Some(file) => report::write_json(file, args.seed, &rows),
        None => Ok(()),
    }
}
