//! Answers that cannot be written: what was done before is said, and done.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};

use super::people::{IMPORT, report};
use super::{CUSTOMER, PARTNER, World, churn, files};

/// A stream that takes nothing: at once or, as one behind a buffer does, when it is flushed.
struct Failing {
    error: i32,
    at_once: bool,
}

const NO_SPACE: i32 = 28;
const IO: i32 = 5;

impl Failing {
    fn result<T>(&self, fails: bool, taken: T) -> io::Result<T> {
        if fails { Err(io::Error::from_raw_os_error(self.error)) } else { Ok(taken) }
    }
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.result(self.at_once, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.result(true, ())
    }
}

/// Runs a command whose answer goes nowhere; returns the exit code and what was said.
fn run(world: &World, line: &str, stdout: Failing) -> (u8, String) {
    world.run_into(&line.split_whitespace().collect::<Vec<_>>(), b"", Box::new(stdout))
}

/// A command that makes something durable.
struct Case {
    /// As `--help` names it.
    name: &'static str,
    /// What is done first.
    before: &'static [&'static str],
    line: String,
    /// What is said to be done.
    done: &'static [&'static str],
    /// A command that shows that it is, and a part of its answer.
    shown: (&'static str, &'static str),
}

fn case(
    name: &'static str,
    before: &'static [&'static str],
    line: &str,
    done: &'static [&'static str],
    shown: (&'static str, &'static str),
) -> Case {
    Case { name, before, line: line.to_owned(), done, shown }
}

/// Every command that makes something durable, but for those about names. `*` stands for any text.
fn cases() -> Vec<Case> {
    let record =
        format!("record customer-classified --partner {PARTNER} --customer {CUSTOMER} --segment smb --effective-at");
    let forget = "people forget --all";
    let people = &["import t.csv --kind training-completions --people"];
    vec![
        case("init", &[], "--ledger new init", &["a ledger was made in */new"], ("--ledger new stats", "entries")),
        case("record", &[], &format!("{record} 2025-01-02"), &["1 entry was recorded"], ("log", "smb")),
        case("import", &[], "import more.jsonl", &["2 entries were recorded"], ("export", "{\"seq\":2,")),
        case(
            "import",
            &[],
            "import bad.jsonl --skip-bad",
            &["the refused lines are in bad.jsonl.rejected.jsonl", "1 entry was recorded"],
            ("export", "{\"seq\":1,"),
        ),
        case(
            "import",
            &[],
            "import t.csv --kind training-completions --people --keep",
            &["2 entries were recorded", "what was imported is kept", "names of persons are kept"],
            ("kept list", "t.csv"),
        ),
        case(
            "import",
            &[],
            "--ledger fresh import --entries e.jsonl",
            &["1 entry was recorded"],
            ("--ledger fresh export", "{\"seq\":0,"),
        ),
        case("import", &[], "import reports", &["3 entries were recorded"], ("export", "{\"seq\":3,")),
        case("export", &[], "export --tiles t", &["t has the tiles of 1 entry"], ("export --tiles t", " 0 files")),
        case("export", &[], "export --parquet p", &["p has 1 row"], ("export", "{\"seq\":0,")),
        case("rulebook adopt", &[], "rulebook adopt r.toml", &["1 entry was recorded"], ("log", "rulebook_adopted")),
        case("key rotate", &[], "key rotate", &["the key is pcs-ledger+* now"], ("log", "key_rotated")),
        case(
            "token make",
            &[],
            "token make --name one --scope read --tokens tokens",
            &["the token \"one\" is in tokens"],
            ("token make --name two --scope read --tokens tokens", "pcs_"),
        ),
        case(
            "key make",
            &[],
            "key make w.example --out new.key",
            &["the key is in new.key"],
            ("key make x --out y", "x+"),
        ),
        case(
            "witness add",
            &[],
            "witness add --witness-key w.key",
            &["a cosigned checkpoint of 1 entry is kept"],
            ("witness list", "w.example"),
        ),
        case(
            "audit export",
            &[],
            "audit export --partner 6034453 --as-of 2025-01-31 --out b.audit",
            &["the bundle is in b.audit"],
            ("audit verify b.audit", "holds"),
        ),
        case(
            "backup",
            &[],
            "backup --out new.backup",
            &["the backup is in new.backup"],
            ("--ledger again restore new.backup", "restored 1 entry"),
        ),
        case(
            "restore",
            &["backup --out b.gz"],
            "--ledger again restore b.gz",
            &["a ledger of 1 entry was made in */again"],
            ("--ledger again verify", "whole: 1 entry"),
        ),
        case(
            "salvage",
            &[],
            "salvage --out saved",
            &["a ledger of 1 entry was made in saved"],
            ("--ledger saved verify", "whole: 1 entry"),
        ),
        case(
            "map add",
            &[],
            "map add m.toml certification Wizard AZ-305",
            &["m.toml maps \"Wizard\""],
            ("map check m.toml", "valid: 1 entry"),
        ),
        case("people forget", people, forget, &["2 people forgotten"], ("people list", "-     -")),
        case("kept forget", &["import more.jsonl --keep"], "kept forget KEPT", &["* is forgotten"], ("stats", "3")),
        case(
            "demo",
            &[],
            "demo --dir d --reports f",
            &["the folder f was made", "an example ledger is in d"],
            ("--ledger d verify", "whole"),
        ),
    ]
}

