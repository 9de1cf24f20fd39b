//! A ledger in memory, for tests of the readers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use ledger::{
    AssociationId, Event, EventId, Fact, Name, PartnerId, PersonId, Refusal, Timestamp, Usage, UsageMetric, When,
    canonical_event,
};

use super::{Context, CurrentFigure, Kind, KnownAssociation, ReportError, Summary, UsageKey, read};

/// What a ledger holds, as far as reports ask for it.
#[derive(Default)]
pub(super) struct Book {
    events: RefCell<BTreeMap<EventId, Event>>,
    figures: RefCell<Vec<(UsageKey, CurrentFigure)>>,
    associations: RefCell<BTreeMap<AssociationId, (PartnerId, KnownAssociation)>>,
}

/// One import: new events as short texts, refused rows, and the counts.
pub(super) struct Imported {
    pub(super) new: Vec<String>,
    pub(super) already: usize,
    pub(super) refused: Vec<Refusal>,
    pub(super) summary: Summary,
}

/// Which file is imported, and how.
pub(super) struct File<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) partner: Option<&'a str>,
    pub(super) snapshot: bool,
}

impl<'a> File<'a> {
    pub(super) fn new(kind: Kind, name: &'a str, text: &'a str) -> Self {
        Self { kind, name, text, partner: None, snapshot: false }
    }
}

