//! The secret that pseudonyms are made with: the file `people.secret` of the ledger's directory.

use std::io::{self, Read as _};
use std::path::PathBuf;

use hmac::{Hmac, Mac as _};
use ledger::{LedgerDir, Name, PersonId};
use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// The file in the ledger's directory.
const FILE: &str = "people.secret";
/// Its first line.
const TITLE: &str = "pcs-people-secret 1";
/// More bytes than a secret has.
const MOST_BYTES: u64 = 256;
/// The permission bits of those who may not read it.
const OTHERS: u32 = 0o077;
/// What a fingerprint is hashed with, so that it is unlike every other digest of the secret.
const FINGERPRINT_LABEL: &[u8] = b"pcs-people-secret fingerprint\n";
/// What a pseudonym begins with: of a person, and of an identity that is linked in a customer's tenant.
pub(super) const PERSON: char = 'p';
pub(super) const PRINCIPAL: char = 'u';
/// Hexadecimal digits of a pseudonym that tell its secret, and its person.
const FINGERPRINT_DIGITS: usize = 4;
const PERSON_DIGITS: usize = 24;

/// What turns ids of persons into pseudonyms. It is never shown.
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// A secret of these bytes.
    #[must_use]
    pub(crate) fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Where a ledger has its secret.
    #[must_use]
    pub(crate) fn path(home: &LedgerDir) -> PathBuf {
        home.path().join(FILE)
    }

    /// Reads the secret of a ledger; `None` when there is none.
    ///
    /// # Errors
    /// `bad_people_secret`, and a file that cannot be read.
    pub(crate) fn read(home: &LedgerDir) -> Result<Option<Self>, Error> {
        let path = Self::path(home);
        let bad = |text: String| Error::new("bad_people_secret", format!("{} {text}", path.display()));
        let malformed = || {
            bad("holds no secret of pseudonyms".to_owned())
                .hint("put `people.secret` back from where it was kept; it is two lines")
        };
        let failed = |error: io::Error| {
            let is_no_text = error.kind() == io::ErrorKind::InvalidData;
            if is_no_text { malformed() } else { Error::file("read", &path)(error) }
        };
        let Some(file) = home.read(&path)? else { return Ok(None) };
        let mode = file.mode()?;
        if mode & OTHERS != 0 {
            let exposed = bad(format!("can be read by others: its mode is {mode:03o}"));
            return Err(exposed.hint("let only its owner read it: chmod 600"));
        }
        let mut text = String::new();
        file.take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
        Self::parse(&text).map(Some).ok_or_else(malformed)
    }

    /// Writes the secret of a ledger that has none, durably. The ledger must be locked.
    ///
    /// # Errors
    /// A file that cannot be written, or that is there already.
    pub(crate) fn write_new(&self, home: &LedgerDir) -> Result<(), Error> {
        let path = Self::path(home);
        if home.has(&path)? {
            return Err(Error::file("create", path)(io::ErrorKind::AlreadyExists.into()));
        }
        // Under another name first: half a secret would make every later import fail.
        Ok(home.write_draft(&path, self.text().as_bytes())?.publish(&path)?)
    }

    /// The pseudonym of a person, by their id.
    #[must_use]
    pub(crate) fn pseudonym(&self, identity: &str) -> PersonId {
        PersonId::new(&self.written(PERSON, identity)).expect("a pseudonym is a short text")
    }

    /// The pseudonym of an identity that is linked in a customer's tenant; one that is a pseudonym stays what it is.
    #[must_use]
    pub(crate) fn principal(&self, identity: &Name) -> Name {
        if fingerprint(PRINCIPAL, identity.as_str()).is_some() {
            return identity.clone();
        }
        let pseudonym = self.written(PRINCIPAL, &format!("principal:{identity}"));
        Name::new(&pseudonym).expect("a pseudonym is a short text")
    }

    fn written(&self, kind: char, identity: &str) -> String {
        let digest: String = hex::encode(self.keyed(identity)).chars().take(PERSON_DIGITS).collect();
        format!("{kind}{}-{digest}", self.fingerprint())
    }

    /// A digest of a text that nobody can make without the secret.
    #[must_use]
    pub(crate) fn keyed(&self, text: &str) -> [u8; 32] {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of an HMAC has any length");
        mac.chain_update(text).finalize().into_bytes().into()
    }

    /// What all its pseudonyms have in common.
    #[must_use]
    pub(crate) fn fingerprint(&self) -> String {
        let digest = Sha256::new().chain_update(FINGERPRINT_LABEL).chain_update(self.0).finalize();
        hex::encode(digest).chars().take(FINGERPRINT_DIGITS).collect()
    }

    fn text(&self) -> String {
        format!("{TITLE}\n{}\n", hex::encode(self.0))
    }

    fn parse(text: &str) -> Option<Self> {
        let (title, digits) = text.trim_end().split_once('\n')?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits.trim(), &mut bytes).ok()?;
        (title.trim_end() == TITLE).then_some(Self(bytes))
    }
}

