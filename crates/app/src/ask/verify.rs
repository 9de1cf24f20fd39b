//! Whether the ledger holds: everything is read.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::proof::VerifierKey;
use ledger::{Reader, Verification, WitnessedError};
use serde_json::json;

use super::kept;
use crate::error::{BROKEN, CORRUPT, Error};
use crate::prove::extends;
use crate::session::Session;
use crate::text::without_nulls;

/// What was found to hold.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// What was read.
    pub verified: Verification,
    /// The size of the checkpoint that was given, which the ledger continues.
    pub continues: Option<u64>,
    /// How many of the checkpoints that the ledger keeps have cosignatures; it continues all that it keeps.
    pub witnessed: u64,
}

/// Reads everything, what is kept of the partners too, and checks that the ledger continues the cosigned checkpoints that it keeps and the one that is
/// given: signed by `key` or, without one, by a key that the ledger has or had.
///
/// # Errors
/// The first thing that does not hold, which exits with 3.
pub fn run(session: &mut Session<'_>, checkpoint: Option<&Path>, key: Option<&VerifierKey>) -> Result<Answer, Error> {
    let verified = session.verify(session.dir()?)?;
    let reader = session.reader()?;
    kept::compare(session, &reader, None)?;
    let continues = checkpoint.map(|path| {
        let note = extends::read(session, path)?;
        extends::check(session, &reader, &note, key)?;
        Ok::<_, Error>(note.checkpoint().size)
    });
    let continues = continues.transpose()?;
    Ok(Answer { verified, continues, witnessed: check_witnessed(session, &reader)? })
}

/// Checks that the ledger continues the cosigned checkpoints that it keeps; returns how many there are.
fn check_witnessed(session: &Session<'_>, reader: &Reader) -> Result<u64, Error> {
    let kept = session.dir()?.witnessed().map_err(|error| {
        if matches!(error, WitnessedError::Malformed { .. }) {
            return Error::disproved(CORRUPT, error.to_string()).hint_alone(BROKEN.to_owned());
        }
        error.into()
    })?;
    kept.iter().try_for_each(|note| extends::check(session, reader, note, None))?;
    Ok(kept.iter().filter(|note| !note.cosignatures().is_empty()).count() as u64)
}

impl Answer {
    /// The root of the tree of all entries, in base64.
    #[must_use]
    pub fn root(&self) -> String {
        STANDARD.encode(self.verified.root)
    }

    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Verification { size, segments, runs, .. } = self.verified;
        let witnessed = Some(self.witnessed).filter(|count| *count > 0);
        let answer = json!({
            "size": size, "root": self.root(), "segments": segments, "runs": runs, "continues": self.continues,
            "witnessed": witnessed,
        });
        without_nulls(answer).to_string()
    }
}
