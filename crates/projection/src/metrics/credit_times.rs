//! When each certification counts, for many days at once.

use std::collections::BTreeMap;

use ledger::Date;

use super::credit::{Credit, LinkSpan, spans};
use crate::history::History;
use crate::rulebook::Rulebook;
use crate::standpoint::Cut;

/// The times in which certifications count, by code. The newest link of a person's certification decides, as in
/// [`super::skilling::held`].
#[derive(Debug, Default)]
pub(crate) struct CreditTimes {
    by_code: BTreeMap<String, Vec<CreditTime>>,
}

/// A time in which a certification of a person counts.
#[derive(Clone, Copy, Debug)]
struct CreditTime {
    /// Which of the people.
    person: usize,
    start: Date,
    end_exclusive: Option<Date>,
}

impl CreditTimes {
    /// The times of all links of a history.
    pub(crate) fn new(history: &History, rulebook: &Rulebook) -> Self {
        let mut certified = Self::default();
        for (person, (_, links)) in history.people(Cut::END).enumerate() {
            for (code, spans) in spans(rulebook, links) {
                let times =
                    spans.into_iter().filter_map(|span| CreditTime::of(rulebook, person, span)).collect::<Vec<_>>();
                certified.by_code.entry(code.to_owned()).or_default().extend(times);
            }
        }
        certified
    }

    /// How many distinct people hold one of the certifications on a day.
    pub(crate) fn holders(&self, list: &[String], day: Date) -> usize {
        let times = list.iter().filter_map(|code| self.by_code.get(code)).flatten();
        let mut people: Vec<usize> = times.filter(|time| time.has(day)).map(|time| time.person).collect();
        people.sort_unstable();
        people.dedup();
        people.len()
    }

    /// The days on which a certification of anybody begins or ends to count.
    pub(crate) fn change_days(&self) -> impl Iterator<Item = Date> + '_ {
        let times = self.by_code.values().flatten();
        times.flat_map(|time| [Some(time.start), time.end_exclusive].into_iter().flatten())
    }
}

impl CreditTime {
    /// The time of a link, up to the day on which another or an unlinking takes its place.
    fn of(rulebook: &Rulebook, person: usize, (link, until): LinkSpan<'_>) -> Option<Self> {
        let credit = Credit::of(rulebook, link).filter(|credit| credit.retired_before().is_none())?;
        let ends = credit.ends().chain(until.map(|until| until.at.date()));
        Some(Self { person, start: link.at.date(), end_exclusive: ends.min() })
    }

    fn has(&self, day: Date) -> bool {
        self.start <= day && self.end_exclusive.is_none_or(|end| day < end)
    }
}
