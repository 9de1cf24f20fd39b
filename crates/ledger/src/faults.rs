//! A disk that fails at every operation of a history, once or for good, wholly or half way: what was acknowledged stays,
//! the handle refuses to go on, and the code says when there is no room.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use crate::disk::Volume;
use crate::disk::memory::{Fault, MemoryDisk};
use crate::error::{AppendError, StoreError, WriteError};
use crate::event::Event;
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::ledger_dir::LedgerDir;
use crate::prefix::describe;
use crate::proof::SigningKey;
use crate::reader::Reader;
use crate::store::options::Options;
use crate::testing::{assert_folds, at, churn, id, lines, rotate};
use crate::verification::verify_on;

const DIR: &str = "/ledger";

fn on(disk: &MemoryDisk) -> Options {
    Options { segment_bytes: 3_000, volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) }
}

fn key(secret: u8) -> SigningKey {
    SigningKey::of_secret("example.com/ledger", &[secret; 32]).unwrap()
}

fn churns(from: u128, count: u128) -> Vec<Event> {
    (from..from + count).map(|number| churn(number, "a")).collect()
}

/// A history up to its first failure: how much was acknowledged, and the code of the failure.
fn run(disk: &MemoryDisk) -> (Option<u64>, Option<&'static str>) {
    let mut acknowledged = None;
    let code = history(disk, &mut acknowledged).err();
    (acknowledged, code)
}

fn history(disk: &MemoryDisk, acknowledged: &mut Option<u64>) -> Result<(), &'static str> {
    const OTHER: &str = "failed";
    let made = Ledger::create_on(Path::new(DIR), &LedgerKey::Here(key(1)), &on(disk));
    let mut ledger = made.map_err(|error| error.code().unwrap_or(OTHER))?;
    *acknowledged = Some(0);
    for (first, count) in [(0, 1), (1, 30), (31, 2), (33, 50)] {
        if let Err(error) = ledger.append(&churns(first, count), at(0)) {
            // Another event, and the same ones again: nobody looks for staged entries where they are not.
            for events in [churns(900, 1), churns(first, count)] {
                let again = ledger.append(&events, at(1_000));
                let Err(AppendError::Store(StoreError::Write(again))) = again else {
                    panic!("{error:?} and then {again:?}")
                };
                assert!(matches!(*again, WriteError::Poisoned), "{error:?} and then {again:?}");
            }
            assert_eq!(Some(ledger.size()), *acknowledged, "a failed append is seen");
            return Err(error.code().unwrap_or(OTHER));
        }
        *acknowledged = Some(ledger.size());
        // A state that cannot be kept changes no answer, and fails nothing.
        assert_folds(&ledger.reader(), &["a"]);
    }
    let changed = rotate(&mut ledger, &key(1), &LedgerKey::Here(key(2)), id(800), at(500));
    changed.map_err(|error| error.code().unwrap_or(OTHER))?;
    *acknowledged = Some(ledger.size());
    Ok(())
}

fn handed_in() -> (Vec<String>, usize) {
    let disk = MemoryDisk::default();
    assert_eq!(run(&disk), (Some(84), None));
    let is_state = |path: &Path| path.starts_with("/ledger/states");
    assert_eq!(disk.image().names.keys().filter(|path| is_state(path)).count(), 2, "states are not on this disk");
    (lines(&Reader::open_on(Path::new(DIR), &on(&disk)).unwrap()), disk.ops().len())
}

#[test]
fn whatever_fails_nothing_acknowledged_is_lost_and_a_full_disk_is_said() {
    let (handed_in, ops) = handed_in();
    let mut failed = 0;
    for after in 0..ops {
        for (kind, says) in [
            (ErrorKind::StorageFull, "disk_full"),
            (ErrorKind::QuotaExceeded, "disk_full"),
            (ErrorKind::PermissionDenied, "denied"),
            (ErrorKind::ReadOnlyFilesystem, "denied"),
            (ErrorKind::Other, "failed"),
        ] {
            for (once, short) in [(true, false), (true, true), (false, false), (false, true)] {
                let disk = MemoryDisk::default();
                disk.set_fault(Some(Fault { after, kind, once, short }));
                let (acknowledged, code) = run(&disk);
                disk.set_fault(None);
                // Without a code, only what does not matter failed: a run of the index, `head`, zeros ahead.
                assert!(code.is_none_or(|code| code == says), "{code:?}");
                failed += usize::from(code.is_some());
                assert_goes_on(&disk, &handed_in, acknowledged);
            }
        }
    }
    assert!(failed > ops, "only {failed} failures in {ops} operations");
}

