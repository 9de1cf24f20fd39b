//! The programs that an auditor finds in `docs/audit.md`: they accept the truth and nothing else.
//!
//! Without `PCS_TEST_LIES=all` some bits of the note and some entries are changed; with it, all are.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use flate2::bufread::MultiGzDecoder;
use tempfile::TempDir;

use crate::bundles::seal;
use crate::docs::programs;
use crate::seeds;
use crate::session::Session;

/// Lines that a program may have, so that somebody reads it: that of exports, and that of bundles.
const MOST_LINES: [(&str, usize); 2] = [("audit.py", 45), ("bundle.py", 75)];
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
    write_programs(dir.path());
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

/// Writes the programs of the page into a directory.
fn write_programs(dir: &Path) {
    let programs = programs("docs/audit.md");
    let lengths: Vec<(&str, usize)> =
        programs.iter().map(|(name, program)| (name.as_str(), program.lines().count())).collect();
    assert_eq!(lengths.len(), MOST_LINES.len());
    for ((name, lines), (of, most)) in lengths.iter().zip(MOST_LINES) {
        assert!(*name == of && *lines <= most, "{name} is too long to be read: {lines} lines");
    }
    for (name, program) in &programs {
        fs::write(dir.join(name), program).unwrap();
    }
}

/// Runs the program; returns whether it ended with 0, and what it said.
fn run(dir: &Path, key: &str) -> (bool, String) {
    python(dir, &["audit.py", "entries", "checkpoint", key])
}

/// Runs a program; returns whether it ended with 0, and what it said.
fn python(dir: &Path, args: &[&str]) -> (bool, String) {
    let mut python = Command::new("python3");
    python.arg("-B").args(args).current_dir(dir);
    let output = python.output().expect("python3 is needed to run the program of docs/audit.md; install it");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// The line of the first entry in a bundle of one area.
const FIRST_ENTRY: usize = 3;

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

/// The lines of a bundle of the example as of a day, known at another; and the directory with the program for bundles.
fn bundle(session: &Session, known_at: &str, area: &str) -> (TempDir, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    write_programs(dir.path());
    let asked = ["--partner", "6034453", "--as-of", "2025-02-28", "--known-at", known_at, "--area", area];
    let file = format!("{known_at}-{area}.audit");
    let export = ["audit", "export", "--ledger", "example", "--quiet", "--out", &file];
    let exported = session.run(&[&export[..], &asked].concat());
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    let sealed = fs::read(session.path(&file)).unwrap();
    fs::write(dir.path().join("whole.audit"), &sealed).unwrap();
    let mut text = String::new();
    MultiGzDecoder::new(sealed.as_slice()).read_to_string(&mut text).unwrap();
    (dir, text.lines().map(str::to_owned).collect())
}

/// Whether the program for bundles accepts these lines, sealed anew.
fn accepts(dir: &Path, lines: &[String], key: &str) -> bool {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(dir.join("other.audit"), seal(text.as_bytes())).unwrap();
    let (holds, said) = python(dir, &["bundle.py", "other.audit", key]);
    assert_eq!(holds, said.starts_with("holds: "), "{said}");
    holds
}

#[test]
fn the_auditors_program_for_bundles_accepts_the_truth_and_prints_the_entries_that_are_asked_for() {
    let session = example();
    let key = session.answer(&["key", "show", "--ledger", "example"]).trim_end().to_owned();
    for (known_at, area) in [("2025-03-10", "infrastructure"), ("2024-03-10", "security"), ("2025-04-04", "data_ai")] {
        let (dir, lines) = bundle(&session, known_at, area);
        let (holds, said) = python(dir.path(), &["bundle.py", "whole.audit", &key]);
        assert!(holds && said.starts_with("holds: ") && said.contains(&format!("stated: {area} as of")), "{said}");
        assert!(accepts(dir.path(), &lines, &key));
        let last = lines.last().unwrap();
        let entry: serde_json::Value = serde_json::from_str(last).unwrap();
        let (_, said) = python(dir.path(), &["bundle.py", "whole.audit", &key, &entry["seq"].to_string()]);
        assert_eq!(said.lines().last(), Some(last.as_str()));
    }
}

#[test]
fn the_auditors_program_for_bundles_rejects_whatever_is_changed_or_left_out() {
    let session = example();
    let key = session.answer(&["key", "show", "--ledger", "example"]).trim_end().to_owned();
    let (dir, lines) = bundle(&session, "2024-04-10", "infrastructure");
    let dir = dir.path();
    let is_rejected = |changed: &[String], what: &str| assert!(!accepts(dir, changed, &key), "{what} was accepted");
    for (line, from, to) in [
        (0, "2025-02-28", "2025-01-31"),
        (0, "\"made_at\":\"2025", "\"made_at\":\"2024"),
        (0, "total_min = 70", "total_min = 10"),
        (1, "\"points\":", "\"points\":1"),
        (2, "\"partner_path\":[", "\"partner_path\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","),
        (2, "\"between\":\"", "\"between\":\"AAAA"),
        (2, "\"checkpoint\":\"demo\\n", "\"checkpoint\":\"demo\\n1"),
        (2, "\\nanswers ", "\\nanswers A"),
    ] {
        let mut changed = lines.clone();
        assert!(changed[line].contains(from), "{from}");
        changed[line] = changed[line].replacen(from, to, 1);
        is_rejected(&changed, from);
    }
    for place in some(lines.len() - FIRST_ENTRY, 5).into_iter().map(|place| place + FIRST_ENTRY) {
        let mut changed = lines.clone();
        changed[place] = changed[place].replacen("\"id\":\"", "\"id\":\"f", 1);
        is_rejected(&changed, &format!("a change of line {place}"));
        let mut fewer = lines.clone();
        fewer.remove(place);
        is_rejected(&fewer, &format!("a bundle without line {place}"));
        let mut twice = lines.clone();
        twice.insert(place, twice[place].clone());
        is_rejected(&twice, &format!("line {place} twice"));
    }
    let foreign = session.answer(&["export", "--ledger", "example", "--partner", "6099001", "--to-seq", "400"]);
    let foreign = foreign.lines().next().unwrap().to_owned();
    let place = lines.iter().skip(FIRST_ENTRY).position(|line| seq_of(line) > seq_of(&foreign));
    let mut more = lines.clone();
    more.insert(place.map_or(lines.len(), |place| FIRST_ENTRY + place), foreign);
    is_rejected(&more, "an entry of another partner");
    for other in [OTHER_KEY, &key.replacen("demo", "dome", 1), ""] {
        assert!(!accepts(dir, &lines, other), "{other} was accepted");
    }
    let whole = fs::read(dir.join("whole.audit")).unwrap();
    // What stands behind the digest proves nothing and is read by nobody.
    for byte in some(whole.len() - 100, 11).into_iter().step_by(7) {
        let mut changed = whole.clone();
        changed[byte] ^= 1;
        fs::write(dir.join("other.audit"), changed).unwrap();
        assert!(!python(dir, &["bundle.py", "other.audit", &key]).0, "byte {byte} was changed and accepted");
    }
}

fn seq_of(line: &str) -> u64 {
    serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap()
}
