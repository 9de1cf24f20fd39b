//! Importing: all or nothing, again, by halves, and from other shapes of files.

use ledger::MAX_LINE_BYTES;

use super::{PARTNER, World, churn, files};

#[test]
fn a_file_imported_again_changes_nothing() {
    let world = World::with_ledger();
    world.write("a.jsonl", &[churn(1), churn(2), churn(1)].join("\r\n"));
    assert_eq!(world.run("import a.jsonl").stdout, "2 new, 1 already, 0 refused\n");
    let export = world.run("export").stdout;
    assert_eq!(world.run("import a.jsonl").stdout, "0 new, 3 already, 0 refused\n");
    assert_eq!(world.run("export").stdout, export);
    let said = world.run("--format json import a.jsonl");
    assert_eq!(said.stdout, "{\"new\":0,\"already\":3,\"refused\":0,\"size\":2,\"dry_run\":false}\n");
}

#[test]
fn bad_lines_of_one_cause_are_told_once_and_programs_get_the_first_twenty() {
    let world = World::with_ledger();
    let lines: Vec<String> = (1..=30).map(|n| if n % 5 == 0 { churn(n) } else { format!("bad {n}") }).collect();
    world.write("a.jsonl", &lines.join("\n"));
    let said = world.run("import a.jsonl");
    assert_eq!(said.code, 1);
    assert!(said.stderr.starts_with("error: a.jsonl: 24 lines are refused, nothing was appended\n"), "{}", said.stderr);
    assert!(said.stderr.contains("caused by: 24 lines (1, 2, 3 and 21 more): malformed: "), "{}", said.stderr);
    assert_eq!(said.stderr.matches("caused by: ").count(), 1, "one cause is told once");
    let error = world.run("import a.jsonl --format json").error();
    assert_eq!((error["refused"].as_u64(), error["first"].as_array().map(Vec::len)), (Some(24), Some(20)));
    assert_eq!(world.run("export").stdout, "");
}

#[test]
fn with_skip_bad_the_good_lines_are_appended_and_the_bad_ones_kept_beside_their_reasons() {
    let world = World::with_ledger();
    world.write("a.jsonl", &format!("{}\nbad \"line\"\n{}\n", churn(1), churn(2)));
    let dry = world.run("import a.jsonl --skip-bad --dry-run");
    assert_eq!((dry.code, &*dry.stdout), (4, "would be 2 new, 0 already, 1 refused\n"));
    assert!(!world.path("a.jsonl.rejected.jsonl").exists(), "a dry run writes nothing");
    let said = world.run("import a.jsonl --skip-bad");
    assert_eq!(said.stdout, "2 new, 0 already, 1 refused\nthe refused lines are in a.jsonl.rejected.jsonl\n");
    assert_eq!(said.code, 4, "done in part");
    world.write("good.jsonl", &churn(1));
    assert_eq!(world.run("import good.jsonl --skip-bad").code, 0, "nothing is left out");
    let rejected: serde_json::Value = serde_json::from_str(world.read("a.jsonl.rejected.jsonl").trim_end()).unwrap();
    assert_eq!((&rejected["code"], &rejected["line"]), (&"malformed".into(), &2.into()), "{rejected}");
    assert_eq!(rejected["text"], "bad \"line\"");
    let said = world.run("import a.jsonl --skip-bad --rejected other.jsonl");
    assert_eq!(said.stdout, "0 new, 2 already, 1 refused\nthe refused lines are in other.jsonl\n");
    assert_eq!(world.read("other.jsonl"), world.read("a.jsonl.rejected.jsonl"));
}

