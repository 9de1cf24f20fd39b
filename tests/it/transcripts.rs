//! Transcripts of whole sessions, grouped by command.
//!
//! ```text
//! # A remark, which may stand anywhere.
//! --- events.jsonl          a file, up to the next line of dashes alone
//! {"type":...}
//! ---
//! @ the clock shows 2025-04-05T09:00:00Z
//! @ only its owner reads FILE
//! $ pcs import events.jsonl < FILE > FILE
//! a line of standard output
//! ! a line of standard error
//! [exit 1]                  unless it is 0
//! ```
//!
//! `...` stands for any lines and `[..]` for anything in a line. With `PCS_TEST_UPDATE` set, what differs is written
//! into the transcript instead of failing.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ledger::Ledger;

use crate::expected::{matches, trimmed};
use crate::repository::{files_ending, text, top};
use crate::session::Session;

/// The codes that scripts rely on; `disk_full` and `denied` need a full disk and a user without rights,
/// which no transcript has.
const CODES: [&str; 29] = [
    "malformed",
    "unknown_type",
    "unknown_field",
    "missing_field",
    "bad_value",
    "id_reused",
    "unknown_event",
    "locked",
    "no_ledger",
    "ledger_exists",
    "unknown_partner",
    "before_program",
    "corrupt",
    "damaged",
    "too_large",
    "other_kind",
    "other_ledger",
    "no_key",
    "bad_key",
    "other_key",
    "out_of_range",
    "bad_note",
    "bad_signature",
    "entries_lost",
    "other_root",
    "other_claims",
    "older_checkpoint",
    "clock_ahead",
    "end_of_time",
];

/// A transcript being played.
struct Player {
    session: Session,
    /// The ledger that another process is said to have.
    held: Option<Ledger>,
    file: String,
}

#[test]
fn sessions_go_as_their_transcripts_say() {
    let files = files_ending(&["tests/transcripts"], ".txt");
    assert!(files.len() >= 10, "transcripts are missing: {files:?}");
    let mut differing = Vec::new();
    for file in files {
        let written = text(&file);
        let played = Player { session: Session::new(), held: None, file: file.clone() }.play(&written);
        if played == written {
            continue;
        }
        if env::var_os("PCS_TEST_UPDATE").is_some() {
            fs::write(top().join(&file), &played).unwrap();
        } else {
            differing.push(difference(&file, &written, &played));
        }
    }
    assert!(differing.is_empty(), "{}\nPCS_TEST_UPDATE=1 writes what was said", differing.join("\n"));
}

#[test]
fn every_code_of_an_error_is_shown() {
    let shown: String = files_ending(&["tests/transcripts"], ".txt").iter().map(|file| text(file)).collect();
    for code in CODES {
        assert!(shown.contains(&format!("{{\"error\":{{\"code\":\"{code}\",")), "no transcript shows {code}");
    }
}

/// The first place at which two texts differ, with what stands around it.
fn difference(file: &str, written: &str, played: &str) -> String {
    let (written, played): (Vec<&str>, Vec<&str>) = (written.lines().collect(), played.lines().collect());
    let place = written.iter().zip(&played).take_while(|(one, other)| one == other).count();
    let command = written[..place.min(written.len())].iter().rfind(|line| line.starts_with("$ "));
    let some =
        |lines: &[&str]| lines.iter().skip(place).take(8).map(|line| format!("    {line}\n")).collect::<String>();
    let command = command.unwrap_or(&"the first command");
    format!("{file}:{}: after {command}\n  written:\n{}  said:\n{}", place + 1, some(&written), some(&played))
}

impl Player {
    /// Plays a transcript; returns it as it should be written.
    fn play(mut self, written: &str) -> String {
        let lines: Vec<String> = written.lines().map(str::to_owned).collect();
        let mut played: Vec<String> = Vec::new();
        let mut place = 0;
        while let Some(line) = lines.get(place) {
            let start = place;
            place += 1;
            if let Some(name) = line.strip_prefix("--- ") {
                place += lines[place..].iter().position(|line| line == "---").expect("a file ends with dashes");
                let text: String = lines[start + 1..place].iter().map(|line| format!("{line}\n")).collect();
                self.session.write(name, text);
                place += 1;
                played.extend_from_slice(&lines[start..place]);
            } else if let Some(change) = line.strip_prefix("@ ") {
                self.change(change);
                played.push(line.clone());
            } else if let Some(command) = line.strip_prefix("$ ") {
                place += lines[place..].iter().take_while(|line| !begins_something(line)).count();
                let said = self.run(command);
                let expected = &lines[start + 1..place];
                let rest = &expected[trimmed(expected).len()..];
                played.push(line.clone());
                played.extend_from_slice(if matches(expected, &said) { trimmed(expected) } else { trimmed(&said) });
                played.extend_from_slice(rest);
            } else {
                played.push(line.clone());
            }
        }
        let text: String = played.iter().map(|line| format!("{line}\n")).collect();
        text
    }