/// Those about the names of customers and partners.
fn cases_of_names() -> [Case; 2] {
    [
        case(
            "customers name",
            &[],
            "customers name --partner 6034453 Contoso",
            &["the name is kept"],
            ("customers list", "Contoso"),
        ),
        case(
            "customers forget",
            &["customers name --partner 6034453 Contoso"],
            "customers forget --all",
            &["1 name forgotten"],
            ("customers list", "-"),
        ),
    ]
}

fn world() -> World {
    let world = World::with_events(&[churn(1)]);
    world.write("more.jsonl", &format!("{}\n{}\n", churn(2), churn(3)));
    world.write("bad.jsonl", &format!("{}\n{{\n", churn(2)));
    world.write("e.jsonl", &world.run("export").stdout);
    world.write("t.csv", &report(&[["Ana", "1", "", "AZ-104"], ["Bo", "2", "", "AZ-305"]]));
    world.write("r.toml", &projection::rulebook::Rulebook::builtin().text().replace("builtin-", "ours-"));
    fs::create_dir(world.path("reports")).unwrap();
    fs::copy(world.path("more.jsonl"), world.path("reports/a.jsonl")).unwrap();
    world.write("reports/b.jsonl", &churn(4));
    for line in ["--ledger fresh init", "key make w.example --out w.key"] {
        assert_eq!(world.run(line).code, 0, "{line}");
    }
    world
}

/// Whether a text is one in which `*` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => text.starts_with(start) && text.ends_with(end),
        None => text == pattern,
    }
}

