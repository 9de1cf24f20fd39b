//! Adopting rules: which scores they are used for, and what is refused.

use super::{PARTNER, Said, World, files};

/// A certification that gives points in Modern Work.
fn link() -> String {
    format!(
        r#"{{"id":"00000000-0000-4000-8000-000000000001","type":"certification_linked","partner":"{PARTNER}","effective_at":"2024-10-01","person":"ada","certification":"MS-700"}}"#
    )
}

/// The built-in rules under another name, with another figure for that certification in both tracks.
fn rules(name: &str, threshold: u32) -> String {
    let builtin = projection::rulebook::Rulebook::builtin().text();
    let mut text = builtin.replacen("name = \"builtin-2026-11\"", &format!("name = \"{name}\""), 1);
    for track in ["enterprise", "smb"] {
        let row = format!("key = \"modern_work.intermediate_certifications\"\ntrack = \"{track}\"\n");
        let (before, rest) = text.split_once(&row).unwrap();
        let (fields, rest) = rest.split_once("threshold = ").unwrap();
        let (_, rest) = rest.split_once('\n').unwrap();
        text = format!("{before}{row}{fields}threshold = {threshold}\n{rest}");
    }
    text
}

fn world() -> World {
    let world = World::with_events(&[link()]);
    world.write("ours.toml", &rules("ours", 10));
    world.write("next.toml", &rules("next", 5));
    world
}

fn ok(said: Said) -> String {
    assert_eq!(said.code, 0, "{said:?}");
    said.stdout
}

/// The name of the rules that a score is by, and the points of the certification.
fn score(world: &World, options: &str) -> (String, String) {
    let line = format!("score --partner {PARTNER} --area modern_work --format json {options}");
    let score: serde_json::Value = serde_json::from_str(&ok(world.run(&line))).unwrap();
    let metric = score["metrics"][1].clone();
    assert_eq!(metric["metric"], "intermediate_certifications");
    (score["rulebook"]["name"].as_str().unwrap().to_owned(), metric["points_exact"].as_str().unwrap().to_owned())
}

fn by(name: &str, points: &str) -> (String, String) {
    (name.to_owned(), points.to_owned())
}

fn sha256(world: &World, file: &str) -> String {
    let checked: serde_json::Value =
        serde_json::from_str(&ok(world.run(&format!("rulebook check {file} --format json")))).unwrap();
    checked["sha256"].as_str().unwrap().to_owned()
}

#[test]
fn adopted_rules_are_used_from_their_day_on_as_known_from_their_recording_on() {
    let world = World { clock: "2025-03-10T09:00:00Z", ..world() };
    let (before, after) = ("--known-at 2025-03-09", "--known-at 2025-03-10");
    let builtin = score(&world, "--as-of 2025-02-28");
    let said = world.run("--now 2025-03-10T08:00:00Z rulebook adopt ours.toml --effective-at 2025-02-01");
    let sha256 = sha256(&world, "ours.toml");
    let text = format!("ours is adopted as entry 1, for scores as of 2025-02-01 and later, sha256 {sha256}\n");
    assert_eq!((said.code, said.stdout, said.stderr.as_str()), (0, text, ""));
    assert_eq!(builtin, by("builtin-2026-11", "5/1"));
    for (options, expected) in [
        (format!("--as-of 2025-01-31 {before}"), &builtin),
        (format!("--as-of 2025-02-01 {before}"), &builtin),
        (format!("--as-of 2025-01-31 {after}"), &builtin),
        (format!("--as-of 2025-02-01 {after}"), &by("ours", "1/1")),
        ("--as-of 2025-02-28".to_owned(), &by("ours", "1/1")),
        ("--as-of 2025-02-28 --known-at 2025-03-10T07:59:59.999999Z".to_owned(), &builtin),
        ("--as-of 2025-02-28 --known-at 2025-03-10T08:00:00Z".to_owned(), &by("ours", "1/1")),
        (format!("--as-of 2025-02-28 {after} --rulebook next.toml"), &by("next", "2/1")),
        (format!("--as-of 2025-01-31 {before} --rulebook next.toml"), &by("next", "2/1")),
    ] {
        assert_eq!(&score(&world, &options), expected, "{options}");
    }
    ok(world.run("replay --as-of 2025-02-28"));
    ok(world.run("replay --sample 30 --seed 1"));
    let shown = ok(world.run("rulebook show --as-of 2025-02-28 --toml"));
    assert_eq!(shown, rules("ours", 10), "the whole text was adopted");
}

