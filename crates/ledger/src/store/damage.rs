//! Damage: what a torn tail is, what is corrupt, and that nothing derived matters.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::Snapshot;
use super::testing::{append, assert_answers, ledger, line, options, stage};
use super::writer::Writer;
use crate::log::error::OpenError;

/// The groups of the small ledger of these tests.
const GROUPS: [usize; 5] = [1, 3, 2, 1, 4];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Removes the zeros of pre-allocation, so that every byte counts.
fn trim(log: &Path) {
    let path = files(log).pop().unwrap();
    let bytes = fs::read(&path).unwrap();
    let len = bytes.iter().rposition(|&byte| byte != 0).unwrap() + 1;
    fs::write(&path, &bytes[..len]).unwrap();
}

/// The lines of a whole ledger, or `None` when it is found corrupt on opening or on the way.
fn read_all(dir: &Path) -> Option<Vec<Vec<u8>>> {
    let snapshot = match Snapshot::open(dir, &options(1 << 20)) {
        Ok(snapshot) => snapshot,
        Err(OpenError::Corrupt(_) | OpenError::Version { .. } | OpenError::NoLedger(_)) => {
            return None;
        }
        Err(other) => panic!("{other:?}"),
    };
    let mut lines = Vec::new();
    let scanned = snapshot.scan(0, snapshot.size(), &mut |_, line| {
        lines.push(line.to_vec());
        ControlFlow::Continue(())
    });
    scanned.ok().map(|()| lines)
}

/// The lines after a writer has opened the ledger, mended it, and appended an entry.
fn mend_and_append(dir: &Path) -> Option<Vec<Vec<u8>>> {
    match Writer::open(dir, &options(1 << 20), &mut |_| {}) {
        Ok((mut writer, _)) => {
            stage(&mut writer, "appended").unwrap();
            writer.commit().unwrap();
        }
        Err(OpenError::Corrupt(_) | OpenError::Version { .. } | OpenError::NoLedger(_)) => {
            return None;
        }
        Err(other) => panic!("{other:?}"),
    }
    Some(read_all(dir).expect("a ledger that opened for writing is read whole"))
}

fn expected(size: usize) -> Vec<Vec<u8>> {
    (0..size as u64).map(|seq| line(seq, "text").into_bytes()).collect()
}

fn boundaries() -> Vec<usize> {
    GROUPS
        .iter()
        .scan(0, |size, group| {
            *size += group;
            Some(*size)
        })
        .chain([0])
        .collect()
}

#[test]
fn a_log_cut_at_any_byte_is_a_prefix_of_groups_or_corrupt() {
    let whole = tempfile::tempdir().unwrap();
    for segment_bytes in [400, 1 << 20] {
        let dir = whole.path().join(segment_bytes.to_string());
        ledger(&dir, &options(segment_bytes), &GROUPS, "text");
        trim(&dir.join("log"));
        let last = files(&dir.join("log")).pop().unwrap();
        let bytes = fs::read(&last).unwrap();
        for keep_head in [true, false] {
            for len in 0..bytes.len() {
                let cut = tempfile::tempdir().unwrap();
                copy(&dir, cut.path());
                fs::write(cut.path().join("log").join(last.file_name().unwrap()), &bytes[..len]).unwrap();
                if !keep_head {
                    fs::remove_file(cut.path().join("head")).unwrap();
                }
                let read = read_all(cut.path());
                if keep_head {
                    assert_eq!(read, None, "acknowledged entries are missing, cut at {len}");
                } else if let Some(read) = &read {
                    assert!(boundaries().contains(&read.len()), "half a group, cut at {len}");
                    assert_eq!(*read, expected(read.len()));
                }
                let mended = mend_and_append(cut.path());
                assert_eq!(mended.map(|lines| lines.len()), read.map(|lines| lines.len() + 1), "cut at {len}");
            }
        }
    }
}

