//! Durable appends of many producers at once, each waiting for its own.

use std::path::Path;
use std::sync::{Barrier, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ledger::{Appender, Event, Ledger};
use rusqlite::{Connection, params};

use super::append;
use crate::Outcome;
use crate::events::event_of;
use crate::row::Measurement;
use crate::stores::{NOW, connect_to_sqlite, sqlite_table};
use crate::target::Target;
use crate::timing::rate;
use crate::workbench::Workbench;

const PRODUCERS: u64 = 64;
/// Appends of each producer in a round: of ours, and of `SQLite`, which takes longer.
const EACH: u64 = 400;
const EACH_OF_SQLITE: u64 = 20;
const ROUNDS: u64 = 5;

/// What is to be reached, a second, and beside `SQLite`.
const A_SECOND: f64 = 150_000.0;
const OF_SQLITE: f64 = 20.0;

const INSERT: &str = "INSERT INTO events (line) VALUES (?1)";

/// Measures it.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let (each, each_of_sqlite) = (bench.scaled(EACH), bench.scaled(EACH_OF_SQLITE));
    let rounds = bench.scaled(ROUNDS);
    let lines = append::take(bench, usize::try_from(PRODUCERS * each * rounds)?)?;
    let dir = bench.fresh("producers")?;
    std::fs::create_dir_all(&dir)?;
    let (mut ours, mut shared, mut own) = (Vec::new(), Vec::new(), Vec::new());
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    let appender = Appender::start(Ledger::create(&dir.join("ledger"), "bench.example")?.0, || NOW)?;
    let connection = Mutex::new(table(&dir.join("shared"))?);
    let connections = connections(&dir.join("own"))?;
    let in_round = lines.len().div_ceil(usize::try_from(rounds)?).max(1);
    for round in lines.chunks(in_round) {
        let each = (round.len() as u64).div_ceil(PRODUCERS);
        let events: Vec<Vec<Event>> = round
            .chunks(usize::try_from(each)?)
            .map(|of_one| of_one.iter().map(|line| event_of(line)).collect())
            .collect::<Outcome<_>>()?;
        ours.push(rate(round.len() as u64, runtime.block_on(append_all(&appender, events))?));
        let few: Vec<&String> = round.iter().take(usize::try_from(each_of_sqlite)?).collect();
        let count = few.len() as u64 * PRODUCERS;
        shared.push(rate(count, together(|_| insert_shared(&connection, &few))?));
        own.push(rate(count, together(|nth| insert_own(connections.get(nth), &few))?));
    }
    let what = format!("{PRODUCERS} at once");
    let row = |peer: &str, theirs: &[f64]| {
        Measurement::in_turns(&what, "events/s", &ours, peer, theirs).reaching(Target::RatioAtLeast(OF_SQLITE))
    };
    Ok(vec![
        Measurement::median(&what, "events/s", &ours).reaching(Target::AtLeast(A_SECOND)),
        row("SQLite, a connection each", &own),
        row("SQLite, a connection for all", &shared),
    ])
}

/// Every producer is a task, and appends its events one after the other.
pub(super) async fn append_all(appender: &Appender, events: Vec<Vec<Event>>) -> Outcome<Duration> {
    let start = Instant::now();
    let producers: Vec<_> = events
        .into_iter()
        .map(|events| {
            let appender = appender.clone();
            tokio::spawn(async move {
                for event in events {
                    appender.append(vec![event]).await?;
                }
                Ok::<(), ledger::AppendError>(())
            })
        })
        .collect();
    for producer in producers {
        producer.await??;
    }
    Ok(start.elapsed())
}

/// Every producer is a thread; they begin together.
fn together(produce: impl Fn(usize) -> Outcome<()> + Sync) -> Outcome<Duration> {
    let producers = usize::try_from(PRODUCERS)?;
    let barrier = Barrier::new(producers + 1);
    std::thread::scope(|scope| {
        let (barrier, produce) = (&barrier, &produce);
        let running: Vec<_> = (0..producers)
            .map(|nth| {
                scope.spawn(move || {
                    barrier.wait();
                    produce(nth)
                })
            })
            .collect();
        barrier.wait();
        let start = Instant::now();
        for producer in running {
            producer.join().map_err(|_| "a producer panicked")??;
        }
        Ok(start.elapsed())
    })
}

fn table(file: &Path) -> Outcome<Connection> {
    let connection = connect_to_sqlite(file)?;
    sqlite_table(&connection)?;
    Ok(connection)
}

/// A connection for each producer, to one table.
fn connections(file: &Path) -> Outcome<Vec<Mutex<Connection>>> {
    table(file)?;
    (0..PRODUCERS).map(|_| Ok(Mutex::new(connect_to_sqlite(file)?))).collect()
}

fn insert_own(connection: Option<&Mutex<Connection>>, lines: &[&String]) -> Outcome<()> {
    let connection = connection.ok_or("a producer without a connection")?;
    let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    let mut insert = connection.prepare_cached(INSERT)?;
    for line in lines {
        insert.execute(params![line.as_bytes()])?;
    }
    Ok(())
}

fn insert_shared(connection: &Mutex<Connection>, lines: &[&String]) -> Outcome<()> {
    for line in lines {
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.prepare_cached(INSERT)?.execute(params![line.as_bytes()])?;
    }
    Ok(())
}