#[test]
fn without_a_day_rules_are_used_from_today_on() {
    let world = world();
    let said = world.run("rulebook adopt ours.toml");
    assert!(said.stdout.contains("for scores as of 2025-03-02 and later"), "{said:?}");
    assert_eq!(said.stderr, "scores as of days before 2025-03-02 keep their rules; --effective-at names another day\n");
    assert_eq!(score(&world, "--as-of 2025-03-01").0, "builtin-2026-11");
    assert_eq!(score(&world, "--as-of 2025-03-02").0, "ours");
}

#[test]
fn the_answer_for_programs_names_the_entry() {
    let world = world();
    let line = "rulebook adopt ours.toml --name mine --effective-at 2025-02-01 --note why --source page \
                --id 00000000-0000-4000-8000-0000000000AA --format json";
    let sha256 = sha256(&world, "ours.toml");
    let answer = |is_already: bool| {
        format!(
            r#"{{"seq":1,"recorded_at":"2025-03-02T09:00:00.000001Z","already":{is_already},"name":"mine","sha256":"{sha256}","from":"2025-02-01"}}"#
        )
    };
    assert_eq!(ok(world.run(line)).trim_end(), answer(false));
    let entry: serde_json::Value = serde_json::from_str(&ok(world.run("export --from-seq 1"))).unwrap();
    let event = &entry["event"];
    assert_eq!((&event["id"], &event["name"]), (&"00000000-0000-4000-8000-0000000000aa".into(), &"mine".into()));
    assert_eq!((&event["note"], &event["source"]), (&"why".into(), &"page".into()));
    assert_eq!(event["rulebook"].as_str().unwrap(), rules("ours", 10));
    assert_eq!(ok(world.run(line)).trim_end(), answer(true), "the same event again changes nothing");
    let said = world.run(&line.replace("--note why", "--note other"));
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("id_reused")));
}

#[test]
fn rules_that_hold_already_are_not_adopted_again() {
    let world = world();
    let size = |world: &World| ok(world.run("export")).lines().count();
    for (line, entry, entries) in [
        ("rulebook adopt ours.toml --effective-at 2025-02-01", "is adopted as entry 1", 2),
        ("rulebook adopt ours.toml --effective-at 2025-02-01", "is adopted already, as entry 1", 2),
        ("rulebook adopt ours.toml", "is adopted already, as entry 1", 2),
        ("rulebook adopt ours.toml --effective-at 2025-02-01T15:00:00+01:00", "is adopted already, as entry 1", 2),
        // An earlier day, another name, and an id of its own are more than what stands there.
        ("rulebook adopt ours.toml --effective-at 2025-01-01", "is adopted as entry 2", 3),
        ("rulebook adopt ours.toml --name mine", "is adopted as entry 3", 4),
        ("rulebook adopt ours.toml --name mine --id 00000000-0000-4000-8000-0000000000bb", "is adopted as entry 4", 5),
        // It was replaced from some day on: then it does not hold from its day on.
        ("rulebook adopt ours.toml --effective-at 2025-01-01", "is adopted as entry 5", 6),
    ] {
        let said = ok(world.run(line));
        assert!(said.contains(entry), "{line}: {said}");
        assert_eq!(size(&world), entries, "{line}");
    }
}

