//! An event with its place and time in the ledger.

use crate::canonical::canonical_entry;
use crate::event::{AssociationTerms, Event, Fact, Mechanism};
use crate::ids::EventId;
use crate::parse::read_event;
use crate::prefix::{EntryLine, later_entry};
use crate::refusal::{Code, Refusal};
use crate::time::Timestamp;

/// What to do about an entry that a later version wrote.
pub const LATER_VERSION: &str = "use the version of pcs that wrote it, or a newer one";

/// An event with its place and time in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The place, from 0 without gaps.
    pub seq: u64,
    /// When the ledger accepted the event.
    pub recorded_at: Timestamp,
    /// The event.
    pub event: Event,
}

impl Entry {
    /// Reads an entry from its canonical bytes.
    ///
    /// # Errors
    /// [`Code::Malformed`] where the bytes are not those that [`canonical_entry`] writes for the entry;
    /// [`Code::UnknownType`] and [`Code::UnknownField`] where a later version wrote them ([`Refusal::is_later`]);
    /// else what [`crate::parse_event`] refuses.
    pub fn parse(line: &str) -> Result<Self, Refusal> {
        let entry = Self::read(line)?;
        if canonical_entry(entry.seq, entry.recorded_at, &entry.event) == line {
            return Ok(entry);
        }
        Err(Refusal::new(Code::Malformed, "the entry is not in its canonical form"))
    }

    /// Reads an entry whose bytes are known to be canonical, because a ledger wrote them: in half the time.
    ///
    /// # Errors
    /// As [`Entry::parse`], but for bytes of the same entry in another form.
    pub fn read(line: &str) -> Result<Self, Refusal> {
        let malformed = || {
            Refusal::new(Code::Malformed, "the line is not an entry").with_hint(
                "an entry is {\"seq\":...,\"recorded_at\":\"...\",\"event\":{...}}, as `pcs export` writes it",
            )
        };
        let parts = EntryLine::split(line).ok_or_else(malformed)?;
        let seq = parts.seq().ok_or_else(malformed)?;
        let recorded_at = Timestamp::parse(parts.recorded_at).map_err(|_| malformed())?;
        let start = line.len() - parts.event().len() - 1;
        let event = read_event(parts.event(), || None).map_err(|refusal| match later_entry(line) {
            Some(later) => Refusal::new(refusal.code, later.to_string()).with_hint(LATER_VERSION),
            None => Refusal { column: refusal.column.map(|column| column + start), ..refusal },
        })?;
        Ok(Self { seq, recorded_at, event })
    }
}

/// What an entry is found by: a fingerprint of one of its ids in one role.
///
/// Fingerprints may collide; whoever follows one compares the entry itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub(crate) u64);

impl Key {
    /// The event with this id.
    #[must_use]
    pub fn event(id: EventId) -> Self {
        Self::of("event", &[id.0.as_bytes()])
    }

    /// The requests of an association by a partner.
    #[must_use]
    pub fn request(partner: &str, terms: &AssociationTerms) -> Self {
        Self::of("request", &[partner.as_bytes(), terms.association.0.as_bytes()])
    }

    /// The associations of a mechanism with a subscription, whichever the partner.
    #[must_use]
    pub fn subscription(mechanism: Mechanism, subscription: &str) -> Self {
        Self::of("subscription", &[mechanism.name().as_bytes(), subscription.as_bytes()])
    }

    /// The associations of a mechanism with a customer's workload, whichever the partner and the letter case.
    #[must_use]
    pub fn workload(mechanism: Mechanism, customer: uuid::Uuid, workload: &str) -> Self {
        let workload = workload.to_ascii_lowercase();
        Self::of("workload", &[mechanism.name().as_bytes(), customer.as_bytes(), workload.as_bytes()])
    }

    /// The links of a person's certifications, whichever the partner.
    #[must_use]
    pub fn person(person: &str) -> Self {
        Self::of("person", &[person.as_bytes()])
    }

    /// FNV-1a over the parts, each closed by a byte that UTF-8 never has.
    fn of(role: &str, parts: &[&[u8]]) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for part in std::iter::once(role.as_bytes()).chain(parts.iter().copied()) {
            for &byte in part.iter().chain(&[0xff]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        // FNV mixes its high bits poorly; the finaliser of SplitMix64 spreads them.
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(hash ^ (hash >> 31))
    }
}

/// The fingerprints of everything that an event is found by, at most [`crate::runs::MAX_KEYS`].
pub(crate) fn keys_of(event: &Event) -> Vec<u64> {
    let mut keys = vec![Key::event(event.id)];
    if let (Fact::AssociationRequested(terms), Some(partner)) = (&event.fact, &event.partner) {
        keys.push(Key::request(partner.as_str(), terms));
    }
    keys.extend(event.fact.claims());
    keys.into_iter().map(|key| key.0).collect()
}

#[cfg(test)]
mod tests {
    use super::Entry;
    use crate::refusal::Code;

    const LINE: &str = concat!(
        r#"{"seq":7,"recorded_at":"2025-01-10T09:00:00.000000Z","event":{"id":"00000000-0000-4000-8000-000000000001","#,
        r#""type":"customer_churned","partner":"6034453","effective_at":"2025-01-09T00:00:00.000000Z","#,
        r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","areas":["data_ai","security"]}}"#
    );

    #[test]
    fn an_entry_is_read_from_its_canonical_bytes() {
        let entry = Entry::parse(LINE).expect("an entry");
        assert_eq!((entry.seq, entry.recorded_at.to_string().as_str()), (7, "2025-01-10T09:00:00.000000Z"));
    }

    #[test]
    fn other_bytes_of_the_same_entry_are_refused() {
        for (from, to) in [
            ("{\"seq\":7", "{\"seq\":07"),
            ("{\"seq\":7", "{ \"seq\":7"),
            ("\"seq\":7,", "\"seq\":7, "),
            ("09:00:00.000000Z", "09:00:00Z"),
            ("4fdbff88", "4FDBFF88"),
            ("\"data_ai\",\"security\"", "\"security\",\"data_ai\""),
            ("}}", "} }"),
            ("}}", "}} "),
            ("2025-01-09T00:00:00.000000Z", "2025-01-09"),
        ] {
            let line = LINE.replace(from, to);
            assert_eq!(Entry::parse(&line).map_err(|refusal| refusal.code), Err(Code::Malformed), "{line}");
        }
    }
}
