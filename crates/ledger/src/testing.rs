//! What the tests of the crate share: ledgers in temporary directories and events by number.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use uuid::Uuid;

use crate::canonical::canonical_event;
use crate::entry::Entry;
use crate::error::RotateError;
use crate::event::{AssociationTerms, Event, Fact, Mechanism, When};
use crate::ids::{AssociationId, CustomerId, EventId, Name, PartnerId, Remark, RulebookText};
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::proof::SigningKey;
use crate::reader::Reader;
use crate::states::Fold;
use crate::time::Timestamp;

/// An empty ledger.
pub(crate) fn ledger() -> (TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, _) = Ledger::create(dir.path(), "example.com/ledger").unwrap();
    (dir, ledger)
}

/// So many microseconds after an instant of 2025.
pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(Timestamp::parse("2025-03-01").unwrap().micros() + micros)
}

/// Changes the key of a ledger to another that signs by what its log says.
pub(crate) fn rotate(
    ledger: &mut Ledger,
    old_key: &SigningKey,
    new_key: &LedgerKey,
    id: EventId,
    now: Timestamp,
) -> Result<u64, RotateError> {
    let told = ledger.reader().checkpoint(old_key.name(), ledger.size())?;
    ledger.rotate_key(told, old_key, new_key, id, now)
}

/// An event id by number.
pub(crate) fn id(number: u128) -> EventId {
    EventId(Uuid::from_u128(number))
}

fn event(number: u128, partner: &str, fact: Fact) -> Event {
    let partner = Some(PartnerId::new(partner).unwrap());
    Event { id: id(number), partner, location: None, when: When::At(at(0)), fact, note: None, source: None }
}

/// A customer left.
pub(crate) fn churn(number: u128, partner: &str) -> Event {
    let customer = CustomerId(Uuid::from_u128(1_000 + number % 7));
    event(number, partner, Fact::CustomerChurned { customer, areas: None, reason: None })
}

/// Customers that leave three partners in turn; that of one event has a note.
pub(crate) fn of_three_partners(numbers: std::ops::Range<u128>, noted: Option<u128>) -> Vec<Event> {
    let event = |number: u128| {
        let note = (noted == Some(number)).then(|| Remark::new("another").unwrap());
        Event { note, ..churn(number, ["a", "b", "c"][usize::try_from(number % 3).unwrap()]) }
    };
    numbers.map(event).collect()
}

/// An earlier event was wrong.
pub(crate) fn retract(number: u128, partner: &str, retracted: u128) -> Event {
    let reason = Remark::new("typed wrongly").unwrap();
    event(number, partner, Fact::EventRetracted { event: id(retracted), reason })
}

/// Terms that lack nothing.
pub(crate) fn terms(association: u128) -> AssociationTerms {
    AssociationTerms {
        association: AssociationId(Uuid::from_u128(association)),
        customer: Some(CustomerId(Uuid::from_u128(1))),
        mechanism: Some(Mechanism::Dpor),
        role: None,
        workload: None,
        subscription: Some(Name::new("subscription").unwrap()),
        principal: None,
    }
}

/// Terms with nothing but the association.
pub(crate) fn bare_terms(association: u128) -> AssociationTerms {
    AssociationTerms { customer: None, mechanism: None, subscription: None, ..terms(association) }
}

/// A partner asked for an association.
pub(crate) fn request(number: u128, partner: &str, association: u128) -> Event {
    event(number, partner, Fact::AssociationRequested(terms(association)))
}

/// An association came into force.
pub(crate) fn accept(number: u128, partner: &str, terms: AssociationTerms) -> Event {
    event(number, partner, Fact::AssociationAccepted(terms))
}

/// A rulebook was adopted.
pub(crate) fn adopt(number: u128, text: &str) -> Event {
    let fact = Fact::RulebookAdopted { rulebook: RulebookText::new(text).unwrap(), name: Name::new("rules").unwrap() };
    Event { partner: None, ..event(number, "p", fact) }
}

/// Every line, oldest first.
pub(crate) fn lines(reader: &Reader) -> Vec<String> {
    (0..reader.size()).map(|seq| reader.line(seq).unwrap()).collect()
}

/// A fold that keeps the events themselves, a line each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Transcript(pub(crate) String);

impl Fold for Transcript {
    const FORM: u32 = 7;

    fn push(&mut self, entry: &Entry) {
        writeln!(self.0, "{} {}", entry.seq, canonical_event(&entry.event)).unwrap();
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.clone().into_bytes()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        String::from_utf8(bytes).ok().map(Self)
    }
}

/// The fold of a partner's entries, from the states that are kept of it on.
pub(crate) fn folded(reader: &Reader, partner: &str, end: u64) -> Option<Transcript> {
    reader.folded(partner, end).unwrap()
}

/// The same from the log alone.
pub(crate) fn unkept(reader: &Reader, partner: &str, end: u64) -> Option<Transcript> {
    let entries = reader.entries(partner, end).unwrap();
    let mut transcript = Transcript::default();
    for entry in &entries {
        transcript.push(entry);
    }
    (!entries.is_empty()).then_some(transcript)
}

/// Compares the folds of partners with those of the log, which keeps states of them.
pub(crate) fn assert_folds(reader: &Reader, partners: &[&str]) {
    for partner in partners {
        assert_eq!(folded(reader, partner, reader.size()), unkept(reader, partner, reader.size()), "{partner}");
    }
}

/// Copies a directory with everything in it.
pub(crate) fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let path = item.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_dir() { copy_dir(&path, &copy) } else { fs::copy(&path, &copy).map(drop).unwrap() }
    }
}
