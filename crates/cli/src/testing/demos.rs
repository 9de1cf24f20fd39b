//! The example ledger: what can be asked of it, and that the long way leads to the same answers.

use super::{Said, World};

fn demo() -> World {
    let world = World::empty();
    let said = world.run("demo --dir d");
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
    world
}

fn ok(said: Said) -> String {
    assert_eq!(said.code, 0, "{said:?}");
    said.stdout
}

#[test]
fn the_example_says_the_same_each_time_and_names_commands_that_work() {
    let (one, two) = (World::empty(), World::empty());
    let said = ok(one.run("demo --dir d"));
    assert_eq!(said, ok(two.run("demo --dir d")));
    let commands: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("  pcs ")).collect();
    assert_eq!(commands.len(), 12, "{said}");
    for command in commands {
        let (first, second) = (one.run(command), two.run(command));
        assert_eq!((first.code, &first.stdout), (0, &second.stdout), "{command}: {first:?}");
        assert!(!first.stdout.is_empty(), "{command}");
    }
    let said = one.run("demo --dir d --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("ledger_exists")), "{said:?}");
}

#[test]
fn what_is_said_of_the_future_is_what_the_commands_say_first() {
    let world = World::empty();
    let shown = ok(world.run("demo --dir d"));
    let begins = |line: &&str| ["timeline ", "forecast ", "status ", "advise "].iter().any(|name| line.contains(name));
    let commands: Vec<&str> = shown.lines().filter_map(|line| line.strip_prefix("  pcs ")).filter(begins).collect();
    assert_eq!(commands.len(), 4, "{shown}");
    for command in commands {
        let said = ok(world.run(command));
        let first = said.lines().next().unwrap();
        assert!(shown.lines().any(|line| line == first), "{command}: {first}");
    }
    let chart =
        ok(world.run("--ledger d timeline --partner 6034453 --area infrastructure --from 2024-09-01 --to 2025-03-31"));
    let chart: Vec<&str> = chart.lines().take_while(|line| !line.starts_with("  from ")).collect();
    assert!(shown.contains(&chart.join("\n")), "{shown}");
    assert!(chart.iter().skip(1).all(|line| line.chars().count() <= 100), "{chart:?}");
}

#[test]
fn the_past_is_answered_as_it_was_known() {
    let world = World { clock: "2025-06-01T00:00:00Z", ..demo() };
    let ask = |known_at: &str| {
        let line = format!("--ledger d --format json score --partner 6034453 --as-of 2025-02-28 --known-at {known_at}");
        ok(world.run(&line))
    };
    let (before, after) = (ask("2025-03-10"), ask("2025-04-30"));
    assert_eq!((before.lines().count(), after.lines().count()), (6, 6));
    assert_ne!(before, after, "the restatement changed the score");
    let first = before.lines().next().unwrap_or_default();
    let start =
        r#"{"partner":"6034453","area":"data_ai","as_of":"2025-02-28","known_at":"2025-03-10T23:59:59.999999Z","#;
    assert!(first.starts_with(start), "{first}");
    world.write("more.jsonl", &super::churn(1));
    ok(world.run("--ledger d --now 2025-05-05T00:00:00Z import more.jsonl"));
    assert_eq!(ask("2025-03-10"), before, "later entries do not matter");
}

#[test]
fn areas_are_asked_in_their_order_and_each_once() {
    let world = demo();
    let line = "--ledger d --format json score --partner 6034453 --as-of 2025-02-28 --area security --area data_ai --area security";
    let said = ok(world.run(line));
    let areas: Vec<&str> = said.lines().filter_map(|line| line.split('"').nth(7)).collect();
    assert_eq!(areas, ["data_ai", "security"]);
}

#[test]
fn all_partners_are_a_line_for_each_area() {
    let world = demo();
    let said = ok(world.run("--ledger d score --all-partners --as-of 2025-02-28"));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("All partners as of 2025-02-28, as known at 20"), "{said}");
    assert!(lines[1].starts_with("Measured 2025-02 against 2024-02 (live), rulebook builtin-"), "{said}");
    assert_eq!(lines[3].split_whitespace().collect::<Vec<_>>(), ["partner", "area", "points", "standing"]);
    assert_eq!(lines.iter().filter(|line| line.contains("points are missing")).count(), 12, "{said}");
    let total = "2 partners, of which 0 qualify in one area or more; 0 of 12 areas qualify";
    assert!(lines.contains(&total), "{said}");
    let json = ok(world.run("--ledger d score --all-partners --as-of 2025-02-28 --format json"));
    let of = |partner: &str| {
        ok(world.run(&format!("--ledger d score --partner {partner} --as-of 2025-02-28 --format json")))
    };
    assert_eq!(json, of("6034453") + &of("6099001"));
}

#[test]
fn an_explanation_comes_last_in_each_metric() {
    let world = demo();
    let line = "--ledger d score --partner 6034453 --as-of 2025-02-28 --area infrastructure --explain";
    let plain =
        ok(world.run("--ledger d --format json score --partner 6034453 --as-of 2025-02-28 --area infrastructure"));
    let said = ok(world.run(&format!("{line} --format json")));
    let score: serde_json::Value = serde_json::from_str(&said).expect("an object");
    for metric in score["metrics"].as_array().expect("a list") {
        let last = metric.as_object().and_then(|metric| metric.keys().next_back().cloned());
        assert_eq!(last.as_deref(), Some("because"));
    }
    assert!(said.contains("\"seqs\":[") && !plain.contains("because"));
    let text = ok(world.run(line));
    assert!(text.contains("counted now:") && text.contains("[#"), "{text}");
}

