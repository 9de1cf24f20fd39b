//! `init`: makes a ledger.

use ledger::Ledger;
use serde_json::json;

use crate::error::Error;
use crate::session::Session;

/// Makes a new, empty ledger and its key
///
/// Prints the verifier key, by which anyone can check what the ledger signs. A directory that holds a ledger already is
/// left alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of the ledger in its key and its checkpoints, by custom a URL without a scheme
    #[arg(long, value_name = "NAME", default_value = "pcs-ledger")]
    origin: String,
}

impl Args {
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let (_, key) = Ledger::create(&session.ledger_dir, &self.origin)?;
        if session.is_json() {
            let answer = json!({"ledger": session.ledger_dir.display().to_string(), "verifier_key": key.to_string()});
            return session.line(&answer.to_string());
        }
        session.line(&key.to_string())?;
        let place = session.ledger_dir.display().to_string();
        session.say(&format!("made a ledger in {place}; the line on stdout is its verifier key"));
        Ok(())
    }
}
