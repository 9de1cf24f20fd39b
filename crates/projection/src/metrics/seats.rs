//! Seats and users by product: what Modern Work and the Microsoft 365 part of Security share.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, CustomerId, Month, UsageMetric};

use super::near::{Judging, Near, scaled};
use super::way::ChangeUnit;
use super::{Side, pair_of};
use crate::rulebook::{AssociationList, Band, Bounds, Products};
use crate::scene::{CoveredReport, MetricReading, Scene};
use crate::score::answer::{At, Judged, Unit};
use crate::tally::{NewestName, amount, unit};

/// What is known of a product of a customer in a month.
#[derive(Clone, Debug, Default)]
pub(super) struct Pair {
    seats: Figure,
    users: Figure,
}

/// The paid seats or the active users of a product of a customer; sums in millionths.
#[derive(Clone, Debug, Default)]
struct Figure {
    /// All of them, covered or not.
    sum: Option<i128>,
    /// Those of reports that an association covers.
    covered: Option<i128>,
    evidence: FigureEvidence,
}

/// What is behind a figure; only where the units behind a score are asked for.
#[derive(Clone, Debug, Default)]
struct FigureEvidence {
    /// The name of the product.
    name: NewestName,
    /// All reports.
    reports: Vec<u64>,
    /// The reports that are covered, and the associations that cover them.
    covered: Vec<u64>,
    /// Why a report is not covered, with the entries that show it.
    uncovered: Option<(String, Vec<u64>)>,
}

/// The products of one customer in a month.
type Pairs<'r> = BTreeMap<&'r str, Pair>;

/// How the seats and users of products are read, and which pairs are in band.
pub(super) struct SeatReading<'r> {
    scene: &'r Scene<'r>,
    products: &'r Products,
    band: &'r Band,
    seats: MetricReading<'r>,
    users: MetricReading<'r>,
}

impl<'r> SeatReading<'r> {
    pub(super) fn new(scene: &'r Scene<'r>, products: &'r Products, list: &'r AssociationList, band: &'r Band) -> Self {
        let seats = MetricReading::new(UsageMetric::PaidSeats, list, Some(products), &[]);
        let users = MetricReading::new(UsageMetric::ActiveUsers, list, Some(products), &[]);
        Self { scene, products, band, seats, users }
    }

    /// The customers with a report of either figure in a month.
    pub(super) fn customers(&self, month: Month) -> BTreeSet<CustomerId> {
        let reports = self.scene.reports(UsageMetric::PaidSeats, month);
        reports.chain(self.scene.reports(UsageMetric::ActiveUsers, month)).map(|report| report.customer).collect()
    }

