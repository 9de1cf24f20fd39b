//! Modern Work.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, CustomerId, Month, UsageMetric};
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

use super::near::{Judging, Near};
use super::seats::{Pair, SeatReading};
use super::supply::{MOST, Supply, active_users};
use super::way::{ChangeUnit, Way};
use super::{Addition, Compute, Side, Sums, counted, pair_of, unmeasured};
use crate::points::decimal;
use crate::rulebook::modern_work::{Deployments, NetCustomerAdds, UsageGrowth};
use crate::rulebook::{AssociationList, AssociationOption, Metric};
use crate::scene::Scene;
use crate::score::answer::{At, Measure, Unit, UnitSubject};
use crate::tally::PLACES;

/// Customers with a workload of enough paid seats.
impl Compute for NetCustomerAdds {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let reading = SeatReading::new(scene, scene.products(metric, None)?, &self.associations, &self.band);
        let mut missing = 0;
        let units = Side::each(scene, |side| {
            reading.explain(side, None, because);
            let figures = (UsageMetric::PaidSeats, 1);
            reading.units(side.month).len()
                + unmeasured(scene, side, &self.associations, figures, None, (&mut missing, because))
        });
        Some(Sums { unmeasured: missing, ..Sums::of(units) })
    }

    fn ways(&self, sums: &Sums) -> Vec<Way> {
        counted(ChangeUnit::Customer, sums, (self.max, self.threshold))
    }

    fn supply(
        &self,
        scene: &Scene<'_>,
        metric: Metric,
        addition: &Addition<'_>,
        supply: &mut Supply<'_>,
    ) -> Option<()> {
        let product = scene.products(metric, None)?.list.first()?;
        supply.seat_holders(scene, (&self.associations, product), &self.band, (addition.count(), 0))
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        let Some(products) = scene.products(metric, None) else { return Vec::new() };
        let reading = SeatReading::new(scene, products, &self.associations, &self.band);
        reading.near(&Judging::seats(ChangeUnit::Customer, None, &self.associations, &self.band.seats))
    }
}

/// Growth of active users, by the better of the options.
impl Compute for UsageGrowth {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let products = scene.products(metric, None)?;
        Some(Sums::named(self.options.iter().map(|option| {
            let list = option.list();
            let reading = SeatReading::new(scene, products, &list, &self.band);
            (option.association.clone(), option_growth(scene, option, &reading, because))
        })))
    }

    fn ways(&self, sums: &Sums) -> Vec<Way> {
        let users = |option: &str| BigRational::new(sums.net(option), Amount::MICROS.into());
        by_option(&self.options, ChangeUnit::User, self.max, users)
    }

    fn measure(&self, sums: &Sums, best: Option<&Way>) -> Measure {
        let option = best.and_then(|best| best.option.clone()).unwrap_or_default();
        let ([now, then], net) = (sums.get(&option), sums.net(&option));
        let [now, then, net] = [now, then, net].map(|users| decimal(&users, PLACES));
        Measure::Difference { now, then, net, option }
    }

    fn supply(
        &self,
        scene: &Scene<'_>,
        metric: Metric,
        addition: &Addition<'_>,
        supply: &mut Supply<'_>,
    ) -> Option<()> {
        let product = scene.products(metric, None)?.list.first()?;
        let list = AssociationList::of(addition.option?);
        let mut left = addition.micros();
        while left.is_positive() {
            let users = left.to_i128().map_or(MOST, |left| left.min(MOST));
            supply.seat_holders(scene, (&list, product), &self.band, (1, users))?;
            left -= users;
        }
        Some(())
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        let Some(products) = scene.products(metric, None) else { return Vec::new() };
        let of_option = |option: &AssociationOption| {
            let (list, name) = (option.list(), Some(option.association.as_str()));
            let reading = SeatReading::new(scene, products, &list, &self.band);
            reading.near(&Judging::seats(ChangeUnit::User, name, &list, &self.band.seats))
        };
        self.options.iter().flat_map(of_option).collect()
    }
}

/// The covered active users now and a year before, in millionths.
fn option_growth(
    scene: &Scene<'_>,
    option: &AssociationOption,
    reading: &SeatReading<'_>,
    because: &mut Vec<Unit>,
) -> [i128; 2] {
    let current = reading.covered_users(scene.measured);
    // What was not covered a year before begins with its first covered month.
    let firsts = current
        .keys()
        .filter_map(|&(customer, product)| Some(((customer, product), reading.first_covered(customer, product)?)));
    let firsts: BTreeMap<(CustomerId, &str), Pair> = firsts.collect();
    let now = current.values().sum();
    let then =
        reading.covered_users(scene.compared).values().sum::<i128>() + firsts.values().map(Pair::users).sum::<i128>();
    if scene.question.explain {
        let name = option.association.as_str();
        Side::each(scene, |side| {
            let elsewhere = if side.at == At::Then { &firsts } else { &BTreeMap::new() };
            reading.explain_users(side, name, elsewhere, because);
        });
        because.extend(
            firsts.iter().map(|((customer, product), pair)| pair.users_unit(At::Then, *customer, product, name, &[])),
        );
    }
    [now, then]
}

