//! What changed between two rulebooks.

use toml::Value;

use super::{BUILTIN, Edit};
use crate::rulebook::{Rulebook, changes};

fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Each change in a line: kind, table, what names the row, the fields with both values.
fn lines(earlier: &Rulebook, later: &Rulebook) -> Vec<String> {
    let changes = changes(earlier, later).into_iter();
    let line = |change: crate::rulebook::Change| {
        let place: Vec<String> = change.place.iter().map(|(_, value)| words(value)).collect();
        let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "none".to_owned(), words);
        let field = |field: &crate::rulebook::FieldChange| {
            format!("{} {} -> {}", field.name, side(&field.before), side(&field.after))
        };
        let fields: Vec<String> = change.fields.iter().map(field).collect();
        format!("{} {} {}: {}", change.kind.name(), change.table, place.join(" "), fields.join("; "))
    };
    changes.map(line).collect()
}

/// What an edit of the newest text changes.
fn edited(after: &str, old: &str, new: &str) -> Vec<String> {
    let later = Rulebook::parse(&Edit { after, old, new }.apply(BUILTIN)).expect("rules");
    let (there, back) = (lines(Rulebook::builtin(), &later), lines(&later, Rulebook::builtin()));
    assert_eq!(there.len(), back.len(), "what was added is removed on the way back");
    there
}

#[test]
fn a_rulebook_does_not_differ_from_itself() {
    for name in Rulebook::builtin_names() {
        let rulebook = Rulebook::builtin_named(name).expect("it is built in");
        assert_eq!(changes(rulebook, rulebook), []);
    }
}

#[rustfmt::skip]
#[test]
fn rows_are_added_removed_and_changed_field_by_field() {
    let rates = "[products.rates]\n\"Power Apps\"";
    for (after, old, new, expected) in [
        ("[[refresh]]", "day_of_month = 20", "day_of_month = 21", &["changed refresh 2023-09-06: day_of_month 20 -> 21"][..]),
        ("code = \"PL-400\"", "other_codes = [\"AB-400\"]\n", "", &["changed certification PL-400: other_codes [\"AB-400\"] -> none"]),
        (rates, "\"Power BI\" = \"200\"", "\"Power BI\" = \"210\"", &["changed products [\"business_applications.usage_growth\", \"business_applications.deployments\"] power_platform 2023-06-13: rates.Power BI 200 -> 210"]),
        ("[[skill]]\nkey = \"security.intermediate_certifications\"", "min_people = 1", "min_people = 2", &["changed skill security.intermediate_certifications single 2023-06-13: steps.1.min_people 1 -> 2"]),
        ("[[refresh]]", "from = 2023-09-06\n", "from = 2023-09-07\n", &["changed refresh 2023-09-07: from 2023-09-06 -> 2023-09-07"]),
        ("[[refresh]]", "from = 2023-09-06\nfrom_basis = \"seen\"\nday_of_month = 20", "from = 2023-09-07\nfrom_basis = \"seen\"\nday_of_month = 21", &[
            "removed refresh 2023-09-06: conf A -> none; day_of_month 20 -> none; from 2023-09-06 -> none; from_basis seen -> none; note 'typically refreshed by the 20th' -> none; source S2 -> none",
            "added refresh 2023-09-07: conf none -> A; day_of_month none -> 21; from none -> 2023-09-07; from_basis none -> seen; note none -> 'typically refreshed by the 20th'; source none -> S2",
        ]),
        ("[[cert_end]]", "certification = \"MB-600\"", "certification = \"AZ-104\"", &[
            "added cert_end AZ-104: conf none -> A; not_eligible_from none -> 2023-07-01; source none -> S2",
            "removed cert_end MB-600: conf A -> none; not_eligible_from 2023-07-01 -> none; source S2 -> none",
        ]),
    ] {
        assert_eq!(edited(after, old, new), expected, "{new}");
    }
}

#[test]
fn what_november_brought_is_told_by_key_with_sources() {
    let august = Rulebook::builtin_named("builtin-2026-08").expect("the rules of August");
    let lines = lines(august, Rulebook::builtin());
    for expected in [
        "changed meta : format 1 -> 2; name builtin-2026-08 -> builtin-2026-11",
        "changed certification AZ-400: old_names none -> [\"Azure DevOps Engineer Expert\"]",
        "changed certification GH-300: valid_years none -> 2",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} is not in {lines:#?}");
    }
    let all = changes(august, Rulebook::builtin());
    let added = all.iter().find(|change| change.place.iter().any(|(_, value)| value.as_str() == Some("AB-650")));
    let sources = added.map(|change| change.sources.clone());
    assert_eq!(sources, Some([None, Some("community files 71489665775, 59403144891 (2026-10)".to_owned())]));
}
