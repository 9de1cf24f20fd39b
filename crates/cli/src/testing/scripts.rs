//! What scripts rely on: exit codes, tables, the log, the version, and what helps to write them.

use std::collections::BTreeSet;
use std::io::Read;

use app::interrupt::Interrupt;

use super::{CUSTOMER, PARTNER, World, churn};

/// A world with entries of two partners, recorded on two days.
fn two_partners() -> World {
    let world = World::with_events(&[churn(1), churn(2)]);
    world.write("other.jsonl", &churn(3).replace(PARTNER, "7000001"));
    assert_eq!(world.run("--now 2025-03-03T08:00:00Z import other.jsonl").code, 0);
    world
}

#[test]
fn partners_are_listed_as_text_as_json_and_as_csv_and_as_they_were_known() {
    let world = two_partners();
    let said = world.run("partners");
    let cells: Vec<Vec<&str>> = said.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(cells[1], ["2", "2025-03-02T09:00:00Z", "2025-03-02T09:00:00Z", PARTNER], "{said:?}");
    assert_eq!(cells[2][3], "7000001", "{said:?}");
    let first = format!(
        r#"{{"partner":"{PARTNER}","entries":2,"first_recorded_at":"2025-03-02T09:00:00.000000Z","last_recorded_at":"2025-03-02T09:00:00.000001Z"}}"#
    );
    let second = r#"{"partner":"7000001","entries":1,"first_recorded_at":"2025-03-03T08:00:00.000000Z","last_recorded_at":"2025-03-03T08:00:00.000000Z"}"#;
    assert_eq!(world.run("partners --format json").stdout, format!("{first}\n{second}\n"));
    assert_eq!(world.run("partners --format json --known-at 2025-03-02").stdout, format!("{first}\n"));
    let csv = format!(
        "partner,entries,first_recorded_at,last_recorded_at\n\
         {PARTNER},2,2025-03-02T09:00:00.000000Z,2025-03-02T09:00:00.000001Z\n"
    );
    assert_eq!(world.run("partners --csv - --known-at 2025-03-02").stdout, csv);
    assert_eq!(world.run("partners --csv p.csv --known-at 2025-03-02").code, 0);
    assert_eq!(world.read("p.csv"), csv);
    let again = world.run("partners --csv p.csv --format json");
    assert_eq!((again.code, again.error()["code"].as_str()), (1, Some("exists")), "{again:?}");
    let early = world.run("partners --known-at 2025-01-01");
    assert_eq!((early.code, &*early.stdout, &*early.stderr), (0, "", "the ledger knows no partner\n"));
}

#[test]
fn scores_are_written_as_csv_of_one_partner_or_of_all() {
    let world = two_partners();
    let all = world.run("score --all-partners --as-of 2025-02-28 --csv -");
    let lines: Vec<&str> = all.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "partner,area,as_of,known_at,basis,measured_month,rulebook,track,points,points_exact,qualified,below,findings,\
         net_customer_adds,intermediate_certifications,advanced_certifications,usage_growth,deployments"
    );
    assert_eq!(lines.len(), 13, "{all:?}");
    let cells: Vec<&str> = lines[1].split(',').collect();
    assert_eq!((cells.len(), cells[0], cells[1], cells[8], cells[9]), (18, PARTNER, "data_ai", "0.0", "0/1"));
    assert_eq!(cells[15], "", "data and AI has no advanced certifications");
    let one = world.run(&format!("score --partner {PARTNER} --as-of 2025-02-28 --csv one.csv"));
    assert!(one.code == 0 && one.stdout.contains("points"), "the text is there too: {one:?}");
    assert_eq!(world.read("one.csv").lines().collect::<Vec<_>>(), lines[..7]);
    let again = world.run(&format!("score --partner {PARTNER} --as-of 2025-02-28 --csv one.csv"));
    assert!(again.code == 1 && again.stdout.is_empty() && again.stderr.contains("hint: name a file"), "{again:?}");
}

#[test]
fn scores_of_all_partners_refuse_what_their_table_cannot_show_and_honour_the_rest() {
    let world = two_partners();
    let said = world.run("score --all-partners --as-of 2025-02-28 --explain");
    assert!(said.code == 2 && said.stderr.contains("hint: `--format json`, or `--partner P`"), "{said:?}");
    let said = world.run("score --all-partners --as-of 2025-02-28 --explain --format json");
    assert_eq!((said.code, said.stdout.matches("\"because\":").count() > 0), (0, true), "{said:?}");
    world.write("more.jsonl", &churn(4).replace(PARTNER, "7000002"));
    let said = world.run("score --all-partners --as-of 2025-02-28 --area security --carry last --assume more.jsonl");
    for part in ["7000002", "Assumed: 1 event, of which nothing is recorded", "Carried: later months"] {
        assert!(said.stdout.contains(part), "{part}: {said:?}");
    }
    assert!(said.stdout.contains("\n3 partners, of which 0 qualify in one area or more; 0 of 3 areas qualify\n"));
}

