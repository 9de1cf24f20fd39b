//! Which key signs, wherever it is kept.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ledger::proof::{SigningKey, VerifierKey, current_key};
use ledger::{ErrorKind, KeyError, LedgerKey, Reader, read_key};

use crate::error::Error;
use crate::file_kind::{FileKind, or_other_kind};
use crate::session::Session;

/// Where the ledger's signing key is, when it is not in the ledger's directory.
#[derive(Clone, Debug, Default)]
pub struct KeySource {
    /// The file of the key, as it was typed.
    pub file: Option<PathBuf>,
    /// The text of the key, and the name of the variable that has it.
    pub text: Option<(&'static str, OsString)>,
}

impl KeySource {
    /// The file of the key, or else the one in the ledger's directory.
    pub(super) fn place(&self, session: &Session<'_>) -> PathBuf {
        self.file.as_ref().map_or_else(|| session.ledger_dir.join("key"), |file| session.path(file))
    }

    /// The signing key that was named, by option or else by environment.
    pub(crate) fn named(&self, session: &Session<'_>) -> Result<Option<SigningKey>, Error> {
        if let Some(path) = &self.file {
            return signing_key(session, path).map(Some);
        }
        let Some((name, text)) = &self.text else { return Ok(None) };
        let key = text.to_str().and_then(|text| SigningKey::parse(text).ok());
        key.map(Some).ok_or_else(|| {
            let hint = format!("{name} is the one line of a key file, which begins with PRIVATE+KEY");
            Error::new(ErrorKind::BadKey, format!("{name} holds no Ed25519 signing key")).hint_alone(hint)
        })
    }

    /// The key that signs for the ledger.
    ///
    /// # Errors
    /// `other_key` when another was named, `no_key` when none was and it is kept elsewhere.
    pub(super) fn signing_key(&self, session: &Session<'_>, reader: &Reader) -> Result<SigningKey, Error> {
        match self.named(session)? {
            Some(key) => {
                let current = verifier_key(session, reader, Some(&key))?;
                if key.verifier() == current { Ok(key) } else { Err(other_key(&current)) }
            }
            None => match LedgerKey::of(&session.ledger_dir, reader)? {
                LedgerKey::Here(key) => Ok(key),
                LedgerKey::Elsewhere(key) => Err(no_signing_key(&key)),
            },
        }
    }
}

/// A key that is not the ledger's.
pub(crate) fn other_key(current: &VerifierKey) -> Error {
    Error::new(ErrorKind::OtherKey, format!("the key is not the ledger's, which is {current}"))
}

fn no_signing_key(key: &VerifierKey) -> Error {
    Error::new(ErrorKind::NoKey, format!("the signing key of {key} is not here"))
}

/// The key by which the ledger's signatures are checked; one that was named counts when the directory has none.
fn verifier_key(session: &Session<'_>, reader: &Reader, named: Option<&SigningKey>) -> Result<VerifierKey, Error> {
    match (LedgerKey::of(&session.ledger_dir, reader), named) {
        (Err(KeyError::Missing(_)), Some(named)) => {
            Ok(current_key(&named.verifier(), &reader.shared_entries(reader.size())?))
        }
        (key, _) => Ok(key?.verifier()),
    }
}

/// Reads a signing key from a file that only its owner may read.
pub(crate) fn signing_key(session: &Session<'_>, path: &Path) -> Result<SigningKey, Error> {
    let key = match read_key(&session.path(path)) {
        Ok(LedgerKey::Here(key)) => Ok(key),
        Ok(LedgerKey::Elsewhere(key)) => Err(no_signing_key(&key)),
        Err(error @ KeyError::Missing(_)) => {
            Err(Error::from(error).hint_alone("look whether it is the file that was meant".to_owned()))
        }
        Err(error) => Err(error.into()),
    };
    key.map_err(or_other_kind(session, path, FileKind::SigningKey))
}
