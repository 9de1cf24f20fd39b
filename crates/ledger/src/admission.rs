//! Which events the ledger takes: the rules that need more than the event itself.
//!
//! An id occurs once (L4); a retraction names an earlier event of the same partner; an acceptance may lean on a request.

use std::collections::{BTreeMap, BTreeSet};

use crate::canonical::canonical_event;
use crate::counted::counted;
use crate::entry::{Entry, Key, keys_of};
use crate::error::{AppendError, PushError, ReadError};
use crate::event::{AssociationTerms, Event, Fact, When};
use crate::ids::{AssociationId, EventId, PartnerId};
use crate::kinds::Prerequisite;
use crate::prefix::EntryLine;
use crate::reader::unreadable;
use crate::refusal::{Code, Refusal};
use crate::store::Writer;
use crate::time::Timestamp;

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

    /// The canonical form.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The name of the partner; empty for none.
    #[must_use]
    pub fn partner(&self) -> &str {
        self.partner.as_ref().map_or("", PartnerId::as_str)
    }
}

/// Events that are handed in together, each prepared or refused by itself.
pub(crate) type PreparedEvents = Vec<Result<PreparedEvent, Refusal>>;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is a new entry.
    New {
        /// The place of the entry.
        seq: u64,
    },
    /// The same event stood in the ledger, or earlier in the batch, already; nothing changed.
    Already {
        /// The place of its entry.
        seq: u64,
    },
}

/// An earlier event: its place, its partner (empty for none) and its canonical form.
struct EarlierEvent {
    seq: u64,
    partner: String,
    event: String,
}

/// The entries that stand before the events that are judged.
pub(crate) trait EarlierEntries {
    /// How many they are.
    fn size(&self) -> u64;

    /// Those that may have a key, ascending; the caller compares.
    fn find(&self, key: Key) -> Result<Vec<u64>, ReadError>;

    /// The line of one.
    fn line(&self, seq: u64) -> Result<Vec<u8>, ReadError>;

    /// The error for one whose line cannot be read.
    fn broken(&self, seq: u64, line: &[u8]) -> ReadError;

    /// One of them.
    fn entry(&self, seq: u64) -> Result<Entry, ReadError> {
        let line = self.line(seq)?;
        let entry = std::str::from_utf8(&line).ok().and_then(|line| Entry::read(line).ok());
        entry.ok_or_else(|| self.broken(seq, &line))
    }
}