/// The fingerprint of the secret that a pseudonym of a kind was made with; `None` when it is none of such a form.
pub(super) fn fingerprint(kind: char, pseudonym: &str) -> Option<&str> {
    let (fingerprint, digest) = pseudonym.strip_prefix(kind)?.split_once('-')?;
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_it = fingerprint.len() == FINGERPRINT_DIGITS && digest.len() == PERSON_DIGITS;
    (is_it && is_hex(fingerprint) && is_hex(digest)).then_some(fingerprint)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use ledger::{LedgerDir, Name};

    use super::{PERSON, Secret, fingerprint};

    fn secret() -> Secret {
        Secret::of(std::array::from_fn(|place| u8::try_from(place).unwrap()))
    }

    /// The same by openssl: `printf mcp:990001 | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f`.
    #[test]
    fn the_derivation_never_changes() {
        assert_eq!(secret().pseudonym("mcp:990001").as_str(), "p5830-a158561b9c126ec0a54d8271");
        assert_eq!(fingerprint(PERSON, secret().pseudonym("aad:x").as_str()), Some(secret().fingerprint().as_str()));
        assert_ne!(secret().pseudonym("mcp:990001"), secret().pseudonym("mcp:990002"));
        assert_ne!(secret().pseudonym("mcp:1"), Secret::of([0; 32]).pseudonym("mcp:1"));
        let identity = Name::new("aa67f786-0552-423e-8849-244ed12bf581").unwrap();
        let principal = secret().principal(&identity);
        assert_eq!(principal.as_str(), "u5830-eed14d898c272ae7b0562b04");
        assert_eq!(secret().principal(&principal), principal, "a pseudonym stays what it is");
        assert_ne!(principal.as_str()[1..], secret().pseudonym(identity.as_str()).as_str()[1..]);
    }

    #[test]
    fn other_persons_are_no_pseudonyms() {
        for person in [
            "mcp:990001",
            "ana",
            "p1234",
            "p123-0123456789abcdef01234567",
            "p1234-0123456789ABCDEF01234567",
            "p1234-0123456789abcdef012345678",
            "p1é4-0123456789abcdef01234567",
        ] {
            assert_eq!(fingerprint(PERSON, person), None, "{person}");
        }
    }

    #[test]
    fn a_file_leads_back_to_its_secret_and_only_its_owner_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let home = LedgerDir::open(dir.path()).unwrap();
        assert!(Secret::read(&home).unwrap().is_none());
        secret().write_new(&home).unwrap();
        assert!(Secret::of([1; 32]).write_new(&home).is_err(), "a secret is never replaced");
        let read = Secret::read(&home).unwrap().expect("it was written");
        assert_eq!(read.0, secret().0);
        let path = Secret::path(&home);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o666] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            let error = Secret::read(&home).err().expect("others may read it");
            assert_eq!(error.code(), "bad_people_secret", "{error}");
        }
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let whole = secret().text();
        let digits = whole.lines().nth(1).unwrap();
        for text in [
            "",
            "\n",
            digits,
            &whole[..whole.len() - 2],
            &whole.replace("secret 1", "secret 2"),
            &whole.replace("00", "+0"),
            &whole.replace("0f", "0g"),
            &format!("{whole}{digits}"),
        ] {
            assert!(Secret::parse(text).is_none(), "{text:?}");
        }
        assert!(Secret::parse(&whole.replace('\n', "\r\n")).is_some());
    }
}
