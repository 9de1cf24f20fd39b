//! Random sequences of everything that is done with a ledger, beside one that is a list: appends, imports, questions,
//! backups, restores, salvage, failing disks, kills, power cuts, and an index that is gone. After every step both agree.
//!
//! `PCS_TEST_MODELS` is how many sequences are tried; `PCS_TEST_FIRST_SEED` is where they begin.

mod naive;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;

use crate::disk::draft::{Draft, publish_dir_on};
use crate::disk::memory::{Fault, Image, MemoryDisk};
use crate::disk::secret::SECRET;
use crate::disk::{Access, Audience, Volume};
use crate::error::{AppendError, PushError, StoreError};
use crate::event::Event;
use crate::key::LedgerKey;
use crate::ledger::{Ledger, prepare};
use crate::ledger_dir::LedgerDir;
use crate::prefix::describe;
use crate::proof::SigningKey;
use crate::reader::Reader;
use crate::salvage::Salvage;
use crate::store::options::Options;
use crate::store::power_cut::Cut;
use crate::testing::{assert_folds, at, churn, id, lines, retract};
use crate::verification::verify_on;
use crate::{Entry, Key};
use naive::NaiveLedger;

const DIR: &str = "/ledger";
const BACKUP: &str = "/backup";
/// How many sequences are tried when the variable is not set.
const MODELS: u64 = 40;
/// Steps of a sequence.
const STEPS: usize = 40;

/// A ledger on a disk, and what should be in it.
struct World {
    numbers: Rng,
    disk: MemoryDisk,
    /// What was durable before the operations that the disk recorded.
    base: Image,
    ledger: Option<Ledger>,
    model: NaiveLedger,
    /// Readers that were opened, each with how much it saw.
    readers: Vec<(Reader, usize)>,
    /// The backup that was acknowledged last.
    backup: Option<String>,
    restored: usize,
    /// How often each thing was done.
    done: BTreeMap<&'static str, u64>,
}

fn key() -> LedgerKey {
    LedgerKey::Here(SigningKey::of_secret("example.com/ledger", &[1; 32]).unwrap())
}

impl World {
    fn new(seed: u64) -> Self {
        let disk = MemoryDisk::default();
        let mut world = Self {
            numbers: Rng::with_seed(seed),
            disk,
            base: Image::default(),
            ledger: None,
            model: NaiveLedger::default(),
            readers: Vec::new(),
            backup: None,
            restored: 0,
            done: BTreeMap::new(),
        };
        world.ledger = Some(Ledger::create_on(Path::new(DIR), &key(), &world.options()).unwrap());
        world
    }

    fn volume(&self) -> Volume {
        Volume::new(Arc::new(self.disk.clone()))
    }

    fn options(&self) -> Options {
        Options { segment_bytes: 4_000, volume: self.volume(), ..Options::new(describe) }
    }

    fn step(&mut self) {
        let (name, step): (_, fn(&mut Self)) = match self.numbers.usize(..25) {
            0..=5 => ("append", Self::append),
            6..=8 => ("import", Self::import),
            9..=11 => ("question", Self::ask),
            12 => ("reopen", Self::reopen),
            13..=15 => ("failing disk", Self::fail),
            16 => ("kill", Self::kill),
            17..=19 => ("power cut", Self::cut_power),
            20 => ("index gone", Self::lose_index),
            21 => ("backup", Self::back_up),
            22 => ("restore", Self::restore),
            23 => ("rest", Self::rest),
            _ => ("salvage", Self::salvage),
        };
        *self.done.entry(name).or_default() += 1;
        step(self);
        self.ask();
    }

    /// Events of which some are known already, some have an id of another, and some retract what is not there.
    fn events(&mut self, most: usize) -> Vec<Event> {
        let count = 1 + self.numbers.usize(..most);
        let event = |numbers: &mut Rng| {
            let number = numbers.usize(..400) as u128;
            let partner = ["a", "b", "c"][usize::try_from(number % 3).unwrap()];
            match numbers.usize(..60) {
                0 => churn(number, "d"),
                1..=9 => retract(number + 1_000, partner, number % 40),
                10 => retract(number + 1_000, "d", number),
                _ => churn(number, partner),
            }
        };
        (0..count).map(|_| event(&mut self.numbers)).collect()
    }

