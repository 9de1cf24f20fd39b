//! The page of answers has the fields that answers have, with their forms: both ways.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::answers::lines;
use crate::histories::entries;
use crate::repository::{files_ending, text};
use crate::second_fold::size_of;
use crate::seeds;
use crate::session::Session;

/// The page of answers for programs.
const ANSWERS: &str = "docs/answers.md";
/// Rows that no answer here bears out, with what would.
const RARE: [(&str, &str); 8] = [
    ("pcs-advise", "count"),          // more than 10,000 plans
    ("pcs-advise", "count_at_least"), // the same
    ("error", "done"),                // an answer that cannot be written
    ("error", "differences"),         // a bundle that states another score
    ("difference", "field"),          // the same
    ("difference", "stated"),         // the same
    ("difference", "computed"),       // the same
    ("loss", "reason"),               // an entry that is wrong in a frame that is whole
];
/// Histories whose answers are compared with the page.
const SEEDS: u64 = 6;
/// What prints no answer, but the text of a file or of the program.
const NO_ANSWERS: [&str; 6] = ["completions", "man", "kept show", "people source", "map template", "help"];

/// The tables of a page by the anchors of their headings.
struct Page {
    sections: BTreeMap<String, BTreeMap<String, Row>>,
    /// Sections and fields that were there, and optional ones that were not.
    present: BTreeSet<(String, String)>,
    absent: BTreeSet<(String, String)>,
}

/// What the page says of a field.
struct Row {
    form: String,
    is_optional: bool,
}

