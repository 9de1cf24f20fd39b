//! `init`: makes a ledger.

use app::Error;
use app::keep::init;
use app::text::ToJson as _;

use crate::commands::Run;
use crate::console::Console;
use crate::keys::KeyArgs;

/// Makes a new, empty ledger and its key
///
/// Prints the verifier key, by which anyone can check what the ledger signs. The key that signs is in the ledger's
/// directory, in the file `key`, unless one that is kept elsewhere is named: then only its verifier key is. A directory
/// that holds a ledger already, or other files, is left alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of the ledger in its key and its checkpoints, by custom a URL without a scheme [default: that of the
    /// key, else pcs-ledger]
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    #[command(flatten)]
    key: KeyArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let key = self.key.source(console);
        let made = init::run(&mut console.session, self.origin.as_deref(), &key)?;
        console.answer(&made.to_json(), |_| vec![made.verifier_key.clone()])?;
        console.remark(&format!("made a ledger in {}; the line on stdout is its verifier key", made.ledger));
        Ok(())
    }
}
