//! Many producers and many readers at once, in this process and others; what each of them saw is recorded with its time
//! and checked at the end.
//!
//! `PCS_TEST_HISTORIES` is how many histories are recorded.

mod history;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::{Appender, Event, Ledger, OpenError, Outcome, Reader, Timestamp, parse_event};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

use crate::histories::Dice;
use crate::processes::{answer, counts, events, ledger, run};
use crate::seeds;
use history::{Answer, Append, Clock, History, Look};

/// Histories without the variable.
const HISTORIES: u64 = 2;
/// How often the writer closes the ledger and opens it again.
const LIVES: u64 = 3;
const PRODUCERS: u64 = 10;
/// Batches of a producer in one life of the writer.
const BATCHES: u64 = 40;
/// Threads that read.
const READERS: usize = 3;
/// Threads that run commands which read.
const COMMANDS: usize = 2;

/// Partners of the events, as `processes::events` makes them.
const PARTNERS: [&str; 2] = ["6034450", "6034453"];

#[test]
fn many_producers_and_readers_see_one_ledger_that_grows() {
    let first = seeds::number("PCS_TEST_FIRST_SEED").unwrap_or(0);
    let histories = seeds::number("PCS_TEST_HISTORIES").unwrap_or(HISTORIES);
    let (mut appends, mut looks, mut answers, mut locked) = (0, 0, 0, 0);
    for seed in first..first + histories {
        let history = record(seed);
        appends += history.appends.len();
        looks += history.looks.len();
        answers += history.answers.len();
        locked += history.locked;
    }
    println!("{histories} histories: {appends} batches, {looks} looks, {answers} answers, {locked} writers refused");
}

/// The world that all of them share.
struct World<'a> {
    dir: &'a Path,
    clock: Clock,
    /// What the writer's clock says; it goes back at times.
    now: Arc<AtomicI64>,
    is_over: AtomicBool,
    /// Instants that questions name.
    known: Mutex<Vec<Timestamp>>,
}

/// Records a history, and checks it.
fn record(seed: u64) -> History {
    let home = ledger();
    let dir = home.path().join("pcs-ledger");
    let start = Timestamp::parse("2025-03-01").unwrap().micros();
    let world = World {
        dir: &dir,
        clock: Clock::default(),
        now: Arc::new(AtomicI64::new(start)),
        is_over: AtomicBool::new(false),
        known: Mutex::default(),
    };
    let mut history = thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|number| {
                scope.spawn({
                    let world = &world;
                    move || read(world, seed, number)
                })
            })
            .collect();
        let commands: Vec<_> = (0..COMMANDS)
            .map(|number| {
                scope.spawn({
                    let (world, home) = (&world, home.path());
                    move || ask(world, home, seed, number)
                })
            })
            .collect();
        let mut history = History::default();
        for life in 0..LIVES {
            history.appends.extend(produce(&world, seed, life));
        }
        world.is_over.store(true, Ordering::SeqCst);
        for thread in readers.into_iter().chain(commands) {
            history.add(thread.join().unwrap());
        }
        history
    });
    let end = Reader::open(&dir).unwrap();
    // Once more at the end, when nobody writes.
    for known_at in world.known.into_inner().unwrap() {
        history.answers.extend(PARTNERS.map(|partner| known(&end, partner, known_at)));
    }
    history.check(&end);
    answer(home.path(), &["verify"]);
    history
}

/// Opens the ledger, lets many producers append, and closes it; returns what was acknowledged.
fn produce(world: &World<'_>, seed: u64, life: u64) -> Vec<Append> {
    let runtime = Runtime::new().unwrap();
    let appender = Appender::start(open(world.dir), {
        let now = Arc::clone(&world.now);
        move || {
            let ticks = now.fetch_add(7, Ordering::SeqCst);
            Timestamp::from_micros(if ticks % 5 == 0 { ticks - 1_000_000 } else { ticks })
        }
    });
    let appends = thread::scope(|scope| {
        let producers = (0..PRODUCERS).map(|number| {
            let (appender, runtime) = (appender.clone(), &runtime);
            scope.spawn(move || {
                let mut dice = Dice::new(seed, &format!("producer {number} of life {life}"));
                let batches = (0..BATCHES).map(|batch| {
                    let count = 1 + dice.below(4) as u64;
                    let events = batch_of((life << 14) | (number << 7) | batch, count);
                    let begun = world.clock.tick();
                    let outcomes = runtime.block_on(appender.append(events.clone())).unwrap();
                    let acknowledged = world.clock.tick();
                    let places = events.iter().zip(outcomes).map(|(event, outcome)| match outcome {
                        Outcome::New { seq } => (event.id, seq),
                        Outcome::Already { seq } => panic!("{} is at {seq} already", event.id),
                    });
                    Append { begun, acknowledged, places: places.collect() }
                });
                batches.collect::<Vec<Append>>()
            })
        });
        let producers: Vec<_> = producers.collect();
        producers.into_iter().flat_map(|producer| producer.join().unwrap()).collect()
    });
    drop(runtime.block_on(appender.close()).unwrap());
    appends
}

