//! Usage figures, and the products that a metric reads (section 4).

use super::Beyond;
use super::calendar::Month;
use super::facts::Fact;
use super::rules::{Row, decimal};
use num_rational::BigRational;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The newest visible report of a key.
#[derive(Clone, Debug)]
pub struct Figure {
    pub customer: Uuid,
    /// As reported, in lower case.
    pub product: String,
    pub metric: String,
    pub month: Month,
    pub subscription: Option<String>,
    pub value: BigRational,
    /// As offers are compared.
    pub offer: Option<String>,
}

impl Figure {
    fn has_key_of(&self, other: &Figure) -> bool {
        self.customer == other.customer
            && self.product == other.product
            && self.metric == other.metric
            && self.month == other.month
            && self.subscription == other.subscription
    }
}

/// The figures of a partner: for each key the visible report with the highest sequence.
pub fn figures(facts: &[Fact]) -> Vec<Figure> {
    let mut reports: Vec<&Fact> = facts.iter().filter(|fact| fact.kind() == "usage_reported").collect();
    reports.sort_by_key(|fact| fact.seq);
    let mut figures: Vec<Figure> = Vec::new();
    for report in reports {
        let figure = figure(report);
        figures.retain(|earlier| !earlier.has_key_of(&figure));
        figures.push(figure);
    }
    figures
}

/// The figures up to a month, with those that are carried into the months after the newest reported one (interface,
/// section 7); `own` are the facts that are visible without the assumed ones.
pub fn carried(facts: &[Fact], own: &[Fact], beyond: &Beyond, last: Month) -> Vec<Figure> {
    let is_late = |month: Month| beyond.from.is_some_and(|from| month > from);
    let first_assumed = beyond.assumed.first().map_or(u64::MAX, |entry| entry["seq"].as_u64().expect("a seq"));
    let counts =
        |fact: &&Fact| fact.kind() != "usage_reported" || fact.seq >= first_assumed || !is_late(figure(fact).month);
    let counted: Vec<Fact> = facts.iter().filter(counts).copied().collect();
    let mut all = figures(&counted);
    for metric in ["acr_usd", "revenue_usd", "paid_seats", "active_users", "active_units"] {
        let reported = figures(own).into_iter().filter(|figure| figure.metric == metric && !is_late(figure.month));
        let Some(newest) = reported.map(|figure| figure.month).max() else { continue };
        let of_newest: Vec<Figure> =
            all.iter().filter(|figure| figure.metric == metric && figure.month == newest).cloned().collect();
        let mut month = newest.plus(1);
        while month <= last {
            for figure in &of_newest {
                let carried = Figure { month, ..figure.clone() };
                if !all.iter().any(|own| own.has_key_of(&carried)) {
                    all.push(carried);
                }
            }
            month = month.plus(1);
        }
    }
    all
}

fn figure(report: &Fact) -> Figure {
    let need = |field| report.text(field).expect("a usage report has its fields");
    Figure {
        customer: report.uuid("customer").expect("a usage report has a customer"),
        product: fold_case(need("product")),
        metric: need("metric").to_owned(),
        month: Month::parse(need("month")),
        subscription: report.text("subscription").map(str::to_owned),
        value: decimal(need("value")),
        offer: report.text("offer").map(fold_offer),
    }
}

/// The sum of some figures.
pub fn sum<'a>(figures: impl IntoIterator<Item = &'a Figure>) -> BigRational {
    figures.into_iter().fold(super::rules::decimal("0"), |sum, figure| sum + &figure.value)
}

/// The products of a metric, or of one part of it.
pub struct Products {
    /// None reads every product under its name as reported.
    list: Option<BTreeSet<String>>,
    aliases: BTreeMap<String, String>,
    rates: BTreeMap<String, String>,
}

impl Products {
    /// Every product.
    pub fn every() -> Products {
        Products { list: None, aliases: BTreeMap::new(), rates: BTreeMap::new() }
    }

    /// Those of a `products` row: its list, or the names that it has rates for.
    pub fn of(row: Row) -> Products {
        let rates = row.names("rates");
        let list = row.texts("list").into_iter().map(fold_case).chain(rates.keys().cloned()).collect();
        Products { list: Some(list), aliases: row.names("aliases"), rates }
    }

    /// The name that a name stands for.
    pub fn read(&self, name: &str) -> String {
        self.aliases.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// The name under which a figure's product counts, if it does.
    pub fn of_figure(&self, figure: &Figure) -> Option<String> {
        let name = self.read(&figure.product);
        match &self.list {
            Some(list) if !list.contains(&name) => None,
            _ => Some(name),
        }
    }

    /// Whether a name, as it is read, is one of them.
    pub fn has(&self, name: &str) -> bool {
        self.list.as_ref().is_none_or(|list| list.contains(name))
    }

    /// Consumption value per unit of a product.
    pub fn rate(&self, name: &str) -> BigRational {
        decimal(self.rates.get(name).expect("these products have rates"))
    }
}

/// Products, workloads and offers are compared without regard to the case of A-Z.
pub fn fold_case(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// In offers, a run of spaces, hyphens and underscores equals any other such run.
pub fn fold_offer(offer: &str) -> String {
    let mut folded = String::new();
    for letter in offer.to_ascii_lowercase().chars() {
        if ![' ', '-', '_'].contains(&letter) {
            folded.push(letter);
        } else if !folded.ends_with('_') {
            folded.push('_');
        }
    }
    folded
}
