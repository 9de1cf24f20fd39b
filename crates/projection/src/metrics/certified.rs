//! When each certification counts, for many days at once.

use std::collections::BTreeMap;

use ledger::{Date, Timestamp};

use super::credit::Credit;
use crate::history::{Dated, History, Link};
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
            let mut open: BTreeMap<&str, &Dated<Link>> = BTreeMap::new();
            for link in links {
                let over = match &link.fact {
                    Link::Linked { certification, .. } => {
                        let code = rulebook.code_of(certification.as_str());
                        open.insert(code, link).map(|over| vec![(code, over)])
                    }
                    Link::Unlinked { certification: Some(certification) } => {
                        let code = rulebook.code_of(certification.as_str());
                        open.remove(code).map(|over| vec![(code, over)])
                    }
                    Link::Unlinked { certification: None } => Some(std::mem::take(&mut open).into_iter().collect()),
                };
                for (code, over) in over.into_iter().flatten() {
                    certified.add(rulebook, person, code, over, Some(link.at));
                }
            }
            for (code, link) in open {
                certified.add(rulebook, person, code, link, None);
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

    /// Adds the time of a link, up to the day on which another or an unlinking takes its place.
    fn add(&mut self, rulebook: &Rulebook, person: usize, code: &str, link: &Dated<Link>, until: Option<Timestamp>) {
        let Some(credit) = Credit::of(rulebook, link).filter(|credit| credit.retired_before().is_none()) else { return };
        let ends = credit.ends().chain(until.map(Timestamp::date));
        let time = Time { person, start: link.at.date(), end_exclusive: ends.min() };
        self.by_code.entry(code.to_owned()).or_default().push(time);
    }
}

impl Time {
    fn has(&self, day: Date) -> bool {
        self.start <= day && self.end_exclusive.is_none_or(|end| day < end)
    }
}
