//! Checkpoints: what a ledger says of itself at a size, and who signed it.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use signed_note::{Note, Signature};
use thiserror::Error;
use tlog_tiles::tlog::Hash;

use super::keys::{SigningKey, VerifierKey, time_of};
use crate::time::Timestamp;

/// The most bytes of a note that are read.
const MOST_BYTES: usize = 1 << 16;

/// What a ledger says of its first `size` entries: a C2SP tlog-checkpoint.
///
/// Of a size there is one root, ever (L8). The claims stand in extension lines; all but [`Claims::closed`],
/// [`Claims::answers`] and [`Claims::next_key`] follow from the entries, so that whoever has them can make the claims
/// again and compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the ledger.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// The root of their tree (RFC 6962).
    pub root: [u8; 32],
    /// What else is claimed.
    pub claims: Claims,
}

/// The extension lines of a checkpoint, each a name, a space and a value, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// `partners`: the root of the map of all partners, which shows which entries are a partner's and that no others are.
    pub partners: Option<[u8; 32]>,
    /// `newest`: when the last of the entries was recorded; absent when there are none.
    pub newest: Option<Timestamp>,
    /// `next`: when the entry after them was recorded; absent when there was none yet.
    pub next: Option<Timestamp>,
    /// `closed`: a promise that no entry after them is recorded at or before this instant, which is later than `newest`.
    pub closed: Option<Timestamp>,
    /// `answers`: the SHA-256 of what an audit bundle answers.
    pub answers: Option<[u8; 32]>,
    /// `next-key`: the key that signs from here on.
    pub next_key: Option<VerifierKey>,
}

/// Why a note is no checkpoint, or not one of a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoteError {
    /// The text is no signed note, in the one way of writing it.
    #[error("it is no signed note")]
    Malformed,
    /// The note's text is no checkpoint.
    #[error("its text is no checkpoint: {what}")]
    NoCheckpoint {
        /// What is wrong.
        what: &'static str,
    },
    /// None of the signatures is of the key.
    #[error("it is not signed by {key}")]
    NotSigned {
        /// The key.
        key: VerifierKey,
    },
    /// The checkpoint is of a ledger of another name than the key's.
    #[error("it is of the ledger {origin:?}, and the key is {key}")]
    OtherOrigin {
        /// The origin in the checkpoint.
        origin: String,
        /// The key.
        key: VerifierKey,
    },
    /// A signature is said to be of the key, and is not.
    #[error("the signature is not that of {key}")]
    Forged {
        /// The key.
        key: VerifierKey,
    },
}

/// A cosignature: somebody saw the checkpoint, and that it continues what was seen before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The name of the witness.
    pub name: String,
    /// The first four bytes of the key's hash.
    pub id: u32,
    /// When, in seconds since 1970.
    pub seconds: u64,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, Hash(self.root));
        let mut line = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                text.extend([name, " ", &value, "\n"]);
            }
        };
        let Claims { partners, newest, next, closed, answers, next_key } = &self.claims;
        line("partners", partners.map(|root| BASE64_STANDARD.encode(root)));
        line("newest", newest.map(|at| at.to_string()));
        line("next", next.map(|at| at.to_string()));
        line("closed", closed.map(|at| at.to_string()));
        line("answers", answers.map(|digest| BASE64_STANDARD.encode(digest)));
        line("next-key", next_key.as_ref().map(ToString::to_string));
        text
    }

    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    /// [`NoteError::NoCheckpoint`], also for extension lines that are not ours: what cannot be checked is not passed over.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let wrong = |what| NoteError::NoCheckpoint { what };
        let lines = text.strip_suffix('\n').ok_or(wrong("its last line is not ended"))?;
        let mut lines = lines.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty()).ok_or(wrong("it has no origin"))?;
        let size = lines.next().and_then(|size| size.parse().ok()).ok_or(wrong("its size is no number"))?;
        let root = lines.next().and_then(hash).ok_or(wrong("its root is no SHA-256 in base64"))?;
        let mut claims = Claims::default();
        for line in lines {
            let (name, value) = line.split_once(' ').ok_or(wrong("it has a line that is not known"))?;
            let is_read = match name {
                "partners" => keep(&mut claims.partners, hash(value)),
                "newest" => keep(&mut claims.newest, Timestamp::parse(value).ok()),
                "next" => keep(&mut claims.next, Timestamp::parse(value).ok()),
                "closed" => keep(&mut claims.closed, Timestamp::parse(value).ok()),
                "answers" => keep(&mut claims.answers, hash(value)),
                "next-key" => keep(&mut claims.next_key, VerifierKey::parse(value).ok()),
                _ => false,
            };
            if !is_read {
                return Err(wrong("it has a line that is not known"));
            }
        }
        let checkpoint = Self { origin: origin.to_owned(), size, root, claims };
        if checkpoint.text() == text { Ok(checkpoint) } else { Err(wrong("it is not written in the one way")) }
    }

    /// Signs it. The key must have the name of the ledger.
    #[must_use]
    pub fn sign(self, key: &SigningKey) -> SignedCheckpoint {
        let text = self.text();
        let signature = signature(key.name(), key.verifier().id(), key.sign(text.as_bytes()));
        let note = Note::new(text.as_bytes(), &[signature]).expect("lines that are ended, without control characters");
        SignedCheckpoint { checkpoint: self, signatures: signatures_of(&note) }
    }
}

