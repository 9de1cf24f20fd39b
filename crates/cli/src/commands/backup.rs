//! `backup`: all entries in a file, with what proves them.

use std::path::PathBuf;

use app::Error;
use app::keep::backup;
use app::text::{ToJson as _, counted, plain};

use crate::commands::Run;
use crate::console::Console;
use crate::keys::KeyArgs;

/// Writes all entries and a signed checkpoint of them into a file
///
/// The ledger may be in use meanwhile: the backup holds the entries that there were when it began. `restore` makes a
/// ledger of it; so does `zcat FILE | tail -n +2 | pcs import --entries -`, without the proof. The key that signs is
/// never in a backup: keep a copy of it elsewhere.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let key = self.key.source(console);
        let done = backup::run(&mut console.session, &self.out, &key)?;
        console.answer(&done.to_json(), |_| {
            let out = plain(&done.out);
            vec![format!("{out}: {}, root {}, {} bytes", counted(done.size, "entry"), done.root, done.bytes)]
        })?;
        console.remark("the key that signs is not in it: keep a copy of the key elsewhere");
        Ok(())
    }
}
