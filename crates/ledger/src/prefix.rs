//! A canonical line, of which no more is read than is asked for. Only this module knows its layout.

use std::borrow::Cow;

use crate::entry::{Entry, Key, keys_of};
use crate::error::LaterEntry;
use crate::event::EventType;
use crate::fields::Fields;
use crate::ids::{EventId, parse_uuid};
use crate::refusal::Code;
use crate::runs::{Description, MAX_KEYS};
use crate::time::Timestamp;

/// Characters of an instant in its canonical form.
const INSTANT_LEN: usize = 27;
/// Bytes that the name of a type or a field has at most.
const MOST_NAME_BYTES: usize = 64;

/// The line of an entry, of which no more is read than is asked for.
///
/// The line is taken to be canonical: of another one the answers may be wrong. [`Entry::parse`] judges it.
///
/// # Examples
/// ```
/// let line = concat!(
///     r#"{"seq":0,"recorded_at":"2025-01-10T09:00:00.000000Z","event":{"id":"0195d3c0-0000-7000-8000-000000000001","#,
///     r#""type":"customer_churned","partner":"6034453","effective_at":"2025-01-09T00:00:00.000000Z","#,
///     r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","reason":"a \"trial\""}}"#,
/// );
/// let line = ledger::EntryLine::split(line).expect("an entry");
/// assert_eq!((line.seq(), line.partner()), (Some(0), Some("6034453")));
/// assert_eq!(line.event_type(), Some(ledger::EventType::CustomerChurned));
/// assert_eq!(line.text("reason").as_deref(), Some("a \"trial\""));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EntryLine<'a> {
    pub(crate) seq: &'a str,
    pub(crate) recorded_at: &'a str,
    event: &'a str,
}

impl<'a> EntryLine<'a> {
    /// Splits a line into its three parts; `None` when it is no entry.
    #[must_use]
    pub fn split(line: &'a str) -> Option<Self> {
        let (seq, rest) = line.strip_prefix("{\"seq\":")?.split_once(',')?;
        let (recorded_at, rest) = rest.strip_prefix("\"recorded_at\":\"")?.split_once('"')?;
        let event = rest.strip_prefix(",\"event\":")?.strip_suffix('}')?;
        Some(Self { seq, recorded_at, event })
    }

    /// The place.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        self.seq.parse().ok()
    }

    /// When the ledger accepted the event.
    #[must_use]
    pub fn recorded_at(&self) -> Option<Timestamp> {
        if self.recorded_at.len() == INSTANT_LEN { Timestamp::parse(self.recorded_at).ok() } else { None }
    }

    /// The canonical form of the event.
    #[must_use]
    pub fn event(&self) -> &'a str {
        self.event
    }

    /// The id of the event.
    #[must_use]
    pub fn id(&self) -> Option<EventId> {
        parse_uuid(self.id_and_rest()?.0).map(EventId)
    }

    /// The type of the event.
    #[must_use]
    pub fn event_type(&self) -> Option<EventType> {
        EventType::from_name(self.type_and_rest()?.0)
    }

    /// The partner; `None` when the event has none.
    #[must_use]
    pub fn partner(&self) -> Option<&'a str> {
        let (_, rest) = self.type_and_rest()?;
        Some(rest.strip_prefix(",\"partner\":\"")?.split_once('"')?.0)
    }

    /// The text of a field of the event; `None` when it has no such field, or one that is no text.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<Cow<'a, str>> {
        // Within a text every quote is escaped: nothing but the field itself can look like this.
        let (_, rest) = self.event.split_once(&format!("\"{field}\":\""))?;
        let mut is_escaped = false;
        let end = rest.bytes().position(|byte| {
            let is_end = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_end
        })?;
        let text = rest.get(..end)?;
        if text.contains('\\') { serde_json::from_str(&format!("\"{text}\"")).ok() } else { Some(Cow::Borrowed(text)) }
    }

    fn id_and_rest(&self) -> Option<(&'a str, &'a str)> {
        self.event.strip_prefix("{\"id\":\"")?.split_once('"')
    }

    fn type_and_rest(&self) -> Option<(&'a str, &'a str)> {
        self.id_and_rest()?.1.strip_prefix(",\"type\":\"")?.split_once('"')
    }
}

/// What an entry says that this version does not know, by its line; `None` when there is no such thing.
///
/// A ledger takes no event that its version does not know, so a later version wrote such an entry.
pub(crate) fn later_entry(line: &str) -> Option<LaterEntry> {
    let parts = EntryLine::split(line)?;
    let (seq, _, _) = (parts.seq()?, parts.recorded_at()?, parts.id()?);
    let fields = Fields::parse(parts.event).ok()?;
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_name = |name: &&str| (1..=MOST_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_letter);
    let name = parts.type_and_rest()?.0;
    let (code, what) = match EventType::from_name(name) {
        None => (Code::UnknownType, format!("is of the type {}", Some(name).filter(is_name)?)),
        Some(of) => {
            let is_known = |name: &str| name == "type" || of.fields().any(|field| field.name == name);
            (Code::UnknownField, format!("has the field {}", fields.other(is_known).filter(is_name)?))
        }
    };
    Some(LaterEntry { seq, what, code: code.name() })
}

/// What the store finds an entry by. Only the few types that have keys beyond their id are read in full.
pub(crate) fn describe(line: &[u8]) -> Result<Description<'_>, Option<LaterEntry>> {
    let text = std::str::from_utf8(line).map_err(|_| None)?;
    description(text).ok_or_else(|| later_entry(text))
}

fn description(text: &str) -> Option<Description<'_>> {
    let line = EntryLine::split(text)?;
    let id = line.id()?;
    let of_entry =
        if line.event_type()?.has_claims() { keys_of(&Entry::read(text).ok()?.event) } else { vec![Key::event(id).0] };
    let mut keys = [0; MAX_KEYS];
    keys.get_mut(..of_entry.len())
        .expect("a request has the most keys, and those are MAX_KEYS")
        .copy_from_slice(&of_entry);
    Some(Description {
        seq: line.seq()?,
        recorded_at: line.recorded_at()?.micros(),
        partner: line.partner().unwrap_or_default(),
        keys,
        key_count: of_entry.len(),
    })
}
