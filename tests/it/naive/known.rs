//! What a question stands on besides scores: the ledger, the rulebook, the newest reports, the anniversary.

use super::facts::{Fact, recorded_at, visible};
use super::rules::{Distinction, Rulebook};
use super::usage::figures;
use super::{Question, canonical_instant, known_at};
use crate::merkle;
use chrono::NaiveDate;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The entries that are known, without those that are assumed.
fn known<'e>(entries: &'e [Value], question: &Question) -> Vec<&'e Value> {
    let Some(known_at) = known_at(entries, question) else { return Vec::new() };
    entries.iter().filter(|entry| recorded_at(entry) <= known_at).collect()
}

/// The instant at which a question is asked, and the size and root of the tree that is known then.
pub fn ground(entries: &[Value], question: &Question) -> (String, Value) {
    let known = known(entries, question);
    let leaves: Vec<String> = known.iter().map(ToString::to_string).collect();
    let at = known_at(entries, question).expect("somebody is asked about");
    let root = merkle::root_in_base64(leaves.iter().map(String::as_str));
    (canonical_instant(at), json!({"size": known.len(), "root": root}))
}

/// The rulebook in use on the day of a question.
pub fn rules(entries: &[Value], builtin: &str, question: &Question) -> Rulebook {
    let mut known = known(entries, question);
    known.extend(&question.beyond.assumed);
    Rulebook::in_use(&visible(&known, question.as_of), builtin)
}

/// The newest month of each figure that has a visible report in the ledger itself, none later than the one to carry from.
pub fn reported_to(entries: &[Value], question: &Question) -> Value {
    let facts = visible(&known(entries, question), question.as_of);
    let own: Vec<Fact> = facts.into_iter().filter(|fact| fact.text("partner") == Some(&question.partner)).collect();
    let mut newest = json!({});
    for metric in ["acr_usd", "revenue_usd", "paid_seats", "active_users", "active_units"] {
        let months = figures(&own).into_iter().filter(|figure| figure.metric == metric).map(|figure| figure.month);
        let counted = months.filter(|month| question.beyond.from.is_none_or(|from| *month <= from));
        if let Some(month) = counted.max() {
            newest[metric] = json!(month.to_string());
        }
    }
    newest
}

/// The fields by which an answer says how figures are carried.
pub fn said_of_carrying(question: &Question) -> Vec<(&'static str, Value)> {
    let carry = if question.beyond.carries { "last" } else { "none" };
    let from = question.beyond.from.map(|from| ("carry_from", json!(from.to_string())));
    [("carry", json!(carry))].into_iter().chain(from).collect()
}

/// The anniversary of the newest visible enrolment in an area.
pub fn anniversary(entries: &[Value], question: &Question, area: &str) -> Option<NaiveDate> {
    let mut known = known(entries, question);
    known.extend(&question.beyond.assumed);
    let facts = visible(&known, question.as_of);
    let is_it = |fact: &&Fact| {
        fact.kind() == "designation_enrolled"
            && fact.text("partner") == Some(&question.partner)
            && fact.text("area") == Some(area)
    };
    facts.iter().rfind(is_it)?.date("anniversary")
}

/// The row without a key that a rulebook has for a day, as a table, with its notes.
pub fn row_on(rulebook: &Rulebook, kind: &str, day: NaiveDate) -> (toml::Table, BTreeSet<&'static str>) {
    let chosen = rulebook.row_at(kind, "", Distinction::KeyAlone, day).expect("there is a row");
    (chosen.row.table().clone(), chosen.notes)
}
