//! Directories that are read only, and files that may not be read any more: questions are answered as long as they can
//! be, everything else says what was not allowed where, and nothing is lost.
//!
//! A user who may do everything is refused nothing, so such a user runs the commands as another one.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::processes::{AZURE, PCS, events};

/// The user and group that own nothing.
const NOBODY: u32 = 65_534;
/// Another user, in another group.
const SOMEBODY: u32 = 65_533;

/// Commands that only read.
const QUESTIONS: [&str; 6] =
    ["export", "verify", "log", "score --partner 6034450 --as-of 2025-02-28", "checkpoint", "key show"];

/// The one that goes on without what is kept of histories.
const SCORE: &str = QUESTIONS[3];

/// Commands that only read, and say how much is kept.
const CACHED: [&str; 2] = ["stats", "replay --partner 6034450 --as-of 2025-02-28"];

/// Commands that write into the ledger.
const CHANGES: [&str; 5] = [
    "import more.jsonl",
    "import more.jsonl --skip-bad",
    "record customer-classified --partner 6034450 --effective-at 2025-03-01 --customer 4fdbff88-9d6b-42e0-9713-45c922ba8001 --segment smb",
    "key rotate",
    "witness add --witness-key w.key",
];

/// Commands that write beside the ledger, and what they write.
const MAKERS: [(&str, &str); 7] = [
    ("--ledger empty init", "empty"),
    ("--ledger restored restore first", "restored"),
    ("backup --out b", "b"),
    ("salvage --out s", "s"),
    ("export --tiles tiles", "tiles"),
    ("key make other --out o.key", "o.key"),
    ("audit export --partner 6034450 --as-of 2025-02-28 --out a", "a"),
];

