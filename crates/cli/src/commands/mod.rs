//! The commands, one file each. The comment of a file's arguments is the command's help.

mod audit;
mod backup;
mod check;
mod checkpoint;
mod completions;
mod demo;
mod diff;
mod export;
mod import;
mod init;
mod kept;
mod key;
mod log;
mod man;
mod map;
mod people;
mod prove;
mod record;
mod replay;
mod restore;
mod rulebook;
mod salvage;
pub(crate) mod score;
mod stats;
mod target;
mod verify;
mod witness;

use clap::Subcommand;

use crate::error::Error;
use crate::session::Session;

/// A command with its arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Record(record::Args),
    Import(import::Args),
    Export(export::Args),
    Log(log::Args),
    Score(score::Args),
    Diff(diff::Args),
    Replay(replay::Args),
    Check(check::Args),
    Verify(verify::Args),
    Checkpoint(checkpoint::Args),
    Prove(prove::Args),
    Witness(witness::Args),
    Audit(audit::Args),
    Key(key::Args),
    People(people::Args),
    Kept(kept::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Salvage(salvage::Args),
    Rulebook(rulebook::Args),
    Map(map::Args),
    Stats(stats::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        match self {
            Self::Init(args) => args.run(session),
            Self::Record(args) => args.run(session),
            Self::Import(args) => args.run(session),
            Self::Export(args) => args.run(session),
            Self::Log(args) => args.run(session),
            Self::Score(args) => args.run(session),
            Self::Diff(args) => args.run(session),
            Self::Replay(args) => args.run(session),
            Self::Check(args) => args.run(session),
            Self::Verify(args) => args.run(session),
            Self::Checkpoint(args) => args.run(session),
            Self::Prove(args) => args.run(session),
            Self::Witness(args) => args.run(session),
            Self::Audit(args) => args.run(session),
            Self::Key(args) => args.run(session),
            Self::People(args) => args.run(session),
            Self::Kept(args) => args.run(session),
            Self::Backup(args) => args.run(session),
            Self::Restore(args) => args.run(session),
            Self::Salvage(args) => args.run(session),
            Self::Rulebook(args) => args.run(session),
            Self::Map(args) => args.run(session),
            Self::Stats(args) => args.run(session),
            Self::Demo(args) => args.run(session),
            Self::Completions(args) => args.run(session),
            Self::Man(args) => args.run(session),
        }
    }
}
