//! Files that somebody made to do harm: changed at random, packed to burst, with names that write to a terminal.
//!
//! `PCS_TEST_FUZZ` is how many changed files are tried.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::bundles::seal;
use crate::downloads::wrapping::zip;
use crate::histories::Dice;
use crate::processes::{PCS, answer, ledger};
use crate::repository::text;
use crate::seeds;
use crate::session::{Outcome, Session};

/// Changed files without the variable.
const FILES: u64 = 900;
/// The longest that a command may take with one of them.
const LIMIT: Duration = Duration::from_secs(20);
/// What a corpus file is cut to, so that a change hits what matters.
const CORPUS_BYTES: usize = 8_000;

/// Mappings of each kind.
const MAPS: &str = r#"
[[certification]]
titles = ["Azure Wizard"]
code = "AZ-305"

[[product]]
domain = "m365"
name = "Exchange"
reported = ["Exch"]

[[attribution]]
texts = ["Tier one"]
mechanism = "csp"
role = "direct_bill"

[[account]]
location = "6034454"
partner = "6034453"
"#;

const PIECES: [&str; 14] = [
    "\"",
    ",,,,",
    ";",
    "\t",
    "\0",
    "\n\n",
    "\u{feff}",
    "9e999",
    "-1",
    "=cmd()",
    "{\"a\":",
    "[[",
    "\u{1b}[31m",
    "2025-02-30",
];

fn changed(dice: &mut Dice, original: &[u8]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len() + 1);
        let end = at + dice.below(bytes.len() - at + 1).min(300);
        match dice.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            3 => drop(bytes.splice(at..at, dice.pick(&PIECES).bytes())),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
    }
    bytes
}

/// Checks that a command ended as commands do, and wrote nothing that a terminal obeys.
fn assert_ended(ran: &Outcome, started: Instant, what: &str) {
    assert!(ran.code <= 3, "{what}: {ran:?}");
    assert!(started.elapsed() < LIMIT, "{what} took {:?}", started.elapsed());
    let is_plain = |text: &str| text.chars().all(|letter| letter == '\n' || !letter.is_control());
    assert!(is_plain(&ran.stdout) && is_plain(&ran.stderr), "{what} writes control characters: {ran:?}");
}

/// The reports of the transcript that has one of each kind.
fn of_each_kind() -> Vec<(String, Vec<u8>)> {
    let transcript = text("tests/transcripts/reports.txt");
    let files = transcript.split("\n--- ").skip(1).map(|rest| {
        let (name, rest) = rest.split_once('\n').unwrap();
        let (file, _) = rest.split_once("\n---").unwrap();
        (name.to_owned(), file.as_bytes().to_vec())
    });
    let files: Vec<_> = files.collect();
    assert!(files.len() > 10, "reports are missing: {}", files.len());
    files
}

fn unpacked(session: &Session, name: &str) -> Vec<u8> {
    let mut text = Vec::new();
    MultiGzDecoder::new(fs::read(session.path(name)).unwrap().as_slice()).read_to_end(&mut text).unwrap();
    text
}