#[test]
fn the_long_way_leads_to_the_same_answers() {
    let world = demo();
    for rest in ["", "--partner 6034453", "--partner 6099001 --known-at 2024-04-01 --as-of 2024-03-31"] {
        let said = ok(world.run(&format!("--ledger d replay {rest}")));
        assert!(said.starts_with("the same: "), "{said}");
    }
    ok(world.run("--ledger d verify"));
    let said = world.run("--ledger d replay --partner 6099001 --known-at 2024-03-01");
    assert_eq!(said.code, 1, "{said:?}");
}

#[test]
fn a_rulebook_of_a_file_and_an_adopted_one_are_named_in_the_answer() {
    let world = World { clock: "2025-06-01T00:00:00Z", ..demo() };
    let toml = ok(world.run("rulebook show --toml"));
    world.write("mine.toml", &toml.replacen("name = \"", "name = \"mine-", 1));
    let score = "--ledger d --format json score --partner 6034453 --area security --as-of 2025-02-28";
    let by_file = ok(world.run(&format!("{score} --rulebook mine.toml")));
    assert!(by_file.contains(r#""rulebook":{"name":"mine-"#), "{by_file}");
    let checked = ok(world.run("rulebook check mine.toml --format json"));
    assert!(checked.contains(r#""name":"mine-"#), "{checked}");
    let adopt = "--ledger d --now 2025-05-05T00:00:00Z record rulebook-adopted --name ours --effective-at 2025-01-01 --rulebook @mine.toml";
    ok(world.run(adopt));
    let adopted = ok(world.run(score));
    assert!(adopted.contains(r#""rulebook":{"name":"ours","#), "{adopted}");
    let earlier = ok(world.run(&format!("{score} --known-at 2025-04-30")));
    assert!(earlier.contains(r#""rulebook":{"name":"builtin"#), "{earlier}");
    assert!(ok(world.run("--ledger d rulebook show --as-of 2025-02-28")).starts_with("Rulebook ours on 2025-02-28"));
    assert_eq!(ok(world.run("--ledger d replay --as-of 2025-02-28")).lines().count(), 1);
}

#[test]
fn completions_man_help_and_the_reference_name_every_command() {
    let world = World::empty();
    for line in ["completions bash", "completions zsh", "completions fish", "man", "--help", "help"] {
        let said = ok(world.run(line));
        for name in ["init", "record", "import", "score", "replay", "demo"] {
            assert!(said.contains(name), "{line}: {name}");
        }
    }
    assert!(ok(world.run("man score")).contains("known\\-at"));
    let reference = crate::reference();
    for name in ["## pcs score", "### pcs record association-accepted", "### pcs rulebook show", "--known-at K"] {
        assert!(reference.contains(name), "{name}: {reference}");
    }
    crate::command().debug_assert();
}

#[test]
fn the_bundled_reports_can_be_imported_by_hand() {
    let world = World::with_ledger();
    ok(world.run("demo --dir d --reports downloads"));
    assert_eq!(std::fs::read_dir(world.path("downloads")).unwrap().count(), 18);
    let said = ok(world.run("import downloads --format json"));
    let answer: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((answer["files"].as_array().map(Vec::len), &answer["refused"]), (Some(18), &0.into()), "{said}");
    assert_eq!(ok(world.run("import downloads --format json")).matches("\"new\":0,").count(), 19);
    let said = world.run("demo --dir e --reports downloads --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("exists")), "{said:?}");
    assert!(!world.path("e").exists(), "nothing is half made");
}

#[test]
fn a_score_names_the_one_thing_that_is_enough_which_is_the_first_plan_of_advise() {
    let world = demo();
    let ask = |line: &str| ok(world.run(&format!("--ledger d {line}")));
    let score = ask("score --partner 6034453 --as-of 2025-02-28 --area infrastructure");
    assert!(score.contains("6.58 points are missing to 70; one customer more is enough\n"), "{score}");
    let advice = ask("advise --partner 6034453 --as-of 2025-02-28 --area infrastructure --carry none");
    assert!(advice.contains("\n1. one customer more (net customer adds 20.0 -> 30.0): "), "{advice}");
    let person = ask("score --partner 6034453 --as-of 2025-03-31 --area infrastructure");
    assert!(person.contains("; one person more for step 1 of intermediate certifications is enough\n"), "{person}");
    for others in ["--partner 6034453 --format json", "--all-partners"] {
        let said = ask(&format!("score --as-of 2025-02-28 --area infrastructure {others}"));
        assert!(!said.contains("enough"), "{said}");
    }
}

#[test]
fn missing_figures_of_many_partners_are_told_once_with_the_first_partner() {
    let world = demo();
    for command in ["score", "status"] {
        let said = world.run(&format!("--ledger d {command} --all-partners --as-of 2025-06-15"));
        assert_eq!(said.code, 0, "{said:?}");
        let of = "is known of 6034453, whose newest is of 2025-03, nor of 1 other partner\n";
        assert!(said.stderr.contains(&format!("warning: no acr_usd of 2025-05 {of}")), "{command}: {}", said.stderr);
        assert_eq!(said.stderr.matches("no acr_usd").count(), 1, "{command}: {}", said.stderr);
    }
}
