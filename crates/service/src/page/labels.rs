//! Customers and partners by their names, where the ledger has some.

use app::Session;
use app::names::Names;
use ledger::{CustomerId, PartnerId};
use maud::{Markup, html};
use num_bigint::BigInt;
use num_rational::BigRational;
use projection::points::shown;
use serde_json::Value;

/// The digits of a customer's id that stand behind its name.
const DIGITS: usize = 8;

/// The names that stand beside the ledger.
pub(crate) struct Labels(Names);

/// Points that an answer tells as a fraction, as they are shown; nothing for what is none.
pub(crate) fn points(exact: &Value) -> String {
    let fraction = exact.as_str().and_then(|text| text.split_once('/'));
    let parts = fraction.and_then(|(numer, denom)| Some((numer.parse().ok()?, denom.parse().ok()?)));
    parts.map_or_else(String::new, |(numer, denom): (BigInt, BigInt)| shown(&BigRational::new(numer, denom)))
}

impl Labels {
    pub(crate) fn of(session: &Session<'_>) -> Self {
        Self(Names::of(session))
    }

    /// A partner by its name. A name may be written in any direction, and changes nothing around it.
    pub(crate) fn partner(&self, partner: &PartnerId) -> Markup {
        let name = self.0.partners.get(partner);
        html! {
            @if let Some(name) = name { bdi { (name) } " " span.id { (partner) } } @else { (partner) }
        }
    }

    /// A customer by its name.
    pub(crate) fn customer(&self, customer: CustomerId) -> Markup {
        let name = self.0.customers.get(&customer).and_then(|name| name.shown());
        let id = customer.to_string();
        let beginning = id.get(..DIGITS).unwrap_or(&id);
        html! {
            @if let Some(name) = name { bdi { (name) } " " span.id title=(id) { (beginning) } } @else { span.id { (id) } }
        }
    }

    /// Whoever an answer is about: a customer by its name, else a person or whatever has an id.
    pub(crate) fn subject(&self, value: &Value) -> Markup {
        let customer = value["customer"].as_str().and_then(ledger::parse_uuid).map(CustomerId);
        html! {
            @if let Some(customer) = customer { (self.customer(customer)) }
            @else if let Some(person) = value["person"].as_str() { span.id { (person) } }
            @for field in ["product", "certification"] {
                @if let Some(text) = value[field].as_str() { " " bdi { (text) } }
            }
        }
    }
}
