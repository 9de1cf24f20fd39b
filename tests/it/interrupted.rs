//! An import that a signal ends.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::processes::{answer, ended, events, ledger, pcs, run};

/// An import of a process that has read half of its input and waits for the rest.
fn waiting(dir: &Path, form: &str) -> Child {
    let mut import = pcs(dir, &["import", "-", "--format", form]).stdin(Stdio::piped()).spawn().unwrap();
    // More than a pipe holds: when it is written, the other process has the ledger and reads.
    import.stdin.as_mut().unwrap().write_all(events(2, 10_000).as_bytes()).unwrap();
    import
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("the command kill");
    assert!(sent.success());
}

#[test]
fn an_interrupted_import_says_that_nothing_was_recorded_and_the_next_writer_is_calm() {
    let dir = ledger();
    let dir = dir.path();
    std::fs::write(dir.join("first.jsonl"), events(1, 100)).unwrap();
    answer(dir, &["import", "first.jsonl"]);
    let before = answer(dir, &["export"]);
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let mut import = waiting(dir, "text");
        let stdin = import.stdin.take();
        send(signal, &import);
        let told = "error: the import was interrupted: nothing was recorded\n\
            hint: the same import can be begun again at any time\n";
        assert_eq!(ended(import), (Some(code), String::new(), told.to_owned()), "{signal}");
        drop(stdin);
        assert_eq!(answer(dir, &["export"]), before, "{signal}");
        let next = run(dir, &["import", "first.jsonl"]);
        let said = String::from_utf8(next.stderr).unwrap();
        assert_eq!(next.status.code(), Some(0), "{signal}: {said}");
        assert!(!said.contains("warning") && !said.contains("WARN"), "{signal}: {said}");
        answer(dir, &["verify"]);
    }
}

#[test]
fn programs_are_told_of_an_interruption_by_its_code() {
    let dir = ledger();
    let dir = dir.path();
    let mut import = waiting(dir, "json");
    let stdin = import.stdin.take();
    send("-TERM", &import);
    let (code, _, stderr) = ended(import);
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!((code, &error["error"]["code"]), (Some(143), &json!("interrupted")));
    drop(stdin);
}

#[test]
fn every_other_command_ends_at_once_when_it_is_interrupted() {
    let dir = ledger();
    let dir = dir.path();
    std::fs::write(dir.join("events.jsonl"), events(1, 20_000)).unwrap();
    answer(dir, &["import", "events.jsonl"]);
    // It waits for somebody to read its answer. A shell's background jobs ignore SIGINT, so the other signal is sent.
    let mut export = pcs(dir, &["export"]).spawn().unwrap();
    send("-TERM", &export);
    assert_eq!(export.wait().unwrap().code(), None, "the signal itself ended it");
}
