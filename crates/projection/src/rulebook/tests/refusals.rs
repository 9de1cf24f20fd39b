//! Each edit of the built-in text with all the errors that it must give.

mod forms;
mod names;
mod rows;

use super::{BUILTIN, parse};
use crate::rulebook::{Rulebook, RulebookErrors};

/// After a place, the first occurrence of one text becomes another; and how the errors that this gives begin.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

// Where rows of the built-in rulebook begin.
const AZURE_ADDS: &str = "[[rule]]\nkey = \"azure.net_customer_adds\"\ntrack = \"enterprise\"";
const AZURE_GROWTH: &str = "[[rule]]\nkey = \"azure.usage_growth\"";
const WORK_GROWTH: &str = "[[rule]]\nkey = \"modern_work.usage_growth\"\ntrack = \"smb\"";
const WORK_DEPLOYED: &str = "[[rule]]\nkey = \"modern_work.deployments\"\ntrack = \"smb\"";
const SECURITY_SKILL: &str = "[[skill]]\nkey = \"security.intermediate_certifications\"";
const SECURITY_STEPS: &str = "[[skill]]\nkey = \"security.intermediate_certifications\"\ntrack = \"smb\"";
const BUSINESS_SKILL: &str = "[[skill]]\nkey = \"business_applications.advanced_certifications\"\ntrack = \"smb\"";
const RATES: &str = "[products.rates]\n\"Power Apps\"";
const M365: &str = "list = [\n  \"Entra ID P1\", \"Defender";

/// A name of 257 characters, in quotes.
const LONG_NAME: &str = concat!(
    "\"",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeé",
    "!\""
);

fn messages(result: Result<Rulebook, RulebookErrors>) -> Vec<String> {
    let errors = result.err().map(|errors| errors.errors().to_vec());
    errors.into_iter().flatten().map(|error| error.to_string()).collect()
}

#[test]
fn each_mistake_is_found_in_its_line_and_nothing_else() {
    for (after, old, new, expected) in [forms::ROWS, names::ROWS, rows::ROWS].into_iter().flatten() {
        let found = messages(parse(after, old, new));
        let is_expected = found.len() == expected.len()
            && found.iter().zip(*expected).all(|(found, expected)| found.starts_with(expected));
        assert!(is_expected && !found.is_empty(), "{old:?} as {new:?} after {after:?} gave {found:#?}");
    }
}

#[test]
fn parts_without_products_are_found() {
    let both = "keys = [\"business_applications.usage_growth\", \"business_applications.deployments\"]\n";
    let growth = "keys = [\"business_applications.usage_growth\"]\n";
    let text =
        BUILTIN.replace(&format!("{both}part = \"power_platform\""), &format!("{growth}part = \"power_platform\""));
    assert_eq!(
        messages(Rulebook::parse(&text)),
        ["line 1145: no `[[products]]` row for business_applications.deployments with part power_platform"]
    );
}

#[test]
fn an_empty_text_lacks_every_table() {
    let missing = ["meta", "qualification", "window", "membership", "refresh", "mechanism"];
    let tables = missing.map(|table| format!("line 1: no `{table}` in the rulebook"));
    let families = ["azure", "business_applications", "modern_work", "security"];
    let tracks = families.map(|key| format!("line 1: no `[[track]]` row for `{key}`"));
    let rates = ["usage_growth", "deployments"].into_iter().flat_map(|metric| {
        let line =
            move |part| format!("line 1: no `[[products]]` row for business_applications.{metric} with part {part}");
        ["dynamics_365", "power_platform"].map(line)
    });
    let expected: Vec<String> = tables.into_iter().chain(tracks).chain(rates).collect();
    assert_eq!(messages(Rulebook::parse("")), expected);
}

#[test]
fn every_syntax_error_is_listed_in_the_order_of_the_lines() {
    let Err(errors) = Rulebook::parse("a = \n[meta]\nname = = 1\n") else { panic!("the text was taken") };
    let lines: Vec<usize> = errors.errors().iter().map(|error| error.line).collect();
    assert_eq!(lines, [1, 3]);
    let text = errors.to_string();
    assert_eq!(text.lines().count(), 2);
    assert!(text.starts_with("line 1: no valid TOML: string values must be quoted"), "{text}");
}

#[test]
fn mistakes_in_different_rows_are_found_together() {
    let text = BUILTIN.replace("usd_min = 500\n", "usd_min = \"500\"\n").replace("\"AZ-305\"] }", "\"AZ-306\"] }");
    let text = text.replace("counts_through = 2024-06-30", "counts_until = 2024-06-30");
    let found = messages(Rulebook::parse(&text));
    assert_eq!(found.first().map(String::as_str), Some("line 212: `usd_min` must be an integer, not string"));
    assert_eq!(found.last().map(String::as_str), Some("line 1994: [[cert_end]] has no field `counts_until`"));
    assert!(found.len() > 5 && found.iter().filter(|error| error.contains("AZ-306")).count() == found.len() - 2);
}