/// Opens the ledger again, once the disk is well.
fn assert_goes_on(disk: &MemoryDisk, handed_in: &[String], acknowledged: Option<u64>) {
    let (dir, options) = (Path::new(DIR), on(disk));
    let mut ledger = match (Ledger::open_on(dir, &options, &mut |_| {}), acknowledged) {
        (Ok((ledger, _)), _) => ledger,
        // It was not made: making it again works.
        (Err(_), None) => Ledger::create_on(dir, &LedgerKey::Here(key(1)), &options).unwrap(),
        (Err(error), Some(_)) => panic!("{error:?}"),
    };
    let found = lines(&ledger.reader());
    assert_eq!(found, handed_in[..found.len()]);
    assert!(acknowledged.unwrap_or(0) <= found.len() as u64, "{acknowledged:?} were acknowledged");
    LedgerKey::of(dir, &ledger.reader()).unwrap();
    assert_folds(&ledger.reader(), &["a"]);
    ledger.append(&churns(1_000, 1), at(1_000)).unwrap();
    drop(ledger);
    verify_on(dir, &options, &mut |_| {}).unwrap();
}

#[test]
fn a_creation_that_failed_left_no_ledger_and_can_be_tried_again() {
    let made = |disk: &MemoryDisk, secret| Ledger::create_on(Path::new(DIR), &LedgerKey::Here(key(secret)), &on(disk));
    let whole = MemoryDisk::default();
    made(&whole, 1).unwrap();
    let mut failed = 0;
    for after in 0..whole.ops().len() {
        let disk = MemoryDisk::default();
        disk.set_fault(Some(Fault { after, kind: ErrorKind::StorageFull, once: true, short: false }));
        if let Err(error) = made(&disk, 1) {
            failed += 1;
            assert_eq!(error.code(), Some("disk_full"), "{error:?} at {after}");
            let ledger = made(&disk, 2).unwrap_or_else(|error| panic!("{error:?} at {after}"));
            let kept = LedgerKey::of(Path::new(DIR), &ledger.reader()).unwrap();
            assert_eq!(kept.verifier(), key(2).verifier(), "the key of the first attempt is left");
        }
    }
    assert!(failed > 10, "only {failed} operations could fail");
}

#[test]
fn a_clock_that_goes_back_changes_no_order() {
    let (dir, mut ledger) = crate::testing::ledger();
    ledger.append(&churns(0, 2), at(1_000)).unwrap();
    ledger.append(&churns(2, 2), at(-5_000_000)).unwrap();
    let instants: Vec<_> = (0..4).map(|seq| ledger.reader().recorded_at(seq).unwrap()).collect();
    assert_eq!(instants, [at(1_000), at(1_001), at(1_002), at(1_003)]);
    drop(ledger);
    crate::verify(dir.path(), &mut |_| {}).unwrap();
}

#[test]
fn a_lock_that_a_dead_process_left_is_nobodys() {
    let (dir, ledger) = crate::testing::ledger();
    drop(ledger);
    std::fs::write(dir.path().join("lock"), "12345\n").unwrap();
    let (mut ledger, _) = Ledger::open(dir.path(), &mut |_| {}).unwrap();
    assert!(matches!(Ledger::open(dir.path(), &mut |_| {}), Err(crate::OpenError::Locked(_))), "two writers");
    ledger.append(&churns(0, 1), at(0)).unwrap();
}

#[test]
fn behind_a_symbolic_link_nothing_is_written() {
    use std::os::unix::fs::symlink;
    for name in ["log", "index", "head", "lock"] {
        let (dir, mut ledger) = crate::testing::ledger();
        ledger.append(&churns(0, 3), at(0)).unwrap();
        drop(ledger);
        let outside = tempfile::tempdir().unwrap();
        let (inside, moved) = (dir.path().join(name), outside.path().join(name));
        std::fs::rename(&inside, &moved).unwrap();
        symlink(&moved, &inside).unwrap();
        let opened = Ledger::open(dir.path(), &mut |_| {});
        assert!(matches!(opened, Err(crate::OpenError::Disk(_))), "{name}: {opened:?}");
        assert_eq!(Reader::open(dir.path()).unwrap().size(), 3, "reading does no harm");
    }
    let (dir, mut ledger) = crate::testing::ledger();
    let (outside, reader) = (tempfile::tempdir().unwrap(), ledger.reader());
    ledger.append(&churns(0, 1), at(0)).unwrap();
    symlink(outside.path(), dir.path().join("witnessed")).unwrap();
    let note = reader.checkpoint("example.com/ledger", 0).unwrap().sign(&key(1));
    LedgerDir::open(dir.path()).unwrap().keep_witnessed(&note).unwrap_err();
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}
