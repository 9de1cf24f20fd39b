//! Where the key of a ledger is kept: in the file `key`, or elsewhere, when that file holds the verifier key alone.
//!
//! A change of key is crash-safe: the new key stands in `key.next` before the entry that names it is appended, and takes
//! the place of `key` after it. In between, the entry decides which of the two is the ledger's.

use std::path::Path;

use crate::disk::draft::{Durability, write_beside};
use crate::disk::{Access, Volume};
use crate::error::{CreateError, DiskError, KeyError, RotateError};
use crate::event::{Event, Fact, When};
use crate::ids::EventId;
use crate::ledger::Ledger;
use crate::proof::{Rotation, SignedCheckpoint, SigningKey, VerifierKey, current_key, signers};
use crate::reader::Reader;
use crate::time::Timestamp;

/// The permission bits of those who may not read a key that signs.
const OTHERS: u32 = 0o077;
/// The most bytes of a key file.
const MOST_BYTES: u64 = 4_096;

const KEY: &str = "key";
const NEXT_KEY: &str = "key.next";
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
        Self::of_secret(name, &secret).map_err(|_| CreateError::Origin { origin: name.to_owned() })
    }

    /// Writes the key to a new file that only its owner reads.
    ///
    /// # Errors
    /// [`DiskError`], also when there is such a file already.
    pub fn write_new(&self, path: &Path) -> Result<(), DiskError> {
        let file = Volume::real().create_new(path)?;
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
            Ok(_) | Err(KeyError::Missing { .. }) => Err(KeyError::Retired { path: dir.join(KEY), current }),
            Err(error) => Err(error),
        }
    }

    /// Whether a key that the ledger has, or had then, signed a checkpoint. It has not when its key cannot be read.
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

    /// Writes the key file of a new ledger, whole or not at all.
    ///
    /// A key that stands there belongs to no ledger: creating one did not get as far as the log. It is replaced.
    pub(crate) fn write(&self, volume: &Volume, dir: &Path) -> Result<(), DiskError> {
        self.write_as(volume, dir, KEY)
    }

    fn write_as(&self, volume: &Volume, dir: &Path, name: &str) -> Result<(), DiskError> {
        let text = match self {
            Self::Here(key) => key.to_text(),
            Self::Elsewhere(key) => key.to_string(),
        };
        let bytes = format!("{text}\n");
        write_beside(volume, dir.join(UNFINISHED_KEY), &dir.join(name), bytes.as_bytes(), Durability::Name)
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
    let malformed = || KeyError::Malformed { path: path.to_owned() };
    let file = volume.open(path, Access::Read).map_err(|error| {
        if error.is_not_found() { KeyError::Missing { path: path.to_owned() } } else { KeyError::Disk(error) }
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

impl Ledger {
    /// Changes the key of the ledger: appends an entry that the old key signed and that names the new one.
    ///
    /// Returns the place of the entry. The old key is overwritten in the ledger's directory; whoever has it elsewhere
    /// can sign with it still, but not as this ledger.
    ///
    /// # Errors
    /// [`RotateError`]. When it is one of the store, opening the ledger again tells whether the key was changed.
    pub fn rotate_key(
        &mut self,
        old_key: &SigningKey,
        new_key: &LedgerKey,
        id: EventId,
        now: Timestamp,
    ) -> Result<u64, RotateError> {
        let dir = self.writer.dir().to_owned();
        let reader = self.reader();
        let (size, verifier) = (reader.size(), new_key.verifier());
        let current = LedgerKey::of(&dir, &reader)?.verifier();
        if old_key.verifier() != current {
            return Err(RotateError::OtherKey { current });
        }
        if verifier.name() != old_key.name() {
            return Err(RotateError::OtherName { origin: old_key.name().to_owned(), name: verifier.name().to_owned() });
        }
        if verifier == current {
            return Err(RotateError::SameKey);
        }
        let checkpoint = reader.checkpoint(old_key.name(), size)?;
        let rotation = Rotation::sign(checkpoint, old_key, &verifier);
        let volume = self.volume().clone();
        finish(&volume, &dir, &current)?;
        new_key.write_as(&volume, &dir, NEXT_KEY)?;
        let fact = Fact::KeyRotated(Box::new(rotation));
        let event = Event { id, partner: None, location: None, when: When::At(now), fact, note: None, source: None };
        self.append(&[event], now)?;
        finish(&volume, &dir, &verifier)?;
        Ok(size)
    }
}

/// Puts `key.next` in the place of `key` when it is the ledger's key.
fn finish(volume: &Volume, dir: &Path, current: &VerifierKey) -> Result<(), RotateError> {
    match read_key_on(volume, &dir.join(NEXT_KEY)) {
        Ok(next) if next.verifier() == *current => {
            volume.rename(&dir.join(NEXT_KEY), &dir.join(KEY))?;
            Ok(volume.sync_dir(dir)?)
        }
        Ok(_) | Err(KeyError::Missing { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
