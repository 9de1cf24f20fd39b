//! Answers day by day. They are computed anew on each day on which anything can have changed: a date that stands in an
//! event or in a rulebook, the day behind it, the day on which a certification expires by itself, and the edges of months.

use super::facts::recorded_at;
use super::{Question, canonical_instant, score};
use chrono::{DateTime, Datelike, Days as Count, Duration, NaiveDate, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The answers about one area.
pub struct Days<'d> {
    entries: &'d [Value],
    builtin: &'d str,
    question: Question,
    /// Whether each day is asked as it was known at its own end.
    known_then: bool,
    breaks: BTreeSet<NaiveDate>,
    found: BTreeMap<NaiveDate, Result<Value, String>>,
}

impl<'d> Days<'d> {
    /// Those to a question about one area, whose day is not read.
    pub fn new(entries: &'d [Value], builtin: &'d str, question: Question, known_then: bool) -> Days<'d> {
        assert_eq!(question.areas.len(), 1, "one area");
        let mut breaks = BTreeSet::new();
        for entry in entries.iter().chain(&question.beyond.assumed) {
            breaks.insert(recorded_at(entry).date_naive());
            let event = &entry["event"];
            let texts = event.as_object().expect("an object").values().filter_map(Value::as_str);
            let dates: Vec<NaiveDate> = texts.flat_map(dates).collect();
            if event["type"] == "certification_linked" {
                let years = |day: &NaiveDate| (1..=3).map(|years| years_after(*day, years)).collect::<Vec<_>>();
                breaks.extend(dates.iter().flat_map(years).flat_map(with_next));
            }
            breaks.extend(dates.into_iter().flat_map(with_next));
        }
        breaks.extend(dates(builtin).into_iter().flat_map(with_next));
        Days { entries, builtin, question, known_then, breaks, found: BTreeMap::new() }
    }

    /// Whether anything can be another than on the day before.
    pub fn may_change(&self, day: NaiveDate) -> bool {
        // Reports are refreshed on the 20th, or a day later.
        [1, 20, 21].contains(&day.day()) || (day + Count::new(1)).day() == 1 || self.breaks.contains(&day)
    }

    /// The question on a day.
    pub fn question(&self, day: NaiveDate) -> Question {
        let at_end = self.known_then.then(|| canonical_instant(at_end_of(day)));
        let known_at = at_end.or_else(|| self.question.known_at.clone());
        Question { as_of: day, known_at, ..self.question.clone() }
    }

    /// The first of the days up to a day on which nothing changes.
    pub fn first_alike(&self, day: NaiveDate) -> NaiveDate {
        let mut first = day;
        while !self.may_change(first) {
            first = first - Count::new(1);
        }
        first
    }

    /// The answer about a day, with the dates of the first day that has the same.
    pub fn on(&mut self, day: NaiveDate) -> &Result<Value, String> {
        let first = self.first_alike(day);
        let question = self.question(first);
        self.found
            .entry(first)
            .or_insert_with(|| score(self.entries, self.builtin, &question).map(|mut areas| areas.swap_remove(0)))
    }
}

/// The last instant of a day; instants have microseconds.
pub fn at_end_of(day: NaiveDate) -> DateTime<Utc> {
    (day + Count::new(1)).and_hms_opt(0, 0, 0).expect("midnight exists").and_utc() - Duration::microseconds(1)
}

fn with_next(day: NaiveDate) -> [NaiveDate; 2] {
    [day, day + Count::new(1)]
}

fn years_after(day: NaiveDate, years: i32) -> NaiveDate {
    let year = day.year() + years;
    day.with_year(year).unwrap_or_else(|| NaiveDate::from_ymd_opt(year, 2, 28).expect("28 February exists"))
}

/// The dates that stand in a text.
fn dates(text: &str) -> Vec<NaiveDate> {
    let words = text.split(|letter: char| !letter.is_ascii_digit() && letter != '-');
    words.filter(|word| word.len() == 10).filter_map(|word| word.parse().ok()).collect()
}
