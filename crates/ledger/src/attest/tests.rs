use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::FoldedLog;
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::proof::{
    CheckpointFold, EntryProof, GrowthProof, PartnerEntries, ProofError, SigningKey, leaf_hash, root_of_entries,
};
use crate::reader::Reader;
use crate::testing::{at, churn, id, lines, rotate};

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

/// What the first entries come to, folded from where the log was folded.
fn fold_of(reader: &Reader, from: FoldedLog, size: u64) -> CheckpointFold {
    let mut found = None;
    reader.fold_log(from, &[size], &mut |fold| found = Some(fold), &mut |_| {}).unwrap();
    found.unwrap()
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
        let fold = fold_of(&reader, FoldedLog::default(), size);
        let (paths, map_root) = (fold.partner_paths(names), fold.checkpoint("o").claims.partners.unwrap());
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

#[test]
fn a_log_is_folded_on_from_the_end_of_every_group() {
    let key = key();
    let begun = || FoldedLog::of_key(key.verifier());
    let (_dir, mut ledger) = crate::testing::ledger();
    let mut kept = begun();
    for group in 0..12_u128 {
        let events: Vec<_> = (0..=group % 5).map(|n| churn(100 * group + n, &format!("p{}", n % 3))).collect();
        ledger.append(&events, at(0)).unwrap();
        let reader = ledger.reader();
        assert!(reader.has_frame_of(&kept).unwrap());
        let at_size = |from: &FoldedLog, size| fold_of(&reader, from.clone(), size).checkpoint("o");
        for size in kept.fold().size()..=reader.size() {
            assert_eq!(at_size(&kept, size), at_size(&begun(), size), "{size}");
        }
        let text = kept.to_json().unwrap();
        kept = reader.fold_log(FoldedLog::parse(&text).unwrap(), &[], &mut |_| {}, &mut |_| {}).unwrap();
        let whole = reader.fold_log(begun(), &[], &mut |_| {}, &mut |_| {}).unwrap();
        assert_eq!(kept.to_json(), whole.to_json());
        assert_eq!(kept.fold().checkpoint("o"), reader.checkpoint("o", reader.size()).unwrap());
    }
    // What is cut, or written in another way, is none.
    let text = kept.to_json().unwrap();
    for end in 0..text.len() {
        assert!(text.get(..end).and_then(FoldedLog::parse).is_none(), "{end}");
    }
    for (from, to) in [("\"version\":1", "\"version\":2"), ("pcs-signed", "pcs-cosigned"), (",\"tree\"", ", \"tree\"")]
    {
        assert!(FoldedLog::parse(&text.replacen(from, to, 1)).is_none(), "{to}");
    }
    assert_eq!(FoldedLog::default().to_json(), None, "without a key there is nothing to keep it by");
}

#[test]
fn a_log_of_other_bytes_is_not_the_one_that_was_folded() {
    let ((one, mut first), (_two, mut second)) = (crate::testing::ledger(), crate::testing::ledger());
    first.append(&[churn(1, "a")], at(0)).unwrap();
    second.append(&[churn(2, "a")], at(0)).unwrap();
    let folded = first.reader().fold_log(FoldedLog::default(), &[], &mut |_| {}, &mut |_| {}).unwrap();
    assert!(first.reader().has_frame_of(&folded).unwrap() && !second.reader().has_frame_of(&folded).unwrap());
    let (_three, empty) = crate::testing::ledger();
    assert!(!empty.reader().has_frame_of(&folded).unwrap(), "a log that is shorter");
    assert!(empty.reader().fold_log(folded, &[], &mut |_| {}, &mut |_| {}).is_err(), "it holds less");
    // A line that is no entry is never folded, though its frame is whole.
    drop(first);
    let segment = one.path().join("log/00000000000000000000.log");
    let mut bytes = std::fs::read(&segment).unwrap();
    let at = bytes.windows(7).position(|window| window == b"{\"seq\":").unwrap();
    bytes[at + 7] = b'1';
    let (header, payload) = bytes[32..].split_at_mut(56);
    let length = u32::from_le_bytes(header[48..52].try_into().unwrap()) as usize;
    let crc = crate::disk::bytes::checksum(&header[..], &payload[..length]);
    header[52..56].copy_from_slice(&crc.to_le_bytes());
    std::fs::write(&segment, bytes).unwrap();
    let folded = Reader::open(one.path()).and_then(|reader| Ok(reader.checkpoint("o", 1)?));
    assert!(folded.is_err(), "{folded:?}");
}

#[test]
fn the_key_is_followed_through_the_changes_that_are_folded() {
    let (dir, mut ledger) = crate::testing::ledger();
    let LedgerKey::Here(first) = LedgerKey::of(dir.path(), &ledger.reader()).unwrap() else { panic!("no key") };
    let second = SigningKey::generate(first.name()).unwrap();
    let key_after = |ledger: &Ledger, from: &SigningKey| {
        let reader = ledger.reader();
        fold_of(&reader, FoldedLog::of_key(from.verifier()), reader.size()).key().cloned().unwrap()
    };
    ledger.append(&[churn(1, "a")], at(0)).unwrap();
    assert_eq!(key_after(&ledger, &first), first.verifier());
    rotate(&mut ledger, &first, &LedgerKey::Here(second.clone()), id(2), at(1)).unwrap();
    assert_eq!((key_after(&ledger, &first), key_after(&ledger, &second)), (second.verifier(), second.verifier()));
    assert_eq!(key_after(&ledger, &key()), key().verifier(), "a key of another ledger is not led anywhere");
    rotate(&mut ledger, &second, &LedgerKey::Here(first.clone()), id(3), at(2)).unwrap();
    assert_eq!(key_after(&ledger, &first), first.verifier(), "back again");
}

#[test]
fn an_index_that_lies_and_is_believed_changes_nothing_that_is_signed() {
    // Two ledgers that differ in the first entry alone, which has as many bytes: each index fits either log.
    let filled = |first: &str| {
        let (dir, mut ledger) = crate::testing::ledger();
        ledger.append(&[churn(9_999, first)], at(0)).unwrap();
        let events: Vec<_> = (0..1_100).map(|n| churn(n, "a")).collect();
        ledger.append(&events, at(1)).unwrap();
        dir
    };
    let (honest, forged) = (filled("a"), filled("b"));
    let open = || Reader::open(honest.path()).unwrap();
    let (told, size) = (open().checkpoint("o", 1_101).unwrap(), 1_101);
    for file in ["index/run-00000000000000000000-0.idx", "derived.secret"] {
        std::fs::copy(forged.path().join(file), honest.path().join(file)).unwrap();
    }
    let lied_to = open();
    assert_ne!(lied_to.root(size).unwrap(), told.root, "the index is believed");
    assert_eq!(lied_to.seqs("b", size).unwrap(), [0], "the index is believed");
    assert_eq!(lied_to.checkpoint("o", size).unwrap(), told);
    // A proof of its hashes leads elsewhere, and is noticed.
    let checkpoint = told.sign(&key());
    let proof = EntryProof { seq: 100, hashes: lied_to.prove_entry(size, 100).unwrap(), checkpoint };
    assert_eq!(proof.check(&lied_to.line(100).unwrap()), Err(ProofError::OtherRoot));
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
    let all: Vec<_> = (0..=20).map(|size| reader.checkpoint("example.com/ledger", size).unwrap()).collect();
    let at_size = |size: u64| all[usize::try_from(size).unwrap()].clone();
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
