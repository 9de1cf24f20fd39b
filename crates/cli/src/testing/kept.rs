//! Kept files: the bytes that were imported, by their digest, and nothing of an import that failed.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::folders::{AZURE, zipped};
use super::people::{IMPORT, report};
use super::{Said, World, churn, files};

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A ledger that keeps two files, and their digests.
fn with_two() -> (World, String, String) {
    let world = World::with_ledger();
    world.write("a.jsonl", &format!("\u{feff}{}\r\n\n{}", churn(1), churn(2)));
    world.write("t.csv", &report(&[["Ana", "1", "", "AZ-104"], ["Bo", "2", "", "AZ-305"]]));
    for command in ["import a.jsonl --keep", &format!("{IMPORT} --keep")] {
        let said = world.run(command);
        assert_eq!(said.code, 0, "{said:?}");
    }
    let digests = ["a.jsonl", "t.csv"].map(|name| sha256(&world.read_bytes(name)));
    let [events, training] = digests;
    (world, events, training)
}

fn names(world: &World) -> Vec<String> {
    let kept = files(&world.path("pcs-ledger/kept"));
    kept.keys().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn refused(said: &Said, exit: u8, code: &str) {
    assert_eq!((said.code, said.error()["code"].as_str()), (exit, Some(code)), "{said:?}");
}

#[test]
fn a_file_is_kept_as_it_came_and_once() {
    let (world, events, training) = with_two();
    for (digest, name) in [(&events, "a.jsonl"), (&training, "t.csv")] {
        let prefix = digest.get(..12).unwrap();
        for typed in [digest.clone(), prefix.to_uppercase(), format!("sha256:{prefix}")] {
            let said = world.run(&format!("kept show {typed}"));
            assert_eq!((said.code, said.stdout.as_bytes()), (0, world.read_bytes(name).as_slice()), "{typed}");
        }
    }
    let list = world.run("kept list --format json").stdout;
    let about: Value = serde_json::from_str(list.lines().find(|line| line.contains("t.csv")).unwrap()).unwrap();
    let bytes = world.read_bytes("t.csv").len();
    assert_eq!((about["kind"].as_str(), about["bytes"].as_u64()), (Some("training-completions"), Some(bytes as u64)));
    assert_eq!(world.run("kept list").stdout.lines().count(), 3);
    let before = files(&world.path("pcs-ledger/kept"));
    assert!(before.keys().all(|path| fs::metadata(path).unwrap().permissions().mode() & 0o777 == 0o600));
    fs::copy(world.path("t.csv"), world.path("u.csv")).unwrap();
    assert_eq!(world.run("import u.csv --kind training-completions --keep").code, 0);
    assert_eq!(files(&world.path("pcs-ledger/kept")), before, "the same bytes change nothing");
    assert!(world.run("kept verify").stdout.starts_with("whole: 2 files, "));
}

#[test]
fn many_files_are_kept_and_those_that_are_alike_once() {
    let world = World::with_ledger();
    fs::create_dir(world.path("many")).unwrap();
    for number in 1..150 {
        world.write(&format!("many/{number}.jsonl"), &churn(number));
    }
    world.write("many/again.jsonl", &churn(7));
    for new in [149, 0] {
        let said = world.run("import many --keep");
        assert!(said.stdout.contains(&format!("\n{new} new, ")), "{said:?}");
        assert!(world.run("kept verify").stdout.starts_with("whole: 149 files, "));
        assert_eq!(names(&world).len(), 2 * 149);
    }
}

#[test]
fn standard_input_is_kept_too() {
    let world = World::with_ledger();
    assert_eq!(world.run("kept list").stderr, "no file is kept\n");
    assert_eq!(world.run("kept verify").stdout, "whole: 0 files, 0 bytes\n");
    assert_eq!(world.run_with("import --keep", churn(1).as_bytes()).code, 0);
    assert_eq!(world.run(&format!("kept show {}", sha256(churn(1).as_bytes()))).stdout, churn(1));
}

#[test]
fn the_source_of_an_event_leads_to_its_row() {
    let world = World::with_ledger();
    let demo = "demo/contoso-AzureUsage-20240306.csv";
    fs::copy(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(demo), world.path("a.csv")).unwrap();
    let said = world.run("import a.csv --kind azure-usage --partner 6034453 --keep");
    assert_eq!(said.code, 0, "{said:?}");
    let export = world.run("export").stdout;
    let entry: Value =
        serde_json::from_str(export.lines().find(|line| line.contains("usage_reported")).unwrap()).unwrap();
    let source = entry["event"]["source"].as_str().unwrap();
    let digest = source.split("sha256:").nth(1).unwrap();
    let line: usize = source.split(" line ").nth(1).unwrap().split([' ', ',']).next().unwrap().parse().unwrap();
    let said = world.run(&format!("kept show {digest} --line {line}"));
    let text = world.read("a.csv").replace('\r', "");
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(said.stdout, format!("{}\n{}\n", rows[0], rows[line - 1]), "{source}");
}

#[test]
fn one_row_is_shown_with_the_column_names() {
    let (world, events, training) = with_two();
    let text = world.read("t.csv");
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(world.run(&format!("kept show {training} --line 3")).stdout, format!("{}\n{}\n", rows[0], rows[2]));
    assert_eq!(world.run(&format!("kept show {training} --line 1")).stdout, format!("{}\n", rows[0]));
    assert_eq!(world.run(&format!("kept show {events} --line 3")).stdout, format!("{}\n", churn(2)));
    for line in [0, 9] {
        refused(&world.run(&format!("kept show {training} --line {line} --format json")), 1, "out_of_range");
    }
}

/// An Azure report: a figure of three rows, of which one stands under an excluded offer; one of a single row; a duplicate.
const SUMMED: &str = "PGAMpnId,CustomerTenantId,Month,ServiceLevel2,AI_OfferType,PartnerAttributionType,\
    IsACRDuplicateAtPGALevel,ACR_USD\n\
    6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250101,SQL Database,,CSP Tier 1,0,900.5\n\
    6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250101,Storage,,CSP Tier 1,0,7\n\
    6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250101,SQL database,,CSP Tier 1,0,99.75\n\
    6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250101,SQL Database,,CSP Tier 1,1,900.5\n\
    6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250101,SQL Database,Internal,CSP Tier 1,0,50\n";

/// A row of [`SUMMED`] as a line for each cell.
fn cells(row: &str) -> String {
    let names = SUMMED.lines().next().unwrap_or_default().split(',');
    let cells = names.zip(row.split(',')).map(|(name, cell)| format!("{name}: {cell}").trim_end().to_owned());
    cells.collect::<Vec<String>>().join("\n")
}

/// The numbers of the entries whose line has a text.
fn seqs(world: &World, text: &str) -> Vec<u64> {
    let export = world.run("export").stdout;
    let lines = export.lines().filter(|line| line.contains(text));
    lines.map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap()).collect()
}

