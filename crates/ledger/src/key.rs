//! The key of a ledger: Ed25519, in the text form of C2SP signed notes, in the file `key`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::SigningKey;

use crate::error::{CreateError, DiskError, KeyError};

/// The algorithm byte of Ed25519 in signed notes.
const ED25519: u8 = 1;
/// Nobody but the owner reads the key.
const MODE: u32 = 0o600;

/// A key that is made and not yet in its file.
pub(crate) struct NewKey {
    signer: String,
    verifier: String,
}

impl NewKey {
    /// Makes a key for the ledger of an origin.
    pub(crate) fn generate(origin: &str) -> Result<Self, CreateError> {
        if !signed_note::is_key_name_valid(origin) {
            return Err(CreateError::Origin { origin: origin.to_owned() });
        }
        let mut secret = [0; ed25519_dalek::SECRET_KEY_LENGTH];
        getrandom::fill(&mut secret).map_err(CreateError::Random)?;
        Ok(Self::of(origin, &SigningKey::from_bytes(&secret)))
    }

    fn of(origin: &str, key: &SigningKey) -> Self {
        let public = [&[ED25519], key.verifying_key().as_bytes().as_slice()].concat();
        let secret = [&[ED25519], key.as_bytes().as_slice()].concat();
        let id = signed_note::key_id(origin, &public);
        Self {
            signer: format!("PRIVATE+KEY+{origin}+{id:08x}+{}", BASE64_STANDARD.encode(secret)),
            verifier: signed_note::new_ed25519_verifier_key(origin, &key.verifying_key()),
        }
    }

    /// The verifier key: `name+hash+base64`.
    pub(crate) fn into_verifier(self) -> String {
        self.verifier
    }

    /// Writes the key file, whole or not at all.
    ///
    /// A key that stands there belongs to no ledger: creating one did not get as far as the log. It is replaced.
    pub(crate) fn write(&self, ledger_dir: &Path) -> Result<(), DiskError> {
        let (path, unfinished) = (key_path(ledger_dir), ledger_dir.join("key.new"));
        let failed = |action, path: &Path| {
            let path = path.to_owned();
            move |source| DiskError { action, path, source }
        };
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove", &unfinished)(error)),
            Ok(()) | Err(_) => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&unfinished);
        let mut file = file.map_err(failed("create", &unfinished))?;
        let written = file.write_all(format!("{}\n", self.signer).as_bytes()).and_then(|()| file.sync_all());
        written.map_err(failed("write", &unfinished))?;
        fs::rename(&unfinished, &path).map_err(failed("rename", &unfinished))?;
        File::open(ledger_dir).and_then(|dir| dir.sync_all()).map_err(failed("sync", ledger_dir))
    }
}

/// The verifier key of the ledger in a directory: `name+hash+base64`, as signed notes name it.
pub fn verifier_key(dir: &Path) -> Result<String, KeyError> {
    let path = key_path(dir);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(KeyError::Missing { path }),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(KeyError::Malformed { path }),
        Err(source) => return Err(DiskError { action: "read", path, source }.into()),
    };
    verifier_of(text.trim_end()).ok_or(KeyError::Malformed { path })
}

/// The verifier key of a signer key in its text form.
fn verifier_of(signer: &str) -> Option<String> {
    signed_note::StandardSigner::new(signer).ok()?;
    // The form was checked: the name holds no plus sign, the base64 may.
    let mut parts = signer.splitn(5, '+').skip(2);
    let (name, secret) = (parts.next()?, parts.nth(1)?);
    let secret = BASE64_STANDARD.decode(secret).ok()?;
    let key = SigningKey::try_from(secret.get(1..)?).ok()?;
    Some(NewKey::of(name, &key).verifier)
}

fn key_path(ledger_dir: &Path) -> PathBuf {
    ledger_dir.join("key")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written_and_only_its_owner_may() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("key.new"), "left by a crash").unwrap();
        let key = NewKey::generate("example.com/ledger").unwrap();
        key.write(dir.path()).unwrap();
        assert_eq!(fs::metadata(key_path(dir.path())).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(verifier_key(dir.path()).unwrap(), key.into_verifier());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_verifier_key_is_one_that_signed_notes_take() {
        let key = NewKey::generate("example.com/ledger").unwrap();
        assert!(key.verifier.starts_with("example.com/ledger+"));
        assert!(signed_note::StandardVerifier::new(&key.verifier).is_ok());
        assert!(signed_note::StandardSigner::new(&key.signer).is_ok());
    }

    #[test]
    fn names_that_a_note_cannot_carry_are_refused() {
        for origin in ["", "a b", "a+b", "a\n"] {
            assert!(matches!(NewKey::generate(origin), Err(CreateError::Origin { .. })), "{origin:?} was taken");
        }
    }

    #[test]
    fn a_missing_or_changed_key_file_is_told() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(verifier_key(dir.path()), Err(KeyError::Missing { .. })));
        let key = NewKey::generate("example.com/ledger").unwrap();
        for text in ["", "PRIVATE+KEY", &key.signer.replace("example", "sample"), &key.verifier] {
            fs::write(key_path(dir.path()), text).unwrap();
            assert!(matches!(verifier_key(dir.path()), Err(KeyError::Malformed { .. })), "{text:?} was taken");
        }
        fs::write(key_path(dir.path()), [0xff]).unwrap();
        assert!(matches!(verifier_key(dir.path()), Err(KeyError::Malformed { .. })));
    }
}
