//! `verify` holds on a whole ledger and names the first broken thing of a damaged one.

use std::fs;
use std::path::Path;

use super::log_fold::{Verification, verify};
use crate::error::VerifyError;
use crate::log::error::OpenError;
use crate::store::testing::{ledger, lines, naive_root, options};

fn check(dir: &Path) -> Result<Verification, VerifyError> {
    verify(dir, &options(100_000), &mut |_| {})
}

#[test]
fn a_whole_ledger_verifies_with_its_root() {
    for groups in [&[][..], &[1], &[1023], &[1024], &[500, 600, 1, 1, 8_000, 70]] {
        let dir = tempfile::tempdir().unwrap();
        ledger(dir.path(), &options(100_000), groups, "text");
        let size = groups.iter().sum::<usize>() as u64;
        let verified = check(dir.path()).unwrap();
        assert_eq!((verified.size, verified.root), (size, naive_root(&lines(size, "text"))));
        assert_eq!(verified.runs, size / 8192 + size % 8192 / 1024);
    }
}

#[test]
fn what_is_missing_and_derived_is_no_fault() {
    let dir = tempfile::tempdir().unwrap();
    ledger(dir.path(), &options(100_000), &[2_500], "text");
    fs::remove_file(dir.path().join("head")).unwrap();
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    assert_eq!(check(dir.path()).unwrap().runs, 0);
}

#[test]
fn every_flipped_byte_of_a_run_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    ledger(dir.path(), &options(100_000), &[1_030], "text");
    let path = dir.path().join("index/run-00000000000000000000-0.idx");
    let bytes = fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(61).chain(0..256) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        fs::write(&path, &changed).unwrap();
        let found = check(dir.path());
        assert!(matches!(found, Err(VerifyError::Run { .. })), "byte {at}: {found:?}");
    }
}

#[test]
fn every_flipped_byte_of_the_log_or_head_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    ledger(dir.path(), &options(100_000), &[3, 4], "text");
    let log = dir.path().join("log/00000000000000000000.log");
    let bytes = fs::read(&log).unwrap();
    let used = bytes.iter().rposition(|&byte| byte != 0).unwrap() + 1;
    for at in 0..used {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        fs::write(&log, &changed).unwrap();
        let found = check(dir.path());
        let is_noticed = matches!(found, Err(VerifyError::Log(OpenError::Corrupt(_) | OpenError::Version { .. })));
        assert!(is_noticed, "byte {at}: {found:?}");
    }
    fs::write(&log, &bytes).unwrap();
    fs::write(dir.path().join("head"), [7; 128]).unwrap();
    assert!(matches!(check(dir.path()), Err(VerifyError::Head(_))));
}

#[test]
fn a_run_of_other_entries_is_noticed_even_when_its_checksums_are_right() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    ledger(one.path(), &options(100_000), &[1_030], "one");
    ledger(other.path(), &options(100_000), &[1_030], "two");
    let run = "index/run-00000000000000000000-0.idx";
    fs::copy(other.path().join(run), one.path().join(run)).unwrap();
    assert!(matches!(check(one.path()), Err(VerifyError::Run { section: "header", .. })));
}
