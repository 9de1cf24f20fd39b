//! Old built-in rulebooks stay as they were, and so does their format.

use super::BUILTIN;
use crate::rulebook::Rulebook;

/// The names with the digests of the texts, which never change.
const DIGESTS: [(&str, &str); 2] = [
    ("builtin-2026-08", "5f8911ff0101e497261112841ca831e6551a0b7014cb946c741df335c1385852"),
    ("builtin-2026-11", "91f2f1b02be02bd9c0bfb95228bb7c6cf12b601f17068558e577fd92eb50e5d9"),
];

fn old() -> &'static str {
    Rulebook::builtin_named("builtin-2026-08").expect("the rules of August").text()
}

fn refused(text: &str) -> String {
    Rulebook::parse(text).expect_err("another format").to_string()
}

#[test]
fn every_built_in_rulebook_is_there_under_its_name_with_its_bytes() {
    let names: Vec<&str> = Rulebook::builtin_names().collect();
    assert_eq!(names, DIGESTS.map(|(name, _)| name));
    for (name, digest) in DIGESTS {
        let rulebook = Rulebook::builtin_named(name).expect("it is built in");
        assert_eq!((rulebook.name(), rulebook.sha256()), (name, digest));
        let read = Rulebook::parse(rulebook.text()).expect("rules");
        assert!(read.is_builtin());
    }
    assert_eq!(names.last(), Some(&Rulebook::builtin().name()), "scores are by the newest");
    assert!(Rulebook::builtin_named("builtin").is_none());
    let edited = Rulebook::parse(&format!("{BUILTIN}\n")).expect("rules");
    assert!(!edited.is_builtin(), "the name alone tells nothing");
}

#[test]
fn format_1_has_none_of_the_fields_of_format_2() {
    let place = "code = \"PL-400\"\n";
    for field in ["valid_years = 2", "other_codes = [\"AB-400\"]"] {
        let text = old().replace(place, &format!("{place}{field}\n"));
        let name = field.split(' ').next().unwrap_or_default();
        let line = 1 + text.lines().position(|line| line == field).expect("the field");
        assert_eq!(refused(&text), format!("line {line}: [[certification]] has no field `{name}`"));
        assert!(Rulebook::parse(&text.replace("format = 1\n", "format = 2\n")).is_ok(), "{field}");
    }
    let found = refused(&BUILTIN.replace("format = 2\n", "format = 1\n"));
    assert_eq!(found.lines().count(), 7, "{found}");
}

#[test]
fn a_text_of_each_format_is_read_and_of_no_other() {
    for format in [2, 3] {
        assert!(Rulebook::parse(&old().replace("format = 1\n", &format!("format = {format}\n"))).is_ok());
    }
    for format in ["0", "4", "-1", "99999999999"] {
        let text = BUILTIN.replace("format = 2\n", &format!("format = {format}\n"));
        let says = format!(
            "line 18: `format` is {format}, and pcs 0.1.0 reads the formats 1 to 3: a later version may read it"
        );
        assert_eq!(refused(&text), says);
    }
}

#[test]
fn every_sign_of_a_built_in_row_is_in_the_list_of_sources_or_says_it_in_words() {
    for name in Rulebook::builtin_names() {
        let rulebook = Rulebook::builtin_named(name).expect("it is built in");
        let value = |field: &str| {
            let prefix = format!("{field} = ");
            let lines = rulebook.text().lines().filter_map(move |line| line.strip_prefix(&prefix).map(str::to_owned));
            lines.map(|text| text.trim_matches('"').to_owned())
        };
        let sources = rulebook.sources();
        for source in value("source") {
            assert!(sources.source(&source).is_some() || source.contains(' '), "{name}: {source}");
        }
        for grade in value("conf") {
            assert!(sources.grade(&grade).is_some(), "{name}: {grade}");
        }
        for source in &sources.sources {
            assert!(source.address.as_ref().is_none_or(|address| address.len() <= 78), "{} fits a line", source.name);
        }
    }
}

#[test]
fn a_rulebook_of_format_3_lists_its_sources_and_older_ones_have_none() {
    let list = "\n[[source]]\nname = \"S2\"\ntitle = \"a page\"\naddress = \"https://example.org\"\n\
                [[grade]]\nname = \"A\"\nmeaning = \"sure\"\n";
    let text = format!("{BUILTIN}{list}");
    let refused = Rulebook::parse(&text).expect_err("format 2 has no such tables").to_string();
    assert!(refused.contains("unknown table `source`") && refused.contains("unknown table `grade`"), "{refused}");
    let text = text.replace("format = 2\n", "format = 3\n");
    let own = Rulebook::parse(&text).expect("format 3");
    let source = own.sources().source("S2").expect("it is listed");
    assert_eq!((source.title.as_str(), source.address.as_deref()), ("a page", Some("https://example.org")));
    assert_eq!(own.sources().grade("A").map(|grade| grade.meaning.as_str()), Some("sure"));
    let twice = Rulebook::parse(&format!("{text}{list}")).expect_err("each sign once").to_string();
    assert!(twice.contains("`name` names \"S2\" twice") && twice.contains("`name` names \"A\" twice"), "{twice}");
    let untitled = Rulebook::parse(&format!("{text}[[source]]\nname = \"X\"\n")).expect_err("no title").to_string();
    assert!(untitled.ends_with("[[source]] lacks `title`"), "{untitled}");
    let plain = Rulebook::parse(&BUILTIN.replace("format = 2\n", "format = 3\n")).expect("the list is optional");
    assert_eq!(plain.sources(), &crate::rulebook::Sources::default());
}

#[test]
fn the_rows_in_force_are_shown_with_the_fields_of_the_text() {
    use ledger::{Area, parse_date};
    let day = parse_date("2025-02-28").expect("a day");
    let shown = Rulebook::builtin().shown_on(day, &[Area::Infrastructure]);
    let adds = shown.iter().find(|row| row.chosen.row.value.keys == ["azure.net_customer_adds"]).expect("a row");
    assert_eq!(adds.fields.get("usd_min").and_then(toml::Value::as_integer), Some(1000));
    assert_eq!((adds.text("source"), adds.text("conf"), adds.text("nothing")), ("S2", "A", ""));
    let keys: Vec<&String> = shown.iter().flat_map(|row| &row.chosen.row.value.keys).collect();
    let is_of = |key: &&&String| key.starts_with("azure") || key.starts_with("infrastructure.");
    assert!(keys.iter().filter(is_of).count() >= 6, "{keys:?}");
    assert!(!keys.iter().any(|key| key.starts_with("modern_work") || key.starts_with("data_ai")), "{keys:?}");
    let all = Rulebook::builtin().shown_on(day, Area::ALL);
    assert_eq!(all.len(), Rulebook::builtin().rows_on(day).len());
    for row in all {
        let from = row.fields.get("from").map(ToString::to_string);
        assert_eq!(from, Some(row.chosen.row.from.to_string()), "line {}", row.chosen.row.line);
    }
}