#[test]
fn a_flipped_byte_changes_no_answer_unnoticed() {
    let whole = tempfile::tempdir().unwrap();
    for segment_bytes in [400, 1 << 20] {
        let dir = whole.path().join(segment_bytes.to_string());
        ledger(&dir, &options(segment_bytes), &GROUPS, "text");
        trim(&dir.join("log"));
        let total = GROUPS.iter().sum();
        for path in files(&dir.join("log")).into_iter().chain([dir.join("head"), dir.join("lock")]) {
            let bytes = fs::read(&path).unwrap();
            for at in 0..bytes.len() {
                for flip in [0x01, 0xFF] {
                    let mut changed = bytes.clone();
                    changed[at] ^= flip;
                    fs::write(&path, &changed).unwrap();
                    if let Some(read) = read_all(&dir) {
                        assert_eq!(read, expected(total), "{} at {at}", path.display());
                    }
                }
            }
            fs::write(&path, &bytes).unwrap();
        }
    }
}

#[test]
fn a_flipped_byte_without_a_witness_loses_at_most_the_last_group() {
    let dir = tempfile::tempdir().unwrap();
    ledger(dir.path(), &options(1 << 20), &GROUPS, "text");
    trim(&dir.path().join("log"));
    fs::remove_file(dir.path().join("head")).unwrap();
    let path = files(&dir.path().join("log")).pop().unwrap();
    let bytes = fs::read(&path).unwrap();
    let (last, total) = (GROUPS[GROUPS.len() - 1], GROUPS.iter().sum::<usize>());
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        fs::write(&path, &changed).unwrap();
        if let Some(read) = read_all(dir.path()) {
            assert_eq!(read, expected(total - last), "at {at}");
        }
    }
}

#[test]
fn staged_frames_without_a_commit_vanish() {
    for (segment_bytes, staged) in [(1 << 20, 2_000), (5_000, 3_000), (1 << 20, 10_000)] {
        let dir = tempfile::tempdir().unwrap();
        let options = options(segment_bytes);
        let mut writer = Writer::create(dir.path(), &options).unwrap();
        append(&mut writer, &[2_000, 50], "text");
        for _ in 0..staged {
            stage(&mut writer, "text").unwrap();
        }
        // As a killed process leaves it.
        let killed = tempfile::tempdir().unwrap();
        copy(dir.path(), killed.path());
        for is_head_kept in [true, false] {
            if !is_head_kept {
                fs::remove_file(killed.path().join("head")).unwrap();
            }
            assert_answers(&Snapshot::open(killed.path(), &options).unwrap(), 2_050, "text");
        }
        let (mut writer, recovery) = Writer::open(killed.path(), &options, &mut |_| {}).unwrap();
        assert!(recovery.cut_bytes > 0 && recovery.head_made);
        assert!(recovery.cut_entries > 0 && recovery.cut_entries <= staged);
        assert_answers(&writer.snapshot(), 2_050, "text");
        append(&mut writer, &[3], "text");
        drop(writer);
        assert_answers(&Snapshot::open(killed.path(), &options).unwrap(), 2_053, "text");
        let (_, recovery) = Writer::open(killed.path(), &options, &mut |_| {}).unwrap();
        assert_eq!((recovery.cut_bytes, recovery.indexed_entries), (0, 0));
    }
}

#[test]
fn deleting_or_damaging_what_is_derived_changes_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(100_000);
    let size = 8_192 + 1_024 + 100;
    ledger(dir.path(), &options, &[size], "text");
    let runs = files(&dir.path().join("index"));
    assert_eq!(runs.len(), 2);
    for run in &runs {
        let bytes = fs::read(run).unwrap();
        // Whole sections become unreadable one after the other; then the file is cut, then empty, then gone.
        for at in (0..bytes.len()).step_by(bytes.len() / 7).chain([0, 100, bytes.len() - 1]) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x04;
            fs::write(run, &changed).unwrap();
            assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), size as u64, "text");
        }
        fs::write(run, &bytes[..bytes.len() / 2]).unwrap();
        assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), size as u64, "text");
        fs::write(run, b"").unwrap();
        assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), size as u64, "text");
        fs::remove_file(run).unwrap();
        assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), size as u64, "text");
        fs::write(run, &bytes).unwrap();
    }
    let before: Vec<Vec<u8>> = runs.iter().map(|run| fs::read(run).unwrap()).collect();
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    fs::remove_file(dir.path().join("head")).unwrap();
    assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), size as u64, "text");
    let mut told = 0;
    let (writer, recovery) = Writer::open(dir.path(), &options, &mut |_| told += 1).unwrap();
    assert_answers(&writer.snapshot(), size as u64, "text");
    assert_eq!((recovery.indexed_entries, recovery.head_made, told), (9_216, true, 9));
    let after: Vec<Vec<u8>> = runs.iter().map(|run| fs::read(run).unwrap()).collect();
    assert!(before == after, "an index made again has the bytes that it had");
}