#[test]
fn all_rows_behind_a_figure_are_shown_with_their_sum() {
    let rows: Vec<&str> = SUMMED.lines().collect();
    for packed in [false, true] {
        let world = World::with_ledger();
        let name = if packed { "a.zip" } else { "a.csv" };
        let bytes = if packed { zipped(&[("b.csv", SUMMED.as_bytes()), ("x.txt", b"x")]) } else { SUMMED.into() };
        fs::write(world.path(name), bytes).unwrap();
        let said = world.run(&format!("import {name} --keep"));
        assert_eq!(said.code, 0, "{said:?}");
        let [seq] = seqs(&world, "\"value\":\"1000.25\"")[..] else { panic!("one figure") };
        let said = world.run(&format!("kept show --seq {seq}"));
        let file = if packed { "b.csv in a.zip" } else { "a.csv" };
        assert!(said.stdout.contains(&format!("\n3 rows of {file}, by the rule \"figure of a month")), "{said:?}");
        let expected = format!(
            "\n\nline 2: 900.5\n{}\n\nline 4: 99.75\n{}\n\nline 6: 50 (left out: an excluded offer)\n{}\n\nsum: \
             1000.25, the figure of the entry\n",
            cells(rows[1]),
            cells(rows[3]),
            cells(rows[5])
        );
        assert!(said.stdout.ends_with(&expected), "{said:?}\n{expected}");
        let said = world.run(&format!("kept show --seq {seq} --format json"));
        let answer: Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!((&answer["sum"], &answer["value"]), (&"1000.25".into(), &"1000.25".into()), "{answer}");
        let lines: Vec<u64> =
            answer["rows"].as_array().unwrap().iter().map(|row| row["line"].as_u64().unwrap()).collect();
        assert_eq!((lines, &answer["columns"]), (vec![2, 4, 6], &rows[0].into()), "{answer}");
        assert_eq!(answer["rows"][2]["left_out"], true, "{answer}");
        assert_eq!(answer["file"], if packed { Value::from("b.csv") } else { Value::Null }, "{answer}");
    }
}