/// Customers that use enough of their seats, by the better of the options.
impl Compute for Deployments {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let products = scene.products(metric, None)?;
        Some(Sums::named(self.options.iter().map(|option| {
            let list = option.list();
            let reading = SeatReading::new(scene, products, &list, &self.band);
            let first = because.len();
            let [units, before] = Side::each(scene, |side| {
                reading.explain(side, Some(&option.association), because);
                reading.units(side.month)
            });
            let (active_when_claimed, now): (BTreeSet<_>, BTreeSet<_>) =
                units.into_iter().partition(|customer| was_unit_when_claimed(scene, &reading, *customer));
            for unit in because.iter_mut().skip(first) {
                unit.weight.sum.clone_from(&option.association);
            }
            let counted = because.iter_mut().skip(first).filter(|unit| unit.at == At::Now && unit.missed.is_none());
            for unit in counted {
                if matches!(&unit.subject, UnitSubject::Pair { customer, .. } if active_when_claimed.contains(customer))
                {
                    unit.missed = Some("it was active enough already in the first month of the association".into());
                }
            }
            (option.association.clone(), [now.len(), before.len()])
        })))
    }

    fn ways(&self, sums: &Sums) -> Vec<Way> {
        let units = |option: &str| BigRational::from_integer(sums.net(option));
        by_option(&self.options, ChangeUnit::Deployment, self.max, units)
    }

    fn supply(
        &self,
        scene: &Scene<'_>,
        metric: Metric,
        addition: &Addition<'_>,
        supply: &mut Supply<'_>,
    ) -> Option<()> {
        let product = scene.products(metric, None)?.list.first()?;
        let list = AssociationList::of(addition.option?);
        supply.seat_holders(scene, (&list, product), &self.band, (addition.count(), active_users(&self.band)))
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        let Some(products) = scene.products(metric, None) else { return Vec::new() };
        let of_option = |option: &AssociationOption| {
            let (list, name) = (option.list(), Some(option.association.as_str()));
            let reading = SeatReading::new(scene, products, &list, &self.band);
            let mut near = reading.near(&Judging::seats(ChangeUnit::Deployment, name, &list, &self.band.seats));
            near.retain(|near| can_be_deployed(scene, &reading, near.customer));
            near
        };
        self.options.iter().flat_map(of_option).collect()
    }
}

/// A way for each option, each with its threshold.
fn by_option(options: &[AssociationOption], unit: ChangeUnit, max: u32, n: impl Fn(&str) -> BigRational) -> Vec<Way> {
    let way = |option: &AssociationOption| Way {
        option: Some(option.association.clone()),
        ..Way::counting(unit, n(&option.association), (max, option.threshold))
    };
    options.iter().map(way).collect()
}

/// The first month in which the customer was ever covered.
fn first_claimed(scene: &Scene<'_>, reading: &SeatReading<'_>, customer: CustomerId) -> Option<Month> {
    let mut months = scene.history.months(UsageMetric::PaidSeats, scene.measured);
    months.find(|month| reading.is_covered(customer, *month))
}

/// Whether the first month in which the customer was ever covered lies after the compared one, and the customer was
/// such a unit in that month already.
fn was_unit_when_claimed(scene: &Scene<'_>, reading: &SeatReading<'_>, customer: CustomerId) -> bool {
    let first = first_claimed(scene, reading, customer);
    first.is_some_and(|first| first > scene.compared && reading.is_unit(customer, first))
}

/// Whether a customer that becomes such a unit in the measured month counts there. One that is not covered before that
/// month would be a unit in its first covered month.
fn can_be_deployed(scene: &Scene<'_>, reading: &SeatReading<'_>, customer: CustomerId) -> bool {
    first_claimed(scene, reading, customer)
        .is_some_and(|first| first <= scene.compared || (first < scene.measured && !reading.is_unit(customer, first)))
}

/// Settles which of the units of all options count: those by the option that won.
///
/// What counts by it is shown, and what nearly counts by any option: an option without points may have come closest.
pub(super) fn settle(winner: &str, because: &mut Vec<Unit>) {
    let is_by_winner = |unit: &Unit| option_of(unit) == Some(winner);
    let counted: BTreeSet<_> =
        because.iter().filter(|unit| is_by_winner(unit) && unit.missed.is_none()).map(whatever_option).collect();
    because.retain(|unit| is_by_winner(unit) || !counted.contains(&whatever_option(unit)));
    for unit in because.iter_mut().filter(|unit| unit.missed.is_none()) {
        if let Some(name) = option_of(unit).filter(|name| *name != winner) {
            unit.missed = Some(format!("it counts by {name}, and the answer is by {winner}"));
        }
    }
}

/// The option by which a unit stands.
fn option_of(unit: &Unit) -> Option<&str> {
    match &unit.subject {
        UnitSubject::Pair { part, .. } | UnitSubject::Customer { part, .. } => part.as_deref(),
        UnitSubject::Product { .. } | UnitSubject::Person { .. } => None,
    }
}

/// A unit whatever the option.
fn whatever_option(unit: &Unit) -> (At, UnitSubject) {
    match &unit.subject {
        UnitSubject::Pair { customer, product, .. } => (unit.at, pair_of(*customer, product.clone(), None)),
        other @ (UnitSubject::Customer { .. } | UnitSubject::Product { .. } | UnitSubject::Person { .. }) => {
            (unit.at, other.clone())
        }
    }
}
