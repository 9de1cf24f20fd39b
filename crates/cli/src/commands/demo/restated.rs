//! What was learnt between two instants.

use std::collections::BTreeMap;

use ledger::{Amount, CustomerId, Entry, Fact, Month, Name, UsageMetric, When};

use crate::output::entry_text;
use crate::output::labels::Labels;
use crate::output::table::Table;
use app::text::plain;

/// Lines that are shown of one kind.
const SHOWN: usize = 8;

type FigureKey = (CustomerId, Name, UsageMetric, Month, Option<Name>);

/// The lines about the entries that `later` has beyond `earlier`, its beginning, without figures of months after
/// `measured`.
pub(super) fn lines(earlier: &[Entry], later: &[Entry], measured: Month, labels: &Labels) -> Vec<String> {
    let mut figures: BTreeMap<FigureKey, Amount> = BTreeMap::new();
    for entry in earlier {
        if let Some((key, value)) = figure(entry) {
            figures.insert(key, value);
        }
    }
    let (mut restated, mut added, mut others) = (Vec::new(), 0, Vec::new());
    for entry in later.iter().skip(earlier.len()) {
        match figure(entry) {
            Some((key, _)) if key.3 > measured => {}
            Some((key, value)) => match figures.get(&key) {
                Some(before) => restated.push((entry.seq, key, *before, value)),
                None => added += 1,
            },
            None => others.push(format!(
                "#{} {}: {}",
                entry.seq,
                entry.event.fact.event_type(),
                plain(&entry_text::what(&entry.event.fact, None))
            )),
        }
    }
    let mut lines = vec![format!("{} figures of months up to {measured} were restated:", restated.len())];
    let mut table = Table::default();
    for (seq, (customer, product, metric, month, _), before, value) in restated.iter().take(SHOWN) {
        let change = format!("{before} -> {value} {metric}");
        table.row([format!("#{seq}"), month.to_string(), labels.customer(*customer), plain(product.as_str()), change]);
    }
    lines.extend(table.lines("  "));
    lines.extend(rest(restated.len()));
    if added > 0 {
        lines.push(format!("{added} figures of such months came late."));
    }
    if !others.is_empty() {
        lines.push(format!("{} other facts were recorded:", others.len()));
        lines.extend(others.iter().take(SHOWN).map(|line| format!("  {line}")));
        lines.extend(rest(others.len()));
    }
    lines
}

fn rest(count: usize) -> Option<String> {
    (count > SHOWN).then(|| format!("  and {} more", count - SHOWN))
}

fn figure(entry: &Entry) -> Option<(FigureKey, Amount)> {
    match (&entry.event.fact, entry.event.when) {
        (Fact::UsageReported(usage), When::In(month)) => {
            let key = (usage.customer, usage.product.clone(), usage.metric, month, usage.subscription.clone());
            Some((key, usage.value))
        }
        _ => None,
    }
}