#[test]
fn the_row_behind_any_other_entry_is_shown_alone() {
    let mut world = World::with_ledger();
    world.write("a.csv", SUMMED);
    assert_eq!(world.run("import a.csv --keep").code, 0);
    let rows: Vec<&str> = SUMMED.lines().collect();
    let [figure] = seqs(&world, "\"value\":\"7\"")[..] else { panic!("one figure") };
    let said = world.run(&format!("kept show --seq {figure}"));
    assert!(said.stdout.ends_with(&format!("\n\nline 3\n{}\n", cells(rows[2]))), "{said:?}");
    world.width = Some(30);
    let said = world.run(&format!("kept show --seq {figure}"));
    assert!(said.stdout.contains("\nPartnerAttributionType: CSP\n  Tier 1\n"), "{said:?}");
    let association = *seqs(&world, "association_accepted").first().expect("an association");
    let said = world.run(&format!("kept show --seq {association}"));
    assert!(said.code == 0 && said.stdout.contains("\n1 row of a.csv, "), "{said:?}");
    let sealed = World::with_ledger();
    sealed.write("t.csv", &report(&[["Ana", "1", "", "AZ-104"]]));
    assert_eq!(sealed.run(&format!("{IMPORT} --keep --sealed-sources")).code, 0);
    let said = sealed.run("kept show --seq 0");
    let text = sealed.read("t.csv");
    let row: Vec<String> =
        text.lines().nth(1).unwrap().split(',').map(|cell| format!(": {cell}").trim_end().to_owned()).collect();
    let (_, shown) = said.stdout.split_once("\nline 2\n").unwrap();
    assert!(said.code == 0 && shown.lines().count() == row.len(), "{said:?}");
    assert!(shown.lines().zip(&row).all(|(line, cell)| line.ends_with(cell)), "{said:?}");
}

#[test]
fn an_entry_without_rows_in_a_kept_file_is_told() {
    let world = World::with_events(&[churn(1)]);
    world.write("a.csv", SUMMED);
    assert_eq!(world.run("import a.csv").code, 0);
    refused(&world.run("kept show --seq 0 --format json"), 1, "out_of_range");
    refused(&world.run("kept show --seq 99 --format json"), 1, "out_of_range");
    refused(&world.run("kept show --seq 1 --format json"), 1, "unknown_file");
    for wrong in ["kept show", "kept show abc --seq 1", "kept show --seq 1 --line 2", "kept show abc --map m.toml"] {
        assert_eq!(world.run(wrong).code, 2, "{wrong}");
    }
    // A later download without a row of the association, taken as the whole truth.
    assert_eq!(world.run("import a.csv --keep").code, 0);
    let gone: Vec<&str> = SUMMED.lines().filter(|row| !row.contains("Storage")).collect();
    world.write("b.csv", &(gone.join("\n") + "\n"));
    assert_eq!(world.run("import b.csv --keep --snapshot --downloaded 2025-03-01").code, 0);
    let [seq] = seqs(&world, "\"value\":\"0\"")[..] else { panic!("a figure that is gone") };
    let said = world.run(&format!("kept show --seq {seq}"));
    assert!(said.code == 0 && said.stdout.contains("\n0 rows of b.csv, by the rule \""), "{said:?}");
}