/// The entries before the events that are judged, and behind them events that were admitted and are not staged yet.
pub(crate) struct EarlierEvents<'w, 'e, W> {
    entries: &'w W,
    /// The entry that is looked at before the index is asked.
    expected: Option<u64>,
    admitted: Vec<&'e PreparedEvent>,
    by_id: BTreeMap<EventId, (u64, &'e PreparedEvent)>,
    requests: BTreeSet<(&'e PartnerId, AssociationId)>,
}

impl<'w, 'e, W: EarlierEntries> EarlierEvents<'w, 'e, W> {
    /// Nothing is admitted yet.
    pub(crate) fn of(entries: &'w W) -> Self {
        Self { entries, expected: None, admitted: Vec::new(), by_id: BTreeMap::new(), requests: BTreeSet::new() }
    }

    /// Looks for an event at this place first: whoever hands in known events again mostly does so in their order. An
    /// id occurs once (L4), so that nothing else need be asked when the event stands there.
    pub(crate) fn expecting(self, seq: Option<u64>) -> Self {
        Self { expected: seq.filter(|seq| *seq < self.entries.size()), ..self }
    }

    /// Judges an event by what came before it.
    pub(crate) fn judge(&self, event: &PreparedEvent) -> Result<Outcome, PushError> {
        match self.event(event.id)? {
            Some(known) if known.event == event.canonical => return Ok(Outcome::Already { seq: known.seq }),
            Some(known) => return Err(id_reused(event.id, known.seq).into()),
            None => self.check_references(event.partner.as_ref(), event.leans_on.as_deref())?,
        }
        Ok(Outcome::New { seq: self.next_seq() })
    }

    /// Judges an event that comes with its place: its id must be new.
    pub(crate) fn judge_entry(&self, event: &Event) -> Result<(), PushError> {
        match self.event(event.id)? {
            Some(known) => Err(id_reused(event.id, known.seq).into()),
            None => self.check_references(event.partner.as_ref(), event.fact.leans_on().as_ref()),
        }
    }

    /// Judges an event, and adds it when it is new.
    pub(crate) fn admit(&mut self, event: &'e PreparedEvent) -> Result<Outcome, PushError> {
        let outcome = self.judge(event)?;
        if let Outcome::New { seq } = outcome {
            self.admitted.push(event);
            self.by_id.insert(event.id, (seq, event));
            self.requests.extend(event.partner.as_ref().zip(event.requests));
        }
        Ok(outcome)
    }

    /// Judges events that are handed in together, and adds those that are new.
    ///
    /// # Errors
    /// [`AppendError::Refused`] with the first that is refused; the ledger cannot be read.
    pub(crate) fn admit_all(&mut self, events: &'e PreparedEvents) -> Result<Vec<Outcome>, AppendError> {
        let admit = |(index, event): (usize, &'e Result<PreparedEvent, Refusal>)| {
            let admitted = event.as_ref().map_err(|refusal| refusal.clone().into()).and_then(|event| self.admit(event));
            admitted.map_err(|error| match error {
                PushError::Refused(refusal) => AppendError::Refused { index, refusal },
                PushError::Store(error) => AppendError::Store(error),
            })
        };
        events.iter().enumerate().map(admit).collect()
    }

    /// The events that were admitted, in their order.
    pub(crate) fn into_admitted(self) -> Vec<&'e PreparedEvent> {
        self.admitted
    }

    fn next_seq(&self) -> u64 {
        self.entries.size() + self.admitted.len() as u64
    }

    /// The event with an id.
    fn event(&self, id: EventId) -> Result<Option<EarlierEvent>, ReadError> {
        if let Some((seq, event)) = self.by_id.get(&id) {
            let (partner, event) = (event.partner().to_owned(), event.canonical.clone());
            return Ok(Some(EarlierEvent { seq: *seq, partner, event }));
        }
        if let Some(found) = self.expected.map_or(Ok(None), |seq| self.event_at(seq, id))? {
            return Ok(Some(found));
        }
        for seq in self.entries.find(Key::event(id))? {
            if let Some(found) = self.event_at(seq, id)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The event at a place, if it has an id.
    fn event_at(&self, seq: u64, id: EventId) -> Result<Option<EarlierEvent>, ReadError> {
        let bytes = self.entries.line(seq)?;
        let line = std::str::from_utf8(&bytes).ok().and_then(EntryLine::split);
        let Some((line, found)) = line.and_then(|line| Some((line, line.id()?))) else {
            return Err(self.entries.broken(seq, &bytes));
        };
        let partner = || line.partner().unwrap_or_default().to_owned();
        Ok((found == id).then(|| EarlierEvent { seq, partner: partner(), event: line.event().to_owned() }))
    }

    /// Whether a partner requested an association.
    fn has_request(&self, partner: &PartnerId, terms: &AssociationTerms) -> Result<bool, ReadError> {
        if self.requests.contains(&(partner, terms.association)) {
            return Ok(true);
        }
        for seq in self.entries.find(Key::request(partner.as_str(), terms))? {
            let event = self.entries.entry(seq)?.event;
            let Fact::AssociationRequested(found) = event.fact else { continue };
            if found.association == terms.association && event.partner.as_ref() == Some(partner) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn check_references(&self, partner: Option<&PartnerId>, leans_on: Option<&Prerequisite>) -> Result<(), PushError> {
        match leans_on {
            None => Ok(()),
            Some(Prerequisite::Event(retracted)) => {
                let known = self.event(*retracted)?;
                let is_own = |known: EarlierEvent| partner.is_some_and(|partner| partner.as_str() == known.partner);
                if known.is_some_and(is_own) {
                    return Ok(());
                }
                let message = format!("the partner has no earlier event {retracted}");
                Err(Refusal::new(Code::UnknownEvent, message).into())
            }
            Some(Prerequisite::Request(terms, missing)) => {
                let Some(partner) = partner else { return Ok(()) };
                if self.has_request(partner, terms)? {
                    return Ok(());
                }
                let hint = format!("it may be left out when association {} was requested before", terms.association);
                Err(Refusal::missing(missing).with_hint(hint).into())
            }
            Some(Prerequisite::Size(covered)) => {
                let next = self.next_seq();
                if *covered == next {
                    return Ok(());
                }
                let message = format!("`checkpoint` covers {}, and {next} come before it", counted(*covered, "entry"));
                let hint = "`pcs key rotate` makes the event and records it in its place";
                Err(Refusal::new(Code::BadValue, message).with_hint(hint).into())
            }
        }
    }
}

fn id_reused(id: EventId, seq: u64) -> Refusal {
    Refusal::new(Code::IdReused, format!("entry {seq} has the id {id} and is another event"))
        .with_hint("give the event an id of its own, or leave the id out")
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
    match (event_type.is_monthly(), event.when) {
        (true, When::In(month)) if (0..10_000 * 12).contains(&month.number()) => {}
        (true, When::In(_)) => return refused(Code::BadValue, "`month` is out of bounds"),
        (true, When::At(_)) => return refused(Code::MissingField, "`month` is missing"),
        (false, When::In(_)) => return refused(Code::MissingField, "`effective_at` is missing"),
        (false, When::At(instant)) if (Timestamp::MIN..=Timestamp::MAX).contains(&instant) => {}
        (false, When::At(_)) => return refused(Code::BadValue, "`effective_at` is out of bounds"),
    }
    check_anniversary(event)?;
    event.fact.check()
}

/// Refuses an enrolment that is over before a day of it has gone by.
pub(crate) fn check_anniversary(event: &Event) -> Result<(), Refusal> {
    let (Fact::DesignationEnrolled { anniversary, .. }, When::At(at)) = (&event.fact, event.when) else {
        return Ok(());
    };
    if *anniversary > at.date() {
        return Ok(());
    }
    let message = format!("`anniversary` {anniversary} is not after {}, the day of `effective_at`", at.date());
    Err(Refusal::new(Code::BadValue, message))
}

impl EarlierEntries for Writer {
    fn size(&self) -> u64 {
        self.size()
    }

    fn find(&self, key: Key) -> Result<Vec<u64>, ReadError> {
        self.find(key.0)
    }

    fn line(&self, seq: u64) -> Result<Vec<u8>, ReadError> {
        self.read(seq)
    }

    fn broken(&self, seq: u64, line: &[u8]) -> ReadError {
        unreadable(&self.snapshot(), seq, line)
    }
}