    /// An instant; clocks go back at times.
    fn now(&mut self) -> crate::Timestamp {
        at(i64::try_from(self.numbers.usize(..2_000)).unwrap())
    }

    /// Appends a batch; returns what was in flight when the disk failed.
    fn try_append(&mut self) -> Option<NaiveLedger> {
        let (events, now) = (self.events(6), self.now());
        let mut next = self.model.clone();
        let expected = next.append(&events, now);
        match (self.ledger.as_mut().unwrap().append(&events, now), expected) {
            (Ok(outcomes), Ok(expected)) => assert_eq!(outcomes, expected),
            (Err(AppendError::Refused { index, refusal }), Err(expected)) => {
                assert_eq!((index, refusal.code), expected);
            }
            (Err(AppendError::Store(StoreError::Write(_))), Ok(_)) => return Some(next),
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
        self.model = next;
        None
    }

    fn append(&mut self) {
        assert!(self.try_append().is_none());
    }

    /// Imports events one by one, leaving out what is refused; gives up at times.
    fn try_import(&mut self) -> Option<NaiveLedger> {
        let (events, now) = (self.events(90), self.now());
        let is_given_up = self.numbers.usize(..4) == 0;
        let mut next = self.model.clone();
        let mut batch = self.ledger.as_mut().unwrap().begin(now);
        for event in events {
            let expected = next.push(&event, now);
            match (batch.push(event), expected) {
                (Ok(outcome), Ok(expected)) => assert_eq!(outcome, expected),
                (Err(PushError::Refused(refusal)), Err(expected)) => assert_eq!(refusal.code, expected),
                // Nothing of it was committed.
                (Err(PushError::Store(_)), _) => return Some(self.model.clone()),
                (found, expected) => panic!("{found:?}, not {expected:?}"),
            }
        }
        if is_given_up {
            return None;
        }
        match batch.commit() {
            Ok(committed) => assert_eq!(committed.size, next.size() as u64),
            Err(_) => return Some(next),
        }
        self.model = next;
        None
    }

    fn import(&mut self) {
        assert!(self.try_import().is_none());
    }

    /// Asks the writer's reader, and those that were opened before.
    fn ask(&mut self) {
        let reader = self.ledger.as_ref().unwrap().reader();
        self.compare(&reader, self.model.size());
        if self.numbers.usize(..3) == 0 {
            self.readers.push((Reader::open_on(Path::new(DIR), &self.options()).unwrap(), self.model.size()));
        }
        if self.readers.len() > 5 {
            let at = self.numbers.usize(..self.readers.len());
            self.readers.swap_remove(at);
        }
        let readers = std::mem::take(&mut self.readers);
        for (reader, size) in &readers {
            self.compare(reader, *size);
        }
        self.readers = readers;
    }

    /// Compares every answer of a reader that sees so many entries with the model's.
    fn compare(&mut self, reader: &Reader, size: usize) {
        let mut model = self.model.clone();
        model.entries.truncate(size);
        assert_eq!(reader.size(), size as u64);
        assert_eq!(lines(reader), model.lines());
        assert_eq!(reader.root(size as u64).unwrap(), model.root(), "the root of {size}");
        for partner in ["a", "b", "c", "d", "nobody"] {
            let entries = reader.entries(partner, size as u64).unwrap();
            let seqs: Vec<u64> = entries.iter().map(|entry| entry.seq).collect();
            assert_eq!(seqs, model.of_partner(partner), "{partner}");
            assert!(entries.iter().all(|Entry { seq, recorded_at, event }| {
                model.entries[usize::try_from(*seq).unwrap()] == (*recorded_at, event.clone())
            }));
        }
        // From the states that are kept, and keeping more.
        assert_folds(reader, &[["a", "b", "c"][size % 3]]);
        let known_at = self.now();
        assert_eq!(reader.size_at(known_at).unwrap(), model.size_at(known_at), "known at {known_at}");
        let event = id(self.numbers.usize(..400) as u128);
        let found = reader.find(Key::event(event), size as u64).unwrap();
        let place = model.place(event).filter(|&place| place < size as u64);
        assert!(place.is_none_or(|place| found.contains(&place)), "{event} is not found");
    }

    fn reopen(&mut self) {
        self.ledger = None;
        self.open();
    }

    /// Lets others write for a while: nobody does, or another writer comes and appends something or nothing.
    fn rest(&mut self) {
        if self.numbers.bool() {
            self.stage_some();
        }
        let resting = self.ledger.take().unwrap().rest().unwrap();
        let (comes, appends) = (self.numbers.bool(), self.numbers.bool());
        if comes {
            self.open();
            if appends {
                self.append();
            }
            self.ledger = None;
        }
        self.ledger = resting.resume(Duration::ZERO).unwrap();
        assert_eq!(self.ledger.is_none(), comes, "whether another writer came");
        if comes {
            self.open();
        }
    }

    fn open(&mut self) {
        self.ledger = Some(Ledger::open_on(Path::new(DIR), &self.options(), &mut |_| {}).unwrap().0);
    }

    /// Opens what is there after a failure: everything acknowledged, and all or nothing of what was in flight.
    fn recover(&mut self, in_flight: Option<NaiveLedger>) {
        self.open();
        let found = self.ledger.as_ref().unwrap().size();
        if let Some(next) = in_flight.filter(|next| next.size() as u64 == found) {
            self.model = next;
        }
        assert_eq!(found, self.model.size() as u64, "what is there is neither before nor after");
    }

    /// Lets the disk fail during an append or an import, once or for good.
    fn fail(&mut self) {
        let (after, once, short) =
            (self.numbers.usize(..12), self.numbers.usize(..2) == 0, self.numbers.usize(..2) == 0);
        let kind = [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::Other][self.numbers.usize(..3)];
        self.disk.set_fault(Some(Fault { after, kind, once, short }));
        for _ in 0..4 {
            let failed = if self.numbers.usize(..2) == 0 { self.try_append() } else { self.try_import() };
            if let Some(next) = failed {
                let again = self.ledger.as_mut().unwrap().append(&[churn(5_000, "a")], at(0)).unwrap_err();
                assert!(matches!(&again, AppendError::Store(StoreError::Write(_))), "{again:?}");
                self.end_failing(Some(next));
                return;
            }
        }
        self.end_failing(None);
    }

    fn end_failing(&mut self, in_flight: Option<NaiveLedger>) {
        self.disk.set_fault(None);
        match self.numbers.usize(..3) {
            0 => self.crash(true, in_flight),
            1 => self.crash(false, in_flight),
            _ => {
                self.ledger = None;
                self.recover(in_flight);
            }
        }
    }

    fn kill(&mut self) {
        self.stage_some();
        self.crash(false, None);
    }

    fn cut_power(&mut self) {
        if self.numbers.usize(..2) == 0 {
            self.stage_some();
        }
        self.crash(true, None);
    }

    /// Leaves a batch half staged.
    fn stage_some(&mut self) {
        let (events, now) = (self.events(90), self.now());
        for event in events {
            drop(self.ledger.as_mut().unwrap().stage_all(&prepare(&[event]), now));
        }
    }

    /// The process dies, and perhaps everything with it that is not durable.
    fn crash(&mut self, with_power: bool, in_flight: Option<NaiveLedger>) {
        let disk = self.disk.killed();
        drop(self.ledger.take());
        // Readers of the old disk would still see what was there before the cut.
        self.readers.clear();
        self.disk = if with_power {
            let mut cut = Cut::of(&self.base);
            disk.ops().iter().for_each(|op| cut.apply(op));
            let chance = [0, 20, 50, 80, 100][self.numbers.usize(..5)];
            let mut way = |ways: usize| {
                if self.numbers.usize(..100) < chance { ways - 1 } else { self.numbers.usize(..ways) }
            };
            let ways: Vec<usize> = cut.doubts().into_iter().map(&mut way).collect();
            self.base = cut.image(&ways);
            MemoryDisk::of(self.base.clone())
        } else {
            disk
        };
        self.recover(in_flight);
        if let Some(backup) = &self.backup {
            let found = self.volume().open(Path::new(BACKUP), Access::Read).unwrap().read_first(1 << 24).unwrap();
            assert!(found == backup.as_bytes(), "the backup is gone or changed");
        }
        verify_on(Path::new(DIR), &self.options(), &mut |_| {}).unwrap();
    }

    /// Removes what is derived.
    fn lose_index(&mut self) {
        self.ledger = None;
        let (volume, dir) = (self.volume(), Path::new(DIR));
        for name in volume.list(&dir.join("index")).unwrap().unwrap_or_default() {
            if self.numbers.usize(..2) == 0 {
                volume.remove(&dir.join("index").join(name)).unwrap();
            }
        }
        if self.numbers.usize(..2) == 0 {
            volume.remove(&dir.join("head")).unwrap();
        }
        if self.numbers.usize(..4) == 0 {
            volume.remove(&dir.join(SECRET)).unwrap();
        }
        let mut states = Vec::new();
        volume.each_below(&dir.join("states"), &mut |path, _| states.push(path.to_owned())).unwrap();
        for state in states {
            if self.numbers.bool() {
                volume.remove(&state).unwrap();
            }
        }
        let reader = Reader::open_on(dir, &self.options()).unwrap();
        self.compare(&reader, self.model.size());
        self.open();
    }

    /// Writes all lines into a file, in place of the last backup.
    fn back_up(&mut self) {
        let text = lines(&self.ledger.as_ref().unwrap().reader()).join("\n");
        let (draft, mut file) = Draft::create_on(&self.volume(), Path::new(BACKUP), Audience::Usual).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        draft.publish(Path::new(BACKUP)).unwrap();
        self.backup = Some(text);
    }

    /// Makes a ledger of all entries beside its place, and goes on with it at times.
    fn restore(&mut self) {
        let (unfinished, place) = (format!("/unfinished{}", self.restored), format!("/restored{}", self.restored));
        self.restored += 1;
        let options = self.options();
        let mut restored = Ledger::create_on(Path::new(&unfinished), &key(), &options).unwrap();
        let mut batch = restored.begin(at(0));
        for line in self.model.lines() {
            batch.push_entry(&line).unwrap();
        }
        batch.commit().unwrap();
        drop(restored);
        publish_dir_on(&self.volume(), Path::new(&unfinished), Path::new(&place)).unwrap();
        let reader = Reader::open_on(Path::new(&place), &options).unwrap();
        self.compare(&reader, self.model.size());
        verify_on(Path::new(&place), &options, &mut |_| {}).unwrap();
    }

    /// Saves what is whole, which is all.
    fn salvage(&mut self) {
        self.ledger = None;
        let salvage = Salvage::of(&LedgerDir::held(&self.volume(), Path::new(DIR)), self.model.size() as u64).unwrap();
        let mut found = Vec::new();
        let each = salvage.each_of_beginning(&mut |line| {
            found.push(line.to_owned());
            ControlFlow::Continue(())
        });
        each.unwrap();
        assert_eq!(found, self.model.lines());
        assert!(salvage.losses().is_empty() && salvage.behind() == 0, "{:?}", salvage.losses());
        self.open();
    }
}

#[test]
fn a_ledger_is_a_list_whatever_happens_to_it() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let first = number("PCS_TEST_FIRST_SEED").unwrap_or(0);
    let models = number("PCS_TEST_MODELS").unwrap_or(MODELS);
    let (mut done, mut entries) = (BTreeMap::<_, u64>::new(), 0);
    for seed in first..first + models {
        let sequence = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            (0..STEPS).for_each(|_| world.step());
            (world.done, world.model.size())
        });
        let (steps, size) = sequence.unwrap_or_else(|panic| {
            println!("seed {seed}");
            std::panic::resume_unwind(panic)
        });
        entries += size;
        for (name, times) in steps {
            *done.entry(name).or_default() += times;
        }
    }
    println!("{models} sequences of {STEPS} steps, {entries} entries at their ends: {done:?}");
}
