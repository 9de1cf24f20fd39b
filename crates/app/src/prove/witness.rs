//! Cosignatures of others on checkpoints.

use std::path::Path;

use chrono::{DateTime, SecondsFormat};
use ledger::Reader;
use ledger::proof::{Checkpoint, GrowthProof, SignedCheckpoint, VerifierKey};
use serde_json::{Value, json};

use super::memory::{ENDING, Memory};
use super::{ALL, KeySource, Signer, extends, signing_key};
use crate::error::{Error, OTHER_ROOT};
use crate::session::Session;
use crate::text::{base64, counted, plain};

/// Keeps a checkpoint of the ledger that was cosigned elsewhere, by `witness` if that is said; returns the note with all
/// that is kept of it.
///
/// # Errors
/// The checkpoint is not of the ledger, or not cosigned.
pub fn add(session: &mut Session<'_>, path: &Path, witness: Option<&VerifierKey>) -> Result<SignedCheckpoint, Error> {
    let reader = session.reader()?;
    let note = own(session, &reader, path)?;
    if let Some(witness) = witness {
        note.cosigned_by(witness).map_err(extends::bad_note(path))?;
    }
    keep(session, &reader, &note)
}

/// Cosigns a checkpoint of the ledger, or that of all entries, and keeps it; returns the note with all that is kept of it.
///
/// # Errors
/// The checkpoint is not of the ledger; `older_checkpoint` and `other_root` when the witness has cosigned something that it
/// does not continue; `clock_ahead`, unless it is forced.
pub fn cosign(
    session: &mut Session<'_>,
    witness_key: &Path,
    checkpoint: Option<&Path>,
    key: &KeySource,
    force: bool,
) -> Result<SignedCheckpoint, Error> {
    let (reader, note) = if let Some(path) = checkpoint {
        let reader = session.reader()?;
        let note = own(session, &reader, path)?;
        (reader, Ok(note))
    } else {
        let signer = Signer::open(session, key, ALL)?;
        (signer.reader.clone(), Err(signer))
    };
    let witness = signing_key(session, witness_key)?;
    let now = session.writing_at(force)?;
    // The ledger signs when the witness can, and not before.
    let mut note = note.or_else(|signer| signer.signed(session))?;
    remember(session, witness_key, &witness.cosigner(), &reader, &note)?;
    Signer::cosign(&mut note, &witness, now);
    keep(session, &reader, &note)
}

/// Reads a checkpoint, which must be of this ledger.
fn own(session: &Session<'_>, reader: &Reader, path: &Path) -> Result<SignedCheckpoint, Error> {
    let note = extends::read(session, path)?;
    extends::check(session, reader, &note, None).map(|()| note)
}

fn keep(session: &mut Session<'_>, reader: &Reader, note: &SignedCheckpoint) -> Result<SignedCheckpoint, Error> {
    let kept = reader.dir().keep_witnessed(note)?;
    let size = counted(kept.checkpoint().size, "entry");
    session.done.add(format!("a cosigned checkpoint of {size} is kept"), "`pcs witness list` shows it");
    Ok(kept)
}

/// Has the witness remember what it is about to cosign, when that continues what it cosigned last.
fn remember(
    session: &Session<'_>,
    key: &Path,
    witness: &VerifierKey,
    reader: &Reader,
    note: &SignedCheckpoint,
) -> Result<(), Error> {
    let memory = Memory::open(&session.path(key), witness.clone())?;
    let told = note.checkpoint();
    // Before it had a memory, it cosigned what the ledger keeps.
    let last = match memory.last(&told.origin) {
        Some(last) => Some(last),
        None => kept_of(session, witness, &told.origin)?,
    };
    if let Some(last) = last {
        refuse_other_history(reader, note, &last)?;
    }
    if memory.keep(told)? {
        let path = plain(&format!("{}{ENDING}", key.display()));
        session.say(&format!("made {path}, in which the witness remembers what it cosigned; keep it with the key"));
    }
    Ok(())
}

/// The largest checkpoint of a ledger that is kept with a witness's cosignature.
fn kept_of(session: &Session<'_>, witness: &VerifierKey, origin: &str) -> Result<Option<Checkpoint>, Error> {
    let kept = list(session)?.into_iter().filter(|kept| kept.cosigned_by(witness).is_ok());
    let own = kept.map(|kept| kept.checkpoint().clone()).filter(|kept| kept.origin == origin);
    Ok(own.max_by_key(|kept| kept.size))
}

/// Refuses a checkpoint that does not continue what the witness cosigned last.
fn refuse_other_history(reader: &Reader, note: &SignedCheckpoint, last: &Checkpoint) -> Result<(), Error> {
    let size = note.checkpoint().size;
    if size < last.size {
        let text =
            format!("the witness has cosigned {}, and this checkpoint is of {size}", counted(last.size, "entry"));
        return Err(Error::new("older_checkpoint", text));
    }
    let is_shown = last.size == 0 || size == last.size;
    let hashes = if is_shown { Vec::new() } else { reader.prove_growth(size, last.size)? };
    let proof = GrowthProof { from_size: last.size, hashes, checkpoint: note.clone() };
    proof.check(last).map_err(|_| {
        let (size, origin, root) = (counted(last.size, "entry"), plain(&last.origin), base64(&last.root));
        let cosigned = format!("the witness has cosigned {size} of {origin} with the root {root}");
        Error::disproved(OTHER_ROOT, format!("{cosigned}, which this checkpoint does not continue"))
    })
}

/// The checkpoints that are kept with cosignatures.
///
/// # Errors
/// They cannot be read.
pub fn list(session: &Session<'_>) -> Result<Vec<SignedCheckpoint>, Error> {
    let mut kept = session.dir()?.witnessed()?;
    kept.retain(|note| !note.cosignatures().is_empty());
    Ok(kept)
}

/// The object for programs about a cosigned checkpoint.
#[must_use]
pub fn to_json(note: &SignedCheckpoint) -> String {
    let seen = note.cosignatures().into_iter().map(
        |seen| json!({"witness": seen.name, "key": format!("{:08x}", seen.id), "cosigned_at": instant(seen.seconds)}),
    );
    let seen: Vec<Value> = seen.collect();
    json!({"size": note.checkpoint().size, "cosignatures": seen, "note": note.to_string()}).to_string()
}

/// A time in whole seconds since 1970.
#[must_use]
pub fn instant(seconds: u64) -> String {
    let at = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    at.map_or_else(|| format!("{seconds} s"), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
