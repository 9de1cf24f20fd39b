//! Events before the ledger has them.

use super::dice::Dice;
use super::stage::Stage;
use crate::naive::Month;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::{Map, Value, json};

/// An event in canonical form, and when the world knew it.
#[derive(Clone)]
pub struct Draft {
    pub event: Value,
    pub known_in_the_world: DateTime<Utc>,
    /// The id of the request that the ledger must hold before this acceptance, because details are left out.
    pub after: Option<String>,
}

impl Draft {
    /// A text field of the event.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.event.get(field).and_then(Value::as_str)
    }
}

/// The fields that a type has of its own, in their order.
#[derive(Clone, Default)]
pub struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// Appends a field.
    pub fn with(mut self, field: &'static str, value: impl Into<Value>) -> Fields {
        self.0.push((field, value.into()));
        self
    }

    /// Appends a field, where there is a value.
    pub fn with_some(self, field: &'static str, value: Option<impl Into<Value>>) -> Fields {
        match value {
            Some(value) => self.with(field, value),
            None => self,
        }
    }
}

/// An event of any kind but usage.
pub fn dated(dice: &mut Dice, kind: &str, partner: Option<&str>, at: DateTime<Utc>, own: Fields) -> Draft {
    let time = ("effective_at", json!(canonical(at)));
    Draft { event: assemble(dice, kind, partner, time, own), known_in_the_world: at, after: None }
}

/// A usage report.
pub fn usage(dice: &mut Dice, partner: &str, month: Month, own: Fields) -> Draft {
    let time = ("month", json!(month.to_string()));
    let known = dice.instant_on(month.last_day() + Duration::days(20));
    let event = assemble(dice, "usage_reported", Some(partner), time, own);
    Draft { event, known_in_the_world: known, after: None }
}

fn assemble(dice: &mut Dice, kind: &str, partner: Option<&str>, time: (&str, Value), own: Fields) -> Value {
    let mut event = Map::new();
    event.insert("id".to_owned(), json!(dice.uuid()));
    event.insert("type".to_owned(), json!(kind));
    if let Some(partner) = partner {
        event.insert("partner".to_owned(), json!(partner));
    }
    if dice.chance(5) {
        event.insert("location".to_owned(), json!("6034454"));
    }
    event.insert(time.0.to_owned(), time.1);
    for (field, value) in own.0 {
        event.insert(field.to_owned(), value);
    }
    if dice.chance(3) {
        event.insert("note".to_owned(), json!("seen in the \"monthly\" report\n\u{1}ß"));
    }
    if dice.chance(3) {
        event.insert("source".to_owned(), json!("report 7/2"));
    }
    Value::Object(event)
}

/// An instant in canonical form.
pub fn canonical(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// A value in canonical form, from millionths.
pub fn value(millionths: i128) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let digits = millionths.unsigned_abs();
    let (whole, fraction) = (digits / 1_000_000, format!("{:06}", digits % 1_000_000));
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// Millionths in one.
pub const ONE: i128 = 1_000_000;

/// A value at a threshold, or one unit or one millionth beside it.
pub fn near(dice: &mut Dice, threshold: i128) -> i128 {
    threshold * ONE + dice.pick(&[0, 0, 0, 1, -1, ONE, -ONE])
}

/// An instant in or beside a month, often at its borders.
pub fn moment(dice: &mut Dice, month: Month) -> DateTime<Utc> {
    let first = month.first_day().and_hms_opt(0, 0, 0).expect("midnight exists").and_utc();
    let micro = Duration::microseconds(1);
    match dice.below(7) {
        0 => first,
        1 => first - micro,
        2 => month.last_instant(),
        3 => month.last_instant() + micro,
        4 => first + micro,
        _ => {
            let days = dice.range(0, 27);
            dice.instant_on(month.first_day() + Duration::days(days))
        }
    }
}

/// A letter case of a name: as it is, or another.
pub fn spelling(dice: &mut Dice, name: &str) -> String {
    match dice.below(10) {
        0 => name.to_ascii_uppercase(),
        1 => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    }
}

/// A day so many days from the day of the stage.
pub fn day_near(stage: &Stage, days: i64) -> NaiveDate {
    stage.day + Duration::days(days)
}
