//! The way from one score to another: the points after each step, and what each step changed.

use std::collections::{BTreeMap, BTreeSet};

use ledger::Area;
use num_traits::Zero;

use super::answer::{Cause, Contribution, Moment};
use super::sight::{Reach, Sight, Waypoint};
use crate::points::Points;
use crate::question::Question;
use crate::rulebook::Metric;
use crate::score::answer::AreaScore;

/// The points of an area's metrics.
pub(super) type MetricPoints = BTreeMap<Metric, Points>;

/// A way on which steps are taken.
pub(super) struct Walk {
    question: Question,
    points: BTreeMap<Area, MetricPoints>,
    contributions: BTreeMap<(Area, Metric), Vec<Contribution>>,
    /// What was computed for the steps before.
    pub(super) sight: Sight,
}

/// A single cause that leads from one place to the next.
pub(super) struct Leg<'s> {
    pub(super) cause: Cause,
    pub(super) when: Moment,
    /// What it may change, if anything.
    pub(super) reach: Option<Reach>,
    /// The areas whose score it may change.
    pub(super) areas: &'s [Area],
    /// What it is about and the entries behind it, for a metric of an area whose points it changes.
    pub(super) because: &'s dyn Fn(Area, Metric) -> (String, Vec<u64>),
}

impl Walk {
    /// Begins at the scores of a question, which were taken from a place.
    pub(super) fn from(scores: &[AreaScore], question: Question, place: Waypoint<'_>) -> Self {
        let question = Question { explain: false, ..question };
        let points = scores.iter().map(|score| (score.area, points_of(score))).collect();
        Self { question, points, contributions: BTreeMap::new(), sight: Sight::from(place) }
    }

    /// Goes to a place, and keeps what changed.
    pub(super) fn step(&mut self, place: Waypoint<'_>, step: &Leg<'_>) {
        if let Some(reach) = step.reach {
            self.take(place, step, reach);
        }
        #[cfg(test)]
        self.assert_is_at(place);
    }

    fn take(&mut self, place: Waypoint<'_>, step: &Leg<'_>, reach: Reach) {
        let Self { question, points, contributions, sight } = self;
        let areas: Vec<Area> = points.keys().copied().filter(|area| step.areas.contains(area)).collect();
        sight.each_score(place, reach, *question, areas.into_iter(), &mut |score| {
            let area = score.area;
            let Some(points) = points.get_mut(&area) else { return };
            let before = std::mem::replace(points, points_of(&score));
            let metrics: BTreeSet<Metric> = before.keys().chain(points.keys()).copied().collect();
            for metric in metrics {
                let value = |points: &MetricPoints| points.get(&metric).cloned().unwrap_or_else(Points::zero);
                let change = value(&before).missing_to(&value(points));
                if change.is_zero() {
                    continue;
                }
                let (subject, mut entries) = (step.because)(area, metric);
                entries.sort_unstable();
                entries.dedup();
                let Leg { cause, when, .. } = *step;
                let contribution = Contribution { cause, when, subject, entries, points: change };
                contributions.entry((area, metric)).or_default().push(contribution);
            }
        });
    }

    /// Asserts that what is kept from step to step is what is computed anew.
    #[cfg(test)]
    fn assert_is_at(&self, place: Waypoint<'_>) {
        for (area, points) in &self.points {
            let Waypoint { history, rulebook, standpoint } = place;
            let score = crate::score::score_from(history, rulebook, *area, self.question, standpoint);
            assert_eq!(*points, points_of(&score), "{area} at {standpoint:?}");
        }
    }

    /// Asserts that the way ends at the ordinary scores. Else a step was left out that changed something.
    pub(super) fn assert_arrived_at(&self, scores: &[AreaScore]) {
        for score in scores {
            let reached = self.points.get(&score.area);
            assert_eq!(reached, Some(&points_of(score)), "P8: the way to {} does not end at its score", score.area);
        }
    }

    /// Every entry behind a contribution.
    pub(super) fn entries(&self) -> BTreeSet<u64> {
        self.contributions.values().flatten().flat_map(|contribution| contribution.entries.iter().copied()).collect()
    }

    /// Hands over what changed a metric.
    pub(super) fn hand_over(&mut self, area: Area, metric: Metric) -> Vec<Contribution> {
        self.contributions.remove(&(area, metric)).unwrap_or_default()
    }
}

pub(super) fn points_of(score: &AreaScore) -> MetricPoints {
    score.score.metrics.iter().map(|metric| (metric.metric, metric.points.clone())).collect()
}
