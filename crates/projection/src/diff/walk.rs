//! The way from one score to another: the points after each step, and what each step changed.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, Date};
use num_traits::Zero;

use super::answer::{Cause, Contribution, Moment};
use super::moves::{FigureMove, Retelling};
use super::sight::{Reach, Sight, Waypoint};
use crate::points::Points;
use crate::question::Question;
use crate::rulebook::Metric;
use crate::score::answer::AreaScore;

/// The points of an area's metrics.
pub(super) type MetricPoints = BTreeMap<Metric, Points>;

/// What changed the points of the metrics, in the order in which it was taken into account.
pub(crate) type Contributions = BTreeMap<(Area, Metric), Vec<Contribution>>;

/// A way on which steps are taken.
pub(super) struct Walk {
    question: Question,
    /// The scores at the place that was reached.
    scores: BTreeMap<Area, AreaScore>,
    /// The areas that were scored.
    touched: BTreeSet<Area>,
    contributions: Contributions,
    /// What was computed for the steps before.
    pub(super) sight: Sight,
    /// Of which steps it is told what moved the points.
    pub(super) retelling: Retelling,
}

/// A single cause that leads from one place to the next.
pub(super) struct Leg<'s> {
    /// Why it changes the points of a metric of an area.
    pub(super) cause: &'s dyn Fn(Area, Metric) -> Cause,
    pub(super) when: Moment,
    /// What it may change, if anything.
    pub(super) reach: Option<Reach>,
    /// The areas whose score it may change.
    pub(super) areas: &'s [Area],
    /// What it is about and the entries behind it, for a metric of an area whose points it changes.
    pub(super) because: &'s dyn Fn(Area, Metric) -> (String, Vec<u64>),
    /// The figures that become others by it, where that is told.
    pub(super) figures: &'s [FigureMove],
}

impl Walk {
    /// Begins at the scores of a question, taken from its place.
    pub(super) fn from(areas: &[Area], question: Question, place: Waypoint<'_>) -> Self {
        let question = Question { explain: false, ..question };
        let (mut sight, mut scores) = (Sight::from(place), BTreeMap::new());
        sight.each_score(place, Reach::Usage, question, areas.iter().copied(), &mut |score| {
            scores.insert(score.area, score);
        });
        let touched = scores.keys().copied().collect();
        Self { question, scores, touched, contributions: BTreeMap::new(), sight, retelling: Retelling::default() }
    }

    /// The score of an area at the place that was reached, as of a day.
    pub(super) fn score(&self, area: Area, as_of: Date) -> Option<AreaScore> {
        self.scores.get(&area).map(|score| AreaScore { as_of, ..score.clone() })
    }

    /// The areas that are scored.
    pub(super) fn areas(&self) -> impl Iterator<Item = Area> {
        self.scores.keys().copied()
    }

    /// Looks at the place that the next step leaves, if it is told what moves the points there.
    pub(super) fn leave(&mut self, place: Waypoint<'_>) {
        self.retelling.leave(place, self.question);
    }

    /// Goes to a place, and keeps what changed.
    pub(super) fn step(&mut self, place: Waypoint<'_>, step: &Leg<'_>) {
        if let Some(reach) = step.reach {
            self.take(place, step, reach);
        }
        self.retelling.arrive();
        #[cfg(test)]
        self.assert_is_at(place);
    }

    fn take(&mut self, place: Waypoint<'_>, step: &Leg<'_>, reach: Reach) {
        let Self { question, scores, touched, contributions, sight, retelling } = self;
        let areas: Vec<Area> = scores.keys().copied().filter(|area| step.areas.contains(area)).collect();
        if areas.is_empty() {
            return;
        }
        sight.each_score(place, reach, *question, areas.into_iter(), &mut |score| {
            let (area, points) = (score.area, points_of(&score));
            touched.insert(area);
            let Some(before) = scores.insert(area, score).map(|before| points_of(&before)) else { return };
            let metrics: BTreeSet<Metric> = before.keys().chain(points.keys()).copied().collect();
            for metric in metrics {
                let value = |points: &MetricPoints| points.get(&metric).cloned().unwrap_or_else(Points::zero);
                let change = value(&before).missing_to(&value(&points));
                if change.is_zero() {
                    continue;
                }
                let (subject, mut entries) = (step.because)(area, metric);
                entries.sort_unstable();
                entries.dedup();
                let (cause, when) = ((step.cause)(area, metric), step.when);
                let moves = retelling.moves(place, *question, (area, metric, &change), step.figures);
                let contribution = Contribution { cause, when, subject, entries, points: change, moves };
                contributions.entry((area, metric)).or_default().push(contribution);
            }
        });
    }

    /// Asserts that what is kept from step to step is what is computed anew.
    #[cfg(test)]
    fn assert_is_at(&self, place: Waypoint<'_>) {
        for (area, reached) in &self.scores {
            let Waypoint { history, rulebook, standpoint } = place;
            let score = crate::score::score_from(history, rulebook, *area, self.question, standpoint);
            let reached = AreaScore { as_of: score.as_of, ..reached.clone() };
            assert_eq!(reached, score, "{area} at {standpoint:?}");
        }
    }

    /// Asserts that the way ends at the ordinary scores. Else a step was left out that changed something.
    pub(super) fn assert_arrived_at(&self, scores: &[AreaScore]) {
        for score in scores {
            let reached = self.scores.get(&score.area).map(points_of);
            assert_eq!(reached, Some(points_of(score)), "P8: the way to {} does not end at its score", score.area);
        }
    }

    /// Hands over which areas were scored and what changed, both since this was last asked.
    pub(super) fn arrive(&mut self) -> (BTreeSet<Area>, Contributions) {
        (std::mem::take(&mut self.touched), std::mem::take(&mut self.contributions))
    }
}

pub(super) fn points_of(score: &AreaScore) -> MetricPoints {
    score.score.metrics.iter().map(|metric| (metric.metric, metric.points.clone())).collect()
}
