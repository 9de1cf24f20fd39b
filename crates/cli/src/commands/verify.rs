//! `verify`: reads everything.

use std::path::PathBuf;

use app::Error;
use app::ask::verify;
use app::text::counted;
use ledger::proof::VerifierKey;

use crate::commands::Run;
use crate::console::Console;

/// Reads everything and checks it: sequence, times, ids, hashes, root, indexes
///
/// Changes nothing. What is kept of the partners in `states/` and `cache/` is compared with the log. Cosigned checkpoints
/// that are kept are compared as well: the ledger must continue them. Names the first thing that is broken, and exits
/// with 3.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also checks that the ledger continues this checkpoint, which was kept
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The key that signed the checkpoint [default: one that the ledger has or had]
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse, requires = "checkpoint")]
    key: Option<VerifierKey>,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let answer = verify::run(&mut console.session, self.checkpoint.as_deref(), self.key.as_ref())?;
        console.answer(&answer.to_json(), |_| {
            let whole = format!("whole: {}, root {}", counted(answer.verified.size, "entry"), answer.root());
            let continues =
                answer.continues.map(|size| format!("it continues the checkpoint of {}", counted(size, "entry")));
            std::iter::once(whole).chain(continues).collect()
        })?;
        if answer.witnessed > 0 {
            let checkpoints = counted(answer.witnessed, "checkpoint");
            console.remark(&format!("it continues {checkpoints} that witnesses saw"));
        }
        Ok(())
    }
}
