//! Group commit under a scheduler that tries many orders of everything that producers, the writer and readers do: the
//! appender's own code, with other threads and channels, on a disk that lets others go first at each operation.
//!
//! `PCS_TEST_ORDERS` is how many orders are tried of each scene, half of them at random, half with few changes of turn.

#[allow(
    clippy::duplicate_mod,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "the same code once more, with other threads and channels"
)]
#[path = "appender.rs"]
mod appender;
mod concurrency;

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use shuttle::future::block_on;
use shuttle::rand::{Rng as _, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner, thread};

use crate::admission::Outcome;
use crate::disk::Volume;
use crate::disk::memory::{Fault, MemoryDisk};
use crate::error::{AppendError, StoreError};
use crate::event::Event;
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::prefix::describe;
use crate::proof::SigningKey;
use crate::reader::Reader;
use crate::store::options::Options;
use crate::store::power_cut::Cut;
use crate::testing::{at, churn, lines, retract};
use crate::verification::verify_on;
use appender::Appender;

const DIR: &str = "/ledger";
/// How many orders of a scene are tried when the variable is not set.
const ORDERS: usize = 300;
/// How often the turn changes at most, in the half of the orders that have few changes.
const TURNS: usize = 3;
/// The stack of a thread.
const STACK_BYTES: usize = 1 << 20;

fn on(disk: &MemoryDisk) -> Options {
    Options { segment_bytes: 2_000, volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) }
}

/// Tries many orders of a scene.
fn in_many_orders(scene: impl Fn() + Send + Sync + Clone + 'static) {
    let orders = std::env::var("PCS_TEST_ORDERS").ok().map_or(ORDERS, |orders| orders.parse().unwrap());
    let mut config = Config::new();
    config.stack_size = STACK_BYTES;
    Runner::new(RandomScheduler::new(orders.div_ceil(2)), config.clone()).run(scene.clone());
    Runner::new(PctScheduler::new(TURNS, orders / 2), config).run(scene);
    println!("{orders} orders");
}

/// A ledger with an entry, on a disk that pauses.
fn ledger() -> (MemoryDisk, Ledger) {
    let disk = MemoryDisk::pausing(thread::yield_now);
    let key = LedgerKey::Here(SigningKey::of_secret("example.com/ledger", &[1; 32]).unwrap());
    let mut ledger = Ledger::create_on(Path::new(DIR), &key, &on(&disk)).unwrap();
    ledger.append(&[churn(1, "a")], at(0)).unwrap();
    (disk, ledger)
}

/// Batches of a producer: the second has an event that all others have too, the third is refused.
fn batches(producer: u128) -> [Vec<Event>; 3] {
    let first = producer * 10 + 100;
    [
        vec![churn(first, "a"), churn(first + 1, "b")],
        vec![churn(first + 2, "a"), churn(7, "c")],
        vec![churn(first + 3, "b"), retract(first + 4, "a", 99_999)],
    ]
}

/// The answers to the batches of a producer.
type Answers = Vec<Result<Vec<Outcome>, AppendError>>;

fn produce(appender: &Appender, producer: u128, acknowledged: &dyn Fn(&[Outcome])) -> Answers {
    let append = |batch| {
        let answer = block_on(appender.append(batch));
        if let Ok(outcomes) = &answer {
            acknowledged(outcomes);
        }
        answer
    };
    batches(producer).into_iter().map(append).collect()
}

fn seq(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::New { seq } | Outcome::Already { seq } => *seq,
    }
}

/// Checks that what was acknowledged is there when the power goes now and all that was not synced is lost.
fn assert_durable(disk: &MemoryDisk, outcomes: &[Outcome]) {
    let mut cut = Cut::default();
    disk.ops().iter().for_each(|op| cut.apply(op));
    let worst = MemoryDisk::of(cut.image(&vec![0; cut.doubts().len()]));
    let (ledger, _) = Ledger::open_on(Path::new(DIR), &on(&worst), &mut |_| {}).unwrap();
    for outcome in outcomes {
        assert!(seq(outcome) < ledger.size(), "{outcome:?} was acknowledged and is lost (L5)");
    }
}

/// Looks at the ledger as another process does; returns how much it saw.
fn look(disk: &MemoryDisk) -> u64 {
    let reader = Reader::open_on(Path::new(DIR), &on(disk)).unwrap();
    let (size, entries) = (reader.size(), lines(&reader));
    assert_eq!(entries.len() as u64, size);
    assert_eq!(reader.root(size).unwrap(), crate::store::testing::naive_root(&entries), "the root of {size}");
    size
}

