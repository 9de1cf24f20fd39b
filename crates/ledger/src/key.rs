//! Where the key of a ledger is kept: in the file `key`, or elsewhere, when that file holds the verifier key alone.
//!
//! A change of key is crash-safe: the new key stands in `key.next` before the entry that names it is appended, and takes
//! the place of `key` after it. In between, the entry decides which of the two is the ledger's.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::{CreateError, DiskError, KeyError, RotateError};
use crate::event::{Event, Fact, When};
use crate::ids::EventId;
use crate::ledger::Ledger;
use crate::proof::{Rotation, SigningKey, VerifierKey, current_key};
use crate::reader::Reader;
use crate::time::Timestamp;

/// Nobody but the owner reads a key that signs.
const MODE: u32 = 0o600;
/// The bits of those who may not.
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
        write_new(path, &self.to_text())
    }
}

impl LedgerKey {
    /// Reads the key of a ledger; `reader` tells which key a change has made it.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Retired`] when the ledger has changed its key and the directory has only the old one.
    pub fn of(dir: &Path, reader: &Reader) -> Result<Self, KeyError> {
        let kept = read_key(&dir.join(KEY))?;
        let verifier = kept.verifier();
        let shared = reader.shared_entries(reader.size())?;
        let current = current_key(&verifier, &shared);
        if current == verifier {
            return Ok(kept);
        }
        match read_key(&dir.join(NEXT_KEY)) {
            Ok(next) if next.verifier() == current => Ok(next),
            Ok(_) | Err(KeyError::Missing { .. }) => Err(KeyError::Retired { path: dir.join(KEY), current }),
            Err(error) => Err(error),
        }
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
    pub(crate) fn write(&self, dir: &Path) -> Result<(), DiskError> {
        self.write_as(dir, KEY)
    }

    fn write_as(&self, dir: &Path, name: &str) -> Result<(), DiskError> {
        let unfinished = dir.join(UNFINISHED_KEY);
        remove(&unfinished)?;
        let text = match self {
            Self::Here(key) => key.to_text(),
            Self::Elsewhere(key) => key.to_string(),
        };
        write_new(&unfinished, &text)?;
        rename(dir, UNFINISHED_KEY, name)
    }
}

/// Reads a key file: a key that signs, which only its owner may read, or a verifier key.
///
/// # Errors
/// [`KeyError::Missing`], [`KeyError::Malformed`], [`KeyError::Exposed`], [`KeyError::Disk`].
pub fn read_key(path: &Path) -> Result<LedgerKey, KeyError> {
    let malformed = || KeyError::Malformed { path: path.to_owned() };
    let failed = |source: io::Error| {
        let (kind, path) = (source.kind(), path.to_owned());
        if kind == io::ErrorKind::NotFound {
            KeyError::Missing { path }
        } else if kind == io::ErrorKind::InvalidData {
            KeyError::Malformed { path }
        } else {
            KeyError::Disk(DiskError { action: "read", path, source })
        }
    };
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
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
        let dir = self.dir().to_owned();
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
        finish(&dir, &current)?;
        new_key.write_as(&dir, NEXT_KEY)?;
        let fact = Fact::KeyRotated(Box::new(rotation));
        let event = Event { id, partner: None, location: None, when: When::At(now), fact, note: None, source: None };
        self.append(&[event], now)?;
        finish(&dir, &verifier)?;
        Ok(size)
    }
}

/// Puts `key.next` in the place of `key` when it is the ledger's key.
fn finish(dir: &Path, current: &VerifierKey) -> Result<(), RotateError> {
    match read_key(&dir.join(NEXT_KEY)) {
        Ok(next) if next.verifier() == *current => Ok(rename(dir, NEXT_KEY, KEY)?),
        Ok(_) | Err(KeyError::Missing { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    let path = path.to_owned();
    move |source| DiskError { action, path, source }
}

fn remove(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn write_new(path: &Path, text: &str) -> Result<(), DiskError> {
    let file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path);
    let mut file = file.map_err(failed("create", path))?;
    let written = file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_all());
    written.map_err(failed("write", path))
}

fn rename(dir: &Path, from: &str, to: &str) -> Result<(), DiskError> {
    let path: PathBuf = dir.join(from);
    fs::rename(&path, dir.join(to)).map_err(failed("rename", &path))?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed("sync", dir))
}

#[cfg(test)]
mod tests;
