//! The worked examples of the programme's own pages and screens, through histories and the built-in rulebook.
//!
//! An example of the fixture that is neither checked nor excused fails; so does a name that the fixture lacks.

use std::collections::BTreeSet;

use chrono::Duration;
use serde_json::{Value, json};

use crate::naive::Basis;
use crate::written::{Script, day, metric};

/// Examples that cannot be run, with the reason.
const EXCUSED: [(&str, &str); 8] = [
    ("window-2023", "a window of qualification, no score"),
    ("window-2024", "a window of qualification, no score"),
    ("window-renewal", "a window of qualification, no score"),
    ("shared anniversary: Nov 2022, Jan 2023, Feb 2023", "a date of membership, no score"),
    ("data & ai 2026 enterprise, example 1", "faulty in the original"),
    ("digital & app 2026 enterprise, example 1", "faulty in the original"),
    ("security 2026 smb, example 2", "faulty in the original"),
    ("modern work smb deployments, as the text has it", "its text says 3 by cpor and computes 4: `mw-smb-deploy` is 4"),
];

/// The examples of screens and formulas, by their names in the fixture.
const CHECKED: [(&str, fn()); 10] = [
    ("dataai-scorecard", data_ai_scorecard),
    ("security-71", security_71),
    ("mw-smb-78-simulated", modern_work_smb_78),
    ("mw-ent-usage", modern_work_enterprise_growth),
    ("mw-smb-usage", modern_work_smb_growth),
    ("mw-ent-deploy", modern_work_enterprise_deployments),
    ("mw-smb-deploy", modern_work_smb_deployments),
    ("bizapps-mcv", business_applications_mcv),
    ("refresh-new-customer", refresh_new_customer),
    ("refresh-new-customer-late", refresh_new_customer_late),
];

