//! A ledger in memory, for tests of the readers.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use ledger::{
    AssociationId, Event, Fact, Name, PartnerId, PersonId, Refusal, Timestamp, Usage, UsageMetric, When,
    canonical_event,
};

use super::{Context, Kind, MapFile, Maps, ReportError, SharedFacts, Summary, as_of, read, survey_as};

/// What a ledger holds, as far as reports ask for it.
#[derive(Default)]
pub(crate) struct Book {
    events: RefCell<Vec<Event>>,
    facts: RefCell<BTreeMap<PartnerId, SharedFacts>>,
}

/// One import: new events as short texts, refused rows, and the counts.
pub(crate) struct ImportedFiles {
    pub(crate) new: Vec<String>,
    pub(crate) already: usize,
    pub(crate) refused: Vec<Refusal>,
    pub(crate) summary: Summary,
}

/// Which file is imported, and how.
pub(crate) struct File<'a> {
    pub(crate) kind: Kind,
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
    pub(crate) partner: Option<&'a str>,
    pub(crate) snapshot: bool,
    pub(crate) downloaded: Option<&'a str>,
    pub(crate) today: &'a str,
    /// Whether linked identities are recorded in clear, as earlier versions did.
    pub(crate) in_clear: bool,
}

impl<'a> File<'a> {
    pub(crate) fn new(kind: Kind, name: &'a str, text: &'a str) -> Self {
        Self {
            kind,
            name,
            text,
            partner: None,
            snapshot: false,
            downloaded: None,
            today: "1970-01-01",
            in_clear: false,
        }
    }
}

impl Book {
    /// Imports a file as a ledger would; panics when an id comes with other content.
    pub(crate) fn import(&self, file: &File<'_>) -> Result<ImportedFiles, ReportError> {
        self.import_with_accounts(file, &[])
    }

    /// Imports a file where the mappings know pairs of location or tenant and global account.
    pub(crate) fn import_with_accounts(
        &self,
        file: &File<'_>,
        accounts: &[(&str, &str)],
    ) -> Result<ImportedFiles, ReportError> {
        let entry = |(location, partner): &(&str, &str)| {
            format!("[[account]]\nlocation = \"{location}\"\npartner = \"{partner}\"\n")
        };
        let text: String = accounts.iter().map(entry).collect();
        let own = (!accounts.is_empty()).then(|| {
            let maps = Maps::of(projection::rulebook::Rulebook::builtin(), &[MapFile { name: "m.toml", text: &text }]);
            maps.expect("the mappings are valid")
        });
        let known = |partner: &PartnerId| self.facts(partner);
        let looked = survey_as(file.text.as_bytes(), Some(file.kind), None)?;
        let downloaded = file.downloaded.map(|day| ledger::parse_date(day).expect("a date"));
        let context = Context {
            as_of: as_of(downloaded, file.name, looked.newest),
            notation: looked.notation?,
            partner: file.partner.map(|partner| PartnerId::new(partner).expect("a partner")),
            snapshot: file.snapshot,
            excluded_offer: &|offer| matches!(offer, "Support" | "Trial" | "Internal"),
            known: &known,
            downloaded,
            today: ledger::parse_date(file.today).expect("a date"),
            // As it is told from others, so that tests see who it is; a ledger gives another text.
            pseudonym: &|person| PersonId::new(&person.identity).ok(),
            principal: &|id| match id.as_str() {
                known if file.in_clear || known.starts_with("u-") => Some(id.clone()),
                id => Name::new(&format!("u-{}", tail(id))).ok(),
            },
            maps: own.as_ref().unwrap_or(Maps::builtin()),
            ..Context::of_file(file.name)
        };
        let mut rows = Vec::new();
        let summary = read(file.kind, file.text.as_bytes(), &context, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        let mut imported = ImportedFiles { new: Vec::new(), already: 0, refused: Vec::new(), summary };
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
        if let Some(known) = self.events.borrow().iter().find(|known| known.id == event.id) {
            assert_eq!(*known, event, "an id was used again");
            return None;
        }
        if let Fact::AssociationAccepted(terms) = &event.fact {
            assert_eq!(terms.missing(), None, "the ledger refuses it");
        }
        self.facts(event.partner.as_ref().expect("a partner")).learn(&event);
        let text = short(&event);
        self.events.borrow_mut().push(event);
        Some(text)
    }

    /// The linked identities that acceptances name, by association.
    pub(crate) fn principals(&self) -> BTreeMap<AssociationId, BTreeSet<String>> {
        let mut principals: BTreeMap<AssociationId, BTreeSet<String>> = BTreeMap::new();
        for event in self.events.borrow().iter() {
            if let Fact::AssociationAccepted(terms) = &event.fact {
                principals.entry(terms.association).or_default().extend(terms.principal.iter().map(Name::to_string));
            }
        }
        principals
    }

    /// Ends an association, as somebody does by hand.
    pub(crate) fn end(&self, association: AssociationId, end: Timestamp) {
        let events = self.events.borrow();
        let of = |event: &&Event| matches!(&event.fact, Fact::AssociationAccepted(terms) if terms.association == association);
        let accepted = events.iter().find(of).expect("it is known").clone();
        let fact = Fact::AssociationRevoked { association, by: None, reason: None };
        let revoked = Event { fact, when: When::At(end), note: None, source: None, ..accepted };
        self.facts(revoked.partner.as_ref().expect("a partner")).learn(&revoked);
    }

    /// The ids of all associations.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others accept nothing")]
    pub(crate) fn associations(&self) -> Vec<AssociationId> {
        let ids = |event: &Event| match &event.fact {
            Fact::AssociationAccepted(terms) => Some(terms.association),
            _ => None,
        };
        self.events.borrow().iter().filter_map(ids).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// All events, in the order in which they were recorded.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.borrow().clone()
    }

    /// The canonical lines of all events.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.events.borrow().iter().map(canonical_event).collect()
    }

