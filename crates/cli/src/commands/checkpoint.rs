//! `checkpoint`: what the ledger says of itself, signed.

use app::Error;
use app::prove::checkpoint;

use crate::args;
use crate::commands::Run;
use crate::console::Console;
use crate::keys::KeyArgs;

/// Prints a signed checkpoint: the size of the ledger and the root of its tree
///
/// A C2SP tlog-checkpoint, with cosignatures of witnesses that are kept of it. Whoever keeps it can show later whether
/// the ledger was changed before it: `verify --checkpoint`, `prove --from-size`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Of the first N entries [default: all]
    #[arg(long, value_name = "N", value_parser = args::whole::<u64>)]
    size: Option<u64>,
    #[command(flatten)]
    key: KeyArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let signed = checkpoint::run(&console.session, &self.key.source(console), self.size)?;
        console.answer_whole(&checkpoint::to_json(&signed), &signed.to_string())
    }
}