/// Checks the answers of a producer against the ledger at the end; a batch that failed is not there, unless `is_failing`
/// leaves it open.
fn assert_answers(reader: &Reader, producer: u128, answers: &Answers, is_failing: bool) {
    for (batch, answer) in batches(producer).iter().zip(answers) {
        let places = batch.iter().map(|event| {
            let found = reader.find(crate::Key::event(event.id), reader.size()).unwrap();
            found.into_iter().find(|&seq| reader.entry(seq).unwrap().event == *event)
        });
        let places: Vec<Option<u64>> = places.collect();
        match answer {
            Ok(outcomes) => {
                let seqs: Vec<Option<u64>> = outcomes.iter().map(|outcome| Some(seq(outcome))).collect();
                assert_eq!(places, seqs, "{batch:?} is not where it was acknowledged");
            }
            Err(AppendError::Refused { index: 1, .. } | AppendError::Closed) => {
                assert_eq!(places[0], None, "{batch:?} was not taken, and is there");
            }
            Err(AppendError::Store(StoreError::Write(_))) if is_failing => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[test]
fn in_any_order_an_answer_means_durable_and_readers_see_whole_batches() {
    in_many_orders(|| {
        let (disk, ledger) = ledger();
        let appender = Appender::start(ledger, || at(0)).unwrap();
        let producers = [0, 1, 2].map(|producer| {
            let (appender, disk) = (appender.clone(), disk.clone());
            thread::spawn(move || {
                produce(&appender, producer, &|outcomes| {
                    assert_durable(&disk, outcomes);
                    assert!(outcomes.iter().all(|outcome| seq(outcome) < look(&disk)), "acknowledged and not seen");
                })
            })
        });
        let reader = thread::spawn({
            let disk = disk.clone();
            move || {
                let sizes = [0; 4].map(|_| look(&disk));
                assert!(sizes.is_sorted(), "a reader saw less than before: {sizes:?}");
            }
        });
        let answers = producers.map(|producer| producer.join().unwrap());
        reader.join().unwrap();
        let ledger = block_on(appender.close()).unwrap();
        // Two of each producer, one that the first producer had, one that was there.
        assert_eq!(ledger.size(), 3 * 3 + 1 + 1);
        for (producer, answers) in (0..).zip(&answers) {
            assert!(answers[0].is_ok() && answers[1].is_ok() && answers[2].is_err(), "{answers:?}");
            assert_answers(&ledger.reader(), producer, answers, false);
        }
        drop(ledger);
        verify_on(Path::new(DIR), &on(&disk), &mut |_| {}).unwrap();
    });
}

#[test]
fn in_any_order_of_writers_that_come_and_go_readers_see_what_is_durable_and_no_less_later() {
    in_many_orders(|| {
        let (disk, ledger) = ledger();
        drop(ledger);
        let readers = [0, 1].map(|_| {
            let disk = disk.clone();
            thread::spawn(move || {
                let sizes = [0; 3].map(|_| {
                    let size = look(&disk);
                    assert_durable(&disk, &[Outcome::Already { seq: size - 1 }]);
                    size
                });
                assert!(sizes.is_sorted(), "a reader saw less than before: {sizes:?}");
            })
        });
        for number in 0..3 {
            let (mut ledger, _) = Ledger::open_on(Path::new(DIR), &on(&disk), &mut |_| {}).unwrap();
            ledger.append(&[churn(number + 10, "a"), churn(number + 20, "b")], at(0)).unwrap();
        }
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn in_any_order_of_closing_each_batch_is_answered_and_what_is_refused_is_not_there() {
    in_many_orders(|| {
        let (disk, ledger) = ledger();
        let appender = Appender::start(ledger, || at(0)).unwrap();
        let producers = [0, 1].map(|producer| {
            let (appender, disk) = (appender.clone(), disk.clone());
            thread::spawn(move || produce(&appender, producer, &|outcomes| assert_durable(&disk, outcomes)))
        });
        let other = appender.clone();
        let closing = thread::spawn(move || block_on(other.close()).map(|ledger| ledger.size()));
        let ledger = block_on(appender.close());
        let closed = closing.join().unwrap();
        assert!(ledger.is_ok() != closed.is_ok(), "two have the ledger, or nobody");
        let answers = producers.map(|producer| producer.join().unwrap());
        drop(ledger);
        let reader = Reader::open_on(Path::new(DIR), &on(&disk)).unwrap();
        for (producer, answers) in (0..).zip(&answers) {
            assert_answers(&reader, producer, answers, false);
        }
    });
}

#[test]
fn in_any_order_of_failures_each_batch_is_answered_and_no_answer_is_wrong() {
    in_many_orders(|| {
        let (disk, ledger) = ledger();
        let after = thread_rng().gen_range(0..12);
        let once = thread_rng().gen_bool(0.5);
        disk.set_fault(Some(Fault { after, kind: ErrorKind::Other, once, short: false }));
        let appender = Appender::start(ledger, || at(0)).unwrap();
        let producers = [0, 1].map(|producer| {
            let (appender, disk) = (appender.clone(), disk.clone());
            thread::spawn(move || produce(&appender, producer, &|outcomes| assert_durable(&disk, outcomes)))
        });
        let answers = producers.map(|producer| producer.join().unwrap());
        // The handle is given back, poisoned or not.
        drop(block_on(appender.close()).unwrap());
        disk.set_fault(None);
        let (ledger, _) = Ledger::open_on(Path::new(DIR), &on(&disk), &mut |_| {}).unwrap();
        for (producer, answers) in (0..).zip(&answers) {
            assert_answers(&ledger.reader(), producer, answers, true);
        }
    });
}
