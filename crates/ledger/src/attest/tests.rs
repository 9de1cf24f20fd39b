use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::ledger::Ledger;
use crate::proof::{EntryProof, GrowthProof, PartnerEntries, ProofError, SigningKey, leaf_hash, root_of_entries};
use crate::reader::Reader;
use crate::testing::{at, churn, lines};

/// Entries of a handful of partners in turn.
fn filled(count: u64) -> (TempDir, Ledger) {
    let (dir, mut ledger) = crate::testing::ledger();
    let events: Vec<_> = (0..count).map(|n| churn(u128::from(n), &format!("p{}", n * n % 7))).collect();
    ledger.append(&events, at(0)).unwrap();
    (dir, ledger)
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

/// The root by the definition of RFC 6962, section 2.1.
fn root(lines: &[String]) -> [u8; 32] {
    match lines {
        [] => sha256(&[]),
        [line] => sha256(&[&[0], line.as_bytes()]),
        _ => {
            let (left, right) = lines.split_at(lines.len().next_power_of_two() / 2);
            sha256(&[&[1], &root(left), &root(right)])
        }
    }
}

fn key() -> SigningKey {
    SigningKey::of_secret("example.com/ledger", &[7; 32]).unwrap()
}

#[test]
fn a_checkpoint_of_every_size_says_what_the_entries_say() {
    let (_dir, ledger) = filled(70);
    let reader = ledger.reader();
    let lines = lines(&reader);
    for size in 0..=70 {
        let checkpoint = reader.checkpoint("o", size).unwrap();
        let count = usize::try_from(size).unwrap();
        assert_eq!(checkpoint.root, root(&lines[..count]), "root of {size}");
        assert_eq!(checkpoint.claims.newest, (size > 0).then(|| reader.recorded_at(size - 1).unwrap()));
        assert_eq!(checkpoint.claims.next, (size < 70).then(|| reader.recorded_at(size).unwrap()));
        // The smaller ledger says the same, except that nothing came after it.
        let (_dir, smaller) = filled(size);
        let mut own = smaller.reader().checkpoint("o", size).unwrap();
        own.claims.next = checkpoint.claims.next;
        assert_eq!(own, checkpoint);
    }
    assert!(reader.checkpoint("o", 71).is_err());
}

#[test]
fn the_entries_of_every_partner_are_shown_at_every_size() {
    let (_dir, ledger) = filled(40);
    let reader = ledger.reader();
    for size in 0..=40 {
        let names = ["p0", "p1", "p2", "p4", ""];
        let paths = reader.prove_partners(size, &names).unwrap();
        let map_root = reader.checkpoint("o", size).unwrap().claims.partners.unwrap();
        for (name, path) in names.iter().zip(&paths) {
            let seqs = reader.seqs(name, size).unwrap();
            let known = (0..size).filter(|n| format!("p{}", n * n % 7) == *name).collect::<Vec<_>>();
            assert_eq!(seqs, known);
            if seqs.is_empty() && !name.is_empty() {
                continue;
            }
            assert_eq!(PartnerEntries::of(seqs.iter().copied()).root(name, path), Some(map_root), "{name} of {size}");
            let fewer = PartnerEntries::of(seqs.iter().copied().skip(1));
            assert!(seqs.is_empty() || fewer.root(name, path) != Some(map_root), "{name} of {size}");
        }
    }
}

/// The entries of some of the numbers below `size`, chosen by the bits of `choice`.
fn chosen(size: u64, choice: u64) -> Vec<u64> {
    (0..size).filter(|seq| choice >> (seq % 64) & 1 == 1).collect()
}

#[test]
fn any_entries_are_shown_together_and_no_changed_bit_is_taken() {
    let (_dir, ledger) = filled(67);
    let reader = ledger.reader();
    let leaves: Vec<[u8; 32]> = lines(&reader).iter().map(|line| leaf_hash(line)).collect();
    let mut numbers = fastrand::Rng::with_seed(1);
    for size in 0..=67 {
        let choice = numbers.u64(..);
        for pattern in [0, u64::MAX, 1, choice, choice & choice.rotate_left(9), 1 << (size % 64)] {
            let seqs = chosen(size, pattern);
            let entries: Vec<_> = seqs.iter().map(|&seq| (seq, leaves[usize::try_from(seq).unwrap()])).collect();
            let between = reader.prove_entries(size, &seqs).unwrap();
            let root = reader.root(size).unwrap();
            assert_eq!(root_of_entries(size, &entries, &between), Some(root), "{seqs:?} of {size}");
            assert_ne!(root_of_entries(size, &entries, &[between.as_slice(), &[[0; 32]]].concat()), Some(root));
            for at in 0..between.len() {
                let mut changed = between.clone();
                changed[at][at % 32] ^= 1 << (at % 8);
                assert_ne!(root_of_entries(size, &entries, &changed), Some(root), "{seqs:?} of {size}");
            }
            for at in 0..entries.len() {
                let mut moved = entries.clone();
                moved[at].0 += 1;
                assert_ne!(root_of_entries(size, &moved, &between), Some(root), "{seqs:?} of {size}");
                let mut fewer = entries.clone();
                fewer.remove(at);
                assert_ne!(root_of_entries(size, &fewer, &between), Some(root), "{seqs:?} of {size}");
            }
        }
    }
    assert!(reader.prove_entries(5, &[5]).is_err());
    assert_eq!(root_of_entries(1, &[(1, [0; 32])], &[]), None);
    assert_eq!(root_of_entries(3, &[(1, [0; 32]), (0, [0; 32])], &[[0; 32]]), None);
}

#[test]
fn proofs_of_every_entry_in_every_size_are_taken_and_no_changed_bit_is() {
    let (_dir, ledger) = filled(20);
    let reader = ledger.reader();
    let lines = lines(&reader);
    for size in 1..=20 {
        let checkpoint = reader.checkpoint("example.com/ledger", size).unwrap().sign(&key());
        for seq in 0..size {
            let proof =
                EntryProof { seq, hashes: reader.prove_entry(size, seq).unwrap(), checkpoint: checkpoint.clone() };
            let text = proof.to_string();
            assert_eq!(EntryProof::parse(&text).unwrap(), proof);
            for other in 0..20 {
                let line = &lines[usize::try_from(other).unwrap()];
                assert_eq!(proof.check(line).is_ok(), other == seq, "{other} for {seq} of {size}");
            }
            let line = &lines[usize::try_from(seq).unwrap()];
            for bit in 0..text.len() * 8 {
                let mut changed = text.clone().into_bytes();
                changed[bit / 8] ^= 1 << (bit % 8);
                let read = String::from_utf8(changed).ok().and_then(|text| EntryProof::parse(&text).ok());
                let holds = |proof: &EntryProof| {
                    proof.check(line).is_ok() && proof.checkpoint.verify(&key().verifier()).is_ok()
                };
                assert!(!read.is_some_and(|read| holds(&read)), "bit {bit} for {seq} of {size}");
            }
        }
    }
}

#[test]
fn growth_between_all_sizes_is_shown_and_no_changed_bit_is_taken() {
    let (_dir, ledger) = filled(20);
    let reader: Reader = ledger.reader();
    let at_size = |size| reader.checkpoint("example.com/ledger", size).unwrap();
    for size in 0..=20 {
        for from_size in 0..=size {
            let hashes = if from_size == 0 { vec![] } else { reader.prove_growth(size, from_size).unwrap() };
            let proof = GrowthProof { from_size, hashes, checkpoint: at_size(size).sign(&key()) };
            assert_eq!(GrowthProof::parse(&proof.to_string()).unwrap(), proof);
            assert_eq!(proof.check(&at_size(from_size)), Ok(()), "{from_size} to {size}");
            for bit in 0..256 {
                let mut other = at_size(from_size);
                other.root[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(proof.check(&other), Err(ProofError::OtherRoot), "{from_size} to {size}");
            }
            for at in 0..proof.hashes.len() * 256 {
                let mut changed = proof.clone();
                changed.hashes[at / 256][at % 256 / 8] ^= 1 << (at % 8);
                assert_eq!(changed.check(&at_size(from_size)), Err(ProofError::OtherRoot), "{from_size} to {size}");
            }
        }
    }
    let proof = GrowthProof { from_size: 2, hashes: vec![], checkpoint: at_size(2).sign(&key()) };
    assert!(matches!(proof.check(&at_size(3)), Err(ProofError::OtherSize { from_size: 2, size: 3 })));
    let elsewhere = reader.checkpoint("example.com/other", 2).unwrap();
    assert!(matches!(proof.check(&elsewhere), Err(ProofError::OtherOrigin { .. })));
}

#[test]
fn files_that_are_no_proofs_are_refused() {
    let (_dir, ledger) = filled(3);
    let reader = ledger.reader();
    let checkpoint = reader.checkpoint("example.com/ledger", 3).unwrap().sign(&key());
    let proof = EntryProof { seq: 1, hashes: reader.prove_entry(3, 1).unwrap(), checkpoint: checkpoint.clone() };
    let text = proof.to_string();
    for (from, to) in [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("index 1", "index 01"),
        ("index 1", "index -1"),
        ("index 1", "number 1"),
        ("=\n\n", "\n\n"),
        ("\n\n", "\n"),
        ("— ", "- "),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from:?} is not there");
        assert!(EntryProof::parse(&changed).is_err(), "{changed}");
    }
    let growth = GrowthProof { from_size: 1, hashes: reader.prove_growth(3, 1).unwrap(), checkpoint }.to_string();
    for changed in [growth.replacen("old 1", "old 1 ", 1), growth.replacen("old", "new", 1), text] {
        assert!(GrowthProof::parse(&changed).is_err(), "{changed}");
    }
}
