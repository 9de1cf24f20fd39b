//! `prove`: that an entry is in the ledger, or that the ledger continues an older state of itself.

use app::Error;
use app::prove::proof::{self, Claim};
use app::text::ToJson as _;

use crate::args;
use crate::commands::Run;
use crate::console::Console;
use crate::keys::KeyArgs;

/// Prints a proof against a signed checkpoint
///
/// With `--seq`, that an entry is in the ledger: a C2SP tlog-proof. With `--from-size`, that the ledger continues the
/// first N entries as they were: the hashes of RFC 6962 in the form in which a C2SP tlog-witness takes them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    what: What,
    /// Against the checkpoint of the first N entries [default: all]
    #[arg(long, value_name = "N", value_parser = args::whole::<u64>)]
    size: Option<u64>,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// The entry that is in it
    #[arg(long, value_name = "N", value_parser = args::whole::<u64>)]
    seq: Option<u64>,
    /// The number of entries of the older state
    #[arg(long, value_name = "N", value_parser = args::whole::<u64>)]
    from_size: Option<u64>,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let claim = self.what.seq.map(Claim::Entry).or(self.what.from_size.map(Claim::Growth));
        let claim = claim.expect("clap: one of the group is required");
        let proof = proof::run(&console.session, &self.key.source(console), claim, self.size)?;
        console.answer_whole(&proof.to_json(), &proof.proof)
    }
}
