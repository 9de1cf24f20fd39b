//! Which events the ledger takes: the rules that need more than the event itself.
//!
//! An id occurs once (L4); a retraction names an earlier event of the same partner; an acceptance may lean on a request.

use std::collections::{BTreeMap, BTreeSet};

use crate::canonical::canonical_event;
use crate::entry::{Entry, Key, keys_of};
use crate::error::{PushError, ReadError};
use crate::event::{AssociationTerms, Event, Fact, When};
use crate::ids::{AssociationId, EventId, PartnerId};
use crate::prefix::EntryLine;
use crate::refusal::{Code, Refusal};
use crate::store::Writer;
use crate::time::{Month, Timestamp};

/// An event that was checked and written in its canonical form, to be appended.
///
/// This is the work that needs no ledger: it is done on the thread of whoever hands the event in, so that the one
/// writer has less to do.
#[derive(Clone, Debug)]
pub struct PreparedEvent {
    pub(crate) id: EventId,
    pub(crate) partner: Option<PartnerId>,
    pub(crate) canonical: String,
    pub(crate) keys: Vec<u64>,
    /// The association that it requests.
    pub(crate) requests: Option<AssociationId>,
    pub(crate) leans_on: Option<Box<Prerequisite>>,
}

/// What must have come before an event.
#[derive(Clone, Debug)]
pub(crate) enum Prerequisite {
    /// The event that it retracts.
    Event(EventId),
    /// The request of the association that it accepts, for this field is missing.
    Request(AssociationTerms, &'static str),
    /// So many entries, and no more.
    Size(u64),
}

impl PreparedEvent {
    /// Checks an event and writes its canonical form.
    ///
    /// # Errors
    /// A [`Refusal`] of an event that was put together by hand and that no line could have said.
    pub fn new(event: &Event) -> Result<Self, Refusal> {
        check_form(event)?;
        let requests = if let Fact::AssociationRequested(terms) = &event.fact { Some(terms.association) } else { None };
        Ok(Self {
            id: event.id,
            partner: event.partner.clone(),
            canonical: canonical_event(event),
            keys: keys_of(event),
            requests,
            leans_on: event.fact.leans_on().map(Box::new),
        })
    }

    /// The name of the partner; empty for none.
    pub(crate) fn partner(&self) -> &str {
        self.partner.as_ref().map_or("", PartnerId::as_str)
    }
}

/// What is to be done with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It is new.
    New,
    /// It already stands in the ledger, or earlier in the batch.
    Already(u64),
}

/// The events that came before another.
pub(crate) trait EarlierEvents {
    /// The place, the partner (empty for none) and the canonical form of the event with an id.
    fn event(&self, id: EventId) -> Result<Option<EarlierEvent>, ReadError>;
    /// Whether the partner requested the association.
    fn has_request(&self, partner: &PartnerId, terms: &AssociationTerms) -> Result<bool, ReadError>;
    /// The place of the next event.
    fn next_seq(&self) -> u64;
}

/// An earlier event.
#[derive(Clone, Debug)]
pub(crate) struct EarlierEvent {
    seq: u64,
    partner: String,
    event: String,
}

/// Judges an event by what came before it.
pub(crate) fn admit(earlier: &impl EarlierEvents, event: &PreparedEvent) -> Result<Admission, PushError> {
    if let Some(known) = earlier.event(event.id)? {
        if known.event == event.canonical {
            return Ok(Admission::Already(known.seq));
        }
        return Err(id_reused(event.id, known.seq).into());
    }
    check_references(earlier, event.partner.as_ref(), event.leans_on.as_deref())?;
    Ok(Admission::New)
}

/// Judges an event that comes with its place: its id must be new.
pub(crate) fn admit_entry(earlier: &impl EarlierEvents, event: &Event) -> Result<(), PushError> {
    if let Some(known) = earlier.event(event.id)? {
        return Err(id_reused(event.id, known.seq).into());
    }
    check_references(earlier, event.partner.as_ref(), event.fact.leans_on().as_ref())
}

fn id_reused(id: EventId, seq: u64) -> Refusal {
    Refusal::new(Code::IdReused, format!("entry {seq} has the id {id} and is another event"))
        .with_hint("give the event an id of its own, or leave the id out")
}

