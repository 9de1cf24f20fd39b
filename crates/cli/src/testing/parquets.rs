//! Tables in files of Parquet, read back by the library's own reader.

#![expect(clippy::wildcard_enum_match_arm, reason = "cells are of the few types that our columns have")]

use std::collections::BTreeMap;
use std::fs::{self, File};

use ledger::{Amount, EventType, Timestamp, parse_date};
use parquet::basic::{Compression, LogicalType};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{CUSTOMER, PARTNER, World, churn};

/// An event of a type with these fields of its own; `number` tells its id.
fn event(number: u32, kind: &str, when: &str, own: &str) -> String {
    let own = if own.is_empty() { String::new() } else { format!(",{own}") };
    format!(
        r#"{{"id":"00000000-0000-4000-8000-{number:012}","type":"{kind}","partner":"{PARTNER}",{when}{own},"location":"6034454","note":"tab\t, \"quotes\" and é","source":"by hand"}}"#
    )
}

/// Events of every type but changes of key and rulebooks, with every field that a type has, and some without.
fn all_events() -> Vec<String> {
    let day = r#""effective_at":"2025-01-09T10:11:12.000013Z""#;
    let month = |month: &str| format!(r#""month":"{month}""#);
    let association = r#""association":"11111111-1111-4111-8111-111111111111""#;
    let usage = |value: &str| {
        format!(
            r#""customer":"{CUSTOMER}","product":"Virtual Machines","metric":"acr_usd","value":"{value}","subscription":"s","offer":"o""#
        )
    };
    let terms = format!(
        r#"{association},"customer":"{CUSTOMER}","mechanism":"cpor","role":"osu","workload":"w","subscription":"s","principal":"p""#
    );
    let gone = format!(r#"{association},"by":"program","reason":"r""#);
    vec![
        event(1, "association_requested", day, &terms),
        event(2, "association_accepted", day, &terms),
        event(3, "association_accepted", day, association),
        event(4, "association_declined", day, &gone),
        event(5, "association_revoked", day, association),
        event(6, "association_revoked", day, &gone),
        event(
            7,
            "customer_churned",
            day,
            &format!(r#""customer":"{CUSTOMER}","areas":["security","data_ai"],"reason":"r""#),
        ),
        event(8, "customer_classified", day, &format!(r#""customer":"{CUSTOMER}","segment":"smb""#)),
        event(9, "usage_reported", &month("2025-01"), &usage("-0.000001")),
        event(10, "usage_reported", &month("0000-01"), &usage("-999999999999999.999999")),
        event(11, "usage_reported", &month("9999-12"), &usage("999999999999999.999999")),
        event(12, "usage_reported", &month("2024-02"), &usage("0")),
        event(
            13,
            "certification_linked",
            day,
            r#""person":"ada","certification":"AZ-305","earned_on":"1969-12-31","expires_on":"2026-01-01""#,
        ),
        event(14, "certification_unlinked", day, r#""person":"ada","certification":"AZ-305","reason":"r""#),
        event(
            15,
            "certification_earned",
            day,
            r#""person":"bo","certification":"AZ-305","earned_on":"2024-02-29","expires_on":"9999-12-31""#,
        ),
        event(16, "designation_enrolled", day, r#""area":"modern_work","anniversary":"2026-01-09","track":"smb""#),
        event(
            17,
            "score_published",
            day,
            r#""area":"security","points":"70.0","metrics":{"deployments":"10","net_customer_adds":"20.50"}"#,
        ),
        event(
            18,
            "score_published",
            r#""effective_at":"9999-12-31T23:59:59.999999Z""#,
            r#""area":"security","points":"0""#,
        ),
        event(
            19,
            "event_retracted",
            r#""effective_at":"0000-01-01""#,
            r#""event":"00000000-0000-4000-8000-000000000013","reason":"wrong""#,
        ),
        churn(20),
    ]
}

/// A ledger with entries of every type.
fn world() -> World {
    let world = World::with_events(&all_events());
    world.write("r.toml", &projection::rulebook::Rulebook::builtin().text().replacen("builtin-2026-11", "ours", 1));
    for line in ["rulebook adopt r.toml --effective-at 2025-02-01", "key rotate"] {
        let said = world.run(line);
        assert_eq!(said.code, 0, "{said:?}");
    }
    world
}

fn open(world: &World, name: &str) -> SerializedFileReader<File> {
    SerializedFileReader::new(File::open(world.path(name)).unwrap()).unwrap()
}

fn rows(world: &World, name: &str) -> Vec<Row> {
    open(world, name).get_row_iter(None).unwrap().map(Result::unwrap).collect()
}

/// What a cell says, as the entry has it; the form of the column tells which of the two is a month.
fn told(name: &str, field: &Field) -> Option<String> {
    let days = |days: i32| parse_date("1970-01-01").unwrap() + chrono::Duration::days(days.into());
    match field {
        Field::Null => None,
        Field::Long(number) => Some(number.to_string()),
        Field::Str(text) => Some(text.clone()),
        Field::Bytes(id) => Some(Uuid::from_slice(id.data()).unwrap().to_string()),
        Field::TimestampMicros(micros) => Some(Timestamp::from_micros(*micros).to_string()),
        Field::Date(day) if name == "month" => Some(ledger::Month::of(days(*day)).to_string()),
        Field::Date(day) => Some(days(*day).to_string()),
        Field::Decimal(decimal) => {
            let bytes = decimal.data();
            let sign = if bytes[0] > 127 { -1 } else { 0 };
            let micros = bytes.iter().fold(sign, |micros: i128, byte| micros << 8 | i128::from(*byte));
            Some(Amount::from_micros(micros).to_string())
        }
        other => panic!("{name} is {other:?}"),
    }
}

/// What the columns of an entry have to say, by its line.
fn expected(line: &str) -> BTreeMap<String, String> {
    let entry: Value = serde_json::from_str(line).unwrap();
    let event: &Map<String, Value> = entry["event"].as_object().unwrap();
    let said = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(names) => names.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    let in_line_alone = ["rulebook", "old_key", "new_key", "checkpoint"];
    let own = event.iter().filter(|(name, _)| !in_line_alone.contains(&name.as_str()));
    let mut all: BTreeMap<String, String> = own.map(|(name, value)| (name.clone(), said(value))).collect();
    all.extend(["seq", "recorded_at"].map(|name| (name.to_owned(), said(&entry[name]))));
    all
}

#[test]
fn every_column_of_every_type_says_what_the_entry_says_and_the_others_are_null() {
    let world = world();
    let lines: Vec<String> = world.run("export").stdout.lines().map(str::to_owned).collect();
    let mut types: Vec<String> = lines.iter().map(|line| expected(line)["type"].clone()).collect();
    types.sort();
    types.dedup();
    assert_eq!(types.len(), EventType::ALL.len(), "{types:?}");
    for with_line in [false, true] {
        let said =
            world.run(&format!("export --parquet {with_line}.parquet{}", if with_line { " --line" } else { "" }));
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
        let rows = rows(&world, &format!("{with_line}.parquet"));
        assert_eq!(rows.len(), lines.len());
        for (row, line) in rows.iter().zip(&lines) {
            let cells = row.get_column_iter();
            let found: BTreeMap<String, String> =
                cells.filter_map(|(name, field)| Some((name.clone(), told(name, field)?))).collect();
            let mut expected = expected(line);
            expected.extend(with_line.then(|| ("line".to_owned(), line.clone())));
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn the_columns_have_the_types_that_programs_know() {
    let world = world();
    assert_eq!(world.run("export --parquet a.parquet --line").code, 0);
    let reader = open(&world, "a.parquet");
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr();
    let columns = schema.columns().iter().map(|column| {
        let form = match column.logical_type_ref().cloned() {
            None => "INT64".to_owned(),
            Some(LogicalType::Timestamp(form)) if form.is_adjusted_to_u_t_c => format!("TIMESTAMP({:?})", form.unit),
            Some(LogicalType::Uuid) => "UUID".to_owned(),
            Some(LogicalType::String) => "STRING".to_owned(),
            Some(LogicalType::Date) => "DATE".to_owned(),
            Some(LogicalType::Decimal(form)) => format!("DECIMAL({},{})", form.precision, form.scale),
            other => panic!("{other:?}"),
        };
        format!("{} {form}{}", column.name(), if column.max_def_level() == 1 { "?" } else { "" })
    });
    let text = |names: &str| names.split(' ').map(|name| format!("{name} STRING?")).collect::<Vec<_>>().join("; ");
    let expected = [
        "seq INT64; recorded_at TIMESTAMP(MICROS); id UUID; type STRING",
        &text("partner location"),
        "effective_at TIMESTAMP(MICROS)?; month DATE?; association UUID?; customer UUID?",
        &text("mechanism role workload subscription principal product metric"),
        "value DECIMAL(21,6)?",
        &text("offer segment areas by person certification"),
        "earned_on DATE?; expires_on DATE?",
        &text("area track points metrics"),
        "anniversary DATE?; event UUID?",
        &text("name reason note source"),
        "line STRING",
    ];
    assert_eq!(columns.collect::<Vec<_>>().join("; "), expected.join("; "));
    for group in metadata.row_groups() {
        assert!(group.columns().iter().all(|column| matches!(column.compression(), Compression::ZSTD(_))));
    }
    let footer = metadata.file_metadata().key_value_metadata().unwrap();
    let footer: Vec<(&str, &str)> =
        footer.iter().map(|pair| (pair.key.as_str(), pair.value.as_deref().unwrap())).collect();
    let checkpoint = world.run("checkpoint").stdout;
    let [origin, size, root] = checkpoint.lines().take(3).collect::<Vec<_>>().try_into().unwrap();
    let told = [("pcs.origin", origin), ("pcs.size", size), ("pcs.root", root), ("pcs.format", "1")];
    assert_eq!(footer, told);
}

#[test]
fn a_table_is_told_of_in_both_forms() {
    let world = World::with_events(&[churn(1), churn(2)]);
    let said = world.run("export --parquet a.parquet");
    let bytes = fs::metadata(world.path("a.parquet")).unwrap().len();
    let start = format!("a.parquet: 2 rows, {bytes} bytes, of a ledger of 2 entries with the root ");
    assert!(said.code == 0 && said.stdout.starts_with(&start) && said.stderr.is_empty(), "{said:?}");
    let said = world.run("export --parquet b.parquet --from-seq 1 --format json");
    let answer: Value = serde_json::from_str(&said.stdout).unwrap();
    let names: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["out", "rows", "bytes", "size", "root"]);
    assert_eq!((&answer["out"], &answer["rows"], &answer["size"]), (&"b.parquet".into(), &1.into(), &2.into()));
}

#[test]
fn a_ledger_without_its_key_is_exported_without_its_name() {
    let world = World::with_events(&[churn(1)]);
    fs::remove_file(world.path("pcs-ledger/key")).unwrap();
    assert_eq!(world.run("export --parquet a.parquet").code, 0);
    let reader = open(&world, "a.parquet");
    let footer = reader.metadata().file_metadata().key_value_metadata().unwrap();
    assert_eq!(footer.iter().map(|pair| pair.key.as_str()).collect::<Vec<_>>(), ["pcs.size", "pcs.root", "pcs.format"]);
}

#[test]
fn what_cannot_be_written_is_refused_and_leaves_nothing() {
    let world = World::with_events(&[churn(1), churn(2)]);
    world.write("there.parquet", "text");
    fs::create_dir(world.path("directory.parquet")).unwrap();
    std::os::unix::fs::symlink("nowhere", world.path("link.parquet")).unwrap();
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(world.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    for (line, exit, code) in [
        ("export --parquet there.parquet", 1, "exists"),
        ("export --parquet directory.parquet", 1, "exists"),
        ("export --parquet link.parquet", 1, "exists"),
        ("export --parquet nowhere/new.parquet", 1, "not_found"),
        ("export --parquet new.parquet --partner x", 1, "unknown_partner"),
        ("--ledger none export --parquet new.parquet", 1, "no_ledger"),
        ("export --parquet new.parquet --from-seq 1 --to-seq 0", 2, "usage"),
        ("export --parquet new.parquet --parquet new.parquet", 2, "usage"),
        ("export --parquet new.parquet --tiles t", 2, "usage"),
        ("export --parquet new.parquet --from-seq x", 2, "usage"),
        ("export --parquet", 2, "usage"),
        ("export --line", 2, "usage"),
        ("export --scores --from 2025-01-01 --to 2025-01-31", 2, "usage"),
        ("export --parquet new.parquet --scores --from 2025-01-01", 2, "usage"),
        ("export --parquet new.parquet --from 2025-01-01 --to 2025-01-31", 2, "usage"),
        ("export --parquet new.parquet --step day", 2, "usage"),
        ("export --parquet new.parquet --known-at then", 2, "usage"),
        ("export --parquet new.parquet --scores --from 2025-02-01 --to 2025-01-31", 2, "usage"),
        ("export --parquet new.parquet --scores --from 2025-01-01 --to 2025-01-31 --step year", 2, "usage"),
        ("export --parquet new.parquet --scores --from 2025-01-01 --to 2025-01-31 --known-at later", 2, "usage"),
        ("export --parquet new.parquet --scores --from 2025-01-01 --to 2025-01-31 --line", 2, "usage"),
        ("export --parquet new.parquet --scores --from 2025-01-01 --to 2025-01-31 --from-seq 1", 2, "usage"),
        ("export --parquet there.parquet --scores --from 2025-01-01 --to 2025-01-31", 1, "exists"),
        ("export --parquet new.parquet --scores --from 2025-01-01 --to 2025-01-31 --partner x", 1, "unknown_partner"),
        ("export --parquet new.parquet --scores --from 2010-01-01 --to 2025-01-31", 1, "before_program"),
        (
            "export --parquet new.parquet --scores --from 2025-01-01 --to 2025-01-31 --partner x --known-at then",
            1,
            "unknown_partner",
        ),
    ] {
        let said = world.run(&format!("--format json {line}"));
        assert_eq!((said.code, said.stdout.as_str()), (exit, ""), "{line}: {said:?}");
        assert_eq!(said.error()["code"], code, "{line}");
        assert_eq!(names(), before, "{line}");
    }
    let said = world.run("export --parquet there.parquet");
    let told = "error: failed to create there.parquet\ncaused by: ";
    assert!(said.stderr.starts_with(told), "{}", said.stderr);
    assert!(said.stderr.ends_with("hint: name a file that is not there yet\n"), "{}", said.stderr);
    assert_eq!(world.read("there.parquet"), "text");
}

/// What `score` answers about a row, as the row has it: its columns by their names.
fn answered(world: &World, row: &BTreeMap<String, String>, day: &str, known_at: &str) -> BTreeMap<String, String> {
    let [partner, area] = ["partner", "area"].map(|name| &row[name]);
    let asked = format!("score --partner {partner} --as-of {day} --area {area} --known-at {known_at} --format json");
    let said = world.run(&format!("--ledger demo {asked}"));
    let score: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{asked}: {said:?}"));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let below: Vec<String> = score["below"].as_array().unwrap().iter().map(text).collect();
    let names = ["partner", "area", "known_at", "measured_month", "track", "points_exact", "qualified"];
    let mut all: BTreeMap<String, String> = names.map(|name| (name.to_owned(), text(&score[name]))).into();
    all.extend([("below".to_owned(), below.join(",")), ("points".to_owned(), points(&score["points"]))]);
    for metric in score["metrics"].as_array().unwrap() {
        let name = text(&metric["metric"]);
        all.extend([(format!("{name}_exact"), text(&metric["points_exact"])), (name, points(&metric["points"]))]);
    }
    all
}

/// Points with two decimals.
fn points(value: &Value) -> String {
    format!("{:.2}", value.as_f64().unwrap())
}

/// The rows of scores, each with its columns as `score` has them, and its first and last day.
fn score_rows(world: &World, options: &str) -> Vec<(BTreeMap<String, String>, [String; 2])> {
    let said = world.run(&format!("--ledger demo export --parquet s.parquet --scores {options}"));
    assert_eq!(said.code, 0, "{said:?}");
    let rows = rows(world, "s.parquet").into_iter().map(|row| {
        let cells = row.get_column_iter().filter_map(|(name, field)| {
            let text = match field {
                Field::Bool(is) => is.to_string(),
                Field::Decimal(decimal) => {
                    let hundredths = i32::from_be_bytes(decimal.data().try_into().unwrap());
                    format!("{}.{:02}", hundredths / 100, hundredths % 100)
                }
                Field::Date(_) if name == "measured_month" => told("month", field)?,
                field => told(name, field)?,
            };
            Some((name.clone(), text))
        });
        let mut cells: BTreeMap<String, String> = cells.collect();
        let days = ["first", "last"].map(|name| cells.remove(name).unwrap());
        (cells, days)
    });
    let rows = rows.collect();
    fs::remove_file(world.path("s.parquet")).unwrap();
    rows
}

#[test]
fn a_row_of_scores_says_what_the_score_of_its_days_says() {
    let world = World::empty();
    assert_eq!(world.run("demo --dir demo --quiet").code, 0);
    let days = "--from 2024-12-15 --to 2025-03-10";
    for (options, count, known_then) in [
        ("", Some(2 * 6 * 4), false),
        ("--step month --partner 6034453 --known-at 2025-03-10", Some(6 * 4), false),
        ("--step month --known-at then", None, true),
        ("--step change --partner 6034453", None, false),
        ("--step change --partner 6034453 --known-at then", None, true),
    ] {
        let rows = score_rows(&world, &format!("{days} {options}"));
        assert!(count.is_none_or(|count| count == rows.len()) && rows.len() > 12, "{options}: {}", rows.len());
        let mut ended: BTreeMap<[String; 2], String> = BTreeMap::new();
        for (row, [first, last]) in rows {
            let subject = ["partner", "area"].map(|name| row[name].clone());
            if let Some(before) = ended.insert(subject, last.clone()) {
                assert!(before < first, "{options}: {row:?}");
            }
            let known_at = if known_then { last.clone() } else { row["known_at"].clone() };
            let said = answered(&world, &row, &last, &known_at);
            let mut without_month = row.clone();
            if options.contains("change") {
                // The month is that of the first day.
                without_month.insert("measured_month".to_owned(), said["measured_month"].clone());
            }
            assert_eq!(without_month, said, "{options}: {first} to {last}");
        }
        assert!(ended.values().all(|last| last == "2025-03-10"), "{options}: {ended:?}");
    }
    let days: Vec<_> = score_rows(&world, "--from 2025-01-30 --to 2025-02-02 --step day --partner 6034453");
    assert_eq!(days.len(), 6 * 4);
    assert!(days.iter().all(|(_, [first, last])| first == last));
}

#[test]
fn a_ledger_of_nobody_has_a_table_without_rows() {
    let world = World::with_ledger();
    for options in ["", "--scores --from 2025-01-01 --to 2025-01-31"] {
        assert_eq!(world.run(&format!("export --parquet a.parquet {options}")).code, 0);
        assert!(rows(&world, "a.parquet").is_empty());
        fs::remove_file(world.path("a.parquet")).unwrap();
    }
}
