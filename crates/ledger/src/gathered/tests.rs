use std::fs;
use std::path::Path;

use super::{CachedState, STRETCH};
use crate::cache::{Cache, ToCache, cache_dir};
use crate::disk::Volume;
use crate::entry::Entry;
use crate::event::Event;
use crate::ids::Remark;
use crate::ledger::Ledger;
use crate::reader::Reader;
use crate::testing::{at, churn, ledger, of_three_partners};

/// Three partners in turn.
fn fill(ledger: &mut Ledger, numbers: std::ops::Range<u128>) {
    ledger.append(&of_three_partners(numbers, None), at(0)).unwrap();
}

/// Compares the answers from the cache with those from the log, twice, at many sizes.
fn assert_same(dir: &Path) {
    let reader = Reader::open(dir).unwrap();
    for _ in 0..2 {
        for end in [reader.size(), 0, 1, 700, 768, 769, 2_000] {
            let cached = reader.entries("a", end).unwrap();
            assert_eq!(cached, reader.entries_uncached("a", end).unwrap(), "at {end}");
        }
    }
    let all: Vec<Entry> = reader.entries("a", u64::MAX).unwrap();
    assert_eq!(all.len() as u64, reader.size().div_ceil(3));
}

fn states(dir: &Path) -> Vec<CachedState> {
    Reader::open(dir).unwrap().cached_states("a").unwrap().unwrap()
}

#[test]
fn answers_are_the_same_with_and_without_the_cache() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..3_000);
    assert!(states(dir.path()).is_empty());
    assert!(!cache_dir(dir.path()).exists(), "looking at the cache made one");
    assert_same(dir.path());
    let held = states(dir.path());
    assert_eq!(held.len(), 1_000 / STRETCH);
    assert_eq!(held[0], CachedState { size: 3 * 255 + 1, entries: 256, differs_at: None });
    fill(&mut ledger, 3_000..4_000);
    assert_same(dir.path());
    assert_eq!(states(dir.path()).len(), 1_334 / STRETCH);
    fs::remove_dir_all(cache_dir(dir.path())).unwrap();
    assert_same(dir.path());
}

#[test]
fn a_damaged_cache_changes_no_answer() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..3_000);
    assert_same(dir.path());
    for item in fs::read_dir(cache_dir(dir.path())).unwrap() {
        let path = item.unwrap().path();
        if path.is_file() {
            let mut bytes = fs::read(&path).unwrap();
            for at in (0..bytes.len()).step_by(97) {
                bytes[at] ^= 0x55;
            }
            fs::write(&path, bytes).unwrap();
        }
    }
    assert_same(dir.path());
}

#[test]
fn the_cache_of_another_ledger_is_not_believed() {
    let (dir, mut one) = ledger();
    fill(&mut one, 0..3_000);
    assert_same(dir.path());
    // The same places, partners and instants, and one event that is another.
    let (other_dir, mut other) = ledger();
    other.append(&of_three_partners(0..3_000, Some(3)), at(0)).unwrap();
    fs::create_dir(cache_dir(other_dir.path())).unwrap();
    copy_dir(&cache_dir(dir.path()), &cache_dir(other_dir.path()));
    assert!(states(other_dir.path()).is_empty());
    assert_same(other_dir.path());
    assert_eq!(states(other_dir.path()).len(), 3);
}

fn copy_dir(from: &Path, to: &Path) {
    for item in fs::read_dir(from).unwrap() {
        let path = item.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&copy).unwrap();
            copy_dir(&path, &copy);
        } else {
            fs::copy(&path, &copy).unwrap();
        }
    }
}

#[test]
fn a_changed_value_with_a_right_checksum_is_not_believed() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..3_000);
    assert_same(dir.path());
    let cache = Cache::open(&Volume::real().hold(dir.path()).unwrap(), dir.path()).unwrap();
    let first = cache.newest_at_or_before("a", 3 * 255 + 1).unwrap();
    let second = cache.newest_at_or_before("a", 3 * 511 + 1).unwrap();
    let swapped = ToCache { partner: "a", size: first.size, binding: first.binding, bytes: &second.bytes };
    cache.put([swapped]);
    cache.flush();
    drop(cache);
    assert!(states(dir.path()).is_empty());
    assert_same(dir.path());
    assert_eq!(states(dir.path()).len(), 3);
}

#[test]
fn a_changed_line_that_is_bound_rightly_differs_from_the_log() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..3_000);
    assert_same(dir.path());
    let reader = Reader::open(dir.path()).unwrap();
    let seqs: Vec<u64> = (0..256).map(|nth| nth * 3).collect();
    let size = seqs[255] + 1;
    let joined = seqs.iter().map(|&seq| reader.line(seq).unwrap()).collect::<Vec<_>>().join("\n");
    // The day of the fact of the last entry becomes another.
    let at = joined.rfind("effective_at").unwrap();
    let mut changed = joined.clone().into_bytes();
    let digit = at + joined[at..].find("T00").unwrap() - 1;
    changed[digit] = if changed[digit] == b'1' { b'2' } else { b'1' };
    let lines = super::Lines(changed);
    let binding = super::bind(reader.snapshot(), size, &lines.chain_after(&[0; 32])).unwrap();
    let cache = Cache::open(&Volume::real().hold(dir.path()).unwrap(), dir.path()).unwrap();
    super::put(&cache, "a", size, binding, &lines);
    cache.flush();
    drop(cache);
    assert_eq!(states(dir.path())[0], CachedState { size, entries: 256, differs_at: Some(seqs[255]) });
}

#[test]
fn long_lines_are_cut_into_pieces() {
    let (dir, mut ledger) = ledger();
    let events: Vec<Event> = (0..300_u128)
        .map(|number| {
            // Text that does not compress well.
            let mut state = number + 1;
            let text = (0..1_000).map(|_| {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d_1405_7b7e_f767_814f).wrapping_add(1);
                char::from_u32(0x4e00 + u32::try_from(state >> 116).unwrap()).unwrap()
            });
            let note = Some(Remark::new(&text.collect::<String>()).unwrap());
            Event { note, ..churn(number, "a") }
        })
        .collect();
    ledger.append(&events, at(0)).unwrap();
    let reader = Reader::open(dir.path()).unwrap();
    for _ in 0..2 {
        assert_eq!(reader.entries("a", 300).unwrap(), reader.entries_uncached("a", 300).unwrap());
    }
    assert_eq!(reader.cached_states("a").unwrap().unwrap().len(), 1);
    assert!(reader.stats().unwrap().cached_states.unwrap() > 5);
}

#[test]
fn readers_share_the_cache_or_go_without() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..3_000);
    let (one, two) = (ledger.reader(), Reader::open(dir.path()).unwrap());
    let expected = one.entries("a", 3_000).unwrap();
    std::thread::scope(|scope| {
        for reader in [one.clone(), two.clone(), one.clone(), ledger.reader()] {
            let expected = &expected;
            scope.spawn(move || {
                for _ in 0..20 {
                    assert_eq!(&reader.entries("a", 3_000).unwrap(), expected);
                }
            });
        }
    });
    assert_eq!(two.stats().unwrap().cached_states, None);
    assert_eq!(two.cached_states("a").unwrap(), None);
    assert_eq!(one.stats().unwrap().cached_states, Some(3));
}
