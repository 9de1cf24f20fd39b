//! Seats and users by product: what Modern Work and the Microsoft 365 part of Security share.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, CustomerId, Month, UsageMetric};

use crate::rulebook::{AssociationList, Bounds, Products};
use crate::scene::{Reading, Scene, Uncounted};
use crate::score::answer::{At, Subject, Unit};
use crate::tally::{amount, describe, unit};

/// How a rule reads seats and users.
pub(crate) struct SeatRule<'r> {
    pub(crate) products: &'r Products,
    pub(crate) list: &'r AssociationList,
    pub(crate) seats: Bounds,
    /// Pairs above `seats_max` now that were in band a year before stay in band.
    pub(crate) promoted_tenant_stays: bool,
    /// The share of active seats that a deployment needs.
    pub(crate) active_share_min: Option<Amount>,
}

/// What is known of a product of a customer in a month; sums in millionths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pair {
    /// All paid seats, covered or not.
    seats: Option<i128>,
    /// All active users, covered or not.
    users: Option<i128>,
    /// The active users that an association covers, where it covers any report of them.
    covered_users: Option<i128>,
    /// Whether an association covers a report of its paid seats.
    seats_covered: bool,
    entries: Vec<u64>,
    missed: Option<(String, Vec<u64>)>,
}

/// The products of one customer in a month.
type Pairs<'r> = BTreeMap<&'r str, Pair>;

/// A rule with what it reads.
pub(crate) struct SeatReading<'r> {
    scene: &'r Scene<'r>,
    rule: SeatRule<'r>,
    seats: Reading<'r>,
    users: Reading<'r>,
}

impl<'r> SeatReading<'r> {
    pub(crate) fn new(scene: &'r Scene<'r>, rule: SeatRule<'r>) -> Self {
        let (list, products) = (rule.list, Some(rule.products));
        let seats = Reading::new(UsageMetric::PaidSeats, list, products, &[]);
        let users = Reading::new(UsageMetric::ActiveUsers, list, products, &[]);
        Self { scene, rule, seats, users }
    }

    /// The customers with a report of either figure in a month.
    pub(crate) fn customers(&self, month: Month) -> BTreeSet<CustomerId> {
        let history = self.scene.history;
        let reports = history.reports(UsageMetric::PaidSeats, month);
        reports.chain(history.reports(UsageMetric::ActiveUsers, month)).map(|report| report.customer).collect()
    }

