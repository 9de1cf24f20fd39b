//! Laws: whatever the groups, segments and runs, the answers are those of the entries.

use std::fs;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Snapshot;
use super::testing::{append, assert_answers, ledger, naive_root, options, stage};
use super::writer::Writer;
use crate::log::error::OpenError;
use crate::log::frame::{FrameHeader, HEADER_LEN};
use crate::log::lines;
use crate::log::pending::{Packer, PendingLines};
use crate::log::reader::LogReader;
use crate::log::segment::Place;

#[test]
fn any_split_into_groups_gives_the_same_answers() {
    let splits: [&[usize]; 6] = [&[1; 40], &[40], &[7, 33], &[1, 2, 3, 4, 5, 6, 7, 8, 4], &[39, 1], &[20, 20]];
    for groups in splits {
        for segment_bytes in [600, 64 << 10] {
            let dir = tempfile::tempdir().unwrap();
            let options = options(segment_bytes);
            ledger(dir.path(), &options, groups, "text");
            assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), 40, "text");
            let (writer, recovery) = Writer::open(dir.path(), &options, &mut |_| {}).unwrap();
            assert_eq!((recovery.cut_bytes, recovery.cut_entries, recovery.head_made), (0, 0, false));
            assert_answers(&writer.snapshot(), 40, "text");
        }
    }
}

#[test]
fn runs_are_made_and_merged_without_changing_an_answer() {
    let options = options(100_000);
    for groups in [vec![9_500], vec![950; 10], vec![1024; 9], vec![1; 1100]] {
        let size = groups.iter().sum::<usize>() as u64;
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path(), &options).unwrap();
        append(&mut writer, &groups, "text");
        assert_answers(&writer.snapshot(), size, "text");
        assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), size, "text");
        drop(writer);
        assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), size, "text");
        let runs = fs::read_dir(dir.path().join("index")).unwrap().count();
        assert_eq!(runs as u64, size / 8192 + size % 8192 / 1024);
    }
}

#[test]
fn the_root_of_every_size_is_that_of_rfc_6962() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(20_000);
    ledger(dir.path(), &options, &[300, 1, 1000, 13], "");
    let snapshot = Snapshot::open(dir.path(), &options).unwrap();
    let lines = super::testing::lines(1314, "");
    for size in 0..=lines.len() {
        assert_eq!(snapshot.root(size as u64).unwrap().0, naive_root(&lines[..size]), "root of {size}");
    }
}

#[test]
fn a_rollback_leaves_the_bytes_as_before() {
    for segment_bytes in [3_000, 1 << 20] {
        for staged in [1, 5, 50, 3_000] {
            let dir = tempfile::tempdir().unwrap();
            let options = options(segment_bytes);
            let mut writer = Writer::create(dir.path(), &options).unwrap();
            append(&mut writer, &[20, 1030, 3], "text");
            let before = bytes_in(&dir.path().join("log"));
            for _ in 0..staged {
                stage(&mut writer, "to be taken back").unwrap();
            }
            writer.rollback().unwrap();
            assert_eq!(bytes_in(&dir.path().join("log")), before);
            assert_answers(&writer.snapshot(), 1053, "text");
            append(&mut writer, &[2_000], "text");
            drop(writer);
            assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), 3053, "text");
        }
    }
}

#[test]
fn staged_entries_are_read_and_found_by_the_writer_only() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(50_000);
    let mut writer = Writer::create(dir.path(), &options).unwrap();
    append(&mut writer, &[10], "text");
    for staged in 10..2_100 {
        stage(&mut writer, "text").unwrap();
        assert_eq!(writer.read(staged).unwrap(), super::testing::line(staged, "text").as_bytes());
        assert!(writer.find(super::testing::key(staged)).unwrap().contains(&staged));
        assert_eq!(writer.snapshot().size(), 10);
        if staged < 20 {
            assert!(writer.snapshot().find(super::testing::key(staged)).unwrap().is_empty(), "{staged} is staged");
        }
    }
    assert_answers(&writer.snapshot(), 10, "text");
    assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), 10, "text");
    let held = writer.snapshot();
    writer.commit().unwrap();
    assert_answers(&held, 10, "text");
    assert_answers(&writer.snapshot(), 2_100, "text");
    assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), 2_100, "text");
}

