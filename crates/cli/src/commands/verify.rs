//! `verify`: reads everything.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::proof::VerifierKey;
use serde_json::json;

use crate::error::Error;
use crate::extends;
use crate::progress::Unit;
use crate::session::Session;

/// Reads everything and checks it: sequence, times, ids, hashes, root, indexes
///
/// Changes nothing. Names the first thing that is broken, and exits with 3.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also checks that the ledger continues this checkpoint, which was kept
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The key that signed the checkpoint [default: one that the ledger has or had]
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse, requires = "checkpoint")]
    key: Option<VerifierKey>,
}

impl Args {
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let bar = session.progress("verifying", Unit::Entries);
        let verified = ledger::verify(&session.ledger_dir, &mut |at| bar.at(at.done, Some(at.total)));
        bar.end();
        let verified = verified.map_err(Error::Broken)?;
        let root = STANDARD.encode(verified.root);
        let continued = match &self.checkpoint {
            Some(path) => {
                let note = extends::read(session, path)?;
                extends::check(session, &session.reader()?, &note, self.key.as_ref())?;
                Some(note.checkpoint().size)
            }
            None => None,
        };
        if session.is_json() {
            let (segments, runs) = (verified.segments, verified.runs);
            let mut answer = json!({"size": verified.size, "root": root, "segments": segments, "runs": runs});
            if let (Some(size), Some(answer)) = (continued, answer.as_object_mut()) {
                answer.insert("continues".to_owned(), size.into());
            }
            return session.line(&answer.to_string());
        }
        session.line(&format!("whole: {} entries, root {root}", verified.size))?;
        match continued {
            Some(size) => session.line(&format!("it continues the checkpoint of {size} entries")),
            None => Ok(()),
        }
    }
}