    /// The newest value of a product.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others have no value")]
    pub(crate) fn value(&self, product: &str) -> Option<String> {
        let events = self.events.borrow();
        let values = events.iter().rev().filter_map(|event| match &event.fact {
            Fact::UsageReported(usage) if usage.product.as_str() == product => Some(usage.value.to_string()),
            _ => None,
        });
        values.into_iter().next()
    }

    /// The figures that count: of each key the newest, unless it is 0.
    pub(crate) fn counting(&self) -> BTreeMap<String, String> {
        let mut counting = BTreeMap::new();
        for event in self.events.borrow().iter() {
            if let (Fact::UsageReported(usage), When::In(month)) = (&event.fact, event.when) {
                let subscription = usage.subscription.as_ref().map_or("-", Name::as_str);
                let key = format!("{month} {} {} {}", usage.product, usage.metric, tail(subscription));
                counting.insert(key, usage.value.to_string());
            }
        }
        counting.retain(|_, value| value != "0");
        counting
    }

    /// When the associations of a mechanism are in force, as the ledger reads them: merged, by customer, in instants
    /// without their seconds.
    pub(crate) fn in_force(&self, partner: &str, mechanism: ledger::Mechanism) -> Vec<String> {
        let facts = self.facts(&PartnerId::new(partner).expect("a partner"));
        let mut spans: Vec<(ledger::CustomerId, Timestamp, Option<Timestamp>)> = Vec::new();
        facts.ask(|facts| {
            for life in facts.lives().filter(|life| life.terms.mechanism == Some(mechanism)) {
                let start = *life.begins.first().expect("it was accepted");
                let customer = life.terms.customer.expect("a customer");
                let churns = facts.churns(customer).into_iter().flatten();
                let end = life.ends.iter().chain(churns).copied().filter(|end| *end >= start).min();
                spans.push((customer, start, end));
            }
        });
        spans.retain(|(_, start, end)| Some(*start) != *end);
        spans.sort_by_key(|(customer, start, _)| (*customer, *start));
        let mut merged: Vec<(ledger::CustomerId, Timestamp, Option<Timestamp>)> = Vec::new();
        for (customer, start, end) in spans {
            match merged.last_mut() {
                Some((same, _, until)) if *same == customer && until.is_none_or(|until| start <= until) => {
                    *until = end.zip(*until).map(|(end, until)| end.max(until));
                }
                _ => merged.push((customer, start, end)),
            }
        }
        let text = |at: Timestamp| at.to_string().get(..16).expect("it is longer").to_owned();
        let span = |(customer, start, end): (ledger::CustomerId, Timestamp, Option<Timestamp>)| {
            format!("{} {} to {}", tail(&customer.to_string()), text(start), end.map_or_else(|| "-".to_owned(), text))
        };
        merged.into_iter().map(span).collect()
    }

    /// The newest figures of a partner by month.
    pub(crate) fn figures(&self, partner: &str) -> BTreeMap<String, String> {
        let events = self.events.borrow();
        let of = |event: &Event| match (&event.fact, event.when) {
            (Fact::UsageReported(usage), When::In(month))
                if event.partner.as_ref().is_some_and(|of| of.as_str() == partner) =>
            {
                Some((month.to_string(), usage.value.to_string()))
            }
            _ => None,
        };
        events.iter().filter_map(of).collect()
    }

    fn facts(&self, partner: &PartnerId) -> SharedFacts {
        self.facts.borrow_mut().entry(partner.clone()).or_default().clone()
    }
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
        Fact::CustomerChurned { customer, reason, .. } => {
            let reason = reason.as_ref().map_or_else(String::new, ToString::to_string);
            format!("{} {reason}", tail(&customer.to_string()))
        }
        Fact::CustomerClassified { customer, segment } => format!("{} {segment}", tail(&customer.to_string())),
        Fact::CertificationLinked { person, certification, earned_on, expires_on } => {
            let date = |date: &Option<ledger::Date>| date.map_or_else(|| "-".to_owned(), |date| date.to_string());
            format!("{person} {certification} {} {}", date(earned_on), date(expires_on))
        }
        Fact::CertificationEarned { person, certification, earned_on, expires_on } => {
            let expires = expires_on.map_or_else(|| "-".to_owned(), |date| date.to_string());
            format!("{person} {certification} {earned_on} {expires}")
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
