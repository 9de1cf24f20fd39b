//! When each certification counts, for many days at once.

use std::collections::BTreeMap;

use ledger::Date;

use crate::history::History;
use crate::holding::{Holding, Limit, limits};
use crate::rulebook::Rulebook;
use crate::standpoint::Cut;

/// The times in which certifications count, by code. The newest link of a person's certification decides, as in
/// [`super::skilling::held`].
#[derive(Debug, Default)]
pub(crate) struct Certified {
    by_code: BTreeMap<String, Vec<Time>>,
}

/// A time in which a certification of a person counts.
#[derive(Clone, Copy, Debug)]
struct Time {
    /// Which of the people.
    person: usize,
    start: Date,
    end_exclusive: Option<Date>,
}

impl Certified {
    /// The times of all links of a history.
    pub(crate) fn new(history: &History, rulebook: &Rulebook) -> Self {
        let mut certified = Self::default();
        for (person, (_, links)) in history.people(Cut::END).enumerate() {
            for holding in Holding::all(rulebook, links) {
                certified.add(rulebook, person, holding);
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

    /// Adds the time of a link, up to the day on which another or an unlinking takes its place; none of one that never
    /// counts.
    fn add(&mut self, rulebook: &Rulebook, person: usize, Holding { code, link, over }: Holding<'_>) {
        let ends: Option<Vec<Date>> = limits(rulebook, code, link).map(Limit::first_day).collect();
        let Some(ends) = ends else { return };
        let end_exclusive = ends.into_iter().chain(over.map(|over| over.at.date())).min();
        let time = Time { person, start: link.at.date(), end_exclusive };
        self.by_code.entry(code.to_owned()).or_default().push(time);
    }
}

impl Time {
    fn has(&self, day: Date) -> bool {
        self.start <= day && self.end_exclusive.is_none_or(|end| day < end)
    }
}
