//! A second, naive reading of the scoring specification, to compare the projection with.
//!
//! It is written from the specification alone, shares no code with the projection, and prefers the obvious to the
//! fast: every question starts from the raw entries, nothing is kept between two questions, all arithmetic is
//! rational. Its answers lack what is not scoring: `ledger`, `findings`, and the rulebook's `sha256`.

mod advice;
mod answer;
mod association;
mod azure;
mod business_applications;
mod calendar;
mod candidates;
mod days;
mod ends;
mod facts;
mod known;
mod levers;
mod modern_work;
mod plans;
mod reconcile;
mod rules;
mod scene;
mod security;
mod skilling;
mod suppliers;
mod timeline;
mod tracks;
mod turned;
mod usage;

#[cfg(test)]
mod tests;

pub use advice::advise;
pub use calendar::{Basis, Month, measured_month};
pub use candidates::doubt;
pub use days::Days;
pub use ends::ends;
pub use known::{anniversary, ground, reported_to, row_on, rules, said_of_carrying};
pub use plans::Wish;
pub use reconcile::{Reconciled, Shown, Standing, reconcile, screens, standing, standings, written};
pub use rules::{Rulebook, decimal};
pub use suppliers::gap;
pub use timeline::{Axis, assumed, carries_from_later, timeline};
pub use turned::Turned;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

/// The areas in the order of the answer.
pub const AREAS: [&str; 6] =
    ["data_ai", "infrastructure", "digital_app", "business_applications", "modern_work", "security"];

/// One call of `score`.
#[derive(Clone, Debug)]
pub struct Question {
    /// The global account to score.
    pub partner: String,
    /// The day, to its end, of the score.
    pub as_of: NaiveDate,
    /// An RFC 3339 instant, inclusive; without one, that of the newest entry.
    pub known_at: Option<String>,
    /// How the measured month follows from the day.
    pub basis: Basis,
    /// Whether unmeasured customers count as eligible.
    pub unmeasured_include: bool,
    /// The areas wanted; none means all six.
    pub areas: Vec<String>,
    /// What is taken to be known beyond the entries.
    pub beyond: Beyond,
}

/// What is taken to be known beyond the entries (interface, section 7).
#[derive(Clone, Debug, Default)]
pub struct Beyond {
    /// Whether figures are carried into later months.
    pub carries: bool,
    /// The last month whose reports count for what is carried.
    pub from: Option<Month>,
    /// Entries that are assumed behind those known.
    pub assumed: Vec<Value>,
}

/// Scores a partner from the exported entries, one object an area, in the order of [`AREAS`].
///
/// # Errors
///
/// `unknown_partner` when no entry of the partner is known at that instant, `before_program` when the day lies before
/// the programme's start. Anything else is a mistake of the caller: entries that are not canonical.
pub fn score(entries: &[Value], builtin_rulebook: &str, question: &Question) -> Result<Vec<Value>, String> {
    on_scenes(entries, builtin_rulebook, question, |scene, known_at| answer::area(scene, question, known_at))
}

/// The instant at which a question is asked; none of a ledger without entries.
fn known_at(entries: &[Value], question: &Question) -> Option<DateTime<Utc>> {
    question.known_at.as_deref().map(facts::instant).or_else(|| entries.last().map(facts::recorded_at))
}

fn on_scenes<T>(
    entries: &[Value],
    builtin_rulebook: &str,
    question: &Question,
    answer: impl Fn(&scene::Scene, DateTime<Utc>) -> T,
) -> Result<Vec<T>, String> {
    let Some(known_at) = known_at(entries, question) else { return Err("unknown_partner".to_owned()) };
    let mut known: Vec<&Value> = entries.iter().filter(|entry| facts::recorded_at(entry) <= known_at).collect();
    let own = facts::visible(&known, question.as_of);
    known.extend(&question.beyond.assumed);

    let visible = facts::visible(&known, question.as_of);
    let rulebook = rules::Rulebook::in_use(&visible, builtin_rulebook);
    if question.as_of < rulebook.program_start() {
        return Err("before_program".to_owned());
    }
    if !known.iter().any(|entry| entry["event"]["partner"] == question.partner.as_str()) {
        return Err("unknown_partner".to_owned());
    }
    let [of_partner, own] = [visible, own].map(|facts| {
        let facts = facts.into_iter().filter(|fact| fact.text("partner") == Some(&question.partner));
        facts.collect::<Vec<facts::Fact>>()
    });

    let wanted = |area: &&str| question.areas.is_empty() || question.areas.iter().any(|name| name == area);
    Ok(AREAS
        .into_iter()
        .filter(wanted)
        .map(|area| answer(&scene::Scene::new(&of_partner, &own, &rulebook, area, question), known_at))
        .collect())
}

/// An instant as the ledger writes it.
pub fn canonical_instant(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
