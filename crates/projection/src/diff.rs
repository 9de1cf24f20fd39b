//! Why a score is another than it was.
//!
//! ```text
//! (from day, from K) ── entry by entry, as of the first day ──► (from day, to K) ── day by day ──► (to day, to K)
//!                       retraction, restatement,                                    rule_change, month_rolled,
//!                                                                                   not_reported,
//!                       late_fact, rule_change                                      expiry, enrolment_ended,
//!                                                                                   became_true
//! ```
//!
//! The way from one score to the other leads over standpoints that differ from the one before in a single cause. What a
//! cause contributes is the score behind it less the score before it. So contributions add up to the difference of the
//! ends, exactly, whatever the causes are (P8). They depend on the order, which is fixed: knowledge first, then time.

pub(crate) mod answer;
pub(crate) mod journey;
mod knowledge;
#[cfg(test)]
mod laws;
mod lives;
pub(crate) mod moves;
pub(crate) mod rulebooks;
mod sight;
#[cfg(test)]
pub(crate) mod tests;
mod time;
mod topic;
mod walk;
mod windows;

use std::collections::BTreeSet;

use ledger::{Area, Date, Entry};

use crate::history::{Carry, History};
use crate::points::Points;
use crate::question::{BeforeProgram, Question};
use crate::rulebook::{Metric, RulebookErrors};
use crate::score::answer::AreaScore;
use crate::score::score;
use answer::{AreaDiff, Diff, MetricDiff};
use journey::{Journey, Sources, Stop};
use moves::Retelling;
use walk::{Contributions, points_of};

/// Two questions about a partner, and the entries that they are asked of.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'e> {
    /// The partner's entries, in the order of their seq.
    pub entries: &'e [Entry],
    /// The entries that hold for all partners, in the order of their seq.
    pub shared: &'e [Entry],
    /// The earlier question, and how many entries of the ledger were known to whoever asked it.
    pub from: (Question, u64),
    /// The later question, and how many entries of the ledger were known to whoever asked it.
    pub to: (Question, u64),
    /// The areas, each once.
    pub areas: &'e [Area],
    /// How figures are carried, if they are.
    pub carry: Option<Carry>,
}

/// Why two scores cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiffError {
    /// The later day lies before the earlier one.
    #[error("the day {to} lies before {from}")]
    DaysReversed {
        /// The earlier day, as it was asked.
        from: Date,
        /// The later day, as it was asked.
        to: Date,
    },
    /// Less was known later.
    #[error("the number of entries known falls from {from} to {to}")]
    KnowledgeReversed {
        /// The number of entries known at first.
        from: u64,
        /// The number of entries known later.
        to: u64,
    },
    /// There is no score at one of the ends.
    #[error(transparent)]
    BeforeProgram(#[from] BeforeProgram),
    /// A rulebook that was in force on the way cannot be read.
    #[error("an adopted rulebook cannot be read")]
    Rulebook(#[from] RulebookErrors),
}

/// Tells why the scores of a partner changed from one question to another.
///
/// The questions should differ in their day alone. Where one of them asks for the units behind a score, it is told of each
/// contribution what moved the points.
///
/// # Errors
/// [`DiffError`]: ends in the wrong order, a day before the programme, a rulebook that does not load.
pub fn diff(comparison: &Comparison<'_>) -> Result<Diff, DiffError> {
    let Comparison { entries, shared, from: (from, known_from), to: (to, known_to), areas, carry } = *comparison;
    if to.as_of < from.as_of {
        return Err(DiffError::DaysReversed { from: from.as_of, to: to.as_of });
    }
    if known_to < known_from {
        return Err(DiffError::KnowledgeReversed { from: known_from, to: known_to });
    }
    let stops = [Stop { day: from.as_of, size: known_from }, Stop { day: to.as_of, size: known_to }];
    let begin = || {
        let mut history = History::fold(known(entries, known_from));
        if let Some(carry) = carry {
            history.carry(carry);
        }
        Journey::begin(history, Sources { entries, shared, stops: &stops }, from, areas)
    };
    let mut journey = begin()?;
    let [first_stop, last_stop] = stops;
    let first = journey.scores(areas);
    let mut becoming = journey.go_to(last_stop);
    if from.explain || to.explain {
        let gone = std::mem::replace(&mut journey, begin()?);
        journey.walk.retelling = Retelling::of(gone.walk.retelling);
        becoming = journey.go_to(last_stop);
    }
    let last = ends(&journey, areas, Question { explain: false, ..to }, last_stop)?;
    journey.walk.assert_arrived_at(&last);

    let (_, new) = known(entries, known_to).split_at(known(entries, known_from).len());
    let adopted = journey.rulebooks.new_entries(first_stop.size, last_stop.size);
    let moved: BTreeSet<u64> = new.iter().chain(adopted).map(|entry| entry.seq).chain(becoming).collect();
    let (_, mut contributions) = journey.arrive();
    let named: BTreeSet<u64> = contributions.values().flatten().flat_map(|one| one.entries.iter().copied()).collect();
    let without_effect = moved.difference(&named).copied().collect();
    let areas = first.into_iter().zip(last).map(|(first, last)| between(first, last, &mut contributions)).collect();
    Ok(Diff { areas, without_effect })
}

/// The entries known when the ledger had so many.
fn known(entries: &[Entry], size: u64) -> &[Entry] {
    entries.split_at(entries.partition_point(|entry| entry.seq < size)).0
}

/// The ordinary scores at the end.
fn ends(
    journey: &Journey<'_>,
    areas: &[Area],
    question: Question,
    stop: Stop,
) -> Result<Vec<AreaScore>, BeforeProgram> {
    let rulebook = journey.rulebooks.in_force(stop.size, question.as_of).rulebook;
    areas.iter().map(|area| score(&journey.history, rulebook, *area, &question)).collect()
}

/// What lies between two scores of an area.
fn between(from: AreaScore, to: AreaScore, contributions: &mut Contributions) -> AreaDiff {
    let (mut earlier, mut later) = (points_of(&from), points_of(&to));
    let metrics = Metric::ALL.iter().filter_map(|&metric| {
        let contributions = contributions.remove(&(to.area, metric)).unwrap_or_default();
        let (earlier, later) = (earlier.remove(&metric), later.remove(&metric));
        if earlier.is_none() && later.is_none() && contributions.is_empty() {
            return None;
        }
        let (from, to) = (earlier.unwrap_or_else(Points::zero), later.unwrap_or_else(Points::zero));
        Some(MetricDiff { metric, from, to, contributions })
    });
    let metrics = metrics.collect();
    AreaDiff { from, to, metrics }
}
