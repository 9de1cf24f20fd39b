//! Instants that are behind the newest entry, ahead of the clock, or at the end of time.

use super::{CUSTOMER, PARTNER, Said, World, churn};

/// Records another event at an instant.
fn record(world: &World, instant: &str, more: &str) -> Said {
    let event = format!("record customer-classified --partner {PARTNER} --customer {CUSTOMER} --segment smb");
    world.run(&format!("--now {instant} {event} --effective-at 2025-01-01 {more}"))
}

/// Every command that writes an instant.
const WRITERS: [&str; 5] = [
    "import more.jsonl",
    "key rotate",
    "rulebook adopt ours.toml",
    "witness add --witness-key w.key",
    "record customer-classified --partner 6034453 --effective-at 2025-01-03 --customer 4fdbff88-9d6b-42e0-9713-45c922ba8001 --segment smb",
];

fn world() -> World {
    let world = World::with_events(&[churn(1)]);
    world.write("more.jsonl", &churn(2));
    world.write("ours.toml", &world.run("rulebook show --toml").stdout);
    assert_eq!(world.run("key make witness.example --out w.key").code, 0);
    world
}

#[test]
fn an_instant_behind_the_newest_entry_is_said_with_both_and_comes_after_it() {
    let world = world();
    for (now, is_said) in [("2025-03-02T08:59:00Z", false), ("2025-03-02T08:58:59Z", true)] {
        let said = record(&world, now, "");
        assert_eq!(said.code, 0, "{said:?}");
        let newest = "2025-03-02T09:00:00.00000";
        assert!(said.stdout.contains(newest), "{said:?}");
        let both = format!("the clock says {}.000000Z, and the newest entry was recorded at {newest}", &now[..19]);
        assert_eq!(said.stderr.contains(&both), is_said, "{said:?}");
    }
    for writer in WRITERS.iter().filter(|writer| !writer.starts_with("witness")) {
        let said = world.run(&format!("--now 2025-02-02T09:00:00Z {writer}"));
        let is_said = said.stderr.contains("the clock says 2025-02-02T09:00:00.000000Z, and the newest entry was");
        assert!(said.code == 0 && is_said, "{writer}: {said:?}");
    }
    assert!(!world.run("--now 2025-02-02T09:00:00Z kept list").stderr.contains("the clock"), "nothing is written");
}

#[test]
fn an_instant_more_than_a_day_ahead_of_the_clock_is_refused_unless_forced() {
    for writer in WRITERS {
        let world = world();
        let before = super::files(&world.path("pcs-ledger"));
        let ahead = format!("--now 2025-03-03T09:00:01Z {writer}");
        let said = world.run(&format!("--format json {ahead}"));
        let error = said.error();
        assert_eq!((said.code, error["code"].as_str()), (1, Some("clock_ahead")), "{writer}: {said:?}");
        let message = error["message"].as_str().unwrap();
        let both = ["2025-03-03T09:00:01.000000Z", "2025-03-02T09:00:00.000000Z"];
        assert!(both.iter().all(|instant| message.contains(instant)), "{message}");
        assert!(error["hints"][0].as_str().unwrap().contains("--force"), "{error}");
        assert!(super::files(&world.path("pcs-ledger")) == before, "{writer} wrote");
        assert!(!world.path("w.key.cosigned").exists(), "the witness remembers what it did not cosign");
        assert_eq!(world.run(&format!("{ahead} --force")).code, 0, "{writer}");
    }
    let world = world();
    assert_eq!(record(&world, "2025-03-03T09:00:00Z", "").code, 0, "a day is not more than a day");
}

#[test]
fn entries_keep_their_instants_whatever_the_clock_says() {
    let world = world();
    assert_eq!(record(&world, "2030-01-01", "--force").code, 0);
    world.write("entries.jsonl", &world.run("export").stdout);
    assert_eq!(world.run("backup --out b.pcs").code, 0);
    assert_eq!(world.run("--ledger copy init").code, 0);
    for new in [2, 0] {
        let said = world.run("--ledger copy import --entries entries.jsonl");
        assert!(said.code == 0 && said.stdout.starts_with(&format!("{new} new")) && said.stderr.is_empty(), "{said:?}");
    }
    assert_eq!(world.run("--ledger restored restore b.pcs").code, 0, "a backup is of what was recorded");
}

fn jumps(world: &World, line: &str) -> Vec<String> {
    let said = world.run(line);
    assert_eq!(said.code, 0, "{said:?}");
    said.stdout.lines().filter(|line| line.contains("clock_jump")).map(str::to_owned).collect()
}

