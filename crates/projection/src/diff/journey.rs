//! A way over many stops: what was folded and computed up to one goes on to the next.

use std::collections::BTreeSet;

use ledger::{Area, Date, Entry, Timestamp};

use super::DiffError;
use super::knowledge::{Knowledge, Lesson, learn};
use super::lives::Lives;
use super::rulebooks::Rulebooks;
use super::sight::Waypoint;
use super::time::Passage;
use super::walk::{Contributions, Walk};
use crate::history::{History, Occurrence};
use crate::question::{BeforeProgram, Question};
use crate::score::answer::AreaScore;
use crate::standpoint::Standpoint;

/// A day, as it was known when the ledger had so many entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The day.
    pub day: Date,
    /// The number of entries of the ledger.
    pub size: u64,
}

/// What a way is made of.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'e> {
    /// The partner's entries that become known on the way, in the order of their seq; and all before them, where a
    /// retraction becomes known.
    pub(crate) entries: &'e [Entry],
    /// The entries that hold for all partners, in the order of their seq.
    pub(crate) shared: &'e [Entry],
    /// Where it begins, and where it leads; neither the day nor the size is ever less than before.
    pub(crate) stops: &'e [Stop],
}

/// A way that has come to a stop.
pub(crate) struct Journey<'e> {
    entries: &'e [Entry],
    pub(super) rulebooks: Rulebooks<'e>,
    pub(super) history: History,
    pub(super) walk: Walk,
    told: Knowledge<'e>,
    lives: Lives,
    /// The facts that become true on the days that follow, the next one last; none before they are asked for.
    coming: Option<Vec<Occurrence>>,
    question: Question,
    at: Stop,
    last_day: Date,
}

impl<'e> Journey<'e> {
    /// Begins at the first stop, as of which the history is known; the day of the question is not read.
    pub(crate) fn begin(
        history: History,
        sources: Sources<'e>,
        question: Question,
        areas: &[Area],
    ) -> Result<Self, DiffError> {
        let Sources { entries, shared, stops } = sources;
        let at = *stops.first().expect("a way begins somewhere");
        let mut rulebooks = Rulebooks::of(shared);
        rulebooks.read((at.day, at.size), (at.day, at.size))?;
        for way in stops.windows(2) {
            if let [from, to] = way {
                rulebooks.read((from.day, from.size), (to.day, to.size))?;
            }
        }
        for Stop { day, size } in stops.iter().copied() {
            let program_start = rulebooks.in_force(size, day).rulebook.program_start();
            if day < program_start {
                return Err(BeforeProgram { as_of: day, program_start }.into());
            }
        }
        let question = Question { as_of: at.day, ..question };
        let rulebook = rulebooks.in_force(at.size, at.day).rulebook;
        let standpoint = Standpoint::of(question, rulebook);
        let walk = Walk::from(areas, question, Waypoint { history: &history, rulebook, standpoint });
        Ok(Self {
            entries,
            rulebooks,
            history,
            walk,
            told: Knowledge::of(entries),
            lives: Lives::default(),
            coming: None,
            question,
            at,
            last_day: stops.last().map_or(at.day, |last| last.day),
        })
    }

    /// The scores at the stop, in the order of the areas.
    pub(crate) fn scores(&self, areas: &[Area]) -> Vec<AreaScore> {
        areas.iter().filter_map(|area| self.walk.score(*area, self.at.day)).collect()
    }

    /// The score of an area at the stop.
    pub(crate) fn score(&self, area: Area) -> Option<AreaScore> {
        self.walk.score(area, self.at.day)
    }

    /// The areas whose score was computed since this was last asked, and what changed it.
    pub(crate) fn arrive(&mut self) -> (BTreeSet<Area>, Contributions) {
        self.walk.arrive()
    }

    /// What is known of the partner at the stop.
    pub(crate) fn into_history(self) -> History {
        self.history
    }

    /// Goes on to a stop; returns the entries whose facts became true on the way.
    pub(crate) fn go_to(&mut self, stop: Stop) -> Vec<u64> {
        self.learn(stop.size);
        let mut becoming = Vec::new();
        let Self { rulebooks, history, walk, lives, question, at, .. } = self;
        let days = at.day.iter_days().skip(1).take_while(|day| *day <= stop.day);
        let rules = rulebooks.in_force(stop.size, at.day);
        let standpoint = Standpoint::of(*question, rules.rulebook);
        let left = Waypoint { history, rulebook: rules.rulebook, standpoint };
        let mut passage = Passage { walk, history, rules, standpoint, lives, left };
        for day in days {
            let coming = self.coming.get_or_insert_with(|| {
                let mut coming = history.occurrences(Timestamp::end_of(at.day), Timestamp::end_of(self.last_day));
                coming.reverse();
                coming
            });
            let today = coming.partition_point(|fact| fact.place().0 > Timestamp::end_of(day));
            let mut today = coming.split_off(today);
            today.reverse();
            passage.pass(day, question.basis, rulebooks.in_force(stop.size, day), &today);
            becoming.extend(today.iter().map(|fact| fact.place().1));
        }
        (self.at, self.question.as_of) = (stop, stop.day);
        becoming
    }

    /// Takes in the entries up to a size of the ledger.
    fn learn(&mut self, size: u64) {
        if size == self.at.size {
            return;
        }
        let below = |size| self.entries.partition_point(|entry| entry.seq < size);
        let new = self.entries.get(below(self.at.size)..below(size)).unwrap_or_default();
        let known = (self.at.size, size);
        let Self { rulebooks, history, walk, told, question, .. } = self;
        if new.is_empty() && rulebooks.new_entries(known.0, known.1).next().is_none() {
            return;
        }
        learn(walk, history, told, &Lesson { question: *question, known, new, rulebooks });
        (self.lives, self.coming) = (Lives::default(), None);
    }
}
