//! Which events the ledger takes: the rules that need more than the event itself.
//!
//! An id occurs once (L4); a retraction names an earlier event of the same partner; an acceptance may lean on a request.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::{Entry, Key};
use crate::error::{PushError, ReadError};
use crate::event::{AssociationTerms, Event, EventType, Fact, When};
use crate::ids::{AssociationId, EventId, PartnerId};
use crate::prefix::{self, Prefix};
use crate::prepared::{LeansOn, Prepared};
use crate::refusal::{Code, Refusal};
use crate::store::Writer;
use crate::time::{Month, Timestamp};

/// What is to be done with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// It is new.
    New,
    /// It stands in the ledger, or earlier in the batch, already.
    Already(u64),
}

/// What came before an event.
pub(crate) trait Earlier {
    /// The place, the partner (empty for none) and the canonical form of the event with an id.
    fn event(&self, id: EventId) -> Result<Option<Known>, ReadError>;
    /// Whether the partner requested the association.
    fn has_request(&self, partner: &PartnerId, terms: &AssociationTerms) -> Result<bool, ReadError>;
    /// The place of the next event.
    fn next_seq(&self) -> u64;
}

/// An earlier event.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    seq: u64,
    partner: String,
    event: Vec<u8>,
}

/// Judges an event by what came before it.
pub(crate) fn admit(earlier: &impl Earlier, event: &Prepared) -> Result<Admitted, PushError> {
    if let Some(known) = earlier.event(event.id)? {
        if known.event == event.canonical.as_bytes() {
            return Ok(Admitted::Already(known.seq));
        }
        return Err(id_reused(event.id, known.seq).into());
    }
    check_references(earlier, event.partner.as_ref(), event.leans_on.as_deref())?;
    Ok(Admitted::New)
}

/// Judges an event that comes with its place: its id must be new.
pub(crate) fn admit_entry(earlier: &impl Earlier, event: &Event) -> Result<(), PushError> {
    if let Some(known) = earlier.event(event.id)? {
        return Err(id_reused(event.id, known.seq).into());
    }
    check_references(earlier, event.partner.as_ref(), LeansOn::of(&event.fact).as_ref())
}

fn id_reused(id: EventId, seq: u64) -> Refusal {
    Refusal::new(Code::IdReused, format!("entry {seq} has the id {id} and is another event"))
        .with_hint("give the event an id of its own, or leave the id out")
}

fn check_references(
    earlier: &impl Earlier,
    partner: Option<&PartnerId>,
    leans_on: Option<&LeansOn>,
) -> Result<(), PushError> {
    match leans_on {
        None => Ok(()),
        Some(LeansOn::Event(retracted)) => {
            let known = earlier.event(*retracted)?;
            let is_own = |known: Known| partner.is_some_and(|partner| partner.as_str() == known.partner);
            if known.is_some_and(is_own) {
                return Ok(());
            }
            let message = format!("the partner has no earlier event {retracted}");
            Err(Refusal::new(Code::UnknownEvent, message).into())
        }
        Some(LeansOn::Request(terms, missing)) => {
            let Some(partner) = partner else { return Ok(()) };
            if earlier.has_request(partner, terms)? {
                return Ok(());
            }
            let hint = format!("it may be left out when association {} was requested before", terms.association);
            let refusal = Refusal::new(Code::MissingField, format!("`{missing}` is missing"));
            Err(refusal.with_hint(hint).into())
        }
        Some(LeansOn::Size(covered)) => {
            let next = earlier.next_seq();
            if *covered == next {
                return Ok(());
            }
            let message = format!("`checkpoint` covers {covered} entries, and {next} come before it");
            let hint = "`pcs key rotate` makes the event and records it in its place";
            Err(Refusal::new(Code::BadValue, message).with_hint(hint).into())
        }
    }
}

/// Refuses an event put together by hand that no line could have said: its entry could not be read again.
pub(crate) fn check_form(event: &Event) -> Result<(), Refusal> {
    let event_type = event.fact.event_type();
    let refused = |code, message: &str| Err(Refusal::new(code, format!("{event_type}: {message}")));
    match (event_type.is_shared(), &event.partner) {
        (true, Some(_)) => return refused(Code::UnknownField, "has no field \"partner\""),
        (true, None) | (false, Some(_)) => {}
        (false, None) => return refused(Code::MissingField, "`partner` is missing"),
    }
    let last = Timestamp::end_of(Month::from_number(9_999 * 12 + 11).last_day());
    let first = Timestamp::start_of(Month::from_number(0).first_day());
    match (event_type, event.when) {
        (EventType::UsageReported, When::In(month)) if (0..10_000 * 12).contains(&month.number()) => {}
        (EventType::UsageReported, When::In(_)) => return refused(Code::BadValue, "`month` is out of bounds"),
        (EventType::UsageReported, When::At(_)) => return refused(Code::MissingField, "`month` is missing"),
        (_, When::In(_)) => return refused(Code::MissingField, "`effective_at` is missing"),
        (_, When::At(instant)) if (first..=last).contains(&instant) => {}
        (_, When::At(_)) => return refused(Code::BadValue, "`effective_at` is out of bounds"),
    }
    check_fact(&event.fact)
}

