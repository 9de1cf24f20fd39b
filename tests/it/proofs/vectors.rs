//! Published examples, which the reader of these tests takes: the tree of eight leaves with which Certificate
//! Transparency is tested, and the note in the documentation of signed notes.

use super::standards::{Hash, Key, Note, is_continued, is_included, leaf};
use crate::merkle::root;

const LEAVES: [&str; 8] = ["", "\0", "\u{10}", " !", "01", "@ABC", "PQRSTUVW", "`abcdefghijklmno"];

/// The roots of the first leaves.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const LEFT: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const FIFTH: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const SEVENTH_AND_EIGHTH: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const SECOND: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const RIGHT: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const FIFTH_AND_SIXTH: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

/// Place, size and path of an entry.
const ENTRIES: [(u64, u64, &[&str]); 4] = [
    (0, 8, &[SECOND, LEFT, RIGHT]),
    (5, 8, &[FIFTH, SEVENTH_AND_EIGHTH, ROOTS[3]]),
    (2, 3, &[ROOTS[1]]),
    (1, 5, &[ROOTS[0], LEFT, FIFTH]),
];

/// Smaller size, size and path of a growth.
const GROWTHS: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (1, 8, &[SECOND, LEFT, RIGHT]),
    (6, 8, &[FIFTH_AND_SIXTH, SEVENTH_AND_EIGHTH, ROOTS[3]]),
    (2, 5, &[LEFT, FIFTH]),
];

fn hash(hex: &str) -> Hash {
    hex::decode(hex).unwrap().try_into().unwrap()
}

fn hashes(hex: &[&str]) -> Vec<Hash> {
    hex.iter().map(|hex| hash(hex)).collect()
}

#[test]
fn the_published_tree_has_its_roots_and_proofs() {
    for (size, known) in (1..).zip(ROOTS) {
        assert_eq!(root(&LEAVES[..size]), hash(known), "root of {size}");
    }
    let root_of = |size: u64| hash(ROOTS[usize::try_from(size).unwrap() - 1]);
    for (seq, size, path) in ENTRIES {
        let entry = leaf(LEAVES[usize::try_from(seq).unwrap()].as_bytes());
        assert!(is_included(entry, seq, size, &hashes(path), &root_of(size)), "{seq} of {size}");
        assert!(!is_included(entry, seq + 1, size, &hashes(path), &root_of(size)), "{seq} of {size}");
    }
    for (from, size, path) in GROWTHS {
        assert!(is_continued((from, root_of(from)), (size, root_of(size)), &hashes(path)), "{from} to {size}");
        let other = (from + 1, root_of(from + 1));
        assert!(!is_continued(other, (size, root_of(size)), &hashes(path)), "{from} to {size}");
    }
}

#[test]
fn the_note_in_the_documentation_of_signed_notes_is_read() {
    let key = Key::read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
    let note = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n\
                \n\
                — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    assert!(Note::read(note).unwrap().is_signed_by(&key));
    assert!(!Note::read(&note.replace("your problem is", "the problem is")).unwrap().is_signed_by(&key));
}
