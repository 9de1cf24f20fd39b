//! Backups, restores and tables as processes: beside a writer, without room, and killed.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::histories::Dice;
use crate::processes::{PCS, answer, ended, events, ledger, pcs, run};

/// Entries of the ledger that is backed up.
const EVENTS: u64 = 20_000;

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs a command that may write no file longer than so many blocks of 512 bytes.
fn within_blocks(dir: &Path, blocks: u32, args: &[&str]) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, PCS]).args(args).current_dir(dir).stdin(Stdio::null());
    command.output().unwrap()
}

fn code(output: &Output) -> (Option<i32>, String) {
    let error: Value = serde_json::from_slice(&output.stderr).unwrap_or_else(|_| panic!("{output:?}"));
    (output.status.code(), error["error"]["code"].as_str().unwrap().to_owned())
}

#[test]
fn without_room_nothing_is_left_of_a_backup_or_a_restore() {
    let dir = ledger();
    let dir = dir.path();
    fs::write(dir.join("events.jsonl"), events(1, EVENTS)).unwrap();
    answer(dir, &["import", "events.jsonl"]);
    let before = names(dir);
    for blocks in [0, 1, 20, 200] {
        let output = within_blocks(dir, blocks, &["--format", "json", "backup", "--out", "b"]);
        assert_eq!(code(&output), (Some(1), "failed".to_owned()), "{blocks} blocks");
        assert_eq!(names(dir), before, "{blocks} blocks");
    }
    answer(dir, &["backup", "--out", "b"]);
    let before = names(dir);
    for blocks in [0, 1, 20, 100] {
        let output = within_blocks(dir, blocks, &["--format", "json", "-q", "--ledger", "new", "restore", "b"]);
        assert_eq!(code(&output), (Some(1), "failed".to_owned()), "{blocks} blocks");
        assert_eq!(names(dir), before, "{blocks} blocks");
    }
    answer(dir, &["--ledger", "new", "restore", "b"]);
    assert_eq!(answer(dir, &["--ledger", "new", "export"]), answer(dir, &["export"]));
}

#[test]
fn without_room_nothing_is_left_of_a_table() {
    let dir = ledger();
    let dir = dir.path();
    fs::write(dir.join("events.jsonl"), events(1, EVENTS)).unwrap();
    answer(dir, &["import", "events.jsonl"]);
    // The first question keeps a state of each partner.
    answer(dir, &["score", "--all-partners", "--as-of", "2025-01-31"]);
    let before = names(dir);
    for table in [&["--line"][..], &["--scores", "--from", "2024-01-01", "--to", "2024-12-31"]] {
        for blocks in [0, 1] {
            let args = [&["--format", "json", "export", "--parquet", "t.parquet"], table].concat();
            let output = within_blocks(dir, blocks, &args);
            assert_eq!(code(&output), (Some(1), "failed".to_owned()), "{blocks} blocks: {output:?}");
            assert_eq!(names(dir), before, "{blocks} blocks");
        }
    }
}

#[test]
fn the_secret_of_what_is_derived_stays_in_its_ledger() {
    let dir = ledger();
    let dir = dir.path();
    fs::write(dir.join("events.jsonl"), events(1, 3_000)).unwrap();
    answer(dir, &["import", "events.jsonl"]);
    answer(dir, &["backup", "--out", "b"]);
    answer(dir, &["--ledger", "new", "restore", "b"]);
    let [own, restored] = ["pcs-ledger", "new"].map(|name| fs::read(dir.join(name).join("derived.secret")).unwrap());
    let secret = &own[12..44];
    assert_ne!(secret, &restored[12..44], "a restored ledger has the secret of the other");
    let written = [fs::read(dir.join("b")).unwrap(), answer(dir, &["export"]).into_bytes()];
    assert!(written.iter().all(|bytes| !bytes.windows(32).any(|part| part == secret)));
    // What is derived under one secret is worth nothing under another.
    fs::remove_dir_all(dir.join("new/index")).unwrap();
    fs::rename(dir.join("pcs-ledger/index"), dir.join("new/index")).unwrap();
    assert_eq!(
        code(&run(dir, &["--format", "json", "-q", "--ledger", "new", "verify"])),
        (Some(3), "corrupt".to_owned())
    );
    assert_eq!(answer(dir, &["--ledger", "new", "import", "events.jsonl"]), "0 new, 3000 already, 0 refused\n");
    answer(dir, &["--ledger", "new", "verify"]);
}

#[test]
fn a_restore_that_is_killed_makes_no_ledger_or_a_whole_one() {
    let dir = ledger();
    let dir = dir.path();
    fs::write(dir.join("events.jsonl"), events(1, EVENTS)).unwrap();
    answer(dir, &["import", "events.jsonl"]);
    answer(dir, &["backup", "--out", "b"]);
    let exported = answer(dir, &["export"]);
    let mut dice = Dice::new(1, "killed restores");
    let mut left = false;
    for round in 0..8 {
        let target = format!("r{round}");
        let mut restore = pcs(dir, &["--ledger", &target, "restore", "b"]).spawn().unwrap();
        let deadline = Duration::from_millis(dice.below(400) as u64);
        let started = std::time::Instant::now();
        while started.elapsed() < deadline && restore.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        restore.kill().unwrap();
        ended(restore);
        left |= names(dir).iter().any(|name| name.starts_with(&format!(".{target}.restoring-")));
        if dir.join(&target).exists() {
            assert_eq!(answer(dir, &["--ledger", &target, "export"]), exported);
        } else {
            assert_eq!(code(&run(dir, &["--ledger", &target, "--format", "json", "stats"])).1, "no_ledger");
            answer(dir, &["--ledger", &target, "restore", "b"]);
        }
        answer(dir, &["--ledger", &target, "verify"]);
    }
    assert!(left, "no restore was killed on its way");
}

#[test]
fn a_backup_is_taken_while_another_process_imports() {
    use std::io::Write as _;
    let dir = ledger();
    let dir = dir.path();
    fs::write(dir.join("first.jsonl"), events(1, 100)).unwrap();
    answer(dir, &["import", "first.jsonl"]);
    let mut import = pcs(dir, &["import", "-", "--format", "json"]).stdin(Stdio::piped()).spawn().unwrap();
    let lines = events(2, EVENTS);
    let (half, rest) = lines.as_bytes().split_at(lines.len() / 2);
    import.stdin.as_mut().unwrap().write_all(half).unwrap();
    answer(dir, &["backup", "--out", "during"]);
    import.stdin.as_mut().unwrap().write_all(rest).unwrap();
    assert_eq!(ended(import).0, Some(0));
    answer(dir, &["backup", "--out", "after"]);
    for (backup, size) in [("during", 100), ("after", 100 + EVENTS)] {
        let said = answer(dir, &["--ledger", &format!("of-{backup}"), "restore", backup]);
        assert!(said.starts_with(&format!("restored {size} entries, ")), "{said}");
    }
}
