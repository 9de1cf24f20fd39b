//! Usage that no association covers, and what of it goes on after its reseller left.

use std::collections::BTreeMap;

use ledger::{Amount, CustomerId, Mechanism, Month, Timestamp, UsageMetric};

use super::{END_OF_TIME, Finding, Renaming, span};
use crate::association::{Association, Associations};
use crate::history::History;
use crate::rulebook::Rulebook;

/// The months and the entries of reports.
#[derive(Default)]
struct Reported {
    months: Vec<Month>,
    entries: Vec<u64>,
}

impl Reported {
    fn push(&mut self, month: Month, seq: u64) {
        self.months.push(month);
        self.entries.push(seq);
    }
}

/// Reports of usage above 0 that no association covers, by customer and subscription.
type OfSubscriptions<'h> = BTreeMap<CustomerId, BTreeMap<&'h str, Vec<(Month, u64)>>>;

pub(super) fn find(history: &History, rulebook: &Rulebook, renaming: &Renaming<'_>, findings: &mut Vec<Finding>) {
    let associations = Associations::stand(history, rulebook, None, END_OF_TIME);
    let mut uncovered: BTreeMap<(CustomerId, UsageMetric), Reported> = BTreeMap::new();
    let mut of_subscriptions = OfSubscriptions::new();
    for (metric, month) in history.reported() {
        let renamed = renaming(month.last_day());
        for report in history.reports(metric, month) {
            let mut ways = std::iter::once(None).chain(renamed.iter().copied().map(Some));
            if !ways.any(|products| associations.cover(None, products, &report, month).is_some()) {
                uncovered.entry((report.customer, metric)).or_default().push(month, report.seq);
                if let Some(subscription) = report.subscription.filter(|_| report.value > Amount::default()) {
                    let of_customer = of_subscriptions.entry(report.customer).or_default();
                    of_customer.entry(subscription.as_str()).or_default().push((month, report.seq));
                }
            }
        }
    }
    findings.extend(uncovered.into_iter().map(|((customer, metric), Reported { months, entries })| {
        let message = format!("{metric} of customer {customer} in {} is covered by no association", span(&months));
        Finding::new("uncovered_usage", entries, message)
    }));
    find_after_csp(&associations, &of_subscriptions, findings);
}

/// Finds usage of a subscription that a CSP association named, in months at whose end that association is over. Only such
/// an association tells that the subscription was bought of a reseller.
fn find_after_csp(associations: &Associations<'_>, uncovered: &OfSubscriptions<'_>, findings: &mut Vec<Finding>) {
    for (customer, of_customer) in uncovered {
        let mut newest: BTreeMap<&str, &Association<'_>> = BTreeMap::new();
        for association in associations.with(*customer).iter().filter(|one| one.mechanism == Mechanism::Csp) {
            let Some(subscription) = association.subscription() else { continue };
            let known = newest.entry(subscription).or_insert(association);
            // One that has not ended ends last.
            let end = |one: &Association<'_>| (one.end_exclusive.is_none(), one.end_exclusive);
            if end(association) >= end(known) {
                *known = association;
            }
        }
        for (subscription, reports) in of_customer {
            let Some(association) = newest.get(subscription) else { continue };
            let Some(end) = association.end_exclusive else { continue };
            let mut after = Reported::default();
            for (month, seq) in reports.iter().filter(|(month, _)| Timestamp::end_of(month.last_day()) >= end) {
                after.push(*month, *seq);
            }
            if after.months.is_empty() {
                continue;
            }
            let message = format!(
                "usage of subscription {subscription} of customer {customer} in {} comes after its CSP association, \
                 which ended on {}, and is covered by no other",
                span(&after.months),
                end.date()
            );
            after.entries.extend(association.made_by.iter().chain(&association.ended_by));
            findings.push(Finding::new("csp_usage_without_reseller", after.entries, message));
        }
    }
}