fn keep<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    *place = value;
    place.is_some()
}

/// A SHA-256 in base64.
fn hash(text: &str) -> Option<[u8; 32]> {
    BASE64_STANDARD.decode(text).ok()?.try_into().ok()
}

fn signature(name: &str, id: u32, bytes: Vec<u8>) -> Signature {
    Signature::new(name.to_owned(), id, bytes).expect("the name of a key is one of a signature")
}

/// The signature lines of a note, which its own crate does not hand out.
fn signatures_of(note: &Note) -> Vec<Signature> {
    let bytes = note.to_bytes();
    let lines =
        bytes.get(note.text().len() + 1..).expect("an empty line ends the text").split_inclusive(|&byte| byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line));
    lines.filter_map(|line| Signature::from_bytes(line).ok()).collect()
}

/// A checkpoint and the signatures on it: a C2SP signed note. [`fmt::Display`] writes the note.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    signatures: Vec<Signature>,
}

impl SignedCheckpoint {
    /// Reads a note, without checking its signatures.
    ///
    /// # Errors
    /// [`NoteError::Malformed`], [`NoteError::NoCheckpoint`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        if text.len() > MOST_BYTES {
            return Err(NoteError::Malformed);
        }
        let note = Note::from_bytes(text.as_bytes()).map_err(|_| NoteError::Malformed)?;
        let body = std::str::from_utf8(note.text()).map_err(|_| NoteError::Malformed)?;
        let read = Self { checkpoint: Checkpoint::parse(body)?, signatures: signatures_of(&note) };
        if read.to_string() == text { Ok(read) } else { Err(NoteError::Malformed) }
    }

    /// What is signed.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Checks that the key of a ledger signed it, and that it is of the ledger whose name the key has.
    ///
    /// # Errors
    /// [`NoteError::NotSigned`], also for the key of a witness; [`NoteError::Forged`], [`NoteError::OtherOrigin`].
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        if key.is_cosigner() {
            return Err(NoteError::NotSigned { key: key.clone() });
        }
        self.signature_of(key)?;
        if self.checkpoint.origin == key.name() {
            return Ok(());
        }
        Err(NoteError::OtherOrigin { origin: self.checkpoint.origin.clone(), key: key.clone() })
    }

    /// The number of signatures and cosignatures on it, whosever they are.
    #[must_use]
    pub fn signature_count(&self) -> usize {
        self.signatures.len()
    }

    /// The cosignature of a witness, when it is there and is the witness's.
    ///
    /// # Errors
    /// [`NoteError::NotSigned`], [`NoteError::Forged`].
    pub fn cosigned_by(&self, witness: &VerifierKey) -> Result<Cosignature, NoteError> {
        let signature = self.signature_of(witness)?;
        cosignature(signature).filter(|_| witness.is_cosigner()).ok_or(NoteError::NotSigned { key: witness.clone() })
    }

    pub(super) fn signature_of(&self, key: &VerifierKey) -> Result<&Signature, NoteError> {
        let mut own = self.signatures.iter().filter(|one| one.name() == key.name() && one.id() == key.id());
        let first = own.next().ok_or_else(|| NoteError::NotSigned { key: key.clone() })?;
        let text = self.checkpoint.text();
        let is_own = |one: &Signature| key.accepts(text.as_bytes(), one.signature());
        if is_own(first) && own.all(is_own) { Ok(first) } else { Err(NoteError::Forged { key: key.clone() }) }
    }

    /// Adds the cosignature of a witness, in the place of an earlier one of the same key.
    pub fn cosign(&mut self, witness: &SigningKey, seconds: u64) {
        let bytes = witness.cosign(self.checkpoint.text().as_bytes(), seconds);
        self.add(signature(witness.name(), witness.cosigner().id(), bytes));
    }

    /// Adds the cosignatures of another note of the same text.
    pub fn add_cosignatures(&mut self, other: &Self) {
        if other.checkpoint == self.checkpoint {
            let have: Vec<(String, u32)> =
                self.signatures.iter().map(|one| (one.name().to_owned(), one.id())).collect();
            let is_new = |one: &&Signature| !have.contains(&(one.name().to_owned(), one.id()));
            other.signatures.iter().filter(is_new).for_each(|one| self.add(one.clone()));
        }
    }

    fn add(&mut self, signature: Signature) {
        self.signatures.retain(|one| (one.name(), one.id()) != (signature.name(), signature.id()));
        self.signatures.push(signature);
    }

    /// What claims to be a cosignature on it: each signature behind the first that has a time. None of them is checked.
    #[must_use]
    pub fn cosignatures(&self) -> Vec<Cosignature> {
        self.signatures.iter().skip(1).filter_map(cosignature).collect()
    }
}

/// A signature that has the length of a cosignature.
fn cosignature(signature: &Signature) -> Option<Cosignature> {
    const LENGTH: usize = 8 + ed25519_dalek::SIGNATURE_LENGTH;
    let seconds = time_of(signature.signature()).filter(|_| signature.signature().len() == LENGTH)?;
    Some(Cosignature { name: signature.name().to_owned(), id: signature.id(), seconds })
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.checkpoint.text())?;
        self.signatures.iter().try_for_each(|one| f.write_str(&String::from_utf8_lossy(&one.to_bytes())))
    }
}

#[cfg(test)]
mod tests;
