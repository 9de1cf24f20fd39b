//! `init`: makes a ledger.

use ledger::proof::SigningKey;
use ledger::{Ledger, LedgerKey};
use serde_json::json;

use crate::console::Console;
use crate::keys::KeyArgs;
use app::Error;

/// Makes a new, empty ledger and its key
///
/// Prints the verifier key, by which anyone can check what the ledger signs. The key that signs is in the ledger's
/// directory, in the file `key`, unless one that is kept elsewhere is named: then only its verifier key is. A directory
/// that holds a ledger already is left alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of the ledger in its key and its checkpoints, by custom a URL without a scheme [default: that of the
    /// key, else pcs-ledger]
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    #[command(flatten)]
    key: KeyArgs,
}

/// The name of a ledger when nothing tells.
const ORIGIN: &str = "pcs-ledger";

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let key = match (self.key.source(console).named(&console.session)?, &self.origin) {
            (Some(key), Some(origin)) if key.name() != origin => {
                return Err(Error::usage(format!("--origin is {origin:?}, and the key is of {:?}", key.name())));
            }
            (Some(key), _) => LedgerKey::Elsewhere(key.verifier()),
            (None, origin) => LedgerKey::Here(SigningKey::generate(origin.as_deref().unwrap_or(ORIGIN))?),
        };
        Ledger::create_with(&console.session.ledger_dir, &key)?;
        let place = console.session.ledger_dir.display().to_string();
        console.session.done.add(format!("a ledger was made in {place}"), "`pcs key show` prints its verifier key");
        let key = key.verifier();
        if console.is_json() {
            let answer = json!({"ledger": place, "verifier_key": key.to_string()});
            return console.line(&answer.to_string());
        }
        console.line(&key.to_string())?;
        console.say(&format!("made a ledger in {place}; the line on stdout is its verifier key"));
        Ok(())
    }
}
