//! Every code of an error, with its exit status and its two forms.

use super::{CUSTOMER, PARTNER, Said, World, churn, files};

fn refused(said: &Said, code: u8, text: &str) {
    assert_eq!((said.code, said.stdout.as_str()), (code, ""), "{said:?}");
    assert!(said.stderr.starts_with(text), "{}", said.stderr);
}

/// A line, the code by which it is refused, and where.
fn bad_lines() -> Vec<(String, &'static str)> {
    let event = |fields: &str| {
        format!(
            r#"{{"id":"00000000-0000-4000-8000-0000000000ff","partner":"{PARTNER}","effective_at":"2025-01-01",{fields}}}"#
        )
    };
    let retraction = r#""type":"event_retracted","event":"00000000-0000-4000-8000-0000000000ee","reason":"wrong""#;
    vec![
        ("{".to_owned(), "malformed"),
        (event(r#""type":"x""#), "unknown_type"),
        (event(&format!(r#""type":"customer_churned","customer":"{CUSTOMER}","x":1"#)), "unknown_field"),
        (event(r#""type":"customer_churned""#), "missing_field"),
        (event(r#""type":"customer_churned","customer":"x""#), "bad_value"),
        (churn(1).replace("2025-01-02", "2025-01-03"), "id_reused"),
        (event(retraction), "unknown_event"),
    ]
}

#[test]
fn a_bad_line_refuses_the_file_with_its_code_and_line() {
    let world = World::with_events(&[churn(1)]);
    for (line, code) in bad_lines() {
        world.write("bad.jsonl", &format!("{}\n\n{line}\n{}\n", churn(2), churn(3)));
        let said = world.run("import bad.jsonl");
        refused(&said, 1, "error: bad.jsonl: 1 line is refused, nothing was appended\ncaused by: line 3");
        assert!(said.stderr.contains(code), "{code}: {}", said.stderr);
        let error = world.run("--format json import bad.jsonl").error();
        assert_eq!((error["code"].as_str(), error["line"].as_u64()), (Some(code), Some(3)), "{error}");
        let said = world.run("export");
        assert_eq!(said.stdout.lines().count(), 1, "nothing was appended");
    }
}

#[test]
fn a_typed_event_is_refused_with_its_code() {
    let world = World::with_events(&[churn(1)]);
    let common = format!("--format json record customer-churned --partner {PARTNER} --effective-at");
    for (rest, code) in [
        (format!("2025-13-01 --customer {CUSTOMER}"), "bad_value"),
        ("2025-01-01 --customer x".to_owned(), "bad_value"),
        (format!("2025-01-01 --customer {CUSTOMER} --areas nowhere"), "bad_value"),
        (format!("2025-02-01 --customer {CUSTOMER} --force --id 00000000-0000-4000-8000-000000000001"), "id_reused"),
    ] {
        let said = world.run(&format!("{common} {rest}"));
        assert_eq!((said.code, said.error()["code"].as_str()), (1, Some(code)), "{rest}: {said:?}");
    }
    let retract =
        format!("--format json record event-retracted --partner {PARTNER} --effective-at today --reason wrong");
    let said = world.run(&format!("{retract} --event 00000000-0000-4000-8000-0000000000ee"));
    assert_eq!(said.error()["code"], "unknown_event");
    let accept = format!("--format json record association-accepted --partner {PARTNER} --effective-at today");
    let said = world.run(&format!("{accept} --force --association {CUSTOMER}"));
    assert_eq!(said.error()["code"], "missing_field");
}

#[test]
fn a_ledger_that_is_not_there_or_there_already_is_told() {
    let world = World::empty();
    for command in [
        "export",
        "stats",
        "log",
        "check",
        "verify",
        "import",
        "replay",
        "score --partner x --as-of 2025-01-31",
        "diff --partner x --from 2025-01-31 --to 2025-01-31",
    ] {
        refused(&world.run(command), 1, "error: ");
        let said = world.run(&format!("--format json {command}"));
        assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("no_ledger")), "{command}: {said:?}");
    }
    assert_eq!(files(world.dir.path()).len(), 0, "nothing was made");
    assert_eq!(world.run("init").code, 0);
    let before = files(world.dir.path());
    let said = world.run("--format json init");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("ledger_exists")));
    assert_eq!(files(world.dir.path()), before);
    refused(&world.run("init"), 1, "error: there is a ledger in ");
}

#[test]
fn a_ledger_that_another_has_is_locked_for_writing_and_open_for_reading() {
    let world = World::with_events(&[churn(1)]);
    let held = ledger::Ledger::open(&world.path("pcs-ledger"), &mut |_| {}).unwrap();
    let said = world.run_with("--format json import", churn(2).as_bytes());
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("locked")));
    assert_eq!(world.run("export").stdout.lines().count(), 1);
    drop(held);
    assert_eq!(world.run_with("import", churn(2).as_bytes()).code, 0);
}

#[test]
fn a_partner_that_was_not_known_then_and_a_day_before_the_programme_have_no_score() {
    let world = World::with_events(&[churn(1)]);
    for (arguments, code) in [
        ("--partner x --as-of 2025-01-31", "unknown_partner"),
        ("--partner 6034453 --as-of 2025-01-31 --known-at 2025-03-01", "unknown_partner"),
        ("--partner 6034453 --as-of 2025-01-31 --known-at 2025-03-02T08:59:59Z", "unknown_partner"),
        ("--partner 6034453 --as-of 2022-10-02", "before_program"),
    ] {
        let said = world.run(&format!("--format json score {arguments}"));
        assert_eq!((said.code, said.error()["code"].as_str()), (1, Some(code)), "{arguments}: {said:?}");
        refused(&world.run(&format!("score {arguments}")), 1, "error: ");
    }
    assert_eq!(world.run("score --partner 6034453 --as-of 2025-01-31 --known-at 2025-03-02").code, 0);
    refused(&world.run("export --partner x"), 1, "error: the ledger knows no partner x");
    refused(&world.run("check --partner x"), 1, "error: the ledger knows no partner x");
}

#[test]
fn a_diff_needs_two_ends_that_are_there_and_in_order() {
    let world = World::with_events(&[churn(1)]);
    for (arguments, status, code) in [
        ("--partner x --from 2025-01-31 --to 2025-02-28", 1, "unknown_partner"),
        ("--partner 6034453 --from 2025-01-31 --to 2025-02-28 --known-from 2025-03-01", 1, "unknown_partner"),
        ("--partner 6034453 --from 2022-10-02 --to 2025-02-28", 1, "before_program"),
        ("--partner 6034453 --from 2025-01-31 --to 2025-01-30", 2, "usage"),
        ("--partner 6034453 --from 2025-01-31 --to 2025-01-31 --known-to 2025-03-01", 2, "usage"),
        (
            "--partner 6034453 --from 2025-01-31 --to 2025-01-31 --known-from 2025-03-04 --known-to 2025-03-03",
            2,
            "usage",
        ),
    ] {
        let said = world.run(&format!("--format json diff {arguments}"));
        assert_eq!((said.code, said.error()["code"].as_str()), (status, Some(code)), "{arguments}: {said:?}");
        assert!(code == "before_program" || said.error()["hints"].is_array(), "{arguments}: {said:?}");
        refused(&world.run(&format!("diff {arguments}")), status, "error: ");
    }
    let said = world.run("diff --partner 6034453 --from 2025-01-31 --to 2025-01-31 --known-from 2025-03-02");
    assert_eq!(said.code, 2, "the newest entry was recorded before the end of that day: {said:?}");
    let both = "--known-from 2025-03-02 --known-to 2025-03-02";
    assert_eq!(world.run(&format!("diff --partner 6034453 --from 2025-01-31 --to 2025-01-31 {both}")).code, 0);
}

#[test]
fn damage_is_told_and_exits_with_3_when_verifying() {
    let world = World::with_events(&(1..200).map(churn).collect::<Vec<_>>());
    let said = world.run("verify");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stdout.starts_with("whole: 199 entries, root "), "{}", said.stdout);
    let log = world.path("pcs-ledger/log/00000000000000000000.log");
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&log, bytes).unwrap();
    let said = world.run("--format json verify");
    assert_eq!((said.code, said.error()["code"].as_str()), (3, Some("corrupt")), "{said:?}");
    let hints = said.error()["hints"].to_string();
    assert!(hints.contains("pcs salvage") && !hints.contains("verify"), "it leads nobody back: {hints}");
    let said = world.run("--format json export");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("corrupt")), "{said:?}");
}