    /// The products of a customer in a month, with cover as of its end.
    fn pairs(&self, customer: CustomerId, month: Month) -> Pairs<'_> {
        let mut pairs = Pairs::new();
        for seen in self.seats.customer(self.scene, month, customer) {
            pairs.entry(seen.product).or_default().seats.add(self.scene, &self.seats, &seen, month);
        }
        for seen in self.users.customer(self.scene, month, customer) {
            pairs.entry(seen.product).or_default().users.add(self.scene, &self.users, &seen, month);
        }
        pairs
    }

    /// Whether a pair has seats within the bounds; without bounds, every pair is in band.
    fn has_seats_in_bounds(&self, pair: &Pair) -> bool {
        let bounds = &self.band.seats;
        bounds.is_unbounded() || pair.seats.sum.is_some_and(|seats| bounds.contains(Amount::from_micros(seats)))
    }

    /// Whether a product of a customer is in band at a month.
    fn is_in_band(&self, customer: CustomerId, month: Month, product: &str, pair: &Pair) -> bool {
        if self.has_seats_in_bounds(pair) {
            return true;
        }
        let above = pair.seats.sum.zip(self.band.seats.max).is_some_and(|(seats, max)| seats > max.micros());
        if !(self.band.promoted_tenant_stays && month == self.scene.measured && above) {
            return false;
        }
        let before = self.pairs(customer, self.scene.compared);
        before.get(product).is_some_and(|pair| self.has_seats_in_bounds(pair))
    }

    /// Whether enough of the seats are active, where the rule asks for that.
    fn is_active(&self, pair: &Pair) -> bool {
        let Some(min) = self.band.active_share_min else { return true };
        let seats = pair.seats.sum.unwrap_or(0);
        seats > 0 && pair.users.sum.unwrap_or(0) * Amount::MICROS >= min.micros() * seats
    }

    /// Whether a customer has a pair that is in band, covered by its seats and, if the rule asks, active.
    pub(super) fn is_unit(&self, customer: CustomerId, month: Month) -> bool {
        self.pairs(customer, month).iter().any(|(product, pair)| {
            pair.seats.covered.is_some() && self.is_active(pair) && self.is_in_band(customer, month, product, pair)
        })
    }

    /// Whether any product of the customer is covered by its seats at a month.
    pub(super) fn is_covered(&self, customer: CustomerId, month: Month) -> bool {
        self.seats.customer(self.scene, month, customer).any(|seen| seen.cover.is_ok())
    }

    /// The customers that are units at a month.
    pub(super) fn units(&self, month: Month) -> BTreeSet<CustomerId> {
        self.customers(month).into_iter().filter(|customer| self.is_unit(*customer, month)).collect()
    }

    /// The covered active users of the products of each customer that are in band, in millionths.
    pub(super) fn covered_users(&self, month: Month) -> BTreeMap<(CustomerId, &'r str), i128> {
        let users = self.each_pair(month).filter_map(|(customer, product, pair)| {
            let covered = pair.users.covered.filter(|_| self.is_in_band(customer, month, product, &pair))?;
            Some(((customer, self.products.find(product)?), covered))
        });
        users.collect()
    }

    /// A pair in the first month after the compared one in which its active users were covered.
    ///
    /// None when they were covered at the compared month already.
    pub(super) fn first_covered(&self, customer: CustomerId, product: &str) -> Option<Pair> {
        let covered = |month| self.pairs(customer, month).remove(product).filter(|pair| pair.users.covered.is_some());
        if covered(self.scene.compared).is_some() {
            return None;
        }
        let months = self.scene.compared.number() + 1..=self.scene.measured.number();
        months.map(Month::from_number).find_map(covered)
    }

    /// The products of customers that could count at the measured month and do not: by their active users where these are
    /// what is added, else by their seats.
    pub(super) fn near(&self, judging: &Judging<'_>) -> Vec<Near> {
        let month = self.scene.measured;
        let by_users = judging.unit == ChangeUnit::User;
        let units = if by_users { BTreeSet::new() } else { self.units(month) };
        let near = |(customer, product, pair): (CustomerId, &str, Pair)| {
            let Pair { seats, users } = &pair;
            let counting = if by_users { users } else { seats };
            let subject = (customer, Some(seats.evidence.name.or(&users.evidence.name.or(product))));
            let seqs = [&*seats.evidence.reports, &users.evidence.reports].concat();
            let is_in_band = self.is_in_band(customer, month, product, &pair);
            let (seats, users) = (seats.sum.unwrap_or(0), users.sum.unwrap_or(0));
            if counting.covered.is_some() && !is_in_band {
                return judging.out_of_bounds(subject, scaled(seats), seqs);
            }
            if !is_in_band || counting.sum.is_none() {
                return None;
            }
            if !by_users && !self.is_active(&pair) {
                // Without seats above 0 no number of users is a share.
                let min = self.band.active_share_min.filter(|_| counting.covered.is_some() && seats > 0)?;
                let wanted = (min.micros() * seats + Amount::MICROS - 1) / Amount::MICROS;
                let missing = (wanted - users + Amount::MICROS - 1) / Amount::MICROS * Amount::MICROS;
                return Some(judging.inactive(subject, (users, missing), seqs));
            }
            if counting.covered.is_some() {
                return None;
            }
            // It is in band, whatever its figure: promoted or not.
            let unbounded = Judging { bounds: &Bounds::default(), ..*judging };
            unbounded.uncovered(self.scene, subject, scaled(if by_users { users } else { seats }), seqs)
        };
        self.each_pair(month).filter(|(customer, ..)| !units.contains(customer)).filter_map(near).collect()
    }

    /// The products of all customers in a month.
    fn each_pair(&self, month: Month) -> impl Iterator<Item = (CustomerId, &str, Pair)> {
        let of_customer = move |customer| {
            self.pairs(customer, month).into_iter().map(move |(product, pair)| (customer, product, pair))
        };
        self.customers(month).into_iter().flat_map(of_customer)
    }

    /// The products of customers in a month as units of paid seats, counted or not, with the reason.
    pub(super) fn explain(&self, side: Side, part: Option<&str>, because: &mut Vec<Unit>) {
        if !self.scene.question.explain {
            return;
        }
        for (customer, product, pair) in self.each_pair(side.month) {
            let Pair { seats: Figure { evidence: seats, sum, .. }, users: Figure { evidence: users, .. } } = &pair;
            let missed = self.why_missed(customer, side.month, product, &pair);
            let mut entries = [&*seats.reports, &users.reports, &seats.covered, &users.covered].concat();
            entries.extend(self.entries_of_band(customer, product, &pair));
            if let (Some(_), Some((_, uncovered))) = (&missed, &seats.uncovered) {
                entries.extend(uncovered);
            }
            let subject = pair_of(customer, seats.name.or(&users.name.or(product)), part);
            let told = unit(side.at, subject, missed, sum.map(amount), entries);
            because.push(self.judged(told, &pair));
        }
    }

    /// The products of customers in a month as units of active users, counted or not, with the reason; without those
    /// whose baseline is another month.
    pub(super) fn explain_users(
        &self,
        side: Side,
        part: &str,
        elsewhere: &BTreeMap<(CustomerId, &str), Pair>,
        because: &mut Vec<Unit>,
    ) {
        if !self.scene.question.explain {
            return;
        }
        for (customer, product, pair) in self.each_pair(side.month) {
            if elsewhere.contains_key(&(customer, product)) {
                continue;
            }
            let Some(missed) = self.why_users_missed(customer, side.month, product, &pair) else {
                let band = self.entries_of_band(customer, product, &pair);
                because.push(pair.users_unit(side.at, customer, product, part, &band));
                continue;
            };
            let Pair { seats: Figure { evidence: seats, .. }, users: Figure { evidence: users, sum, .. } } = &pair;
            let mut entries = [&*seats.reports, &users.reports, &users.covered].concat();
            entries.extend(users.uncovered.iter().flat_map(|(_, uncovered)| uncovered));
            let subject = pair_of(customer, users.name.or(&seats.name.or(product)), Some(part));
            let missed = unit(side.at, subject, Some(missed), sum.map(amount), entries);
            because.push(missed.weighing(part, pair.users.covered.or(pair.users.sum).unwrap_or(0)));
        }
    }

    /// A unit whose figure is its paid seats, with the bounds by which these are judged where an association covers them.
    fn judged(&self, unit: Unit, pair: &Pair) -> Unit {
        let bounds = &self.band.seats;
        match (pair.seats.sum, pair.seats.covered) {
            (Some(seats), Some(_)) => unit.judged(bounds, |bound| seats.cmp(&bound.micros())),
            (None, _) => unit,
            (Some(_), None) => Unit { judged: Some(Judged { bounds: *bounds, failed: None }), ..unit },
        }
    }

    /// The reports of seats by which a pair is in band; none where every pair is.
    fn entries_of_band(&self, customer: CustomerId, product: &str, pair: &Pair) -> Vec<u64> {
        if self.band.seats.is_unbounded() {
            return Vec::new();
        }
        let mut entries = pair.seats.evidence.reports.clone();
        if !self.has_seats_in_bounds(pair) && self.band.promoted_tenant_stays {
            // It stays in band by what it was a year before.
            let before = self.pairs(customer, self.scene.compared).remove(product);
            entries.extend(before.into_iter().flat_map(|pair| pair.seats.evidence.reports));
        }
        entries
    }

    fn why_missed(&self, customer: CustomerId, month: Month, product: &str, pair: &Pair) -> Option<String> {
        if pair.seats.covered.is_none() {
            return Some(pair.seats.why_uncovered("no paid seats were reported"));
        }
        if let Some(words) = self.why_out_of_band(customer, month, product, pair) {
            return Some(words);
        }
        if self.is_active(pair) {
            return None;
        }
        let (users, seats) = (amount(pair.users.sum.unwrap_or(0)), amount(pair.seats.sum.unwrap_or(0)));
        let share = self.band.active_share_min.expect("a pair is inactive only where a share is asked for");
        Some(format!("{users} active users of {seats} seats are below a share of {share}"))
    }

    fn why_users_missed(&self, customer: CustomerId, month: Month, product: &str, pair: &Pair) -> Option<String> {
        if pair.users.covered.is_none() {
            return Some(pair.users.why_uncovered("no active users were reported"));
        }
        self.why_out_of_band(customer, month, product, pair)
    }

    fn why_out_of_band(&self, customer: CustomerId, month: Month, product: &str, pair: &Pair) -> Option<String> {
        if self.is_in_band(customer, month, product, pair) {
            return None;
        }
        Some(match pair.seats.sum {
            Some(seats) => format!("{} seats are not {}", amount(seats), self.band.seats),
            None => "no paid seats were reported".to_owned(),
        })
    }
}

