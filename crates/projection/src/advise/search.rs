//! All minimal changes of a track, and the first of them by cost.

use std::cell::RefCell;
use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::ladder::{Ladder, MetricState, Rung, TrackState};
use super::{Change, ChangeUnit, MetricChange, Plan};
use crate::metrics::way::Need;
use crate::points::Points;
use crate::rulebook::{Metric, Track};

/// So many plans are counted one by one; of more than these only the cheapest are looked for.
const COUNTED: usize = 10_000;

/// How many plans there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanCount {
    /// So many.
    Exactly(usize),
    /// More than so many.
    MoreThan(usize),
}

/// What must be reached.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    /// By the total.
    pub(super) total: Need,
    /// By every metric.
    pub(super) own: Need,
}

impl Goal {
    /// Whether the points of all metrics are enough.
    pub(super) fn is_reached_by(&self, points: &[BigRational]) -> bool {
        self.total.is_met(&points.iter().sum()) && points.iter().all(|points| self.own.is_met(points))
    }
}

/// The plans that were found, the first of them by cost.
pub(super) struct Found {
    limit: Option<usize>,
    /// Once more than so many are counted, those that cost too much are passed over.
    counted: usize,
    /// So many are held before those behind the limit go.
    held: usize,
    count: usize,
    /// Whether some were passed over because they cost too much.
    has_more: bool,
    candidates: Vec<Candidate>,
    /// The last of the first so many, once there are so many.
    worst: Option<Rank>,
}

/// What plans are ordered by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    cost: BigRational,
    quantities: usize,
    /// Those that are used, by the place of the quantity in the track; in hundredths.
    amounts: Vec<(usize, BigInt)>,
    track: Track,
}

/// A minimal change, and the points of the metrics with it.
struct Candidate {
    rank: Rank,
    points: Vec<BigRational>,
}

impl Found {
    pub(super) fn new(limit: Option<usize>) -> Self {
        let held = limit.map_or(usize::MAX, |limit| 2 * limit.max(64));
        Self { limit, counted: COUNTED, held, count: 0, has_more: false, candidates: Vec::new(), worst: None }
    }

    /// Nothing but the first is wanted, and not how many there are.
    pub(super) fn first_alone() -> Self {
        Self { counted: 0, held: 1, ..Self::new(Some(1)) }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether a change of such a cost, and every one that costs more, can be passed over.
    fn passes_over(&self, cost: &BigRational) -> bool {
        self.count > self.counted && self.worst.as_ref().is_some_and(|worst| *cost > worst.cost)
    }

    fn add(&mut self, rank: Rank, points: impl FnOnce() -> Vec<BigRational>) {
        self.count += 1;
        if self.worst.as_ref().is_some_and(|worst| rank > *worst) {
            return;
        }
        self.candidates.push(Candidate { rank, points: points() });
        if self.candidates.len() >= self.held {
            self.keep_first();
        }
    }

    fn keep_first(&mut self) {
        self.candidates.sort_by(|one, other| one.rank.cmp(&other.rank));
        if let Some(limit) = self.limit {
            self.candidates.truncate(limit);
            self.worst = self.candidates.get(limit.wrapping_sub(1)).map(|last| last.rank.clone());
        }
    }

    /// The first of the plans, and how many there are.
    pub(super) fn finish(mut self, tracks: &[TrackState<'_>]) -> (Vec<Plan>, PlanCount) {
        self.keep_first();
        let of = |track: Track| tracks.iter().find(move |state| state.track == track);
        let plans = self.candidates.into_iter().filter_map(|found| Some(found.plan(of(found.rank.track)?))).collect();
        (plans, if self.has_more { PlanCount::MoreThan(COUNTED) } else { PlanCount::Exactly(self.count) })
    }
}

impl Candidate {
    fn plan(&self, state: &TrackState<'_>) -> Plan {
        let Rank { cost, amounts, track, .. } = &self.rank;
        let changes = amounts.iter().filter_map(|(place, hundredths)| {
            let quantity = state.quantities.get(*place)?;
            Some(Change { quantity: quantity.clone(), grains: hundredths * quantity.unit.grains() / 100 })
        });
        let changes: Vec<Change> = changes.collect();
        let is_used = |metric: &Metric| changes.iter().any(|change| change.quantity.metric == *metric);
        let metrics = state.metrics.iter().zip(&self.points).filter(|(metric, _)| is_used(&metric.score.metric));
        let metrics = metrics.map(|(metric, then)| MetricChange {
            metric: metric.score.metric,
            now: metric.score.points.clone(),
            then: Points::exactly(then.clone()),
            is_narrow: metric.stands_by_least(then),
        });
        let metrics = metrics.collect();
        let points = Points::exactly(self.points.iter().sum());
        Plan { track: *track, cost: cost.clone(), changes, points, metrics }
    }
}

/// Adds all minimal changes of a track that reach a goal, by the price of a grain of each quantity, without units that
/// must not be added.
pub(super) fn search(
    state: &TrackState<'_>,
    goal: &Goal,
    (prices, without): (&[BigRational], &BTreeSet<ChangeUnit>),
    found: &mut Found,
) {
    // Growth comes last: what it lacks is computed, not tried.
    let mut order: Vec<usize> = (0..state.metrics.len()).collect();
    order.sort_by_key(|place| {
        state.metrics.get(*place).is_some_and(|metric| metric.score.metric == Metric::UsageGrowth)
    });
    let stairs = order.iter().filter_map(|place| state.metrics.get(*place));
    let stairs: Vec<Stairs<'_>> = stairs.map(|metric| Stairs::new(metric, state, goal, without)).collect();
    if stairs.iter().any(|stairs| !goal.own.is_met(&stairs.top)) {
        return;
    }
    let rest = |bound: for<'a> fn(&'a Stairs<'_>) -> &'a BigRational| -> Vec<BigRational> {
        (1..=stairs.len()).map(|from| stairs.iter().skip(from).map(bound).sum()).collect()
    };
    let (lowest, highest) = (rest(|stairs| &stairs.floor), rest(|stairs| &stairs.top));
    let mut search =
        Search { state, goal, prices, order: &order, stairs: &stairs, lowest, highest, chosen: Vec::new(), found };
    search.descend(&BigRational::zero(), &BigRational::zero());
}

/// The rungs of a metric that can be part of a plan, by its ladders.
struct Stairs<'s> {
    /// The points as it is, where they are enough for the metric itself.
    base: Option<BigRational>,
    flights: Vec<Flight<'s>>,
    /// The least points that are enough for the metric itself, and the most that it can have.
    floor: BigRational,
    top: BigRational,
}

/// The rungs of a ladder above the metric as it is, from the first that is enough for the metric itself.
struct Flight<'s> {
    ladder: &'s Ladder,
    is_shut: Box<dyn Fn(usize) -> bool + 's>,
    first: Need,
    /// The rungs that were asked for.
    rungs: RefCell<Vec<Rung>>,
}