fn check_references(
    earlier: &impl EarlierEvents,
    partner: Option<&PartnerId>,
    leans_on: Option<&Prerequisite>,
) -> Result<(), PushError> {
    match leans_on {
        None => Ok(()),
        Some(Prerequisite::Event(retracted)) => {
            let known = earlier.event(*retracted)?;
            let is_own = |known: EarlierEvent| partner.is_some_and(|partner| partner.as_str() == known.partner);
            if known.is_some_and(is_own) {
                return Ok(());
            }
            let message = format!("the partner has no earlier event {retracted}");
            Err(Refusal::new(Code::UnknownEvent, message).into())
        }
        Some(Prerequisite::Request(terms, missing)) => {
            let Some(partner) = partner else { return Ok(()) };
            if earlier.has_request(partner, terms)? {
                return Ok(());
            }
            let hint = format!("it may be left out when association {} was requested before", terms.association);
            Err(Refusal::missing(missing).with_hint(hint).into())
        }
        Some(Prerequisite::Size(covered)) => {
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
        (false, None) => return refused(Code::MissingField, "`partner` is missing"),
        (true, None) | (false, Some(_)) => {}
    }
    let last = Timestamp::end_of(Month::from_number(9_999 * 12 + 11).last_day());
    let first = Timestamp::start_of(Month::from_number(0).first_day());
    match (event_type.is_monthly(), event.when) {
        (true, When::In(month)) if (0..10_000 * 12).contains(&month.number()) => {}
        (true, When::In(_)) => return refused(Code::BadValue, "`month` is out of bounds"),
        (true, When::At(_)) => return refused(Code::MissingField, "`month` is missing"),
        (false, When::In(_)) => return refused(Code::MissingField, "`effective_at` is missing"),
        (false, When::At(instant)) if (first..=last).contains(&instant) => {}
        (false, When::At(_)) => return refused(Code::BadValue, "`effective_at` is out of bounds"),
    }
    event.fact.check()
}

impl Writer {
    /// An entry, staged or not.
    pub(crate) fn entry(&self, seq: u64) -> Result<Entry, ReadError> {
        let line = self.read(seq)?;
        let entry = std::str::from_utf8(&line).ok().and_then(|line| Entry::read(line).ok());
        entry.ok_or_else(|| self.snapshot().broken_entry(seq))
    }
}

/// The entries of a writer, staged ones included.
impl EarlierEvents for Writer {
    fn event(&self, id: EventId) -> Result<Option<EarlierEvent>, ReadError> {
        for seq in self.find(Key::event(id).0)? {
            let line = self.read(seq)?;
            let line = std::str::from_utf8(&line).ok().and_then(EntryLine::split);
            let Some((line, found)) = line.and_then(|line| Some((line, line.id()?))) else {
                return Err(self.snapshot().broken_entry(seq));
            };
            if found == id {
                let partner = line.partner().unwrap_or_default().to_owned();
                return Ok(Some(EarlierEvent { seq, partner, event: line.event().to_owned() }));
            }
        }
        Ok(None)
    }

    fn has_request(&self, partner: &PartnerId, terms: &AssociationTerms) -> Result<bool, ReadError> {
        for seq in self.find(Key::request(partner.as_str(), terms).0)? {
            let event = self.entry(seq)?.event;
            let Fact::AssociationRequested(found) = event.fact else { continue };
            if found.association == terms.association && event.partner.as_ref() == Some(partner) {
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
pub(crate) struct AdmittedEvents<'a> {
    writer: &'a Writer,
    next_seq: u64,
    events: BTreeMap<EventId, (u64, &'a PreparedEvent)>,
    requests: BTreeSet<(&'a PartnerId, AssociationId)>,
}

impl<'a> AdmittedEvents<'a> {
    /// Nothing is admitted yet.
    pub(crate) fn of(writer: &'a Writer) -> Self {
        Self { writer, next_seq: writer.size(), events: BTreeMap::new(), requests: BTreeSet::new() }
    }

    /// Adds an admitted event; returns its place.
    pub(crate) fn push(&mut self, event: &'a PreparedEvent) -> u64 {
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

impl EarlierEvents for AdmittedEvents<'_> {
    fn event(&self, id: EventId) -> Result<Option<EarlierEvent>, ReadError> {
        match self.events.get(&id) {
            Some((seq, event)) => Ok(Some(EarlierEvent {
                seq: *seq,
                partner: event.partner().to_owned(),
                event: event.canonical.clone(),
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
