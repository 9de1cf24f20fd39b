//! Every command is killed at random moments, with readers in other processes meanwhile: what was acknowledged stays,
//! the key still signs, and what has its name is whole (L5, L6).
//!
//! `PCS_TEST_KILLS` is how often.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::histories::Dice;
use crate::processes::{answer, ended, events, ledger, pcs, run};
use crate::seeds;

/// Kills without the variable.
const KILLS: u64 = 30;

/// Events of an import.
const EVENTS: u64 = 2_000;

/// The commands; `#` becomes the number of the round.
const COMMANDS: [&str; 15] = [
    "import #.jsonl",
    "import #.jsonl --skip-bad",
    "record customer-classified --partner 6034450 --effective-at 2025-03-01 --customer 4fdbff88-9d6b-42e0-9713-45c922ba8001 --segment smb",
    "key rotate",
    "witness add --witness-key w.key",
    "backup --out b#",
    "--ledger r# restore first",
    "export --tiles tiles",
    "salvage --out s#",
    "checkpoint",
    "verify",
    "score --partner 6034450 --as-of 2025-02-28",
    "replay --partner 6034450 --as-of 2025-02-28",
    "log",
    "stats",
];

/// What runs in another process meanwhile.
const READERS: [&str; 4] = ["verify", "stats", "export", "score --partner 6034450 --as-of 2025-02-28"];

fn words(command: &str, round: u64) -> Vec<String> {
    command.split(' ').map(|word| word.replace('#', &round.to_string())).collect()
}

#[test]
fn any_command_that_is_killed_leaves_what_was_acknowledged() {
    let kills = seeds::number("PCS_TEST_KILLS").unwrap_or(KILLS);
    let first = seeds::number("PCS_TEST_FIRST_SEED").unwrap_or(0);
    let halves: Vec<u64> = vec![first, first + 1];
    let killed: u64 = seeds::on_two_threads(&halves, |seed| kill_commands(seed, kills.div_ceil(2))).into_iter().sum();
    println!("{killed} of {kills} commands were killed before their end");
    assert!(killed * 4 >= kills, "only {killed} of {kills} commands were killed before their end");
}

/// Kills commands on one ledger; returns how many had not ended.
fn kill_commands(seed: u64, rounds: u64) -> u64 {
    let dir = ledger();
    let dir = dir.path();
    fs::write(dir.join("0.jsonl"), events(9_999, EVENTS)).unwrap();
    answer(dir, &["import", "0.jsonl"]);
    answer(dir, &["key", "make", "witness.example", "--out", "w.key", "--quiet"]);
    answer(dir, &["backup", "--out", "first"]);
    let mut dice = Dice::new(seed, "killed commands");
    let mut killed = 0;
    let mut before = answer(dir, &["export"]);
    for round in 0..rounds {
        let command = COMMANDS[usize::try_from(round + seed * 7).unwrap() % COMMANDS.len()];
        fs::write(dir.join(format!("{round}.jsonl")), events(round, EVENTS)).unwrap();
        let args = words(command, round);
        let started = pcs(dir, &args).spawn().unwrap();
        let reader = pcs(dir, &words(READERS[dice.below(READERS.len())], round)).spawn().unwrap();
        let acknowledged = kill_within(started, Duration::from_micros(dice.below(40_000) as u64));
        let what = format!("seed {seed}, round {round}: {command}");
        let (code, _, stderr) = ended(reader);
        assert_eq!(code, Some(0), "a reader beside {what}: {stderr}");
        killed += u64::from(!acknowledged);
        before = check(dir, &args, round, acknowledged, &before, &what);
    }
    killed
}

/// Kills a process after a while unless it has ended well; returns whether it had.
fn kill_within(mut child: Child, limit: Duration) -> bool {
    let started = Instant::now();
    while started.elapsed() < limit && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    // One that has ended is gone already.
    let _ = child.kill();
    ended(child).0 == Some(0)
}

/// Checks what is there after a kill; returns the entries.
fn check(dir: &Path, args: &[String], round: u64, acknowledged: bool, before: &str, what: &str) -> String {
    answer(dir, &["verify"]);
    let after = answer(dir, &["export"]);
    assert!(after.starts_with(before), "{what}: entries are gone or changed");
    let (was, is) = (before.lines().count() as u64, after.lines().count() as u64);
    let grows_by = match args[0].as_str() {
        "import" => EVENTS,
        "record" | "key" => 1,
        _ => 0,
    };
    assert!(is == was || is == was + grows_by, "{what}: {was} entries became {is}");
    assert!(!acknowledged || is == was + grows_by, "{what}: it was acknowledged, and is not there");
    // The key signs whether it was changed or not, and whatever has its name is whole.
    answer(dir, &["checkpoint", "--quiet"]);
    answer(dir, &["witness", "list"]);
    let (backup, restored, salvaged) = (format!("b{round}"), format!("r{round}"), format!("s{round}"));
    for (path, of) in [(&backup, "backup"), (&restored, "restore"), (&salvaged, "salvage")] {
        let is_asked = args.iter().any(|arg| arg == of);
        assert!(
            !(is_asked && acknowledged) || dir.join(path).exists(),
            "{what}: it was acknowledged, and is not there"
        );
    }
    if dir.join(&backup).exists() {
        answer(dir, &["--ledger", "again", "--quiet", "restore", &backup]);
        assert_eq!(answer(dir, &["--ledger", "again", "export"]), after, "{what}");
        fs::remove_dir_all(dir.join("again")).unwrap();
    }
    for made in [&restored, &salvaged] {
        if dir.join(made).exists() {
            assert_eq!(run(dir, &["--ledger", made, "verify"]).status.code(), Some(0), "{what}");
        }
    }
    after
}
