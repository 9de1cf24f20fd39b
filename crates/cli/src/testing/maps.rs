//! Files of mappings: shown, checked, added to, and used by an import.

use super::World;

const HEADER: &str = "PGAMpnId,TrainingTitle,TrainingType,TrainingCompletionDate,MCPID\n";

fn trainings(titles: &[&str]) -> String {
    let rows: Vec<String> = titles
        .iter()
        .enumerate()
        .map(|(nth, title)| format!("6034453,\"{title}\",certification,2024-01-{:02},70{nth}\n", nth + 1))
        .collect();
    format!("{HEADER}{}", rows.concat())
}

const IMPORT: &str = "import --kind training-completions t.csv";

#[test]
fn an_unknown_text_is_listed_with_the_command_that_maps_it() {
    let world = World::with_ledger();
    world.write("t.csv", &trainings(&["Azure Wizard", "Azure Wizard", "AZ-104"]));
    let said = world.run(&format!("{IMPORT} --dry-run"));
    let command = "pcs map add maps.toml certification \"Azure Wizard\" CODE";
    let lines = format!("  2 rows with an unknown certification: Azure Wizard\n    to map it: `{command}`\n");
    assert!(said.stdout.contains(&lines), "{said:?}");
    let said = world.run(&format!("{IMPORT} --format json"));
    let answer: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(answer["report"]["unmapped"][0]["command"], command);

    let said = world.run_args(&["map", "add", "maps.toml", "certification", "Azure Wizard", "AZ-305"], b"");
    assert_eq!((said.code, said.stdout.as_str()), (0, "maps.toml: Azure Wizard is mapped\n"), "{said:?}");
    let said = world.run(&format!("{IMPORT} --map maps.toml"));
    assert!(said.stdout.starts_with("2 new, 0 already, 0 refused\n"), "{said:?}");
    assert!(!said.stdout.contains("unknown certification"), "{said:?}");
    assert!(world.run("export").stdout.contains("\"certification\":\"AZ-305\""));
}

#[test]
fn every_unknown_text_is_listed_the_most_frequent_first() {
    let world = World::with_ledger();
    let titles: Vec<String> = (0..30).map(|nth| format!("Wizard {}", nth.min(24))).collect();
    world.write("t.csv", &trainings(&titles.iter().map(String::as_str).collect::<Vec<_>>()));
    let said = world.run(&format!("{IMPORT} --dry-run"));
    assert_eq!(said.stdout.matches("to map it: ").count(), 25, "{said:?}");
    let first = said.stdout.lines().find(|line| line.contains("unknown"));
    assert_eq!(first, Some("  6 rows with an unknown certification: Wizard 24"));
}

#[test]
fn the_environment_names_a_file_too_and_commands_name_the_first() {
    let mut world = World::with_ledger();
    world.write("a.toml", "[[certification]]\ntitles = [\"A\"]\ncode = \"AZ-104\"\n");
    world.write("b.toml", "[[certification]]\ntitles = [\"A\", \"B\"]\ncode = \"AZ-305\"\n");
    world.variables.insert("PCS_MAP".into(), "b.toml".into());
    world.write("t.csv", &trainings(&["A", "B", "C"]));
    let said = world.run(&format!("{IMPORT} --map a.toml --dry-run"));
    assert!(said.stdout.contains("to map it: `pcs map add a.toml certification \"C\" CODE`\n"), "{said:?}");
    let said = world.run(&format!("{IMPORT} --map a.toml"));
    assert!(said.stdout.starts_with("2 new"), "{said:?}");
    let export = world.run("export").stdout;
    assert_eq!([export.matches("AZ-104").count(), export.matches("AZ-305").count()], [1, 1]);
    let said = world.run(&format!("{IMPORT} --dry-run"));
    assert!(said.stdout.contains("pcs map add b.toml certification"), "{said:?}");
    assert_eq!(world.run("import --map a.toml x.jsonl").code, 2, "events have nothing to map");
}

#[test]
fn events_are_imported_whatever_file_of_mappings_the_environment_names() {
    let mut world = World::with_ledger();
    world.write("m.toml", "[[certification]]\ntitles = [\"A\"]\ncode = \"AZ-104\"\n");
    world.write("bad.toml", "[[x]]\n");
    world.write("e.jsonl", &super::churn(1));
    std::fs::create_dir(world.path("events")).unwrap();
    world.write("events/e.jsonl", &super::churn(1));
    for file in ["m.toml", "bad.toml", "none.toml"] {
        world.variables.insert("PCS_MAP".into(), file.into());
        for line in ["import e.jsonl", "import e.jsonl --kind events", "import events"] {
            assert_eq!(world.run(line).code, 0, "{file} {line}: {:?}", world.run(line));
        }
        assert_eq!(world.run("import e.jsonl --map m.toml").code, 2, "{file}: it was typed");
    }
    world.write("t.csv", &trainings(&["A"]));
    assert_eq!(world.run(IMPORT).code, 1, "reports are read by it");
}

