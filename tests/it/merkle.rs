//! The Merkle tree hash of RFC 6962, section 2.1, from the text of the standard alone.

use sha2::{Digest, Sha256};

/// The hash of the tree of some leaves.
pub fn root(leaves: &[&str]) -> [u8; 32] {
    root_of_hashes(&leaves.iter().map(|leaf| leaf_hash(leaf.as_bytes())).collect::<Vec<_>>())
}

/// The hash of a leaf.
pub fn leaf_hash(leaf: &[u8]) -> [u8; 32] {
    Sha256::digest([b"\x00", leaf].concat()).into()
}

/// The hash of the tree of some leaves that are hashed already, or of whole trees of the same size.
pub fn root_of_hashes(hashes: &[[u8; 32]]) -> [u8; 32] {
    match hashes {
        [] => Sha256::digest(b"").into(),
        [hash] => *hash,
        _ => {
            let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
            Sha256::digest([b"\x01".as_slice(), &root_of_hashes(left), &root_of_hashes(right)].concat()).into()
        }
    }
}

/// The same, as answers write it.
pub fn root_in_base64<'a>(leaves: impl Iterator<Item = &'a str>) -> String {
    base64(&root(&leaves.collect::<Vec<_>>()))
}

/// A hash as answers write it.
pub fn base64(root: &[u8; 32]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in root.chunks(3) {
        let bits = three.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[bits >> (18 - 6 * place) & 63];
            text.push(if place <= three.len() { letter.into() } else { '=' });
        }
    }
    text
}

#[test]
fn the_tree_of_the_standard_hashes_as_known() {
    assert_eq!(hex::encode(root(&[])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(hex::encode(root(&[""])), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_eq!(root_in_base64([""].into_iter()), "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=");
}
