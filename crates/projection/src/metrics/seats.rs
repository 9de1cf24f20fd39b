//! Seats and users by product: what Modern Work and the Microsoft 365 part of Security share.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, CustomerId, Month, UsageMetric};

use super::{Side, pair_of};
use crate::rulebook::{AssociationList, Band, Products};
use crate::scene::{Reading, Scene};
use crate::score::answer::{At, Unit};
use crate::tally::{ProductName, amount, describe, unit};

/// What is known of a product of a customer in a month; sums in millionths.
#[derive(Clone, Debug, Default)]
pub(super) struct Pair {
    /// All paid seats, covered or not.
    seats: Option<i128>,
    /// All active users, covered or not.
    users: Option<i128>,
    /// The active users that an association covers, where it covers any report of them.
    covered_users: Option<i128>,
    /// Whether an association covers a report of its paid seats.
    seats_covered: bool,
    /// The entries behind it, and its name; only where they are asked for.
    shown: Shown,
}

/// What a question for the units behind a score is told of a product of a customer.
#[derive(Clone, Debug, Default)]
struct Shown {
    /// Its name by its seats and by its users.
    seats_name: ProductName,
    users_name: ProductName,
    /// The reports of its paid seats.
    seats: Vec<u64>,
    /// The reports of its active users.
    users: Vec<u64>,
    /// The associations that cover its seats, and those that cover its users with the reports that they cover.
    covers_of_seats: Vec<u64>,
    covered_users: Vec<u64>,
    /// Why a report is not covered, of its seats and of its users, with the entries that show it.
    uncovered_seats: Option<(String, Vec<u64>)>,
    uncovered_users: Option<(String, Vec<u64>)>,
}

/// The products of one customer in a month.
type Pairs<'r> = BTreeMap<&'r str, Pair>;

/// How the seats and users of products are read, and which pairs are in band.
pub(super) struct SeatReading<'r> {
    scene: &'r Scene<'r>,
    products: &'r Products,
    band: &'r Band,
    seats: Reading<'r>,
    users: Reading<'r>,
}

impl<'r> SeatReading<'r> {
    pub(super) fn new(scene: &'r Scene<'r>, products: &'r Products, list: &'r AssociationList, band: &'r Band) -> Self {
        let seats = Reading::new(UsageMetric::PaidSeats, list, Some(products), &[]);
        let users = Reading::new(UsageMetric::ActiveUsers, list, Some(products), &[]);
        Self { scene, products, band, seats, users }
    }

    /// The customers with a report of either figure in a month.
    pub(super) fn customers(&self, month: Month) -> BTreeSet<CustomerId> {
        let history = self.scene.history;
        let reports = history.reports(UsageMetric::PaidSeats, month);
        reports.chain(history.reports(UsageMetric::ActiveUsers, month)).map(|report| report.customer).collect()
    }