#[test]
fn the_runs_of_another_ledger_are_not_believed() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = options(100_000);
    ledger(one.path(), &options, &[1_100], "one");
    ledger(other.path(), &options, &[1_100], "two");
    fs::remove_dir_all(one.path().join("index")).unwrap();
    copy(&other.path().join("index"), &one.path().join("index"));
    assert_answers(&Snapshot::open(one.path(), &options).unwrap(), 1_100, "one");
    let (writer, recovery) = Writer::open(one.path(), &options, &mut |_| {}).unwrap();
    assert_eq!(recovery.indexed_entries, 1_024);
    assert_answers(&writer.snapshot(), 1_100, "one");
}

#[test]
fn a_head_that_is_behind_is_brought_up_and_one_that_is_ahead_is_corrupt() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(100_000);
    let mut writer = Writer::create(dir.path(), &options).unwrap();
    append(&mut writer, &[5], "text");
    let behind = fs::read(dir.path().join("head")).unwrap();
    append(&mut writer, &[5], "text");
    let log = files(&dir.path().join("log")).pop().unwrap();
    let bytes = fs::read(&log).unwrap();
    append(&mut writer, &[5], "text");
    drop(writer);
    let ahead = fs::read(dir.path().join("head")).unwrap();
    fs::write(dir.path().join("head"), &behind).unwrap();
    assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), 15, "text");
    let (writer, recovery) = Writer::open(dir.path(), &options, &mut |_| {}).unwrap();
    assert!(!recovery.head_made);
    drop(writer);
    fs::write(dir.path().join("head"), &ahead).unwrap();
    fs::write(&log, &bytes).unwrap();
    for opened in
        [Snapshot::open(dir.path(), &options).map(drop), Writer::open(dir.path(), &options, &mut |_| {}).map(drop)]
    {
        let Err(OpenError::Corrupt(corrupt)) = opened else { panic!("a shorter log was not noticed") };
        assert_eq!(corrupt.seq, 10);
    }
}

#[test]
fn damage_in_the_middle_names_its_place_and_is_never_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(1_000);
    ledger(dir.path(), &options, &[1; 60], "text");
    let logs = files(&dir.path().join("log"));
    let path = &logs[logs.len() / 2];
    let bytes = fs::read(path).unwrap();
    let mut changed = bytes.clone();
    changed[200] ^= 0x40;
    for without_head in [false, true] {
        if without_head {
            fs::remove_file(dir.path().join("head")).unwrap();
        }
        for damaged in [Some(&changed[..]), Some(&bytes[..150]), Some(&[]), None] {
            match damaged {
                Some(damaged) => fs::write(path, damaged).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
            let opened = Writer::open(dir.path(), &options, &mut |_| {}).map(drop);
            let Err(OpenError::Corrupt(corrupt)) = opened else { panic!("not noticed: {opened:?}") };
            assert!(corrupt.seq >= 20 && corrupt.seq < 40, "{corrupt}");
            assert!(Snapshot::open(dir.path(), &options).is_err());
            assert_eq!(files(&dir.path().join("log")).len(), logs.len() - usize::from(damaged.is_none()));
        }
        fs::write(path, &bytes).unwrap();
    }
    assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), 60, "text");
}
