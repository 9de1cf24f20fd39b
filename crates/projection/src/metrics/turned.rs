//! A metric with one of its units turned: one that nearly counted counts, or one that counted does not.

use std::collections::BTreeMap;

use ledger::{CustomerId, PersonId};
use num_bigint::BigInt;
use num_traits::{One, Zero};

use super::skilling::{Holding, People, certified};
use super::{Sums, computed, score_of, ways};
use crate::points::Points;
use crate::rulebook::{Metric, Rule};
use crate::scene::Scene;
use crate::score::answer::{At, Unit, UnitSubject};

/// A unit that is turned, in one metric alone.
pub(crate) struct TurnedUnit {
    /// The side on which it stands.
    pub(crate) at: At,
    /// What it is.
    pub(crate) subject: UnitSubject,
    /// Whether it counts then.
    pub(crate) counted: bool,
    /// The points of the metric then.
    pub(crate) points: Points,
}

/// Every unit of a metric of usage, turned with its figures on the side where it stands. The units behind the score have
/// to be asked for by the scene.
pub(crate) fn of_usage(scene: &Scene<'_>, metric: Metric, rule: &Rule) -> Vec<TurnedUnit> {
    let mut units = Vec::new();
    let Some(sums) = computed(rule).sums(scene, metric, &mut units) else { return Vec::new() };
    // Where there are options, fewer units are told than each of them has.
    let told = score_of(metric, rule, &sums, units.clone()).because;
    let told: BTreeMap<(At, &UnitSubject), bool> =
        told.iter().map(|unit| ((unit.at, &unit.subject), unit.missed.is_none())).collect();
    let mut turns = Turns::of(rule, sums, &units);
    let is_told = |unit: &&Unit| told.get(&(unit.at, &unit.subject)) == Some(&unit.missed.is_none());
    let turned = units.iter().filter(is_told).filter_map(|unit| {
        let points = turns.points(unit)?;
        Some(TurnedUnit { at: unit.at, subject: unit.subject.clone(), counted: unit.missed.is_some(), points })
    });
    turned.collect()
}

/// The sums of a metric, to which one unit at a time is added.
struct Turns<'r> {
    rule: &'r Rule,
    sums: Sums,
    /// How many units count that are one together, by what makes them one.
    together: BTreeMap<Together, usize>,
    /// The points by what is added to which sum.
    points: BTreeMap<(String, At, BigInt), Points>,
}

/// What makes units one: the side, the sum, the customer and the part.
type Together = (At, String, Option<CustomerId>, Option<String>);

impl<'r> Turns<'r> {
    fn of(rule: &'r Rule, sums: Sums, units: &[Unit]) -> Self {
        let mut together: BTreeMap<Together, usize> = BTreeMap::new();
        for unit in units.iter().filter(|unit| unit.missed.is_none() && unit.weight.amount.is_none()) {
            *together.entry(together_with(unit)).or_default() += 1;
        }
        Self { rule, sums, together, points: BTreeMap::new() }
    }

    /// The points with a unit turned; none where that changes no sum.
    fn points(&mut self, unit: &Unit) -> Option<Points> {
        let is_counted = unit.missed.is_none();
        let amount = unit.weight.amount.clone().unwrap_or_else(|| {
            let counted = self.together.get(&together_with(unit)).copied().unwrap_or(0);
            if counted == usize::from(is_counted) { BigInt::one() } else { BigInt::zero() }
        });
        if amount.is_zero() {
            return None;
        }
        let amount = if is_counted { -amount } else { amount };
        let Self { rule, sums, points, .. } = self;
        let points =
            points.entry((unit.weight.sum.clone(), unit.at, amount)).or_insert_with_key(|(name, at, amount)| {
                let sum = sums.by_name.entry(name.clone()).or_default();
                let before = sum.clone();
                let [now, then] = sum;
                match at {
                    At::Now => *now += amount,
                    At::Then => *then += amount,
                }
                let points = best(rule, sums);
                sums.by_name.insert(name.clone(), before);
                points
            });
        Some(points.clone())
    }
}

/// The points of sums by the best of the ways.
fn best(rule: &Rule, sums: &Sums) -> Points {
    ways(rule, sums).iter().map(|way| way.points(&BigInt::zero())).max().unwrap_or_else(Points::zero)
}

fn together_with(unit: &Unit) -> Together {
    let (customer, part) = match &unit.subject {
        UnitSubject::Customer { customer, part } | UnitSubject::Pair { customer, part, .. } => {
            (Some(*customer), part.clone())
        }
        UnitSubject::Product { .. } | UnitSubject::Person { .. } => (None, None),
    };
    (unit.at, unit.weight.sum.clone(), customer, part)
}

/// Every certification of a person that a metric asks for, turned in all steps at once: the programme counts it or does not.
/// The people have to be listed.
pub(crate) fn of_skill(scene: &Scene<'_>, metric: Metric, people: &People<'_>) -> Vec<TurnedUnit> {
    let Some(certified) = certified(scene, metric, people, &mut Vec::new()) else { return Vec::new() };
    let People::Listed(held) = people else { return Vec::new() };
    let lists = |list: &[String], holding: &Holding<'_>| list.iter().any(|code| code == holding.certification);
    let by_list = certified.lists.iter().map(|list| {
        let mut counted: BTreeMap<&PersonId, usize> = BTreeMap::new();
        for holding in held.iter().filter(|holding| holding.missed.is_none() && lists(list, holding)) {
            *counted.entry(holding.person).or_default() += 1;
        }
        (*list, counted)
    });
    let by_list: Vec<(&[String], BTreeMap<&PersonId, usize>)> = by_list.collect();
    let is_listed = |holding: &&Holding<'_>| by_list.iter().any(|(list, _)| lists(list, holding));
    let turned = held.iter().filter(is_listed).map(|holding| {
        let is_counted = holding.missed.is_none();
        let people = by_list.iter().zip(&certified.people).map(|((list, counted), people)| {
            if !lists(list, holding) || counted.get(holding.person).copied().unwrap_or(0) != usize::from(is_counted) {
                return *people;
            }
            if is_counted { people - 1 } else { people + 1 }
        });
        let (person, certification) = (holding.person.to_string(), holding.certification.to_owned());
        TurnedUnit {
            at: At::Now,
            subject: UnitSubject::Person { person, certification, step: 0 },
            counted: !is_counted,
            points: certified.points_of(&people.collect::<Vec<_>>()),
        }
    });
    turned.collect()
}
