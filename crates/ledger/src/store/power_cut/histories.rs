//! The histories of a store: groups, segments, rollbacks, runs of the index, an index made again.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::History;
use crate::disk::Volume;
use crate::disk::memory::MemoryDisk;
use crate::error::VerifyError;
use crate::log::error::OpenError;
use crate::store::Snapshot;
use crate::store::options::Options;
use crate::store::testing::{append, describe, line, naive_root, partner, stage};
use crate::store::writer::Writer;
use crate::verification::verify_store;

/// Not below the root, so that the directory above may vanish too.
const DIR: &str = "/above/ledger";

/// Entries of some bytes, so that a frame crosses sectors.
const TEXT: &str = "a text of some length, so that the frame of a few entries crosses the border of a sector";

fn on(disk: &MemoryDisk, segment_bytes: u64) -> Options {
    Options { segment_bytes, volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) }
}

fn open(options: &Options) -> Writer {
    Writer::open(Path::new(DIR), options, &mut |_| {}).unwrap().0
}

/// Runs a history, and cuts the power everywhere in it.
fn cut(name: &str, segment_bytes: u64, run: impl FnOnce(&MemoryDisk, &Options, &mut dyn FnMut(u64))) {
    let disk = MemoryDisk::default();
    let mut acknowledged = Vec::new();
    let options = on(&disk, segment_bytes);
    run(&disk, &options, &mut |size| acknowledged.push((disk.ops().len(), size)));
    let ends: Vec<u64> = acknowledged.iter().map(|&(_, size)| size).collect();
    let mend = |disk: &MemoryDisk| drop(Writer::open(Path::new(DIR), &on(disk, segment_bytes), &mut |_| {}));
    let check = |disk: &MemoryDisk, least: Option<u64>| assert_survived(disk, segment_bytes, &ends, least);
    History { name, ops: disk.ops(), acknowledged, mend: &mend, check: &check }.cut_everywhere();
}

/// Checks L1 to L8 of what a power cut left: `ends` are the sizes at which groups ended.
fn assert_survived(disk: &MemoryDisk, segment_bytes: u64, ends: &[u64], least: Option<u64>) {
    let (dir, options) = (Path::new(DIR), on(disk, segment_bytes));
    let read = Snapshot::open(dir, &options);
    let verified = verify_store(dir, &options, &mut |_| {});
    let mut writer = match Writer::open(dir, &options, &mut |_| {}) {
        Ok((writer, _)) => writer,
        Err(OpenError::NoLedger(_)) => {
            assert!(least.is_none() && read.is_err(), "the ledger is gone");
            drop(Writer::create(dir, &options).unwrap());
            return;
        }
        Err(other) => panic!("{other:?} with {least:?} acknowledged"),
    };
    let size = writer.size();
    assert!(ends.contains(&size), "half a group: {size}");
    assert!(least.is_none_or(|least| least <= size), "{least:?} were acknowledged, {size} are there");
    assert_prefix(&read.unwrap(), size);
    assert_prefix(&writer.snapshot(), size);
    // Before it is mended, `head` and runs that were never synced may be in pieces.
    match verified {
        Ok(verified) => assert_eq!(verified.size, size),
        Err(VerifyError::Head(_) | VerifyError::Run { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
    append(&mut writer, &[2], TEXT);
    drop(writer);
    assert_prefix(&Snapshot::open(dir, &options).unwrap(), size + 2);
    assert_eq!(verify_store(dir, &options, &mut |_| {}).unwrap().size, size + 2);
}

fn assert_prefix(snapshot: &Snapshot, size: u64) {
    assert_eq!(snapshot.size(), size);
    let mut next = 0;
    let scanned = snapshot.scan(0, size, &mut |seq, found| {
        assert_eq!(found, line(seq, TEXT).as_bytes());
        next = seq + 1;
        ControlFlow::Continue(())
    });
    scanned.unwrap();
    assert_eq!(next, size);
    let expected: Vec<u64> = (0..size).filter(|&seq| partner(seq) == "p3").collect();
    assert_eq!(snapshot.postings("p3", size).unwrap(), expected);
    if size < 64 {
        let lines: Vec<String> = (0..size).map(|seq| line(seq, TEXT)).collect();
        assert_eq!(snapshot.root(size).unwrap().0, naive_root(&lines), "the root of {size} (L8)");
    }
}

#[test]
fn power_cut_while_a_ledger_is_made_and_appended_to() {
    cut("append", 1 << 20, |_, options, acknowledge| {
        let mut writer = Writer::create(Path::new(DIR), options).unwrap();
        acknowledge(0);
        for group in [1, 3, 7, 2] {
            append(&mut writer, &[group], TEXT);
            acknowledge(writer.size());
        }
        drop(writer);
        let mut writer = open(options);
        append(&mut writer, &[5], TEXT);
        acknowledge(writer.size());
    });
}

#[test]
fn power_cut_while_segments_change_and_groups_are_taken_back() {
    cut("segments", 1_500, |_, options, acknowledge| {
        let mut writer = Writer::create(Path::new(DIR), options).unwrap();
        acknowledge(0);
        for (group, taken_back) in [(4, 0), (9, 3), (8, 600), (700, 0), (12, 700), (1, 0)] {
            append(&mut writer, &[group], TEXT);
            acknowledge(writer.size());
            for _ in 0..taken_back {
                stage(&mut writer, "something else, which is taken back").unwrap();
            }
            writer.rollback().unwrap();
        }
        drop(writer);
        append(&mut open(options), &[3], TEXT);
        acknowledge(737);
    });
}

#[test]
fn power_cut_while_the_index_grows_and_is_made_again() {
    cut("index", 64 << 10, |disk, options, acknowledge| {
        let mut writer = Writer::create(Path::new(DIR), options).unwrap();
        acknowledge(0);
        for group in [1_000, 30, 1_200] {
            append(&mut writer, &[group], TEXT);
            acknowledge(writer.size());
        }
        drop(writer);
        for name in ["run-00000000000000000000-0.idx", "run-00000000000000001024-0.idx"] {
            let volume = Volume::new(Arc::new(disk.clone()));
            volume.remove(&Path::new(DIR).join("index").join(name)).unwrap();
        }
        let mut writer = open(options);
        append(&mut writer, &[1], TEXT);
        acknowledge(writer.size());
    });
}
