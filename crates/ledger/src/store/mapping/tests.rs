use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::log::error::ReadError;
use crate::store::Snapshot;
use crate::store::testing::{ledger, options};

type NumberedLines = Vec<(u64, Vec<u8>)>;

fn mapped(snapshot: &Snapshot, from: u64, end: u64) -> (NumberedLines, Result<(), ReadError>) {
    let mut lines = Vec::new();
    let result = snapshot.map(from, end, &|seq, line| Ok((seq, line.to_vec())), &mut |line| {
        lines.push(line);
        ControlFlow::Continue(())
    });
    (lines, result)
}

fn scanned(snapshot: &Snapshot, from: u64, end: u64) -> (NumberedLines, Result<(), ReadError>) {
    let mut lines = Vec::new();
    let result = snapshot.scan(from, end, &mut |seq, line| {
        lines.push((seq, line.to_vec()));
        ControlFlow::Continue(())
    });
    (lines, result)
}

#[test]
fn what_is_mapped_is_what_is_scanned() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(300_000);
    // Groups of many sizes, several segments, and more than a few chunks.
    ledger(dir.path(), &options, &[1, 1, 200, 3, 2_000, 1, 1_500, 700], &"text ".repeat(60));
    let snapshot = Snapshot::open(dir.path(), &options).unwrap();
    let size = snapshot.size();
    for (from, end) in [(0, size), (0, 0), (5, 5), (0, 1), (1, 2), (199, 2_300), (2_205, size), (size - 1, size)] {
        let (lines, result) = mapped(&snapshot, from, end);
        result.unwrap();
        assert_eq!(lines, scanned(&snapshot, from, end).0, "{from}..{end}");
    }
    assert!(mapped(&snapshot, 0, size + 1).1.is_err());
}

#[test]
fn whoever_has_enough_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(300_000);
    ledger(dir.path(), &options, &[4_000], &"text ".repeat(60));
    let snapshot = Snapshot::open(dir.path(), &options).unwrap();
    for enough in [0, 1, 1_000, 3_999] {
        let mut last = None;
        let result = snapshot.map(0, 4_000, &|seq, _| Ok(seq), &mut |seq| {
            last = Some(seq);
            if seq == enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        result.unwrap();
        assert_eq!(last, Some(enough));
    }
}

#[test]
fn the_first_error_in_the_order_of_the_log_is_told_and_nothing_behind_it() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(300_000);
    ledger(dir.path(), &options, &[4_000], &"text ".repeat(60));
    let snapshot = Snapshot::open(dir.path(), &options).unwrap();
    let mut taken = 0;
    let refuse = |seq| if seq >= 2_000 { Err(ReadError::OutOfRange { seq, size: 0 }) } else { Ok(seq) };
    let result = snapshot.map(0, 4_000, &|seq, _| refuse(seq), &mut |seq| {
        assert_eq!(seq, taken);
        taken += 1;
        ControlFlow::Continue(())
    });
    assert!(matches!(result, Err(ReadError::OutOfRange { seq: 2_000, .. })), "{result:?}");
    assert!(taken <= 2_000);
}

#[test]
fn damage_is_found_as_by_a_scan() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(300_000);
    ledger(dir.path(), &options, &[1_000, 1_000, 1_000], &"text ".repeat(60));
    let snapshot = Snapshot::open(dir.path(), &options).unwrap();
    let path = std::fs::read_dir(dir.path().join("log")).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&path).unwrap();
    for at in (100..whole.len()).step_by(whole.len() / 23) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&path, &damaged).unwrap();
        let ((lines, by_map), (all, by_scan)) = (mapped(&snapshot, 0, 3_000), scanned(&snapshot, 0, 3_000));
        assert_eq!(by_map.map_err(|error| error.to_string()), by_scan.map_err(|error| error.to_string()), "at {at}");
        assert!(all.starts_with(&lines), "at {at}");
    }
}

#[test]
fn a_panic_ends_it_and_is_passed_on() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(300_000);
    ledger(dir.path(), &options, &[4_000], &"text ".repeat(60));
    let snapshot = Snapshot::open(dir.path(), &options).unwrap();
    let taken = AtomicU64::new(0);
    let run = || {
        snapshot.map(0, 4_000, &|seq, _| if seq == 900 { panic!("at 900") } else { Ok(seq) }, &mut |_| {
            taken.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Continue(())
        })
    };
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    assert!(taken.load(Ordering::Relaxed) <= 900, "it went on behind what is missing");
}
