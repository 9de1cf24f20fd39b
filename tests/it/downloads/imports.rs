//! A ledger into which downloads go, and what its scores should be.

use chrono::NaiveDate;
use projection::rulebook::Rulebook;
use serde_json::Value;

use super::damage::DamagedFile;
use super::dials::Dials;
use super::download::Download;
use super::truth::{ReadDownload, Reading, events};
use super::world::{BEFORE, DOWNLOADS, World};
use crate::laws;
use crate::naive::{self, Basis, Beyond, Question};
use crate::second_fold::{error_code, without_what_is_not_scoring};
use crate::session::Session;

/// One ledger.
pub struct Imports<'a> {
    world: &'a World,
    dials: &'a Dials,
    is_snapshot: bool,
    session: Session,
    /// The newest day on which something was imported.
    newest: Option<NaiveDate>,
}

impl<'a> Imports<'a> {
    /// A new ledger.
    pub fn new(world: &'a World, dials: &'a Dials, is_snapshot: bool) -> Imports<'a> {
        let mut session = Session::new();
        session.set_clock("2023-01-01T09:00:00Z");
        session.answer(&["init", "--quiet"]);
        Imports { world, dials, is_snapshot, session, newest: None }
    }

    fn set_clock(&mut self, day: NaiveDate) {
        self.newest = self.newest.max(Some(day));
        self.session.set_clock(&format!("{}T09:00:00Z", self.newest.expect("it was set")));
    }

    /// Imports a file on its day; one that is older than files before it is imported on the newest day of those.
    pub fn import(&mut self, file: &Download) {
        self.set_clock(file.day);
        self.session.write(&file.name, file.bytes());
        let is_auto = self.dials.recognises && file.at % 3 == 0;
        let kind = if is_auto { "auto" } else { file.kind.name() };
        let mut args = vec!["import", &file.name, "--kind", kind, "--partner", &self.world.account];
        let day = file.day.to_string();
        if self.dials.says_when_downloaded && file.names_day && file.at % 4 == 0 {
            args.extend(["--downloaded", &day]);
        }
        self.run(&mut args);
    }

    /// Imports all files of a folder at once, on the day of the newest.
    pub fn import_folder(&mut self, files: &[Download]) {
        std::fs::create_dir_all(self.session.path("folder")).expect("a directory");
        for file in files {
            self.session.write(&format!("folder/{}", file.name), file.bytes());
            self.set_clock(file.day);
        }
        self.run(&mut vec!["import", "folder", "--partner", &self.world.account]);
    }

    fn run(&self, args: &mut Vec<&str>) {
        if self.is_snapshot {
            args.push("--snapshot");
        }
        let ran = self.session.run(args);
        assert_eq!(ran.code, 0, "seed {}, {args:?}: {}{}", self.world.seed, ran.stdout, ran.stderr);
    }

    /// All entries.
    pub fn export(&self) -> String {
        self.session.answer(&["export"])
    }

    /// The scores as of the end of each month, known at the day of its download.
    pub fn check_each_month(&self, files: &[Download]) {
        for at in (BEFORE..BEFORE + DOWNLOADS).step_by(if is_long() { 1 } else { 6 }) {
            let known: Vec<&Download> = files.iter().filter(|file| file.at <= at).collect();
            if let Some(day) = known.iter().map(|file| file.day).max() {
                self.check(&known, self.world.month(at).last_day(), day);
            }
        }
    }

    /// The scores as of the end of some months, with all downloads known.
    pub fn check_at_the_end(&self, files: &[Download]) {
        let known: Vec<&Download> = files.iter().collect();
        let day = self.newest.expect("something was imported");
        let last = files.last().expect("something was downloaded").at;
        for back in [0, 5, 11] {
            self.check(&known, self.world.month(last - back).last_day(), day);
        }
    }

    fn check(&self, files: &[&Download], as_of: NaiveDate, known_at: NaiveDate) {
        let known: Vec<ReadDownload> =
            files.iter().map(|file| ReadDownload { day: file.day, kind: file.kind, read: &file.read }).collect();
        let reading = Reading {
            is_snapshot: self.is_snapshot,
            vanished_is_zero: self.dials.vanished_is_zero,
            leavers_end: self.dials.leavers_end,
        };
        let events = events(&self.world.account, &known, &reading);
        let question = Question {
            partner: self.world.account.clone(),
            as_of,
            known_at: Some(format!("{known_at}T23:59:59.999999Z")),
            basis: Basis::Live,
            unmeasured_include: false,
            areas: Vec::new(),
            beyond: Beyond::default(),
        };
        let wanted = naive::score(&events, Rulebook::builtin().text(), &question);
        let args = laws::command(&question);
        let ran = self.session.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let given: Result<Vec<Value>, String> = match ran.code {
            0 => Ok(ran.stdout.lines().map(without_what_is_not_scoring).collect()),
            _ => Err(error_code(&ran.stderr)),
        };
        self.keep_if_different(&given, &wanted, &events);
        let differences = differences(&given, &wanted);
        assert!(
            differences.is_empty(),
            "seed {}, snapshot {}, as of {as_of}, known at {known_at}:\n{}",
            self.world.seed,
            self.is_snapshot,
            differences.join("\n")
        );
    }

    /// Leaves the ledger and the expected events in a directory, for whoever looks for the reason.
    fn keep_if_different(
        &self,
        given: &Result<Vec<Value>, String>,
        wanted: &Result<Vec<Value>, String>,
        events: &[Value],
    ) {
        let Some(dir) = std::env::var_os("PCS_TEST_KEEP").filter(|_| given != wanted) else { return };
        let dir = std::path::Path::new(&dir).join(format!("{}-{}", self.world.seed, self.is_snapshot));
        std::fs::create_dir_all(&dir).expect("a directory");
        let lines: String = events.iter().map(|entry| format!("{}\n", entry["event"])).collect();
        std::fs::write(dir.join("expected.jsonl"), lines).expect("the file is written");
        std::fs::write(dir.join("entries.jsonl"), self.export()).expect("the file is written");
        for file in std::fs::read_dir(self.session.home()).expect("a directory").flatten() {
            if file.path().is_file() {
                std::fs::copy(file.path(), dir.join(file.file_name())).expect("the file is copied");
            }
        }
    }

    /// Tries a damaged file: it is refused with a code and the place, and nothing is appended.
    pub fn refuse(&self, damaged: &DamagedFile) {
        let before = self.export();
        self.session.write(&damaged.name, &damaged.bytes);
        let kind = damaged.kind.name();
        let args = ["import", &damaged.name, "--kind", kind, "--partner", &self.world.account, "--format", "json"];
        let ran = self.session.run(&args);
        let what = format!("seed {}, {kind} {}: {}", self.world.seed, damaged.what, ran.stderr);
        assert_eq!(ran.code, 1, "{what}{}", ran.stdout);
        assert!(!error_code(&ran.stderr).is_empty(), "{what}");
        let error: Value = serde_json::from_str(&ran.stderr).expect("one object");
        let said = [&error["error"]["first"][0]["message"], &error["error"]["message"]];
        let said: Vec<&str> = said.iter().filter_map(|message| message.as_str()).collect();
        for word in &damaged.named {
            let word_folded = word.to_lowercase();
            assert!(
                said.iter().any(|message| message.to_lowercase().contains(&word_folded)),
                "{word:?} is not named by {what}"
            );
        }
        if let Some(line) = damaged.line {
            assert_eq!(error["error"]["line"].as_u64(), Some(line), "{what}");
        }
        assert!(self.export() == before, "something was appended: {what}");
    }
}

