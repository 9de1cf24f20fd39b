//! Crashes and failing disks: after any of them, a prefix of whole groups that holds everything acknowledged (L5, L6).

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::Snapshot;
use super::options::Options;
use super::testing::{append, assert_answers, describe, stage};
use super::writer::Writer;
use crate::disk::Volume;
use crate::disk::memory::{Fault, MemoryDisk, Op, Survival};
use crate::log::error::{OpenError, WriteError};

const DIR: &str = "/ledger";

/// Long enough that a group of 700 entries takes several frames.
const TEXT: &str = "a text that is long enough for several frames in a group, and then some more";

fn on(disk: &MemoryDisk, segment_bytes: u64) -> Options {
    Options { segment_bytes, volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) }
}

/// Everything that a writer does: groups, a rollback, new segments, closing, opening again.
/// Returns the sizes at which groups ended, each with the number of operations before it was acknowledged.
fn history(disk: &MemoryDisk, options: &Options) -> Vec<(u64, usize)> {
    let mut acknowledged = Vec::new();
    let mut writer = Writer::create(Path::new(DIR), options).unwrap();
    acknowledged.push((0, disk.ops().len()));
    for round in 0..3 {
        for group in [1, 5, 30, 1, 700] {
            append(&mut writer, &[group], TEXT);
            acknowledged.push((writer.size(), disk.ops().len()));
            if group == 30 {
                for _ in 0..(400 * round) {
                    stage(&mut writer, "a longer text that is taken back").unwrap();
                }
                writer.rollback().unwrap();
            }
        }
        drop(writer);
        writer = Writer::open(Path::new(DIR), options, &mut |_| {}).unwrap().0;
    }
    acknowledged
}

fn assert_recovers(disk: &MemoryDisk, options: &Options, acknowledged: &[(u64, usize)], done: usize) {
    let before = acknowledged.iter().rev().find(|(_, ops)| *ops <= done);
    let read = Snapshot::open(Path::new(DIR), options);
    match Writer::open(Path::new(DIR), options, &mut |_| {}) {
        Ok((writer, _)) => {
            drop(writer);
            let (mut writer, again) = Writer::open(Path::new(DIR), options, &mut |_| {}).unwrap();
            assert_eq!(again.cut_bytes, 0, "a part of the torn tail was left");
            let size = writer.size();
            assert_eq!(read.unwrap().size(), size);
            assert!(acknowledged.iter().any(|(end, _)| *end == size), "half a group: {size}");
            assert!(before.is_none_or(|(end, _)| *end <= size), "{before:?} was acknowledged, {size} are there");
            assert_prefix(&writer.snapshot(), size);
            append(&mut writer, &[2], TEXT);
            drop(writer);
            assert_prefix(&Snapshot::open(Path::new(DIR), options).unwrap(), size + 2);
        }
        Err(OpenError::NoLedger(_)) => {
            assert!(before.is_none() && read.is_err(), "the ledger is gone");
        }
        Err(other) => panic!("{other:?} after {done} operations: {:?}", disk.ops().len()),
    }
}

fn assert_prefix(snapshot: &Snapshot, size: u64) {
    assert_eq!(snapshot.size(), size);
    let mut next = 0;
    let scanned = snapshot.scan(0, size, &mut |seq, line| {
        assert_eq!(line, super::testing::line(seq, TEXT).as_bytes());
        next = seq + 1;
        std::ops::ControlFlow::Continue(())
    });
    scanned.unwrap();
    assert_eq!(next, size);
    let expected: Vec<u64> = (0..size).filter(|&seq| super::testing::partner(seq) == "p3").collect();
    assert_eq!(snapshot.postings("p3", size).unwrap(), expected);
}

#[test]
fn a_killed_writer_leaves_whole_groups_with_everything_acknowledged() {
    let disk = MemoryDisk::default();
    let acknowledged = history(&disk, &on(&disk, 2_500));
    let ops = disk.ops();
    for done in 0..=ops.len() {
        // The last operation may be half done.
        for last in [Survival::Whole, Survival::Half] {
            let mut left = done;
            let mut survives = || {
                left = left.saturating_sub(1);
                if left == 0 { last } else { Survival::Whole }
            };
            let crashed = MemoryDisk::after_crash(&as_killed(&ops[..done]), &mut survives);
            let complete = if last == Survival::Whole { done } else { done.saturating_sub(1) };
            assert_recovers(&crashed, &on(&crashed, 2_500), &acknowledged, complete);
        }
    }
}

/// Without syncs, so that every operation asks whether it survives.
fn as_killed(ops: &[Op]) -> Vec<Op> {
    let kept = ops.iter().filter(|op| !matches!(op, Op::Sync(_) | Op::SyncDir(_) | Op::CreateDir(_)));
    let dirs = ["/ledger/log", "/ledger/index"].map(|dir| Op::CreateDir(dir.into()));
    if ops.is_empty() { Vec::new() } else { dirs.into_iter().chain(kept.cloned()).collect() }
}

