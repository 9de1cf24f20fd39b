//! Ed25519 keys in the text forms of C2SP signed notes.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signature, Signer as _};
use thiserror::Error;

/// The algorithm byte of an Ed25519 signature over a note.
const NOTE: u8 = 1;
/// The algorithm byte of an Ed25519 cosignature, which has a time of its own (tlog-cosignature).
const COSIGNATURE: u8 = 4;
/// The bytes of the time before the signature in a cosignature.
const TIME_LEN: usize = 8;

/// A text that is no key, or no key of Ed25519.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it is no Ed25519 key in the form of a signed note")]
pub struct MalformedKey;

/// A key that signs: `PRIVATE+KEY+name+hash+base64`. Whoever has its text can sign as its name.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    key: Box<ed25519_dalek::SigningKey>,
}

impl SigningKey {
    /// The key of a name with these secret bytes, which must be random.
    ///
    /// # Errors
    /// [`MalformedKey`] for a name that is empty, or has white space or a plus sign.
    pub fn of_secret(name: &str, secret: &[u8; 32]) -> Result<Self, MalformedKey> {
        if !signed_note::is_key_name_valid(name) || name.chars().any(char::is_control) {
            return Err(MalformedKey);
        }
        Ok(Self { name: name.to_owned(), key: Box::new(ed25519_dalek::SigningKey::from_bytes(secret)) })
    }

    /// Reads a key from its text; white space around it is passed over.
    ///
    /// # Errors
    /// [`MalformedKey`], and no word about what the text was.
    pub fn parse(text: &str) -> Result<Self, MalformedKey> {
        let text = text.trim();
        signed_note::StandardSigner::new(text).map_err(|_| MalformedKey)?;
        // The form was checked: the name holds no plus sign, the base64 may.
        let mut parts = text.splitn(5, '+').skip(2);
        let (name, secret) = (parts.next().ok_or(MalformedKey)?, parts.nth(1).ok_or(MalformedKey)?);
        let secret = BASE64_STANDARD.decode(secret).map_err(|_| MalformedKey)?;
        let secret = secret.get(1..).and_then(|secret| secret.try_into().ok()).ok_or(MalformedKey)?;
        let key = Self::of_secret(name, secret)?;
        if key.to_text() == text { Ok(key) } else { Err(MalformedKey) }
    }

    /// The secret text, to be kept where nobody else reads it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let secret = [&[NOTE], self.key.as_bytes().as_slice()].concat();
        let id = self.verifier().id;
        format!("PRIVATE+KEY+{}+{id:08x}+{}", self.name, BASE64_STANDARD.encode(secret))
    }

    /// The name that stands in its signatures.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key by which its signatures are checked.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey::new(&self.name, NOTE, self.key.verifying_key())
    }

    /// The key by which its cosignatures are checked.
    #[must_use]
    pub fn cosigner(&self) -> VerifierKey {
        VerifierKey::new(&self.name, COSIGNATURE, self.key.verifying_key())
    }

    /// Seals what the key remembers, so that nobody else can have written it.
    #[must_use]
    pub fn seal(&self, bytes: &[u8]) -> Vec<u8> {
        self.sign(&sealed(bytes))
    }

    /// Signs the text of a note.
    pub(super) fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.key.sign(text).to_bytes().to_vec()
    }

    /// Cosigns the text of a checkpoint as seen at a time, in seconds since 1970.
    pub(super) fn cosign(&self, text: &[u8], seconds: u64) -> Vec<u8> {
        let signature = self.key.sign(&cosigned(text, seconds));
        [seconds.to_be_bytes().as_slice(), signature.to_bytes().as_slice()].concat()
    }
}

/// Never shows the secret.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("verifier", &self.verifier()).finish_non_exhaustive()
    }
}

/// A key that checks signatures or cosignatures: `name+hash+base64`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    algorithm: u8,
    key: Box<ed25519_dalek::VerifyingKey>,
}

impl VerifierKey {
    fn new(name: &str, algorithm: u8, key: ed25519_dalek::VerifyingKey) -> Self {
        let id = signed_note::key_id(name, &material(algorithm, &key));
        Self { name: name.to_owned(), id, algorithm, key: Box::new(key) }
    }