fn check_fact(fact: &Fact) -> Result<(), Refusal> {
    let refused = |code, message: String| Err(Refusal::new(code, message));
    match fact {
        Fact::AssociationRequested(terms) | Fact::AssociationAccepted(terms) => {
            let is_request = fact.event_type() == EventType::AssociationRequested;
            if let Some(missing) = terms.missing().filter(|_| is_request) {
                return refused(Code::MissingField, format!("`{missing}` is missing"));
            }
            match (terms.mechanism, terms.role) {
                (Some(mechanism), Some(role)) if !mechanism.roles().contains(&role) => {
                    refused(Code::BadValue, format!("`role` {role} is no role of {mechanism}"))
                }
                _ => Ok(()),
            }
        }
        Fact::CustomerChurned { areas: Some(areas), .. } => {
            if areas.is_empty() || !areas.is_sorted_by(|one, next| one < next) {
                return refused(Code::BadValue, "`areas` is empty, or not in order and each once".to_owned());
            }
            Ok(())
        }
        Fact::UsageReported(usage) if usage.value.micros().unsigned_abs() >= 10_u128.pow(21) => {
            refused(Code::BadValue, "`value` has more than 15 digits before the point".to_owned())
        }
        Fact::AssociationDeclined { .. }
        | Fact::AssociationRevoked { .. }
        | Fact::CustomerChurned { areas: None, .. }
        | Fact::CustomerClassified { .. }
        | Fact::UsageReported(_)
        | Fact::CertificationLinked { .. }
        | Fact::CertificationUnlinked { .. }
        | Fact::EventRetracted { .. }
        | Fact::RulebookAdopted { .. }
        | Fact::KeyRotated(_) => Ok(()),
    }
}

/// The entries of a writer, staged ones included.
impl Earlier for Writer {
    fn event(&self, id: EventId) -> Result<Option<Known>, ReadError> {
        for seq in self.find(Key::event(id).0)? {
            let line = self.read(seq)?;
            let Some(Prefix { id: found, partner, event, .. }) = prefix::scan(&line) else {
                return Err(self.snapshot().broken_entry(seq));
            };
            if found == id {
                return Ok(Some(Known { seq, partner: partner.to_owned(), event: event.to_vec() }));
            }
        }
        Ok(None)
    }

    fn has_request(&self, partner: &PartnerId, terms: &AssociationTerms) -> Result<bool, ReadError> {
        for seq in self.find(Key::request(partner.as_str(), terms).0)? {
            let line = self.read(seq)?;
            let entry = std::str::from_utf8(&line).ok().and_then(|line| Entry::read(line).ok());
            let Some(entry) = entry else { return Err(self.snapshot().broken_entry(seq)) };
            let Fact::AssociationRequested(found) = entry.event.fact else { continue };
            if found.association == terms.association && entry.event.partner.as_ref() == Some(partner) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn next_seq(&self) -> u64 {
        self.size()
    }
}

/// The entries of a writer, and behind them events that were admitted and are not staged yet.
pub(crate) struct Ahead<'a> {
    writer: &'a Writer,
    next_seq: u64,
    events: BTreeMap<EventId, (u64, &'a Prepared)>,
    requests: BTreeSet<(&'a PartnerId, AssociationId)>,
}

impl<'a> Ahead<'a> {
    /// Nothing is admitted yet.
    pub(crate) fn of(writer: &'a Writer) -> Self {
        Self { writer, next_seq: writer.size(), events: BTreeMap::new(), requests: BTreeSet::new() }
    }

    /// Adds an admitted event; returns its place.
    pub(crate) fn push(&mut self, event: &'a Prepared) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        let before = self.events.insert(event.id, (seq, event));
        assert!(before.is_none(), "L4: an admitted event has a new id");
        if let (Some(association), Some(partner)) = (event.requests, &event.partner) {
            self.requests.insert((partner, association));
        }
        seq
    }
}

impl Earlier for Ahead<'_> {
    fn event(&self, id: EventId) -> Result<Option<Known>, ReadError> {
        match self.events.get(&id) {
            Some((seq, event)) => Ok(Some(Known {
                seq: *seq,
                partner: event.partner().to_owned(),
                event: event.canonical.as_bytes().to_vec(),
            })),
            None => self.writer.event(id),
        }
    }

    fn has_request(&self, partner: &PartnerId, terms: &AssociationTerms) -> Result<bool, ReadError> {
        let is_ahead = self.requests.contains(&(partner, terms.association));
        if is_ahead { Ok(true) } else { self.writer.has_request(partner, terms) }
    }

    fn next_seq(&self) -> u64 {
        self.next_seq
    }
}