impl Pair {
    /// The covered active users, in millionths.
    pub(super) fn users(&self) -> i128 {
        self.users.covered.unwrap_or(0)
    }

    /// The covered active users as a unit that counted, with the entries by which it is in band.
    pub(super) fn users_unit(&self, at: At, customer: CustomerId, product: &str, part: &str, band: &[u64]) -> Unit {
        let FigureEvidence { name, covered, .. } = &self.users.evidence;
        let subject = pair_of(customer, name.or(product), Some(part));
        unit(at, subject, None, Some(amount(self.users())), [covered, band].concat()).weighing(part, self.users())
    }
}

impl Figure {
    /// Adds a report; what is behind it only where that is asked for.
    fn add(&mut self, scene: &Scene<'_>, reading: &MetricReading<'_>, seen: &CoveredReport<'_>, month: Month) {
        let value = seen.report.value.micros();
        *self.sum.get_or_insert(0) += value;
        if seen.cover.is_ok() {
            *self.covered.get_or_insert(0) += value;
        }
        if !scene.question.explain {
            return;
        }
        let FigureEvidence { name, reports, covered, uncovered } = &mut self.evidence;
        name.see(seen);
        reports.push(seen.report.seq);
        match seen.cover {
            Ok(association) => {
                covered.push(seen.report.seq);
                covered.extend(&association.made_by);
            }
            Err(_) => {
                uncovered.get_or_insert_with(|| reading.why_uncovered(scene, &seen.report, month));
            }
        }
    }

    /// Why a report is not covered, or what there is to say where none is.
    fn why_uncovered(&self, otherwise: &str) -> String {
        self.evidence.uncovered.as_ref().map_or_else(|| otherwise.to_owned(), |(words, _)| words.clone())
    }
}
