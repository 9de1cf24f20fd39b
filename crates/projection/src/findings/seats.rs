//! More active users than paid seats.

use std::collections::BTreeMap;

use ledger::{CustomerId, Month, UsageMetric};

use super::{Finding, Renaming, span};
use crate::history::History;
use crate::rulebook::Products;

/// What the reports of a customer's product come to in a month.
#[derive(Default)]
struct Sum<'h> {
    micros: i128,
    entries: Vec<u64>,
    /// A name of the product as it was reported.
    name: &'h str,
}

/// The months of a customer's product in which it has too many users.
#[derive(Default)]
struct Excess<'h> {
    months: Vec<Month>,
    entries: Vec<u64>,
    name: &'h str,
}

/// Finds products of customers with more active users than paid seats, summed over subscriptions. A month without one of
/// the figures tells nothing.
pub(super) fn find(history: &History, renaming: &Renaming<'_>, findings: &mut Vec<Finding>) {
    let mut found: BTreeMap<(CustomerId, String), Excess<'_>> = BTreeMap::new();
    for month in history.reported_months(UsageMetric::ActiveUsers) {
        let renamed = renaming(month.last_day());
        let seats = sums(history, UsageMetric::PaidSeats, month, &renamed);
        for (key, users) in sums(history, UsageMetric::ActiveUsers, month, &renamed) {
            let Some(seats) = seats.get(&key).filter(|seats| users.micros > seats.micros) else { continue };
            let excess = found.entry(key).or_default();
            excess.months.push(month);
            excess.entries.extend(users.entries.iter().chain(&seats.entries));
            excess.name = users.name;
        }
    }
    findings.extend(found.into_iter().map(|((customer, _), Excess { months, entries, name })| {
        let message = format!(
            "customer {customer} has more active users of {name} than paid seats in {}: that is possible, but the reports \
             may also lack seats",
            span(&months)
        );
        Finding::new("more_users_than_seats", entries, message)
    }));
}

/// The sums of a figure in a month by customer and product, under the name that the product has in the rulebook.
fn sums<'h>(
    history: &'h History,
    figure: UsageMetric,
    month: Month,
    renamed: &[&Products],
) -> BTreeMap<(CustomerId, String), Sum<'h>> {
    let mut sums: BTreeMap<(CustomerId, String), Sum<'h>> = BTreeMap::new();
    for report in history.reports(figure, month) {
        let name = report.product.as_str();
        let product = renamed.iter().find_map(|products| products.find(name));
        let product = product.map_or_else(|| report.folded_product.to_owned(), crate::identity::product);
        let sum = sums.entry((report.customer, product)).or_default();
        sum.micros += report.value.micros();
        sum.entries.push(report.seq);
        sum.name = name;
    }
    sums
}