#[test]
fn changed_files_of_every_kind_are_refused_or_read() {
    let session = Session::new();
    let made = session.run(&["demo", "--dir", "d", "--reports", "downloads"]);
    assert_eq!(made.code, 0, "{made:?}");
    let mut reports: Vec<(String, Vec<u8>)> = fs::read_dir(session.path("downloads"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .chain(of_each_kind())
        .collect();
    reports.sort();
    for (_, bytes) in &mut reports {
        bytes.truncate(CORPUS_BYTES);
    }
    let ledger = fs::read_dir(session.path("d")).unwrap().map(|entry| entry.unwrap().path());
    let ledger = ledger.into_iter().find(|path| path.join("log").is_dir()).unwrap_or(session.path("d"));
    let ledger = ledger.to_str().unwrap();
    assert_eq!(session.run(&["--ledger", ledger, "backup", "--out", "b"]).code, 0);
    let partners = session.run(&["--ledger", ledger, "export"]).stdout;
    let entries = partners.lines().take(20).collect::<Vec<_>>().join("\n");
    let partner = partners.split("\"partner\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let export = ["--ledger", ledger, "audit", "export", "--partner", &partner, "--as-of", "2025-03-31", "--out", "a"];
    let exported = session.run(&export);
    assert_eq!(exported.code, 0, "{exported:?}");
    let (backup, bundle) = (unpacked(&session, "b"), unpacked(&session, "a"));
    let note = session.run(&["--ledger", ledger, "checkpoint"]).stdout;
    assert_eq!(session.run(&["--ledger", "fresh", "init"]).code, 0);
    let rulebook = projection::rulebook::Rulebook::builtin().text();
    let files = seeds::number("PCS_TEST_FUZZ").unwrap_or(FILES);
    let mut ended = [0_u64; 4];
    for seed in 0..files {
        let mut dice = Dice::new(seed, "hostile files");
        let (name, report) = &reports[dice.below(reports.len())];
        let started = Instant::now();
        let (what, ran) = match seed % 12 {
            0 => {
                session.write("in.toml", changed(&mut dice, rulebook.as_bytes()));
                ("rulebook", session.run(&["rulebook", "check", "in.toml"]))
            }
            1 => {
                session.write("in.audit", seal(&changed(&mut dice, &bundle)));
                ("bundle", session.run(&["audit", "verify", "in.audit"]))
            }
            2 => {
                session.write("in.backup", seal(&changed(&mut dice, &backup)));
                let ran = session.run(&["--ledger", "restored", "restore", "in.backup"]);
                assert_eq!(ran.code == 0, session.path("restored").exists(), "seed {seed}: half a ledger");
                let _ = fs::remove_dir_all(session.path("restored"));
                ("backup", ran)
            }
            3 => {
                session.write("in.toml", changed(&mut dice, MAPS.as_bytes()));
                ("mappings", session.run(&["map", "check", "in.toml"]))
            }
            4 => {
                session.write("in.jsonl", changed(&mut dice, entries.as_bytes()));
                ("entries", session.run(&["--ledger", "fresh", "import", "--entries", "--dry-run", "in.jsonl"]))
            }
            5 => {
                session.write("in.note", changed(&mut dice, note.as_bytes()));
                ("checkpoint", session.run(&["--ledger", ledger, "verify", "--checkpoint", "in.note"]))
            }
            6 => {
                let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
                gzip.write_all(report).unwrap();
                session.write("in.csv.gz", changed(&mut dice, &gzip.finish().unwrap()));
                ("gzip", session.run(&["--ledger", ledger, "import", "--kind", "auto", "--dry-run", "in.csv.gz"]))
            }
            7 => {
                session.write("in.xlsx", changed(&mut dice, &workbook(&rows_of(report))));
                ("workbook", session.run(&["--ledger", ledger, "import", "--kind", "auto", "--dry-run", "in.xlsx"]))
            }
            _ => {
                session.write(name, changed(&mut dice, report));
                (name.as_str(), session.run(&["--ledger", ledger, "import", "--kind", "auto", "--dry-run", name]))
            }
        };
        assert_ended(&ran, started, &format!("seed {seed}: {what}"));
        ended[usize::from(ran.code)] += 1;
    }
    println!("{files} changed files, by exit code from 0 to 3: {ended:?}");
}

/// The rows of a report as those of a sheet, each line a cell.
fn rows_of(report: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(report).replace(['<', '&', '"'], "");
    let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row = |line: &str| format!("<row>{}</row>", line.split(',').map(cell).collect::<String>());
    text.lines().map(row).collect::<String>().into_bytes()
}

/// A workbook with one sheet.
fn workbook(rows: &[u8]) -> Vec<u8> {
    zip(&[
        ("xl/workbook.xml", b"<workbook><sheet name=\"A\" id=\"a\"/></workbook>"),
        (
            "xl/_rels/workbook.xml.rels",
            b"<x><Relationship Id=\"a\" Type=\"x/worksheet\" Target=\"a.xml\"/>\
          <Relationship Type=\"x/sharedStrings\" Target=\"s.xml\"/></x>",
        ),
        ("xl/s.xml", b"<sst uniqueCount=\"999999999999\"/>"),
        ("xl/a.xml", &[b"<worksheet><sheetData>".as_slice(), rows, b"</sheetData></worksheet>"].concat()),
    ])
}

/// Runs a command that may have so many kibibytes of memory. All of its threads allocate in one arena: each further one
/// reserves 64 MiB of addresses, which count here though nothing is in them.
fn within_memory(dir: &std::path::Path, kibibytes: u32, args: &[&str]) -> (Option<i32>, String) {
    let script = format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, PCS]).args(args).current_dir(dir).stdin(Stdio::null());
    let output = command.env("MALLOC_ARENA_MAX", "1").output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_file_that_bursts_is_refused_in_little_memory() {
    let dir = ledger();
    let dir = dir.path();
    for (name, byte) in [("zeros.csv.gz", b'0'), ("lines.jsonl.gz", b'['), ("quoted.csv.gz", b'"')] {
        let mut gzip = GzEncoder::new(fs::File::create(dir.join(name)).unwrap(), Compression::fast());
        let mebibyte = vec![byte; 1 << 20];
        for _ in 0..700 {
            gzip.write_all(&mebibyte).unwrap();
        }
        gzip.finish().unwrap();
        for kind in ["events", "azure-usage", "auto"] {
            let (code, stderr) = within_memory(dir, 600_000, &["import", "--kind", kind, name]);
            assert_eq!(code, Some(1), "{name} as {kind}: {stderr}");
        }
    }
    for (name, [begin, piece, end], told) in [
        ("lists.json.gz", ["[", "[],", "[]]"], "an object was expected"),
        ("objects.json.gz", ["{\"value\":[", "{},", "{}]}"], "it has more than 1048576 objects"),
        ("object.json.gz", ["{\"a\":[", "[],", "[]]}"], "it has an object of more than 1 MiB"),
        ("deep.json.gz", ["[", "[", ""], "it has more than 100 lists or objects inside each other"),
        ("members.json.gz", ["{", "\"\":0,", "\"\":0}"], "it has an object of more than 1 MiB"),
        ("columns.csv.gz", ["Month", ",", ""], "a row has more than 16 MiB"),
    ] {
        let mut gzip = GzEncoder::new(fs::File::create(dir.join(name)).unwrap(), Compression::fast());
        gzip.write_all([begin, &piece.repeat((60 << 20) / piece.len()), end].concat().as_bytes()).unwrap();
        gzip.finish().unwrap();
        for kind in ["pal", "azure-usage", "auto"] {
            let (code, stderr) = within_memory(dir, 200_000, &["import", "--kind", kind, name]);
            assert!(code == Some(1) && stderr.contains(told), "{name} as {kind}: {stderr}");
        }
    }
    for (name, piece, told) in [
        ("text.xlsx", "a", "a piece of its XML has more than 1 MiB"),
        ("cells.xlsx", "<c><v>1</v></c>", "a cell of its sheet stands in no column"),
        ("rows.xlsx", "<row/>", "it is empty"),
    ] {
        let row = if name == "cells.xlsx" { "<row>" } else { "" };
        let book = workbook(&[row.as_bytes(), &piece.repeat((96 << 20) / piece.len()).into_bytes()].concat());
        fs::write(dir.join(name), book).unwrap();
        let (code, stderr) = within_memory(dir, 90_000, &["import", "--kind", "auto", name]);
        assert!(code == Some(1) && stderr.contains(told), "{name}: {stderr}");
    }
    assert!(answer(dir, &["export"]).is_empty());
}

#[test]
fn a_name_cannot_write_to_a_terminal() {
    let session = Session::new();
    session.answer(&["init", "--quiet"]);
    let event = serde_json::json!({
        "id": "0195d3c0-0000-7000-8000-000000000001", "type": "association_accepted", "partner": "6034453",
        "effective_at": "2025-03-01", "association": "0195d3c0-0000-7000-8000-00000000000a",
        "customer": "4fdbff88-9d6b-42e0-9713-45c922ba8001", "mechanism": "csp", "role": "indirect_reseller",
        "workload": "\u{1b}]0;owned\u{7}", "note": "\u{1b}[2J\u{202e}", "source": "a\u{9b}31m",
    });
    let started = Instant::now();
    let imported = session.run_with(&["import"], event.to_string().into_bytes());
    assert_ended(&imported, started, "import");
    let question = ["score", "--partner", "6034453", "--as-of", "2025-03-31", "--explain"];
    // `export` prints the bytes of the ledger as they are, for programs.
    for args in [&["log"][..], &question[..5], &question, &["check"], &["stats"]] {
        assert_ended(&session.run(args), started, &format!("{args:?}"));
    }
    let name = "down\u{1b}[31mload.csv";
    session.write(name, "a,b\n\u{1b}[31m,2\n");
    for kind in ["auto", "events", "azure-usage", "pal"] {
        assert_ended(&session.run(&["import", "--kind", kind, name]), started, kind);
    }
    assert_ended(&session.run(&["--ledger", name, "stats"]), started, "the path of a ledger");
}
