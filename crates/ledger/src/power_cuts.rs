//! The power goes while a ledger is used: imports, producers that share commits, changes of key, cosigned checkpoints,
//! states of folds, and a ledger that is restored, backups and other files beside it. Every state is opened, verified
//! and appended to.

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::Arc;

use crate::OpenError;
use crate::appender::Appender;
use crate::disk::draft::{Draft, publish_dir_on};
use crate::disk::memory::{Fault, MemoryDisk, Op};
use crate::disk::{Access, Audience, Volume};
use crate::error::{CreateError, DiskError, VerifyError};
use crate::event::Event;
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::ledger_dir::LedgerDir;
use crate::prefix::describe;
use crate::proof::{SignedCheckpoint, SigningKey, VerifierKey};
use crate::reader::Reader;
use crate::store::options::Options;
use crate::store::power_cut::{Cut, History};
use crate::testing::{Transcript, assert_folds, at, churn, id, lines, rotate};
use crate::verification::verify_on;

const DIR: &str = "/ledger";
/// Where a ledger is made before it has its name.
const UNFINISHED: &str = "/.ledger.restoring";

fn on(disk: &MemoryDisk) -> Options {
    Options { segment_bytes: 6_000, volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) }
}

/// The directory of a ledger on a disk.
fn on_disk(disk: &MemoryDisk, dir: &str) -> LedgerDir {
    LedgerDir::held(&on(disk).volume, Path::new(dir))
}

fn signing_key(secret: u8) -> SigningKey {
    SigningKey::of_secret("example.com/ledger", &[secret; 32]).unwrap()
}

fn churns(from: u128, count: u128) -> Vec<Event> {
    (from..from + count).map(|number| churn(number, if number.is_multiple_of(3) { "a" } else { "b" })).collect()
}

/// A ledger on a disk, and what was acknowledged when.
struct Session {
    disk: MemoryDisk,
    acknowledged: Vec<(usize, u64)>,
}

impl Session {
    fn new() -> (Self, Ledger) {
        let scene = Self { disk: MemoryDisk::default(), acknowledged: Vec::new() };
        let ledger = scene.create(DIR);
        (scene, ledger)
    }

    fn create(&self, dir: &str) -> Ledger {
        Ledger::create_on(Path::new(dir), &LedgerKey::Here(signing_key(1)), &on(&self.disk)).unwrap()
    }

    fn open(&self) -> Ledger {
        Ledger::open_on(Path::new(DIR), &on(&self.disk), &mut |_| {}).unwrap().0
    }

    fn acknowledge(&mut self, size: u64) {
        self.acknowledged.push((self.disk.ops().len(), size));
    }

    /// Cuts the power everywhere. `lines` are all that were handed in; `check` is for what is not a line.
    fn cut(self, name: &str, lines: &[String], check: &dyn Fn(&MemoryDisk, &Reader, Option<u64>)) {
        let check = |disk: &MemoryDisk, least: Option<u64>| {
            if let Some(reader) = assert_survived(disk, lines, least) {
                check(disk, &reader, least);
            }
        };
        let mend = |disk: &MemoryDisk| drop(Ledger::open_on(Path::new(DIR), &on(disk), &mut |_| {}));
        let (ops, acknowledged) = (self.disk.ops(), self.acknowledged);
        History { name, ops, acknowledged, mend: &mend, check: &check }.cut_everywhere();
    }
}

/// Checks L1 to L8 of what a power cut left; the reader sees what is there then.
fn assert_survived(disk: &MemoryDisk, handed_in: &[String], least: Option<u64>) -> Option<Reader> {
    let (dir, options) = (Path::new(DIR), on(disk));
    match verify_on(dir, &options, &mut |_| {}) {
        Ok(_) | Err(VerifyError::Head(_) | VerifyError::Log(OpenError::NoLedger(_))) => {}
        Err(other) => panic!("{other:?} before it was mended, with {least:?} acknowledged"),
    }
    let mut ledger = match Ledger::open_on(dir, &options, &mut |_| {}) {
        Ok((ledger, _)) => ledger,
        Err(OpenError::NoLedger(_)) => {
            assert!(least.is_none(), "the ledger is gone");
            return None;
        }
        Err(other) => panic!("{other:?} with {least:?} acknowledged"),
    };
    let reader = ledger.reader();
    let found = lines(&reader);
    assert!(least.is_none_or(|least| least <= reader.size()), "{least:?} were acknowledged of {}", reader.size());
    assert_eq!(found, handed_in[..found.len()], "something was invented");
    let verified = verify_on(dir, &options, &mut |_| {}).unwrap();
    assert_eq!((verified.size, verified.root), (reader.size(), reader.root(reader.size()).unwrap()));
    ledger.append(&churns(90_000, 2), at(1_000_000)).unwrap();
    drop(ledger);
    assert_eq!(verify_on(dir, &options, &mut |_| {}).unwrap().size, reader.size() + 2);
    Some(reader)
}

