//! What to change so that an area reaches a target: all minimal changes, who could supply them, and on whom the score
//! rests.
//!
//! # The mathematics
//!
//! A *change* gives each quantity of an area an amount of 0 or more. Every metric by itself, its points are those of the
//! same rules that score, with the amount added to what they count. A change *reaches* the target in a track when the
//! total is enough, no metric is at 0, none is below the margin, and the track is the area's then. It is *minimal* when
//! no other change that is nowhere larger reaches as well.
//!
//! - The points of a metric never fall when an amount grows: so of each metric only those amounts matter with which it has
//!   more points than with any smaller ones. They form a [`ladder`]; a metric with options has a ladder for each, and a
//!   change is on one of them.
//! - On the ladders what reaches is closed upwards. So a change is minimal exactly when it no longer reaches one step lower
//!   on any one ladder, and it is enough to look at these.
//! - The amounts of growth are cents or single users. They are not tried: for every choice on the other ladders one
//!   division gives the least that suffices.

mod at_risk;
mod candidate;
mod events;
mod ladder;
mod obstacle;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ledger::{Amount, Area, Event, Metric};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

pub use crate::metrics::way::ChangeUnit;
pub use at_risk::{Risk, RiskSubject};
pub use candidate::{Candidate, CandidateReason, CandidateSubject};
pub use events::Events;
pub use obstacle::{Obstacle, ObstacleReason};
pub use search::PlanCount;

use crate::association::Associations;
use crate::history::History;
use crate::memory::Memory;
use crate::metrics::holders::Holders;
use crate::metrics::skilling::People;
use crate::metrics::way::Need;
use crate::points::{Points, decimal};
use crate::question::{BeforeProgram, Question};
use crate::rulebook::{Rulebook, Track, TrackMode};
use crate::score::answer::AreaScore;
use crate::score::class::class;
use crate::score::usage::Usage;
use crate::score::{Ground, enrolment_in_force, score_on};
use crate::standpoint::Standpoint;
use ladder::TrackState;
use search::{Found, Goal};

/// What is wanted of an area.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The total to be reached, in points.
    pub target: BigRational,
    /// The points that every metric is to have, at least.
    pub margin: Option<BigRational>,
    /// What a unit costs, where it is not what the rules make of it.
    pub prices: BTreeMap<ChangeUnit, BigRational>,
    /// The units of which nothing can be added.
    pub without: BTreeSet<ChangeUnit>,
    /// How many plans are wanted; all without it.
    pub limit: Option<usize>,
}

/// What to change in an area.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The score as it is, with its class where the track is chosen by that.
    pub score: AreaScore,
    /// Whether the target is reached as it is.
    pub reached: bool,
    /// The first of the minimal changes, by cost.
    pub plans: Vec<Plan>,
    /// How many there are.
    pub count: PlanCount,
    /// What stands in the way where a track has no plan.
    pub impossible: Vec<Obstacle>,
    /// The units that are known and could supply a quantity.
    pub candidates: Vec<Candidate>,
    /// The customers and people without whom there is less than the target.
    pub at_risk: Vec<Risk>,
    /// The events that bring about the plan that was asked for; none where there is no such plan, or no event for it.
    pub events: Option<Vec<Event>>,
}

/// A minimal change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The track in which it reaches the target.
    pub track: Track,
    /// The sum of all amounts, each times its price.
    pub cost: BigRational,
    /// What is added, in the order of the quantities.
    pub changes: Vec<Change>,
    /// The total then.
    pub points: Points,
    /// The metrics that change.
    pub metrics: Vec<MetricChange>,
}

/// What becomes of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricChange {
    /// Which.
    pub metric: Metric,
    /// The points as it is.
    pub now: Points,
    /// The points then.
    pub then: Points,
    /// Whether it is above 0 then by the smallest step that there is.
    pub is_narrow: bool,
}

/// An amount of a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is added.
    pub quantity: Quantity,
    /// How much, above 0, in the least amounts of the unit: cents of money, else one.
    pub grains: BigInt,
}

/// Something that can be added to a metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    /// The metric.
    pub metric: Metric,
    /// What is added.
    pub unit: ChangeUnit,
    /// The number of the step of a certification metric, or the option, where there are several.
    pub suffix: Option<String>,
}

impl Change {
    /// Reads an amount above 0 of a quantity: a whole number, of money with up to two decimals.
    #[must_use]
    pub fn read(quantity: Quantity, amount: &str) -> Option<Self> {
        let (grain, exact) =
            (Amount::MICROS / i128::from(quantity.unit.grains()), Amount::parse(amount).ok()?.micros());
        let is_amount = exact > 0 && exact % grain == 0;
        is_amount.then(|| Self { quantity, grains: BigInt::from(exact / grain) })
    }

    /// Whether it is an amount of money or of consumption value, of which there are cents.
    #[must_use]
    pub fn is_money(&self) -> bool {
        self.quantity.unit.grains() > 1
    }