    /// The products of a customer in a month, with cover as of its end.
    fn pairs(&self, customer: CustomerId, month: Month) -> Pairs<'_> {
        let mut pairs = Pairs::new();
        for seen in self.seats.customer(self.scene, month, customer) {
            let pair: &mut Pair = pairs.entry(seen.product).or_default();
            *pair.seats.get_or_insert(0) += seen.report.value.micros();
            pair.entries.push(seen.report.seq);
            match seen.cover {
                Ok(association) => {
                    pair.seats_covered = true;
                    pair.entries.extend(&association.made_by);
                }
                Err(Uncounted::NoCover) if self.scene.question.explain && pair.missed.is_none() => {
                    pair.missed = Some(self.seats.why_uncovered(self.scene, &seen.report, month));
                }
                Err(_) => {}
            }
        }
        for seen in self.users.customer(self.scene, month, customer) {
            let pair: &mut Pair = pairs.entry(seen.product).or_default();
            *pair.users.get_or_insert(0) += seen.report.value.micros();
            pair.entries.push(seen.report.seq);
            if let Ok(association) = seen.cover {
                *pair.covered_users.get_or_insert(0) += seen.report.value.micros();
                pair.entries.extend(&association.made_by);
            }
        }
        pairs
    }

    /// Whether a pair has seats within the bounds; without bounds, every pair is in band.
    fn has_seats_in_bounds(&self, pair: Option<&Pair>) -> bool {
        if self.rule.seats.is_unbounded() {
            return true;
        }
        let seats = pair.and_then(|pair| pair.seats);
        seats.is_some_and(|seats| self.rule.seats.contains(Amount::from_micros(seats)))
    }

    /// Whether a product of a customer is in band at a month.
    fn is_in_band(&self, customer: CustomerId, month: Month, product: &str, pair: &Pair) -> bool {
        if self.has_seats_in_bounds(Some(pair)) {
            return true;
        }
        let above = pair.seats.zip(self.rule.seats.max).is_some_and(|(seats, max)| seats > max.micros());
        if !(self.rule.promoted_tenant_stays && month == self.scene.measured && above) {
            return false;
        }
        let before = self.pairs(customer, self.scene.compared);
        before.get(product).is_some_and(|pair| self.has_seats_in_bounds(Some(pair)))
    }

    /// Whether enough of the seats are active, where the rule asks for that.
    fn is_active(&self, pair: &Pair) -> bool {
        let Some(min) = self.rule.active_share_min else { return true };
        let seats = pair.seats.unwrap_or(0);
        seats > 0 && pair.users.unwrap_or(0) * Amount::MICROS >= min.micros() * seats
    }

    /// Whether a customer has a pair that is in band, covered by its seats and, if the rule asks, active.
    pub(crate) fn is_unit(&self, customer: CustomerId, month: Month) -> bool {
        self.pairs(customer, month).iter().any(|(product, pair)| {
            pair.seats_covered && self.is_active(pair) && self.is_in_band(customer, month, product, pair)
        })
    }

    /// Whether any product of the customer is covered by its seats at a month.
    pub(crate) fn is_covered(&self, customer: CustomerId, month: Month) -> bool {
        self.seats.customer(self.scene, month, customer).any(|seen| seen.cover.is_ok())
    }

    /// The customers that are units at a month.
    pub(crate) fn units(&self, month: Month) -> BTreeSet<CustomerId> {
        self.customers(month).into_iter().filter(|customer| self.is_unit(*customer, month)).collect()
    }

    /// The covered active users of the products of each customer that are in band, in millionths.
    pub(crate) fn covered_users(&self, month: Month) -> BTreeMap<(CustomerId, &'r str), i128> {
        let mut users = BTreeMap::new();
        for customer in self.customers(month) {
            for (product, pair) in self.pairs(customer, month) {
                let in_band = self.is_in_band(customer, month, product, &pair);
                if let (Some(covered), true, Some(product)) = (pair.covered_users, in_band, self.name(product)) {
                    users.insert((customer, product), covered);
                }
            }
        }
        users
    }

    /// The covered active users of a pair in the first month after the compared one in which it was covered.
    ///
    /// None when it was covered at the compared month already.
    pub(crate) fn first_covered_users(&self, customer: CustomerId, product: &str) -> Option<i128> {
        let covered = |month| self.pairs(customer, month).get(product).and_then(|pair| pair.covered_users);
        if covered(self.scene.compared).is_some() {
            return None;
        }
        let months = self.scene.compared.number() + 1..=self.scene.measured.number();
        months.map(Month::from_number).find_map(covered)
    }

    /// A product's name as the rulebook writes it.
    fn name(&self, product: &str) -> Option<&'r str> {
        self.rule.products.find(product)
    }

    /// The customers of a month as units, counted or not, with the reason.
    pub(crate) fn explain(&self, at: At, month: Month, part: Option<&str>, because: &mut Vec<Unit>) {
        if !self.scene.question.explain {
            return;
        }
        for customer in self.customers(month) {
            for (product, pair) in self.pairs(customer, month) {
                let subject = Subject::Pair { customer, product: product.to_owned(), part: part.map(str::to_owned) };
                let mut entries = pair.entries.clone();
                let missed = self.why_missed(customer, month, product, &pair);
                if let (Some(_), Some((_, shown))) = (&missed, &pair.missed) {
                    entries.extend(shown);
                }
                because.push(unit(at, subject, missed, pair.seats.map(amount), entries));
            }
        }
    }

    fn why_missed(&self, customer: CustomerId, month: Month, product: &str, pair: &Pair) -> Option<String> {
        if !pair.seats_covered {
            let words = pair.missed.as_ref().map(|(words, _)| words.clone());
            return Some(words.unwrap_or_else(|| "no paid seats were reported".into()));
        }
        if !self.is_in_band(customer, month, product, pair) {
            let seats = pair.seats.map_or_else(|| "no".to_owned(), amount);
            return Some(format!("{seats} seats are not {}", describe(&self.rule.seats)));
        }
        if self.is_active(pair) {
            return None;
        }
        let (users, seats) = (amount(pair.users.unwrap_or(0)), amount(pair.seats.unwrap_or(0)));
        let share = self.rule.active_share_min.unwrap_or_default();
        Some(format!("{users} active users of {seats} seats are below a share of {share}"))
    }
}
