//! The command is killed at random moments of an import (L5, L6).
//!
//! `PCS_TEST_KILLS` is how often.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::histories::Dice;
use crate::processes::{answer, counts, ended, events, ledger, pcs};
use crate::seeds;

/// Kills without the variable.
const KILLS: u64 = 10;

/// Kills that a ledger suffers, one after the other.
const KILLS_OF_A_LEDGER: u64 = 2;

/// Events of an import.
const EVENTS: u64 = 20_000;

#[test]
fn an_import_that_is_killed_is_there_wholly_or_not_at_all() {
    let kills = seeds::number("PCS_TEST_KILLS").unwrap_or(KILLS);
    let first = seeds::number("PCS_TEST_FIRST_SEED").unwrap_or(0);
    let seeds: Vec<u64> = (first..first + kills.div_ceil(KILLS_OF_A_LEDGER)).collect();
    let killed: u64 = seeds::on_two_threads(&seeds, kill_imports).into_iter().sum();
    assert!(killed * 3 >= kills, "only {killed} of {kills} imports were killed before their end");
}

/// Kills imports into one ledger; returns how many had not ended.
fn kill_imports(seed: u64) -> u64 {
    let dir = ledger();
    let dir = dir.path();
    fs::write(dir.join("0.jsonl"), events(0, EVENTS)).unwrap();
    let started = Instant::now();
    let unharmed = answer(dir, &["import", "0.jsonl", "--format", "json"]);
    let usual = started.elapsed();
    assert_eq!(counts(&unharmed), [EVENTS, 0, 0, EVENTS]);

    let mut dice = Dice::new(seed, "kills");
    let (mut killed, mut size) = (0, EVENTS);
    for round in 1..=KILLS_OF_A_LEDGER {
        fs::write(dir.join("round.jsonl"), events(round, EVENTS)).unwrap();
        let moment = usual.mul_f64(f64::from(u32::try_from(dice.below(1_100)).unwrap()) / 1_000.0);
        let import = pcs(dir, &["import", "round.jsonl", "--format", "json"]).spawn().unwrap();
        let (was_killed, acknowledged) = kill_after(import, moment);
        killed += u64::from(was_killed);
        size = check(dir, seed, size, &acknowledged);
    }
    killed
}

/// Kills a process after a while, unless it has ended; returns whether it had not, and what it had said.
fn kill_after(mut import: Child, moment: Duration) -> (bool, String) {
    let mut stdout = import.stdout.take().unwrap();
    let (sender, receiver) = mpsc::channel();
    let reading = thread::spawn(move || {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut stdout, &mut said).unwrap();
        // Nobody may be waiting any more.
        let _ = sender.send(());
        said
    });
    let is_running = receiver.recv_timeout(moment) == Err(RecvTimeoutError::Timeout);
    if is_running {
        import.kill().unwrap();
    }
    let (code, _, stderr) = ended(import);
    assert_eq!((code, stderr.as_str()), (if code.is_none() { None } else { Some(0) }, ""));
    (code.is_none(), reading.join().unwrap())
}

/// Checks the ledger after a kill, and imports the file again; returns the size then.
fn check(dir: &Path, seed: u64, size: u64, acknowledged: &str) -> u64 {
    let exported = answer(dir, &["export"]);
    let found = exported.lines().count() as u64;
    assert!(found == size || found == size + EVENTS, "seed {seed}: {found} entries after {size}");
    if !acknowledged.is_empty() {
        assert_eq!(counts(acknowledged), [EVENTS, 0, 0, size + EVENTS], "seed {seed}");
        assert_eq!(found, size + EVENTS, "seed {seed}: an acknowledged import is gone");
    }
    answer(dir, &["verify"]);
    let again = answer(dir, &["import", "round.jsonl", "--format", "json"]);
    let new = size + EVENTS - found;
    assert_eq!(counts(&again), [new, EVENTS - new, 0, size + EVENTS], "seed {seed}");
    answer(dir, &["verify"]);
    let completed = answer(dir, &["export"]);
    assert!(completed.starts_with(&exported), "seed {seed}: entries changed");
    assert_eq!(completed.lines().count() as u64, size + EVENTS, "seed {seed}");
    size + EVENTS
}
