//! What an entry is found by, read from the beginning of its canonical line without reading all of it.

use uuid::Uuid;

use crate::entry::{Entry, Key, Keys, keys_of};
use crate::event::EventType;
use crate::ids::EventId;
use crate::runs::Description;
use crate::time::Timestamp;

const SEQ: &[u8] = b"{\"seq\":";
const RECORDED_AT: &[u8] = b",\"recorded_at\":\"";
const INSTANT_LEN: usize = 27;
const EVENT: &[u8] = b"\",\"event\":";
const ID: &[u8] = b"{\"id\":\"";
const UUID_LEN: usize = 36;
const TYPE: &[u8] = b"\",\"type\":\"";
const PARTNER: &[u8] = b"\",\"partner\":\"";

/// The fields with which every canonical line begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefix<'a> {
    /// The place.
    pub(crate) seq: u64,
    /// When the ledger accepted the event.
    pub(crate) recorded_at: Timestamp,
    /// The event's id.
    pub(crate) id: EventId,
    /// The event's type.
    pub(crate) event_type: EventType,
    /// The partner; empty when the event has none.
    pub(crate) partner: &'a str,
    /// The canonical bytes of the event.
    pub(crate) event: &'a [u8],
}

/// Reads the beginning of a line; `None` when it is not that of an entry.
pub(crate) fn scan(line: &[u8]) -> Option<Prefix<'_>> {
    let rest = line.strip_prefix(SEQ)?;
    let (seq, rest) = rest.split_at_checked(rest.iter().position(|byte| !byte.is_ascii_digit())?)?;
    let (recorded_at, rest) = rest.strip_prefix(RECORDED_AT)?.split_at_checked(INSTANT_LEN)?;
    let rest = rest.strip_prefix(EVENT)?;
    let event = rest.strip_suffix(b"}")?;
    let (id, rest) = rest.strip_prefix(ID)?.split_at_checked(UUID_LEN)?;
    let rest = rest.strip_prefix(TYPE)?;
    let (event_type, rest) = until_quote(rest)?;
    let partner = match rest.strip_prefix(PARTNER) {
        Some(rest) => until_quote(rest)?.0,
        None => "",
    };
    Some(Prefix {
        seq: std::str::from_utf8(seq).ok()?.parse().ok()?,
        recorded_at: Timestamp::parse(std::str::from_utf8(recorded_at).ok()?).ok()?,
        id: EventId(Uuid::try_parse_ascii(id).ok()?),
        event_type: EventType::from_name(event_type)?,
        partner,
        event,
    })
}

/// The text before the next quote, and what begins with the quote.
fn until_quote(text: &[u8]) -> Option<(&str, &[u8])> {
    let (text, rest) = text.split_at_checked(text.iter().position(|&byte| byte == b'"')?)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

/// What the store finds an entry by. Only the few types that have keys beyond their id are read in full.
pub(crate) fn describe(line: &[u8]) -> Option<Description<'_>> {
    let prefix = scan(line)?;
    let keys = match prefix.event_type {
        EventType::AssociationRequested | EventType::AssociationAccepted | EventType::CertificationLinked => {
            keys_of(&Entry::read(std::str::from_utf8(line).ok()?).ok()?.event)
        }
        EventType::AssociationDeclined
        | EventType::AssociationRevoked
        | EventType::CustomerChurned
        | EventType::CustomerClassified
        | EventType::UsageReported
        | EventType::CertificationUnlinked
        | EventType::EventRetracted
        | EventType::RulebookAdopted
        | EventType::KeyRotated => Keys::of(Key::event(prefix.id)),
    };
    Some(Description {
        seq: prefix.seq,
        recorded_at: prefix.recorded_at.micros(),
        partner: prefix.partner,
        keys: keys.array(),
        key_count: keys.as_slice().len(),
    })
}
