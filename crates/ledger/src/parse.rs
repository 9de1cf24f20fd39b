//! One line of JSON into one event, or the reason why not.

use crate::amount::Amount;
use crate::event::{
    Area, AssociationTerms, By, Event, EventType, Fact, Mechanism, Role, Segment, Usage, UsageMetric, When,
};
use crate::fields::{Fields, Value};
use crate::ids::{
    AssociationId, CustomerId, EventId, Name, PartnerId, PersonId, Remark, RulebookText, Source, TextError, parse_uuid,
};
use crate::proof::{Rotation, SignedCheckpoint, VerifierKey};
use crate::refusal::{Code, Refusal};
use crate::time::{Date, Month, Timestamp, parse_date};
use uuid::Uuid;

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
    refuse_foreign_fields(&fields, event_type)?;
    let id = match fields.uuid("id")? {
        Some(id) => EventId(id),
        None => new_id().ok_or_else(|| missing("id"))?,
    };
    let partner = if event_type.is_shared() { None } else { Some(fields.needed("partner", PartnerId::new)?) };
    let location = fields.checked("location", Name::new)?;
    let is_monthly = event_type == EventType::UsageReported;
    let when = if is_monthly { When::In(fields.month()?) } else { When::At(fields.instant()?) };
    let fact = parse_fact(&fields, event_type)?;
    let note = fields.checked("note", Remark::new)?;
    let source = fields.checked("source", Source::new)?;
    Ok(Event { id, partner, location, when, fact, note, source })
}

/// The fields that a type has of its own, in their canonical order.
#[must_use]
pub fn fields_of(event_type: EventType) -> &'static [&'static str] {
    match event_type {
        EventType::AssociationRequested | EventType::AssociationAccepted => {
            &["association", "customer", "mechanism", "role", "workload", "subscription", "principal"]
        }
        EventType::AssociationDeclined => &["association", "by"],
        EventType::AssociationRevoked => &["association", "by", "reason"],
        EventType::CustomerChurned => &["customer", "areas", "reason"],
        EventType::CustomerClassified => &["customer", "segment"],
        EventType::UsageReported => &["customer", "product", "metric", "value", "subscription", "offer"],
        EventType::CertificationLinked => &["person", "certification", "earned_on", "expires_on"],
        EventType::CertificationUnlinked => &["person", "certification", "reason"],
        EventType::EventRetracted => &["event", "reason"],
        EventType::RulebookAdopted => &["rulebook", "name"],
        EventType::KeyRotated => &["old_key", "new_key", "checkpoint"],
    }
}

fn parse_type(fields: &Fields<'_>) -> Result<EventType, Refusal> {
    let value = fields.take("type")?.ok_or_else(|| missing("type"))?;
    let name = value.text()?;
    EventType::from_name(&name).ok_or_else(|| {
        let refusal = value.refused("is unknown");
        Refusal { code: Code::UnknownType, message: format!("there is no event type {name:?}"), ..refusal }
            .with_hint(format!("the types are {}", EventType::NAMES.join(", ")))
    })
}

/// Refuses fields that the type does not have, before any value is looked at.
fn refuse_foreign_fields(fields: &Fields<'_>, event_type: EventType) -> Result<(), Refusal> {
    let time = if event_type == EventType::UsageReported { "month" } else { "effective_at" };
    let partner = if event_type.is_shared() { "id" } else { "partner" };
    fields.refuse_others(
        event_type.name(),
        &["id", "type", partner, "location", time, "note", "source"],
        fields_of(event_type),
    )
}

