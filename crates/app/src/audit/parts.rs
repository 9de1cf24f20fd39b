//! Checkpoints and hashes as a bundle writes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::proof::{NoteError, SignedCheckpoint};

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

/// Reads hashes that stand one behind the other.
pub(super) fn split(text: &str) -> Result<Vec<[u8; 32]>, Error> {
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
