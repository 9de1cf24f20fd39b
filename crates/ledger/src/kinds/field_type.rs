//! The types that fields of events have: how each is read from JSON, and how it is written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write as _;

use serde_json::json;
use uuid::Uuid;

use crate::amount::Amount;
use crate::event::{Area, By, Mechanism, Metric, Role, Segment, ShownMetrics, ShownPoints, UsageMetric};
use crate::fields::{Fields, Value};
use crate::ids::{
    AssociationId, CustomerId, EventId, Name, PartnerId, PersonId, Remark, RulebookText, Source, parse_uuid,
};
use crate::kinds::Visitor;
use crate::proof::{SignedCheckpoint, VerifierKey};
use crate::refusal::Refusal;
use crate::time::{Date, Month, Timestamp, parse_date};

/// A type that a field of an event may have.
pub(crate) trait FieldType: Sized {
    /// A word for its values.
    const SIGN: &'static str;
    /// Whether an event must have the field.
    const IS_NEEDED: bool = true;

    /// What its values look like in JSON, for people.
    fn form() -> String;

    /// What its values look like in JSON, as JSON Schema.
    fn schema() -> serde_json::Value;

    /// Reads a value; the other fields may tell what it can be.
    fn read(value: &Value<'_>, fields: &Fields<'_>) -> Result<Self, Refusal>;

    /// What it is where the field is absent; `None` where it must not be.
    fn absent() -> Option<Self> {
        None
    }

    /// Whether the field is there.
    fn is_present(&self) -> bool {
        true
    }

    /// Writes the value as JSON, in its one form.
    fn write(&self, out: &mut Vec<u8>);

    /// The value for those who keep it in another form; `None` where the field is absent.
    fn value(&self) -> Option<FieldValue<'_>>;

    /// Notes the value, where it is an id by which facts are told apart.
    fn note(&self, _: &mut Ids) {}
}

/// The value of a field, for those who keep it in another form than JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue<'a> {
    /// A text or a fixed name; areas with commas between them, and the points of metrics as the JSON of an entry.
    Text(Cow<'a, str>),
    /// An id.
    Uuid(Uuid),
    /// An instant.
    Instant(Timestamp),
    /// A month.
    Month(Month),
    /// A day.
    Date(Date),
    /// An exact amount.
    Amount(Amount),
}

/// Somebody to whom the values of the fields are handed over.
pub(super) struct Values<'v>(pub(super) &'v mut dyn FnMut(Option<FieldValue<'_>>));

impl Visitor for Values<'_> {
    fn field(&mut self, _: &'static str, value: &impl FieldType) {
        (self.0)(value.value());
    }
}

/// The ids that a fact names itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ids {
    /// The association.
    pub association: Option<AssociationId>,
    /// The customer.
    pub customer: Option<CustomerId>,
}

impl Visitor for Ids {
    fn field(&mut self, _: &'static str, value: &impl FieldType) {
        value.note(self);
    }
}

impl<T: FieldType> FieldType for Option<T> {
    const SIGN: &'static str = T::SIGN;
    const IS_NEEDED: bool = false;

    fn form() -> String {
        T::form()
    }

    fn schema() -> serde_json::Value {
        T::schema()
    }

    fn read(value: &Value<'_>, fields: &Fields<'_>) -> Result<Self, Refusal> {
        T::read(value, fields).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn is_present(&self) -> bool {
        self.is_some()
    }

    fn write(&self, out: &mut Vec<u8>) {
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn value(&self) -> Option<FieldValue<'_>> {
        self.as_ref().and_then(T::value)
    }

    fn note(&self, ids: &mut Ids) {
        if let Some(value) = self {
            value.note(ids);
        }
    }
}

/// The types whose values are texts: a word for them, what they look like, how they are read, what is said of other
/// texts, how they are written, what value they have, and what is said of them in JSON Schema.
macro_rules! texts {
    ($($type:ty: $sign:literal, $form:expr, $parse:expr, $problem:literal, $write:expr, $value:expr, $schema:tt;)+) => {
        $(impl FieldType for $type {
            const SIGN: &'static str = $sign;

            fn form() -> String {
                $form.to_owned()
            }

            fn schema() -> serde_json::Value {
                with_type("string", json!($schema))
            }

            fn read(value: &Value<'_>, _: &Fields<'_>) -> Result<Self, Refusal> {
                $parse(&value.text()?).map_err(|error| value.refused(&format!($problem, error)))
            }

            fn write(&self, out: &mut Vec<u8>) {
                $write(out, self);
            }

            fn value(&self) -> Option<FieldValue<'_>> {
                Some($value(self))
            }
        })+
    };
}