    /// Does what a line with `@` says of the world.
    fn change(&mut self, change: &str) {
        let words: Vec<&str> = change.split(' ').collect();
        match words.as_slice() {
            ["the", "clock", "shows", instant] => self.session.set_clock(instant),
            ["another", "process", "opens", "the", "ledger"] => {
                let (ledger, _) = Ledger::open(&self.session.path("pcs-ledger"), &mut |_| ()).expect("a ledger");
                self.held = Some(ledger);
            }
            ["the", "other", "process", "ends"] => self.held = None,
            ["byte", place, "of", file, "flips"] => {
                let path = self.session.path(file);
                let mut bytes = fs::read(&path).expect("the file is there");
                bytes[place.parse::<usize>().expect("a number")] ^= 0x10;
                fs::write(path, bytes).expect("the file is written");
            }
            ["only", "its", "owner", "reads", file] => set_mode(&self.session.path(file), 0o600),
            ["everybody", "reads", file] => set_mode(&self.session.path(file), 0o644),
            _ => panic!("{}: nothing known does {change:?}", self.file),
        }
    }

    /// Runs a command line; returns what was said as the transcript says it.
    fn run(&self, line: &str) -> Vec<String> {
        let (mut args, mut stdin, mut stdout) = (Vec::new(), None, None);
        let mut words = words(line).into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "<" => stdin = words.next(),
                ">" => stdout = words.next(),
                _ => args.push(word),
            }
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        match args.as_slice() {
            ["pcs", args @ ..] => {
                let stdin = stdin.map(|name| fs::read(self.session.path(&name)).expect("the file is there"));
                let ran = self.session.run_with(args, stdin.unwrap_or_default());
                let printed = match stdout {
                    Some(name) => {
                        self.session.write(&name, &ran.stdout);
                        String::new()
                    }
                    None => self.as_said(&ran.stdout),
                };
                let mut said: Vec<String> = printed.lines().map(str::to_owned).collect();
                let unclear = said.iter().find(|line| begins_something(line) || line.starts_with('!'));
                assert!(unclear.is_none(), "{}: the transcript cannot show the line {unclear:?}", self.file);
                said.extend(self.as_said(&ran.stderr).lines().map(|line| format!("! {line}").trim_end().to_owned()));
                said.extend((ran.code != 0).then(|| format!("[exit {}]", ran.code)));
                said
            }
            ["cat", name] => {
                let text = fs::read_to_string(self.session.path(name)).expect("the file is there");
                text.lines().map(str::to_owned).collect()
            }
            ["ls", name] => {
                let entries = fs::read_dir(self.session.path(name)).expect("the directory is there");
                let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
                let mut names: Vec<String> = entries.map(name).collect();
                names.sort();
                names
            }
            ["rm", names @ ..] => {
                for name in names {
                    remove(&self.session.path(name));
                }
                Vec::new()
            }
            _ => panic!("{}: no command of a transcript: {line}", self.file),
        }
    }

    /// The text, with the path of the directory left out.
    fn as_said(&self, text: &str) -> String {
        let home = self.session.home().to_str().expect("UTF-8");
        text.replace(&format!("{home}/"), "").replace(home, ".")
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the file is there");
}

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).expect("the directory is removed");
    } else {
        fs::remove_file(path).expect("the file is removed");
    }
}

/// Whether a line is none of a command's output.
fn begins_something(line: &str) -> bool {
    ["$ ", "# ", "@ ", "--- "].iter().any(|start| line.starts_with(start))
}

/// The words of a command line; quotes of both kinds hold words together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (Some(_) | None, _) => word.get_or_insert_default().push(letter),
        }
    }
    assert!(quote.is_none(), "a quote is open: {line}");
    words.extend(word);
    words
}

#[test]
fn a_command_line_is_split_as_a_shell_does() {
    assert_eq!(
        words("pcs  log --partner '6034 453' \"\" a'b c'd"),
        ["pcs", "log", "--partner", "6034 453", "", "ab cd"]
    );
}
