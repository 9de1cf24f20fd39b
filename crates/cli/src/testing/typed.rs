//! What is typed wrongly, or in another spelling, and what people and programs are told.

use super::{CUSTOMER, PARTNER, World, churn};

const SCORE: &str = "score --partner 6034453 --as-of 2025-02-28";

/// A linked certification of a code.
fn certified(code: &str) -> String {
    format!(
        "record certification-linked --partner {PARTNER} --effective-at 2025-01-01 --person p --certification {code}"
    )
}

#[test]
fn programs_are_told_which_argument_is_missing_or_wrong_and_what_is_allowed() {
    let world = World::with_events(&[churn(1)]);
    for (line, message) in [
        ("score", "the following required arguments were not provided: --as-of <D>, <--partner <P>|--all-partners>"),
        (
            "timeline --partner 6034453 --as-of 2025-01-31 --from 2025-01-01",
            "the argument '--as-of <D>' cannot be used with '--from <D>'",
        ),
        ("log --type nosuch", "invalid value 'nosuch' for '--type <T>'"),
        ("scor", "unrecognized subcommand 'scor'"),
    ] {
        let said = world.run(&format!("--format json {line}"));
        assert_eq!((said.code, said.error()["message"].as_str()), (2, Some(message)), "{said:?}");
    }
    let hints = |line: &str| world.run(&format!("--format json {line}")).error()["hints"].clone();
    let types = hints("log --type nosuch")[0].to_string();
    assert!(types.starts_with("\"possible values: association_requested, association_accepted, "), "{types}");
    assert_eq!(hints("scor")[0], "some similar subcommands exist: 'restore', 'record', 'score'");
}

#[test]
fn a_missing_argument_is_named_with_what_may_stand_for_it() {
    let world = World::with_ledger();
    for (line, either) in [
        ("score --as-of 2025-02-28", "<--partner <P>|--all-partners>"),
        ("status --as-of 2025-02-28", "<--partner <P>|--all-partners>"),
        ("kept show", "<SHA256|--seq <N>>"),
        ("customers forget", "<--customer <C>|--partner <P>|--all>"),
        ("customers name Fabrikam", "<--customer <C>|--partner <P>>"),
        ("people forget", "<PERSON|--all>"),
        ("witness add", "<--witness-key <FILE>|--cosigned <FILE>>"),
        ("timeline --partner 6034453", "<--from <D>|--as-of <D>>"),
    ] {
        let said = world.run(line);
        assert_eq!(said.code, 2, "{line}: {said:?}");
        assert!(said.stderr.contains(&format!("not provided:\n  {either}\n")), "{line}: {}", said.stderr);
    }
    for line in [
        "score --as-of 2025-02-28 --partner 6034453 --all-partners",
        "kept show 00 --seq 1",
        "customers forget --all --partner 6034453",
        "customers forget --partner 6034453 --customer 4fdbff88-9d6b-42e0-9713-45c922ba8001",
        "people forget p --all",
        "witness add --witness-key k --cosigned c --witness v",
    ] {
        assert_eq!(world.run(line).code, 2, "{line}");
    }
}

#[test]
fn a_type_of_event_is_typed_with_hyphens_or_as_events_write_it() {
    let world = World::with_ledger();
    let common = format!("--partner {PARTNER} --effective-at 2025-01-01 --customer {CUSTOMER}");
    for name in ["customer_churned", "customer-churned"] {
        let said = world.run(&format!("record {name} {common} --force"));
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(world.run(&format!("log --type {name} --limit 1")).stdout.lines().count(), 1, "{name}");
    }
    let help = world.run("record customer_churned --help").stdout;
    assert!(help.contains("Usage: pcs record customer-churned [OPTIONS]\n"), "{help}");
    assert!(!world.run("record --help").stdout.contains("customer_churned"), "one spelling is listed");
}