fn parse_fact(fields: &Fields<'_>, event_type: EventType) -> Result<Fact, Refusal> {
    Ok(match event_type {
        EventType::AssociationRequested => Fact::AssociationRequested(parse_request(fields)?),
        EventType::AssociationAccepted => Fact::AssociationAccepted(parse_terms(fields)?),
        EventType::AssociationDeclined => Fact::AssociationDeclined {
            association: fields.association()?,
            by: fields.named("by", By::from_name, By::NAMES)?,
        },
        EventType::AssociationRevoked => Fact::AssociationRevoked {
            association: fields.association()?,
            by: fields.named("by", By::from_name, By::NAMES)?,
            reason: fields.checked("reason", Remark::new)?,
        },
        EventType::CustomerChurned => Fact::CustomerChurned {
            customer: fields.customer()?,
            areas: parse_areas(fields)?,
            reason: fields.checked("reason", Remark::new)?,
        },
        EventType::CustomerClassified => Fact::CustomerClassified {
            customer: fields.customer()?,
            segment: fields.named("segment", Segment::from_name, Segment::NAMES)?.ok_or_else(|| missing("segment"))?,
        },
        EventType::UsageReported => Fact::UsageReported(parse_usage(fields)?),
        EventType::CertificationLinked => Fact::CertificationLinked {
            person: fields.needed("person", PersonId::new)?,
            certification: fields.needed("certification", Name::new)?,
            earned_on: fields.date("earned_on")?,
            expires_on: fields.date("expires_on")?,
        },
        EventType::CertificationUnlinked => Fact::CertificationUnlinked {
            person: fields.needed("person", PersonId::new)?,
            certification: fields.checked("certification", Name::new)?,
            reason: fields.checked("reason", Remark::new)?,
        },
        EventType::EventRetracted => Fact::EventRetracted {
            event: EventId(fields.uuid("event")?.ok_or_else(|| missing("event"))?),
            reason: fields.needed("reason", Remark::new)?,
        },
        EventType::RulebookAdopted => Fact::RulebookAdopted {
            rulebook: fields.needed("rulebook", RulebookText::new)?,
            name: fields.needed("name", Name::new)?,
        },
        EventType::KeyRotated => Fact::KeyRotated(Box::new(parse_rotation(fields)?)),
    })
}

fn parse_rotation(fields: &Fields<'_>) -> Result<Rotation, Refusal> {
    let old_key = fields.read("old_key", VerifierKey::parse)?;
    let new_key = fields.read("new_key", VerifierKey::parse)?;
    let checkpoint = fields.read("checkpoint", SignedCheckpoint::parse)?;
    Rotation::new(old_key, new_key, checkpoint).map_err(|error| Refusal::new(Code::BadValue, error.to_string()))
}

fn parse_request(fields: &Fields<'_>) -> Result<AssociationTerms, Refusal> {
    let terms = parse_terms(fields)?;
    match terms.missing() {
        Some(field) => Err(missing(field)),
        None => Ok(terms),
    }
}

fn parse_terms(fields: &Fields<'_>) -> Result<AssociationTerms, Refusal> {
    let association = fields.association()?;
    let customer = fields.uuid("customer")?.map(CustomerId);
    let mechanism = fields.named("mechanism", Mechanism::from_name, Mechanism::NAMES)?;
    let role = parse_role(fields, mechanism)?;
    Ok(AssociationTerms {
        association,
        customer,
        mechanism,
        role,
        workload: fields.checked("workload", Name::new)?,
        subscription: fields.checked("subscription", Name::new)?,
        principal: fields.checked("principal", Name::new)?,
    })
}

fn parse_role(fields: &Fields<'_>, mechanism: Option<Mechanism>) -> Result<Option<Role>, Refusal> {
    let Some(value) = fields.take("role")? else { return Ok(None) };
    let text = value.text()?;
    let role = Role::from_name(&text).ok_or_else(|| value.refused(&format!("{text:?} is no role")));
    let Some(mechanism) = mechanism else { return role.map(Some) };
    role.ok().filter(|role| mechanism.roles().contains(role)).map(Some).ok_or_else(|| {
        let roles: Vec<_> = mechanism.roles().iter().map(|role| role.name()).collect();
        let hint = if roles.is_empty() { "leave it out".to_owned() } else { format!("one of {}", roles.join(", ")) };
        value.refused(&format!("{text:?} is no role of {mechanism}")).with_hint(hint)
    })
}

