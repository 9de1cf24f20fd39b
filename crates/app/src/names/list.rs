//! Customers and partners with their names.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use ledger::{CustomerId, EntryLine, PartnerId, Reader, parse_uuid};
use serde_json::json;

use super::{Bearer, CustomerName, Names};
use crate::error::Error;
use crate::known::Known;
use crate::scan::scan;
use crate::session::Session;
use crate::text::without_nulls;

/// A customer that a ledger knows, or a partner that has a name.
#[derive(Clone, Debug)]
pub struct NamedRow {
    /// Who it is.
    pub bearer: Bearer,
    /// What it is called.
    pub name: CustomerName,
    /// The partners whose entries name the customer.
    pub partners: BTreeSet<PartnerId>,
}

/// The customers of a partner, or all that the ledger knows or that have a name, by their ids; then the partners that
/// have a name.
///
/// # Errors
/// `unknown_partner`, `bad_names`, and a ledger that cannot be read.
pub fn list(session: &Session<'_>, partner: Option<&PartnerId>) -> Result<Vec<NamedRow>, Error> {
    let known = Known::open(session, None)?;
    let names = Names::read(&known.reader.dir())?;
    let mut customers: BTreeMap<CustomerId, BTreeSet<PartnerId>> = BTreeMap::new();
    let mut see = |line: &str| {
        if let Some((customer, partner)) = named_in(line) {
            customers.entry(customer).or_default().insert(partner);
        }
    };
    if let Some(partner) = partner {
        for entry in known.entries(partner)? {
            see(&known.reader.line(entry.seq)?);
        }
    } else {
        scan(&known.reader, 0, known.end, &mut |_, line| {
            see(line);
            Ok(())
        })?;
        // Whoever has a name is listed, so that it can be forgotten.
        for customer in names.customers.keys() {
            customers.entry(*customer).or_default();
        }
    }
    let customer = |(customer, partners): (CustomerId, BTreeSet<PartnerId>)| NamedRow {
        name: names.customers.get(&customer).cloned().unwrap_or_default(),
        bearer: Bearer::Customer(customer),
        partners,
    };
    let mut rows: Vec<NamedRow> = customers.into_iter().map(customer).collect();
    for (named, name) in names.partners.iter().filter(|(named, _)| partner.is_none_or(|asked| asked == *named)) {
        let name = CustomerName { given: Some(name.clone()), reported: None };
        rows.push(NamedRow { bearer: Bearer::Partner(named.clone()), name, partners: BTreeSet::new() });
    }
    Ok(rows)
}

/// The customer that the line of an entry names, with its partner.
pub(super) fn named_in(line: &str) -> Option<(CustomerId, PartnerId)> {
    let line = EntryLine::split(line)?;
    let customer = parse_uuid(&line.text("customer")?).map(CustomerId)?;
    Some((customer, PartnerId::new(line.partner()?).ok()?))
}

/// Whether an entry names the customer.
pub(super) fn knows(reader: &Reader, customer: CustomerId) -> Result<bool, Error> {
    let mut is_known = false;
    reader.scan(0, reader.size(), &mut |_, line| {
        is_known = named_in(line).is_some_and(|(named, _)| named == customer);
        if is_known { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(is_known)
}

impl NamedRow {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let name = self.name.shown();
        match &self.bearer {
            Bearer::Partner(partner) => json!({"partner": partner.as_str(), "name": name}).to_string(),
            Bearer::Customer(customer) => without_nulls(json!({
                "customer": customer.to_string(), "name": name, "is_given": self.name.given.is_some(),
                "as_of": self.name.reported.as_ref().map(|reported| &reported.as_of),
                "partners": self.partners.iter().map(PartnerId::as_str).collect::<Vec<_>>(),
            }))
            .to_string(),
        }
    }
}
