//! One entry of a file of mappings.

use ledger::{Name, PartnerId, PersonId, Role, Segment};

use super::attributions::Means;
use super::domain::Domain;
use super::folded::Folded;
use super::named::named;

named! {
    /// What an entry maps; the name of its table.
    MapKind {
        /// Titles to the code of a certification.
        Certification = "certification",
        /// Words before the title of a certification.
        CertificationPrefix = "certification_prefix",
        /// Names of products to the name that is recorded.
        Product = "product",
        /// Attributions to mechanisms and roles.
        Attribution = "attribution",
        /// Segments of customers.
        Segment = "segment",
        /// States of subscriptions and customers.
        State = "state",
        /// Webhook events and audited operations.
        Operation = "operation",
        /// Locations and tenants of the partner to the global account.
        Account = "account",
        /// Persons, by their pseudonyms, to the one whose they are too.
        Person = "person",
    }
}

named! {
    /// How sure an entry is.
    Sure {
        /// A text says it.
        Stated = "stated",
        /// A reading.
        Assumed = "assumed",
    }
}

named! {
    /// Whether a subscription or a customer is active.
    State {
        /// It is.
        Active = "active",
        /// It is not.
        Inactive = "inactive",
    }
}

/// What an operation means for associations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The customer accepted the partner as reseller, in this role.
    CspAccepted(Role),
    /// The partner is no longer the customer's reseller.
    CspEnded,
    /// The customer has left.
    CustomerChurned,
    /// The customer ordered something.
    OrderPlaced,
    /// Nothing.
    None,
}

impl Effect {
    /// The names in a file.
    pub const NAMES: &[&str] = &["csp_accepted", "csp_ended", "customer_churned", "order_placed", "none"];

    /// The name in a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CspAccepted(_) => "csp_accepted",
            Self::CspEnded => "csp_ended",
            Self::CustomerChurned => "customer_churned",
            Self::OrderPlaced => "order_placed",
            Self::None => "none",
        }
    }
}

/// What the texts of an entry stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// The code of a certification.
    Code(Name),
    /// Words that are left out.
    Prefix,
    /// The product's name that is recorded, and whether some product list is said to have it.
    Product(Name, bool),
    /// A mechanism in a role, or none.
    Attribution(Means),
    /// A segment.
    Segment(Segment),
    /// A state.
    State(State),
    /// An effect.
    Operation(Effect),
    /// A global account.
    Account(PartnerId),
    /// A person.
    Person(PersonId),
}

impl Value {
    /// The value in a few words.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Code(code) => code.as_str().to_owned(),
            Self::Prefix => "left out".to_owned(),
            Self::Product(name, true) => name.as_str().to_owned(),
            Self::Product(name, false) => format!("{name} (in no list)"),
            Self::Attribution(means) => means.text(),
            Self::Segment(segment) => segment.name().to_owned(),
            Self::State(state) => state.name().to_owned(),
            Self::Operation(Effect::CspAccepted(role)) => format!("csp_accepted as {role}"),
            Self::Operation(effect) => effect.name().to_owned(),
            Self::Account(partner) => partner.as_str().to_owned(),
            Self::Person(person) => person.as_str().to_owned(),
        }
    }
}

/// A text of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// As it is written.
    pub text: String,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// One entry: texts, and what they stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The texts, at least one.
    pub texts: Vec<Text>,
    /// Where it holds; empty: everywhere.
    pub domains: Vec<Domain>,
    /// What the texts stand for.
    pub value: Value,
    /// Why there is nothing to record, where that is so.
    pub reason: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
    /// How sure it is.
    pub sure: Sure,
    /// The file, as it was typed; `None` for a built-in entry.
    pub file: Option<String>,
    /// The line on which the entry begins, from 1.
    pub line: usize,
}

impl Entry {
    /// What it maps.
    #[must_use]
    pub fn kind(&self) -> MapKind {
        match self.value {
            Value::Code(_) => MapKind::Certification,
            Value::Prefix => MapKind::CertificationPrefix,
            Value::Product(..) => MapKind::Product,
            Value::Attribution(_) => MapKind::Attribution,
            Value::Segment(_) => MapKind::Segment,
            Value::State(_) => MapKind::State,
            Value::Operation(_) => MapKind::Operation,
            Value::Account(_) => MapKind::Account,
            Value::Person(_) => MapKind::Person,
        }
    }

    /// Whether it holds in a domain.
    #[must_use]
    pub fn holds_in(&self, domain: Domain) -> bool {
        self.domains.is_empty() || self.domains.contains(&domain)
    }

    /// The line on which it maps a text that another entry of the same file maps too, in the same place.
    #[must_use]
    pub fn maps_as(&self, other: &Self, text: &str) -> Option<usize> {
        let same_place = match (self.domains.is_empty(), other.domains.is_empty()) {
            (true, true) => true,
            (false, false) => self.domains.iter().any(|domain| other.domains.contains(domain)),
            (true, false) | (false, true) => false,
        };
        if self.kind() != other.kind() || !same_place {
            return None;
        }
        let folded = Folded::of(text);
        self.texts.iter().find(|known| Folded::of(&known.text).bytes() == folded.bytes()).map(|known| known.line)
    }
}
