//! Notes and proofs, read by the texts of their standards alone.
//!
//! The tree is that of RFC 6962, its proofs are checked as RFC 9162 spells out (sections 2.1.3.2 and 2.1.4.2, the same
//! tree); the files are C2SP signed-note, tlog-checkpoint, tlog-proof, tlog-cosignature, and the request of tlog-witness.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

pub type Hash = [u8; 32];

/// An Ed25519 key, for signatures (1) or cosignatures (4).
pub struct Key {
    name: String,
    id: [u8; 4],
    kind: u8,
    point: VerifyingKey,
}

/// A signed note.
pub struct Note<'t> {
    text: &'t str,
    /// Name, id and bytes of each signature.
    signatures: Vec<(&'t str, [u8; 4], Vec<u8>)>,
}

/// The first three lines of a checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

/// The lines of a proof before the checkpoint: a number and hashes.
pub struct Proof<'t> {
    pub number: u64,
    pub hashes: Vec<Hash>,
    pub note: &'t str,
}

pub fn leaf(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// RFC 9162, section 2.1.3.2.
pub fn is_included(leaf: Hash, seq: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if seq >= size {
        return false;
    }
    let (mut from, mut last, mut hash) = (seq, size - 1, leaf);
    for beside in path {
        if last == 0 {
            return false;
        }
        if from & 1 == 1 || from == last {
            hash = node(beside, &hash);
            while from & 1 == 0 && from != 0 {
                (from, last) = (from >> 1, last >> 1);
            }
        } else {
            hash = node(&hash, beside);
        }
        (from, last) = (from >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// RFC 9162, section 2.1.4.2. Trees of the same size are equal, and the empty tree is continued by all.
pub fn is_continued(older: (u64, Hash), later: (u64, Hash), path: &[Hash]) -> bool {
    if older.0 == later.0 {
        return path.is_empty() && older.1 == later.1;
    }
    if older.0 == 0 {
        return path.is_empty() && older.1 == *Sha256::digest(b"");
    }
    let own = if older.0.is_power_of_two() { vec![older.1] } else { Vec::new() };
    let mut hashes = own.iter().chain(path);
    let Some(&first) = hashes.next().filter(|_| older.0 < later.0 && !path.is_empty()) else { return false };
    let (mut from, mut last) = (older.0 - 1, later.0 - 1);
    while from & 1 == 1 {
        (from, last) = (from >> 1, last >> 1);
    }
    let (mut old, mut new) = (first, first);
    for beside in hashes {
        if last == 0 {
            return false;
        }
        if from & 1 == 1 || from == last {
            (old, new) = (node(beside, &old), node(beside, &new));
            while from & 1 == 0 && from != 0 {
                (from, last) = (from >> 1, last >> 1);
            }
        } else {
            new = node(&new, beside);
        }
        (from, last) = (from >> 1, last >> 1);
    }
    last == 0 && old == older.1 && new == later.1
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// A number in decimal, without zeros in front.
fn number(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|number| number.to_string() == text)
}

impl Key {
    pub fn read(text: &str) -> Option<Key> {
        let (name, rest) = text.split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let key = decoded(key)?;
        let hash = Sha256::new().chain_update(name).chain_update("\n").chain_update(&key).finalize();
        let told = hex::encode(&hash[..4]);
        let (&kind, bytes) = key.split_first()?;
        let point = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
        (told == id && (kind == 1 || kind == 4)).then(|| Key {
            name: name.to_owned(),
            id: hash[..4].try_into().unwrap(),
            kind,
            point,
        })
    }

    fn accepts(&self, text: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.point.verify_strict(text, &signature).is_ok())
    }
}

impl<'t> Note<'t> {
    pub fn read(note: &'t str) -> Option<Note<'t>> {
        let place = note.rfind("\n\n")?;
        let (text, rest) = (&note[..=place], &note[place + 2..]);
        if note.chars().any(|letter| letter < ' ' && letter != '\n') {
            return None;
        }
        let lines = rest.strip_suffix('\n')?.split('\n');
        let signatures = lines.map(|line| {
            let (name, code) = line.strip_prefix("— ")?.split_once(' ')?;
            let bytes = decoded(code)?;
            let (id, signature) = bytes.split_at_checked(4)?;
            (!name.is_empty() && !signature.is_empty()).then(|| (name, id.try_into().unwrap(), signature.to_vec()))
        });
        Some(Note { text, signatures: signatures.collect::<Option<_>>()? })
    }

    /// The signatures that are said to be of a key; none when one of them is not its own.
    fn of(&self, key: &Key) -> Vec<&[u8]> {
        let own = self.signatures.iter().filter(|(name, id, _)| *name == key.name && *id == key.id);
        let own: Vec<&[u8]> = own.map(|(_, _, bytes)| bytes.as_slice()).collect();
        let is_own = |bytes: &&[u8]| match key.kind {
            1 => key.accepts(self.text.as_bytes(), bytes),
            _ => bytes.split_at_checked(8).is_some_and(|(time, signature)| {
                let seconds = u64::from_be_bytes(time.try_into().unwrap());
                key.accepts(format!("cosignature/v1\ntime {seconds}\n{}", self.text).as_bytes(), signature)
            }),
        };
        if own.iter().all(is_own) { own } else { Vec::new() }
    }

    pub fn is_signed_by(&self, key: &Key) -> bool {
        !self.of(key).is_empty()
    }

    /// The checkpoint, when each of these keys signed or cosigned it.
    pub fn checkpoint(&self, keys: &[&Key]) -> Option<Checkpoint> {
        let is_signed = keys.iter().all(|key| self.is_signed_by(key));
        let mut lines = self.text.split('\n');
        let (origin, size, root) = (lines.next()?, number(lines.next()?)?, lines.next()?);
        let root = decoded(root)?.try_into().ok()?;
        (is_signed && !origin.is_empty()).then(|| Checkpoint { origin: origin.to_owned(), size, root })
    }

    /// When a witness cosigned it, in seconds since 1970.
    pub fn cosigned_at(&self, witness: &Key) -> Option<u64> {
        let time = self.of(witness).first()?.get(..8)?.try_into().ok()?;
        Some(u64::from_be_bytes(time))
    }
}

impl<'t> Proof<'t> {
    /// A tlog-proof.
    pub fn of_entry(text: &'t str) -> Option<Proof<'t>> {
        Self::read(text.strip_prefix("c2sp.org/tlog-proof@v1\n")?, "index ")
    }

    /// The request of a tlog-witness.
    pub fn of_growth(text: &'t str) -> Option<Proof<'t>> {
        Self::read(text, "old ").filter(|proof| proof.hashes.len() <= 63)
    }

    fn read(text: &'t str, name: &str) -> Option<Proof<'t>> {
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let number = number(lines.next()?.strip_prefix(name)?)?;
        let hashes = lines.map(|line| decoded(line)?.try_into().ok()).collect::<Option<_>>()?;
        Some(Proof { number, hashes, note })
    }
}
