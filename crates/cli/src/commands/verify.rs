//! `verify`: reads everything.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::error::Error;
use crate::progress::Unit;
use crate::session::Session;

/// Reads everything and checks it: sequence, times, ids, hashes, root, indexes
///
/// Changes nothing. Names the first thing that is broken, and exits with 3.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

impl Args {
    #[expect(clippy::unused_self, reason = "every command runs by its arguments")]
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let bar = session.progress("verifying", Unit::Entries);
        let verified = ledger::verify(&session.ledger_dir, &mut |at| bar.at(at.done, Some(at.total)));
        bar.end();
        let verified = verified.map_err(Error::Broken)?;
        let root = STANDARD.encode(verified.root);
        if session.is_json() {
            let (segments, runs) = (verified.segments, verified.runs);
            let answer = json!({"size": verified.size, "root": root, "segments": segments, "runs": runs});
            return session.line(&answer.to_string());
        }
        session.line(&format!("whole: {} entries, root {root}", verified.size))
    }
}