    /// The products of a customer in a month, with cover as of its end.
    fn pairs(&self, customer: CustomerId, month: Month) -> Pairs<'_> {
        let explain = self.scene.question.explain;
        let mut pairs = Pairs::new();
        for seen in self.seats.customer(self.scene, month, customer) {
            let pair: &mut Pair = pairs.entry(seen.product).or_default();
            *pair.seats.get_or_insert(0) += seen.report.value.micros();
            pair.seats_covered |= seen.cover.is_ok();
            if explain {
                pair.shown.seats_name.see(&seen);
                pair.shown.seats.push(seen.report.seq);
                match seen.cover {
                    Ok(association) => pair.shown.covers_of_seats.extend(&association.made_by),
                    Err(_) => self.seats.note_uncovered(self.scene, &seen, month, &mut pair.shown.uncovered_seats),
                }
            }
        }
        for seen in self.users.customer(self.scene, month, customer) {
            let pair: &mut Pair = pairs.entry(seen.product).or_default();
            *pair.users.get_or_insert(0) += seen.report.value.micros();
            if seen.cover.is_ok() {
                *pair.covered_users.get_or_insert(0) += seen.report.value.micros();
            }
            if explain {
                pair.shown.users_name.see(&seen);
                pair.shown.users.push(seen.report.seq);
                match seen.cover {
                    Ok(association) => {
                        pair.shown.covered_users.push(seen.report.seq);
                        pair.shown.covered_users.extend(&association.made_by);
                    }
                    Err(_) => self.users.note_uncovered(self.scene, &seen, month, &mut pair.shown.uncovered_users),
                }
            }
        }
        pairs
    }

    /// Whether a pair has seats within the bounds; without bounds, every pair is in band.
    fn has_seats_in_bounds(&self, pair: Option<&Pair>) -> bool {
        if self.band.seats.is_unbounded() {
            return true;
        }
        let seats = pair.and_then(|pair| pair.seats);
        seats.is_some_and(|seats| self.band.seats.contains(Amount::from_micros(seats)))
    }

    /// Whether a product of a customer is in band at a month.
    fn is_in_band(&self, customer: CustomerId, month: Month, product: &str, pair: &Pair) -> bool {
        if self.has_seats_in_bounds(Some(pair)) {
            return true;
        }
        let above = pair.seats.zip(self.band.seats.max).is_some_and(|(seats, max)| seats > max.micros());
        if !(self.band.promoted_tenant_stays && month == self.scene.measured && above) {
            return false;
        }
        let before = self.pairs(customer, self.scene.compared);
        before.get(product).is_some_and(|pair| self.has_seats_in_bounds(Some(pair)))
    }

    /// Whether enough of the seats are active, where the rule asks for that.
    fn is_active(&self, pair: &Pair) -> bool {
        let Some(min) = self.band.active_share_min else { return true };
        let seats = pair.seats.unwrap_or(0);
        seats > 0 && pair.users.unwrap_or(0) * Amount::MICROS >= min.micros() * seats
    }

    /// Whether a customer has a pair that is in band, covered by its seats and, if the rule asks, active.
    pub(super) fn is_unit(&self, customer: CustomerId, month: Month) -> bool {
        self.pairs(customer, month).iter().any(|(product, pair)| {
            pair.seats_covered && self.is_active(pair) && self.is_in_band(customer, month, product, pair)
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

    /// A pair in the first month after the compared one in which its active users were covered.
    ///
    /// None when they were covered at the compared month already.
    pub(super) fn first_covered(&self, customer: CustomerId, product: &str) -> Option<Pair> {
        let covered = |month| self.pairs(customer, month).remove(product).filter(|pair| pair.covered_users.is_some());
        if covered(self.scene.compared).is_some() {
            return None;
        }
        let months = self.scene.compared.number() + 1..=self.scene.measured.number();
        months.map(Month::from_number).find_map(covered)
    }

    /// A product's name as the rulebook writes it.
    fn name(&self, product: &str) -> Option<&'r str> {
        self.products.find(product)
    }

    /// The products of customers in a month as units of paid seats, counted or not, with the reason.
    pub(super) fn explain(&self, side: Side, part: Option<&str>, because: &mut Vec<Unit>) {
        self.each_pair(side.month, &mut |customer, product, pair| {
            let Shown { seats_name, users_name, seats, users, .. } = &pair.shown;
            let Shown { covers_of_seats, covered_users, uncovered_seats, .. } = &pair.shown;
            let missed = self.why_missed(customer, side.month, product, pair);
            let mut entries = [seats.as_slice(), users, covers_of_seats, covered_users].concat();
            entries.extend(self.entries_of_band(customer, product, pair));
            if let (Some(_), Some((_, shown))) = (&missed, uncovered_seats) {
                entries.extend(shown);
            }
            let subject = pair_of(customer, seats_name.or(&users_name.or(product)), part);
            because.push(unit(side.at, subject, missed, pair.seats.map(amount), entries));
        });
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
        self.each_pair(side.month, &mut |customer, product, pair| {
            if elsewhere.contains_key(&(customer, product)) {
                return;
            }
            let Some(missed) = self.why_users_missed(customer, side.month, product, pair) else {
                let mut shown = pair.users_unit(side.at, customer, product, part);
                shown.entries.extend(self.entries_of_band(customer, product, pair));
                shown.entries.sort_unstable();
                shown.entries.dedup();
                return because.push(shown);
            };
            let Shown { users_name, seats_name, seats, users, covered_users, uncovered_users, .. } = &pair.shown;
            let mut entries = [seats.as_slice(), users, covered_users].concat();
            entries.extend(uncovered_users.iter().flat_map(|(_, shown)| shown));
            let subject = pair_of(customer, users_name.or(&seats_name.or(product)), Some(part));
            because.push(unit(side.at, subject, Some(missed), pair.users.map(amount), entries));
        });
    }

    /// Visits the products of customers in a month, where the units behind a score are asked for.
    fn each_pair(&self, month: Month, visit: &mut dyn FnMut(CustomerId, &str, &Pair)) {
        if !self.scene.question.explain {
            return;
        }
        for customer in self.customers(month) {
            for (product, pair) in self.pairs(customer, month) {
                visit(customer, product, &pair);
            }
        }
    }

    /// The reports of seats by which a pair is in band; none where every pair is.
    fn entries_of_band(&self, customer: CustomerId, product: &str, pair: &Pair) -> Vec<u64> {
        if self.band.seats.is_unbounded() {
            return Vec::new();
        }
        let mut entries = pair.shown.seats.clone();
        if !self.has_seats_in_bounds(Some(pair)) && self.band.promoted_tenant_stays {
            // It stays in band by what it was a year before.
            let before = self.pairs(customer, self.scene.compared).remove(product);
            entries.extend(before.into_iter().flat_map(|pair| pair.shown.seats));
        }
        entries
    }

    fn why_missed(&self, customer: CustomerId, month: Month, product: &str, pair: &Pair) -> Option<String> {
        if !pair.seats_covered {
            return Some(words(pair.shown.uncovered_seats.as_ref(), "no paid seats were reported"));
        }
        if let Some(words) = self.why_out_of_band(customer, month, product, pair) {
            return Some(words);
        }
        if self.is_active(pair) {
            return None;
        }
        let (users, seats) = (amount(pair.users.unwrap_or(0)), amount(pair.seats.unwrap_or(0)));
        let share = self.band.active_share_min.unwrap_or_default();
        Some(format!("{users} active users of {seats} seats are below a share of {share}"))
    }

    fn why_users_missed(&self, customer: CustomerId, month: Month, product: &str, pair: &Pair) -> Option<String> {
        if pair.covered_users.is_none() {
            return Some(words(pair.shown.uncovered_users.as_ref(), "no active users were reported"));
        }
        self.why_out_of_band(customer, month, product, pair)
    }

    fn why_out_of_band(&self, customer: CustomerId, month: Month, product: &str, pair: &Pair) -> Option<String> {
        if self.is_in_band(customer, month, product, pair) {
            return None;
        }
        Some(match pair.seats {
            Some(seats) => format!("{} seats are not {}", amount(seats), describe(&self.band.seats)),
            None => "no paid seats were reported".to_owned(),
        })
    }
}

impl Pair {
    /// The covered active users, in millionths.
    pub(super) fn users(&self) -> i128 {
        self.covered_users.unwrap_or(0)
    }

    /// The covered active users as a unit that counted.
    pub(super) fn users_unit(&self, at: At, customer: CustomerId, product: &str, part: &str) -> Unit {
        let Shown { users_name, covered_users, .. } = &self.shown;
        let subject = pair_of(customer, users_name.or(product), Some(part));
        unit(at, subject, None, Some(amount(self.users())), covered_users.clone())
    }
}

/// The words of a reason, or of what there is where there is none.
fn words(reason: Option<&(String, Vec<u64>)>, otherwise: &str) -> String {
    reason.map_or_else(|| otherwise.to_owned(), |(words, _)| words.clone())
}
