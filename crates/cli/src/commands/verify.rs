//! `verify`: reads everything.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::WitnessedError;
use ledger::proof::VerifierKey;
use serde_json::json;

use crate::console::Console;
use app::Error;
use app::error::CORRUPT;
use app::prove::extends;
use app::text::counted;
use app::world::Unit;

/// Reads everything and checks it: sequence, times, ids, hashes, root, indexes
///
/// Changes nothing. Cosigned checkpoints that are kept are compared as well: the ledger must continue them. Names the first thing that is broken, and exits with 3.
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
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let bar = console.session.progress("verifying", Unit::Entries);
        let verified = console.session.dir()?.verify(&mut |at| bar.at(at.done, Some(at.total)));
        bar.end();
        let verified = verified?;
        let root = STANDARD.encode(verified.root);
        let continued = match &self.checkpoint {
            Some(path) => {
                let note = extends::read(&console.session, path)?;
                extends::check(&console.session, &console.session.reader()?, &note, self.key.as_ref())?;
                Some(note.checkpoint().size)
            }
            None => None,
        };
        let witnessed = check_witnessed(console)?;
        if console.is_json() {
            let (segments, runs) = (verified.segments, verified.runs);
            let mut answer = json!({"size": verified.size, "root": root, "segments": segments, "runs": runs});
            if let (Some(size), Some(answer)) = (continued, answer.as_object_mut()) {
                answer.insert("continues".to_owned(), size.into());
            }
            if let (true, Some(answer)) = (witnessed > 0, answer.as_object_mut()) {
                answer.insert("witnessed".to_owned(), witnessed.into());
            }
            return console.line(&answer.to_string());
        }
        console.line(&format!("whole: {} entries, root {root}", verified.size))?;
        if let Some(size) = continued {
            console.line(&format!("it continues the checkpoint of {size} entries"))?;
        }
        if witnessed > 0 {
            console.say(&format!("it continues {} that witnesses saw", counted(witnessed, "checkpoint")));
        }
        Ok(())
    }
}

/// Checks that the ledger continues the cosigned checkpoints that it keeps; returns how many there are.
fn check_witnessed(console: &Console<'_>) -> Result<u64, Error> {
    let kept = console.session.dir()?.witnessed().map_err(|error| {
        if matches!(error, WitnessedError::Malformed { .. }) {
            return Error::disproved(CORRUPT, error.to_string());
        }
        error.into()
    })?;
    if kept.is_empty() {
        return Ok(0);
    }
    let reader = console.session.reader()?;
    kept.iter().try_for_each(|note| extends::check(&console.session, &reader, note, None))?;
    Ok(kept.iter().filter(|note| !note.cosignatures().is_empty()).count() as u64)
}
