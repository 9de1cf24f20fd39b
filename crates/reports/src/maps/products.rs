//! The names of products: those of the rulebook's lists, and those that stand for them.

use std::collections::BTreeSet;

use ledger::{Area, Name};
use projection::rulebook::{Family, Metric, Part, Products, Rulebook, Table};

use super::domain::Domain;
use super::entry::{Entry, Value};
use super::folded::Index;

/// The product lists of a rulebook, with the reports whose products they name; each once, the oldest first.
pub(super) struct Lists<'r>(Vec<(Domain, &'r Products)>);

impl<'r> Lists<'r> {
    pub(super) fn of(rulebook: &'r Rulebook) -> Self {
        let rows = rulebook.rows().iter().filter(|row| row.value.table == Table::Products);
        let days: BTreeSet<_> = rows.map(|row| row.from).collect();
        let mut lists: Vec<(Domain, &Products)> = Vec::new();
        for day in days {
            for area in [Area::DataAi, Area::ModernWork, Area::Security, Area::BusinessApplications] {
                for &metric in Metric::ALL {
                    let parts = Part::ALL.iter().copied().map(Some).chain([None]);
                    let found = parts.filter_map(|part| {
                        let chosen = rulebook.products(area, metric, part, day)?;
                        Some((domain_of(Family::of(area), metric, part), &chosen.row.value))
                    });
                    for list in found {
                        if !lists.contains(&list) {
                            lists.push(list);
                        }
                    }
                }
            }
        }
        Self(lists)
    }

    fn of_domain(&self, domain: Domain) -> impl Iterator<Item = &'r Products> {
        self.0.iter().filter(move |(of, _)| *of == domain).map(|(_, products)| *products)
    }

    /// The names in the lists of a domain and the other names that they know, the oldest first.
    pub(super) fn names(&self, domain: Domain) -> impl Iterator<Item = &'r str> {
        self.of_domain(domain).flat_map(|products| {
            products.list.iter().chain(products.aliases.iter().map(|(alias, _)| alias)).map(String::as_str)
        })
    }

    /// Whether some list of the domain has the name, or knows it as another name.
    pub(super) fn has(&self, domain: Domain, name: &str) -> bool {
        self.of_domain(domain).any(|products| products.find(name).is_some())
    }

    /// Whether every list that counts `reported` counts `name` as the same product.
    pub(super) fn read_as_one(&self, domain: Domain, reported: &str, name: &str) -> bool {
        self.of_domain(domain).all(|products| {
            let counted = products.find(reported);
            counted.is_none() || counted == products.find(name)
        })
    }
}

fn domain_of(family: Family, metric: Metric, part: Option<Part>) -> Domain {
    match (family, metric, part) {
        (Family::Azure, ..) | (Family::Security, _, Some(Part::Azure)) => Domain::Azure,
        (Family::BusinessApplications, Metric::NetCustomerAdds, _) => Domain::BizappsRevenue,
        (Family::BusinessApplications, Metric::UsageGrowth | Metric::Deployments, _) => Domain::BizappsUsage,
        (Family::ModernWork | Family::Security, ..) => Domain::M365,
    }
}

/// The names of one domain: the user's entries before the built-in ones before the lists themselves.
///
/// The name that an entry of the user gives is read once more by the built-in ones, so that what is recorded counts at
/// all dates and recording it again changes nothing.
pub(super) fn index(domain: Domain, lists: &Lists<'_>, user: &[Entry], builtin: &[Entry]) -> Index<Name> {
    let mut index: Index<Name> = Index::default();
    let known: Index<Name> = {
        let mut known = Index::default();
        for (reported, name) in reported_names(domain, builtin) {
            if lists.read_as_one(domain, reported, name.as_str()) {
                known.add(reported, name.clone());
            }
        }
        for name in lists.names(domain).filter_map(|name| Name::new(name).ok()) {
            known.add(name.as_str(), name.clone());
        }
        for (_, name) in reported_names(domain, builtin) {
            known.add(name.as_str(), name.clone());
        }
        known
    };
    for (reported, name) in reported_names(domain, user) {
        index.add(reported, known.get(name.as_str()).unwrap_or(name).clone());
    }
    for (_, name) in reported_names(domain, user) {
        if known.get(name.as_str()).is_none() {
            index.add(name.as_str(), name.clone());
        }
    }
    index.add_all(known);
    index
}

/// The texts of the entries that hold in a domain, each with its name.
fn reported_names(domain: Domain, entries: &[Entry]) -> impl Iterator<Item = (&str, &Name)> {
    entries.iter().filter(move |entry| entry.holds_in(domain)).flat_map(|entry| {
        let name = if let Value::Product(name, _) = &entry.value { Some(name) } else { None };
        name.into_iter().flat_map(|name| entry.texts.iter().map(move |text| (text.text.as_str(), name)))
    })
}