#[test]
fn wrong_usage_exits_with_2() {
    let world = World::with_ledger();
    for arguments in [
        "",
        "x",
        "score",
        "score --partner x",
        "score --partner a --all-partners --as-of 2025-01-31",
        "score --partner x --as-of 31.01.2025",
        "score --partner x --as-of 2025-01-31 --area x",
        "diff --partner x --from 2025-01-31",
        "diff --partner x --from 2025-01-31 --to 2025-01-30",
        "record",
        "record customer-churned",
        "import --kind x",
        "import --entries --kind azure-usage",
        "import --partner x",
        "import --snapshot",
        "log --type x",
        "--now soon export",
        "man x",
        "completions x",
    ] {
        let said = world.run(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{arguments}: {said:?}");
        assert!(!said.stderr.is_empty(), "{arguments}");
        if !arguments.is_empty() && arguments != "record" {
            let said = world.run(&format!("{arguments} --format json"));
            assert_eq!((said.code, said.error()["code"].as_str()), (2, Some("usage")), "{arguments}: {said:?}");
        }
    }
}

#[test]
fn a_full_disk_is_told() {
    let Ok(full) = std::fs::File::create("/dev/full") else { return };
    let world = World::with_events(&[churn(1)]);
    let (code, stderr) = world.run_into(&["--format", "json", "export"], b"", Box::new(full));
    assert_eq!(code, 1);
    assert!(stderr.contains("\"code\":\"disk_full\""), "{stderr}");
}

/// A pipe whose other end is closed.
struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_broken_pipe_ends_quietly() {
    let world = World::with_events(&[churn(1)]);
    for command in ["export", "log", "--help", "stats", "score --partner 6034453 --as-of 2025-01-31"] {
        let args: Vec<&str> = command.split(' ').collect();
        assert_eq!(world.run_into(&args, b"", Box::new(Closed)), (0, String::new()), "{command}");
    }
}

#[test]
fn a_certification_outside_the_catalogue_is_recorded_only_when_forced() {
    let world = World::with_ledger();
    let of = format!("--partner {PARTNER} --effective-at 2025-03-01 --person ada");
    for (event, near) in [
        (format!("record certification-linked {of} --certification AZ-14"), "AZ-104, "),
        (format!("record certification-unlinked {of} --certification az-104"), "AZ-104\n"),
        (format!("record certification-earned {of} --certification AZ-14 --earned-on 2025-02-28"), "AZ-104, "),
    ] {
        let said = world.run(&event);
        refused(&said, 1, "error: ");
        assert!(said.stderr.contains("is in no catalogue of certifications of the rulebook builtin-"), "{said:?}");
        assert!(said.stderr.contains(&format!("hint: the nearest in the catalogue: {near}")), "{said:?}");
        assert!(said.stderr.contains("with `--force`"), "{said:?}");
        let code = world.run(&format!("{event} --format json")).error()["code"].clone();
        assert_eq!(code, "unknown_certification");
    }
    assert_eq!(world.run("export").stdout, "", "nothing was recorded");
    let said = world.run(&format!("record certification-linked {of} --certification AZ-14 --force"));
    assert_eq!(said.code, 0, "{said:?}");
    assert!(world.run("check").stdout.contains("unknown_certification"));
    let said = world.run(&format!("record certification-linked {of} --certification AZ-104"));
    assert_eq!(said.code, 0, "{said:?}");
}
