//! One line of JSON into one event, or the reason why not.

use crate::admission::check_anniversary;
use crate::event::{Event, EventType, Fact, When};
use crate::fields::Fields;
use crate::ids::EventId;
use crate::refusal::{Code, Refusal};

/// Bytes that a line may have.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// Reads one event from a line of JSON.
///
/// An event without an `id` takes the one that `new_id` makes.
///
/// # Errors
/// A [`Refusal`] with the code, the column and the reason.
///
/// # Examples
/// ```
/// use ledger::{EventId, parse_event};
/// let line = r#"{"type":"customer_churned","partner":"6034453",
///     "effective_at":"2025-03-01","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001"}"#;
/// let event = parse_event(line, || Some(EventId(uuid::Uuid::nil())))?;
/// assert!(ledger::canonical_event(&event).contains(r#""effective_at":"2025-03-01T00:00:00.000000Z""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse_event(line: &str, new_id: impl FnOnce() -> Option<EventId>) -> Result<Event, Refusal> {
    if line.len() > MAX_LINE_BYTES {
        return Err(Refusal::new(Code::Malformed, format!("the line has {} bytes, more than 1 MiB", line.len())));
    }
    read_event(line, new_id)
}

/// Reads an event from JSON of any length.
pub(crate) fn read_event(line: &str, new_id: impl FnOnce() -> Option<EventId>) -> Result<Event, Refusal> {
    let fields = Fields::parse(line)?;
    let event_type = parse_type(&fields)?;
    // Before any value is looked at.
    fields
        .refuse_others(event_type.name(), |name| name == "type" || event_type.fields().any(|own| own.name == name))?;
    let id = match fields.read("id")? {
        Some(id) => id,
        None => new_id().ok_or_else(|| Refusal::missing("id"))?,
    };
    let event = Event {
        id,
        partner: if event_type.is_shared() { None } else { Some(fields.read("partner")?) },
        location: fields.read("location")?,
        when: if event_type.is_monthly() {
            When::In(fields.read("month")?)
        } else {
            When::At(fields.read("effective_at")?)
        },
        fact: Fact::read(&fields, event_type)?,
        note: fields.read("note")?,
        source: fields.read("source")?,
    };
    match check_anniversary(&event) {
        Ok(()) => Ok(event),
        Err(refusal) => Err(refusal.at_column(fields.column("anniversary"))),
    }
}

fn parse_type(fields: &Fields<'_>) -> Result<EventType, Refusal> {
    let value = fields.take("type")?.ok_or_else(|| Refusal::missing("type"))?;
    let name = value.text()?;
    EventType::from_name(&name).ok_or_else(|| {
        let refusal = value.refused("is unknown");
        Refusal { code: Code::UnknownType, message: format!("there is no event type {name:?}"), ..refusal }
            .with_hint(format!("the types are {}", EventType::NAMES.join(", ")))
    })
}

#[cfg(test)]
mod tests;