#[test]
fn today_is_a_day_wherever_a_day_is_taken() {
    let world = two_partners();
    let day = "2025-03-04";
    for command in [
        format!("score --partner {PARTNER} --as-of DAY"),
        format!("score --partner {PARTNER} --as-of 2025-02-28 --known-at DAY"),
        "score --all-partners --as-of DAY".to_owned(),
        format!("status --partner {PARTNER} --as-of DAY --anniversary DAY"),
        format!("diff --partner {PARTNER} --from 2025-02-01 --to DAY --known-to DAY"),
        format!("timeline --partner {PARTNER} --from 2025-02-01 --to DAY"),
        format!("forecast --partner {PARTNER} --from DAY --until DAY"),
        format!("advise --partner {PARTNER} --area security --as-of DAY"),
        "reconcile --partner 6034453 --to DAY".to_owned(),
        "replay --as-of DAY".to_owned(),
        "rulebook show --as-of DAY".to_owned(),
        "log --since 2025-01-01 --until DAY".to_owned(),
        "partners --known-at DAY".to_owned(),
        "check --known-at DAY".to_owned(),
    ] {
        let [said, asked] = ["today", day].map(|text| {
            let said = world.run(&format!("--now {day}T08:00:00Z {}", command.replace("DAY", text)));
            (said.code, said.stdout)
        });
        assert_eq!(said, asked, "{command}");
        assert_eq!(said.0, 0, "{command}");
    }
    // The clock's day, where no instant is given.
    let said = world.run(&format!("score --partner {PARTNER} --as-of today --area security --format json"));
    assert!(said.stdout.contains("\"as_of\":\"2025-03-02\""), "{said:?}");
    let record = format!("record certification-linked --partner {PARTNER} --person p --certification AZ-104");
    let said = world.run(&format!("{record} --effective-at today --earned-on today"));
    assert!(said.stdout.contains("\"earned_on\":\"2025-03-02\""), "{said:?}");
}

#[test]
fn the_log_says_with_times_what_is_opened_read_folded_and_written() {
    let world = World::with_ledger();
    world.write("a.jsonl", &churn(1));
    let said = world.run("-v import a.jsonl");
    for part in ["opened ", "for writing: 0 entries", "read a.jsonl as events: 1 new, 0 already", "wrote 1 entry"] {
        assert!(said.stderr.contains(part), "{part}: {said:?}");
    }
    for line in said.stderr.lines() {
        let (seconds, _) = line.trim_start().split_once('s').unwrap();
        assert!(seconds.parse::<f64>().is_ok(), "{line}");
    }
    let score = format!("score --partner {PARTNER} --as-of 2025-02-28 --area security");
    let [none, some, more] = ["", "-v ", "-vv "].map(|option| world.run(&format!("{option}{score}")));
    assert_eq!([&none.stdout, &none.stdout], [&some.stdout, &more.stdout], "the answer is the same");
    assert!(some.stderr.contains("rules of 2025-02-28: builtin-"), "{some:?}");
    assert!(!some.stderr.contains("folded partner") && more.stderr.contains("folded partner 6034453"), "{more:?}");
    let said = world.run("-v score --all-partners --as-of 2025-02-28 --csv s.csv");
    assert!(said.stderr.contains("folded 1 partner of 1 entries") && said.stderr.contains("s.csv"), "{said:?}");
}

#[test]
fn the_version_names_the_commit_the_formats_and_the_rules() {
    let world = World::empty();
    let said = world.run("--version");
    let version = env!("CARGO_PKG_VERSION");
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!((said.code, lines[0], lines[1]), (0, &*format!("pcs {version}"), "commit   unknown"));
    assert!(lines[2].starts_with("formats  log 1, index ") && lines[2].contains("rulebook 3"), "{said:?}");
    assert!(lines[3].starts_with("rules    builtin-2026-11, "), "{said:?}");
    assert_eq!(world.run("-V").stdout, format!("pcs {version}\n"));
}

#[test]
fn help_says_of_every_command_what_the_option_says() {
    let world = World::empty();
    for path in ["", "score", "audit verify", "record association-accepted", "help"] {
        let [help, option] = [format!("help {path}"), format!("{path} --help")].map(|line| world.run(&line));
        assert_eq!((help.code, &help.stdout), (0, &option.stdout), "{path}");
    }
    let said = world.run("help audit nothing");
    assert_eq!((said.code, &*said.stdout), (2, ""));
    assert!(said.stderr.contains("pcs audit has no command \"nothing\""), "{said:?}");
}