fn parse_areas(fields: &Fields<'_>) -> Result<Option<Vec<Area>>, Refusal> {
    let Some(value) = fields.take("areas")? else { return Ok(None) };
    let mut areas = Vec::new();
    for name in value.texts()? {
        areas.push(Area::from_name(&name).ok_or_else(|| {
            value
                .refused(&format!("{name:?} is no area"))
                .with_hint(format!("the areas are {}", Area::NAMES.join(", ")))
        })?);
    }
    if areas.is_empty() {
        return Err(value.refused("names no area").with_hint("leave it out for all areas"));
    }
    areas.sort_unstable();
    areas.dedup();
    Ok(Some(areas))
}

fn parse_usage(fields: &Fields<'_>) -> Result<Usage, Refusal> {
    Ok(Usage {
        customer: fields.customer()?,
        product: fields.needed("product", Name::new)?,
        metric: fields.named("metric", UsageMetric::from_name, UsageMetric::NAMES)?.ok_or_else(|| missing("metric"))?,
        value: fields.amount()?,
        subscription: fields.checked("subscription", Name::new)?,
        offer: fields.checked("offer", Name::new)?,
    })
}

fn missing(field: &str) -> Refusal {
    Refusal::new(Code::MissingField, format!("`{field}` is missing"))
}

impl Fields<'_> {
    fn checked<T>(&self, name: &'static str, new: fn(&str) -> Result<T, TextError>) -> Result<Option<T>, Refusal> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        new(&value.text()?).map(Some).map_err(|error| value.refused(&error.to_string()))
    }

    fn needed<T>(&self, name: &'static str, new: fn(&str) -> Result<T, TextError>) -> Result<T, Refusal> {
        self.checked(name, new)?.ok_or_else(|| missing(name))
    }

    fn named<T>(
        &self,
        name: &'static str,
        from_name: fn(&str) -> Option<T>,
        names: &[&str],
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        let text = value.text()?;
        from_name(&text)
            .map(Some)
            .ok_or_else(|| value.refused(&format!("is {text:?}")).with_hint(format!("one of {}", names.join(", "))))
    }

    fn uuid(&self, name: &'static str) -> Result<Option<Uuid>, Refusal> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        parse_uuid(&value.text()?).map(Some).ok_or_else(|| value.refused("is not a UUID in the hyphenated form"))
    }

    fn association(&self) -> Result<AssociationId, Refusal> {
        self.uuid("association")?.map(AssociationId).ok_or_else(|| missing("association"))
    }

    fn customer(&self) -> Result<CustomerId, Refusal> {
        self.uuid("customer")?.map(CustomerId).ok_or_else(|| missing("customer"))
    }

    fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &'static str,
        parse: fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        parse(&value.text()?).map(Some).map_err(|error| value.refused(&format!("is wrong: {error}")))
    }

    fn read<T, E: std::fmt::Display>(&self, name: &'static str, parse: fn(&str) -> Result<T, E>) -> Result<T, Refusal> {
        self.parsed(name, parse)?.ok_or_else(|| missing(name))
    }

    fn instant(&self) -> Result<Timestamp, Refusal> {
        self.read("effective_at", Timestamp::parse)
    }

    fn month(&self) -> Result<Month, Refusal> {
        self.read("month", Month::parse)
    }

    fn date(&self, name: &'static str) -> Result<Option<Date>, Refusal> {
        self.parsed(name, parse_date)
    }

    fn amount(&self) -> Result<Amount, Refusal> {
        let value = self.take("value")?.ok_or_else(|| missing("value"))?;
        let text = number_text(&value)?;
        Amount::parse(&text).map_err(|error| value.refused(&format!("is wrong: {error}")))
    }
}

/// The digits of a number, or of a string that holds one.
fn number_text<'a>(value: &Value<'a>) -> Result<std::borrow::Cow<'a, str>, Refusal> {
    let json = value.json();
    if json.starts_with('"') { value.text() } else { Ok(json.into()) }
}

#[cfg(test)]
mod tests;