#[test]
fn power_cut_during_imports() {
    let (mut scene, mut ledger) = Session::new();
    scene.acknowledge(0);
    for (first, count) in [(0, 40), (40, 3), (43, 90)] {
        let mut batch = ledger.begin(at(0));
        for event in churns(first, count) {
            batch.push(event).unwrap();
        }
        batch.commit().unwrap();
        scene.acknowledge(ledger.size());
        // One that is given up.
        let mut batch = ledger.begin(at(0));
        for event in churns(5_000, 60) {
            batch.push(event).unwrap();
        }
        drop(batch);
    }
    let lines = lines(&ledger.reader());
    let ends = [0, 40, 43, 133];
    scene.cut("import", &lines, &|_, reader, _| assert!(ends.contains(&reader.size()), "a part of an import"));
}

#[test]
fn power_cut_while_producers_share_commits() {
    let (mut scene, ledger) = Session::new();
    scene.acknowledge(0);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ledger = runtime.block_on(async {
        let appender = Appender::start(ledger, || at(0)).unwrap();
        for round in 0..12 {
            // Both wait for one commit, or each for its own: an answer means that it is durable.
            let (one, two) = (churns(round * 10, 3), churns(round * 10 + 5, 4));
            let (one, two) = tokio::join!(appender.append(one), appender.append(two));
            one.and(two).unwrap();
            scene.acknowledge(u64::try_from(round).unwrap() * 7 + 7);
        }
        appender.close().await.unwrap()
    });
    let lines = lines(&ledger.reader());
    scene.cut("producers", &lines, &|_, reader, _| assert!([0, 3, 4].contains(&(reader.size() % 7)), "half a batch"));
}

#[test]
fn power_cut_during_changes_of_key() {
    let (mut scene, mut ledger) = Session::new();
    ledger.append(&churns(0, 5), at(0)).unwrap();
    scene.acknowledge(5);
    let keys = [signing_key(1), signing_key(2), signing_key(3)];
    rotate(&mut ledger, &keys[0], &LedgerKey::Here(keys[1].clone()), id(100), at(10)).unwrap();
    scene.acknowledge(6);
    drop(ledger);
    let mut ledger = scene.open();
    rotate(&mut ledger, &keys[1], &LedgerKey::Elsewhere(keys[2].verifier()), id(101), at(20)).unwrap();
    scene.acknowledge(7);
    let lines = lines(&ledger.reader());
    let verifiers: Vec<VerifierKey> = keys.iter().map(SigningKey::verifier).collect();
    scene.cut("key", &lines, &|_, reader, _| {
        let key = LedgerKey::of(Path::new(DIR), reader).unwrap();
        // The entries say which key it is: one for each change that is there.
        let changes = usize::try_from(reader.size().saturating_sub(5)).unwrap();
        assert_eq!(key.verifier(), verifiers[changes]);
        assert_eq!(matches!(key, LedgerKey::Here(_)), changes < 2, "the key that signs is lost");
    });
}

fn cosigned(reader: &Reader, size: u64) -> SignedCheckpoint {
    let mut signed = reader.checkpoint("example.com/ledger", size).unwrap().sign(&signing_key(1));
    signed.cosign(&SigningKey::of_secret("witness", &[9; 32]).unwrap(), 1_000 + size);
    signed
}

#[test]
fn power_cut_while_cosigned_checkpoints_are_kept() {
    let (mut scene, mut ledger) = Session::new();
    ledger.append(&churns(0, 5), at(0)).unwrap();
    scene.acknowledge(5);
    let (reader, dir) = (ledger.reader(), ledger.dir());
    for size in [2, 5] {
        dir.keep_witnessed(&cosigned(&reader, size)).unwrap();
        // One more is acknowledged: an entry after each note says so.
        ledger.append(&churns(u128::from(size) * 100, 1), at(10)).unwrap();
        scene.acknowledge(ledger.size());
    }
    let lines = lines(&ledger.reader());
    scene.cut("witnessed", &lines, &|disk, reader, _| {
        let kept = on_disk(disk, DIR).witnessed().unwrap();
        assert!(kept.len() as u64 >= reader.size().saturating_sub(5), "a cosigned checkpoint is lost");
    });
}

