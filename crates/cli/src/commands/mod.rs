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
mod score;
mod stats;
mod verify;
mod witness;

use clap::Subcommand;

use crate::console::Console;
use app::Error;

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
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        match self {
            Self::Init(args) => args.run(console),
            Self::Record(args) => args.run(console),
            Self::Import(args) => args.run(console),
            Self::Export(args) => args.run(console),
            Self::Log(args) => args.run(console),
            Self::Score(args) => args.run(console),
            Self::Diff(args) => args.run(console),
            Self::Replay(args) => args.run(console),
            Self::Check(args) => args.run(console),
            Self::Verify(args) => args.run(console),
            Self::Checkpoint(args) => args.run(console),
            Self::Prove(args) => args.run(console),
            Self::Witness(args) => args.run(console),
            Self::Audit(args) => args.run(console),
            Self::Key(args) => args.run(console),
            Self::People(args) => args.run(console),
            Self::Kept(args) => args.run(console),
            Self::Backup(args) => args.run(console),
            Self::Restore(args) => args.run(console),
            Self::Salvage(args) => args.run(console),
            Self::Rulebook(args) => args.run(console),
            Self::Map(args) => args.run(console),
            Self::Stats(args) => args.run(console),
            Self::Demo(args) => args.run(console),
            Self::Completions(args) => args.run(console),
            Self::Man(args) => args.run(console),
        }
    }
}
