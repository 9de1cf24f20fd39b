//! The commands, one file each. The comment of a file's arguments is the command's help.

mod advise;
mod audit;
mod backup;
mod check;
mod checkpoint;
mod completions;
mod customers;
mod demo;
mod diff;
mod export;
mod forecast;
mod help;
mod import;
mod init;
mod kept;
mod key;
mod log;
mod man;
mod map;
mod partners;
mod people;
mod prove;
mod reconcile;
mod record;
mod replay;
mod restore;
mod rulebook;
mod salvage;
mod score;
pub(crate) mod serve;
mod stats;
mod status;
mod timeline;
mod token;
mod verify;
mod witness;

use crate::console::Console;
use app::Error;

/// A command with its arguments as they are typed.
pub(crate) trait Run {
    /// Runs the command, and writes its answer.
    fn run(self, console: &mut Console<'_>) -> Result<(), Error>;
}

/// Declares commands, each with the type of its arguments.
macro_rules! commands {
    ($(#[$about:meta])* enum $Commands:ident { $($(#[$attribute:meta])* $Name:ident($Args:ty),)* }) => {
        $(#[$about])*
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum $Commands {
            $($(#[$attribute])* $Name($Args),)*
        }

        impl $crate::commands::Run for $Commands {
            fn run(self, console: &mut $crate::console::Console<'_>) -> Result<(), app::Error> {
                match self {
                    $(Self::$Name(args) => args.run(console),)*
                }
            }
        }
    };
}
use commands;

commands! {
    /// A command with its arguments.
    enum Command {
        Init(init::Args),
        Record(record::Args),
        Import(import::Args),
        Export(export::Args),
        Log(log::Args),
        Score(score::Args),
        Status(status::Args),
        Diff(diff::Args),
        Timeline(timeline::Args),
        Forecast(forecast::Args),
        Advise(advise::Args),
        Reconcile(reconcile::Args),
        Replay(replay::Args),
        Check(check::Args),
        Partners(partners::Args),
        Verify(verify::Args),
        Checkpoint(checkpoint::Args),
        Prove(prove::Args),
        #[command(subcommand)]
        Witness(witness::Command),
        #[command(subcommand)]
        Audit(audit::Command),
        #[command(subcommand)]
        Key(key::Command),
        #[command(subcommand)]
        People(people::Command),
        #[command(subcommand)]
        Customers(customers::Command),
        #[command(subcommand)]
        Kept(kept::Command),
        Backup(backup::Args),
        Restore(restore::Args),
        Salvage(salvage::Args),
        #[command(subcommand)]
        Rulebook(rulebook::Command),
        #[command(subcommand)]
        Map(map::Command),
        Serve(serve::Args),
        #[command(subcommand)]
        Token(token::Command),
        Stats(stats::Args),
        Demo(demo::Args),
        Completions(completions::Args),
        Help(help::Args),
        Man(man::Args),
    }
}

impl Command {
    /// Whether the log of the command is written for programs.
    pub(crate) fn logs_json(&self) -> bool {
        matches!(self, Self::Serve(args) if args.logs_json())
    }
}