#[test]
fn power_cut_while_states_of_folds_are_kept() {
    let (mut scene, mut ledger) = Session::new();
    scene.acknowledge(0);
    for (first, count) in [(0, 60), (60, 6), (66, 60)] {
        ledger.append(&churns(first, count), at(0)).unwrap();
        scene.acknowledge(ledger.size());
        // They are not made durable: what is left of them is believed only when it is whole.
        assert_folds(&ledger.reader(), &["a", "b"]);
    }
    let (reader, states) = (ledger.reader(), Path::new(DIR).join("states"));
    for partner in ["a", "b"] {
        let kept = reader.states::<Transcript>(partner).unwrap();
        assert_eq!(kept.len(), 2, "the states of {partner} are not on this disk");
    }
    assert_eq!(scene.disk.image().names.keys().filter(|path| path.starts_with(&states)).count(), 4);
    let lines = lines(&reader);
    scene.cut("states", &lines, &|_, reader, _| {
        assert_folds(reader, &["a", "b"]);
        let made = reader.states::<Transcript>("b").unwrap().len();
        assert!(made > 0 || reader.size() < 24, "a state is not made again");
    });
}

#[test]
fn power_cut_while_an_instant_is_closed() {
    let (mut scene, mut ledger) = Session::new();
    ledger.append(&churns(0, 2), at(0)).unwrap();
    scene.acknowledge(2);
    for (nth, hour) in (1_u8..).zip([20, 30]) {
        let mut closing = ledger.reader().checkpoint("example.com/ledger", ledger.size()).unwrap();
        closing.claims.closed = Some(at(hour));
        ledger.close(&closing.sign(&signing_key(1))).unwrap();
        // The clock goes back, and an entry says that the instant was closed before it.
        ledger.append(&churns(u128::from(nth) * 100, 1), at(1)).unwrap();
        scene.acknowledge(ledger.size());
    }
    let lines = lines(&ledger.reader());
    scene.cut("closed", &lines, &|disk, reader, _| {
        let closed = on_disk(disk, DIR).closed(&|_| true).unwrap();
        let known = [None, Some(at(20)), Some(at(30))];
        let least = usize::try_from(reader.size().saturating_sub(2)).unwrap();
        assert!(closed >= known[least.min(2)], "an instant is open again: {closed:?} of {} entries", reader.size());
    });
}

#[test]
fn power_cut_while_a_ledger_is_restored() {
    let (source, mut ledger) = Session::new();
    ledger.append(&churns(0, 70), at(0)).unwrap();
    let (lines, note) = (lines(&ledger.reader()), cosigned(&ledger.reader(), 60));
    drop(source);
    // What `restore` does: a ledger beside its place, which gets its name when it is whole.
    let mut scene = Session { disk: MemoryDisk::default(), acknowledged: Vec::new() };
    let volume = Volume::new(Arc::new(scene.disk.clone()));
    let mut restored = scene.create(UNFINISHED);
    let mut batch = restored.begin(at(0));
    for line in &lines {
        batch.push_entry(line).unwrap();
    }
    batch.commit().unwrap();
    drop(restored);
    on_disk(&scene.disk, UNFINISHED).keep_witnessed(&note).unwrap();
    verify_on(Path::new(UNFINISHED), &on(&scene.disk), &mut |_| {}).unwrap();
    publish_dir_on(&volume, Path::new(UNFINISHED), Path::new(DIR)).unwrap();
    scene.acknowledge(70);
    scene.cut("restore", &lines, &|disk, reader, _| {
        assert_eq!(reader.size(), 70, "a part of a restored ledger has its name");
        LedgerKey::of(Path::new(DIR), reader).unwrap();
        assert_eq!(on_disk(disk, DIR).witnessed().unwrap().len(), 1, "a cosigned checkpoint is lost");
    });
}