impl Page {
    fn read(file: &str) -> Self {
        let mut sections: BTreeMap<String, BTreeMap<String, Row>> = BTreeMap::new();
        let mut section = String::new();
        for line in text(file).lines() {
            if let Some(heading) = line.strip_prefix("##") {
                section = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            }
            let mut cells = line.split('|').map(str::trim).skip(1);
            let (Some(name), Some(form)) = (cells.next(), cells.next()) else { continue };
            let (name, is_optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
            let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else { continue };
            let row = Row { form: form.to_owned(), is_optional };
            let old = sections.entry(section.clone()).or_default().insert(name.to_owned(), row);
            assert!(section.is_empty() || old.is_none(), "{file}: {section} has {name} twice");
        }
        sections.remove("");
        Self { sections, present: BTreeSet::new(), absent: BTreeSet::new() }
    }

    /// Compares an object with the table under a heading.
    fn compare(&mut self, section: &str, object: &Value, place: &str) {
        let given = object.as_object().unwrap_or_else(|| panic!("{place}: {object} is no object"));
        let Some(rows) = self.sections.get(section) else { panic!("{ANSWERS} has no section {section}: {place}") };
        let forms: Vec<(String, String, bool)> =
            rows.iter().map(|(name, row)| (name.clone(), row.form.clone(), row.is_optional)).collect();
        if let Some(name) = given.keys().find(|name| !rows.contains_key(*name)) {
            panic!("{ANSWERS}, {section}: there is no row `{name}`, which {place} has");
        }
        for (name, form, is_optional) in forms {
            let field = (section.to_owned(), name.clone());
            let Some(value) = given.get(&name) else {
                assert!(is_optional, "{ANSWERS}, {section}: `{name}` is not always there: {place}");
                self.absent.insert(field);
                continue;
            };
            self.present.insert(field);
            let place = format!("{place} {name}");
            assert!(self.fits(&form, value, &place), "{ANSWERS}, {section}: `{name}` is no {form}: {place}: {value}");
        }
    }

    /// Whether a value has a form; objects are compared with their tables.
    fn fits(&mut self, form: &str, value: &Value, place: &str) -> bool {
        if let Some(form) = form.strip_prefix("list of ") {
            return value.as_array().is_some_and(|values| values.iter().all(|one| self.fits(form, one, place)));
        }
        if let Some(form) = form.strip_suffix(" by name") {
            return value.as_object().is_some_and(|values| values.values().all(|one| self.fits(form, one, place)));
        }
        form.split(" or ").any(|form| match form.strip_prefix('[') {
            Some(link) if value.is_object() => {
                let (_, section) = link.split_once("](#").expect("a link leads to a heading");
                self.compare(section.trim_end_matches(')'), value, place);
                true
            }
            Some(_) => false,
            None => is_of(form, value),
        })
    }

    /// The rows that no answer bore out.
    fn unseen(&self) -> Vec<String> {
        let rows = self.sections.iter().flat_map(|(section, rows)| {
            rows.iter().map(move |(name, row)| ((section.clone(), name.clone()), row.is_optional))
        });
        let unseen = rows.filter_map(|(field, is_optional)| {
            let (section, name) = &field;
            if !self.present.contains(&field) {
                return Some(format!("{section}: no answer has `{name}`"));
            }
            let is_always = is_optional && !self.absent.contains(&field);
            is_always.then(|| format!("{section}: every answer has `{name}`"))
        });
        let is_rare = |line: &String| {
            RARE.iter().any(|(section, name)| {
                line.starts_with(&format!("{section}: ")) && line.ends_with(&format!("`{name}`"))
            })
        };
        unseen.filter(|line| !is_rare(line)).collect()
    }
}

/// Whether a value has one of the forms that have no fields.
fn is_of(form: &str, value: &Value) -> bool {
    let is_text = |shape: fn(&str) -> bool| value.as_str().is_some_and(shape);
    match form {
        "null" => value.is_null(),
        "value" => true,
        "text" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "points" => value.is_number() && value.to_string().contains('.'),
        "yes/no" => value.is_boolean(),
        "day" => is_text(|text| has_shape(text, "dddd-dd-dd")),
        "month" => is_text(|text| has_shape(text, "dddd-dd")),
        "instant" => is_text(|text| has_shape(text, "dddd-dd-ddTdd:dd:dd.ddddddZ")),
        "UUID" => is_text(|text| text.len() == 36 && uuid::Uuid::parse_str(text).is_ok()),
        "hex" => is_text(hex_digits),
        "base64" => is_text(|text| text.len() == 44 && text.ends_with('=')),
        "fraction" => is_text(|text| text.split_once('/').is_some_and(|(n, d)| is_decimal(n) && is_decimal(d))),
        "amount" => is_text(is_decimal),
        _ => panic!("{ANSWERS}: {form} is no form"),
    }
}

/// Whether a text is like another, in which `d` is a digit.
fn has_shape(text: &str, shape: &str) -> bool {
    let is_like = |(letter, like): (char, char)| if like == 'd' { letter.is_ascii_digit() } else { letter == like };
    text.len() == shape.len() && text.chars().zip(shape.chars()).all(is_like)
}

fn hex_digits(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// The section of a command's answers; `None` where it prints something else.
fn section_of(page: &Page, args: &[&str]) -> Option<String> {
    let has = |option: &str| args.contains(&option);
    let command = cli::command();
    let place = args.iter().position(|arg| command.find_subcommand(arg).is_some())?;
    let name = args[place];
    let pair = args.get(place + 1).map(|next| format!("{name} {next}"));
    if NO_ANSWERS.iter().any(|none| *none == name || Some(*none) == pair.as_deref()) {
        return None;
    }
    let name = match name {
        "log" | "record" => "export",
        "export" if has("--tiles") => "export --tiles",
        "export" if has("--parquet") => "export --parquet",
        name => name,
    };
    let slug = |name: &str| format!("pcs-{}", name.replace(' ', "-"));
    let of_pair = pair.map(|pair| slug(&pair)).filter(|pair| page.sections.contains_key(pair));
    Some(of_pair.unwrap_or_else(|| slug(name)))
}

/// Compares what a command said with the page.
fn compare(page: &mut Page, args: &[&str], stdout: &str, stderr: &str) {
    let place = args.join(" ");
    for line in stderr.lines().filter(|line| line.starts_with("{\"error\":")) {
        let Ok(error) = serde_json::from_str::<Value>(line) else { continue };
        page.compare("error", &error["error"], &place);
    }
    let Some(section) = section_of(page, args) else { return };
    for line in stdout.lines().filter(|line| line.starts_with('{')) {
        // A transcript may leave out parts.
        let Ok(answer) = serde_json::from_str::<Value>(line) else { continue };
        page.compare(&section, &answer, &place);
    }
}

/// Compares the answers in the transcripts with the page.
fn compare_transcripts(page: &mut Page) {
    for file in files_ending(&["tests/transcripts"], ".txt") {
        let (mut command, mut said) = (String::new(), [String::new(), String::new()]);
        for line in text(&file).lines().chain(["$ "]) {
            let is_file = line.starts_with("--- ");
            if let Some(next) = line.strip_prefix("$ ").or_else(|| is_file.then_some("")) {
                let args: Vec<&str> = command.split_whitespace().collect();
                if args.contains(&"json") {
                    compare(page, &args, &said[0], &said[1]);
                }
                (command, said) = (next.to_owned(), [String::new(), String::new()]);
            } else if let Some(line) = line.strip_prefix("! ") {
                said[1] += &(line.to_owned() + "\n");
            } else {
                said[0] += &(line.to_owned() + "\n");
            }
        }
    }
}

/// Runs a command and compares its answer, which is returned.
fn ask(page: &mut Page, session: &Session, line: &str) -> String {
    let args: Vec<&str> = line.split(' ').chain(["--format", "json"]).collect();
    let ran = session.run(&args);
    compare(page, &args, &ran.stdout, &ran.stderr);
    ran.stdout
}

/// The questions that are put to every ledger, with a partner P and a day D.
const QUESTIONS: [&str; 15] = [
    "score --partner P --as-of D --explain",
    "score --partner P --as-of D --carry last --basis published",
    "diff --partner P --from 2024-06-30 --to D",
    "diff --partner P --from 2024-06-30 --to D --explain",
    "diff --partner P --from D --to D --known-from 2024-12-31 --explain",
    "diff --partner P --from D --to D --known-from 2024-12-31",
    "timeline --partner P --from 2024-06-30 --to D",
    "timeline --partner P --as-of D --known-from 2024-06-30 --known-to 2025-04-05",
    "forecast --partner P --from D --until 2026-12-31",
    "status --partner P --as-of D",
    "reconcile --partner P",
    "check",
    "stats",
    "partners",
    "customers list",
];

/// The areas that advice is asked for.
const AREAS: [&str; 6] =
    ["data_ai", "infrastructure", "digital_app", "business_applications", "modern_work", "security"];

fn ask_all(page: &mut Page, session: &Session, ledger: &str, partner: &str, day: &str) {
    let advice = AREAS.map(|area| format!("advise --partner P --area {area} --as-of D --limit 3"));
    for question in QUESTIONS.iter().map(ToString::to_string).chain(advice) {
        let asked = question.replace(" P", &format!(" {partner}")).replace(" D", &format!(" {day}"));
        ask(page, session, &format!("{asked} --ledger {ledger}"));
    }
}

/// What is asked of the example ledger alone.
const OF_THE_EXAMPLE: [&str; 17] = [
    "timeline --partner 6034453 --from 2024-06-30 --to 2025-02-28 --known-at then --step month --carry last --carry-from 2024-03",
    "forecast --partner 6034453 --area infrastructure --from 2024-12-15 --until 2025-01-31",
    "status --all-partners --as-of 2025-03-31 --carry last --carry-from 2025-01",
    "status --partner 6034453 --as-of 2025-03-31 --anniversary 2025-06-30",
    "score --partner 6034453 --area infrastructure --as-of 2025-05-31 --explain --assume enrolled.jsonl",
    "score --partner 6034453 --area infrastructure --as-of 2025-05-31 --carry last --carry-from 2025-01",
    "status --partner 6034453 --area infrastructure --as-of 2025-05-31 --assume enrolled.jsonl",
    "diff --partner 6034453 --from 2025-03-31 --to 2025-05-31 --assume enrolled.jsonl",
    "timeline --partner 6034453 --from 2025-03-31 --to 2025-05-31 --assume enrolled.jsonl",
    "forecast --partner 6034453 --area infrastructure --until 2026-12-31 --assume enrolled.jsonl --carry-from 2025-02",
    "advise --partner 6034453 --area infrastructure --as-of 2025-05-31 --assume enrolled.jsonl --carry-from 2025-02",
    "advise --partner 6034453 --area security --as-of 2025-03-31 --margin 1 --target 100 --limit 1",
    "advise --partner 6034453 --area modern_work --as-of 2025-03-31 --target 100 --without customer --without person",
    "import shown.csv --kind published-scores --partner 6034453",
    "reconcile --partner 6034453",
    "reconcile --partner 6034453 --assume enrolled.jsonl",
    "people list",
];

/// What is done with a ledger of the bundled reports, each for its answer.
const DONE: [&str; 50] = [
    "init",
    "import bundled --dry-run",
    "import january.csv --kind customers-and-tenants --snapshot",
    "import february.csv --kind customers-and-tenants --snapshot --dry-run",
    "import bundled --keep --people",
    "import bundled",
    "import mixed",
    "import mixed --skip-bad",
    "import bad.jsonl --skip-bad",
    "kept list",
    "kept verify",
    "people list",
    "people forget --all",
    "customers list",
    "customers name --partner 6034453 Contoso",
    "customers name --customer 4fdbff88-9d6b-42e0-9713-45c922ba8001 Fabrikam",
    "customers list",
    "customers forget --all",
    "customers list",
    "log --limit 3",
    "verify",
    "checkpoint",
    "checkpoint --size 3",
    "prove --seq 3",
    "prove --from-size 3",
    "replay --partner 6034453 --as-of 2025-02-28",
    "replay --sample 2 --seed 1",
    "export --tiles tiles",
    "export --parquet a.parquet",
    "audit export --partner 6034453 --as-of 2025-02-28 --area infrastructure --out a.audit",
    "audit verify a.audit",
    "audit verify a.audit --explain",
    "audit verify a.audit --checkpoint a.checkpoint",
    "audit export --partner 6034453 --as-of 2025-02-28 --known-at 2025-04-05T10:00:00Z --out b.audit",
    "audit verify b.audit",
    "backup --out a.pcs",
    "key make witness --out witness.key",
    "witness add --witness-key witness.key",
    "witness list",
    "verify",
    "key rotate",
    "key show",
    "audit export --partner 6034453 --as-of 2025-02-28 --area infrastructure --out c.audit",
    "audit verify c.audit",
    "rulebook show --as-of 2025-02-28",
    "rulebook show --sources",
    "rulebook diff builtin-2026-08 builtin-2026-11",
    "map add maps.toml certification Wizard AZ-305",
    "map show --map maps.toml",
    "map check maps.toml",
];

/// Files that the commands name.
const FILES: [(&str, &str); 8] = [
    ("bad.jsonl", "{\"type\":\"x\"}\n"),
    ("mixed/bad.jsonl", "{\"type\":\"customer_churned\",\"partner\":\"6034453\",\"effective_at\":\"2025\"}\n"),
    (
        "mixed/Profile.csv",
        "MPNId,PartnerName,PGAMpnId,PGA_PartnerName,City,Country,HierarchyLevel\n1,A,2,A,X,US,Location\n",
    ),
    ("mixed/notes.txt", "nothing\n"),
    (
        "january.csv",
        "CustomerTenantId,CustomerSegment,PGAMpnId,IsDuplicateRowForPGA,Product,PartnerAttributionType,Month,CustomerStatus\n4fdbff88-9d6b-42e0-9713-45c922ba8001,SMB,6034453,0,Azure,CSP Tier 1,20250101,Active\n",
    ),
    (
        "february.csv",
        "CustomerTenantId,CustomerSegment,PGAMpnId,IsDuplicateRowForPGA,Product,PartnerAttributionType,Month,CustomerStatus\n4fdbff88-9d6b-42e0-9713-45c922ba8001,SMB,6034453,0,Azure,CSP Tier 1,20250201,Inactive\n",
    ),
    (
        "enrolled.jsonl",
        "{\"type\":\"designation_enrolled\",\"partner\":\"6034453\",\"effective_at\":\"2025-04-10\",\"area\":\"infrastructure\",\"anniversary\":\"2026-04-10\",\"track\":\"smb\"}\n",
    ),
    (
        "shown.csv",
        "day,area,total\n2025-03-10,infrastructure,63.42\n2025-03-10,data_ai,54.4\n2025-03-23,modern_work,58.96\n2025-03-24,modern_work,51.0\n2025-03-24,infrastructure,61.42\n2025-03-25,modern_work,15.92\n2025-03-25,infrastructure,61.52\n2025-04-10,infrastructure,63.4\n",
    ),
];

#[test]
fn the_page_of_answers_has_the_fields_that_answers_have() {
    let mut page = Page::read(ANSWERS);
    compare_transcripts(&mut page);
    let mut session = Session::new();
    std::fs::create_dir(session.path("mixed")).unwrap();
    for (name, text) in FILES {
        session.write(name, text);
    }
    ask(&mut page, &session, "demo --dir example");
    ask(&mut page, &session, "demo --dir other --reports bundled");
    for day in ["2025-02-28", "2025-03-31", "2026-08-31"] {
        ask_all(&mut page, &session, "example", "6034453", day);
    }
    for line in OF_THE_EXAMPLE {
        ask(&mut page, &session, &format!("{line} --ledger example"));
    }
    for line in DONE {
        let said = ask(&mut page, &session, &format!("{line} --ledger a"));
        match line {
            "checkpoint" => {
                let note: Value = serde_json::from_str(&said).unwrap();
                session.write("a.checkpoint", note["note"].as_str().unwrap());
            }
            "audit verify a.audit" => session.set_clock("2025-04-06T09:00:00Z"),
            "kept list" => {
                let kept: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
                ask(&mut page, &session, &format!("kept forget {} --ledger a", kept["sha256"].as_str().unwrap()));
            }
            _ => {}
        }
    }
    ask(&mut page, &session, "restore a.pcs --ledger r");
    for line in std::fs::read_to_string(session.path("bad.jsonl.rejected.jsonl")).unwrap().lines() {
        page.compare("refused-line", &serde_json::from_str(line).unwrap(), "the file of refused lines");
    }
    for seed in seeds::asked(SEEDS) {
        let session = Session::new();
        let values = entries(seed, size_of(seed));
        session.import_entries("pcs-ledger", &lines(&values));
        let partner = values.iter().find_map(|entry| entry["event"]["partner"].as_str()).expect("a partner");
        ask_all(&mut page, &session, "pcs-ledger", partner, "2025-03-31");
    }
    let unseen = page.unseen();
    assert!(unseen.is_empty(), "{ANSWERS} has rows that no answer bears out:\n{}", unseen.join("\n"));
}