#[test]
fn rows_that_only_other_mappings_lead_to_are_told_with_what_to_do() {
    let world = World::with_ledger();
    world.write("a.csv", &SUMMED.replace("SQL database", "Datenbank"));
    let map = ["map", "add", "m.toml", "product", "Datenbank", "SQL Database", "--domain", "azure"];
    let added = world.run_args(&map, b"");
    assert_eq!(added.code, 0, "{added:?}");
    let said = world.run("import a.csv --keep --map m.toml");
    assert_eq!(said.code, 0, "{said:?}");
    let [seq] = seqs(&world, "\"value\":\"1000.25\"")[..] else { panic!("one figure: {said:?}") };
    refused(&world.run(&format!("kept show --seq {seq} --format json")), 1, "unknown_rows");
    let said = world.run(&format!("kept show --seq {seq} --map m.toml"));
    assert!(said.stdout.ends_with("\nsum: 1000.25, the figure of the entry\n"), "{said:?}");
}

#[test]
fn digests_that_lead_nowhere_or_to_several_files_are_refused() {
    let world = World::with_ledger();
    // Seventeen files share a first digit.
    for number in 1..=17 {
        assert_eq!(world.run_with("import --keep", churn(number).as_bytes()).code, 0);
    }
    let digests: Vec<String> = (1..=17).map(|number| sha256(churn(number).as_bytes())).collect();
    let first = |digest: &String| digest.get(..1).unwrap().to_owned();
    let shared = digests.iter().map(first).find(|digit| digests.iter().filter(|d| first(d) == *digit).count() > 1);
    let shared = shared.expect("by the pigeonhole principle");
    for command in ["show", "forget"] {
        refused(&world.run(&format!("kept {command} {shared} --format json")), 1, "ambiguous");
        for typed in ["x", "sha256:", &"0".repeat(64)] {
            refused(&world.run(&format!("kept {command} {typed} --format json")), 1, "unknown_file");
        }
    }
    refused(&World::empty().run("kept list --format json"), 1, "no_ledger");
}

#[test]
fn a_damaged_file_is_noticed_and_put_in_order_by_the_same_import() {
    let (world, events, _) = with_two();
    let (bytes, about) = (format!("pcs-ledger/kept/{events}.gz"), format!("pcs-ledger/kept/{events}.json"));
    let whole = (world.read_bytes(&bytes), world.read_bytes(&about));
    let other = {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(b"other").unwrap();
        gzip.finish().unwrap()
    };
    let damages: [&dyn Fn(); 5] = [
        &|| fs::write(world.path(&bytes), &other).unwrap(),
        &|| fs::write(world.path(&bytes), &whole.0[..whole.0.len() - 9]).unwrap(),
        &|| fs::write(world.path(&bytes), "no gzip").unwrap(),
        &|| fs::remove_file(world.path(&bytes)).unwrap(),
        &|| fs::write(world.path(&about), "{}").unwrap(),
    ];
    for (nth, damage) in damages.iter().enumerate() {
        damage();
        for command in ["verify".to_owned(), format!("show {events}"), format!("show {events} --line 1")] {
            let said = world.run(&format!("kept {command} --format json"));
            assert_eq!((said.code, said.error()["code"].as_str()), (3, Some("damaged")), "{nth} {command}: {said:?}");
        }
        assert_eq!(world.run("kept list").code, 0);
        assert_eq!(world.run("import a.jsonl --keep").code, 0);
        assert_eq!(world.run("kept verify").code, 0, "{nth}");
        assert_eq!(world.read_bytes(&about), whole.1, "{nth}");
    }
}

