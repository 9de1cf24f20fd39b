//! What the tests of the store share: lines of entries, and the tree computed the long way.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Snapshot;
use super::Writer;
use super::options::Options;
use crate::log::error::LaterEntry;
use crate::runs::{Description, MAX_KEYS};

/// An entry of the tests: `seq recorded_at partner key text`.
pub(crate) fn line(seq: u64, text: &str) -> String {
    format!("{seq} {} {} {} {text}", recorded_at(seq), partner(seq), key(seq))
}

/// When an entry of the tests is recorded.
pub(crate) fn recorded_at(seq: u64) -> i64 {
    1_000 + 10 * seq.cast_signed()
}

/// The partner of an entry of the tests: every seventh has none.
pub(crate) fn partner(seq: u64) -> String {
    if seq.is_multiple_of(7) { "-".to_owned() } else { format!("p{}", seq * seq % 13) }
}

/// The key of an entry of the tests: some share one.
pub(crate) fn key(seq: u64) -> u64 {
    seq / 2 * 7_919
}

/// Reads an entry of the tests.
pub(crate) fn describe(line: &[u8]) -> Result<Description<'_>, Option<LaterEntry>> {
    read(line).ok_or(None)
}

fn read(line: &[u8]) -> Option<Description<'_>> {
    let mut fields = std::str::from_utf8(line).ok()?.split(' ');
    let seq = fields.next()?.parse().ok()?;
    let recorded_at = fields.next()?.parse().ok()?;
    let partner = fields.next()?;
    let mut keys = [0; MAX_KEYS];
    *keys.first_mut()? = fields.next()?.parse().ok()?;
    let partner = if partner == "-" { "" } else { partner };
    Some(Description { seq, recorded_at, partner, keys, key_count: 1 })
}

/// Options for a ledger of the tests with small segments.
pub(crate) fn options(segment_bytes: u64) -> Options {
    Options { segment_bytes, ..Options::new(describe) }
}

/// Stages the next entry.
pub(crate) fn stage(writer: &mut Writer, text: &str) -> Result<(), crate::log::error::WriteError> {
    let line = line(writer.size(), text);
    let described = describe(line.as_bytes()).unwrap();
    writer.stage(line.as_bytes(), described.partner, described.keys(), described.recorded_at)
}

/// Appends entries, committing after each group of the given sizes.
pub(crate) fn append(writer: &mut Writer, groups: &[usize], text: &str) {
    for &group in groups {
        for _ in 0..group {
            stage(writer, text).unwrap();
        }
        writer.commit().unwrap();
    }
}

/// Makes a ledger of groups of entries.
pub(crate) fn ledger(dir: &Path, options: &Options, groups: &[usize], text: &str) {
    let mut writer = Writer::create(dir, options).unwrap();
    append(&mut writer, groups, text);
}

/// The root of leaves, straight from RFC 6962, section 2.1.
pub(crate) fn naive_root(leaves: &[String]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => Sha256::new().chain_update([0]).chain_update(leaf).finalize().into(),
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            let hash = Sha256::new().chain_update([1]);
            hash.chain_update(naive_root(left)).chain_update(naive_root(right)).finalize().into()
        }
    }
}

/// The lines that the first entries must have.
pub(crate) fn lines(size: u64, text: &str) -> Vec<String> {
    (0..size).map(|seq| line(seq, text)).collect()
}

/// Compares every answer of a snapshot with what follows from the entries alone.
pub(crate) fn assert_answers(snapshot: &Snapshot, size: u64, text: &str) {
    assert_eq!(snapshot.size(), size);
    let expected = lines(size, text);
    let mut found = Vec::new();
    let scanned = snapshot.scan(0, size, &mut |seq, line| {
        assert_eq!(seq, found.len() as u64);
        found.push(String::from_utf8(line.to_vec()).unwrap());
        ControlFlow::Continue(())
    });
    scanned.unwrap();
    assert_eq!(found, expected);
    for part in [size, size / 2, size / 3, size.saturating_sub(1)] {
        let prefix = &expected[..usize::try_from(part).unwrap()];
        assert_eq!(snapshot.root(part).unwrap().0, naive_root(prefix), "root of {part}");
        let partners: BTreeSet<String> = (0..part).map(partner).filter(|name| name != "-").collect();
        assert_eq!(snapshot.partners(part).unwrap(), partners);
        for name in partners.iter().map(String::as_str).chain(["", "nobody", "p", "zz"]) {
            let shown = if name.is_empty() { "-" } else { name };
            let seqs: Vec<u64> = (0..part).filter(|&seq| partner(seq) == shown).collect();
            assert_eq!(snapshot.postings(name, part).unwrap(), seqs, "postings of {name:?} in {part}");
            let mut read = Vec::new();
            let result = snapshot.read_many(&seqs, &mut |seq, bytes| {
                assert_eq!(bytes, line(seq, text).as_bytes());
                read.push(seq);
                Ok(())
            });
            result.unwrap();
            assert_eq!(read, seqs);
        }
    }
    for seq in (0..size).step_by(usize::try_from(size / 40 + 1).unwrap()) {
        assert_eq!(snapshot.read(seq).unwrap(), line(seq, text).as_bytes());
        assert_eq!(snapshot.recorded_at(seq).unwrap(), recorded_at(seq));
        assert_eq!(snapshot.size_at(recorded_at(seq)).unwrap(), seq + 1);
        assert_eq!(snapshot.size_at(recorded_at(seq) - 1).unwrap(), seq);
        let hits: Vec<u64> = (0..size).filter(|&other| key(other) == key(seq)).collect();
        assert_eq!(snapshot.find(key(seq)).unwrap(), hits);
    }
    assert_eq!(snapshot.find(4).unwrap(), Vec::<u64>::new());
    assert_eq!(snapshot.size_at(i64::MAX).unwrap(), size);
    assert_eq!(snapshot.size_at(i64::MIN).unwrap(), 0);
    assert!(snapshot.read(size).is_err());
}