    /// The amount, as an exact decimal.
    #[must_use]
    pub fn amount(&self) -> String {
        decimal(&self.grains, if self.is_money() { 2 } else { 0 })
    }
}

impl fmt::Display for Quantity {
    /// Writes the name with its metric: `usage_growth.users_cpor`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.unit {
            ChangeUnit::Customer => "customers",
            ChangeUnit::Person => "people",
            ChangeUnit::Deployment => "deployments",
            ChangeUnit::Usd => "usd",
            ChangeUnit::Mcv => "mcv",
            ChangeUnit::User => "users",
        };
        write!(f, "{}.{name}", self.metric)?;
        self.suffix.as_ref().map_or(Ok(()), |suffix| write!(f, "_{suffix}"))
    }
}

/// Tells what to change so that an area reaches a target; with the number of a plan, from 1, also by which events.
///
/// # Errors
/// [`BeforeProgram`] for a day before the programme began.
pub fn advise(
    history: &History,
    rulebook: &Rulebook,
    area: Area,
    question: &Question,
    wish: &Wish,
    events: Option<(usize, Events<'_>)>,
) -> Result<Advice, BeforeProgram> {
    of_state(history, rulebook, area, *question, |state, ground, holders| {
        let mut advice = state.advise(ground, holders, wish);
        if let Some((number, events)) = events {
            let plan = number.checked_sub(1).and_then(|nth| advice.plans.get(nth));
            advice.events = plan.and_then(|plan| events.of(state, plan, history, rulebook));
        }
        advice
    })
}

/// The quantities of the track that an area is in, in the order of its metrics.
///
/// # Errors
/// [`BeforeProgram`] for a day before the programme began.
pub fn quantities(
    history: &History,
    rulebook: &Rulebook,
    area: Area,
    question: &Question,
) -> Result<Vec<Quantity>, BeforeProgram> {
    of_state(history, rulebook, area, *question, |state, _, _| {
        let own = state.tracks.iter().find(|track| track.track == state.score.track);
        own.map_or_else(Vec::new, |own| own.quantities.clone())
    })
}

/// The events that bring some changes about in the track that an area is in; none where no event does.
///
/// # Errors
/// [`BeforeProgram`] for a day before the programme began.
pub fn events_of_changes(
    (history, rulebook): (&History, &Rulebook),
    area: Area,
    question: &Question,
    changes: Vec<Change>,
    events: Events<'_>,
) -> Result<Option<Vec<Event>>, BeforeProgram> {
    of_state(history, rulebook, area, *question, |state, _, _| {
        let (cost, points) = (BigRational::zero(), state.score.score.points.clone());
        let plan = Plan { track: state.score.track, cost, changes, points, metrics: Vec::new() };
        events.of(state, &plan, history, rulebook)
    })
}

/// Finds the first of the plans by which an area reaches a total: the one that [`advise`] has first when nothing else is
/// wished. There is none where it is reached, and where nothing reaches it.
///
/// It costs little more than the score: the search passes over what costs more than a plan that is found.
///
/// # Errors
/// [`BeforeProgram`] for a day before the programme began.
pub fn cheapest_plan(
    history: &History,
    rulebook: &Rulebook,
    area: Area,
    question: &Question,
    target: BigRational,
) -> Result<Option<Plan>, BeforeProgram> {
    let wish = Wish { target, margin: None, prices: BTreeMap::new(), without: BTreeSet::new(), limit: Some(1) };
    of_state(history, rulebook, area, *question, |state, _, _| {
        let goals = state.goals(&wish);
        let reached = goals.iter().any(|(state, goal)| goal.is_reached_by(&state.points()));
        let mut found = Found::first_alone();
        for (state, goal) in goals.iter().filter(|_| !reached) {
            search::search(state, goal, (&state.prices(&wish), &wish.without), &mut found);
        }
        found.finish(&state.tracks).0.pop()
    })
}

/// Asks something of what an area comes to.
fn of_state<T>(
    history: &History,
    rulebook: &Rulebook,
    area: Area,
    question: Question,
    ask: impl FnOnce(&AreaState<'_>, &Ground<'_>, &Holders) -> T,
) -> Result<T, BeforeProgram> {
    let (as_of, program_start) = (question.as_of, rulebook.program_start());
    if as_of < program_start {
        return Err(BeforeProgram { as_of, program_start });
    }
    let question = Question { explain: false, ..question };
    let standpoint = Standpoint::of(question, rulebook);
    let associations = Associations::stand(history, rulebook, Some(area), standpoint.cut);
    let holders = Holders::of(history, rulebook, &standpoint);
    let kept = Memory::default();
    let ground = Ground {
        history,
        rulebook,
        associations: &associations,
        people: People::Counted(&holders),
        kept: Some(&kept),
        usage: None,
    };
    let state = AreaState::of(&ground, &holders, area, (question, standpoint));
    Ok(ask(&state, &ground, &holders))
}

/// What an area comes to, track by track.
struct AreaState<'s> {
    area: Area,
    mode: &'s TrackMode,
    question: Question,
    standpoint: Standpoint,
    /// Every track that is scored.
    tracks: Vec<TrackState<'s>>,
    /// Whether the higher track is the area's, and none is held.
    takes_higher: bool,
    /// What the usage of all customers comes to.
    usage: Usage,
    score: AreaScore,
}

