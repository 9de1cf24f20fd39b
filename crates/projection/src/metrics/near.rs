//! The units that could count at the measured month and do not, each with what it lacks.

use std::collections::BTreeMap;

use ledger::{Amount, CustomerId, Month, Timestamp, named};
use num_bigint::BigInt;
use num_traits::Signed;

use super::supply::{CENT, ONE};
use super::way::ChangeUnit;
use crate::points::decimal;
use crate::rulebook::{AssociationList, Bounds};
use crate::scene::{Exclusion, MetricReading, Scene};

named! {
    /// Why a unit does not count.
    CandidateReason {
        /// Its figure is below the bounds.
        BelowBound = "below_bound",
        /// Its figure is above the bounds.
        AboveBound = "above_bound",
        /// No association that counts was made, or the newest begins later.
        NotAssociated = "not_associated",
        /// The newest association that would count has ended.
        AssociationEnded = "association_ended",
        /// Too few of the seats are active.
        Share = "share",
        /// The certification counted within a year, and no longer does.
        Expired = "expired",
        /// The certification is earned, and not linked to the partner.
        NotLinked = "not_linked",
        /// The person has a certification of the step before, and none of this one.
        Prerequisite = "prerequisite",
    }
}

/// A unit that could count and does not.
pub(crate) struct Near {
    pub(crate) unit: ChangeUnit,
    pub(crate) option: Option<String>,
    pub(crate) customer: CustomerId,
    pub(crate) product: Option<String>,
    /// The figure by which it is judged, in millionths of millionths, as are all figures of consumption value.
    pub(crate) figure: BigInt,
    pub(crate) missing: Option<BigInt>,
    pub(crate) reason: CandidateReason,
    pub(crate) seqs: Vec<u64>,
}

/// The places of a figure.
pub(crate) const PLACES: usize = 12;

/// What is known of a unit at the measured month.
#[derive(Clone, Debug, Default)]
pub(super) struct Sighting {
    /// The largest sum of a month that associations cover, if any do.
    covered: Option<BigInt>,
    /// The largest sum of a month of what no association covers.
    uncovered: Option<BigInt>,
    seqs: Vec<u64>,
}

impl Sighting {
    /// The same, as if what is covered were not there: where that counts, what is not covered could count as well.
    pub(super) fn without_cover(self) -> Self {
        Self { covered: None, ..self }
    }
}

/// How a unit is judged: by which association and which bounds, and the least step of its figure.
pub(super) struct Judging<'j> {
    pub(super) unit: ChangeUnit,
    pub(super) option: Option<&'j str>,
    pub(super) list: &'j AssociationList,
    pub(super) bounds: &'j Bounds,
    pub(super) step: i128,
}

impl<'j> Judging<'j> {
    /// By a figure of money.
    pub(super) fn money(unit: ChangeUnit, list: &'j AssociationList, bounds: &'j Bounds) -> Self {
        Self { unit, option: None, list, bounds, step: CENT }
    }

    /// By paid seats, for an option.
    pub(super) fn seats(
        unit: ChangeUnit,
        option: Option<&'j str>,
        list: &'j AssociationList,
        bounds: &'j Bounds,
    ) -> Self {
        Self { unit, option, list, bounds, step: ONE }
    }

    /// A unit with a figure that lacks something.
    fn near(
        &self,
        (customer, product): (CustomerId, Option<String>),
        figure: BigInt,
        missing: Option<BigInt>,
        reason: CandidateReason,
        mut seqs: Vec<u64>,
    ) -> Near {
        seqs.sort_unstable();
        seqs.dedup();
        let option = self.option.map(str::to_owned);
        Near { unit: self.unit, option, customer, product, figure, missing, reason, seqs }
    }

    /// A unit whose figure counts, if it is out of the bounds.
    pub(super) fn out_of_bounds(
        &self,
        subject: (CustomerId, Option<String>),
        figure: BigInt,
        seqs: Vec<u64>,
    ) -> Option<Near> {
        if self.has(&figure) {
            return None;
        }
        let low = |bound: Amount| scaled(bound.micros()) - &figure;
        // To a bound that is in the bounds itself; beyond one that is not, by a whole step.
        let above = |bound: Amount| (bound.micros().div_euclid(self.step) + 1) * self.step;
        let to_min = self.bounds.min.map(low);
        let to_above = self.bounds.above.map(|bound| scaled(above(bound)) - &figure);
        let missing = to_min.into_iter().chain(to_above).max().filter(|missing| *missing > BigInt::from(0));
        let reason = if missing.is_some() { CandidateReason::BelowBound } else { CandidateReason::AboveBound };
        Some(self.near(subject, figure, missing, reason, seqs))
    }

