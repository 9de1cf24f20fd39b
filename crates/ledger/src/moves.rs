//! A ledger whose directory is renamed, replaced or removed while it is in use: whoever has it open stays in it, and
//! nothing reaches what takes its name.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::appender::Appender;
use crate::entry::Entry;
use crate::error::StoreError;
use crate::folds::FoldToKeep;
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::ledger_dir::LedgerDir;
use crate::prefix::describe;
use crate::proof::SigningKey;
use crate::reader::Reader;
use crate::states::Fold;
use crate::store::options::Options;
use crate::testing::{at, id, lines, of_three_partners, rotate};
use crate::verification::verify;

/// The bytes of a segment: a frame.
const SEGMENT_BYTES: u64 = 4 << 10;

/// The seqs of entries.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seqs(Vec<u8>);

impl Fold for Seqs {
    const FORM: u32 = 1;

    fn push(&mut self, entry: &Entry) {
        self.0.extend(entry.seq.to_le_bytes());
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Some(Self(bytes))
    }
}

/// A place for a ledger, and one to which it is moved.
struct Scene {
    _dir: TempDir,
    live: PathBuf,
    moved: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (live, moved) = (dir.path().join("live"), dir.path().join("moved"));
        Self { _dir: dir, live, moved }
    }

    fn create(&self) -> Ledger {
        create(&self.live, 0)
    }

    /// Moves the ledger, and makes another of as many entries in its place.
    fn replace(&self, entries: u128) -> Files {
        fs::rename(&self.live, &self.moved).unwrap();
        create(&self.live, entries);
        files(&self.live)
    }
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn create(dir: &Path, entries: u128) -> Ledger {
    let key = LedgerKey::Here(SigningKey::generate("example.com/ledger").unwrap());
    let options = Options { segment_bytes: SEGMENT_BYTES, ..Options::new(describe) };
    let mut ledger = Ledger::create_on(dir, &key, &options).unwrap();
    ledger.append(&of_three_partners(1_000_000..1_000_000 + entries, None), at(0)).unwrap();
    ledger
}

fn files(dir: &Path) -> Files {
    let mut all = Files::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    all
}

fn size(dir: &Path) -> u64 {
    verify(dir, &mut |_| {}).unwrap().size
}

#[test]
fn a_batch_goes_on_in_the_ledger_in_which_it_was_begun() {
    let scene = Scene::new();
    let mut ledger = scene.create();
    let mut batch = ledger.begin(at(0));
    let mut other = Files::new();
    for (number, event) in (0..).zip(of_three_partners(0..9_000, None)) {
        if number == 3_000 {
            other = scene.replace(500);
        }
        batch.push(event).unwrap();
    }
    batch.commit().unwrap();
    assert!(fs::read_dir(scene.moved.join("log")).unwrap().count() > 5, "there are later segments");
    drop(ledger);
    assert_eq!(size(&scene.moved), 9_000);
    assert!(files(&scene.live) == other, "the ledger in its place is another");
    assert_eq!(size(&scene.live), 500);
    Ledger::open(&scene.moved, &mut |_| {}).unwrap().0.append(&of_three_partners(9_000..9_003, None), at(1)).unwrap();
}

#[test]
fn what_is_taken_back_is_taken_back_where_it_was_written() {
    let scene = Scene::new();
    let mut ledger = scene.create();
    ledger.append(&of_three_partners(0..10, None), at(0)).unwrap();
    let mut batch = ledger.begin(at(1));
    for event in of_three_partners(10..6_000, None) {
        batch.push(event).unwrap();
    }
    let other = scene.replace(6_000);
    drop(batch);
    ledger.append(&of_three_partners(10..4_000, None), at(2)).unwrap();
    drop(ledger);
    assert_eq!(size(&scene.moved), 4_000);
    assert!(files(&scene.live) == other, "segments of another ledger were removed");
}

