//! Which events are visible at a day and an instant, and in which order (section 1).

use super::calendar::end_of;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A visible event with its sequence number.
#[derive(Clone, Copy, Debug)]
pub struct Fact<'a> {
    pub seq: u64,
    event: &'a Value,
}

impl<'a> Fact<'a> {
    /// The event as it is written.
    pub fn event(&self) -> &'a Value {
        self.event
    }

    /// The event's type.
    pub fn kind(&self) -> &'a str {
        self.text("type").expect("every event has a type")
    }

    /// A field, where it is present.
    pub fn text(&self, field: &str) -> Option<&'a str> {
        self.event.get(field).and_then(Value::as_str)
    }

    /// A field that holds a UUID; UUIDs are compared by value.
    pub fn uuid(&self, field: &str) -> Option<Uuid> {
        self.text(field).map(|text| Uuid::parse_str(text).expect("a UUID"))
    }

    /// A field that holds a date.
    pub fn date(&self, field: &str) -> Option<NaiveDate> {
        self.text(field).map(|text| text.parse().expect("a date is YYYY-MM-DD"))
    }

    /// A field that holds a list of texts.
    pub fn texts(&self, field: &str) -> Option<Vec<&'a str>> {
        let list = self.event.get(field)?.as_array()?;
        Some(list.iter().filter_map(Value::as_str).collect())
    }

    /// When the fact became true. Usage reports have a month instead.
    pub fn effective_at(&self) -> DateTime<Utc> {
        instant(self.text("effective_at").expect("every kind but usage_reported has effective_at"))
    }
}

/// Reads an RFC 3339 instant.
pub fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("an RFC 3339 instant").with_timezone(&Utc)
}

/// When the ledger accepted an entry.
pub fn recorded_at(entry: &Value) -> DateTime<Utc> {
    instant(entry["recorded_at"].as_str().expect("every entry has recorded_at"))
}

/// The visible events among those known, of all partners: first the usage reports by sequence, then the others by
/// (`effective_at`, sequence).
pub fn visible<'a>(known: &[&'a Value], as_of: NaiveDate) -> Vec<Fact<'a>> {
    let facts: Vec<Fact<'a>> = known
        .iter()
        .map(|entry| Fact { seq: entry["seq"].as_u64().expect("every entry has seq"), event: &entry["event"] })
        .collect();
    let retracted = retracted(&facts);
    let mut visible: Vec<Fact<'a>> = facts
        .into_iter()
        .filter(|fact| !retracted.contains(&fact.uuid("id").expect("every event has an id")))
        .filter(|fact| match fact.kind() {
            "usage_reported" | "event_retracted" => true,
            _ => fact.effective_at() < end_of(as_of),
        })
        .collect();
    visible.sort_by_cached_key(|fact| match fact.kind() {
        "usage_reported" => (None, fact.seq),
        _ => (Some(fact.effective_at()), fact.seq),
    });
    visible
}

/// The ids of the retracted events: from the highest sequence to the lowest, a retraction that still stands when its
/// turn comes retracts the event that it names.
fn retracted(facts: &[Fact]) -> BTreeSet<Uuid> {
    let mut newest_first: Vec<&Fact> = facts.iter().collect();
    newest_first.sort_by_key(|fact| std::cmp::Reverse(fact.seq));
    let mut retracted = BTreeSet::new();
    for fact in newest_first {
        let stands = !retracted.contains(&fact.uuid("id").expect("every event has an id"));
        if fact.kind() == "event_retracted" && stands {
            retracted.insert(fact.uuid("event").expect("a retraction names an event"));
        }
    }
    retracted
}
