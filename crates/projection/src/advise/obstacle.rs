//! What stands in the way where a track has no plan.

use ledger::{Metric, Month, named};

use super::Wish;
use super::ladder::{MetricState, TrackState};
use super::search::Goal;
use crate::metrics;
use crate::metrics::way::Need;
use crate::rulebook::Track;

/// Why a track has no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The track.
    pub track: Track,
    /// The metric that no amount lifts; none where the total is out of reach.
    pub metric: Option<Metric>,
    /// Why.
    pub reason: ObstacleReason,
    /// Where a baseline is missing, the first measured month that has one; none if that is not to be foreseen.
    pub until: Option<Month>,
}

impl Obstacle {
    /// Whether it is told until when it stands.
    #[must_use]
    pub fn has_until(&self) -> bool {
        self.reason == ObstacleReason::NoBaseline
    }
}

named! {
    /// Why no amount is enough.
    ObstacleReason {
        /// The compared month has no value above 0 from which growth could be measured.
        NoBaseline = "no_baseline",
        /// A value that no amount changes is out of the bounds that the rule asks for.
        BelowMinimum = "below_minimum",
        /// The metric does not reach the margin.
        Margin = "margin",
        /// No certification of a list would count if it were earned now.
        NoList = "no_list",
        /// What would help is not to be added.
        Without = "without",
        /// The total does not reach the target.
        Target = "target",
    }
}

/// The obstacles of a track that has no plan.
pub(super) fn obstacles(state: &TrackState<'_>, goal: &Goal, wish: &Wish) -> Vec<Obstacle> {
    let of = |metric: &MetricState<'_>| {
        let reason = reason(state, metric, goal, wish)?;
        let until = if reason == ObstacleReason::NoBaseline { baseline_from(state, metric) } else { None };
        Some(Obstacle { track: state.track, metric: Some(metric.score.metric), reason, until })
    };
    let found: Vec<Obstacle> = state.metrics.iter().filter_map(of).collect();
    if !found.is_empty() {
        return found;
    }
    vec![Obstacle { track: state.track, metric: None, reason: ObstacleReason::Target, until: None }]
}

/// Why a metric is not lifted as far as it has to be by itself, if it is not.
fn reason(state: &TrackState<'_>, metric: &MetricState<'_>, goal: &Goal, wish: &Wish) -> Option<ObstacleReason> {
    let is_shut =
        |place: usize| state.quantities.get(place).is_none_or(|quantity| wish.without.contains(&quantity.unit));
    let is_met = |need: &Need, is_shut: &dyn Fn(usize) -> bool| {
        need.is_met(metric.score.points.exact())
            || metric.ladders.iter().any(|ladder| ladder.first(need, is_shut).is_some())
    };
    if is_met(&goal.own, &is_shut) {
        return None;
    }
    if is_met(&goal.own, &|_| false) {
        return Some(ObstacleReason::Without);
    }
    if is_met(&Need::above_zero(), &|_| false) {
        return Some(ObstacleReason::Margin);
    }
    let is_usage = metric.usage.is_some();
    let note = metric.ladders.iter().find_map(super::ladder::Ladder::note);
    Some(match note.and_then(ObstacleReason::from_name) {
        Some(reason) => reason,
        None if is_usage => ObstacleReason::BelowMinimum,
        None => ObstacleReason::NoList,
    })
}

/// The first measured month whose compared month has a baseline, by the facts and the rules of the day.
fn baseline_from(state: &TrackState<'_>, metric: &MetricState<'_>) -> Option<Month> {
    let (rule, _) = metric.usage.as_ref()?;
    let scene = &state.scene;
    let figures = || rule.reads().into_iter().flat_map(|extent| extent.figures);
    let reported = scene.history.reported().filter(|(figure, _)| figures().any(|read| read == figure));
    let newest = reported.map(|(_, month)| month).max().max(Some(Month::of(scene.standpoint.rules_on)))?;
    // Behind it the same figures are in every window: nothing begins any more.
    let last = newest.plus(24);
    let months = scene.measured.number() + 1..=last.number();
    months.map(Month::from_number).find(|month| {
        let then = scene.at(*month);
        metrics::sums(&then, metric.score.metric, rule).is_some_and(|sums| sums.has_baseline())
    })
}
