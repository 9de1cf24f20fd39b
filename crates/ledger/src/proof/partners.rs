//! The map of partners: which entries are whose, under one root.
//!
//! ```text
//! place(p)  = SHA-256(name of p)                  the name is empty for entries that hold for all
//! leaf(p)   = SHA-256(0x02 ‖ place(p) ‖ count as 8 bytes ‖ SHA-256(seq as 8 bytes, each, ascending))
//! node(l,r) = SHA-256(0x03 ‖ l ‖ r)
//! map(none) = 32 zero bytes,  map(one) = its leaf,
//! map(more) = node(map(those whose place has the next bit 0), map(those that have it 1))
//! ```
//!
//! Numbers are big-endian, bits are taken from the highest of the first byte on. A partner's place is given by its
//! name, so that there is one leaf for it, and a path of hashes shows it. Entries that hold for all have a leaf even
//! when there are none, so that their absence can be shown.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256, compress256};

/// The bits of a place, and so the most hashes of a path.
const BITS: usize = 256;

/// Which entries are a partner's: how many, and the hash of their sequence numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartnerEntries {
    count: u64,
    digest: [u8; 32],
}

impl PartnerEntries {
    /// Those with these sequence numbers, ascending.
    #[must_use]
    pub fn of(seqs: impl IntoIterator<Item = u64>) -> Self {
        let mut postings = Postings::default();
        for seq in seqs {
            postings.push(seq);
        }
        postings.end()
    }

    /// The root of the map in which the partner has these entries, by the path from its leaf up.
    ///
    /// None when the path is longer than a place has bits.
    #[must_use]
    pub fn root(&self, partner: &str, path: &[[u8; 32]]) -> Option<[u8; 32]> {
        let place = place(partner);
        let depth = Some(path.len()).filter(|&depth| depth <= BITS)?;
        let pairs = path.iter().zip((0..depth).rev());
        Some(pairs.fold(
            self.leaf(&place),
            |below, (beside, at)| {
                if bit(&place, at) { node(beside, &below) } else { node(&below, beside) }
            },
        ))
    }

    fn leaf(&self, place: &[u8; 32]) -> [u8; 32] {
        hash(&[&[2], place, &self.count.to_be_bytes(), &self.digest])
    }
}

/// The entries of a partner under way: the SHA-256 of their sequence numbers between two of them.
#[derive(Clone, Debug)]
pub(crate) struct Postings {
    count: u64,
    state: [u32; 8],
    /// The numbers of the block that is not full, one behind the other; the rest of it has no meaning.
    open: [u8; BLOCK],
}

/// The bytes that SHA-256 takes at a time: eight numbers.
const BLOCK: usize = 64;

impl Default for Postings {
    fn default() -> Self {
        // FIPS 180-4, section 5.3.3.
        let state =
            [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
        Self { count: 0, state, open: [0; BLOCK] }
    }
}

impl Postings {
    /// Adds the next entry.
    pub(crate) fn push(&mut self, seq: u64) {
        let at = self.open_len();
        self.open.get_mut(at..at + 8).expect("a block that is not full has room").copy_from_slice(&seq.to_be_bytes());
        self.count += 1;
        if self.open_len() == 0 {
            compress256(&mut self.state, &[self.open.into()]);
        }
    }

    /// All of them.
    pub(crate) fn end(&self) -> PartnerEntries {
        let (mut state, mut last) = (self.state, [0; 2 * BLOCK]);
        let open = self.open.get(..self.open_len()).expect("it is shorter than a block");
        // FIPS 180-4, section 5.1.1: a bit behind the text, and its length in bits at the end of a block.
        let end = if open.len() + 1 + 8 > BLOCK { 2 * BLOCK } else { BLOCK };
        let bits = self.count.wrapping_mul(64).to_be_bytes();
        for (at, bytes) in [(0, open), (open.len(), &[0x80]), (end - 8, &bits)] {
            last.get_mut(at..at + bytes.len()).expect("two blocks have room").copy_from_slice(bytes);
        }
        for block in last.get(..end).expect("one block or two").as_chunks::<BLOCK>().0 {
            compress256(&mut state, &[(*block).into()]);
        }
        PartnerEntries { count: self.count, digest: bytes_of(&state) }
    }

