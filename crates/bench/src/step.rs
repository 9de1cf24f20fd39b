//! What a process of its own does, so that its memory is its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ledger::{Area, Reader};
use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::events::{Layout, write_file};
use crate::machine::peak_kib;
use crate::questions::{self, Occasion};
use crate::replay::{Depth, replay};
use crate::stores::Kind;
use crate::timing::timed;

/// What one process does.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Step {
    /// A store takes in a file.
    Import { kind: Kind, file: PathBuf, dir: PathBuf },
    /// A partner is scored on a day, so many times.
    Score {
        dir: PathBuf,
        partner: String,
        as_of: String,
        #[arg(default_value_t = 1)]
        times: u64,
    },
    /// Everything is read from the log.
    Replay { dir: PathBuf, depth: Depth },
    /// A file of events is written.
    Events { file: PathBuf, events: u64, seed: u64 },
}

/// What a step took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct StepCost {
    /// Seconds, without the start of the process.
    pub(crate) seconds: f64,
    /// Events that were written or read.
    pub(crate) events: u64,
    /// The most memory of the process, in KiB.
    pub(crate) peak_kib: u64,
}

impl Step {
    /// Does it, in this process.
    pub(crate) fn run(&self) -> Outcome<StepCost> {
        let (took, events) = timed(|| match self {
            Self::Import { kind, file, dir } => kind.import(file, dir),
            Self::Score { dir, partner, as_of, times } => score(dir, partner, as_of, *times),
            Self::Replay { dir, depth } => replay(dir, *depth),
            Self::Events { file, events, seed } => {
                write_file(file, *seed, &Layout::of(*seed, *events)).map(|()| *events)
            }
        })?;
        Ok(StepCost { seconds: took.as_secs_f64(), events, peak_kib: peak_kib()? })
    }

    /// Does it, in a process of its own.
    pub(crate) fn run_apart(&self) -> Outcome<StepCost> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("step");
        match self {
            Self::Import { kind, file, dir } => {
                let kind = format!("{kind:?}").to_lowercase();
                command.args(["import", &kind]).arg(file).arg(dir)
            }
            Self::Score { dir, partner, as_of, times } => {
                command.arg("score").arg(dir).args([partner, as_of, &times.to_string()])
            }
            Self::Replay { dir, depth } => command.arg("replay").arg(dir).arg(format!("{depth:?}").to_lowercase()),
            Self::Events { file, events, seed } => {
                command.arg("events").arg(file).args([events.to_string(), seed.to_string()])
            }
        };
        let output = command.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("{self:?}: {}", output.status).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

fn score(dir: &Path, partner: &str, as_of: &str, times: u64) -> Outcome<u64> {
    let reader = Reader::open(dir)?;
    let asked = Occasion { partner: partner.to_owned(), as_of: ledger::parse_date(as_of)?, known_at: None };
    for _ in 0..times {
        questions::score(&reader, &asked, Area::ALL)?;
    }
    Ok(reader.size())
}
