//! The key that signs for the ledger: shown, changed and made.

use std::path::Path;

use ledger::proof::{Rotation, SigningKey, VerifierKey};
use ledger::{Fact, LedgerKey, Timestamp};
use serde_json::{Value, json};

use super::{KeySource, Signer, signing_key};
use crate::error::Error;
use crate::session::Session;

/// The key by which the ledger's signatures are checked, and how it came to be that.
pub struct Keys {
    /// The key.
    pub verifier: VerifierKey,
    /// Whether the key that signs is in the ledger's directory.
    pub is_here: bool,
    /// The changes of key, the oldest first: the seq of each, when it was recorded, and what it says.
    pub changes: Vec<(u64, Timestamp, Rotation)>,
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
        Some((entry.seq, entry.recorded_at, *rotation))
    });
    let changes = changes.collect();
    Ok(Keys { verifier: key.verifier(), is_here: matches!(key, LedgerKey::Here(_)), changes })
}

impl Keys {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let changes: Vec<Value> = self
            .changes
            .iter()
            .map(|(seq, at, rotation)| {
                let (old_key, new_key) = (rotation.old_key().to_string(), rotation.new_key().to_string());
                json!({"seq": seq, "recorded_at": at.to_string(), "old_key": old_key, "new_key": new_key})
            })
            .collect();
        let verifier = self.verifier.to_string();
        json!({"verifier_key": verifier, "signs_here": self.is_here, "changes": changes}).to_string()
    }
}

/// A change of key.
pub struct Change {
    /// The entry that says it.
    pub seq: u64,
    /// The key that the ledger had.
    pub old_key: VerifierKey,
    /// The key that it has.
    pub new_key: VerifierKey,
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
    let signer = Signer::of(session, ledger.reader(), key)?;
    let old_key = signer.verifier();
    let new = match new_key_file {
        Some(path) => LedgerKey::Elsewhere(signing_key(session, path)?.verifier()),
        None => LedgerKey::Here(SigningKey::generate(old_key.name())?),
    };
    let new_key = new.verifier();
    let rotated = signer.rotate(&mut ledger, &new, session.new_id(), now);
    // The entry changes the key, though what follows it may fail.
    if ledger.reader().size() > signer.reader.size() {
        let what = format!("the key is {new_key} now");
        session.done.add(what, "`pcs key show` prints the key and those before it");
    }
    Ok(Change { seq: rotated?, old_key, new_key })
}

impl Change {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (old_key, new_key) = (self.old_key.to_string(), self.new_key.to_string());
        json!({"seq": self.seq, "old_key": old_key, "new_key": new_key}).to_string()
    }
}

/// The two ways in which a key is checked.
pub struct Pair {
    /// Checks what it signs as a ledger.
    pub verifier: VerifierKey,
    /// Checks what it cosigns as a witness.
    pub cosigner: VerifierKey,
}

/// Makes a key of a name in a file, which must not be there yet.
///
/// # Errors
/// The name is none; the file cannot be made.
pub fn make(session: &mut Session<'_>, name: &str, out: &Path) -> Result<Pair, Error> {
    let key = SigningKey::generate(name)?;
    key.write_new(&session.path(out)).map_err(|error| Error::file(error.action, out)(error.source))?;
    let pair = Pair { verifier: key.verifier(), cosigner: key.cosigner() };
    session.done.add(
        format!("the key is in {}", out.display()),
        format!("{} checks what it signs as a ledger, {} what it cosigns as a witness", pair.verifier, pair.cosigner),
    );
    Ok(pair)
}

impl Pair {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        json!({"verifier_key": self.verifier.to_string(), "witness_key": self.cosigner.to_string()}).to_string()
    }
}