#[test]
fn a_command_whose_answer_cannot_be_written_says_what_it_has_done_and_has_done_it() {
    for case in cases().into_iter().chain(cases_of_names()) {
        for (error, at_once) in [(NO_SPACE, true), (NO_SPACE, false), (IO, false)] {
            let (world, mut line) = (world(), case.line.clone());
            for before in case.before {
                let said = world.run(before);
                assert_eq!(said.code, 0, "{before}: {said:?}");
            }
            if line.contains("KEPT") {
                let list = world.run("kept list --format json").stdout;
                line = line.replace("KEPT", list.split('"').nth(3).unwrap());
            }
            let json = error == IO;
            let format = if json { "--format json --quiet " } else { "--quiet " };
            let (code, said) = run(&world, &format!("{format}{line}"), Failing { error, at_once });
            assert_eq!(code, 1, "{line}: {said}");
            if json {
                let error: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
                let error = &error["error"];
                let done: Vec<&str> = error["done"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
                assert_eq!(done.len(), case.done.len(), "{line}: {said}");
                assert!(done.iter().zip(case.done).all(|(done, pattern)| is_like(done, pattern)), "{line}: {said}");
                let message = format!("the answer could not be written; {}: Input/output error", done.join(", "));
                assert!(error["message"].as_str().unwrap().starts_with(&message), "{line}: {said}");
                assert_eq!(error["code"], "failed", "{line}: {said}");
            } else {
                let first = said.lines().find_map(|line| line.strip_prefix("error: the answer could not be written; "));
                let done = case.done.join(", ");
                assert!(first.is_some_and(|first| is_like(first, &done)), "{line}: {said}");
                assert!(said.contains("\ncaused by: No space left on device"), "{line}: {said}");
            }
            assert!(said.contains("it need not be done again: "), "{line}: {said}");
            assert!(!said.contains("nothing of it") && !said.contains("nothing was changed"), "{line}: {said}");
            let (command, part) = case.shown;
            let shown = world.run(command);
            assert!(shown.code == 0 && shown.stdout.contains(part), "{line}: {shown:?}");
        }
    }
}

/// Every command that changes nothing.
const READING: [(&str, &str); 32] = [
    ("serve", "serve --listen 127.0.0.1:0"),
    ("export", "export"),
    ("log", "log"),
    ("score", "score --partner 6034453 --as-of 2025-01-31"),
    ("diff", "diff --partner 6034453 --from 2025-01-31 --to 2025-02-28"),
    ("timeline", "timeline --partner 6034453 --from 2025-01-01 --to 2025-01-31"),
    ("forecast", "forecast --partner 6034453 --from 2025-01-31 --until 2025-02-28"),
    ("status", "status --partner 6034453 --as-of 2025-01-31"),
    ("advise", "advise --partner 6034453 --area security --as-of 2025-01-31"),
    ("reconcile", "reconcile --partner 6034453"),
    ("customers list", "customers list"),
    ("partners", "partners"),
    ("replay", "replay --partner 6034453 --as-of 2025-01-31"),
    ("check", "check"),
    ("verify", "verify"),
    ("checkpoint", "checkpoint"),
    ("prove", "prove --seq 0"),
    ("witness list", "witness list"),
    ("audit verify", "audit verify b.audit"),
    ("key show", "key show"),
    ("people list", "people list"),
    ("people source", "people source 1"),
    ("kept list", "kept list"),
    ("kept show", "kept show KEPT"),
    ("kept verify", "kept verify"),
    ("rulebook show", "rulebook show"),
    ("rulebook check", "rulebook check r.toml"),
    ("rulebook diff", "rulebook diff r.toml in-force"),
    ("map show", "map show"),
    ("map check", "map check m.toml"),
    ("stats", "stats"),
    ("completions", "completions bash"),
];

#[test]
fn a_command_that_changes_nothing_says_so_when_its_answer_cannot_be_written() {
    let world = world();
    for line in [
        "audit export --partner 6034453 --as-of 2025-01-31 --out b.audit",
        "map add m.toml certification Wizard AZ-305",
        &format!("{IMPORT} --keep --sealed-sources"),
    ] {
        assert_eq!(world.run(line).code, 0, "{line}");
    }
    let kept = world.run("kept list --format json").stdout.split('"').nth(3).unwrap().to_owned();
    let records =
        format!("record customer-churned --partner {PARTNER} --customer {CUSTOMER} --effective-at 2025-01-02");
    let again = format!("{records} --id 00000000-0000-4000-8000-000000000001");
    let others = ["import events.jsonl", "import more.jsonl --dry-run", again.as_str(), "man", "--help", "--version"];
    for line in READING.iter().map(|(_, line)| *line).chain(others) {
        let (code, said) = run(&world, &line.replace("KEPT", &kept), Failing { error: NO_SPACE, at_once: false });
        assert_eq!(code, 1, "{line}: {said}");
        assert!(said.contains("error: the answer could not be written\ncaused by: No space left"), "{line}: {said}");
        assert!(said.ends_with("and ask again: nothing was changed\n"), "{line}: {said}");
    }
}

#[test]
fn every_command_is_known_either_to_change_something_or_not() {
    let mut named = BTreeSet::from(["help", "man"].map(str::to_owned));
    named.extend(cases().iter().chain(&cases_of_names()).map(|case| case.name.to_owned()));
    named.extend(READING.map(|(name, _)| name.to_owned()));
    let mut all = BTreeSet::new();
    for command in crate::command().get_subcommands() {
        let name = command.get_name();
        if name == "record" || !command.has_subcommands() {
            all.insert(name.to_owned());
        } else {
            all.extend(command.get_subcommands().map(|under| format!("{name} {}", under.get_name())));
        }
    }
    assert_eq!(named, all);
}

#[test]
fn a_reader_that_went_away_is_no_failure_of_what_was_recorded() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let world = world();
    for line in ["import more.jsonl", "key rotate", "backup --out b.gz"] {
        let args: Vec<&str> = line.split(' ').collect();
        assert_eq!(world.run_into(&args, b"", Box::new(Gone)), (0, String::new()), "{line}");
    }
    assert_eq!(world.run("export").stdout.lines().count(), 4);
}

