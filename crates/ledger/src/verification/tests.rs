use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{check_ids, verify};
use crate::error::{ErrorKind, OpenError, VerifyError};
use crate::ledger_dir::LedgerDir;
use crate::prefix::describe;
use crate::reader::Reader;
use crate::salvage::Salvage;
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
        ("customer\":", "Gone\":"),
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

/// A ledger of some lines of which one says what only a later version knows, with frames and hashes that hold.
fn ledger_of_a_later_version(count: u128, seq: usize, from: &str, to: &str) -> TempDir {
    let (_dir, mut ledger) = ledger();
    let events: Vec<_> = (0..count).map(|number| churn(number, "a")).collect();
    ledger.append(&events, at(0)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path(), &Options::new(describe)).unwrap();
    for (nth, line) in lines(&ledger.reader()).iter().enumerate() {
        let described = describe(line.as_bytes()).unwrap();
        let later = line.replacen(from, to, usize::from(nth == seq));
        assert_eq!(later != *line, nth == seq);
        writer.stage(later.as_bytes(), described.partner, described.keys(), described.recorded_at).unwrap();
    }
    writer.commit().unwrap();
    dir
}

#[test]
fn an_entry_of_a_later_version_is_no_damage() {
    let version = env!("CARGO_PKG_VERSION");
    let of_type = ("\"customer_churned\"", "\"customer_gone\"", "is of the type customer_gone", "unknown_type");
    let of_field = ("\"customer\":", "\"mood\":\"x\",\"customer\":", "has the field mood", "unknown_field");
    for (from, to, what, code) in [of_type, of_field] {
        // In memory, and in a run of the index.
        for count in [50, 1_500] {
            let dir = ledger_of_a_later_version(count, 5, from, to);
            let said = format!("entry 5 {what}, which pcs {version} does not know: a later version wrote it");
            let error = broken(dir.path());
            assert_eq!(error.kind(), ErrorKind::Later(code), "{error:?}");
            let VerifyError::Log(OpenError::Later(later)) = error else { panic!("{error:?}") };
            assert_eq!((later.seq, later.to_string()), (5, said.clone()));
            match Reader::open(dir.path()) {
                Ok(reader) => {
                    assert_eq!(reader.line(5).unwrap().matches(to).count(), 1, "its bytes are read all the same");
                    for error in [reader.entry(5).unwrap_err(), reader.entries("a", 50).unwrap_err()] {
                        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Later(code), said.clone()));
                    }
                }
                Err(error) => assert_eq!((error.kind(), error.to_string()), (ErrorKind::Later(code), said.clone())),
            }
            let home = LedgerDir::open(dir.path()).unwrap();
            let salvage = Salvage::of(&home, 0).unwrap();
            let lost: Vec<_> = salvage.losses().iter().map(|loss| (loss.first_seq, loss.reason.clone())).collect();
            assert_eq!((salvage.size(), lost), (5, vec![(5, Some(said))]), "what is left out is said, and why");
        }
    }
}

#[test]
fn a_line_that_no_version_writes_is_damage_all_the_same() {
    for (from, to) in [
        ("\"customer_churned\"", "\"Customer Gone\""),
        ("\"customer_churned\"", "\"\""),
        ("\"customer\":", "\"Mood of \":\"x\",\"customer\":"),
    ] {
        let dir = ledger_of_a_later_version(50, 5, from, to);
        assert_eq!(broken(dir.path()).kind(), ErrorKind::Corrupt, "{to}");
    }
}