#[test]
fn a_large_group_has_the_frames_that_one_packer_makes_of_its_lines() {
    for (segment_bytes, count) in [(1 << 20, 2_500), (20_000, 2_500), (1 << 20, 5_000)] {
        let dir = tempfile::tempdir().unwrap();
        let options = options(segment_bytes);
        let text = "text ".repeat(60);
        ledger(dir.path(), &options, &[20, count, 1_030], &text);
        let log = LogReader::open(&options.volume, dir.path()).unwrap();
        let mut reference = Packer::new();
        let mut frames = 0;
        let size = count as u64 + 1_050;
        let walked = log.walk(Place::first_in(0), 0, size, &mut |header, place, payload| {
            let mut pending = PendingLines::new(header.first_seq, header.group_first_seq);
            for (seq, line) in lines::decode(header, place, payload).unwrap().iter() {
                pending.push(line, super::testing::recorded_at(seq));
            }
            let packed = reference.pack(&pending, header.commit).unwrap();
            assert_eq!(FrameHeader { crc: header.crc, ..packed.header }, *header);
            assert_eq!(packed.bytes.get(HEADER_LEN..).unwrap(), payload);
            frames += 1;
            Ok(ControlFlow::Continue(()))
        });
        walked.unwrap();
        assert!(frames > 20, "{frames}");
        assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), size, &text);
    }
}

#[test]
fn a_rollback_keeps_the_runs_of_what_was_committed() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(100_000);
    let mut writer = Writer::create(dir.path(), &options).unwrap();
    append(&mut writer, &[1_024], "text");
    for _ in 0..1_100 {
        stage(&mut writer, "text").unwrap();
    }
    writer.rollback().unwrap();
    drop(writer);
    let (writer, recovery) = Writer::open(dir.path(), &options, &mut |_| {}).unwrap();
    assert_eq!((writer.size(), recovery.indexed_entries), (1_024, 0));
}

#[test]
fn creating_never_overwrites_and_opening_never_creates() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(50_000);
    let nothing = Writer::open(dir.path(), &options, &mut |_| {});
    assert!(matches!(nothing, Err(OpenError::NoLedger(_))));
    assert!(matches!(Snapshot::open(dir.path(), &options), Err(OpenError::NoLedger(_))));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let writer = Writer::create(dir.path(), &options).unwrap();
    assert!(matches!(Writer::create(dir.path(), &options), Err(OpenError::Exists(_))));
    assert!(matches!(Writer::open(dir.path(), &options, &mut |_| {}), Err(OpenError::Locked(_))));
    drop(writer);
    assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), 0, "");
}

#[test]
fn a_scan_stops_when_told_and_refuses_what_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(2_000);
    ledger(dir.path(), &options, &[100], "text");
    let snapshot = Snapshot::open(dir.path(), &options).unwrap();
    let mut seen = Vec::new();
    let mut stop_at_50 = |seq, _: &[u8]| {
        seen.push(seq);
        if seq == 50 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    snapshot.scan(40, 100, &mut stop_at_50).unwrap();
    assert_eq!(seen, (40..=50).collect::<Vec<_>>());
    assert!(snapshot.scan(0, 101, &mut |_, _| ControlFlow::Continue(())).is_err());
}

fn bytes_in(dir: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_reader_sees_whole_acknowledged_groups_while_a_writer_stages() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(20_000);
    let mut writer = Writer::create(dir.path(), &options).unwrap();
    let acknowledged = AtomicU64::new(0);
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..60 {
                append(&mut writer, &[1, 150], "text");
                acknowledged.store(writer.committed_size(), Ordering::SeqCst);
                for _ in 0..(round * 10) {
                    stage(&mut writer, "text to be taken back").unwrap();
                }
                writer.rollback().unwrap();
            }
            is_done.store(true, Ordering::SeqCst);
        });
        while !is_done.load(Ordering::SeqCst) {
            let before = acknowledged.load(Ordering::SeqCst);
            let snapshot = Snapshot::open(dir.path(), &options).unwrap();
            let size = snapshot.size();
            assert!(size >= before && [0, 1].contains(&(size % 151)), "{size} of {before}");
            let mut next = 0;
            let scanned = snapshot.scan(0, size, &mut |seq, bytes| {
                assert_eq!(bytes, super::testing::line(seq, "text").as_bytes());
                next = seq + 1;
                ControlFlow::Continue(())
            });
            scanned.unwrap();
            assert_eq!(next, size);
            let part = snapshot.root(size / 2).unwrap().0;
            assert_eq!(part, naive_root(&super::testing::lines(size / 2, "text")));
        }
    });
    assert_answers(&Snapshot::open(dir.path(), &options).unwrap(), 60 * 151, "text");
}
