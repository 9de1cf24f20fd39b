//! One entry of a file of mappings: what it maps, where it holds, what it stands for.

use std::fmt::Write as _;

use ledger::{Name, PartnerId, PersonId, Role, Segment};

use super::attribution::Means;
use super::folded::FoldedText;
use ledger::named;

named! {
    /// The reports in which an entry holds.
    Domain {
        /// Azure consumption.
        Azure = "azure",
        /// Usage and claims of Microsoft 365 and of its security products.
        M365 = "m365",
        /// Revenue of Business Applications.
        BizappsRevenue = "bizapps-revenue",
        /// Usage of Business Applications.
        BizappsUsage = "bizapps-usage",
    }
}

impl Domain {
    /// What a file may write: the names, and one for both kinds of Business Applications.
    pub const WRITTEN: &[&str] = &["azure", "m365", "bizapps-revenue", "bizapps-usage", "bizapps"];

    /// The domains that a name in a file stands for.
    #[must_use]
    pub fn written(name: &str) -> Option<&'static [Self]> {
        match name {
            "bizapps" => Some(&[Self::BizappsRevenue, Self::BizappsUsage]),
            _ => Self::ALL.iter().position(|domain| domain.name() == name).and_then(|nth| Self::ALL.get(nth..=nth)),
        }
    }
}

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
    Confidence {
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

named! {
    /// What an operation means for associations.
    Effect {
        /// The customer accepted the partner as reseller.
        CspAccepted = "csp_accepted",
        /// The partner is no longer the customer's reseller.
        CspEnded = "csp_ended",
        /// The customer has left.
        CustomerChurned = "customer_churned",
        /// The customer ordered something.
        OrderPlaced = "order_placed",
        /// Nothing.
        None = "none",
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
    /// An effect, and the role in which a relationship that it proves is taken to be.
    Operation(Effect, Role),
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
            Self::Operation(effect @ Effect::CspAccepted, role) => format!("{effect} as {role}"),
            Self::Operation(effect, _) => effect.name().to_owned(),
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
    pub sure: Confidence,
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
            Value::Operation(..) => MapKind::Operation,
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
        let is_everywhere = self.domains.is_empty() && other.domains.is_empty();
        let same_place = is_everywhere || self.domains.iter().any(|domain| other.domains.contains(domain));
        if self.kind() != other.kind() || !same_place {
            return None;
        }
        let folded = FoldedText::of(text);
        self.texts.iter().find(|known| FoldedText::of(&known.text).bytes() == folded.bytes()).map(|known| known.line)
    }
}

/// A table of a kind with these fields, in their order, as TOML.
#[must_use]
pub fn written(kind: MapKind, fields: &[(&str, &str)]) -> String {
    let mut out = format!("[[{kind}]]\n");
    for (field, text) in fields {
        let quoted = toml::Value::from(*text);
        let is_list = matches!(*field, "titles" | "reported" | "texts" | "persons");
        let (open, close) = if is_list { ("[", "]") } else { ("", "") };
        writeln!(out, "{field} = {open}{quoted}{close}").expect("writing to a string does not fail");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::written;
    use crate::maps::{MapFile, MapKind, entries_of};

    #[test]
    fn any_text_is_read_back() {
        for text in ["Azure Wizard", "a \"b\" 'c'", "back\\slash", "line\nbreak\t\u{1b}", "é '''x\"\"\""] {
            let table = written(MapKind::Segment, &[("texts", text), ("segment", "smb")]);
            let entries = entries_of(MapFile { name: "m.toml", text: &table }).expect(&table);
            assert_eq!(entries[0].texts[0].text, text);
        }
        let table = written(MapKind::Segment, &[("texts", "a"), ("segment", "smb")]);
        assert_eq!(table, "[[segment]]\ntexts = [\"a\"]\nsegment = \"smb\"\n");
    }
}