/// A rung that was chosen, and the points that it has more than the one below, where that is enough for the metric itself.
struct Chosen {
    rung: Rung,
    gain: Option<BigRational>,
}

/// The way through all choices.
struct Search<'s> {
    state: &'s TrackState<'s>,
    goal: &'s Goal,
    prices: &'s [BigRational],
    order: &'s [usize],
    stairs: &'s [Stairs<'s>],
    /// By metric, the least and the most points of those that come behind it.
    lowest: Vec<BigRational>,
    highest: Vec<BigRational>,
    chosen: Vec<Chosen>,
    found: &'s mut Found,
}

impl<'s> Stairs<'s> {
    fn new(
        metric: &'s MetricState<'s>,
        state: &'s TrackState<'s>,
        goal: &Goal,
        without: &'s BTreeSet<ChangeUnit>,
    ) -> Self {
        let is_shut =
            |place: usize| state.quantities.get(place).is_none_or(|quantity| without.contains(&quantity.unit));
        let standing = metric.score.points.exact();
        let base = Some(standing.clone()).filter(|points| goal.own.is_met(points));
        let above = Need { points: standing.clone(), is_strict: true };
        let first = if base.is_some() { above } else { above.and(&goal.own) };
        let flight = |ladder: &'s Ladder| Flight {
            ladder,
            is_shut: Box::new(is_shut),
            first: first.clone(),
            rungs: RefCell::default(),
        };
        let flights: Vec<Flight<'_>> = metric.ladders.iter().map(flight).collect();
        let floors = flights.iter().filter_map(|flight| flight.rung(0)).map(|rung| rung.points);
        let floor = base.clone().into_iter().chain(floors).min().unwrap_or_else(BigRational::zero);
        let tops = metric.ladders.iter().map(|ladder| ladder.top(&is_shut));
        let top = tops.fold(standing.clone(), Ord::max);
        Self { base, flights, floor, top }
    }
}