#[test]
fn a_bad_line_among_many_is_named_and_the_others_stay_in_their_order() {
    let world = World::with_ledger();
    let bad = [1, 700, 1_024, 1_025, 2_999];
    let lines: Vec<String> =
        (1..=3_000).map(|n| if bad.contains(&n) { format!("bad {n}") } else { churn(n) }).collect();
    world.write("many.jsonl", &lines.join("\n"));
    let said = world.run("import many.jsonl");
    assert!(
        said.stderr.starts_with("error: many.jsonl: 5 lines are refused, nothing was appended\n"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("caused by: 5 lines (1, 700, 1024 and 2 more): malformed: "), "{}", said.stderr);
    assert_eq!(world.run("export").stdout, "");
    let said = world.run("import many.jsonl --skip-bad");
    assert!(said.stdout.starts_with("2995 new, 0 already, 5 refused\n"), "{}", said.stdout);
    let slow = World::with_events(&(1..=3_000).filter(|n| !bad.contains(n)).map(churn).collect::<Vec<_>>());
    let events = |world: &World| {
        let export = world.run("export").stdout;
        export.lines().map(|line| line.split_once("\"event\":").unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(events(&world), events(&slow));
    assert_eq!(world.run("verify").code, 0);
}

#[test]
fn a_file_that_ends_too_early_ends_the_import_and_leaves_nothing() {
    let world = World::with_ledger();
    let lines: Vec<String> = (1..=20_000).map(churn).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, lines.join("\n").as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let said = world.run_with("import", &packed[..packed.len() / 2]);
    assert_ne!(said.code, 0, "{said:?}");
    assert_eq!(world.run("export").stdout, "");
    assert_eq!(world.run_with("import", &packed).stdout, "20000 new, 0 already, 0 refused\n");
}

#[test]
fn a_dry_run_leaves_every_byte_of_the_ledger() {
    let world = World::with_events(&[churn(1)]);
    let many: Vec<String> = (1..3_000).map(churn).collect();
    world.write("many.jsonl", &many.join("\n"));
    let before = files(&world.path("pcs-ledger"));
    assert_eq!(world.run("import many.jsonl --dry-run").stdout, "would be 2998 new, 1 already, 0 refused\n");
    assert_eq!(files(&world.path("pcs-ledger")), before);
    assert_eq!(world.run("import many.jsonl").stdout, "2998 new, 1 already, 0 refused\n");
}

#[test]
fn a_line_may_have_a_mebibyte_and_no_byte_more() {
    let world = World::with_ledger();
    let padded = |number: u32, len: usize| format!("{}{}", churn(number), " ".repeat(len - churn(number).len()));
    let file = format!("\u{feff}{}\n{}\n", padded(1, MAX_LINE_BYTES), padded(2, MAX_LINE_BYTES));
    assert_eq!(world.run_with("import", file.as_bytes()).stdout, "2 new, 0 already, 0 refused\n");
    let file = format!("{}\n{}", padded(3, MAX_LINE_BYTES + 1), padded(4, 5 * MAX_LINE_BYTES));
    let said = world.run_with("import -", file.as_bytes());
    assert!(said.stderr.contains("2 lines (1, 2): malformed: the line has more than 1 MiB"), "{}", said.stderr);
    let said = world.run_with("import", b"\xff\xfe\n");
    assert!(said.stderr.contains("line 1, column 1: malformed: the line is not UTF-8 text"), "{}", said.stderr);
}

#[test]
fn an_export_makes_the_same_ledger_again() {
    let world = World::with_events(&(1..100).map(churn).collect::<Vec<_>>());
    let (export, verified) = (world.run("export").stdout, world.run("verify").stdout);
    let other = World::with_ledger();
    assert_eq!(other.run_with("import --entries", export.as_bytes()).stdout, "99 new, 0 already, 0 refused\n");
    assert_eq!(other.run("export").stdout, export);
    assert_eq!(other.run("verify").stdout, verified);
    let part = world.run("export --from-seq 10 --to-seq 19").stdout;
    assert_eq!(part.lines().count(), 10);
    assert!(part.starts_with("{\"seq\":10,"), "{part}");
    assert_eq!(world.run("export --partner 6034453 --from-seq 90").stdout.lines().count(), 9);
    let said = World::with_ledger().run_with("import --entries", part.as_bytes());
    assert!(
        said.stderr.contains("10 lines (1, 2, 3 and 7 more): malformed: seq 10 does not follow, the next is 0"),
        "{}",
        said.stderr
    );
}

#[test]
fn events_without_an_id_are_given_one() {
    let world = World::with_ledger();
    let line = churn(1).replace(r#""id":"00000000-0000-4000-8000-000000000001","#, "");
    assert_eq!(world.run_with("import", format!("{line}\n{line}").as_bytes()).stdout, "2 new, 0 already, 0 refused\n");
    let export = world.run("export").stdout;
    assert!(export.contains(r#""id":"00000000-0000-7000-8000-000000000001""#), "{export}");
    assert!(export.contains(r#""id":"00000000-0000-7000-8000-000000000002""#), "{export}");
}

#[test]
fn a_rulebook_that_does_not_load_is_refused_with_its_line() {
    let world = World::with_ledger();
    let line = r#"{"type":"rulebook_adopted","effective_at":"2025-01-01","rulebook":"[meta]\nformat = 1\n[[x]]\n","name":"x"}"#;
    let said = world.run_with("import", line.as_bytes());
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("line 1: bad_value: `rulebook` is no valid rulebook: its line 1: "),
        "{}",
        said.stderr
    );
    world.write("bad.toml", "[meta]\nformat = 1\n[[x]]\n");
    let said = world.run("record rulebook-adopted --effective-at today --name x --rulebook @bad.toml");
    assert!(said.stderr.starts_with("error: bad_value: `rulebook` is no valid rulebook"), "{}", said.stderr);
    let said = world.run("rulebook check bad.toml");
    assert_eq!(said.code, 1);
    assert!(said.stderr.starts_with("error: bad.toml is no valid rulebook\ncaused by: line 1: "), "{}", said.stderr);
}

const AZURE: &str = "PGAMpnId,CustomerTenantId,Month,ServiceLevel2,SubscriptionId,PartnerAttributionType,\
    IsACRDuplicateAtPGALevel,ACR_USD\n\
    6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250101,SQL Database,s-1,CSP Tier 1,0,900.5\n\
    6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250101,SQL Database,s-1,CSP Tier 1,0,99.5\n";

#[test]
fn a_report_imported_again_changes_nothing_and_a_restated_one_replaces_its_figures() {
    let world = World::with_ledger();
    world.write("a.csv", AZURE);
    let said = world.run("import --kind azure-usage a.csv");
    assert_eq!(said.stdout, "2 new, 0 already, 0 refused\n  2 rows\n", "{said:?}");
    let said = world.run("import --kind azure-usage a.csv");
    let again = "0 new, 0 already, 0 refused, 1 figure unchanged\n  2 rows\n  1 association known already\n";
    assert_eq!(said.stdout, again, "{said:?}");
    world.write("b.csv", &AZURE.replace("99.5", "100.5"));
    let said = world.run("import --kind azure-usage b.csv");
    assert!(said.stdout.starts_with("1 new, 0 already, 0 refused\n"), "{said:?}");
    let said = world.run("log --type usage_reported");
    assert!(said.stdout.contains("1,000 acr_usd SQL Database") && said.stdout.contains("1,001 acr_usd"), "{said:?}");
}

#[test]
fn a_report_without_its_columns_or_with_bad_rows_is_refused() {
    let world = World::with_ledger();
    world.write("a.csv", &AZURE.replace("ACR_USD", "Other"));
    let said = world.run("import --kind azure-usage a.csv --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("bad_report")), "{said:?}");
    assert!(said.error()["message"].to_string().contains("ACR_USD"), "{said:?}");
    world.write("b.csv", &AZURE.replace("900.5", "much"));
    let said = world.run("import --kind azure-usage b.csv");
    assert!(said.stderr.starts_with("error: b.csv: 1 line is refused, nothing was appended\n"), "{said:?}");
    let said = world.run("import --kind azure-usage b.csv --skip-bad");
    assert!(said.stdout.starts_with("1 new, 0 already, 1 refused\nthe refused lines are in b.csv"), "{said:?}");
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let said = World::with_ledger().run("import nothing.jsonl");
    assert_eq!(said.code, 1);
    assert!(said.stderr.starts_with("error: failed to read nothing.jsonl\ncaused by: "), "{}", said.stderr);
}

#[test]
fn a_typed_event_is_printed_as_the_ledger_keeps_it() {
    let world = World::with_events(&[churn(1)]);
    let said = world.run_args(
        &[
            "record",
            "usage-reported",
            "--partner",
            PARTNER,
            "--month",
            "2025-01",
            "--customer",
            super::CUSTOMER,
            "--product",
            "SQL \u{1b}[2J",
            "--metric",
            "acr_usd",
            "--value",
            "-10.50",
            "--force",
        ],
        b"",
    );
    let line = concat!(
        r#"{"seq":1,"recorded_at":"2025-03-02T09:00:00.000001Z","event":{"id":"00000000-0000-7000-8000-000000000001","#,
        r#""type":"usage_reported","partner":"6034453","month":"2025-01","#,
        r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","product":"SQL \u001b[2J","metric":"acr_usd","#,
        r#""value":"-10.5"}}"#
    );
    assert_eq!((said.code, said.stdout.as_str()), (0, format!("{line}\n").as_str()), "{said:?}");
    assert!(said.stderr.ends_with("recorded as entry 1\n"), "{}", said.stderr);
    let log = world.run("log --limit 1").stdout;
    assert!(log.contains("-10.50 acr_usd SQL \\u{1b}[2J"), "{log}");
    assert_eq!(world.run("log --limit 1 --format json").stdout, format!("{line}\n"));
}

#[test]
fn a_typed_contradiction_is_refused_unless_forced() {
    let world = World::with_ledger();
    let revoke = format!("record association-revoked --partner {PARTNER} --effective-at 2025-01-01 --association");
    let said = world.run(&format!("{revoke} {}", super::CUSTOMER));
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    assert!(
        said.stderr.starts_with("error: the event contradicts what is known\ncaused by: unknown_association"),
        "{said:?}"
    );
    assert!(said.stderr.ends_with("hint: record it all the same with `--force`\n"), "{said:?}");
    assert!(!said.stderr.contains('#'), "the event has no entry: {said:?}");
    assert_eq!(world.run(&format!("{revoke} {} --force", super::CUSTOMER)).code, 0);
    let said = world.run("check");
    assert!(said.code == 0 && said.stdout.starts_with("6034453  unknown_association: "), "{said:?}");
}

#[test]
fn a_note_stands_beside_what_is_recorded_and_names_its_entry() {
    let world = World::with_events(&[super::churn(1)]);
    let accept = format!(
        "record association-accepted --partner {PARTNER} --effective-at 2025-02-01 --customer {0} --association {0}",
        super::CUSTOMER
    );
    let said = world.run(&format!("{accept} --mechanism csp"));
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.starts_with("error: missing_field") && !said.stderr.contains("note:"), "{said:?}");
    let said = world.run(&format!("{accept} --mechanism tpor --subscription s"));
    let note = "note: counts_nowhere: no metric of any area lists tpor [#1]\nrecorded as entry 1\n";
    assert_eq!((said.code, said.stderr.as_str()), (0, note), "{said:?}");
    let told = format!(
        "{PARTNER}  counts_nowhere: no metric of any area lists tpor [#1]: tpor, customer {0}, subscription s, \
         association {0}\n",
        super::CUSTOMER
    );
    assert_eq!(world.run("check").stdout, told);
    let other = accept.replacen(
        &format!("--association {}", super::CUSTOMER),
        "--association 00000000-0000-4000-8000-000000000009",
        1,
    );
    let said = world.run(&format!("{other} --mechanism dpor --subscription t --workload Sentinel"));
    let note = "note: counts_nowhere: no metric of security lists dpor [#2]\nrecorded as entry 2\n";
    assert_eq!((said.code, said.stderr.as_str()), (0, note), "{said:?}");
}

#[test]
fn a_folder_in_a_ledger_is_a_part_of_it_and_not_to_be_imported() {
    let said = World::with_ledger().run("import pcs-ledger/log");
    let hint = "hint: it stays in the ledger's directory, which `--ledger DIR` names\n";
    assert!(said.code == 1 && said.stderr.ends_with(hint), "{said:?}");
}

#[test]
fn a_retracted_figure_is_told_again_by_another_file_alone() {
    let world = World::with_ledger();
    world.write("a.csv", AZURE);
    assert!(world.run("import --kind azure-usage a.csv").stdout.starts_with("2 new"));
    let export = world.run("export").stdout;
    let usage = export.lines().find(|line| line.contains("usage_reported")).expect("a figure");
    let id = usage.split("\"id\":\"").nth(1).and_then(|rest| rest.get(..36)).expect("an id");
    let retract =
        format!("record event-retracted --partner {PARTNER} --effective-at today --reason wrong --event {id}");
    assert_eq!(world.run(&retract).code, 0);
    assert!(world.run("import --kind azure-usage a.csv").stdout.starts_with("0 new, 1 already"));
    world.write("b.csv", AZURE);
    assert!(world.run("import --kind azure-usage b.csv").stdout.starts_with("1 new, 0 already"));
}

#[test]
fn a_snapshot_in_two_files_of_the_same_months_is_refused() {
    let world = World::with_ledger();
    world.write("us.csv", AZURE);
    world.write("de.csv", &AZURE.replace("s-1", "s-2"));
    let said = world.run("import --snapshot us.csv de.csv --format json");
    let error = said.error();
    assert_eq!((said.code, &error["code"]), (1, &"bad_report".into()), "{said:?}");
    assert!(said.stderr.contains("de.csv has rows of 6034453 in that month too"), "{said:?}");
    assert_eq!(world.run("export").stdout, "");
    assert!(world.run("import us.csv de.csv").stdout.contains("4 new"), "without it they are added");
}

#[test]
fn a_first_line_with_addresses_is_not_shown() {
    let world = World::with_ledger();
    world.write("t.csv", "6034453,AZ-104,certification,Ana,Lopez,ana@example.com,2024-01-01\n");
    for line in ["import --kind training-completions t.csv", "import --kind auto t.csv", "import t.csv a.csv"] {
        world.write("a.csv", AZURE);
        let said = world.run(line);
        assert!(!said.stderr.contains("Lopez") && !said.stdout.contains("Lopez"), "{line}: {said:?}");
        assert!(!said.stderr.contains("ana@"), "{line}: {said:?}");
    }
}

#[test]
fn two_rows_that_a_backslash_makes_one_are_refused() {
    let world = World::with_ledger();
    let header = "CustomerName,PGAMpnId,CustomerTenantId,Month,ServiceLevel2,IsACRDuplicateAtPGALevel,ACR_USD,X,Y";
    let row = "\"Fabrikam\\\",6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250101,Storage,0,5,x,\"y\"";
    let second = "\"y\\\",6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250201,Storage,0,5,x,y";
    world.write("a.csv", &format!("{header}\n{row}\n{second}\n"));
    let said = world.run("import --kind azure-usage a.csv --format json");
    assert_eq!((said.code, &said.error()["code"]), (1, &"malformed".into()), "{said:?}");
    assert_eq!(world.run("export").stdout, "");
}

#[test]
fn a_row_without_an_end_is_refused_before_it_fills_the_memory() {
    let world = World::with_ledger();
    let text = format!("{}6034453,\"{}", AZURE.lines().next().unwrap_or_default(), "x\n".repeat(12 << 20));
    world.write("a.csv", &text.replacen("6034453", "\n6034453", 1));
    let said = world.run("import --kind azure-usage a.csv --format json");
    assert_eq!((said.code, &said.error()["code"]), (1, &"too_large".into()), "{:?}", said.stderr);
    assert!(said.stderr.contains("a row has more than 16 MiB"), "{:?}", said.stderr);
}

#[test]
fn an_empty_file_in_a_folder_does_no_harm() {
    let world = World::with_ledger();
    std::fs::create_dir(world.path("d")).unwrap();
    world.write("d/a.csv", AZURE);
    world.write("d/empty.csv", "");
    let said = world.run("import d");
    assert!(said.stdout.contains("empty.csv: not read") && said.stdout.contains("2 new"), "{said:?}");
}

#[test]
fn the_refused_lines_replace_no_file_that_is_imported() {
    let world = World::with_ledger();
    std::fs::create_dir_all(world.path("d/sub")).unwrap();
    let text = AZURE.replace("99.5", "much");
    for name in ["o.csv", "d/sub/in.csv", "o.csv.rejected.jsonl"] {
        world.write(name, &text);
    }
    std::os::unix::fs::symlink(world.path("o.csv"), world.path("link.csv")).unwrap();
    std::fs::hard_link(world.path("o.csv"), world.path("hard.csv")).unwrap();
    let before = files(&world.path("."));
    for line in [
        "import --kind auto --skip-bad --rejected o.csv o.csv",
        "import --skip-bad --rejected ./d/../o.csv o.csv",
        "import --kind auto --skip-bad --rejected link.csv o.csv",
        "import --kind auto --skip-bad --rejected o.csv hard.csv",
        "import --kind auto --skip-bad o.csv o.csv.rejected.jsonl",
        "import --skip-bad --rejected d/sub/in.csv d",
        "import --skip-bad --dry-run --rejected d/sub/in.csv d/sub o.csv",
    ] {
        let said = world.run(&format!("{line} --format json"));
        assert_eq!((said.code, said.error()["code"].as_str()), (2, Some("usage")), "{line}: {said:?}");
        assert_eq!(said.error()["hints"][0], "name another file with `--rejected`", "{line}");
        assert!(files(&world.path(".")) == before, "{line}");
    }
    let said = world.run("import --kind auto --skip-bad --rejected new.jsonl o.csv");
    assert!(said.stdout.contains("the refused lines are in new.jsonl"), "{said:?}");
    let again = world.run("import --kind auto --skip-bad --rejected new.jsonl o.csv");
    assert_eq!(again.code, 4, "rejects of before are replaced: {again:?}");
    assert!(!said.stderr.contains("warning") && !again.stderr.contains("warning"), "they are the same: {again:?}");
    world.write("o.csv", &text.replace("much", "more"));
    let other = "import --kind auto --skip-bad --rejected new.jsonl o.csv";
    assert!(!world.run(&format!("{other} --dry-run")).stderr.contains("warning"));
    let said = world.run(&format!("--quiet {other}"));
    let warned = "warning: new.jsonl had other lines in it: the refused lines have replaced them\n";
    assert_eq!((said.code, said.stderr.as_str()), (4, warned));
}

#[test]
fn names_of_files_move_no_cursor() {
    let world = World::with_ledger();
    let name = "t\u{1b}[31mX.csv";
    world.write(name, &AZURE.replace("99.5", "much"));
    let said = world.run_args(&["import", "--kind", "auto", "--skip-bad", name], b"");
    assert_eq!(said.stderr, "t\\u{1b}[31mX.csv: azure-usage as of 2025-02-01\n", "{said:?}");
    assert!(said.stdout.contains("the refused lines are in t\\u{1b}[31mX.csv.rejected.jsonl\n"), "{said:?}");
    assert!(!said.stdout.contains('\u{1b}'), "{said:?}");
}