/// Opens the ledger, when no other process has it.
fn open(dir: &Path) -> Ledger {
    loop {
        match Ledger::open(dir, &mut |_| {}) {
            Ok((ledger, _)) => return ledger,
            Err(OpenError::Locked(_)) => thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
}

fn batch_of(batch: u64, count: u64) -> Vec<Event> {
    events(batch, count).lines().map(|line| parse_event(line, || None).unwrap()).collect()
}

/// Reads in this process until it is over: readers that are opened afresh, and one that was opened long ago.
fn read(world: &World<'_>, seed: u64, number: usize) -> History {
    let mut dice = Dice::new(seed, &format!("reader {number}"));
    let mut history = History::default();
    let mut old = Reader::open(world.dir).unwrap();
    while !world.is_over.load(Ordering::SeqCst) {
        let begun = world.clock.tick();
        let reader = Reader::open(world.dir).unwrap();
        let (size, root) = (reader.size(), reader.root(reader.size()).unwrap());
        let ended = world.clock.tick();
        history.looks.push(Look { who: "reader", begun, ended, size, root: Some(root), lines: Some(lines(&reader)) });
        if size > 0 && dice.below(3) == 0 {
            let known_at = reader.recorded_at(dice.below(usize::try_from(size).unwrap()) as u64).unwrap();
            world.known.lock().unwrap().push(known_at);
        }
        let known_at = world.known.lock().unwrap().last().copied();
        // One that another reader named may be later than what this one sees.
        let is_seen =
            |reader: &Reader, known_at| reader.size() > 0 && reader.recorded_at(reader.size() - 1).unwrap() >= known_at;
        for reader in [&reader, &old] {
            if let Some(known_at) = known_at.filter(|known_at| is_seen(reader, *known_at)) {
                history.answers.push(known(reader, PARTNERS[dice.below(2)], known_at));
            }
        }
        // One that was opened before sees what it saw then.
        let size = old.size();
        assert!(old.line(size).is_err(), "a reader reads behind its end");
        assert_eq!(old.root(size).unwrap(), reader.root(size).unwrap(), "the root of {size} (L8)");
        if dice.below(4) == 0 {
            old = reader;
        }
    }
    history
}

/// The hash of all lines.
fn lines(reader: &Reader) -> [u8; 32] {
    let (mut hash, mut next) = (Sha256::new(), 0);
    let scanned = reader.scan(0, reader.size(), &mut |seq, line| {
        assert_eq!(seq, next, "a hole");
        next += 1;
        hash.update(line);
        hash.update(b"\n");
        ControlFlow::Continue(())
    });
    scanned.unwrap();
    assert_eq!(next, reader.size(), "a hole at the end");
    hash.finalize().into()
}

/// What was known of a partner at an instant.
fn known(reader: &Reader, partner: &str, known_at: Timestamp) -> Answer {
    let size = reader.size_at(known_at).unwrap();
    let seqs: Vec<u64> = reader.entries(partner, size).unwrap().iter().map(|entry| entry.seq).collect();
    Answer { question: format!("{partner} at {known_at}"), answer: format!("{size}: {seqs:?}") }
}

/// Asks in other processes until it is over; a second writer is refused meanwhile.
fn ask(world: &World<'_>, home: &Path, seed: u64, number: usize) -> History {
    let mut dice = Dice::new(seed, &format!("commands {number}"));
    let mut history = History::default();
    while !world.is_over.load(Ordering::SeqCst) {
        let begun = world.clock.tick();
        match dice.below(4) {
            0 => {
                let exported = answer(home, &["export"]);
                let lines = Some(Sha256::digest(exported.as_bytes()).into());
                let (ended, size) = (world.clock.tick(), exported.lines().count() as u64);
                history.looks.push(Look { who: "export", begun, ended, size, root: None, lines });
            }
            1 => {
                let verified: Value = serde_json::from_str(&answer(home, &["verify", "--format", "json"])).unwrap();
                let (ended, size) = (world.clock.tick(), verified["size"].as_u64().unwrap());
                let root = STANDARD.decode(verified["root"].as_str().unwrap()).unwrap().try_into().ok();
                history.looks.push(Look { who: "verify", begun, ended, size, root, lines: None });
            }
            2 => history.answers.extend(score(world, home, &mut dice)),
            _ => match import(world, home, number as u64, history.appends.len() as u64, begun) {
                Some(append) => history.appends.push(append),
                None => history.locked += 1,
            },
        }
    }
    history
}

/// What a command says of a partner at an instant that somebody has named.
fn score(world: &World<'_>, home: &Path, dice: &mut Dice) -> Option<Answer> {
    let known_at = {
        let known = world.known.lock().unwrap();
        *known.get(dice.below(known.len().max(1)))?
    };
    let partner = PARTNERS[dice.below(PARTNERS.len())];
    let known_at = known_at.to_string();
    let score = ["score", "--partner", partner, "--as-of", "2025-02-28", "--known-at", &known_at, "--format", "json"];
    let said = run(home, &score);
    let (stdout, stderr) = (String::from_utf8(said.stdout).unwrap(), String::from_utf8(said.stderr).unwrap());
    assert!(said.status.code() == Some(0) || stderr.contains("unknown_partner"), "{stderr}");
    Some(Answer { question: score.join(" "), answer: stdout })
}

/// Imports in another process, which is refused while the writer has the ledger, and may succeed between two lives.
fn import(world: &World<'_>, home: &Path, number: u64, times: u64, begun: u64) -> Option<Append> {
    let name = format!("{number}.jsonl");
    let batch = events((1 << 20) | (number << 14) | times, 2);
    std::fs::write(home.join(&name), &batch).unwrap();
    let said = run(home, &["import", &name, "--format", "json", "--now", "2025-03-01"]);
    if said.status.code() != Some(0) {
        let error = String::from_utf8(said.stderr).unwrap();
        assert!(error.contains("\"code\":\"locked\""), "{error}");
        return None;
    }
    let acknowledged = world.clock.tick();
    let [new, _, _, size] = counts(&String::from_utf8(said.stdout).unwrap());
    let ids = batch.lines().map(|line| parse_event(line, || None).unwrap().id);
    Some(Append { begun, acknowledged, places: ids.zip(size - new..size).collect() })
}