texts! {
    PartnerId: "P", PartnerId::ALLOWED, PartnerId::new, "{}", write_text, borrowed, {"pattern": "^[A-Za-z0-9_-]{1,64}$"};
    Name: "TEXT", Name::ALLOWED, Name::new, "{}", write_text, borrowed, {"minLength": 1, "maxLength": 256};
    PersonId: "TEXT", PersonId::ALLOWED, PersonId::new, "{}", write_text, borrowed, {"minLength": 1, "maxLength": 128};
    Remark: "TEXT", Remark::ALLOWED, Remark::new, "{}", write_text, borrowed, {"maxLength": 1000};
    Source: "TEXT", Source::ALLOWED, Source::new, "{}", write_text, borrowed, {"maxLength": 256};
    RulebookText: "TEXT", RulebookText::ALLOWED, RulebookText::new, "{}", write_text, borrowed, {"minLength": 1};
    Timestamp: "INSTANT", "an instant with its offset, such as `2025-03-01T09:00:00Z`, or a date", Timestamp::parse, "is wrong: {}", write_plain, |at: &Timestamp| FieldValue::Instant(*at), {"anyOf": [{"format": "date-time"}, {"format": "date"}]};
    Month: "YYYY-MM", "a month, such as `2025-02`", Month::parse, "is wrong: {}", write_plain, |month: &Month| FieldValue::Month(*month), {"pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"};
    Date: "DATE", "a date, such as `2025-03-01`", parse_date, "is wrong: {}", write_plain, |day: &Date| FieldValue::Date(*day), {"format": "date"};
    VerifierKey: "TEXT", "a verifier key", VerifierKey::parse, "is wrong: {}", write_escaped, shown, {};
    SignedCheckpoint: "TEXT", "a signed checkpoint", SignedCheckpoint::parse, "is wrong: {}", write_escaped, shown, {};
}

/// A schema of a type of JSON.
fn with_type(of: &str, mut schema: serde_json::Value) -> serde_json::Value {
    schema.as_object_mut().expect("a schema is an object").insert("type".to_owned(), of.into());
    schema
}

/// Writes a JSON string that escapes `"`, `\` and what is below U+0020, and nothing else.
fn write_text(out: &mut Vec<u8>, text: &impl AsRef<str>) {
    serde_json::to_writer(out, text.as_ref()).expect("a text is JSON, and memory takes it");
}

fn write_escaped(out: &mut Vec<u8>, value: &impl Display) {
    write_text(out, &value.to_string());
}

/// A text as it is.
fn borrowed(text: &impl AsRef<str>) -> FieldValue<'_> {
    FieldValue::Text(Cow::Borrowed(text.as_ref()))
}

/// A value as its text.
fn shown(value: &impl Display) -> FieldValue<'static> {
    FieldValue::Text(Cow::Owned(value.to_string()))
}

/// Writes a value whose text needs no escapes.
fn write_plain(out: &mut Vec<u8>, value: &impl Display) {
    let _ = write!(out, "\"{value}\"");
}