impl<'s> AreaState<'s> {
    fn of(
        ground: &'s Ground<'s>,
        holders: &Holders,
        area: Area,
        (question, standpoint): (Question, Standpoint),
    ) -> Self {
        let mode = ground.rulebook.track(area, standpoint.rules_on).map(|chosen| &chosen.row.value);
        let mode = mode.unwrap_or(&SINGLE);
        let tracks =
            mode.tracks().iter().map(|track| TrackState::of(ground.scene(area, *track, question, standpoint), ground));
        let tracks: Vec<TrackState<'_>> = tracks.collect();
        let usage = Usage::default();
        for state in &tracks {
            usage.keep(standpoint.measured, (area, state.track), state.usage_metrics());
        }
        let told = Ground { usage: Some(&usage), people: People::Counted(holders), ..*ground };
        let held = enrolment_in_force(ground.history, area, standpoint).map(|(_, enrolment)| enrolment);
        let mut score = score_on(&told, area, question, standpoint);
        if let TrackMode::Classified(by) = mode {
            let scene = ground.scene(area, Track::Smb, question, standpoint);
            score.class = Some(class(&scene, by, held.as_ref()));
        }
        let takes_higher = matches!(mode, TrackMode::BothTakeHigher) && held.is_none();
        Self { area, mode, question, standpoint, tracks, takes_higher, usage, score }
    }

    /// The tracks that can be the area's, each with what must be reached in it.
    fn goals(&self, wish: &Wish) -> Vec<(&TrackState<'s>, Goal)> {
        let can_be = |state: &&TrackState<'_>| self.takes_higher || state.track == self.score.track;
        let own = wish.margin.clone().map_or_else(Need::above_zero, Need::at_least);
        let goal = |state| (state, Goal { total: self.total_needed(state, wish), own: own.clone() });
        self.tracks.iter().filter(can_be).map(goal).collect()
    }

    /// The total that a track needs so that the target is reached and the track is the area's.
    fn total_needed(&self, state: &TrackState<'_>, wish: &Wish) -> Need {
        let target = Need::at_least(wish.target.clone());
        let tracks = self.score.tracks.as_ref().filter(|_| self.takes_higher);
        let Some((_, other)) = tracks.into_iter().flatten().find(|(track, _)| *track != state.track) else {
            return target;
        };
        let to_beat = other.points.exact().clone();
        // Of equal totals the qualified one is the area's, else that of enterprise; no metric is at 0 by then.
        let wins_tie = state.track == Track::Enterprise || (!other.below.contains(&"total") && !other.qualified());
        target.and(&Need { points: to_beat, is_strict: !wins_tie })
    }

    fn advise(&self, ground: &Ground<'_>, holders: &Holders, wish: &Wish) -> Advice {
        let goals = self.goals(wish);
        let reached = goals.iter().any(|(state, goal)| goal.is_reached_by(&state.points()));
        let mut found = Found::new(wish.limit);
        let mut impossible = Vec::new();
        if !reached {
            for (state, goal) in &goals {
                let prices = state.prices(wish);
                let before = found.count();
                search::search(state, goal, (&prices, &wish.without), &mut found);
                if found.count() == before {
                    impossible.extend(obstacle::obstacles(state, goal, wish));
                }
            }
        }
        let (plans, count) = found.finish(&self.tracks);
        let own = self.tracks.iter().find(|state| state.track == self.score.track);
        let candidates = own.map_or_else(Vec::new, |own| candidate::candidates(own, &wish.without));
        let at_risk = at_risk::at_risk(self, ground, holders, &wish.target);
        Advice { score: self.score.clone(), reached, plans, count, impossible, candidates, at_risk, events: None }
    }
}

impl TrackState<'_> {
    /// What a grain of each quantity costs.
    fn prices(&self, wish: &Wish) -> Vec<BigRational> {
        let price = |(quantity, worth): (&Quantity, &Option<BigRational>)| {
            let given = wish.prices.get(&quantity.unit).cloned();
            let unit = given.or_else(|| worth.clone()).unwrap_or_else(BigRational::one);
            unit / BigRational::from_integer(quantity.unit.grains().into())
        };
        self.quantities.iter().zip(&self.worths).map(price).collect()
    }
}

/// An area without a row of tracks has one.
static SINGLE: TrackMode = TrackMode::Single;

/// No amount.
fn nothing() -> BigInt {
    BigInt::zero()
}

#[cfg(test)]
mod tests;