impl Flight<'_> {
    /// A rung by its number.
    fn rung(&self, nth: usize) -> Option<Rung> {
        let mut rungs = self.rungs.borrow_mut();
        while rungs.len() <= nth {
            let above = |last: &Rung| Need { points: last.points.clone(), is_strict: true };
            let need = rungs.last().map_or_else(|| self.first.clone(), above);
            rungs.push(self.ladder.first(&need, &self.is_shut)?);
        }
        rungs.get(nth).cloned()
    }

    /// The lowest rung that meets a need beside that of the metric itself.
    fn lowest(&self, need: &Need) -> Option<Rung> {
        self.ladder.first(&self.first.and(need), &self.is_shut)
    }
}

impl Search<'_> {
    /// Chooses a rung for the next metric, with the total and the cost of those that are chosen.
    fn descend(&mut self, total: &BigRational, cost: &BigRational) {
        let depth = self.chosen.len();
        let Some(stairs) = self.stairs.get(depth) else { return };
        if depth + 1 == self.stairs.len() {
            return self.close(stairs, total, cost);
        }
        let (Some(lowest), Some(highest)) = (self.lowest.get(depth).cloned(), self.highest.get(depth).cloned()) else {
            return;
        };
        if let Some(base) = &stairs.base {
            let total = total + base;
            if self.goal.total.is_met(&(&total + &highest)) {
                self.choose(Rung { amounts: vec![], points: base.clone() }, None, &total, cost);
            }
        }
        for flight in &stairs.flights {
            let mut below = stairs.base.clone();
            for rung in (0..).map_while(|nth| flight.rung(nth)) {
                // One rung lower it reaches in any case: this one and those above are in no minimal change.
                if below.as_ref().is_some_and(|below| self.goal.total.is_met(&(total + below + &lowest))) {
                    break;
                }
                let cost = cost + self.cost_of(&rung);
                if self.found.passes_over(&cost) {
                    self.found.has_more = true;
                    break;
                }
                let (points, gain) = (rung.points.clone(), below.as_ref().map(|below| &rung.points - below));
                let total = total + &points;
                if self.goal.total.is_met(&(&total + &highest)) {
                    self.choose(rung, gain, &total, &cost);
                }
                below = Some(points);
            }
        }
    }

    fn choose(&mut self, rung: Rung, gain: Option<BigRational>, total: &BigRational, cost: &BigRational) {
        self.chosen.push(Chosen { rung, gain });
        self.descend(total, cost);
        self.chosen.pop();
    }

    /// Chooses the least of the last metric that suffices.
    fn close(&mut self, stairs: &Stairs<'_>, total: &BigRational, cost: &BigRational) {
        let need = self.goal.total.less(total);
        if let Some(base) = stairs.base.as_ref().filter(|base| need.is_met(base)) {
            self.take(&Rung { amounts: vec![], points: base.clone() }, total, cost);
            return;
        }
        for flight in &stairs.flights {
            if let Some(rung) = flight.lowest(&need) {
                let cost = cost + self.cost_of(&rung);
                self.take(&rung, total, &cost);
            }
        }
    }

    /// Takes a change that reaches, if it is minimal: one rung lower on any of the ladders it does not.
    fn take(&mut self, last: &Rung, total: &BigRational, cost: &BigRational) {
        let total = total + &last.points;
        let is_spare =
            |chosen: &Chosen| chosen.gain.as_ref().is_some_and(|gain| self.goal.total.is_met(&(&total - gain)));
        if self.chosen.iter().any(is_spare) {
            return;
        }
        if self.found.passes_over(cost) {
            self.found.has_more = true;
            return;
        }
        let rungs = || self.chosen.iter().map(|chosen| &chosen.rung).chain([last]);
        let used = rungs().flat_map(|rung| &rung.amounts).filter_map(|(place, grains)| {
            let quantity = self.state.quantities.get(*place)?;
            Some((*place, grains * 100 / quantity.unit.grains()))
        });
        let mut amounts: Vec<(usize, BigInt)> = used.collect();
        amounts.sort_unstable();
        let quantities = amounts.len();
        let points = || {
            let mut points = self.state.points();
            for (place, rung) in self.order.iter().zip(rungs()) {
                if let Some(points) = points.get_mut(*place) {
                    points.clone_from(&rung.points);
                }
            }
            points
        };
        let rank = Rank { cost: cost.clone(), quantities, amounts, track: self.state.track };
        self.found.add(rank, points);
    }

    fn cost_of(&self, rung: &Rung) -> BigRational {
        let cost = |(place, grains): &(usize, BigInt)| self.prices.get(*place).map(|price| price * grains);
        rung.amounts.iter().filter_map(cost).fold(BigRational::zero(), |sum, cost| sum + cost)
    }
}