#[test]
fn a_change_of_key_and_a_cosigned_checkpoint_stay_with_their_ledger() {
    let scene = Scene::new();
    let mut ledger = scene.create();
    let LedgerKey::Here(old) = ledger.dir().key().unwrap() else { panic!("the key is here") };
    let other = scene.replace(1);
    let new = LedgerKey::Here(SigningKey::generate(old.name()).unwrap());
    rotate(&mut ledger, &old, &new, id(7), at(0)).unwrap();
    let note = ledger.reader().checkpoint(old.name(), 1).unwrap().sign(&old);
    ledger.dir().keep_witnessed(&note).unwrap();
    drop(ledger);
    let moved = LedgerDir::open(&scene.moved).unwrap();
    assert_eq!(moved.key().unwrap().verifier(), new.verifier());
    assert_eq!(moved.witnessed().unwrap().len(), 1);
    assert!(files(&scene.live) == other, "the other ledger has another key");
}

#[test]
fn a_reader_reads_and_keeps_what_is_of_its_ledger() {
    let scene = Scene::new();
    scene.create().append(&of_three_partners(0..9_000, None), at(0)).unwrap();
    let whole = Reader::open(&scene.live).unwrap();
    let (wanted, root) = (lines(&whole), whole.root(9_000).unwrap());
    let reader = Reader::open(&scene.live).unwrap();
    let other = scene.replace(9_000);
    assert_eq!(lines(&reader), wanted);
    assert_eq!(reader.root(9_000).unwrap(), root);
    let fold = FoldToKeep { size: 9_000, parts: BTreeMap::new(), before: None };
    reader.folds().keep("a", "a form", fold);
    reader.folded::<Seqs>("a", 9_000).unwrap().unwrap();
    assert!(files(&scene.live) == other, "states or a cache are in the ledger in its place");
    assert_eq!(Reader::open(&scene.moved).unwrap().states::<Seqs>("a").unwrap().len(), 1);
}

#[test]
fn an_appender_acknowledges_what_is_in_its_own_ledger() {
    let scene = Scene::new();
    let appender = Appender::start(scene.create(), || at(0)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let append = |numbers| runtime.block_on(appender.append(of_three_partners(numbers, None)));
    append(0..2_000).unwrap();
    let other = scene.replace(10);
    append(2_000..4_000).unwrap();
    runtime.block_on(appender.close()).unwrap();
    assert_eq!(size(&scene.moved), 4_000);
    assert!(files(&scene.live) == other, "the other ledger was written");
}

#[test]
fn a_link_in_the_place_of_a_ledger_is_not_followed() {
    let scene = Scene::new();
    let mut ledger = scene.create();
    fs::rename(&scene.live, &scene.moved).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    symlink(elsewhere.path(), &scene.live).unwrap();
    ledger.append(&of_three_partners(0..6_000, None), at(0)).unwrap();
    drop(ledger);
    assert_eq!(size(&scene.moved), 6_000);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn nothing_is_acknowledged_of_a_ledger_that_was_removed() {
    let scene = Scene::new();
    let mut ledger = scene.create();
    let reader = ledger.reader();
    ledger.append(&of_three_partners(0..3, None), at(0)).unwrap();
    fs::remove_dir_all(&scene.live).unwrap();
    for _ in 0..2 {
        let error = ledger.append(&of_three_partners(3..6, None), at(1)).unwrap_err();
        assert!(matches!(error, crate::error::AppendError::Store(StoreError::Write(_))), "{error:?}");
    }
    assert_eq!((ledger.size(), reader.size()), (3, 0));
    create(&scene.live, 5);
    ledger.append(&of_three_partners(3..6, None), at(1)).unwrap_err();
    assert_eq!(size(&scene.live), 5);
}

#[test]
fn the_directory_in_which_a_process_is_can_be_a_ledger() {
    let dir = LedgerDir::open(Path::new("")).unwrap();
    assert_eq!(dir.list(Path::new("src")).unwrap().first().map(String::as_str), Some("admission.rs"));
    let missing = LedgerDir::open(Path::new("no/such/ledger")).unwrap_err();
    assert_eq!(missing.code(), Some("no_ledger"));
}