#[test]
fn a_forgotten_file_leaves_its_events() {
    let (world, events, training) = with_two();
    let export = world.run("export").stdout;
    assert_eq!(world.run(&format!("kept forget {events} {events}")).stdout, "1 file forgotten\n");
    refused(&world.run(&format!("kept show {events} --format json")), 1, "unknown_file");
    assert_eq!(names(&world), [format!("{training}.gz"), format!("{training}.json")]);
    let said = world.run(&format!("kept forget {training} --format json"));
    assert_eq!(said.stdout, format!("{{\"forgotten\":[\"{training}\"]}}\n"));
    assert_eq!((names(&world).len(), world.run("export").stdout), (0, export));
}

#[test]
fn a_failed_import_keeps_nothing_and_what_a_kill_left_is_removed() {
    let (world, events, training) = with_two();
    let whole = names(&world);
    world.write("bad.jsonl", "bad");
    for command in ["import bad.jsonl --keep", "import bad.jsonl --kind azure-usage --partner 1 --keep"] {
        assert_eq!(world.run(command).code, 1, "{command}");
        assert_eq!(names(&world), whole, "{command}");
    }
    // Killed before the bytes had their name, and before it was told what they are.
    world.write("pcs-ledger/kept/0.unfinished", "half");
    world.write(&format!("pcs-ledger/kept/{}.gz", "0".repeat(64)), "alone");
    assert_eq!(world.run("kept list --format json").stdout.lines().count(), 2);
    assert_eq!(world.run("import a.jsonl --keep").code, 0);
    assert_eq!(names(&world), whole);
    let mut expected: Vec<String> =
        [&events, &training].iter().flat_map(|digest| [format!("{digest}.gz"), format!("{digest}.json")]).collect();
    expected.sort();
    assert_eq!(whole, expected);
}

#[test]
fn a_row_is_found_in_a_file_that_came_compressed() {
    let world = World::with_ledger();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(format!("{}\n{}\n", churn(1), churn(2)).as_bytes()).unwrap();
    let bytes = gzip.finish().unwrap();
    let digest = sha256(&bytes);
    // As an import of compressed files would keep it.
    let home = ledger::LedgerDir::open(&world.path("pcs-ledger")).unwrap();
    let mut keeper = app::kept::Keeper::begin(&home, ledger::Timestamp::from_micros(0)).unwrap();
    drop(keeper.keep("a.jsonl.gz", "events", Box::new(std::io::Cursor::new(bytes.clone()))).unwrap());
    keeper.finish().unwrap().publish().unwrap();
    assert_eq!(world.run(&format!("kept show {digest} --line 2")).stdout, format!("{}\n", churn(2)));
}

