//! Cosigned checkpoints that a ledger keeps: `witnessed/<size, 20 digits>-<8 hex digits of the text's SHA-256>.note`.
//!
//! They cannot be made again, since their signatures are others'. Nothing else depends on them.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::error::{DiskError, WitnessedError};
use crate::proof::SignedCheckpoint;

const DIR: &str = "witnessed";

/// The cosigned checkpoints that a ledger keeps, the smallest first.
///
/// # Errors
/// [`WitnessedError::Malformed`] for a file that is none, [`WitnessedError::Disk`].
pub fn witnessed(dir: &Path) -> Result<Vec<SignedCheckpoint>, WitnessedError> {
    let dir = dir.join(DIR);
    let names = match fs::read_dir(&dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed("list", &dir))?,
    };
    let mut paths: Vec<PathBuf> = names.iter().map(fs::DirEntry::path).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "note"));
    paths.sort_unstable();
    paths.iter().map(|path| read(path)).collect()
}

/// Keeps a cosigned checkpoint, with the cosignatures that are kept of the same text; returns what is kept now.
///
/// # Errors
/// [`WitnessedError::Malformed`] when what is kept of the same text is none, [`WitnessedError::Disk`].
pub fn keep_witnessed(dir: &Path, checkpoint: &SignedCheckpoint) -> Result<SignedCheckpoint, WitnessedError> {
    let dir = dir.join(DIR);
    fs::create_dir_all(&dir).map_err(failed("create", &dir))?;
    let text = checkpoint.checkpoint().text();
    let digest = Sha256::digest(text.as_bytes());
    let digest = format!("{digest:x}");
    let digest = digest.get(..8).unwrap_or(&digest);
    let path = dir.join(format!("{:020}-{digest}.note", checkpoint.checkpoint().size));
    let mut kept = checkpoint.clone();
    match read(&path) {
        Ok(before) => kept.add_cosignatures(&before),
        Err(WitnessedError::Disk(error)) if error.source.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let unfinished = path.with_extension("new");
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(kept.to_string().as_bytes())?;
        file.sync_all()
    });
    written.map_err(failed("write", &unfinished))?;
    fs::rename(&unfinished, &path).map_err(failed("rename", &unfinished))?;
    File::open(&dir).and_then(|dir| dir.sync_all()).map_err(failed("sync", &dir))?;
    Ok(kept)
}

fn read(path: &Path) -> Result<SignedCheckpoint, WitnessedError> {
    let text = fs::read_to_string(path).map_err(failed("read", path))?;
    SignedCheckpoint::parse(&text).map_err(|source| WitnessedError::Malformed { path: path.to_owned(), source })
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    let path = path.to_owned();
    move |source| DiskError { action, path, source }
}

#[cfg(test)]
mod tests {
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
        assert!(witnessed(dir.path()).unwrap().is_empty());
        for (size, seconds, witness) in [(12, 1, 2), (3, 2, 2), (12, 3, 3), (12, 4, 2)] {
            keep_witnessed(dir.path(), &signed(size, seconds, witness)).unwrap();
        }
        let kept = witnessed(dir.path()).unwrap();
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
        keep_witnessed(dir.path(), &signed(3, 1, 2)).unwrap();
        let path = fs::read_dir(dir.path().join(DIR)).unwrap().next().unwrap().unwrap().path();
        fs::write(&path, "no note").unwrap();
        let named = |error| matches!(error, WitnessedError::Malformed { path: named, .. } if named == path);
        assert!(named(witnessed(dir.path()).unwrap_err()));
        assert!(named(keep_witnessed(dir.path(), &signed(3, 1, 2)).unwrap_err()));
    }
}
