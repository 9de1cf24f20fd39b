use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{check_ids, verify};
use crate::error::VerifyError;
use crate::prefix::describe;
use crate::reader::Reader;
use crate::store::Writer;
use crate::store::options::{Options, Phase};
use crate::testing::{at, churn, ledger, lines};

/// A ledger of lines that nobody judged.
fn ledger_of(lines: &[String]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path(), &Options::new(describe)).unwrap();
    for line in lines {
        let described = describe(line.as_bytes()).unwrap();
        writer.stage(line.as_bytes(), described.partner, described.keys(), described.recorded_at).unwrap();
    }
    writer.commit().unwrap();
    dir
}

fn exported() -> Vec<String> {
    let (_dir, mut ledger) = ledger();
    let events: Vec<_> = (0..50).map(|number| churn(number, "a")).collect();
    ledger.append(&events, at(0)).unwrap();
    lines(&ledger.reader())
}

fn broken(dir: &Path) -> VerifyError {
    verify(dir, &mut |_| {}).unwrap_err()
}

#[test]
fn what_was_appended_holds() {
    let (dir, mut ledger) = ledger();
    assert_eq!(verify(dir.path(), &mut |_| {}).unwrap().size, 0);
    let events: Vec<_> = (0..3_000).map(|number| churn(number, "a")).collect();
    ledger.append(&events, at(0)).unwrap();
    let mut phases = Vec::new();
    let verified = verify(dir.path(), &mut |progress| phases.push(progress.phase)).unwrap();
    assert_eq!((verified.size, verified.root), (3_000, ledger.reader().root(3_000).unwrap()));
    phases.dedup();
    assert_eq!(phases, [Phase::VerifyingLog, Phase::VerifyingIndex, Phase::VerifyingEntries]);
}

#[test]
fn an_id_that_occurs_twice_is_named() {
    let mut lines = exported();
    lines[40] = lines[40].replace("000000000028\"", "000000000007\"");
    let dir = ledger_of(&lines);
    assert!(matches!(broken(dir.path()), VerifyError::IdTwice { first: 7, second: 40, .. }));
    // However small the parts are in which the fingerprints are compared.
    let reader = Reader::open(dir.path()).unwrap();
    for at_a_time in [1, 7, 50] {
        assert!(matches!(check_ids(&reader, 50, at_a_time), Err(VerifyError::IdTwice { first: 7, second: 40, .. })));
        assert!(check_ids(&Reader::open(ledger_of(&exported()).path()).unwrap(), 50, at_a_time).is_ok());
    }
}

#[test]
fn a_line_that_is_not_canonical_is_named() {
    let rows = [
        ("\"a\",\"effective_at\"", "\"a\", \"effective_at\""),
        ("customer\":", "gone\":"),
        ("00:00:00.000000Z\",\"customer", "00:00:00Z\",\"customer"),
    ];
    for (from, to) in rows {
        let mut lines = exported();
        lines[9] = lines[9].replacen(from, to, 1);
        let broken = broken(ledger_of(&lines).path());
        assert!(matches!(broken, VerifyError::Entry { seq: 9, .. }), "{to}: {broken}");
        assert_eq!(broken.code(), Some("corrupt"));
    }
}

#[test]
fn a_changed_byte_of_the_log_is_corrupt_for_everyone() {
    let (dir, mut ledger) = ledger();
    let events: Vec<_> = (0..100).map(|number| churn(number, "a")).collect();
    ledger.append(&events, at(0)).unwrap();
    ledger.append(&[churn(100, "a")], at(0)).unwrap();
    drop(ledger);
    let segment = dir.path().join("log/00000000000000000000.log");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[200] ^= 1;
    fs::write(&segment, bytes).unwrap();
    assert_eq!(broken(dir.path()).code(), Some("corrupt"));
    assert_eq!(Reader::open(dir.path()).unwrap_err().code(), Some("corrupt"));
    assert_eq!(crate::Ledger::open(dir.path(), &mut |_| {}).unwrap_err().code(), Some("corrupt"));
}