#[test]
fn the_synopsis_of_a_manual_page_has_the_values_of_options_and_its_foot_names_the_program() {
    let page = World::empty().run("man score").stdout;
    let version = env!("CARGO_PKG_VERSION").replace('.', "\\&.");
    assert!(page.contains("pcs score [OPTIONS] \\-\\-as\\-of <D> <\\-\\-partner <P>|\\-\\-all\\-partners>"), "{page}");
    let foot = page.lines().find(|line| line.starts_with(".TH")).unwrap_or_default().replace("\\&", "");
    assert!(foot.contains(&format!("\"pcs {}\"", version.replace("\\&", ""))), "{foot}");
}

#[test]
fn numbers_and_files_are_refused_in_words() {
    let world = World::with_events(&[churn(1)]);
    for (line, words) in [
        ("log --limit many", "a whole number from 0 on is wanted, and none that is too large"),
        ("export --from-seq 99999999999999999999", "a whole number from 0 on is wanted, and none that is too large"),
        ("--wait x stats", "a whole number from 0 on is wanted, and none that is too large"),
        ("replay --sample 0", "a whole number from 1 to 100000 is wanted"),
    ] {
        let said = world.run(line);
        assert_eq!((said.code, said.stderr.contains(words)), (2, true), "{line}: {said:?}");
    }
    world.write("t.svg", "");
    std::fs::write(world.path("latin"), b"[[segment]] # \xe9\n").unwrap();
    for (line, code, words) in [
        (
            "timeline --partner 6034453 --from 2025-01-01 --to 2025-01-31 --svg t.svg",
            "exists",
            "failed to create t.svg\ncaused by: something has that name already\nhint: name a file that is not there yet\n",
        ),
        ("key make x --out t.svg", "exists", "caused by: something has that name already\n"),
        ("map check latin", "bad_value", "failed to read latin\ncaused by: it is no text in UTF-8\n"),
    ] {
        let said = world.run(line);
        assert!(said.code == 1 && said.stderr.contains(words), "{line}: {said:?}");
        assert_eq!(world.run(&format!("--format json {line}")).error()["code"], code, "{line}");
    }
}

#[test]
fn the_log_of_an_unknown_partner_and_of_days_in_the_wrong_order_is_refused() {
    let world = World::with_events(&[churn(1)]);
    let (log, export) = (world.run("log --partner 999"), world.run("export --partner 999"));
    assert_eq!((log.code, log.stdout.as_str()), (1, ""), "{log:?}");
    assert_eq!(log.stderr, export.stderr);
    let said = world.run("log --since 2025-02-01 --until 2025-01-01 --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (2, Some("usage")), "{said:?}");
    assert_eq!(world.run("log --since 2025-02-01 --until 2025-02-01").code, 0);
}

#[test]
fn a_certification_in_the_other_case_is_the_only_one_that_is_meant() {
    let world = World::with_ledger();
    assert_eq!(world.run(&certified("AZ-104")).code, 0);
    let said = world.run(&certified("az-104"));
    assert!(said.stderr.contains("hint: the nearest in the catalogue: AZ-104\n"), "{said:?}");
}

#[test]
fn what_is_no_ledger_is_said_to_be_none() {
    let world = World::empty();
    world.write("file", "");
    for command in [
        SCORE,
        "verify",
        "stats",
        "export",
        "record customer-churned --partner 1 --effective-at today --customer 4fdbff88-9d6b-42e0-9713-45c922ba8001",
    ] {
        let said = world.run(&format!("--ledger file {command}"));
        assert_eq!(said.code, 1, "{command}: {said:?}");
        assert!(said.stderr.starts_with("error: there is no ledger "), "{command}: {said:?}");
        let about = "caused by: it is a file\nhint: `--ledger DIR` names the directory of a ledger\n";
        assert!(said.stderr.ends_with(about), "{command}: {said:?}");
        assert_eq!(world.run(&format!("--format json --ledger file {command}")).error()["code"], "no_ledger");
    }
}
