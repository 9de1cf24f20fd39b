//! Cosigned checkpoints that a ledger keeps: `witnessed/<size, 20 digits>-<8 hex digits of the text's SHA-256>.note`.
//!
//! They cannot be made again, since their signatures are others'. Beside them stands the checkpoint that closed an
//! instant, whose name ends with `.closed.note`: nothing is recorded at or before that instant any more.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::disk::draft::{Durability, write_beside};
use crate::disk::{Access, Volume};
use crate::error::{OpenError, WitnessedError};
use crate::ledger_dir::LedgerDir;
use crate::proof::{Checkpoint, SignedCheckpoint};
use crate::time::Timestamp;

const DIR: &str = "witnessed";
/// What the name of a checkpoint that closed an instant ends with.
const CLOSING: &str = ".closed.note";
/// The most bytes of a note that are read.
const MOST_BYTES: u64 = 1 << 20;

impl LedgerDir {
    /// The checkpoints that the ledger keeps, the smallest first: cosigned ones, and the one that closed an instant.
    ///
    /// # Errors
    /// [`WitnessedError::Malformed`] for a file that is none, [`WitnessedError::Disk`].
    pub fn witnessed(&self) -> Result<Vec<SignedCheckpoint>, WitnessedError> {
        let dir = self.path().join(DIR);
        let names = self.list(&dir)?;
        let paths = names.iter().map(|name| dir.join(name));
        let notes = paths.filter(|path| path.extension().is_some_and(|extension| extension == "note"));
        notes.map(|path| read(self.volume(), &path)).collect()
    }

    /// Keeps a cosigned checkpoint, with the cosignatures that are kept of the same text; returns what is kept now.
    ///
    /// # Errors
    /// [`WitnessedError::Malformed`] when what is kept of the same text is none, [`WitnessedError::Disk`].
    pub fn keep_witnessed(&self, checkpoint: &SignedCheckpoint) -> Result<SignedCheckpoint, WitnessedError> {
        let dir = self.path().join(DIR);
        self.volume().create_own_dir(&dir)?;
        let path = dir.join(name_of(checkpoint.checkpoint()));
        let mut kept = checkpoint.clone();
        match read(self.volume(), &path) {
            Ok(before) => kept.add_cosignatures(&before),
            Err(WitnessedError::Disk(error)) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
        write_beside(self.volume(), path.with_extension("new"), &path, kept.to_string().as_bytes(), Durability::Name)?;
        Ok(kept)
    }

    /// Keeps the checkpoint that closes an instant, in the place of those that closed earlier ones.
    pub(crate) fn keep_closing(&self, checkpoint: &SignedCheckpoint) -> Result<(), WitnessedError> {
        self.keep_witnessed(checkpoint)?;
        let (dir, own) = (self.path().join(DIR), name_of(checkpoint.checkpoint()));
        for name in self.list(&dir)?.iter().filter(|name| name.ends_with(CLOSING) && **name != own) {
            self.remove(&dir.join(name))?;
        }
        Ok(())
    }

    /// The latest instant that the ledger closed; `is_own` tells whether the ledger signed a checkpoint. The caller
    /// has the writer's lock.
    ///
    /// # Errors
    /// [`OpenError::Closing`] for a file that is not the checkpoint that it was, or that another signed;
    /// [`OpenError::Disk`].
    pub(crate) fn closed(&self, is_own: &dyn Fn(&SignedCheckpoint) -> bool) -> Result<Option<Timestamp>, OpenError> {
        let dir = self.path().join(DIR);
        let mut latest = None;
        for name in self.list(&dir)?.iter().filter(|name| name.ends_with(CLOSING)) {
            let path = dir.join(name);
            let closed = match read(self.volume(), &path) {
                Ok(note) if name_of(note.checkpoint()) == *name && is_own(&note) => note.checkpoint().claims.closed,
                Ok(_) | Err(WitnessedError::Malformed { .. }) => None,
                Err(WitnessedError::Disk(error)) => return Err(error.into()),
            };
            latest = latest.max(Some(closed.ok_or(OpenError::Closing(path))?));
        }
        Ok(latest)
    }
}

/// The name of the file of a checkpoint, which tells whether its text is whole.
fn name_of(checkpoint: &Checkpoint) -> String {
    let digest = format!("{:x}", Sha256::digest(checkpoint.text().as_bytes()));
    let ending = if checkpoint.claims.closed.is_some() { CLOSING } else { ".note" };
    format!("{:020}-{}{ending}", checkpoint.size, digest.get(..8).expect("a SHA-256 has 64 digits"))
}

fn read(volume: &Volume, path: &Path) -> Result<SignedCheckpoint, WitnessedError> {
    let text = volume.open(path, Access::Read)?.read_first(MOST_BYTES)?;
    // Bytes that are no text hold no checkpoint, and are refused.
    let text = String::from_utf8_lossy(&text);
    SignedCheckpoint::parse(&text).map_err(|source| WitnessedError::Malformed { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::proof::{Checkpoint, Claims, SigningKey};

    fn signed(size: u64, seconds: u64, witness: u8) -> SignedCheckpoint {
        let key = |name: &str, secret| SigningKey::of_secret(name, &[secret; 32]).unwrap();
        let checkpoint = Checkpoint { origin: "o".to_owned(), size, root: [1; 32], claims: Claims::default() };
        let mut signed = checkpoint.sign(&key("o", 1));
        signed.cosign(&key(&format!("w{witness}"), witness), seconds);
        signed
    }

    #[test]
    fn cosigned_checkpoints_are_kept_by_size_and_gather_cosignatures() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = LedgerDir::open(dir.path()).unwrap();
        assert!(ledger.witnessed().unwrap().is_empty());
        for (size, seconds, witness) in [(12, 1, 2), (3, 2, 2), (12, 3, 3), (12, 4, 2)] {
            ledger.keep_witnessed(&signed(size, seconds, witness)).unwrap();
        }
        let kept = ledger.witnessed().unwrap();
        let seen = kept.iter().map(|one| {
            let times: Vec<_> = one.cosignatures().into_iter().map(|seen| (seen.name, seen.seconds)).collect();
            (one.checkpoint().size, times)
        });
        let expected = [(3, vec![("w2".to_owned(), 2)]), (12, vec![("w2".to_owned(), 4), ("w3".to_owned(), 3)])];
        assert_eq!(seen.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_file_that_is_no_checkpoint_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = LedgerDir::open(dir.path()).unwrap();
        ledger.keep_witnessed(&signed(3, 1, 2)).unwrap();
        let path = fs::read_dir(dir.path().join(DIR)).unwrap().next().unwrap().unwrap().path();
        fs::write(&path, "no note").unwrap();
        let named = |error| matches!(error, WitnessedError::Malformed { path: named, .. } if named == path);
        assert!(named(ledger.witnessed().unwrap_err()));
        assert!(named(ledger.keep_witnessed(&signed(3, 1, 2)).unwrap_err()));
    }
}