/// A directory whose commands are run by somebody who may not do everything.
struct Place {
    dir: TempDir,
    is_root: bool,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let is_root = dir.path().metadata().unwrap().uid() == 0;
        let place = Self { dir, is_root };
        // What builds it may be where nobody else may go.
        fs::copy(PCS, place.path("pcs")).unwrap();
        fs::write(place.path("events.jsonl"), events(1, 2_500)).unwrap();
        fs::write(place.path("more.jsonl"), events(2, 30)).unwrap();
        if is_root {
            chown(place.dir.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        for command in ["init", "import events.jsonl", "key make witness.example --out w.key", "backup --out first"] {
            place.answer(command);
        }
        place.answer(SCORE);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, command: &str) -> Output {
        self.run_as(NOBODY, command)
    }

    /// Runs a command as a user and its group, where that can be.
    fn run_as(&self, user: u32, command: &str) -> Output {
        let mut pcs = Command::new(self.path("pcs"));
        pcs.args(["--quiet", "--format", "json", "--now", "2025-03-02T09:00:00Z"]).args(command.split(' '));
        pcs.current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        if self.is_root {
            pcs.uid(user).gid(user);
        }
        pcs.output().unwrap()
    }

    fn answer(&self, command: &str) -> String {
        let output = self.run(command);
        assert_eq!(output.status.code(), Some(0), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What is below a path and may be read or entered by others than its owner.
    fn open_to_others(&self, name: &str) -> Vec<String> {
        let open = self.below(name).into_iter().filter(|(_, permissions)| permissions.mode() & 0o077 != 0);
        open.map(|(path, permissions)| format!("{} {:o}", path.display(), permissions.mode() & 0o777)).collect()
    }

    /// Checks that every question has the answer that it had.
    fn assert_answers(&self, before: &[String]) {
        for (question, before) in QUESTIONS.iter().zip(before) {
            assert!(self.answer(question) == *before, "{question} has another answer");
        }
    }

    /// Every path below one, itself too, from above, with its permissions.
    fn below(&self, name: &str) -> Vec<(PathBuf, Permissions)> {
        let path = self.path(name);
        let mut all = vec![(path.clone(), path.metadata().unwrap().permissions())];
        if path.is_dir() {
            for entry in fs::read_dir(&path).unwrap() {
                all.extend(self.below(entry.unwrap().path().to_str().unwrap()));
            }
        }
        all
    }

    /// Does something while all paths below one have fewer permissions.
    fn with_mode(&self, name: &str, mask: u32, act: impl FnOnce()) {
        let all = self.below(name);
        for (path, permissions) in all.iter().rev() {
            fs::set_permissions(path, Permissions::from_mode(permissions.mode() & mask)).unwrap();
        }
        act();
        for (path, permissions) in all {
            fs::set_permissions(path, permissions).unwrap();
        }
    }

    /// Checks that a command says what was not allowed, at a place, and what to do.
    fn assert_denied(&self, command: &str, place: &str) {
        let output = self.run(command);
        let said = String::from_utf8(output.stderr).unwrap();
        let error: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{command}: {said}"));
        let error = &error["error"];
        assert_eq!((output.status.code(), &error["code"]), (Some(1), &Value::from("denied")), "{command}: {said}");
        assert!(error["message"].as_str().unwrap().contains(place), "{command} names no {place}: {said}");
        assert!(error["hints"][0].as_str().unwrap().contains("permissions"), "{command}: {said}");
        assert_eq!(output.stdout, b"", "{command}");
    }
}

fn names(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_ledger_that_is_read_only_answers_every_question_and_refuses_every_change() {
    let place = Place::new();
    let before = QUESTIONS.map(|question| place.answer(question));
    place.with_mode("pcs-ledger", 0o555, || {
        for change in CHANGES {
            place.assert_denied(change, "pcs-ledger");
        }
        place.assert_answers(&before);
        for question in CACHED {
            place.answer(question);
        }
        for (maker, made) in MAKERS {
            place.answer(maker);
            assert!(place.path(made).exists(), "{maker}");
        }
    });
    place.assert_answers(&before);
    for change in CHANGES {
        place.answer(change);
    }
    place.answer("verify");
}

#[test]
fn what_may_not_be_read_is_named_and_nothing_is_lost() {
    let place = Place::new();
    let before = QUESTIONS.map(|question| place.answer(question));
    let segment = "pcs-ledger/log/00000000000000000000.log";
    for (name, mask, needed_by) in [
        ("pcs-ledger/log", 0, &["export", "verify", "stats", "import more.jsonl", "backup --out b"][..]),
        (segment, 0, &["export", "verify", "stats", "import more.jsonl", "backup --out b", "salvage --out s"]),
        (segment, 0o444, &["import more.jsonl", "key rotate"]),
        ("pcs-ledger/head", 0, &["verify", "import more.jsonl"]),
        ("pcs-ledger/head", 0o444, &["import more.jsonl"]),
        ("pcs-ledger/index", 0, &["verify", "import more.jsonl"]),
        ("pcs-ledger/lock", 0o444, &["import more.jsonl"]),
        ("pcs-ledger/key", 0, &["checkpoint", "backup --out b", "key rotate", "key show"]),
        ("pcs-ledger/states", 0, &[]),
        ("pcs-ledger/states", 0o555, &[]),
    ] {
        place.with_mode(name, mask, || {
            for command in needed_by {
                place.assert_denied(command, name);
            }
            if needed_by.is_empty() {
                assert!(place.answer(SCORE) == before[3], "another score without {name}");
            }
        });
        place.assert_answers(&before);
    }
    assert!(!place.path("b").exists() && !place.path("s").exists());
}

#[test]
fn in_a_directory_that_is_read_only_nothing_is_made_and_nothing_left() {
    let place = Place::new();
    let (before, dir) = (names(place.dir.path()), place.dir.path().metadata().unwrap().permissions());
    fs::set_permissions(place.dir.path(), Permissions::from_mode(0o555)).unwrap();
    for (maker, made) in MAKERS {
        place.assert_denied(maker, made);
        assert_eq!(names(place.dir.path()), before, "{maker}");
    }
    fs::set_permissions(place.dir.path(), dir).unwrap();
    for (maker, _) in MAKERS {
        place.answer(maker);
    }
}

#[test]
fn what_a_ledger_holds_is_for_its_owner_alone() {
    let place = Place::new();
    fs::write(place.path("more.jsonl"), events(2, 15_000)).unwrap();
    fs::write(place.path("report.csv"), AZURE).unwrap();
    for command in [
        "import --keep more.jsonl",
        "witness add --witness-key w.key",
        "key rotate",
        // This asks what is known of a partner with many entries, and so makes the cache.
        "import --kind azure-usage report.csv",
        "people list",
        "--ledger restored restore first",
        "salvage --out s",
        "--ledger made init",
    ] {
        place.answer(command);
    }
    assert!(!place.run("demo --dir demo").stdout.is_empty());
    for ledger in ["pcs-ledger", "restored", "s", "made", "demo"] {
        assert_eq!(place.open_to_others(ledger), Vec::<String>::new(), "{ledger}");
    }
    for part in ["cache", "states", "kept", "witnessed", "index"] {
        assert!(place.path("pcs-ledger").join(part).exists(), "there is no {part} to look at");
    }
}

#[test]
fn those_whom_the_owner_lets_read_ask_every_question_and_hold_nobody_up() {
    let place = Place::new();
    let questions = &QUESTIONS[..4];
    let before: Vec<String> = questions.iter().map(|question| place.answer(question)).collect();
    if !place.is_root {
        return;
    }
    let denied = place.run_as(SOMEBODY, SCORE);
    assert_eq!(denied.status.code(), Some(1), "another user reads the ledger");
    // As docs/operating.md says.
    let share = |path: &Path| {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    share(&place.path("pcs-ledger"));
    for part in ["log", "index", "head"] {
        place.below(&format!("pcs-ledger/{part}")).iter().for_each(|(path, _)| share(path));
    }
    for _ in 0..2 {
        for (question, before) in questions.iter().zip(&before) {
            let output = place.run_as(SOMEBODY, question);
            assert_eq!(output.status.code(), Some(0), "{question}: {}", String::from_utf8_lossy(&output.stderr));
            // Those who cannot read the secret believe no run, and `verify` counts none.
            let without_runs = |text: &str| text.split("\"runs\"").next().map(str::to_owned);
            let answer = String::from_utf8(output.stdout).unwrap();
            assert!(without_runs(&answer) == without_runs(before), "{question} has another answer");
        }
        // As in ledgers of older versions, until their owner writes.
        fs::set_permissions(place.path("pcs-ledger/lock"), Permissions::from_mode(0o644)).unwrap();
        place.answer("import events.jsonl");
        let mode = place.path("pcs-ledger/lock").metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }
}