#[test]
fn a_power_cut_leaves_whole_groups_with_everything_acknowledged() {
    let disk = MemoryDisk::default();
    let acknowledged = history(&disk, &on(&disk, 2_500));
    let ops = disk.ops();
    let mut numbers = fastrand::Rng::with_seed(0x5EED);
    for done in 0..=ops.len() {
        for chance in [0, 30, 50, 50, 70, 90] {
            let mut survives = || match numbers.u64(..100) {
                number if number < chance => Survival::Whole,
                number if number % 3 == 0 => Survival::Half,
                _ => Survival::Nothing,
            };
            let crashed = MemoryDisk::after_crash(&ops[..done], &mut survives);
            assert_recovers(&crashed, &on(&crashed, 2_500), &acknowledged, done);
        }
    }
}

#[test]
fn a_failed_write_or_sync_poisons_until_opened_again() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::Other] {
        for after in 0..12 {
            let disk = MemoryDisk::default();
            let options = on(&disk, 3_000);
            let mut writer = Writer::create(Path::new(DIR), &options).unwrap();
            append(&mut writer, &[20, 20], TEXT);
            disk.set_fault(Some(Fault { after, kind, once: true, short: after % 2 == 1 }));
            let mut failed = None;
            for _ in 0..6 {
                failed = stage(&mut writer, TEXT).and_then(|()| writer.commit()).err();
                if failed.is_some() {
                    break;
                }
            }
            disk.set_fault(None);
            let size = writer.committed_size();
            let Some(failed) = failed else {
                // The fault met `head`, zeros ahead or a run. The log works without them.
                assert_prefix(&writer.snapshot(), size);
                continue;
            };
            let WriteError::Disk(failed) = failed else { panic!("{failed:?}") };
            assert_eq!(failed.code() == Some("disk_full"), kind == io::ErrorKind::StorageFull);
            assert!(matches!(stage(&mut writer, TEXT), Err(WriteError::Poisoned)));
            assert!(matches!(writer.commit(), Err(WriteError::Poisoned)));
            assert!(matches!(writer.rollback(), Err(WriteError::Poisoned)));
            assert_prefix(&writer.snapshot(), size);
            drop(writer);
            let (mut writer, _) = Writer::open(Path::new(DIR), &options, &mut |_| {}).unwrap();
            assert!(writer.size() == size || writer.size() == size + 1);
            append(&mut writer, &[1], TEXT);
            assert_prefix(&writer.snapshot(), writer.size());
        }
    }
}

#[test]
fn what_a_failed_sync_left_in_memory_only_is_durable_once_it_is_shown() {
    let disk = MemoryDisk::default();
    let options = on(&disk, 1 << 20);
    let mut writer = Writer::create(Path::new(DIR), &options).unwrap();
    append(&mut writer, &[20], TEXT);
    stage(&mut writer, TEXT).unwrap();
    // The frame is written, its sync fails, and no later sync makes it durable.
    disk.set_fault(Some(Fault { after: 1, kind: io::ErrorKind::Other, once: true, short: false }));
    writer.commit().unwrap_err();
    drop(writer);
    let (mut writer, _) = Writer::open(Path::new(DIR), &options, &mut |_| {}).unwrap();
    let size = writer.size();
    append(&mut writer, &[1], TEXT);
    let crashed = MemoryDisk::after_crash(&disk.ops(), &mut || Survival::Nothing);
    assert_prefix(&Snapshot::open(Path::new(DIR), &on(&crashed, 1 << 20)).unwrap(), size + 1);
}

#[test]
fn without_an_index_directory_that_can_be_written_the_answers_are_the_same() {
    let disk = MemoryDisk::default();
    let options = on(&disk, 1 << 20);
    let mut writer = Writer::create(Path::new(DIR), &options).unwrap();
    append(&mut writer, &[1_000], TEXT);
    for _ in 0..24 {
        stage(&mut writer, TEXT).unwrap();
    }
    // A frame and a sync, then nothing: neither `head` nor the run is written.
    disk.set_fault(Some(Fault { after: 2, kind: io::ErrorKind::StorageFull, once: false, short: false }));
    writer.commit().unwrap();
    disk.set_fault(None);
    append(&mut writer, &[100], TEXT);
    assert_answers(&writer.snapshot(), 1_124, TEXT);
    drop(writer);
    let (writer, recovery) = Writer::open(Path::new(DIR), &options, &mut |_| {}).unwrap();
    assert_eq!(recovery.indexed_entries, 1_024);
    assert_answers(&writer.snapshot(), 1_124, TEXT);
}
