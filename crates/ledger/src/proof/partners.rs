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

use sha2::{Digest as _, Sha256};

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

/// The entries of a partner under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Postings {
    count: u64,
    seqs: Sha256,
}

impl Postings {
    /// Adds the next entry.
    pub(crate) fn push(&mut self, seq: u64) {
        self.count += 1;
        self.seqs.update(seq.to_be_bytes());
    }

    /// All of them.
    pub(crate) fn end(self) -> PartnerEntries {
        PartnerEntries { count: self.count, digest: self.seqs.finalize().into() }
    }
}

/// The map of all partners.
pub(crate) struct PartnerMap {
    /// Place and leaf, by place.
    leaves: Vec<([u8; 32], [u8; 32])>,
}

impl PartnerMap {
    /// The map of these partners and, with them, of what holds for all.
    pub(crate) fn new(mut partners: BTreeMap<String, Postings>) -> Self {
        partners.entry(String::new()).or_default();
        let leaves = partners.into_iter().map(|(partner, postings)| {
            let place = place(&partner);
            (place, postings.end().leaf(&place))
        });
        let mut leaves: Vec<_> = leaves.collect();
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
        PartnerMap::new(all)
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
    fn a_path_that_is_too_long_leads_nowhere() {
        assert_eq!(PartnerEntries::of([]).root("", &[[0; 32]; BITS + 1]), None);
    }
}
