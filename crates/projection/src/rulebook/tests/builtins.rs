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
fn a_text_of_either_format_is_read_and_of_no_other() {
    assert!(Rulebook::parse(&old().replace("format = 1\n", "format = 2\n")).is_ok());
    for format in ["0", "3", "-1", "99999999999"] {
        let text = BUILTIN.replace("format = 2\n", &format!("format = {format}\n"));
        let says = format!(
            "line 18: `format` is {format}, and pcs 0.1.0 reads the formats 1 to 2: a later version may read it"
        );
        assert_eq!(refused(&text), says);
    }
}
