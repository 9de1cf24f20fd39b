//! How the points of a metric follow from what it counts, and from what is added to it.

use std::cmp::Ordering;

use ledger::named;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::points::Points;
use crate::rulebook::Bounds;

named! {
    /// What a change of a score adds, and what has a price.
    ChangeUnit {
        /// A customer, or a product of a customer where these are counted.
        Customer = "customer",
        /// A person with a certification.
        Person = "person",
        /// A deployment: a product or a customer, as the metric counts.
        Deployment = "deployment",
        /// A US dollar of consumption.
        Usd = "usd",
        /// A dollar of consumption value (MCV).
        Mcv = "mcv",
        /// An active user.
        User = "user",
    }
}

impl ChangeUnit {
    /// How many of the least amounts that can be added make one unit: money is added in hundredths.
    #[must_use]
    pub fn grains(self) -> u32 {
        match self {
            Self::Usd | Self::Mcv => 100,
            Self::Customer | Self::Person | Self::Deployment | Self::User => 1,
        }
    }
}

/// A figure that gives points, and what an amount that is added does to it: `max * clamp(n / threshold, 0, 1)`, with
/// `per_grain` more of `n` for every grain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// What is added.
    pub(crate) unit: ChangeUnit,
    /// The option that the way is, where the rule has several.
    pub(crate) option: Option<String>,
    pub(crate) n: BigRational,
    pub(crate) per_grain: BigRational,
    pub(crate) max: u32,
    pub(crate) threshold: u32,
    /// Bounds within which a value must be, or there are no points: an amount can lift it into them.
    pub(crate) admission: Option<Admission>,
    /// Why there are no points, whatever is added.
    pub(crate) closed: Option<&'static str>,
}

/// A value in millionths to which amounts are added, and its bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    pub(crate) value: BigInt,
    pub(crate) grain: BigInt,
    pub(crate) bounds: Bounds,
}

/// What points must reach: a number of them, or more than it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) points: BigRational,
    pub(crate) is_strict: bool,
}

impl Need {
    /// More than no points.
    pub(crate) fn above_zero() -> Self {
        Self { points: BigRational::zero(), is_strict: true }
    }

    /// At least so many points.
    pub(crate) fn at_least(points: BigRational) -> Self {
        Self { points, is_strict: false }
    }

    /// Whether so many points are enough.
    pub(crate) fn is_met(&self, points: &BigRational) -> bool {
        if self.is_strict { *points > self.points } else { *points >= self.points }
    }

    /// This need and another: whoever meets it meets both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let is_strict = match self.points.cmp(&other.points) {
            Ordering::Less => return other.clone(),
            Ordering::Greater => self.is_strict,
            Ordering::Equal => self.is_strict || other.is_strict,
        };
        Self { points: self.points.clone(), is_strict }
    }

    /// What is left of the need beside so many points.
    pub(crate) fn less(&self, points: &BigRational) -> Self {
        Self { points: &self.points - points, is_strict: self.is_strict }
    }
}

impl Way {
    /// A figure of which every unit that is added counts one.
    pub(crate) fn counting(unit: ChangeUnit, n: BigRational, (max, threshold): (u32, u32)) -> Self {
        let per_grain = BigRational::one();
        Self { unit, option: None, n, per_grain, max, threshold, admission: None, closed: None }
    }

    /// Growth in percent; `now` and `then` are in units of which so many make a grain.
    pub(crate) fn percent(
        unit: ChangeUnit,
        [now, then]: [&BigInt; 2],
        grain: &BigInt,
        (max, threshold): (u32, u32),
    ) -> Self {
        if !then.is_positive() {
            let none = BigRational::zero();
            let closed = Some("no_baseline");
            return Self { per_grain: none.clone(), closed, ..Self::counting(unit, none, (max, threshold)) };
        }
        let percent = |part: BigInt| BigRational::new(part * 100, then.clone());
        Self { per_grain: percent(grain.clone()), ..Self::counting(unit, percent(now - then), (max, threshold)) }
    }

    /// The points with an amount added, in grains.
    pub(crate) fn points(&self, grains: &BigInt) -> Points {
        if self.closed.is_some() || self.admission.as_ref().is_some_and(|admission| !admission.admits(grains)) {
            return Points::zero();
        }
        if grains.is_zero() {
            return Points::share(self.max, &self.n, self.threshold);
        }
        Points::share(self.max, &(&self.n + &self.per_grain * grains), self.threshold)
    }

