//! Whether a ledger continues a checkpoint that was kept.

use std::io;
use std::path::Path;

use ledger::proof::{Checkpoint, Claims, NoteError, SignedCheckpoint, VerifierKey};
use ledger::{LedgerKey, Reader};

use super::Keyring;
use crate::bounds;
use crate::error::{BAD_SIGNATURE, ENTRIES_LOST, Error, OTHER_CLAIMS, OTHER_ROOT};
use crate::file_kind::{FileKind, or_other_kind};
use crate::session::Session;
use crate::text::counted;

/// Reads a checkpoint from a file.
///
/// # Errors
/// `bad_note` for what is none; `other_kind` for a file that is something else; a file that cannot be read.
pub fn read(session: &Session<'_>, path: &Path) -> Result<SignedCheckpoint, Error> {
    let text = bounds::read_text(&session.path(path), bounds::CHECKPOINT).map_err(|error| {
        if error.kind() == io::ErrorKind::InvalidData {
            return bad_note(path)(NoteError::Malformed);
        }
        Error::file("read", path)(error)
    });
    let note = text.and_then(|text| SignedCheckpoint::parse(&text).map_err(bad_note(path)));
    note.map_err(or_other_kind(session, path, FileKind::Checkpoint))
}

/// A note in a file that is none, or not signed as it should be.
pub(crate) fn bad_note(path: &Path) -> impl FnOnce(NoteError) -> Error {
    let text = format!("{} is no checkpoint that holds", path.display());
    move |error| {
        let is_none = matches!(error, NoteError::Malformed | NoteError::NoCheckpoint { .. });
        let code = if is_none { "bad_note".into() } else { BAD_SIGNATURE };
        Error::disproved(code, text).behind(&error)
    }
}

/// A checkpoint whose claims are not those of the entries.
pub(crate) fn other_claims() -> Error {
    Error::disproved(OTHER_CLAIMS, "the checkpoint says of the entries what they do not say")
}

/// Checks that the ledger signed a checkpoint, and that its first entries are those of which it speaks.
///
/// It must be signed by `key` or, without one, by a key that the ledger has or had.
///
/// # Errors
/// The first thing that does not hold.
pub fn check(
    session: &Session<'_>,
    reader: &Reader,
    note: &SignedCheckpoint,
    key: Option<&VerifierKey>,
) -> Result<(), Error> {
    let keys = match key {
        Some(key) => Keyring::of_one(key.clone()),
        None => keys_of(LedgerKey::of(&session.ledger_dir, reader)?.verifier(), reader)?,
    };
    let told = note.checkpoint();
    check_size(reader, note, &keys)?;
    // From the log alone: whoever cosigns vouches for it.
    let own = reader.checkpoint(&told.origin, told.size)?;
    compare_root(told, own.root)?;
    check_claims(&told.claims, &own.claims)
}

/// Checks that one of the keys signed a checkpoint, and that the ledger's first entries are those of which it speaks, as
/// far as the index tells.
///
/// # Errors
/// The first thing that does not hold.
pub(crate) fn check_root(reader: &Reader, note: &SignedCheckpoint, keys: &Keyring) -> Result<(), Error> {
    check_size(reader, note, keys)?;
    compare_root(note.checkpoint(), reader.root(note.checkpoint().size)?)
}

/// Checks that one of the keys signed a checkpoint, and that the ledger has so many entries.
fn check_size(reader: &Reader, note: &SignedCheckpoint, keys: &Keyring) -> Result<(), Error> {
    let told = note.checkpoint();
    keys.check(note, "the checkpoint")?;
    if told.size > reader.size() {
        let what =
            format!("the checkpoint is of {}, and the ledger has {}", counted(told.size, "entry"), reader.size());
        return Err(Error::disproved(ENTRIES_LOST, what));
    }
    Ok(())
}

/// Compares the root of a checkpoint with that of as many entries.
pub(crate) fn compare_root(told: &Checkpoint, own: [u8; 32]) -> Result<(), Error> {
    if told.root == own {
        return Ok(());
    }
    let what = format!("the ledger begins with others than the {} of the checkpoint", counted(told.size, "entry"));
    Err(Error::disproved(OTHER_ROOT, what))
}

/// Checks what else a checkpoint claims, by what the entries say.
fn check_claims(told: &Claims, own: &Claims) -> Result<(), Error> {
    // What comes after was not known when it was signed, or is as it was then; the rest is said of another thing.
    let Claims { partners, newest, next, closed, .. } = told;
    let is_said = |told: bool, same: bool| !told || same;
    let holds = is_said(partners.is_some(), *partners == own.partners)
        && is_said(newest.is_some(), *newest == own.newest)
        && is_said(next.is_some(), *next == own.next)
        && is_said(closed.is_some(), own.next.is_none_or(|next| closed.is_some_and(|closed| closed < next)));
    if holds { Ok(()) } else { Err(other_claims()) }
}

/// The keys that the ledger has and had, by the one that it has.
pub(crate) fn keys_of(current: VerifierKey, reader: &Reader) -> Result<Keyring, Error> {
    Ok(Keyring::of(current, &reader.shared_entries(reader.size())?))
}