#[test]
fn what_a_kill_left_is_named_and_removed() {
    let (world, events, _) = with_two();
    let orphan = "0".repeat(64);
    let left = ["pcs-ledger/kept/0.unfinished", "pcs-ledger/people.json.unfinished", "pcs-ledger/kept/1.unfinished"];
    let leave = || {
        for name in &left {
            world.write(name, "Ana Lopez");
        }
        world.write(&format!("pcs-ledger/kept/{orphan}.gz"), "alone");
    };
    leave();
    let said = world.run("kept verify");
    assert!(
        said.code == 3 && said.stderr.contains("an import that was cut off left 0.unfinished and 1 file\n"),
        "{said:?}"
    );
    assert!(said.stderr.contains(&format!("the kept file {orphan} is damaged")), "{said:?}");
    refused(&world.run("kept verify --format json"), 3, "damaged");
    assert!(world.run("import a.jsonl --dry-run").code == 0 && world.path(left[0]).exists(), "it changes nothing");
    {
        let _under_way = ledger::Ledger::open(&world.path("pcs-ledger"), &mut |_| {}).unwrap();
        assert_eq!(world.run("kept verify").code, 0, "an import that is under way has left nothing");
    }
    let said = world.run("people forget --all");
    assert!(said.stdout.contains(&format!("the kept file {orphan} may name persons")), "{said:?}");
    assert!(left.iter().all(|name| !world.path(name).exists()));
    assert!(world.run("people forget --all --format json").stdout.contains(&orphan));
    refused(&world.run("kept verify --format json"), 3, "damaged");
    assert_eq!(world.run("kept forget 0000").stdout, "1 file forgotten\n");
    assert_eq!(world.run("kept verify").code, 0);
    leave();
    assert_eq!(world.run("import a.jsonl").code, 0);
    assert_eq!((names(&world).len(), world.path(left[1]).exists()), (4, false), "without --keep too");
    // The other half of a file alone.
    fs::remove_file(world.path(&format!("pcs-ledger/kept/{events}.gz"))).unwrap();
    refused(&world.run("kept verify --format json"), 3, "damaged");
    assert_eq!(world.run(&format!("kept forget {events}")).code, 0);
    assert_eq!(world.run("kept verify").code, 0);
}

#[test]
fn the_source_of_an_event_leads_to_its_row_in_a_zip() {
    let world = World::with_ledger();
    let packed = {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(AZURE.replace("20250101", "20250201").as_bytes()).unwrap();
        gzip.finish().unwrap()
    };
    let one = zipped(&[("t.csv", AZURE.as_bytes()), ("readme.txt", b"words\n")]);
    let two = zipped(&[("t.csv", AZURE.as_bytes()), ("readme.txt", b"words\n"), ("x/u.csv.gz", &packed)]);
    for (name, zip) in [("one.zip", &one), ("two.zip", &two)] {
        fs::write(world.path(name), zip).unwrap();
        assert_eq!(world.run(&format!("import {name} --keep")).code, 0);
    }
    let (one, two) = (sha256(&one), sha256(&two));
    assert_eq!(world.run(&format!("kept show {one} --line 2")).stdout, AZURE, "the only report");
    for typed in ["t.csv", "two.zip/t.csv"] {
        assert_eq!(world.run(&format!("kept show {two} --file {typed} --line 2")).stdout, AZURE);
    }
    let said = world.run(&format!("kept show {two} --file x/u.csv.gz --line 2"));
    assert_eq!(said.stdout, AZURE.replace("20250101", "20250201"));
    assert_eq!(world.run(&format!("kept show {two} --file readme.txt")).stdout, "words\n");
    let said = world.run(&format!("kept show {two} --line 2"));
    assert!(said.code == 1 && said.stderr.contains("caused by: it has t.csv, x/u.csv.gz\n"), "{said:?}");
    for options in ["--line 2", "--file z.csv", "--file t.csv --line 9"] {
        refused(&world.run(&format!("kept show {two} {options} --format json")), 1, "out_of_range");
    }
    let (world, events, _) = with_two();
    refused(&world.run(&format!("kept show {events} --file t.csv --format json")), 1, "out_of_range");
}

#[test]
fn a_row_of_json_is_the_whole_object() {
    let world = World::with_ledger();
    let text = "[\n  {\n    \"EventName\": \"test-created\",\n    \"ResourceUri\": null,\n    \
        \"ResourceChangeUtcDate\": \"2024-01-05T06:07:08Z\"\n  }\n]\n";
    world.write("w.json", text);
    let said = world.run("import w.json --kind webhooks --keep");
    assert_eq!(said.code, 0, "{said:?}");
    let object = text.trim().trim_start_matches("[\n  ").trim_end_matches("\n]");
    let digest = sha256(text.as_bytes());
    assert_eq!(world.run(&format!("kept show {digest} --line 2")).stdout, format!("{object}\n"));
    refused(&world.run(&format!("kept show {digest} --line 3 --format json")), 1, "out_of_range");
}