/// Cuts the power while a file is written beside a ledger that others append to, as `backup` does: there is the whole
/// file under its name, or none; what is left does not keep the next attempt from it; and the ledger is as it was.
fn cut_file(name: &str, before: Option<&[u8]>, publish: impl Fn(Draft, &Path) -> Result<(), DiskError>) {
    const FILE: &str = "/file";
    let (scene, mut ledger) = Session::new();
    ledger.append(&churns(0, 5), at(0)).unwrap();
    let (lines, key) = (lines(&ledger.reader()), signing_key(1).verifier());
    drop(ledger);
    let write = |disk: &MemoryDisk, bytes: &[u8]| {
        let (draft, mut file) =
            Draft::create_on(&Volume::new(Arc::new(disk.clone())), Path::new(FILE), Audience::Usual)?;
        for part in bytes.chunks(700) {
            file.write_all(part).unwrap();
        }
        drop(file);
        publish(draft, Path::new(FILE))
    };
    let (disk, bytes) = (&scene.disk, lines.join("\n").repeat(3).into_bytes());
    let mut acknowledged = Vec::new();
    if let Some(before) = before {
        write(disk, before).unwrap();
        acknowledged.push((disk.ops().len(), 0));
    }
    let from = disk.ops().len();
    write(disk, &bytes).unwrap();
    acknowledged.push((disk.ops().len(), 1));
    let check = |disk: &MemoryDisk, least: Option<u64>| {
        let volume = Volume::new(Arc::new(disk.clone()));
        let found = volume.open(Path::new(FILE), Access::Read).ok().map(|file| file.read_first(1 << 20).unwrap());
        let found = found.as_deref();
        assert!(found.is_none_or(|found| found == bytes || Some(found) == before), "a part of a file has its name");
        assert!(least != Some(0) || found.is_some(), "the file before is gone");
        assert!(least != Some(1) || found == Some(&bytes), "the file was acknowledged, and is not there");
        if found.is_none() || before.is_some() {
            write(disk, b"again").unwrap();
            assert_eq!(volume.open(Path::new(FILE), Access::Read).unwrap().read_first(9).unwrap(), b"again");
        }
    };
    History { name, ops: disk.ops(), acknowledged, mend: &|_| {}, check: &check }.cut_everywhere();
    let written = disk.ops().split_off(from);
    let is_elsewhere = |path: &Path| path.starts_with(FILE) || path == Draft::unfinished(Path::new(FILE));
    for op in &written {
        if let Op::Create(path, _) | Op::Rename(path, _) | Op::Remove(path) = op {
            assert!(is_elsewhere(path), "{op:?} is of the ledger");
        }
    }
    let reader = assert_survived(disk, &lines, Some(5)).unwrap();
    assert_eq!(LedgerKey::of(Path::new(DIR), &reader).unwrap().verifier(), key);
}

#[test]
fn power_cut_while_a_backup_is_written() {
    cut_file("backup", None, Draft::publish_new);
}

#[test]
fn power_cut_while_a_file_is_replaced() {
    cut_file("file", Some(b"what was there before"), Draft::publish);
}

#[test]
fn power_cut_after_a_ledger_is_made_that_could_not_be_made_before() {
    let create = |disk: &MemoryDisk| Ledger::create_on(Path::new(DIR), &LedgerKey::Here(signing_key(1)), &on(disk));
    let failing = |after| {
        let disk = MemoryDisk::default();
        disk.set_fault(Some(Fault { after, kind: ErrorKind::Other, once: false, short: false }));
        create(&disk).err().map(|_| disk)
    };
    let mut attempts = 0;
    // The first attempt is killed where the disk fails; what it made has no durable name, or some of it has.
    for killed in (0..).map_while(failing) {
        let scene = Session { disk: killed.killed(), acknowledged: Vec::new() };
        let made = create(&scene.disk);
        assert!(made.is_ok() || matches!(made, Err(CreateError::Open(OpenError::Exists(_)))), "{made:?}");
        let mut ledger = made.unwrap_or_else(|_| scene.open());
        ledger.append(&churns(0, 1), at(0)).unwrap();
        let mut cut = Cut::default();
        scene.disk.ops().iter().for_each(|op| cut.apply(op));
        let worst = MemoryDisk::of(cut.image(&vec![0; cut.doubts().len()]));
        let reader = assert_survived(&worst, &lines(&ledger.reader()), Some(1)).unwrap();
        LedgerKey::of(Path::new(DIR), &reader).unwrap();
        attempts += 1;
    }
    assert!(attempts > 10, "only {attempts} attempts");
}