#[test]
fn a_wrong_file_refuses_the_import_and_the_check() {
    let world = World::with_ledger();
    world.write("t.csv", &trainings(&["AZ-104"]));
    world.write("m.toml", "\n[[segment]]\ntexts = [\"a\"]\nsegment = \"big\"\n");
    for command in [format!("{IMPORT} --map m.toml"), "map check m.toml".to_owned(), "map show --map m.toml".to_owned()]
    {
        let said = world.run(&format!("{command} --format json"));
        let error = said.error();
        assert_eq!((said.code, &error["code"], &error["line"]), (1, &"bad_map".into(), &4.into()), "{said:?}");
        let said = world.run(&command);
        let cause = "caused by: m.toml line 4: \"segment\" is \"big\", it must be one of smb, enterprise\n";
        assert!(said.stderr.starts_with("error: the mappings cannot be read\n"), "{said:?}");
        assert!(said.stderr.contains(cause), "{said:?}");
    }
    let said = world.run("map check none.toml --format json");
    assert_eq!((said.code, &said.error()["code"]), (1, &"not_found".into()), "{said:?}");
}

#[test]
fn a_valid_file_is_counted_and_its_doubtful_products_are_named() {
    let world = World::empty();
    world.write("m.toml", "[[product]]\ndomain = \"m365\"\nname = \"Outlook\"\nreported = [\"OL\", \"Mail\"]\n");
    let said = world.run("map check m.toml");
    assert_eq!((said.code, said.stdout.as_str()), (0, "valid: 1 entry of 2 texts\n"), "{said:?}");
    assert_eq!(said.stderr, "warning: line 1: no product list of m365 has Outlook\n");
    assert_eq!(world.run("map check m.toml --format json").stdout, "{\"entries\":1,\"texts\":2}\n");
}

#[test]
fn the_mappings_are_shown_with_their_sources() {
    let world = World::empty();
    let said = world.run("map show --kind segment");
    assert_eq!(said.code, 0, "{said:?}");
    let corporate = said.stdout.lines().find(|line| line.contains("  Corporate  ")).expect(&said.stdout);
    assert!(corporate.starts_with("segment  ") && corporate.ends_with("assumed  S4"), "{corporate}");
    assert!(world.run("map show").stdout.lines().count() > 300);
    world.write("m.toml", "[[state]]\ntexts = [\"Resting\"]\nstate = \"active\"\nsource = \"mail of May\"\n");
    let said = world.run("map show --kind state --map m.toml --format json");
    let first = said.stdout.lines().next().expect("a line");
    assert_eq!(
        first,
        "{\"kind\":\"state\",\"texts\":[\"Resting\"],\"value\":\"active\",\"reason\":null,\"domains\":[],\
         \"sure\":\"stated\",\"source\":\"mail of May\",\"file\":\"m.toml\",\"line\":1}"
    );
    let text = world.run("map show --kind state --map m.toml").stdout;
    assert!(text.lines().nth(1).is_some_and(|line| line.ends_with("m.toml line 2, mail of May")), "{text}");
}

