//! Built-in rulebooks, old and new: what was answered by old ones, what differs, and which codes are one.

use projection::rulebook::Rulebook;
use serde_json::{Value, json};

use super::people::{IMPORT, report};
use super::{PARTNER, Said, World};

/// A bundle that the program made when its rules were those of August 2026, and the key of its ledger.
const OLD_BUNDLE: &[u8] = include_bytes!("../../../../tests/fixtures/builtin-2026-08.audit");
const OLD_KEY: &str = "bundles.example+e3f4f2a3+AbE9EQaiRudRUH4fDaoGwnpE2jhP6Vmok4K23LxaXe/l";

fn event(number: u32, kind: &str, day: &str, certification: &str) -> String {
    format!(
        r#"{{"id":"00000000-0000-4000-8000-{number:012}","type":"certification_{kind}","partner":"{PARTNER}","effective_at":"{day}","person":"ada","certification":"{certification}"}}"#
    )
}

fn ok(said: Said) -> String {
    assert_eq!(said.code, 0, "{said:?}");
    said.stdout
}

fn parsed(said: Said) -> Value {
    serde_json::from_str(&ok(said)).unwrap()
}

/// The rules of a score, and the people of its intermediate certifications.
fn score(world: &World, options: &str) -> (String, u64) {
    let line = format!("score --partner {PARTNER} --area digital_app --as-of 2025-02-28 --format json {options}");
    let answer = parsed(world.run(&line));
    (answer["rulebook"]["name"].as_str().unwrap().to_owned(), answer["metrics"][1]["people"].as_u64().unwrap())
}

fn by(name: &str, people: u64) -> (String, u64) {
    (name.to_owned(), people)
}

#[test]
fn a_bundle_made_under_old_built_in_rules_verifies_and_they_are_built_in_here_too() {
    let world = World::empty();
    std::fs::write(world.path("old.audit"), OLD_BUNDLE).unwrap();
    let text = ok(world.run(&format!("audit verify old.audit --key {OLD_KEY}")));
    assert!(text.contains("\n  rulebook builtin-2026-08, sha256 5f8911ff0101"), "{text}");
    assert!(text.contains(", built into this program too\n"), "{text}");
    let told = parsed(world.run(&format!("audit verify old.audit --key {OLD_KEY} --format json")));
    assert_eq!((&told["rulebook"]["source"], &told["rulebook"]["builtin_here"]), (&json!("builtin"), &json!(true)));
    assert_eq!(told["answers"][0]["metrics"][1]["people"], 1, "by these rules PL-400 alone counts");
}

#[test]
fn the_name_of_built_in_rules_will_do_wherever_a_file_of_rules_does() {
    let world = World::with_events(&[event(1, "linked", "2024-11-01", "AB-400")]);
    assert_eq!(score(&world, ""), by("builtin-2026-11", 1));
    assert_eq!(score(&world, "--rulebook builtin-2026-08"), by("builtin-2026-08", 0));
    let old = Rulebook::builtin_named("builtin-2026-08").unwrap().text();
    assert_eq!(ok(World::empty().run("rulebook show --rulebook builtin-2026-08 --toml")), old, "without a ledger");
    assert!(ok(world.run("rulebook check builtin-2026-08")).starts_with("builtin-2026-08: valid, 103 rows"));
    // A file of such a name is named by its path, and one of another name is read as ever.
    world.write("builtin-2026-08", &old.replacen("builtin-2026-08", "ours", 1));
    assert_eq!(score(&world, "--rulebook ./builtin-2026-08").0, "ours");
    assert_eq!(score(&world, "--rulebook builtin-2026-08").0, "builtin-2026-08");
    ok(world.run("rulebook adopt builtin-2026-08 --effective-at 2025-02-01"));
    assert_eq!(score(&world, ""), by("builtin-2026-08", 0), "a ledger that adopted format 1 goes on");
    assert_eq!(world.run("rulebook show --rulebook builtin-2026-08 --known-at 2025-01-01").code, 2);
    let said = world.run(&format!("score --partner {PARTNER} --as-of 2025-02-28 --rulebook builtin-2026-09"));
    assert_eq!(
        (said.code, said.stderr.as_str()),
        (
            1,
            "error: failed to read builtin-2026-09\ncaused by: No such file or directory (os error 2)\n\
             hint: built-in rulebooks are builtin-2026-08 and builtin-2026-11\n"
        )
    );
}

