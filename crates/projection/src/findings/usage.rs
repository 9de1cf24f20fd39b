//! Usage that no association covers.

use std::collections::BTreeMap;

use ledger::{Area, CustomerId, Month, UsageMetric};

use super::{END_OF_TIME, Finding, products_of};
use crate::association::Associations;
use crate::history::History;
use crate::rulebook::{Products, Rulebook};

pub(super) fn find(history: &History, rulebook: &Rulebook, findings: &mut Vec<Finding>) {
    let associations = Associations::stand(history, rulebook, None, END_OF_TIME);
    let mut uncovered: BTreeMap<(CustomerId, UsageMetric), (Vec<Month>, Vec<u64>)> = BTreeMap::new();
    for (metric, month) in history.reported() {
        let renamed = renamed(rulebook, month);
        for report in history.reports(metric, month) {
            let mut ways = std::iter::once(None).chain(renamed.iter().copied().map(Some));
            if !ways.any(|products| associations.cover(None, products, &report, month).is_some()) {
                let (months, seqs) = uncovered.entry((report.customer, metric)).or_default();
                months.push(month);
                seqs.push(report.seq);
            }
        }
    }
    findings.extend(uncovered.into_iter().map(|((customer, metric), (months, seqs))| {
        let span = match (months.iter().min(), months.iter().max()) {
            (Some(first), Some(last)) if first < last => format!("{first} to {last}"),
            (Some(only), _) => only.to_string(),
            (None, _) => String::new(),
        };
        let message = format!("{metric} of customer {customer} in {span} is covered by no association");
        Finding::new("uncovered_usage", seqs, message)
    }));
}

/// The rows of products that know other names, as of the end of a month.
fn renamed(rulebook: &Rulebook, month: Month) -> Vec<&Products> {
    let rows = Area::ALL.iter().flat_map(|area| products_of(rulebook, *area, month.last_day()));
    rows.filter(|products| !products.aliases.is_empty()).collect()
}