impl Book {
    /// Imports a file as a ledger would; panics when an id comes with other content.
    pub(super) fn import(&self, file: &File<'_>) -> Result<Imported, ReportError> {
        let current = |key: &UsageKey| self.figure(key);
        let known = |_: &PartnerId, id| self.associations.borrow().get(&id).map(|(_, known)| *known);
        let reported = |partner: &PartnerId, _: Kind| self.reported(partner);
        let context = Context {
            partner: file.partner.map(|partner| PartnerId::new(partner).expect("a partner")),
            snapshot: file.snapshot,
            certifications: &code_of,
            excluded_offer: &|offer| matches!(offer, "Support" | "Trial" | "Internal"),
            // As it is told from others, so that tests see who it is; a ledger gives another text.
            pseudonym: &|person| PersonId::new(&person.identity).ok(),
            current: Some(&current),
            known_association: Some(&known),
            reported_associations: Some(&reported),
            ..Context::of_file(file.name)
        };
        let mut rows = Vec::new();
        let summary = read(file.kind, file.text.as_bytes(), &context, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        let mut imported = Imported { new: Vec::new(), already: 0, refused: Vec::new(), summary };
        for row in rows {
            match row.result {
                Err(refusal) => imported.refused.push(refusal),
                Ok(event) => match self.append(event) {
                    Some(text) => imported.new.push(text),
                    None => imported.already += 1,
                },
            }
        }
        Ok(imported)
    }

    /// Appends an event; `None` when it is there already.
    fn append(&self, event: Event) -> Option<String> {
        if let Some(known) = self.events.borrow().get(&event.id) {
            assert_eq!(*known, event, "an id was used again");
            return None;
        }
        match (&event.fact, event.when) {
            (Fact::UsageReported(usage), When::In(month)) => {
                let key = UsageKey {
                    partner: event.partner.clone().expect("a partner"),
                    customer: usage.customer,
                    product: usage.product.clone(),
                    metric: usage.metric,
                    month,
                    subscription: usage.subscription.clone(),
                };
                self.figures.borrow_mut().push((key, CurrentFigure { value: usage.value, offer: usage.offer.clone() }));
            }
            (Fact::AssociationAccepted(terms), When::At(start)) => {
                assert_eq!(terms.missing(), None, "the ledger refuses it");
                let partner = event.partner.clone().expect("a partner");
                let known = KnownAssociation { start, end: None };
                let mut all = self.associations.borrow_mut();
                let (_, known) = all.entry(terms.association).or_insert((partner, known));
                known.start = known.start.min(start);
            }
            (Fact::AssociationRevoked { association, .. }, When::At(end)) => self.end(*association, end),
            _ => {}
        }
        let text = short(&event);
        self.events.borrow_mut().insert(event.id, event);
        Some(text)
    }

    /// Ends an association.
    pub(super) fn end(&self, association: AssociationId, end: Timestamp) {
        self.associations.borrow_mut().get_mut(&association).expect("it is known").1.end = Some(end);
    }

    /// The ids of all associations.
    pub(super) fn associations(&self) -> Vec<AssociationId> {
        self.associations.borrow().keys().copied().collect()
    }

    /// The canonical lines of all events.
    pub(super) fn lines(&self) -> Vec<String> {
        self.events.borrow().values().map(canonical_event).collect()
    }

    /// The newest value of a product.
    pub(super) fn value(&self, product: &str) -> Option<String> {
        let figures = self.figures.borrow();
        figures.iter().rev().find(|(key, _)| key.product.as_str() == product).map(|(_, now)| now.value.to_string())
    }

    fn figure(&self, key: &UsageKey) -> Option<CurrentFigure> {
        let same = |other: &UsageKey| {
            let product = Name::new(&other.product.as_str().to_lowercase()).expect("a name");
            let other = UsageKey { product, ..other.clone() };
            let product = Name::new(&key.product.as_str().to_lowercase()).expect("a name");
            other == UsageKey { product, ..key.clone() }
        };
        self.figures.borrow().iter().rev().find(|(other, _)| same(other)).map(|(_, now)| now.clone())
    }

    fn reported(&self, partner: &PartnerId) -> Vec<(AssociationId, KnownAssociation)> {
        let all = self.associations.borrow();
        all.iter().filter(|(_, (of, _))| of == partner).map(|(id, (_, known))| (*id, *known)).collect()
    }
}

/// The catalogue of the tests.
fn code_of(text: &str) -> Option<String> {
    let code = match text {
        "AZ-104" | "Azure Administrator Associate" => "AZ-104",
        "AZ-305" | "Azure Solutions Architect Expert" => "AZ-305",
        "MD-102" | "Endpoint Administrator Associate" | "Modern Desktop Administrator Associate" => "MD-102",
        "MS-900" | "Fundamentals" | "Microsoft 365 Fundamentals" => "MS-900",
        _ => return None,
    };
    Some(code.to_owned())
}

/// An event in a line for people: type, partner, location, when, and what matters of the fact.
fn short(event: &Event) -> String {
    let text = |name: Option<&Name>| name.map_or("-", Name::as_str).to_owned();
    let partner = event.partner.as_ref().map_or("-", PartnerId::as_str);
    let head = format!("{} {partner}/{}", event.fact.event_type(), text(event.location.as_ref()));
    let when = match event.when {
        When::At(instant) => instant.date().to_string(),
        When::In(month) => month.to_string(),
    };
    let note = event.note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
    #[expect(clippy::wildcard_enum_match_arm, reason = "reports give no other kinds")]
    let fact = match &event.fact {
        Fact::UsageReported(usage) => usage_text(usage),
        Fact::AssociationAccepted(terms) => {
            let mechanism = terms.mechanism.map_or("-", ledger::Mechanism::name);
            let role = terms.role.map_or("-", ledger::Role::name);
            let scope = [&terms.workload, &terms.subscription, &terms.principal].map(|name| tail(&text(name.as_ref())));
            let customer = tail(&terms.customer.map_or_else(String::new, |customer| customer.to_string()));
            format!("{mechanism} {role} {customer} {}", scope.join(" "))
        }
        Fact::AssociationRevoked { reason, .. } => reason.as_ref().map_or_else(String::new, ToString::to_string),
        Fact::CertificationLinked { person, certification, earned_on, expires_on } => {
            let date = |date: &Option<ledger::Date>| date.map_or_else(|| "-".to_owned(), |date| date.to_string());
            format!("{person} {certification} {} {}", date(earned_on), date(expires_on))
        }
        other => format!("{other:?}"),
    };
    format!("{head} {when} {fact}{note}")
}

fn usage_text(usage: &Usage) -> String {
    let text = |name: Option<&Name>| name.map_or("-", Name::as_str).to_owned();
    let customer = tail(&usage.customer.to_string());
    let metric = if usage.metric == UsageMetric::AcrUsd { "" } else { usage.metric.name() };
    let subscription = tail(&text(usage.subscription.as_ref()));
    let offer = usage.offer.as_ref().map_or_else(String::new, |offer| format!(" [{offer}]"));
    format!(
        "{customer} {}{}{metric} = {} of {subscription}{offer}",
        usage.product,
        if metric.is_empty() { "" } else { " " },
        usage.value
    )
}

/// The last four characters of a UUID, and any other text as it is.
fn tail(text: &str) -> String {
    if text.len() == 36 { text.chars().skip(32).collect() } else { text.to_owned() }
}