    /// Why there are no points as it is, where the rule asks for more than growth.
    pub(crate) fn note(&self) -> Option<&'static str> {
        let is_admitted = |admission: &Admission| admission.admits(&BigInt::zero());
        let below = self.admission.as_ref().is_some_and(|admission| !is_admitted(admission));
        self.closed.or(below.then_some("below_minimum"))
    }

    /// The least amount with which the points meet a need, in grains; none where no amount does.
    pub(crate) fn least(&self, need: &Need) -> Option<BigInt> {
        let nothing = BigInt::zero();
        if need.is_met(self.points(&nothing).exact()) {
            return Some(nothing);
        }
        let can_rise = self.closed.is_none() && self.per_grain.is_positive();
        if !can_rise || !need.is_met(&BigRational::from_integer(self.max.into())) {
            return None;
        }
        let n = &need.points * BigRational::new(self.threshold.into(), self.max.into());
        let exact = (n - &self.n) / &self.per_grain;
        let grains = if need.is_strict { exact.floor().to_integer() + 1 } else { exact.ceil().to_integer() };
        let least = grains.max(self.admission.as_ref().map_or(nothing, Admission::least));
        self.admission.as_ref().is_none_or(|admission| admission.admits(&least)).then_some(least)
    }

    /// The points that a unit is worth between none and the maximum.
    pub(crate) fn points_of_unit(&self) -> BigRational {
        let of_n = BigRational::new(self.max.into(), self.threshold.max(1).into());
        &self.per_grain * of_n * BigRational::from_integer(self.unit.grains().into())
    }
}

impl Admission {
    /// Whether the value is in the bounds with an amount added.
    fn admits(&self, grains: &BigInt) -> bool {
        let value = &self.value + grains * &self.grain;
        self.bounds.admit(|bound| value.cmp(&BigInt::from(bound.micros())))
    }

    /// The least amount, 0 or more, with which the value is not below its bounds.
    fn least(&self) -> BigInt {
        let grains_to =
            |bound: ledger::Amount| BigRational::new(BigInt::from(bound.micros()) - &self.value, self.grain.clone());
        let to_min = self.bounds.min.map(|min| grains_to(min).ceil().to_integer());
        let above = self.bounds.above.map(|above| grains_to(above).floor().to_integer() + 1);
        to_min.into_iter().chain(above).fold(BigInt::zero(), Ord::max)
    }
}

#[cfg(test)]
mod tests {
    use ledger::Amount;
    use num_bigint::BigInt;
    use num_rational::BigRational;

    use super::{Admission, ChangeUnit, Need, Way};
    use crate::rulebook::Bounds;

    fn ratio(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    /// Ways of all kinds: below and above nothing, with fractions, with bounds, with a baseline and without one.
    fn ways() -> Vec<Way> {
        let counting = |n, sides| Way::counting(ChangeUnit::User, n, sides);
        let percent = |now: i64, then: i64| {
            let [now, then] = [now, then].map(BigInt::from);
            Way::percent(ChangeUnit::Usd, [&now, &then], &BigInt::from(10_000), (20, 20))
        };
        let usd = |min: Option<i128>, max: Option<i128>| {
            let amount = |micros: Option<i128>| micros.map(Amount::from_micros);
            let bounds = Bounds { min: amount(min), max: amount(max), ..Bounds::default() };
            Some(Admission { value: BigInt::from(600_000), grain: BigInt::from(10_000), bounds })
        };
        vec![
            counting(ratio(0, 1), (30, 3)),
            counting(ratio(-7, 1), (15, 7)),
            counting(ratio(5, 2), (25, 10)),
            counting(ratio(11, 1), (25, 10)),
            percent(600_000, 777_777),
            percent(600_000, 0),
            Way { admission: usd(Some(1_000_000), None), ..percent(600_000, 300_000) },
            Way { admission: usd(None, Some(700_000)), ..percent(600_000, 777_777) },
            Way { admission: usd(Some(1_000_001), Some(1_000_001)), ..percent(600_000, 300_000) },
        ]
    }

    #[test]
    fn the_least_amount_for_a_need_is_the_first_that_meets_it() {
        for way in ways() {
            for hundredths in (0..3_100).step_by(37) {
                for is_strict in [false, true] {
                    let need = Need { points: ratio(hundredths, 100), is_strict };
                    let meets = |grains: &i32| need.is_met(way.points(&BigInt::from(*grains)).exact());
                    let first = (0..600).find(meets).map(BigInt::from);
                    assert_eq!(way.least(&need), first, "{need:?} of {way:?}");
                }
            }
        }
    }

    #[test]
    fn a_unit_is_worth_its_share_of_the_maximum() {
        let units = ways().iter().map(|way| way.points_of_unit().to_string()).collect::<Vec<_>>();
        assert_eq!(units[..4], ["10", "15/7", "5/2", "5/2"]);
        // A dollar is a million of 777,777 millionths.
        assert_eq!(units[4], "100000000/777777");
    }
}
