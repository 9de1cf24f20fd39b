//! Events of which one thing is many: retractions, associations of one customer, links of one person, and others.

use super::chance::chance;

/// A thing that can be many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thing {
    /// What is many.
    pub(crate) name: &'static str,
    lines: fn(u64) -> Vec<String>,
}

/// The things, each with the events in which it is many.
pub(crate) const THINGS: &[Thing] = &[
    Thing { name: "facts, each retracted", lines: retracted },
    Thing { name: "retractions of retractions", lines: chain },
    Thing { name: "retractions of one fact", lines: retracted_again },
    Thing { name: "associations of one customer", lines: associations },
    Thing { name: "associations and subscriptions of one customer", lines: subscriptions },
    Thing { name: "associations that cover the same", lines: covering },
    Thing { name: "churns of one customer", lines: |count| churns(count, "") },
    Thing { name: "churns that are limited to an area", lines: |count| churns(count, r#","areas":["security"]"#) },
    Thing { name: "steps of one association", lines: steps },
    Thing { name: "ends of unknown associations", lines: ends },
    Thing { name: "customers", lines: customers },
    Thing { name: "classes of one customer", lines: |count| classes(count, true) },
    Thing { name: "classes of customers", lines: |count| classes(count, false) },
    Thing { name: "products of one customer", lines: products },
    Thing { name: "restatements of one figure", lines: restatements },
    Thing { name: "people", lines: |count| links(count, false) },
    Thing { name: "links of one person", lines: |count| links(count, true) },
    Thing { name: "unlinkings of one person", lines: unlinkings },
    Thing { name: "certifications earned and linked", lines: earned },
    Thing { name: "enrolments in one area", lines: enrolments },
    Thing { name: "users and seats of customers", lines: seats },
    Thing { name: "CSP subscriptions of a customer that left", lines: left },
    Thing { name: "partners that claim one subscription", lines: claims },
    Thing { name: "partners of one person", lines: shared_person },
];

impl Thing {
    /// The lines of so many events.
    pub(crate) fn lines(self, count: u64) -> Vec<String> {
        (self.lines)(count)
    }
}

/// A random id that follows from numbers.
fn id(of: &[u64]) -> String {
    let half = |which| u128::from(chance(&[of, &[which]].concat()));
    uuid::Builder::from_random_bytes(((half(1) << 64) | half(2)).to_be_bytes()).into_uuid().to_string()
}

/// The customer of those things that have one.
fn customer(number: u64) -> String {
    format!(r#""customer":"{}""#, id(&[7, number]))
}

/// A day of twenty-eight months, each of another day.
fn day(nth: u64) -> String {
    format!("{}-{:02}", month(nth), 1 + nth % 28)
}

fn month(nth: u64) -> String {
    let months = 9 + nth % 28;
    format!("{}-{:02}", 2022 + months / 12, months % 12 + 1)
}

/// So many events of a partner, with their ids and what is told; the first has this number.
fn each(count: u64, first: u64, event: impl Fn(u64) -> String) -> Vec<String> {
    (0..count).map(|nth| format!(r#"{{"id":"{}","partner":"1",{}}}"#, id(&[1, first + nth]), event(nth))).collect()
}

/// Twice half of the events.
fn halves(count: u64, one: impl Fn(u64) -> String, other: impl Fn(u64) -> String) -> Vec<String> {
    let half = count / 2;
    [each(half, 0, one), each(half, half, other)].concat()
}

/// Events of two kinds by turns.
fn turns(count: u64, one: impl Fn(u64) -> String, other: impl Fn(u64) -> String) -> Vec<String> {
    each(count, 0, |nth| if nth % 2 == 0 { one(nth / 2) } else { other(nth / 2) })
}

fn accepted(day: &str, association: u64, customer: &str, terms: &str) -> String {
    let association = id(&[2, association]);
    format!(r#""type":"association_accepted","effective_at":"{day}","association":"{association}",{customer},{terms}"#)
}

fn used(month: &str, customer: &str, product: &str, value: u64, subscription: &str) -> String {
    format!(
        r#""type":"usage_reported","month":"{month}",{customer},"product":"{product}","metric":"acr_usd","value":"{value}"{subscription}"#
    )
}

fn taken_back(event: u64) -> String {
    format!(r#""type":"event_retracted","effective_at":"2025-01-02","event":"{}","reason":"wrong""#, id(&[1, event]))
}

fn linked(day: &str, person: u64, code: &str) -> String {
    format!(r#""type":"certification_linked","effective_at":"{day}","person":"p{person}","certification":"{code}""#)
}

const CSP: &str = r#""mechanism":"csp","role":"direct_bill""#;
const CODES: [&str; 6] = ["AZ-104", "AZ-305", "AZ-900", "DP-203", "MS-102", "AZ-400"];

fn code(nth: u64) -> &'static str {
    CODES.get(usize::try_from(nth % 6).unwrap_or_default()).copied().unwrap_or_default()
}

fn retracted(count: u64) -> Vec<String> {
    halves(count, |nth| used(&month(nth), &customer(0), &format!("product {nth}"), 5, ""), taken_back)
}

fn classified(day: &str, customer: &str, segment: &str) -> String {
    format!(r#""type":"customer_classified","effective_at":"{day}",{customer},"segment":"{segment}""#)
}

fn chain(count: u64) -> Vec<String> {
    let first = classified("2023-01-01", &customer(0), "smb");
    each(count, 0, |nth| nth.checked_sub(1).map_or_else(|| first.clone(), taken_back))
}

fn retracted_again(count: u64) -> Vec<String> {
    let first = classified("2023-01-01", &customer(0), "smb");
    each(count, 0, |nth| if nth == 0 { first.clone() } else { taken_back(0) })
}

fn dpor(nth: u64) -> String {
    format!(r#""mechanism":"dpor","subscription":"s{nth}""#)
}

fn associations(count: u64) -> Vec<String> {
    let figures = 200.min(count / 2);
    let accepted = each(count - figures, 0, |nth| accepted(&day(nth), nth, &customer(0), &dpor(nth)));
    let figure =
        |nth| used(&month(nth), &customer(0), "Virtual Machines", 2000, &format!(r#","subscription":"s{nth}""#));
    [accepted, each(figures, count, figure)].concat()
}

fn subscriptions(count: u64) -> Vec<String> {
    let accepted = |nth| accepted("2023-01-01", nth, &customer(0), &dpor(nth));
    let figure = |nth| used("2025-02", &customer(0), "Virtual Machines", 2, &format!(r#","subscription":"s{nth}""#));
    halves(count, accepted, figure)
}

fn covering(count: u64) -> Vec<String> {
    let accepted = |nth| accepted(&day(nth), nth, &customer(0), &format!(r#""mechanism":"pal","principal":"p{nth}""#));
    halves(count, accepted, |nth| used(&month(nth), &customer(0), &format!("product {nth}"), 2, ""))
}

fn earned(count: u64) -> Vec<String> {
    let earned = |nth| {
        let (day, person, code) = (day(nth), nth / 2, code(nth));
        format!(
            r#""type":"certification_earned","effective_at":"{day}","person":"p{person}","certification":"{code}","earned_on":"{day}","expires_on":"2030-01-01""#
        )
    };
    halves(count, earned, |nth| linked(&day(nth), nth, code(nth)))
}

fn enrolments(count: u64) -> Vec<String> {
    each(count, 0, |nth| {
        let (day, track) = (day(nth), if nth % 2 == 0 { "smb" } else { "enterprise" });
        format!(
            r#""type":"designation_enrolled","effective_at":"{day}","area":"infrastructure","anniversary":"2030-01-01","track":"{track}""#
        )
    })
}

fn seats(count: u64) -> Vec<String> {
    let figure =
        |nth, metric: &str, value| used(&month(nth), &customer(nth), "Teams", value, "").replace("acr_usd", metric);
    halves(count, |nth| figure(nth, "active_users", 12), |nth| figure(nth, "paid_seats", 10 + nth % 5))
}

fn left(count: u64) -> Vec<String> {
    let terms = |nth| format!(r#"{CSP},"subscription":"s{nth}""#);
    let churned = format!(r#""type":"customer_churned","effective_at":"2024-06-01",{}"#, customer(0));
    let accepted = |nth: u64| match nth.checked_sub(1) {
        Some(nth) => accepted("2023-01-01", nth, &customer(0), &terms(nth)),
        None => churned.clone(),
    };
    let figure = |nth| used("2025-02", &customer(0), "Storage", 2, &format!(r#","subscription":"s{nth}""#));
    halves(count, accepted, figure)
}

fn churns(count: u64, areas: &str) -> Vec<String> {
    let churned =
        |nth: u64| format!(r#""type":"customer_churned","effective_at":"{}",{}{areas}"#, day(nth + 1), customer(0));
    turns(count, |nth| accepted(&day(nth), nth, &customer(0), CSP), churned)
}

fn steps(count: u64) -> Vec<String> {
    turns(count, |nth| accepted(&day(nth), 0, &customer(0), CSP), |nth| revoked(nth, 0))
}

fn revoked(nth: u64, association: u64) -> String {
    let association = id(&[2, association]);
    format!(r#""type":"association_revoked","effective_at":"{}","association":"{association}""#, day(nth))
}

fn ends(count: u64) -> Vec<String> {
    each(count, 0, |nth| revoked(nth, nth))
}

fn customers(count: u64) -> Vec<String> {
    let figure =
        |nth| used(if nth % 2 == 0 { "2025-02" } else { "2024-02" }, &customer(nth), "Virtual Machines", 1500, "");
    turns(count, |nth| accepted(&day(nth), nth, &customer(nth), CSP), figure)
}

fn classes(count: u64, is_one: bool) -> Vec<String> {
    let whose = |nth: u64| customer(if is_one { 0 } else { nth });
    let segment = |nth: u64| if nth.is_multiple_of(3) { "smb" } else { "enterprise" };
    turns(
        count,
        |nth| accepted(&day(nth), nth, &whose(nth), CSP),
        |nth| classified(&day(nth * 3), &whose(nth), segment(nth)),
    )
}

fn products(count: u64) -> Vec<String> {
    let figure = |nth| used(&month(nth), &customer(0), &format!("product {nth}"), 12, "");
    each(count, 0, |nth| if nth == 0 { accepted("2022-10-10", 0, &customer(0), CSP) } else { figure(nth) })
}

fn restatements(count: u64) -> Vec<String> {
    each(count, 0, |nth| used("2025-02", &customer(0), "Virtual Machines", nth, ""))
}

fn links(count: u64, is_one: bool) -> Vec<String> {
    each(count, 0, |nth| linked(&day(nth), if is_one { 0 } else { nth }, code(nth)))
}

fn unlinkings(count: u64) -> Vec<String> {
    let unlinked = |nth: u64| format!(r#""type":"certification_unlinked","effective_at":"{}","person":"p0""#, day(nth));
    halves(count, |nth| linked(&day(nth), 0, &format!("C-{nth}")), unlinked)
}

fn of_partners(count: u64, event: impl Fn(u64) -> String) -> Vec<String> {
    let line = |nth| format!(r#"{{"id":"{}","partner":"{}",{}}}"#, id(&[1, nth]), nth + 1, event(nth));
    (0..count).map(line).collect()
}

fn claims(count: u64) -> Vec<String> {
    of_partners(count, |nth| accepted("2023-01-01", nth, &customer(0), &dpor(0)))
}

fn shared_person(count: u64) -> Vec<String> {
    of_partners(count, |nth| linked(&day(nth), 0, code(nth)))
}