    /// A unit whose figure no association covers, if it is in the bounds and could be covered at the measured month.
    pub(super) fn uncovered(
        &self,
        scene: &Scene<'_>,
        (customer, product): (CustomerId, Option<String>),
        figure: BigInt,
        mut seqs: Vec<u64>,
    ) -> Option<Near> {
        // Where nothing is consumed, nothing can be added to consumption.
        let is_idle = matches!(self.unit, ChangeUnit::Usd | ChangeUnit::Mcv) && !figure.is_positive();
        if is_idle || !self.has(&figure) {
            return None;
        }
        let (newest, in_force) = scene.associations.newest_and_first(self.list, customer, scene.measured);
        if in_force.is_some() {
            // It is limited to something else: that is no matter of the customer.
            return None;
        }
        let last = Timestamp::end_of(scene.measured.last_day());
        let ended = newest.filter(|association| association.end_exclusive.is_some_and(|end| end <= last));
        let reason = if ended.is_some() { CandidateReason::AssociationEnded } else { CandidateReason::NotAssociated };
        seqs.extend(
            ended.into_iter().flat_map(|association| association.made_by.iter().copied().chain(association.ended_by)),
        );
        Some(self.near((customer, product), figure, None, reason, seqs))
    }

    /// A unit of which too few seats are active, with the active users and those that it lacks, in millionths.
    pub(super) fn inactive(
        &self,
        subject: (CustomerId, Option<String>),
        (users, missing): (i128, i128),
        seqs: Vec<u64>,
    ) -> Near {
        self.near(subject, scaled(users), Some(scaled(missing)), CandidateReason::Share, seqs)
    }

    fn has(&self, figure: &BigInt) -> bool {
        self.bounds.admit(|bound| figure.cmp(&scaled(bound.micros())))
    }

    /// The units of sightings that lack something.
    pub(super) fn judge<K>(
        &self,
        scene: &Scene<'_>,
        sightings: BTreeMap<K, Sighting>,
        subject: impl Fn(K) -> (CustomerId, Option<String>),
    ) -> Vec<Near> {
        let near = |(key, Sighting { covered, uncovered, seqs })| match (covered, uncovered) {
            (Some(figure), _) => self.out_of_bounds(subject(key), figure, seqs),
            (None, Some(figure)) => self.uncovered(scene, subject(key), figure, seqs),
            (None, None) => None,
        };
        sightings.into_iter().filter_map(near).collect()
    }
}

/// Millionths as millionths of millionths.
pub(super) fn scaled(micros: i128) -> BigInt {
    BigInt::from(micros) * Amount::MICROS
}

/// A figure as an exact decimal.
pub(crate) fn shown(figure: &BigInt) -> String {
    decimal(figure, PLACES)
}

/// What a reading sees of some months, by what `key` makes of a report, each figure with its weight: the largest month of
/// each, or the sum of all. All are judged at the end of the measured month where `is_judged_now`, else each at its own.
pub(super) fn sight<'s, K: Ord + Clone>(
    scene: &'s Scene<'_>,
    reading: &'s MetricReading<'_>,
    (months, is_judged_now, is_sum): (&[Month], bool, bool),
    key: impl Fn(CustomerId, &'s str) -> Option<(K, i128)>,
) -> BTreeMap<K, Sighting> {
    let mut sightings: BTreeMap<K, Sighting> = BTreeMap::new();
    let mut sums: BTreeMap<(K, Option<Month>), [Option<BigInt>; 2]> = BTreeMap::new();
    for month in months {
        let judged = if is_judged_now { scene.measured } else { *month };
        for seen in reading.month(scene, *month, judged) {
            let Some((key, weight)) = key(seen.report.customer, seen.product) else { continue };
            let place = match seen.cover {
                Ok(_) => 0,
                Err(Exclusion::NoCover) => 1,
                Err(Exclusion::Offer(_)) => continue,
            };
            sightings.entry(key.clone()).or_default().seqs.push(seen.report.seq);
            let sum = sums.entry((key, (!is_sum).then_some(*month))).or_default();
            if let Some(sum) = sum.get_mut(place) {
                *sum.get_or_insert_default() += BigInt::from(seen.report.value.micros()) * weight;
            }
        }
    }
    for ((key, _), [covered, uncovered]) in sums {
        let sighting = sightings.entry(key).or_default();
        sighting.covered = sighting.covered.take().max(covered);
        sighting.uncovered = sighting.uncovered.take().max(uncovered);
    }
    sightings
}