#[test]
fn every_page_has_its_sections_and_every_page_that_one_names_is_there() {
    let world = World::empty();
    let said = world.run("man --dir pages/man1");
    assert_eq!(said.code, 0, "{said:?}");
    let pages: BTreeSet<String> = std::fs::read_dir(world.path("pages/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(pages.contains("pcs.1") && pages.contains("pcs-record-association-accepted.1"), "{pages:?}");
    for page in &pages {
        let text = world.read(&format!("pages/man1/{page}"));
        for section in ["NAME", "SYNOPSIS", "\"EXIT STATUS\"", "ENVIRONMENT", "FILES", "EXAMPLES", "\"SEE ALSO\""] {
            assert!(text.contains(&format!(".SH {section}\n")), "{page}: {section}: {text}");
        }
        let examples = text.split_once(".SH EXAMPLES\n").unwrap().1.split_once(".SH ").unwrap().0;
        assert!(examples.contains("pcs"), "{page} has no example");
        let named = text.replace("\\-", "-").replace("\\fR", "");
        for name in named.split("(1)").filter_map(|before| before.rsplit([' ', '\n', 'B']).next()) {
            let is_name =
                name.starts_with("pcs") && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
            assert!(!is_name || pages.contains(&format!("{name}.1")), "{page} names {name}");
        }
    }
    assert_eq!(world.run("man --dir pages/man1").code, 0, "written anew");
    let page = world.read("pages/man1/pcs-audit-verify.1");
    for path in ["audit verify", "audit-verify", "pcs-audit-verify"] {
        assert_eq!(world.run(&format!("man {path}")).stdout, page, "{path}");
    }
}

#[test]
fn every_command_has_an_example_and_every_example_is_one() {
    let text = include_str!("../manual/examples.txt");
    let mut shown = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let line = line.replace("source <(", "").replace(')', "");
        let line = line.split(" > ").next().unwrap_or_default();
        for command in line.split(" | ").filter(|command| command.starts_with("pcs ")) {
            let mut args = Vec::new();
            for (at, part) in command.split('"').enumerate() {
                if at % 2 == 1 {
                    args.push(part.to_owned());
                } else {
                    args.extend(part.split_whitespace().map(str::to_owned));
                }
            }
            let matches =
                crate::command().try_get_matches_from(&args).unwrap_or_else(|error| panic!("{command}: {error}"));
            let (mut path, mut at) = (String::new(), matches.subcommand());
            while let Some((name, below)) = at {
                path = format!("{path} {name}");
                at = below.subcommand();
            }
            shown.insert(path);
        }
    }
    let mut lacking = Vec::new();
    let mut left = vec![(String::new(), crate::command())];
    while let Some((path, command)) = left.pop() {
        for below in command.get_subcommands() {
            left.push((format!("{path} {}", below.get_name()), below.clone()));
        }
        if !command.has_subcommands() && !shown.contains(&path) {
            lacking.push(path);
        }
    }
    assert!(lacking.is_empty(), "{lacking:?}");
}

/// Input that interrupts the import which reads it.
struct Interrupting(Interrupt, bool);

impl Read for Interrupting {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.1 {
            assert!(self.0.raise(2), "the import is under way");
        }
        self.1 = true;
        let line = format!("{}\n", churn(1));
        line.as_bytes().read(buffer)
    }
}

#[test]
fn an_interrupted_import_says_so_and_records_nothing() {
    for line in ["import -", "import - --keep", "import - --format json"] {
        let world = World::with_ledger();
        let args: Vec<&str> = line.split(' ').collect();
        let input = Box::new(Interrupting(world.interrupt.clone(), false));
        let (code, stderr) = world.run_between(&args, input, Box::new(Vec::new()));
        assert_eq!(code, 130, "{line}: {stderr}");
        assert!(stderr.contains("the import was interrupted: nothing was recorded"), "{line}: {stderr}");
        assert_eq!(world.run("export").stdout, "", "{line}");
        let world = World { interrupt: Interrupt::default(), ..world };
        world.write("a.jsonl", &churn(1));
        let said = world.run("import a.jsonl");
        assert_eq!((said.code, &*said.stderr), (0, ""), "{line}: the next writer finds nothing to tell of");
    }
}

#[test]
fn a_writer_that_finds_the_ledger_in_use_says_how_to_wait() {
    let world = World::with_events(&[churn(1)]);
    let (held, _) = ledger::Ledger::open(&world.path("pcs-ledger"), &mut |_| {}).unwrap();
    world.write("a.jsonl", &churn(2));
    for (line, is_waiting) in [
        ("import a.jsonl".to_owned(), false),
        (
            format!(
                "record customer-classified --partner {PARTNER} --customer {CUSTOMER} --segment smb --effective-at today"
            ),
            false,
        ),
        ("--wait 1 import a.jsonl".to_owned(), true),
        ("customers forget --all --wait 1".to_owned(), true),
    ] {
        let said = world.run(&line);
        assert_eq!((said.code, &*said.stdout), (1, ""), "{line}");
        let hint =
            "hint: `--wait SECONDS` waits until the other process is done; commands that only read work meanwhile\n";
        assert!(said.stderr.contains(hint), "{line}: {said:?}");
        assert_eq!(
            said.stderr.starts_with("another process has the ledger: waiting for it, at most 1 second\n"),
            is_waiting
        );
        assert_eq!(world.run(&format!("{line} --format json --quiet")).error()["code"], "locked", "{line}");
    }
    assert_eq!(world.run("stats --wait 5").code, 0, "those who read need not wait");
    drop(held);
    assert_eq!(world.run("--wait 1 import a.jsonl").code, 0);
}
