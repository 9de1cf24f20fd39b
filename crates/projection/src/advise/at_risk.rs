//! On whom the score rests.

use std::collections::BTreeMap;

use ledger::{CustomerId, Metric, PersonId, Timestamp};
use num_rational::BigRational;
use num_traits::Zero;

use super::AreaState;
use super::ladder::TrackState;
use crate::metrics::holders::Holders;
use crate::metrics::skilling::People;
use crate::metrics::{self, Sums};
use crate::points::Points;
use crate::rulebook::{ClassRule, TrackMode};
use crate::scene::Scene;
use crate::score::answer::{AreaScore, MetricScore};
use crate::score::usage::Usage;
use crate::score::{Ground, score_on, share_sums};

/// How many are told at most.
const TOLD: usize = 10;

/// A customer or a person on whom the score rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// Who.
    pub subject: RiskSubject,
    /// The total without that one.
    pub points: Points,
    /// Whether the area is qualified then.
    pub qualified: bool,
    /// The metrics that change, with the change of their points.
    pub metrics: Vec<(Metric, BigRational)>,
}

/// On whom a score can rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskSubject {
    /// A customer, if it churned at the end of the measured month.
    Customer(CustomerId),
    /// A person, if all certifications were unlinked at the end of the day.
    Person(PersonId),
}

/// The customers and people without whom the total falls below the target, or, where it is below already, falls.
pub(super) fn at_risk(
    state: &AreaState<'_>,
    ground: &Ground<'_>,
    holders: &Holders,
    target: &BigRational,
) -> Vec<Risk> {
    let month = state.standpoint.measured;
    let total = state.score.score.points.exact();
    let mut risks = Vec::new();
    let mut add = |subject: RiskSubject, score: &AreaScore| {
        let then = score.score.points.exact();
        if then < target && then < total {
            risks.push(risk(subject, &state.score, score));
        }
    };
    let share = state.share_sums(ground);
    let churned = Timestamp::end_of(month.last_day());
    for customer in ground.associations.in_force_at_end_of(month) {
        let [now, then] = [None, Some(churned)].map(|churned| Alone::of(state, ground, customer, churned));
        let Some(usage) = state.usage_without(&now, &then, share) else { continue };
        let without = Ground { usage: Some(&usage), people: People::Counted(holders), ..*ground };
        add(RiskSubject::Customer(customer), &score_on(&without, state.area, state.question, state.standpoint));
    }
    for person in holders.people() {
        let without = Ground { usage: Some(&state.usage), people: People::Without(holders, person), ..*ground };
        add(RiskSubject::Person(person.clone()), &score_on(&without, state.area, state.question, state.standpoint));
    }
    risks.sort_by(|one, other| one.points.cmp(&other.points).then_with(|| one.subject.id().cmp(&other.subject.id())));
    risks.truncate(TOLD);
    risks
}

impl RiskSubject {
    /// The id, as it is written.
    fn id(&self) -> String {
        match self {
            Self::Customer(customer) => customer.to_string(),
            Self::Person(person) => person.to_string(),
        }
    }
}

fn risk(subject: RiskSubject, now: &AreaScore, then: &AreaScore) -> Risk {
    let points = |score: &AreaScore| -> BTreeMap<Metric, BigRational> {
        score.score.metrics.iter().map(|metric| (metric.metric, metric.points.exact().clone())).collect()
    };
    let (before, after) = (points(now), points(then));
    let change = |metric: &Metric| {
        let of = |points: &BTreeMap<Metric, BigRational>| points.get(metric).cloned().unwrap_or_else(BigRational::zero);
        of(&after) - of(&before)
    };
    let changes = Metric::ALL.iter().map(|metric| (*metric, change(metric))).filter(|(_, change)| !change.is_zero());
    Risk { subject, points: then.score.points.clone(), qualified: then.score.qualified(), metrics: changes.collect() }
}

/// What one customer alone comes to, by track and metric.
#[derive(PartialEq, Eq)]
struct Alone {
    sums: Vec<Vec<Option<Sums>>>,
    share: Option<((i128, i128), i128)>,
}

impl Alone {
    fn of(state: &AreaState<'_>, ground: &Ground<'_>, customer: CustomerId, churned: Option<Timestamp>) -> Self {
        let associations = ground.associations.alone(customer, churned);
        let ground =
            Ground { associations: &associations, people: People::Listed(vec![]), kept: None, usage: None, ..*ground };
        let scene =
            |track| Scene { only: Some(customer), ..ground.scene(state.area, track, state.question, state.standpoint) };
        let sums = state.tracks.iter().map(|track| {
            let scene = scene(track.track);
            let sums = track.metrics.iter().map(|metric| {
                let (rule, _) = metric.usage.as_ref()?;
                metrics::sums(&scene, metric.score.metric, rule)
            });
            sums.collect()
        });
        Self {
            sums: sums.collect(),
            share: state.decides_by_share().then(|| share_sums(&scene(crate::rulebook::Track::Smb))).flatten(),
        }
    }
}

impl AreaState<'_> {
    /// Whether the share of small and medium businesses decides about the track.
    fn decides_by_share(&self) -> bool {
        matches!(self.mode, TrackMode::Classified(ClassRule::SmbShare { .. }))
    }

    fn share_sums(&self, ground: &Ground<'_>) -> Option<((i128, i128), i128)> {
        let scene = ground.scene(self.area, crate::rulebook::Track::Smb, self.question, self.standpoint);
        self.decides_by_share().then(|| share_sums(&scene)).flatten()
    }

    /// What the usage of all customers comes to with that of one as it would be then; none where that is the same.
    fn usage_without(&self, now: &Alone, then: &Alone, share: Option<((i128, i128), i128)>) -> Option<Usage> {
        if now == then {
            return None;
        }
        let usage = Usage::default();
        let month = self.standpoint.measured;
        for ((track, now), then) in self.tracks.iter().zip(&now.sums).zip(&then.sums) {
            usage.keep(month, (self.area, track.track), metrics_without(track, now, then));
        }
        if let (Some((all, total)), Some((now, total_now)), Some((then, total_then))) = (share, now.share, then.share) {
            let share = (all.0 - now.0 + then.0, all.1 - now.1 + then.1);
            usage.keep_class(month, self.area, (share, total - total_now + total_then));
        }
        Some(usage)
    }
}

fn metrics_without(track: &TrackState<'_>, now: &[Option<Sums>], then: &[Option<Sums>]) -> Vec<MetricScore> {
    let metrics = track.metrics.iter().zip(now).zip(then).filter_map(|((metric, now), then)| {
        let (rule, all) = metric.usage.as_ref()?;
        let (Some(now), Some(then)) = (now, then) else { return Some(metric.score.clone()) };
        if now == then {
            return Some(metric.score.clone());
        }
        Some(metrics::score_of(metric.score.metric, rule, &all.with(then, now), vec![]))
    });
    metrics.collect()
}