    /// The number of entries, and the bytes from which [`Postings::read`] goes on.
    pub(crate) fn to_parts(&self) -> (u64, Vec<u8>) {
        let open = self.open.get(..self.open_len()).expect("it is shorter than a block");
        (self.count, [bytes_of(&self.state).as_slice(), open].concat())
    }

    /// Reads what [`Postings::to_parts`] gave; `None` for bytes of another length.
    pub(crate) fn read(count: u64, bytes: &[u8]) -> Option<Self> {
        let (words, open) = bytes.split_at_checked(32)?;
        let mut read = Self { count, ..Self::default() };
        for (word, bytes) in read.state.iter_mut().zip(words.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        let is_whole = open.len() == read.open_len();
        read.open.get_mut(..open.len()).filter(|_| is_whole)?.copy_from_slice(open);
        Some(read)
    }

    /// The bytes of the block that is not full.
    fn open_len(&self) -> usize {
        usize::try_from(self.count % 8).expect("it is less than eight") * 8
    }
}

fn bytes_of(state: &[u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    bytes
}

/// The map of all partners.
pub(crate) struct PartnerMap {
    /// Place and leaf, by place.
    leaves: Vec<([u8; 32], [u8; 32])>,
}

impl PartnerMap {
    /// The map of these partners and, with them, of what holds for all.
    pub(crate) fn new(partners: &BTreeMap<String, Postings>) -> Self {
        let leaf = |partner: &str, postings: &Postings| {
            let place = place(partner);
            (place, postings.end().leaf(&place))
        };
        let mut leaves: Vec<_> = partners.iter().map(|(partner, postings)| leaf(partner, postings)).collect();
        if !partners.contains_key("") {
            leaves.push(leaf("", &Postings::default()));
        }
        leaves.sort_unstable();
        Self { leaves }
    }

    /// The root.
    pub(crate) fn root(&self) -> [u8; 32] {
        root_of(&self.leaves, 0)
    }

    /// The path of a partner that is in the map, from its leaf up.
    pub(crate) fn path(&self, partner: &str) -> Vec<[u8; 32]> {
        let place = place(partner);
        let (mut leaves, mut path) = (self.leaves.as_slice(), Vec::new());
        for at in 0..BITS {
            if leaves.len() <= 1 {
                break;
            }
            let (left, right) = split(leaves, at);
            let (own, beside) = if bit(&place, at) { (right, left) } else { (left, right) };
            path.push(root_of(beside, at + 1));
            leaves = own;
        }
        path.reverse();
        path
    }
}

fn root_of(leaves: &[([u8; 32], [u8; 32])], at: usize) -> [u8; 32] {
    match leaves {
        [] => [0; 32],
        [(_, leaf)] => *leaf,
        _ => {
            let (left, right) = split(leaves, at);
            node(&root_of(left, at + 1), &root_of(right, at + 1))
        }
    }
}

type Leaves<'a> = &'a [([u8; 32], [u8; 32])];

fn split(leaves: Leaves<'_>, at: usize) -> (Leaves<'_>, Leaves<'_>) {
    leaves.split_at(leaves.partition_point(|(place, _)| !bit(place, at)))
}

fn bit(place: &[u8; 32], at: usize) -> bool {
    place.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1)
}

fn place(partner: &str) -> [u8; 32] {
    hash(&[partner.as_bytes()])
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    hash(&[&[3], left, right])
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(partners: &[(&str, &[u64])]) -> PartnerMap {
        let mut all: BTreeMap<String, Postings> = BTreeMap::new();
        for (partner, seqs) in partners {
            let postings = all.entry((*partner).to_owned()).or_default();
            seqs.iter().for_each(|&seq| postings.push(seq));
        }
        PartnerMap::new(&all)
    }

    #[test]
    fn every_partner_has_a_path_to_the_root_and_no_other_entries_have() {
        for count in 0..40_u64 {
            let names: Vec<String> = (0..count).map(|n| format!("p{n}")).collect();
            let seqs: Vec<Vec<u64>> = (0..count).map(|n| (0..=n % 3).map(|step| n + 100 * step).collect()).collect();
            let partners: Vec<(&str, &[u64])> =
                names.iter().map(String::as_str).zip(seqs.iter().map(Vec::as_slice)).collect();
            let map = map(&partners);
            for (name, seqs) in partners.iter().copied().chain([("", [].as_slice())]) {
                let path = map.path(name);
                let own = PartnerEntries::of(seqs.iter().copied());
                assert_eq!(own.root(name, &path), Some(map.root()), "{name} of {count}");
                let more = PartnerEntries::of(seqs.iter().copied().chain([999]));
                let fewer = PartnerEntries::of(seqs.iter().copied().skip(1));
                let other = PartnerEntries::of(seqs.iter().map(|seq| seq + 1));
                for lie in [more, fewer, other].into_iter().filter(|lie| *lie != own) {
                    assert_ne!(lie.root(name, &path), Some(map.root()), "{name} of {count}");
                }
                assert_ne!(own.root("somebody", &path), Some(map.root()), "{name} of {count}");
                for at in 0..path.len() {
                    let mut changed = path.clone();
                    changed[at][31] ^= 1;
                    assert_ne!(own.root(name, &changed), Some(map.root()), "{name} of {count}");
                }
                assert_ne!(own.root(name, &[path.as_slice(), &[[0; 32]]].concat()), Some(map.root()));
            }
        }
    }

    #[test]
    fn the_root_is_the_one_that_the_definition_gives() {
        let alone = map(&[]);
        let empty: [u8; 32] = Sha256::digest(b"").into();
        let leaf = hash(&[&[2], &empty, &[0; 8], &empty]);
        assert_eq!(alone.root(), leaf, "what holds for all has a leaf when it is nothing");
        // SHA-256("a") begins with 0xca, SHA-256("") with 0xe3: they part at the third bit.
        let a: [u8; 32] = Sha256::digest(b"a").into();
        let seqs: [u8; 32] = Sha256::digest([0, 0, 0, 0, 0, 0, 0, 7]).into();
        let leaf_a = hash(&[&[2], &a, &[0, 0, 0, 0, 0, 0, 0, 1], &seqs]);
        let deepest = node(&leaf_a, &leaf);
        let expected = node(&[0; 32], &node(&[0; 32], &deepest));
        assert_eq!(map(&[("a", &[7])]).root(), expected);
    }

    #[test]
    fn the_digest_of_any_number_of_entries_is_sha_256_and_goes_on_from_its_bytes() {
        let (mut whole, mut kept) = (Postings::default(), Postings::default());
        for count in 0..40_u64 {
            let seqs = (0..count).flat_map(|seq| (seq << 40 | seq).to_be_bytes()).collect::<Vec<u8>>();
            let expected = PartnerEntries { count, digest: Sha256::digest(&seqs).into() };
            assert_eq!((whole.end(), kept.end()), (expected, expected), "{count}");
            let (told, bytes) = kept.to_parts();
            assert_eq!(told, count);
            kept = Postings::read(count, &bytes).unwrap();
            assert!(Postings::read(count + 1, &bytes).is_none() && Postings::read(count, &bytes[1..]).is_none());
            for postings in [&mut whole, &mut kept] {
                postings.push(count << 40 | count);
            }
        }
    }

    #[test]
    fn a_path_that_is_too_long_leads_nowhere() {
        assert_eq!(PartnerEntries::of([]).root("", &[[0; 32]; BITS + 1]), None);
    }
}
