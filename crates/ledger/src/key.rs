//! Where the key of a ledger is kept: in the file `key`, or elsewhere, when that file holds the verifier key alone.
//!
//! While the key is changed the new one stands in `key.next`, and the entry that names it decides which of the two is the
//! ledger's.

use std::path::Path;

use crate::disk::draft::{Durability, write_beside};
use crate::disk::{Access, Audience, OTHERS, Volume};
use crate::error::{CreateError, DiskError, KeyError};
use crate::ledger_dir::LedgerDir;
use crate::proof::{SignedCheckpoint, SigningKey, VerifierKey, current_key, signers};
use crate::reader::Reader;

/// The most bytes of a key file.
const MOST_BYTES: u64 = 4_096;

pub(crate) const KEY: &str = "key";
pub(crate) const NEXT_KEY: &str = "key.next";
const UNFINISHED_KEY: &str = "key.new";

/// The key of a ledger, as far as its directory holds it.
#[derive(Clone, Debug)]
pub enum LedgerKey {
    /// The key itself.
    Here(SigningKey),
    /// The key by which signatures are checked; the one that signs is kept elsewhere.
    Elsewhere(VerifierKey),
}

impl SigningKey {
    /// Makes a key of a name from the operating system's random bytes.
    ///
    /// # Errors
    /// [`CreateError::Origin`], [`CreateError::Random`].
    pub fn generate(name: &str) -> Result<Self, CreateError> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(CreateError::Random)?;
        Self::of_secret(name, &secret).map_err(|_| CreateError::Origin(name.to_owned()))
    }

    /// Writes the key to a new file that only its owner reads.
    ///
    /// # Errors
    /// [`DiskError`], also when there is such a file already.
    pub fn write_new(&self, path: &Path) -> Result<(), DiskError> {
        let file = Volume::real().create_new(path, Audience::Owner)?;
        file.write(format!("{}\n", self.to_text()).as_bytes(), 0)?;
        file.sync_all()
    }
}

impl LedgerKey {
    /// Reads the key of a ledger; `reader` tells which key a change has made it.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Retired`] when the ledger has changed its key and the directory has only the old one.
    pub fn of(dir: &Path, reader: &Reader) -> Result<Self, KeyError> {
        let volume = reader.snapshot().volume();
        let kept = read_key_on(volume, &dir.join(KEY))?;
        let verifier = kept.verifier();
        let shared = reader.shared_entries(reader.size())?;
        let current = current_key(&verifier, &shared);
        if current == verifier {
            return Ok(kept);
        }
        match read_key_on(volume, &dir.join(NEXT_KEY)) {
            Ok(next) if next.verifier() == current => Ok(next),
            Ok(_) | Err(KeyError::Missing(_)) => Err(KeyError::Retired { path: dir.join(KEY), current }),
            Err(error) => Err(error),
        }
    }

    /// Whether a key that the ledger has, or had then, signed a checkpoint; `false` when the key cannot be read.
    pub(crate) fn has_signed(dir: &Path, reader: &Reader, note: &SignedCheckpoint) -> bool {
        let keys = Self::of(dir, reader).ok().zip(reader.shared_entries(reader.size()).ok());
        let keys = keys.map(|(current, shared)| signers(current.verifier(), &shared)).unwrap_or_default();
        keys.iter().any(|(key, most)| note.checkpoint().size <= *most && note.verify(key).is_ok())
    }

    /// The key by which signatures are checked.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        match self {
            Self::Here(key) => key.verifier(),
            Self::Elsewhere(key) => key.clone(),
        }
    }

    /// Writes the key to a file of a ledger, whole or not at all; what has the name is replaced.
    ///
    /// A key that stands in [`KEY`] before there is a log belongs to no ledger: creating one did not get as far.
    pub(crate) fn write_as(&self, volume: &Volume, dir: &Path, name: &str) -> Result<(), DiskError> {
        let text = match self {
            Self::Here(key) => key.to_text(),
            Self::Elsewhere(key) => key.to_string(),
        };
        let bytes = format!("{text}\n");
        write_beside(volume, dir.join(UNFINISHED_KEY), &dir.join(name), bytes.as_bytes(), Durability::Name)
    }
}

impl LedgerDir {
    /// Reads the file `key`, whatever the entries say of it.
    ///
    /// # Errors
    /// As [`read_key`].
    pub fn key(&self) -> Result<LedgerKey, KeyError> {
        read_key_on(self.volume(), &self.path().join(KEY))
    }
}

/// Reads a key file: a key that signs, which only its owner may read, or a verifier key.
///
/// # Errors
/// [`KeyError::Missing`], [`KeyError::Malformed`], [`KeyError::Exposed`], [`KeyError::Disk`].
pub fn read_key(path: &Path) -> Result<LedgerKey, KeyError> {
    read_key_on(&Volume::real(), path)
}

pub(crate) fn read_key_on(volume: &Volume, path: &Path) -> Result<LedgerKey, KeyError> {
    let malformed = || KeyError::Malformed(path.to_owned());
    let file = volume.open(path, Access::Read).map_err(|error| {
        if error.is_not_found() { KeyError::Missing(path.to_owned()) } else { KeyError::Disk(error) }
    })?;
    let mode = file.mode()?;
    let text = String::from_utf8(file.read_first(MOST_BYTES)?).map_err(|_| malformed())?;
    if let Ok(key) = VerifierKey::parse(text.trim()) {
        return if key.is_cosigner() { Err(malformed()) } else { Ok(LedgerKey::Elsewhere(key)) };
    }
    let key = SigningKey::parse(&text).map_err(|_| malformed())?;
    if mode & OTHERS != 0 {
        return Err(KeyError::Exposed { path: path.to_owned(), mode });
    }
    Ok(LedgerKey::Here(key))
}

#[cfg(test)]
mod tests;