#[test]
fn a_failure_behind_the_commit_says_that_the_entries_are_recorded() {
    use sha2::Digest as _;
    let world = world();
    // A directory stands where the bytes of the kept file are to go.
    let sha256 = format!("{:x}", sha2::Sha256::digest(world.read_bytes("more.jsonl")));
    let kept = world.path("pcs-ledger/kept");
    fs::create_dir_all(kept.join(format!("{sha256}.gz/x"))).unwrap();
    fs::write(kept.join(format!("{sha256}.json")), "{}").unwrap();
    let said = world.run("import more.jsonl --keep");
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    let first = said.stderr.lines().next().unwrap();
    assert!(first.starts_with("error: failed to ") && first.ends_with("; 2 entries were recorded"), "{said:?}");
    assert!(said.stderr.ends_with("hint: `pcs export --from-seq 1` prints what was recorded\n"), "{said:?}");
    assert_eq!(world.run("export --from-seq 1").stdout.lines().count(), 2);
    let error = world.run("--format json import t.csv --kind training-completions --keep");
    assert_eq!(error.code, 0, "another file is kept: {error:?}");

    // The folder of the example's reports is made, and there is a ledger where the example is to go.
    world.write("file", "");
    let said = world.run("--format json demo --dir file/d --reports f");
    assert_eq!(
        (said.code, said.error()["done"].clone()),
        (1, serde_json::json!(["the folder f was made"])),
        "{said:?}"
    );
    assert!(!files(&world.path("f")).is_empty());
}

#[test]
fn what_is_lost_is_told_after_the_answer_was_written_alone() {
    let world = World::with_ledger();
    for number in 1..=3 {
        assert_eq!(world.run_with("import", churn(number).as_bytes()).code, 0);
    }
    let log = world.path("pcs-ledger/log/00000000000000000000.log");
    let mut bytes = fs::read(&log).unwrap();
    let at = bytes.windows(9).position(|window| window == b"{\"seq\":1,").unwrap();
    bytes[at + 2] ^= 0x40;
    fs::write(&log, bytes).unwrap();
    let done = "a ledger of 1 entry was made in a";
    let (code, said) = run(&world, "salvage --out a", Failing { error: NO_SPACE, at_once: false });
    let rest = "the whole entries behind the gap are in a.rest.jsonl";
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("error: the answer could not be written; {rest}, {done}\n")), "{said}");
    let said = world.run("salvage --out b");
    assert!(said.code == 3 && said.stderr.contains("error: 1 entry is lost\n"), "{said:?}");
}