#[test]
fn a_wrong_adoption_is_replaced_and_cannot_be_retracted() {
    let world = world();
    ok(world.run("rulebook adopt ours.toml --effective-at 2025-02-01 --id 00000000-0000-4000-8000-0000000000aa"));
    let retract = format!(
        "record event-retracted --partner {PARTNER} --effective-at today --reason wrong --event \
         00000000-0000-4000-8000-0000000000aa --format json"
    );
    let said = world.run(&retract);
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("unknown_event")), "{said:?}");
    world.write("before.toml", &ok(world.run("rulebook show --toml --as-of 2025-01-31")));
    ok(world.run("rulebook adopt before.toml --effective-at 2025-02-01"));
    assert_eq!(score(&world, "--as-of 2025-02-28"), by("builtin-2026-11", "5/1"));
}

#[test]
fn what_is_no_rulebook_is_refused_and_nothing_is_recorded() {
    let world = world();
    let before = files(&world.path("pcs-ledger"));
    let said = world.run("rulebook adopt none.toml");
    assert_eq!(said.code, 1);
    assert!(said.stderr.starts_with("error: failed to read none.toml\ncaused by: "), "{said:?}");
    assert_eq!(world.run("rulebook adopt none.toml --format json").error()["code"], "not_found");

    world.write("bad.toml", &rules("bad", 0).replacen("format = 2", "format = 2\ncolour = \"blue\"", 1));
    let said = world.run("rulebook adopt bad.toml");
    assert_eq!((said.code, said.stderr.as_str()), (1, world.run("rulebook check bad.toml").stderr.as_str()));
    assert_eq!(said.stderr.matches("caused by: line ").count(), 3, "{said:?}");
    let error = world.run("rulebook adopt bad.toml --format json").error();
    assert_eq!(error["code"], "bad_value");
    assert!(error["line"].as_u64().is_some_and(|line| line > 1), "{error}");

    std::fs::write(world.path("latin.toml"), b"[meta]\nname = \"\xe9\"\n").unwrap();
    let said = world.run("rulebook adopt latin.toml");
    assert!(said.stderr.contains("UTF-8"), "{said:?}");
    assert_eq!(world.run("rulebook adopt latin.toml --format json").error()["code"], "bad_value");
    for options in ["--name=", "--effective-at soon", "--id x"] {
        assert_eq!(world.run(&format!("rulebook adopt ours.toml {options}")).code, 2, "{options}");
    }
    assert_eq!(files(&world.path("pcs-ledger")), before);
}

#[test]
fn without_a_ledger_or_beside_another_writer_nothing_is_adopted() {
    let world = World::empty();
    world.write("ours.toml", &rules("ours", 10));
    assert_eq!(world.run("rulebook adopt ours.toml --format json").error()["code"], "no_ledger");
    assert_eq!(files(world.dir.path()).len(), 1, "nothing was made");
    assert_eq!(world.run("init").code, 0);
    let held = ledger::Ledger::open(&world.path("pcs-ledger"), &mut |_| {}).unwrap();
    let said = world.run("rulebook adopt ours.toml --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("locked")), "{said:?}");
    drop(held);
    ok(world.run("rulebook adopt ours.toml"));
}

#[test]
fn a_rulebook_longer_than_a_line_of_events_is_adopted_and_exported() {
    let world = world();
    let remark = format!("# {}\n", "long ".repeat(20)).repeat(12_000);
    let text = remark + &rules("long", 10);
    assert!(text.len() > ledger::MAX_LINE_BYTES);
    world.write("long.toml", &text);
    ok(world.run("rulebook adopt long.toml"));
    assert_eq!(ok(world.run("rulebook show --toml")), text);
    world.write("export.jsonl", &ok(world.run("export")));
    ok(world.run("--ledger other init"));
    ok(world.run("--ledger other import --entries export.jsonl"));
    assert_eq!(ok(world.run("--ledger other rulebook show --toml")), text);
    ok(world.run("verify"));
}