/// An example of certifications in steps.
struct Steps {
    /// The name in the fixture, or that of the page.
    name: &'static str,
    area: &'static str,
    as_of: &'static str,
    track: &'static str,
    /// People by step, a letter each.
    people: [&'static str; 3],
    /// A certification of each step.
    certifications: [&'static str; 3],
    points_exact: &'static str,
}

const DATA_AI: [&str; 3] = ["AZ-305", "AZ-104", "DP-300"];
const DATA_AI_2026: [&str; 3] = ["AZ-104", "AZ-305", "DP-300"];
const INFRASTRUCTURE: [&str; 3] = ["AZ-104", "AZ-700", ""];
const SECURITY: [&str; 3] = ["AZ-500", "SC-200", "SC-100"];

#[rustfmt::skip]
const STEPS: [Steps; 18] = [
    steps("cert-dataai-1", "data_ai", "2023-09-30", "single", ["AB", "CD", "EFG"], DATA_AI, "12/1"),
    steps("cert-dataai-2", "data_ai", "2023-09-30", "single", ["AB", "AB", "AB"], DATA_AI, "8/1"),
    steps("cert-dataai-3", "data_ai", "2023-09-30", "single", ["AB", "", "AB"], DATA_AI, "0/1"),
    steps("cert-dataai-4", "data_ai", "2023-09-30", "single", ["A", "BC", "BC"], DATA_AI, "0/1"),
    steps("data & ai 2026 enterprise 2/2/2", "data_ai", "2026-08-15", "enterprise", ["AB", "AB", "AB"], DATA_AI_2026, "8/1"),
    steps("data & ai 2026 smb 2/2/3", "data_ai", "2026-08-15", "smb", ["AB", "AB", "ABC"], DATA_AI_2026, "20/1"),
    steps("data & ai 2026 smb 2/2/2", "data_ai", "2026-08-15", "smb", ["AB", "AB", "AB"], DATA_AI_2026, "16/1"),
    steps("data & ai 2026 smb 2/0/2", "data_ai", "2026-08-15", "smb", ["AB", "", "AB"], DATA_AI_2026, "4/1"),
    steps("data & ai 2026 smb 0/0/2", "data_ai", "2026-08-15", "smb", ["", "", "AB"], DATA_AI_2026, "0/1"),
    steps("infrastructure 2026 smb 1/2", "infrastructure", "2026-08-15", "smb", ["A", "AB", ""], INFRASTRUCTURE, "12/1"),
    steps("infrastructure 2026 enterprise 2/2", "infrastructure", "2026-08-15", "enterprise", ["AB", "AB", ""], INFRASTRUCTURE, "8/1"),
    steps("infrastructure 2026 enterprise 1/2", "infrastructure", "2026-08-15", "enterprise", ["A", "AB", ""], INFRASTRUCTURE, "0/1"),
    // Step 2 of that rule took MS-500 too; SC-200 would have been of step 3 as well.
    steps("cert-security-old", "security", "2023-06-20", "single", ["A", "B", "C"], ["AZ-500", "MS-500", "SC-100"], "20/3"),
    steps("cert-security-new", "security", "2023-12-01", "single", ["AB", "CD", "EFG"], SECURITY, "20/1"),
    steps("security 2023 2/2/2", "security", "2023-12-01", "single", ["AB", "CD", "EF"], SECURITY, "40/3"),
    steps("cert-security-new-unmet", "security", "2023-12-01", "single", ["AB", "", "AB"], SECURITY, "0/1"),
    steps("security 2026 smb 2/2/3", "security", "2026-08-15", "smb", ["AB", "CD", "EFG"], SECURITY, "32/1"),
    steps("security 2026 smb 2/0/2", "security", "2026-08-15", "smb", ["AB", "", "AB"], SECURITY, "4/1"),
];

const fn steps(
    name: &'static str,
    area: &'static str,
    as_of: &'static str,
    track: &'static str,
    people: [&'static str; 3],
    certifications: [&'static str; 3],
    points_exact: &'static str,
) -> Steps {
    Steps { name, area, as_of, track, people, certifications, points_exact }
}

#[test]
fn certifications_give_the_points_of_the_official_examples() {
    for example in &STEPS {
        let mut written = Script::of_a_known_partner();
        let linked = (day(example.as_of) - Duration::days(100)).to_string();
        for (people, certification) in example.people.iter().zip(example.certifications) {
            written.certify_each(people, certification, &linked);
        }
        let answer = written.ask(example.area, example.as_of, Basis::Live);
        let skilling = metric(&answer, example.track, "intermediate_certifications");
        assert_eq!(skilling["points_exact"], example.points_exact, "{}", example.name);
    }
}

#[test]
fn every_example_of_the_fixture_is_checked_or_excused() {
    let mut left: BTreeSet<String> = vectors().iter().map(|vector| text(&vector["id"])).collect();
    let known = left.clone();
    let names = CHECKED.iter().map(|(name, _)| *name).chain(STEPS.iter().map(|example| example.name));
    for name in names.chain(EXCUSED.iter().map(|(name, _)| *name)) {
        let is_of_the_fixture = !name.contains(' ');
        assert!(!is_of_the_fixture || known.contains(name), "the fixture has no {name}");
        assert!(!is_of_the_fixture || left.remove(name), "{name} is named twice");
    }
    assert!(left.is_empty(), "neither checked nor excused: {left:?}");
    for (_, check) in CHECKED {
        check();
    }
}

#[test]
fn the_steps_of_the_fixture_are_those_of_the_table() {
    for vector in vectors().iter().filter(|vector| vector.get("steps").is_some()) {
        let name = text(&vector["id"]);
        let example = STEPS.iter().find(|example| example.name == name).expect("every example is in the table");
        for (step, people) in ["1", "2", "3"].into_iter().zip(example.people) {
            let letters: Vec<String> = people.chars().map(String::from).collect();
            assert_eq!(vector["steps"][step], json!(letters), "{name}");
        }
        let (n, d) = example.points_exact.split_once('/').expect("a fraction");
        let points: f64 = n.parse::<f64>().expect("a number") / d.parse::<f64>().expect("a number");
        assert!((vector["points"].as_f64().expect("points") - points).abs() < 0.005, "{name}");
    }
}

fn vectors() -> Vec<Value> {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/pcs-golden-vectors.json")).expect("JSON");
    fixture["vectors"].as_array().expect("a list").clone()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[test]
fn one_customer_more_gives_ten_points_of_thirty() {
    let mut written = Script::default();
    written.associate(1, "pal", None);
    written.report(1, "2023-08", "Storage", "acr_usd", "1000");
    let answer = written.ask("data_ai", "2023-09-30", Basis::Live);
    assert_eq!(metric(&answer, "single", "net_customer_adds")["points_exact"], "10/1");
    let later = written.ask("data_ai", "2023-10-31", Basis::Live);
    assert_eq!(metric(&later, "single", "net_customer_adds")["points_exact"], "0/1");
}

/// The two certification metrics of that screen are of a rule older than any of the rulebook.
fn data_ai_scorecard() {
    let mut written = Script::default();
    for customer in 0..439 {
        written.associate(customer, "pal", None);
        written.report(customer, "2023-09", &format!("Product {}", customer % 115), "acr_usd", "1000");
    }
    written.associate(439, "pal", None);
    written.report(439, "2022-05", "Product 0", "acr_usd", "1000000");
    written.report(439, "2023-05", "Product 0", "acr_usd", "1700100");
    let answer = written.ask("data_ai", "2023-09-30", Basis::Live);
    let adds = metric(&answer, "single", "net_customer_adds");
    assert_eq!((&adds["net"], &adds["points_exact"]), (&json!(439), &json!("30/1")));
    let deployments = metric(&answer, "single", "deployments");
    assert_eq!((&deployments["now"], &deployments["points_exact"]), (&json!(115), &json!("10/1")));
    let growth = metric(&answer, "single", "usage_growth");
    assert_eq!((&growth["percent"], &growth["points_exact"]), (&json!("11391/100"), &json!("20/1")));
}

fn security_71() {
    let mut written = Script::default();
    for customer in 0..4 {
        written.associate(customer, "cpor", Some("osu"));
        let users = if customer < 3 { "3463" } else { "1" };
        written.report(customer, "2023-12", "Intune", "paid_seats", "9000");
        written.report(customer, "2023-12", "Intune", "active_users", users);
    }
    for customer in 3..8 {
        written.associate(customer, "pal", None);
        let usd = if customer < 6 { "27000" } else { "1067.075" };
        written.report(customer, "2023-03", "Key Vault", "acr_usd", usd);
    }
    for code in ["AZ-500", "SC-200", "SC-300"] {
        written.certify_each("AB", code, "2023-11-01");
    }
    let answer = written.ask("security", "2024-01-20", Basis::Live);
    assert_eq!((&answer["points"], &answer["points_exact"]), (&json!(71.33), &json!("214/3")));
    assert_eq!(metric(&answer, "single", "net_customer_adds")["net"], 9);
    assert_eq!(metric(&answer, "single", "intermediate_certifications")["points_exact"], "40/3");
    assert_eq!(metric(&answer, "single", "usage_growth")["now"], json!({"azure": "83134.15", "m365": "10390"}));
}

fn modern_work_smb_78() {
    let mut written = Script::default();
    for customer in 0..10 {
        written.associate(customer, "csp", Some("direct_bill"));
        // Nine came deployed and only grew; one was not deployed when it came.
        let (first, last) = if customer == 0 { ("0", "200") } else { ("120", "320") };
        for (month, users) in [("2022-10", first), ("2023-09", last)] {
            written.report(customer, month, "Exchange", "paid_seats", "300");
            written.report(customer, month, "Exchange", "active_users", users);
        }
    }
    for code in ["MS-700", "MS-102"] {
        written.certify_each("AB", code, "2023-01-01");
    }
    let answer = written.ask("modern_work", "2023-09-30", Basis::Live);
    assert_eq!((&answer["track"], &answer["points_exact"]), (&json!("smb"), &json!("155/2")));
    assert_eq!(answer["qualified"], true);
    let deployments = metric(&answer, "smb", "deployments");
    assert_eq!((&deployments["points_exact"], &deployments["option"]), (&json!("5/2"), &json!("csp")));
}

/// Customers that had no users a year before, by association.
fn grown(seats: &str, users: &[(&str, Option<&str>, &str)]) -> Value {
    let mut written = Script::default();
    for (customer, (mechanism, role, users)) in users.iter().enumerate() {
        written.associate(customer, mechanism, *role);
        for (month, users) in [("2022-09", "0"), ("2023-09", *users)] {
            written.report(customer, month, "Teams", "paid_seats", seats);
            written.report(customer, month, "Teams", "active_users", users);
        }
    }
    written.ask("modern_work", "2023-09-30", Basis::Live)
}

fn modern_work_enterprise_growth() {
    let answer = grown("5000", &[("dpor", None, "2000"), ("cpor", Some("osu"), "1500")]);
    let growth = metric(&answer, "enterprise", "usage_growth");
    assert_eq!((&growth["points_exact"], &growth["option"]), (&json!("30/1"), &json!("cpor")));
    let answer = grown("5000", &[("dpor", None, "2000")]);
    assert_eq!(metric(&answer, "enterprise", "usage_growth")["points_exact"], "15/1");
}

fn modern_work_smb_growth() {
    let answer = grown("300", &[("csp", Some("indirect_reseller"), "1000"), ("cpor", Some("osu"), "1000")]);
    let growth = metric(&answer, "smb", "usage_growth");
    assert_eq!((&growth["points_exact"], &growth["option"]), (&json!("30/1"), &json!("cpor")));
    let answer = grown("300", &[("csp", Some("indirect_reseller"), "1000")]);
    assert_eq!(metric(&answer, "smb", "usage_growth")["points_exact"], "15/1");
}

fn modern_work_enterprise_deployments() {
    let (dpor, cpor) = (("dpor", None, "200"), ("cpor", Some("osu"), "200"));
    let answer = grown("301", &[dpor, dpor, dpor, dpor, cpor, cpor, cpor]);
    let deployments = metric(&answer, "enterprise", "deployments");
    assert_eq!((&deployments["points_exact"], &deployments["option"]), (&json!("15/1"), &json!("cpor")));
    let answer = grown("301", &[dpor, dpor, dpor, dpor]);
    assert_eq!(metric(&answer, "enterprise", "deployments")["points_exact"], "10/1");
}

fn modern_work_smb_deployments() {
    let (csp, cpor) = (("csp", Some("direct_bill"), "200"), ("cpor", Some("osu"), "200"));
    let answer = grown("300", &[csp, csp, csp, csp, cpor, cpor, cpor, cpor]);
    let deployments = metric(&answer, "smb", "deployments");
    assert_eq!((&deployments["points_exact"], &deployments["option"]), (&json!("20/1"), &json!("cpor")));
    let answer = grown("300", &[csp, csp, csp, csp]);
    assert_eq!(metric(&answer, "smb", "deployments")["points_exact"], "10/1");
}

fn business_applications_mcv() {
    let mut written = Script::default();
    written.associate(1, "pal", None);
    written.associate(1, "dpor", None);
    written.report(1, "2023-09", "Business Central", "active_units", "10");
    written.report(1, "2023-09", "Customer Insights", "active_units", "50000");
    let answer = written.ask("business_applications", "2023-09-30", Basis::Live);
    assert_eq!(metric(&answer, "smb", "usage_growth")["now"], "20000");
}

/// The net customer adds, as published on a day, of a partner whose only customer came on another.
fn published(added: &str, month: &str, as_of: &str) -> Value {
    let mut written = Script::default();
    written.associate_since(added, 1, "pal", None);
    written.report(1, month, "Storage", "acr_usd", "1000");
    let answer = written.ask("data_ai", as_of, Basis::Published);
    metric(&answer, "single", "net_customer_adds")["net"].clone()
}

fn refresh_new_customer() {
    assert_eq!(published("2023-03-25", "2023-03", "2023-04-19"), 0);
    assert_eq!(published("2023-03-25", "2023-03", "2023-04-20"), 1);
}

/// The page leaves open which of two refreshes; the month is over by the second alone.
fn refresh_new_customer_late() {
    assert_eq!(published("2023-04-15", "2023-04", "2023-04-20"), 0);
    assert_eq!(published("2023-04-15", "2023-04", "2023-05-20"), 1);
}