    /// Reads a key from its text.
    ///
    /// # Errors
    /// [`MalformedKey`] for another form, another algorithm, a hash that is not the key's.
    pub fn parse(text: &str) -> Result<Self, MalformedKey> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(MalformedKey);
        };
        let bytes = BASE64_STANDARD.decode(key).map_err(|_| MalformedKey)?;
        let Some((&algorithm @ (NOTE | COSIGNATURE), bytes)) = bytes.split_first() else { return Err(MalformedKey) };
        let bytes = bytes.try_into().map_err(|_| MalformedKey)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| MalformedKey)?;
        let found = Self::new(name, algorithm, key);
        let is_written_so = signed_note::is_key_name_valid(name) && found.to_string() == text;
        if is_written_so { Ok(found) } else { Err(MalformedKey) }
    }

    /// The name that stands in the signatures.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of the key's hash, which stand in the signatures.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether it checks cosignatures, which have a time.
    #[must_use]
    pub fn is_cosigner(&self) -> bool {
        self.algorithm == COSIGNATURE
    }

    /// Whether the key that signs has sealed some bytes.
    #[must_use]
    pub fn has_sealed(&self, bytes: &[u8], seal: &[u8]) -> bool {
        !self.is_cosigner() && self.accepts(&sealed(bytes), seal)
    }

    /// Whether a signature is this key's.
    pub(super) fn accepts(&self, text: &[u8], signature: &[u8]) -> bool {
        let is_signed = |text: &[u8], signature: &[u8]| {
            let signature = Signature::from_slice(signature);
            signature.is_ok_and(|signature| self.key.verify_strict(text, &signature).is_ok())
        };
        match (self.is_cosigner(), time_of(signature)) {
            (false, _) => is_signed(text, signature),
            (true, Some(seconds)) => {
                is_signed(&cosigned(text, seconds), signature.get(TIME_LEN..).expect("the time was read"))
            }
            (true, None) => false,
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64_STANDARD.encode(material(self.algorithm, &self.key));
        write!(f, "{}+{:08x}+{key}", self.name, self.id)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn material(algorithm: u8, key: &ed25519_dalek::VerifyingKey) -> Vec<u8> {
    [&[algorithm], key.as_bytes().as_slice()].concat()
}

/// The time at the head of a cosignature, in seconds since 1970.
pub(super) fn time_of(cosignature: &[u8]) -> Option<u64> {
    let seconds = u64::from_be_bytes(cosignature.get(..TIME_LEN)?.try_into().ok()?);
    i64::try_from(seconds).is_ok().then_some(seconds)
}

/// What a cosignature signs.
fn cosigned(text: &[u8], seconds: u64) -> Vec<u8> {
    [format!("cosignature/v1\ntime {seconds}\n").as_bytes(), text].concat()
}

/// What a seal signs. A note and what a cosignature signs are texts, which no text of this first byte is.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    [b"\xFFpcs-signed\n", bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of signed notes.
    const SIGNER: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn keys_are_written_as_they_are_read() {
        let key = SigningKey::parse(&format!(" {SIGNER}\n")).unwrap();
        assert_eq!(key.to_text(), SIGNER);
        assert_eq!(key.verifier().to_string(), VERIFIER);
        assert_eq!(VerifierKey::parse(VERIFIER).unwrap(), key.verifier());
        assert_eq!(VerifierKey::parse(&key.cosigner().to_string()).unwrap(), key.cosigner());
        assert!(!format!("{key:?}").contains("EKFALVFGyN"), "the secret is shown");
    }

    #[test]
    fn texts_that_are_no_keys_are_refused() {
        for text in ["", "PeterNeumann", &SIGNER.replace("c74f", "c74e"), &SIGNER.replace("+AY", "+BY"), VERIFIER] {
            assert!(SigningKey::parse(text).is_err(), "{text:?} was taken");
        }
        let (upper, spaced) = (VERIFIER.replace("c74f20a3", "C74F20A3"), format!("{VERIFIER} "));
        let renamed = VERIFIER.replace("Peter", "Paul");
        for text in ["", "a+b", "a+b+c", &upper, &spaced, &renamed, SIGNER, &VERIFIER.replace("+AR", "+BR")] {
            assert!(VerifierKey::parse(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_signature_is_no_cosignature() {
        let key = SigningKey::parse(SIGNER).unwrap();
        let (plain, timed) = (key.sign(b"text\n"), key.cosign(b"text\n", 1_679_315_147));
        assert!(key.verifier().accepts(b"text\n", &plain) && !key.cosigner().accepts(b"text\n", &plain));
        assert!(key.cosigner().accepts(b"text\n", &timed) && !key.verifier().accepts(b"text\n", &timed));
        assert!(!key.verifier().accepts(b"test\n", &plain) && !key.cosigner().accepts(b"test\n", &timed));
        let seal = key.seal(b"text\n");
        assert!(key.verifier().has_sealed(b"text\n", &seal) && !key.verifier().has_sealed(b"text", &seal));
        assert!(!key.verifier().has_sealed(b"text\n", &plain) && !key.verifier().accepts(b"text\n", &seal));
        let later = [2_u64.to_be_bytes().as_slice(), timed.get(TIME_LEN..).unwrap()].concat();
        assert!(!key.cosigner().accepts(b"text\n", &later), "the time is signed as well");
    }
}
