//! Checkpoints and hashes as a bundle writes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::Entry;
use ledger::proof::{Checkpoint, NoteError, SignedCheckpoint, leaf_hash, root_of_entries};

use super::bad;
use crate::error::Error;

/// Reads a checkpoint of a bundle.
pub(super) fn note(text: &str) -> Result<SignedCheckpoint, Error> {
    SignedCheckpoint::parse(text)
        .map_err(|error: NoteError| Error::disproved("bad_note", format!("the checkpoint is none: {error}")))
}

/// Writes hashes one behind the other.
pub(super) fn joined(hashes: &[[u8; 32]]) -> String {
    STANDARD.encode(hashes.as_flattened())
}

/// Whether entries, whose lines these are, lead to the root of a checkpoint with the hashes between them.
pub(super) fn lead_to(told: &Checkpoint, entries: &[Entry], lines: &[String], between: &str) -> Result<bool, Error> {
    let leaves = entries.iter().zip(lines).map(|(entry, line)| (entry.seq, leaf_hash(line)));
    let leaves: Vec<(u64, [u8; 32])> = leaves.collect();
    Ok(root_of_entries(told.size, &leaves, &split(between)?) == Some(told.root))
}

/// Reads hashes that stand one behind the other.
fn split(text: &str) -> Result<Vec<[u8; 32]>, Error> {
    let bytes = STANDARD.decode(text).map_err(|_| bad("its hashes are not in base64"))?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() { Ok(hashes.to_vec()) } else { Err(bad("a hash is not whole")) }
}

/// Writes hashes, each for itself.
pub(super) fn each(hashes: &[[u8; 32]]) -> Vec<String> {
    hashes.iter().map(|hash| STANDARD.encode(hash)).collect()
}

/// Reads hashes, each for itself.
pub(super) fn read_each(texts: &[String]) -> Result<Vec<[u8; 32]>, Error> {
    let hashes = texts.iter().map(|text| STANDARD.decode(text).ok()?.try_into().ok());
    hashes.collect::<Option<_>>().ok_or_else(|| bad("a hash is no SHA-256 in base64"))
}