#[test]
fn a_diff_of_two_rulebooks_tells_each_row_by_its_key_with_its_source() {
    let world = World::empty();
    let text = ok(world.run("rulebook diff builtin-2026-08 builtin-2026-11"));
    for expected in [
        "builtin-2026-08 (5f8911ff0101) -> builtin-2026-11 (91f2f1b02be0): ",
        "changed [meta]\n    format: 1 -> 2\n    name: \"builtin-2026-08\" -> \"builtin-2026-11\"\n",
        "changed [[certification]] GH-300, source S12\n    valid_years: none -> 2\n",
        "added [[certification]] AB-650, source community files 71489665775, 59403144891 (2026-10)\n",
        "removed [[cert_end]] AZ-800+AZ-801, source S12\n    conf: \"B\"\n    retired: 2026-09-30\n",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    let old = Rulebook::builtin_named("builtin-2026-08").unwrap().text();
    let edited = old
        .replacen("certifications = [\"AZ-500\"]", "certifications = [\"AZ-104\", \"SC-100\"]", 1)
        .replacen("source = \"S2\"", "source = \"S\\u001b2\"", 1);
    world.write("edited.toml", &edited);
    let told = ok(world.run("rulebook diff builtin-2026-08 edited.toml"));
    let (_, lines) = told.split_once('\n').unwrap();
    assert_eq!(
        lines,
        "changed [[qualification]] from 2022-10-03, source S2 -> S\\u{1b}2\n\
         changed [[skill]] security.intermediate_certifications track single from 2023-06-13, source S2\n    \
         steps.1.certifications: -\"AZ-500\" +\"AZ-104\" +\"SC-100\"\n"
    );
    let told = parsed(world.run("rulebook diff builtin-2026-08 edited.toml --format json"));
    assert_eq!(told["before"]["name"], "builtin-2026-08");
    assert_eq!(
        told["changes"][1].to_string(),
        r#"{"change":"changed","table":"skill","row":{"key":"security.intermediate_certifications","track":"single","from":"2023-06-13"},"source":{"before":"S2","after":"S2"},"fields":[{"field":"steps.1.certifications","before":["AZ-500"],"after":["AZ-104","SC-100"]}]}"#
    );
    let told = parsed(world.run("rulebook diff builtin-2026-08 builtin-2026-08 --format json"));
    assert_eq!(told["changes"], json!([]));
}

#[test]
fn the_rules_in_force_are_compared_too_and_what_are_no_rules_is_refused() {
    let world = World::with_ledger();
    let same = "builtin-2026-11 (91f2f1b02be0) -> builtin-2026-11 (91f2f1b02be0): the same rules\n";
    assert_eq!(ok(world.run("rulebook diff in-force builtin-2026-11")), same);
    assert_eq!(ok(World::empty().run("rulebook diff builtin-2026-11 in-force")), same, "without a ledger");
    ok(world.run("rulebook adopt builtin-2026-08 --name ours --effective-at 2025-02-01"));
    let text = ok(world.run("rulebook diff in-force builtin-2026-11"));
    assert!(text.starts_with("ours (5f8911ff0101) -> builtin-2026-11 (91f2f1b02be0): "), "{text}");
    world.write("bad.toml", "[meta]\nname = 1\n");
    for (line, code) in [("in-force none.toml", "not_found"), ("bad.toml in-force", "bad_value")] {
        let said = world.run(&format!("rulebook diff {line} --format json"));
        assert_eq!((said.code, said.stdout.as_str(), said.error()["code"].as_str()), (1, "", Some(code)), "{line}");
    }
    assert_eq!(world.run("rulebook diff builtin-2026-08").code, 2);
}

#[test]
fn a_score_by_built_in_rules_of_more_than_a_year_ago_says_so_beside_its_answer() {
    let world = World::with_events(&[event(1, "linked", "2024-11-01", "PL-400")]);
    let ask = |options: &str| world.run(&format!("score --partner {PARTNER} --as-of 2025-02-28 {options}"));
    let answer = ok(ask(""));
    let warned = |options: &str| {
        let said = ask(options);
        assert_eq!(said.code, 0, "{said:?}");
        if !options.contains("rulebook") && !options.contains("json") {
            assert_eq!(said.stdout, answer, "the same question has the same answer");
        }
        said.stderr
    };
    let warning = "warning: the built-in rules builtin-2026-11 know the programme up to 2026-10-10, more than a year \
                   ago: a newer version of pcs, or `pcs rulebook adopt FILE`, brings newer ones\n";
    for (options, expected) in [
        ("--now 2026-11-30T00:00:00Z", ""),
        ("--now 2027-10-10T23:59:59Z", ""),
        ("--now 2027-10-11T00:00:00Z", warning),
        ("--now 2027-10-11T00:00:00Z --format json", warning),
        ("--now 2027-10-11T00:00:00Z --quiet", ""),
        ("--now 2027-10-11T00:00:00Z --rulebook builtin-2026-08", ""),
    ] {
        assert_eq!(warned(options), expected, "{options}");
    }
    assert_eq!(world.run("score --all-partners --as-of 2025-02-28 --now 2029-01-01T00:00:00Z").stderr, warning);
    ok(world.run("rulebook adopt builtin-2026-11 --effective-at 2025-02-01"));
    assert_eq!(ask("--now 2029-01-01T00:00:00Z").stderr, "", "adopted rules are the ledger's own matter");
}

#[test]
fn another_code_of_a_certification_is_unlinked_listed_and_found_as_the_certification() {
    let world = World::with_events(&[event(1, "linked", "2024-11-01", "AB-400")]);
    assert!(!ok(world.run("check")).contains("unknown_certification"));
    let person = |world: &World| parsed(world.run("people list --format json"))["certifications"].clone();
    assert_eq!(person(&world), json!(["PL-400"]));
    let record = |kind: &str, code: &str, day: &str| {
        format!(
            "record certification-{kind} --partner {PARTNER} --person ada --certification {code} --effective-at {day}"
        )
    };
    // Nobody needs to force what contradicts nothing.
    ok(world.run(&record("unlinked", "PL-400", "2024-12-01")));
    assert_eq!((score(&world, "").1, person(&world)), (0, json!([])));
    let again = world.run(&format!("{} --format json", record("unlinked", "AB-400", "2024-12-02")));
    assert_eq!(again.error()["code"], "contradiction", "neither is linked");
    ok(world.run(&record("linked", "PL-400", "2025-01-02")));
    assert_eq!((score(&world, "").1, person(&world)), (1, json!(["PL-400"])));
    let told = parsed(
        world.run(&format!("score --partner {PARTNER} --area digital_app --as-of 2024-11-30 --explain --format json")),
    );
    let because = told["metrics"][1]["because"][0].to_string();
    assert!(because.contains(r#""certification":"PL-400""#), "{because}");
}

#[test]
fn what_a_list_called_by_another_code_is_not_unlinked_when_the_rules_read_it_as_the_certification() {
    let world = World::with_ledger();
    let own = "\n[[certification]]\ncode = \"AB-400\"\nname = \"Our own entry\"\nlevel = \"associate\"\n\
               source = \"s\"\nconf = \"A\"\n";
    world.write("old.toml", &(Rulebook::builtin_named("builtin-2026-08").unwrap().text().to_owned() + own));
    ok(world.run("rulebook adopt old.toml --name old --effective-at 2024-01-01 --now 2024-10-01T00:00:00Z"));
    world.write("t.csv", &report(&[["Ana", "990001", "AAD-1", "AB-400"]]));
    ok(world.run(&format!("{IMPORT} --snapshot --downloaded 2024-10-02 --now 2024-10-02T00:00:00Z")));
    ok(world.run("rulebook adopt builtin-2026-11 --effective-at 2024-01-01 --now 2024-11-01T00:00:00Z"));
    let before = ok(world.run("export"));
    assert!(before.contains(r#""certification":"AB-400""#), "{before}");
    ok(world.run(&format!("{IMPORT} --snapshot --downloaded 2024-11-02 --now 2024-11-02T00:00:00Z")));
    assert_eq!(ok(world.run("export")), before, "the list has what the ledger has");
    assert_eq!(score(&world, "").1, 1);
}