/// Whether more seeds than usual are asked for.
pub fn is_long() -> bool {
    std::env::var_os("PCS_TEST_SEEDS").is_some()
}

/// The first few places where two answers differ.
fn differences(given: &Result<Vec<Value>, String>, wanted: &Result<Vec<Value>, String>) -> Vec<String> {
    let (given, wanted) = match (given, wanted) {
        (Ok(given), Ok(wanted)) if given.len() == wanted.len() => (given, wanted),
        _ if given == wanted => return Vec::new(),
        _ => return vec![format!("given {given:?}, wanted {wanted:?}")],
    };
    let mut differences = Vec::new();
    for (given, wanted) in given.iter().zip(wanted) {
        let area = wanted["area"].as_str().unwrap_or_default();
        compare(area, given, wanted, &mut differences);
    }
    differences.truncate(20);
    differences
}

fn compare(path: &str, given: &Value, wanted: &Value, differences: &mut Vec<String>) {
    match (given, wanted) {
        (Value::Object(given), Value::Object(wanted)) if given.keys().eq(wanted.keys()) => {
            let named = wanted.get("metric").or(wanted.get("track")).and_then(Value::as_str).unwrap_or_default();
            for (field, wanted) in wanted {
                compare(&format!("{path} {named} {field}"), &given[field], wanted, differences);
            }
        }
        (Value::Array(given), Value::Array(wanted)) if given.len() == wanted.len() => {
            given.iter().zip(wanted).for_each(|(given, wanted)| compare(path, given, wanted, differences));
        }
        _ if given == wanted => {}
        _ => differences.push(format!("{path}: given {given}, wanted {wanted}")),
    }
}