#[test]
fn an_entry_ahead_of_the_clock_is_a_finding_of_the_ledger_and_of_no_partner() {
    let world = world();
    assert_eq!(jumps(&world, "check"), Vec::<String>::new());
    for instant in ["2025-03-02T10:00:00Z", "2027-01-01", "2025-03-02T11:00:00Z"] {
        assert_eq!(record(&world, instant, "--force").code, 0);
    }
    let found = "the ledger  clock_jump: it was recorded at 2027-01-01T00:00:00.000000Z, ahead of the clock, and 1 \
                 entry after it [#2]";
    assert_eq!(jumps(&world, "check"), [found]);
    let json = &jumps(&world, "--format json check")[0];
    assert!(json.starts_with(r#"{"partner":null,"code":"clock_jump","#) && json.ends_with(r#""seqs":[2]}"#), "{json}");
    assert_eq!(jumps(&world, "check --known-at 2026-12-31"), Vec::<String>::new(), "it was not known");
    assert_eq!(jumps(&world, &format!("check --partner {PARTNER}")), Vec::<String>::new());
    let score: serde_json::Value = serde_json::from_str(
        &world.run(&format!("--format json score --partner {PARTNER} --as-of 2025-01-31 --area infrastructure")).stdout,
    )
    .unwrap();
    let own = world.run(&format!("--format json check --partner {PARTNER}")).stdout.lines().count();
    assert_eq!(score["findings"], own);
    let later = World { clock: "2027-01-02T00:00:00Z", ..world };
    assert_eq!(jumps(&later, "check"), Vec::<String>::new(), "the clock has come there");
}

#[test]
fn years_of_silence_are_a_finding_and_ordinary_histories_have_none() {
    let world = World::with_ledger();
    let world = World { clock: "2040-01-01T00:00:00Z", ..world };
    for instant in ["2000-01-01", "2000-01-02", "2024-06-01", "2024-06-01", "2029-05-30", "2035-01-01"] {
        assert_eq!(record(&world, instant, "--force").code, 0, "{instant}");
    }
    let found = jumps(&world, "check");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("2024-06-01") && found[0].ends_with("[#1 #2]"), "{found:?}");
    assert!(found[1].contains("2035-01-01") && found[1].ends_with("[#4 #5]"), "{found:?}");
    assert_eq!(jumps(&world, "check --known-at 2030-01-01").len(), 1);
    let demo = World::empty();
    assert_eq!(demo.run("demo --dir d").code, 0);
    let demo = World { clock: "2025-06-01T00:00:00Z", ..demo };
    assert_eq!(jumps(&demo, "--ledger d check"), Vec::<String>::new());
}

#[test]
fn a_ledger_at_the_end_of_time_says_how_to_go_on() {
    let world = world();
    let end = "9999-12-31T23:59:59.999999Z";
    assert_eq!(record(&world, end, "--force").code, 0);
    for writer in WRITERS.iter().filter(|writer| !writer.starts_with("witness")) {
        let said = world.run(&format!("--format json --quiet {writer} --force"));
        let error = said.error();
        assert_eq!((said.code, error["code"].as_str()), (1, Some("end_of_time")), "{writer}: {said:?}");
        assert!(error["hints"][0].as_str().unwrap().contains("export --to-seq"), "{error}");
    }
    // As the hint says.
    world.write("before.jsonl", &world.run("export --to-seq 0").stdout);
    assert_eq!(world.run("--ledger new init").code, 0);
    assert_eq!(world.run("--ledger new import --entries before.jsonl").code, 0);
    assert_eq!(world.run("--ledger new export").stdout, world.read("before.jsonl"));
    let said = world.run("--ledger new import more.jsonl");
    assert_eq!((said.code, said.stdout.as_str()), (0, "1 new, 0 already, 0 refused\n"), "{said:?}");
}

#[test]
fn a_clock_that_is_ahead_closes_no_instant_and_quiet_keeps_no_clock_from_being_told() {
    let world = world();
    let export = "audit export --partner 6034453 --as-of 2025-02-28 --known-at 2026-01-01 --out a";
    let said = world.run(&format!("--format json --now 2026-01-02T00:00:00Z {export}"));
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("clock_ahead")), "{said:?}");
    assert_eq!(world.run(&format!("--now 2026-01-02T00:00:00Z {export} --force")).code, 0);
    let said = record(&world, "2025-03-02T09:00:00Z", "--quiet");
    let both = "the clock says 2025-03-02T09:00:00.000000Z, and an audit bundle has closed all up to 2026-01-01T23:59:59.999999Z";
    assert!(said.code == 0 && said.stderr.contains(both), "{said:?}");
}
