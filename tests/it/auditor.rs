//! The program that an auditor finds in `docs/audit.md`: it accepts the truth and nothing else.
//!
//! Without `PCS_TEST_LIES=all` some bits of the note and some entries are changed; with it, all are.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::docs::program;
use crate::seeds;
use crate::session::Session;

/// Lines that the program may have, so that somebody reads it.
const MOST_LINES: usize = 45;
/// The verifier key from the documentation of signed notes.
const OTHER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// One of so many bits and entries is changed in the short form.
const STRIDE: usize = 37;

/// An auditor's desk: the program, and what it was given.
struct Desk {
    dir: TempDir,
    key: String,
    entries: Vec<String>,
    note: Vec<u8>,
}

/// The desk of an auditor of the first entries of the example, or of all.
fn desk(session: &Session, size: Option<usize>) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let program = program("docs/audit.md").expect("the page has a program");
    assert!(program.lines().count() <= MOST_LINES, "the program is too long to be read");
    fs::write(dir.path().join("audit.py"), program).unwrap();
    let all = session.answer(&["export", "--ledger", "example"]);
    let size = size.unwrap_or(all.lines().count());
    let entries = all.lines().take(size).map(str::to_owned).collect();
    let note = session.answer(&["checkpoint", "--ledger", "example", "--size", &size.to_string()]).into_bytes();
    let key = session.answer(&["key", "show", "--ledger", "example"]).trim_end().to_owned();
    Desk { dir, key, entries, note }
}

fn example() -> Session {
    let session = Session::new();
    assert_eq!(session.run(&["demo", "--dir", "example", "--quiet"]).code, 0);
    session
}

impl Desk {
    /// Whether the program accepts these lines, this note and this key.
    fn accepts(&self, entries: &[String], note: &[u8], key: &str) -> bool {
        let lines: String = entries.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.dir.path().join("entries"), lines).unwrap();
        fs::write(self.dir.path().join("checkpoint"), note).unwrap();
        let (holds, said) = run(self.dir.path(), key);
        assert_eq!(holds, said.starts_with("holds: "), "{said}");
        holds
    }
}

/// Runs the program; returns whether it ended with 0, and what it said.
fn run(dir: &Path, key: &str) -> (bool, String) {
    let mut python = Command::new("python3");
    python.args(["-B", "audit.py", "entries", "checkpoint", key]).current_dir(dir);
    let output = python.output().expect("python3 is needed to run the program of docs/audit.md; install it");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// Every so many numbers below an end, or all in the long form.
fn some(end: usize, salt: usize) -> Vec<usize> {
    let is_all = std::env::var_os("PCS_TEST_LIES").is_some();
    (0..end).skip(if is_all { 0 } else { salt % STRIDE }).step_by(if is_all { 1 } else { STRIDE }).collect()
}

#[test]
fn the_auditors_program_accepts_the_truth_of_every_kind_of_size() {
    let session = example();
    for size in [0, 1, 2, 3, 4, 5, 8, 31, 64, 700] {
        let desk = desk(&session, Some(size));
        assert!(desk.accepts(&desk.entries, &desk.note, &desk.key), "{size} entries");
    }
    let desk = desk(&session, None);
    assert!(desk.accepts(&desk.entries, &desk.note, &desk.key));
    let cosigned = [desk.note.as_slice(), "— witness.example AAAAAAAAAAAA\n".as_bytes()].concat();
    assert!(desk.accepts(&desk.entries, &cosigned, &desk.key), "signatures of others are passed over");
}

#[test]
fn the_auditors_program_rejects_entries_that_were_changed_removed_swapped_or_added() {
    let session = example();
    let desk = desk(&session, Some(40));
    let is_rejected = |entries: &[String], what: &str| {
        assert!(!desk.accepts(entries, &desk.note, &desk.key), "{what} was accepted");
    };
    for place in some(desk.entries.len(), 5) {
        let mut changed = desk.entries.clone();
        changed[place] = changed[place].replacen("\"id\":\"", "\"id\":\"f", 1);
        is_rejected(&changed, &format!("a change of entry {place}"));
        let mut fewer = desk.entries.clone();
        fewer.remove(place);
        is_rejected(&fewer, &format!("a ledger without entry {place}"));
        let mut swapped = desk.entries.clone();
        swapped.swap(place, (place + 1) % desk.entries.len());
        is_rejected(&swapped, &format!("entry {place} in another place"));
        let mut twice = desk.entries.clone();
        twice.insert(place, twice[place].clone());
        is_rejected(&twice, &format!("entry {place} twice"));
    }
    let more = session.answer(&["export", "--ledger", "example", "--to-seq", "40"]);
    is_rejected(&more.lines().map(str::to_owned).collect::<Vec<_>>(), "one entry more");
    is_rejected(&desk.entries[..39], "one entry less");
}

#[test]
fn the_auditors_program_rejects_every_bit_of_the_note_that_is_flipped() {
    let desk = desk(&example(), Some(5));
    for bit in some(desk.note.len() * 8, usize::try_from(seeds::number("PCS_TEST_FIRST_SEED").unwrap_or(0)).unwrap()) {
        let mut note = desk.note.clone();
        note[bit / 8] ^= 1 << (bit % 8);
        assert!(!desk.accepts(&desk.entries, &note, &desk.key), "bit {bit} of the note was flipped and accepted");
    }
    assert!(!desk.accepts(&desk.entries, b"", &desk.key), "no note was accepted");
}

#[test]
fn the_auditors_program_rejects_another_key_and_another_history() {
    let session = example();
    let desk = desk(&session, Some(8));
    let same_name = session.answer(&["key", "make", "demo", "--out", "other.key", "--quiet"]);
    let (ledger_key, witness_key) = same_name.trim_end().split_once('\n').unwrap();
    let (name, rest) = desk.key.split_once('+').unwrap();
    let wrong_hash = format!("{name}+00000000+{}", rest.split_once('+').unwrap().1);
    for key in [OTHER_KEY, ledger_key, witness_key, &wrong_hash, &desk.key.replacen("demo", "dome", 1), ""] {
        assert!(!desk.accepts(&desk.entries, &desk.note, key), "{key} was accepted");
    }
    // The same lines, in a ledger of another key of that name.
    let lines: String = desk.entries.iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(session.run(&["init", "--quiet", "--ledger", "copy", "--key-file", "other.key"]).code, 0);
    assert_eq!(session.run_with(&["import", "--entries", "--ledger", "copy", "--quiet"], lines.into_bytes()).code, 0);
    let note = session.answer(&["checkpoint", "--ledger", "copy", "--key-file", "other.key"]);
    assert!(desk.accepts(&desk.entries, note.as_bytes(), ledger_key));
    assert!(!desk.accepts(&desk.entries, note.as_bytes(), &desk.key));
}
