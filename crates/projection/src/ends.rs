//! What is known to end, and what its end takes from the score of an area.
//!
//! It is looked for day by day: what counts for the area on the eve and no longer does on the day. What an end takes is
//! the score of the day less the score that the day would have if that one thing still counted as on the eve.

mod credits;
mod turn;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, AssociationId, CustomerId, Date, Entry, PersonId, Segment, named};
use num_rational::BigRational;

use crate::desk::Desk;
use crate::diff::DiffError;
use crate::diff::rulebooks::Rulebooks;
use crate::history::History;
use crate::memory::Memory;
use crate::question::Question;
use crate::rulebook::Rulebook;
use turn::Turn;

/// The days in which ends are looked for, and what is known of them.
#[derive(Clone, Copy, Debug)]
pub struct Horizon<'e> {
    /// What is known of the partner, with figures carried if they are.
    pub history: &'e History,
    /// The entries that hold for all partners, in the order of their seq.
    pub shared: &'e [Entry],
    /// How scores are asked; its day is not read.
    pub question: Question,
    /// The day behind which something may end; not before the programme.
    pub from: Date,
    /// The last day on which something may end.
    pub until: Date,
}

/// Something that counts for an area up to a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The first day on which it does not count.
    pub day: Date,
    /// What ends.
    pub subject: EndSubject,
    /// The total of the area on the day, less what it would be if this one thing still counted as on the day before.
    pub points: BigRational,
    /// The entries that say so, ascending.
    pub entries: Vec<u64>,
}

/// What ends. The order is that in which ends of a day are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndSubject {
    /// A certification of a person expires, or is unlinked.
    Certification {
        /// The person.
        person: PersonId,
        /// The code.
        certification: String,
    },
    /// A certification ceases to count for everybody, by a row of the rulebook.
    Credit {
        /// The code.
        certification: String,
    },
    /// An association is no longer in force in the measured month.
    Association {
        /// Which.
        association: AssociationId,
        /// Its customer.
        customer: CustomerId,
    },
    /// An enrolment no longer holds its track.
    Enrolment {
        /// The track.
        track: Segment,
    },
    /// What a key of the rulebook says is another.
    Rules {
        /// The key.
        key: String,
    },
}

named! {
    /// The kind of what ends.
    EndKind {
        /// [`EndSubject::Certification`].
        Certification = "certification",
        /// [`EndSubject::Credit`].
        Credit = "credit",
        /// [`EndSubject::Association`].
        Association = "association",
        /// [`EndSubject::Enrolment`].
        Enrolment = "enrolment",
        /// [`EndSubject::Rules`].
        Rules = "rules",
    }
}

impl EndSubject {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> EndKind {
        match self {
            Self::Certification { .. } => EndKind::Certification,
            Self::Credit { .. } => EndKind::Credit,
            Self::Association { .. } => EndKind::Association,
            Self::Enrolment { .. } => EndKind::Enrolment,
            Self::Rules { .. } => EndKind::Rules,
        }
    }
}

/// What is computed by one rulebook.
struct Office<'e> {
    rulebook: &'e Rulebook,
    desk: Desk<'e>,
    /// What is kept of scores in which an association lasts longer than it does; of months behind its end nothing
    /// of its customer.
    lasting: RefCell<Memory>,
    /// The days on which rules may be others than on the day before.
    changes: BTreeSet<Date>,
}

impl Horizon<'_> {
    /// The ends of each area in the order of these, by day, then by what ends.
    ///
    /// # Errors
    /// [`DiffError`]: a day before the programme, a rulebook that does not load.
    pub fn ends(&self, areas: &[Area]) -> Result<Vec<Vec<End>>, DiffError> {
        let Self { history, shared, from, until, .. } = *self;
        let mut rulebooks = Rulebooks::of(shared);
        rulebooks.read((from, u64::MAX), (until, u64::MAX))?;
        let days = || from.iter_days().take_while(|day| *day <= until);
        let by_day: Vec<_> = days().map(|day| (day, rulebooks.in_force(u64::MAX, day))).collect();
        let mut offices: BTreeMap<Option<u64>, Office<'_>> = BTreeMap::new();
        for (_, rules) in &by_day {
            offices.entry(rules.adopted_by).or_insert_with(|| Office::of(history, rules.rulebook));
        }
        let office = |day: usize| by_day.get(day).and_then(|(_, rules)| offices.get(&rules.adopted_by));
        let books: Vec<(Date, &Rulebook)> = by_day.iter().map(|(day, rules)| (*day, rules.rulebook)).collect();
        let mut credits = credits::ends(history, &books);
        let mut all = vec![Vec::new(); areas.len()];
        for (nth, (day, _)) in by_day.iter().enumerate().skip(1) {
            let (Some(eve), Some(office), Some(eve_office)) =
                (by_day.get(nth - 1).map(|(eve, _)| *eve), office(nth), office(nth - 1))
            else {
                continue;
            };
            let credits = credits.remove(day).unwrap_or_default();
            for (area, ends) in areas.iter().zip(&mut all) {
                let turn = Turn {
                    history,
                    area: *area,
                    question: self.question,
                    eve,
                    day: *day,
                    before: eve_office,
                    after: office,
                    credits: &credits,
                };
                ends.append(&mut turn.ends()?);
            }
        }
        Ok(all)
    }
}

impl<'e> Office<'e> {
    fn of(history: &'e History, rulebook: &'e Rulebook) -> Self {
        let lasting = Memory { by_area: history.limits_churns(), classes: history.class_times(), ..Memory::default() };
        Self { rulebook, desk: Desk::new(history, rulebook), lasting: lasting.into(), changes: rulebook.change_days() }
    }
}

#[cfg(test)]
mod tests;
