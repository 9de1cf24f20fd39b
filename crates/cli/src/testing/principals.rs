//! Linked identities of partner admin links: under pseudonyms, as persons are.

use std::fs;

use serde_json::Value;

use super::World;

const PRINCIPAL: &str = "aa67f786-0552-423e-8849-244ed12bf581";
const IMPORT: &str = "import pal.json --kind pal --partner 6034453";

fn link(updated: &str) -> String {
    format!(
        r#"{{"partnerId":"6034454","tenantId":"1b1121dd-6900-412a-af73-e8d44f81e1c1","objectId":"{PRINCIPAL}","updatedTime":"{updated}","state":"Active"}}"#
    )
}

/// What a version recorded that knew no pseudonyms of linked identities.
fn recorded_in_clear() -> String {
    format!(
        r#"{{"id":"a2c3a1f0-3f5e-5a3e-9a57-0c8f3f1b2d01","type":"association_accepted","partner":"6034453","location":"6034454","effective_at":"2024-01-11T00:00:00Z","association":"5b1e4c5e-9a57-5c8f-bf1b-2d0100000001","customer":"1b1121dd-6900-412a-af73-e8d44f81e1c1","mechanism":"pal","principal":"{PRINCIPAL}","source":"pal pal.json line 1, last change of the link (stated), as of 2024-01-11, sha256:abababababababababababababababab"}}"#
    )
}

fn import(world: &World, updated: &str) -> String {
    world.write("pal.json", &link(updated));
    let said = world.run(IMPORT);
    assert_eq!(said.code, 0, "{said:?}");
    said.stdout
}

#[test]
fn the_linked_identity_enters_the_ledger_under_a_pseudonym_in_every_spelling() {
    let world = World::with_ledger();
    assert!(import(&world, "2024-01-11T00:00:00Z").starts_with("1 new"));
    let export = world.run("export").stdout;
    assert!(!export.contains(PRINCIPAL) && export.contains(r#""principal":"u"#), "{export}");
    for spelled in [PRINCIPAL.to_uppercase(), PRINCIPAL.replace('-', ""), format!("{{{PRINCIPAL}}}")] {
        world.write("pal.json", &link("2024-01-11T00:00:00Z").replace(PRINCIPAL, &spelled));
        assert!(world.run(IMPORT).stdout.starts_with("0 new"), "{spelled}");
    }
    for (spelled, member) in [(&PRINCIPAL[1..], "objectId"), ("{x}", "objectId")] {
        world.write("pal.json", &link("2024-01-11T00:00:00Z").replace(PRINCIPAL, spelled));
        let error = world.run(&format!("{IMPORT} --format json")).error();
        assert!(error["first"][0]["message"].as_str().unwrap().starts_with(&format!("`{member}` is ")), "{error}");
    }
    let said = world.run("people list");
    assert_eq!(said.stderr, "the ledger knows no person\n", "a linked identity holds no certification");
}

#[test]
fn a_link_that_was_recorded_in_clear_is_the_same_and_nothing_contradicts() {
    for spelled in [PRINCIPAL.to_owned(), format!("{{{PRINCIPAL}}}")] {
        is_the_same_and_nothing_contradicts(&recorded_in_clear().replace(PRINCIPAL, &spelled));
    }
}

fn is_the_same_and_nothing_contradicts(recorded: &str) {
    let world = World::with_events(&[recorded.to_owned()]);
    assert!(import(&world, "2024-01-11T00:00:00Z").starts_with("0 new"), "the same again");
    for later in ["2024-03-11T00:00:00Z", "2023-12-11T00:00:00Z"] {
        assert!(import(&world, later).starts_with("1 new"));
        assert!(import(&world, later).starts_with("0 new"));
        assert!(import(&world, "2024-01-11T00:00:00Z").starts_with("0 new"));
    }
    let export = world.run("export").stdout;
    assert_eq!(export.matches(PRINCIPAL).count(), 1, "what was recorded stays, and nothing is added in clear");
    let check = world.run("check --format json").stdout;
    assert!(!check.contains("details_disagree"), "{check}");
    // The end of the link ends all of it.
    world.write("pal.json", &link("2024-05-11T00:00:00Z").replace("Active", "Deleted"));
    assert_eq!(world.run(IMPORT).code, 0);
    let lines = world.run("export").stdout;
    let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone());
    let of = |wanted: &str| {
        let events = events.clone().filter(|event| event["type"] == wanted);
        let mut associations: Vec<String> = events.map(|event| event["association"].to_string()).collect();
        associations.sort();
        associations.dedup();
        associations
    };
    assert_eq!(of("association_accepted"), of("association_revoked"));
}

#[test]
fn links_need_the_secret_once_the_ledger_has_pseudonyms() {
    let world = World::with_ledger();
    import(&world, "2024-01-11T00:00:00Z");
    let place = world.path("pcs-ledger/people.secret");
    let secret = fs::read(&place).unwrap();
    fs::remove_file(&place).unwrap();
    let refuses = |code: &str| {
        let before = world.run("export").stdout;
        let said = world.run(&format!("{IMPORT} --format json"));
        assert_eq!((said.code, said.error()["code"].as_str()), (1, Some(code)), "{said:?}");
        assert_eq!(world.run("export").stdout, before);
    };
    refuses("no_people_secret");
    assert!(!place.exists(), "no other secret was made");
    // What names nobody needs none.
    world.write("w.json", r#"{"EventName":"test-created"}"#);
    assert_eq!(world.run("import w.json --kind webhooks --partner 6034453").code, 0);
    world.write("pcs-ledger/people.secret", &String::from_utf8(secret.clone()).unwrap().replace("07", "09"));
    fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    refuses("other_people_secret");
    fs::write(&place, secret).unwrap();
    assert!(import(&world, "2024-01-11T00:00:00Z").starts_with("0 new"));
    // A ledger that has them in clear alone begins with a new secret.
    let old = World::with_events(&[recorded_in_clear()]);
    assert_eq!(old.run("backup --out b").code, 0);
    assert_eq!(old.run("--ledger other restore b").code, 0);
    old.write("pal.json", &link("2024-03-11T00:00:00Z"));
    assert!(old.run(&format!("--ledger other {IMPORT}")).stdout.starts_with("1 new"));
}
