//! Where a score is taken from: the day, apart for each of the things that depend on it.
//!
//! An ordinary question takes all of them from one day. Whoever goes from one day to another step by step moves
//! them one after the other.

use ledger::{Date, Month, Timestamp};

use crate::question::Question;
use crate::rulebook::Rulebook;

/// Where a score is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standpoint {
    /// The day whose rules hold.
    pub(crate) rules_on: Date,
    /// The last month of the measurement.
    pub(crate) measured: Month,
    /// The day on which a certification must not have ended.
    pub(crate) certified_on: Date,
    /// The day on which an enrolment must not have ended.
    pub(crate) enrolled_on: Date,
    /// Where the facts end that are seen.
    pub(crate) cut: Cut,
}

/// A place in the order of facts, by (`effective_at`, seq): what stands before it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cut(Timestamp, u64);

impl Standpoint {
    /// Where a question stands.
    pub(crate) fn of(question: Question, rulebook: &Rulebook) -> Self {
        let day = question.as_of;
        Self {
            rules_on: day,
            measured: question.basis.measured_month(day, rulebook),
            certified_on: day,
            enrolled_on: day,
            cut: Cut::end_of(day),
        }
    }
}

impl Cut {
    /// Behind every fact.
    pub(crate) const END: Self = Self(Timestamp::from_micros(i64::MAX), 0);

    /// Behind every fact of a day.
    pub(crate) fn end_of(day: Date) -> Self {
        Self(Timestamp::from_micros(Timestamp::end_of(day).micros() + 1), 0)
    }

    /// Behind one fact.
    pub(crate) fn behind(at: Timestamp, seq: u64) -> Self {
        Self(at, seq + 1)
    }

    /// Whether a fact is seen.
    pub(crate) fn shows(self, at: Timestamp, seq: u64) -> bool {
        (at, seq) < (self.0, self.1)
    }
}
