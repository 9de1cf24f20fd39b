//! Hints name the ledger that was asked, where there is one.

use super::{PARTNER, World, churn};

/// A ledger at a path that a shell would take for two words.
fn world() -> World {
    let world = World::empty();
    world.write("events.jsonl", &churn(1));
    for args in [["init"].as_slice(), &["import", "events.jsonl"]] {
        let said = world.run_args(&[&["--ledger", "my ledger"], args].concat(), b"");
        assert_eq!(said.code, 0, "{said:?}");
    }
    world
}

fn asked(world: &World, line: &str) -> super::Said {
    let args: Vec<&str> = ["--ledger", "my ledger"].into_iter().chain(line.split_whitespace()).collect();
    world.run_args(&args, b"")
}

#[test]
fn a_hint_carries_the_ledger_that_was_asked_in_text_and_in_json() {
    let world = world();
    let partners = "`pcs --ledger 'my ledger' partners`";
    let said = asked(&world, "score --partner x --as-of 2025-01-31");
    assert!(said.stderr.contains(&format!("hint: {partners} names")), "{said:?}");
    let said = asked(&world, "--format json score --partner x --as-of 2025-01-31");
    let hint = said.error()["hints"][0].as_str().unwrap().to_owned();
    assert!(hint.starts_with(partners), "{hint}");
    let said = asked(&world, &format!("score --partner {PARTNER} --as-of 2025-01-31 --area security"));
    assert!(said.stdout.contains("`pcs --ledger 'my ledger' status --partner"), "{said:?}");
    let said = asked(&world, &format!("reconcile --partner {PARTNER}"));
    assert!(said.stdout.contains("`pcs --ledger 'my ledger' record score-published`"), "{said:?}");
}

#[test]
fn a_ledger_that_is_found_without_being_named_is_in_no_hint() {
    let mut world = World::with_events(&[churn(1)]);
    let said = world.run("score --partner x --as-of 2025-01-31");
    assert!(said.stderr.contains("hint: `pcs partners` names"), "{said:?}");
    world.variables.insert("PCS_LEDGER".into(), "pcs-ledger".into());
    let said = world.run("score --partner x --as-of 2025-01-31");
    assert!(said.stderr.contains("hint: `pcs partners` names"), "{said:?}");
}

#[test]
fn who_checks_a_bundle_is_sent_to_no_ledger() {
    let world = world();
    let export = format!("audit export --partner {PARTNER} --as-of 2025-01-31 --out x.audit");
    assert_eq!(asked(&world, &export).code, 0);
    for said in [world.run("audit verify x.audit"), asked(&world, "audit verify x.audit")] {
        assert_eq!(said.code, 0, "{said:?}");
        assert!(!said.stdout.contains("`pcs "), "{said:?}");
    }
}

#[test]
fn demo_names_its_own_option() {
    let world = World::empty();
    let said = world.run_args(&["demo", "--dir", "my demo"], b"");
    assert!(said.stdout.contains("  pcs --ledger 'my demo' verify\n"), "{said:?}");
    assert!(said.stdout.contains("`pcs --ledger 'my demo' check --partner"), "{said:?}");
    let said = world.run_args(&["demo", "--dir", "my demo"], b"");
    assert!(said.stderr.contains("hint: `--dir DIR` names another directory"), "{said:?}");
    world.write("file", "");
    let said = world.run_args(&["demo", "--dir", "."], b"");
    assert!(said.stderr.contains("hint: `--dir DIR` names another directory"), "{said:?}");
    assert!(!said.stderr.contains("--ledger"), "{said:?}");
}
