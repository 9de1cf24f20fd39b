//! The key that signs for the ledger: shown, changed and made.

use std::path::Path;

use ledger::proof::SigningKey;
use ledger::{Fact, LedgerKey};
use serde::Serialize;

use super::{ALL, KeySource, Signer, signing_key};
use crate::error::Error;
use crate::session::Session;

/// The key by which the ledger's signatures are checked, and how it came to be that.
#[derive(Clone, Debug, Serialize)]
pub struct Keys {
    /// The key.
    pub verifier_key: String,
    /// Whether the key that signs is in the ledger's directory.
    pub signs_here: bool,
    /// The changes of key, the oldest first.
    pub changes: Vec<Change>,
}

/// A change of key.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// The entry that says it.
    pub seq: u64,
    /// When that was recorded; not said of one that was made just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<String>,
    /// The key that the ledger had.
    pub old_key: String,
    /// The key that it got.
    pub new_key: String,
}

/// The key that the ledger has, and the changes that led to it.
///
/// # Errors
/// The ledger or its key cannot be read.
pub fn show(session: &Session<'_>) -> Result<Keys, Error> {
    let reader = session.reader()?;
    let key = LedgerKey::of(&session.ledger_dir, &reader)?;
    let changes = reader.shared_entries(reader.size())?.into_iter().filter_map(|entry| {
        let Fact::KeyRotated(rotation) = entry.event.fact else { return None };
        let (old_key, new_key) = (rotation.old_key().to_string(), rotation.new_key().to_string());
        Some(Change { seq: entry.seq, recorded_at: Some(entry.recorded_at.to_string()), old_key, new_key })
    });
    let (verifier_key, signs_here) = (key.verifier().to_string(), matches!(key, LedgerKey::Here(_)));
    Ok(Keys { verifier_key, signs_here, changes: changes.collect() })
}

/// The origin of the ledger: the name of its key.
///
/// # Errors
/// The key cannot be read.
pub fn origin(session: &Session<'_>) -> Result<String, Error> {
    Ok(LedgerKey::of(&session.ledger_dir, &session.reader()?)?.verifier().name().to_owned())
}

/// Changes the key to the one in a file, which stays where it is, or else to one that is made in the ledger's directory.
///
/// # Errors
/// Whatever refuses the old or the new key; `clock_ahead`, unless it is forced.
pub fn rotate(
    session: &mut Session<'_>,
    new_key_file: Option<&Path>,
    key: &KeySource,
    force: bool,
) -> Result<Change, Error> {
    let now = session.writing_at(force)?;
    let mut ledger = session.ledger_at(now)?;
    let signer = Signer::of(session, &ledger, key, ALL)?;
    let (old_key, size) = (signer.verifier(), signer.reader.size());
    let new = match new_key_file {
        Some(path) => signing_key(session, path)?,
        None => SigningKey::generate(old_key.name())?,
    };
    let place = KeySource { file: new_key_file.map(Path::to_owned), text: None };
    let (new_key, id) = (new.verifier(), session.new_id());
    let rotated = signer.rotate(session, &mut ledger, &new, (&place, new_key_file.is_none()), (id, now));
    // The entry changes the key, though what follows it may fail.
    if ledger.size() > size {
        let what = format!("the key is {new_key} now");
        session.done.add(what, "`pcs key show` prints the key and those before it");
    }
    Ok(Change { seq: rotated?, recorded_at: None, old_key: old_key.to_string(), new_key: new_key.to_string() })
}

/// The two ways in which a key is checked.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// Checks what it signs as a ledger.
    pub verifier_key: String,
    /// Checks what it cosigns as a witness.
    pub witness_key: String,
}

/// Makes a key of a name in a file, which must not be there yet.
///
/// # Errors
/// The name is none; the file cannot be made.
pub fn make(session: &mut Session<'_>, name: &str, out: &Path) -> Result<Pair, Error> {
    let key = SigningKey::generate(name)?;
    key.write_new(&session.path(out)).map_err(|error| Error::file(error.action, out)(error.source))?;
    let (verifier_key, witness_key) = (key.verifier().to_string(), key.cosigner().to_string());
    session.done.add(
        format!("the key is in {}", out.display()),
        format!("{verifier_key} checks what it signs as a ledger, {witness_key} what it cosigns as a witness"),
    );
    Ok(Pair { verifier_key, witness_key })
}