/// The types of ids, and where they are noted.
macro_rules! uuids {
    ($($type:ident $(=> $noted:ident)?,)+) => {
        $(impl FieldType for $type {
            const SIGN: &'static str = "UUID";

            fn form() -> String {
                "a UUID with its hyphens".to_owned()
            }

            fn schema() -> serde_json::Value {
                json!({"type": "string", "format": "uuid"})
            }

            fn read(value: &Value<'_>, _: &Fields<'_>) -> Result<Self, Refusal> {
                let uuid = parse_uuid(&value.text()?);
                uuid.map(Self).ok_or_else(|| value.refused("is not a UUID in the hyphenated form"))
            }

            fn write(&self, out: &mut Vec<u8>) {
                let mut buffer = Uuid::encode_buffer();
                out.push(b'"');
                out.extend_from_slice(self.0.as_hyphenated().encode_lower(&mut buffer).as_bytes());
                out.push(b'"');
            }

            fn value(&self) -> Option<FieldValue<'_>> {
                Some(FieldValue::Uuid(self.0))
            }

            $(fn note(&self, ids: &mut Ids) {
                ids.$noted = Some(*self);
            })?
        })+
    };
}

uuids! { EventId, AssociationId => association, CustomerId => customer, }

/// Names of which a value is one.
fn one_of(names: &[&str]) -> String {
    format!("one of {}", code(names))
}

/// Names as they stand in a text for people.
fn code(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The enums with fixed names.
macro_rules! names {
    ($($type:ident,)+) => {
        $(impl FieldType for $type {
            const SIGN: &'static str = "NAME";

            fn form() -> String {
                one_of(Self::NAMES)
            }

            fn schema() -> serde_json::Value {
                json!({"type": "string", "enum": Self::NAMES})
            }

            fn read(value: &Value<'_>, _: &Fields<'_>) -> Result<Self, Refusal> {
                let text = value.text()?;
                let refused = || value.refused(&format!("is {text:?}"));
                Self::from_name(&text).ok_or_else(|| refused().with_hint(format!("one of {}", Self::NAMES.join(", "))))
            }

            fn write(&self, out: &mut Vec<u8>) {
                write_plain(out, self);
            }

            fn value(&self) -> Option<FieldValue<'_>> {
                Some(FieldValue::Text(Cow::Borrowed(self.name())))
            }
        })+
    };
}

names! { Mechanism, By, Segment, UsageMetric, Area, }

/// A role is one of the mechanism's, where that is known.
impl FieldType for Role {
    const SIGN: &'static str = "NAME";

    fn form() -> String {
        one_of(Self::NAMES)
    }

    fn schema() -> serde_json::Value {
        json!({"type": "string", "enum": Self::NAMES})
    }

    fn read(value: &Value<'_>, fields: &Fields<'_>) -> Result<Self, Refusal> {
        let text = value.text()?;
        let role = Self::from_name(&text);
        let Some(mechanism) = fields.read::<Option<Mechanism>>("mechanism")? else {
            return role.ok_or_else(|| value.refused(&format!("{text:?} is no role")));
        };
        role.filter(|role| mechanism.roles().contains(role)).ok_or_else(|| {
            let roles: Vec<_> = mechanism.roles().iter().map(|role| role.name()).collect();
            let hint = if roles.is_empty() { "leave it out".into() } else { format!("one of {}", roles.join(", ")) };
            value.refused(&format!("{text:?} is no role of {mechanism}")).with_hint(hint)
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_plain(out, self);
    }

    fn value(&self) -> Option<FieldValue<'_>> {
        Some(FieldValue::Text(Cow::Borrowed(self.name())))
    }
}

/// Areas stand in their order, each once.
impl FieldType for Vec<Area> {
    const SIGN: &'static str = "AREA,...";

    fn form() -> String {
        format!("a list of one or more of {}", code(Area::NAMES))
    }

    fn schema() -> serde_json::Value {
        json!({"type": "array", "minItems": 1, "items": {"type": "string", "enum": Area::NAMES}})
    }