#[test]
fn every_kind_is_added() {
    let world = World::empty();
    for (args, table) in [
        (&["certification", "Wizard", "AZ-104"][..], "[[certification]]\ntitles = [\"Wizard\"]\ncode = \"AZ-104\"\n"),
        (
            &["product", "EXCH", "Exchange", "--domain", "m365"],
            "[[product]]\nreported = [\"EXCH\"]\nname = \"Exchange\"\ndomain = \"m365\"\n",
        ),
        (
            &["attribution", "T1", "csp", "--role", "direct_bill"],
            "[[attribution]]\ntexts = [\"T1\"]\nmechanism = \"csp\"\nrole = \"direct_bill\"\n",
        ),
        (
            &["attribution", "Friend", "none", "--reason", "a friend"],
            "[[attribution]]\ntexts = [\"Friend\"]\nmechanism = \"none\"\nreason = \"a friend\"\n",
        ),
        (&["segment", "-x-", "smb"], "[[segment]]\ntexts = [\"-x-\"]\nsegment = \"smb\"\n"),
        (&["state", "Resting", "active"], "[[state]]\ntexts = [\"Resting\"]\nstate = \"active\"\n"),
        (
            &["operation", "joined", "csp_accepted", "--role", "indirect_reseller"],
            "[[operation]]\ntexts = [\"joined\"]\neffect = \"csp_accepted\"\nrole = \"indirect_reseller\"\n",
        ),
        (
            &["person", "p00ff-bbbbbbbbbbbbbbbbbbbbbbbb", "p00ff-aaaaaaaaaaaaaaaaaaaaaaaa"],
            "[[person]]\npersons = [\"p00ff-bbbbbbbbbbbbbbbbbbbbbbbb\"]\nsame_as = \"p00ff-aaaaaaaaaaaaaaaaaaaaaaaa\"\n",
        ),
        (&["account", "6034454", "6034453"], "[[account]]\nlocation = \"6034454\"\npartner = \"6034453\"\n"),
        (
            &["account", super::CUSTOMER, "6034453"],
            "[[account]]\ntenant = \"4fdbff88-9d6b-42e0-9713-45c922ba8001\"\npartner = \"6034453\"\n",
        ),
    ] {
        let before = if world.path("m.toml").exists() { world.read("m.toml") + "\n" } else { String::new() };
        let said = world.run_args(&[&["map", "add", "m.toml"], args].concat(), b"");
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{args:?}: {said:?}");
        assert_eq!(world.read("m.toml"), format!("{before}{table}"), "{args:?}");
        let again = world.run_args(&[&["--format", "json", "map", "add", "m.toml"], args].concat(), b"");
        assert_eq!(again.error()["code"], "mapped_already", "{args:?}: {again:?}");
    }
    assert_eq!(world.run("map check m.toml").stdout, "valid: 10 entries of 10 texts\n");
    let said = world.run("map add m.toml certification WIZARD AZ-305");
    assert!(said.stderr.starts_with("error: m.toml maps \"WIZARD\" already, in line 2\n"), "{said:?}");
}

#[test]
fn an_entry_is_added_behind_a_line_that_has_no_end() {
    let world = World::empty();
    world.write("m.toml", "[[state]]\ntexts = [\"a\"]\nstate = \"active\"");
    let said = world.run_args(&["map", "add", "m.toml", "state", "b", "inactive", "--format", "json"], b"");
    assert_eq!(said.stdout, "{\"file\":\"m.toml\",\"kind\":\"state\",\"text\":\"b\"}\n", "{said:?}");
    assert_eq!(world.run("map check m.toml").stdout, "valid: 2 entries of 2 texts\n");
}

#[test]
fn a_wrong_entry_is_not_added() {
    let world = World::empty();
    world.write("bad.toml", "[[x]]\n");
    for (line, code, words) in [
        ("m.toml certification a AZ-999", 1, "\"AZ-999\" is no certification of the rulebook in force"),
        ("m.toml product a b", 2, "a product needs --domain"),
        ("m.toml product a b --domain x", 2, "possible values"),
        ("m.toml segment a b", 1, "must be one of smb, enterprise"),
        ("m.toml segment a smb --domain m365", 2, "--domain is for a product or an attribution"),
        ("m.toml state a active --role osu", 2, "--role and --reason are for"),
        ("m.toml attribution a csp", 1, "needs the field \"role\""),
        ("m.toml attribution a dpor --role osu", 1, "has no field \"role\""),
        ("m.toml attribution a dpor --reason why", 2, "--reason is for the value none"),
        ("m.toml attribution a none", 1, "needs the field \"reason\""),
        ("m.toml account -- 1 \u{7}", 1, "\"partner\" is"),
        ("m.toml state - active", 1, "has neither a letter nor a digit"),
        ("m.toml certification_prefix a b", 2, "possible values"),
        ("bad.toml state a active", 1, "there is no table \"x\""),
    ] {
        let said = world.run(&format!("map add {line}"));
        assert_eq!(said.code, code, "{line}: {said:?}");
        assert!(said.stderr.contains(words), "{line}: {said:?}");
    }
    assert!(!world.path("m.toml").exists(), "nothing is made");
    for (line, option) in [("a none", "reason"), ("a csp", "role")] {
        let said = world.run(&format!("map add m.toml attribution {line}"));
        assert!(said.stderr.ends_with(&format!("hint: `--{option}` gives it\n")), "{said:?}");
    }
    let said = world.run("map add m.toml product OL Outlook --domain m365");
    assert_eq!((said.code, said.stderr.as_str()), (0, "warning: line 1: no product list of m365 has Outlook\n"));
}

#[test]
fn a_person_of_a_mapping_is_a_pseudonym_and_another_one() {
    let world = World::empty();
    let one = "p00ff-aaaaaaaaaaaaaaaaaaaaaaaa";
    for (person, same_as) in [(one, "Jane Doe"), ("Jane Doe", one), (one, one), ("p00ff-a", one)] {
        let said = world.run_args(&["--format", "json", "map", "add", "m.toml", "person", person, same_as], b"");
        assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("bad_map")), "{person} {same_as}: {said:?}");
        assert!(!world.path("m.toml").exists(), "{person} {same_as}");
    }
}