    fn read(value: &Value<'_>, _: &Fields<'_>) -> Result<Self, Refusal> {
        let area = |name: &String| {
            let hint = || format!("the areas are {}", Area::NAMES.join(", "));
            Area::from_name(name).ok_or_else(|| value.refused(&format!("{name:?} is no area")).with_hint(hint()))
        };
        let mut areas = value.texts()?.iter().map(area).collect::<Result<Self, _>>()?;
        if areas.is_empty() {
            return Err(value.refused("names no area").with_hint("leave it out for all areas"));
        }
        areas.sort_unstable();
        areas.dedup();
        Ok(areas)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let names: Vec<String> = self.iter().map(|area| format!("\"{area}\"")).collect();
        let _ = write!(out, "[{}]", names.join(","));
    }

    fn value(&self) -> Option<FieldValue<'_>> {
        let names: Vec<&str> = self.iter().map(|area| area.name()).collect();
        Some(FieldValue::Text(Cow::Owned(names.join(","))))
    }
}

/// Numbers: each is a number of JSON, or a string that holds one, so that no reader of JSON rounds it.
macro_rules! numbers {
    ($($type:ident: $form:literal, $pattern:literal, $schema:tt => $value:expr,)+) => {
        $(impl FieldType for $type {
            const SIGN: &'static str = "NUMBER";

            fn form() -> String {
                $form.to_owned()
            }

            fn schema() -> serde_json::Value {
                let number = with_type("number", json!($schema));
                json!({"anyOf": [{"type": "string", "pattern": $pattern}, number]})
            }

            fn read(value: &Value<'_>, _: &Fields<'_>) -> Result<Self, Refusal> {
                Self::parse(&value.number()?).map_err(|error| value.refused(&format!("is wrong: {error}")))
            }

            fn write(&self, out: &mut Vec<u8>) {
                write_plain(out, self);
            }

            fn value(&self) -> Option<FieldValue<'_>> {
                Some($value(self))
            }
        })+
    };
}

numbers! {
    Amount: "a number, or a text with one, of at most 15 digits before the point and 6 after it", r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$", {} => |amount: &Amount| FieldValue::Amount(*amount),
    ShownPoints: "a number of 0 or more, or a text with one, with at most 2 digits after the point", r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?$", {"minimum": 0} => |points: &'_ ShownPoints| FieldValue::Text(Cow::Owned(points.to_string())),
}

/// Metrics stand in their order, each once.
impl FieldType for ShownMetrics {
    const SIGN: &'static str = "METRIC=NUMBER,...";

    fn form() -> String {
        format!("an object of points by one or more of {}", code(Metric::NAMES))
    }

    fn schema() -> serde_json::Value {
        let properties: serde_json::Map<String, serde_json::Value> =
            Metric::NAMES.iter().map(|name| ((*name).to_owned(), ShownPoints::schema())).collect();
        json!({"type": "object", "minProperties": 1, "properties": properties, "additionalProperties": false})
    }

    fn read(value: &Value<'_>, _: &Fields<'_>) -> Result<Self, Refusal> {
        let metric = |(name, column, points): (String, Option<usize>, Value<'_>)| {
            let hint = || format!("the metrics are {}", Metric::NAMES.join(", "));
            let unknown = || value.refused(&format!("{name:?} is no metric")).at_column(column).with_hint(hint());
            let metric = Metric::from_name(&name).ok_or_else(unknown)?;
            let shown = ShownPoints::parse(&points.number()?);
            Ok((metric, shown.map_err(|error| points.refused(&format!("of {metric} is wrong: {error}")))?))
        };
        let metrics: BTreeMap<Metric, ShownPoints> =
            value.members()?.into_iter().map(metric).collect::<Result<_, _>>()?;
        Self::new(metrics).ok_or_else(|| value.refused("names no metric").with_hint("leave it out"))
    }

    fn write(&self, out: &mut Vec<u8>) {
        let metrics: Vec<String> = self.iter().map(|(metric, points)| format!("\"{metric}\":\"{points}\"")).collect();
        let _ = write!(out, "{{{}}}", metrics.join(","));
    }

    fn value(&self) -> Option<FieldValue<'_>> {
        let mut json = Vec::new();
        self.write(&mut json);
        Some(FieldValue::Text(Cow::Owned(String::from_utf8(json).expect("names and digits are text"))))
    }
}
