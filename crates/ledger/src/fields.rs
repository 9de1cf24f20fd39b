//! The fields of one JSON object, each with its place in the line.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::refusal::{Code, Refusal};

/// More fields than any type of event has: what comes after these is checked for its syntax only.
const MOST_FIELDS: usize = 40;

/// The fields of an object in their order.
pub(crate) struct Fields<'a> {
    line: &'a str,
    fields: Vec<Field<'a>>,
}

struct Field<'a> {
    name: Cow<'a, str>,
    value: &'a RawValue,
}

impl<'a> Fields<'a> {
    /// Reads one object that fills the line.
    pub(crate) fn parse(line: &'a str) -> Result<Self, Refusal> {
        let mut json = serde_json::Deserializer::from_str(line);
        let parsed = FieldList.deserialize(&mut json).and_then(|fields| json.end().map(|()| fields));
        let fields = parsed.map_err(|error| {
            let start = line.len() - line.trim_start().len();
            let is_object = line.get(start..).is_some_and(|line| line.starts_with('{'));
            let column = Some(if is_object { error.column() } else { start + 1 });
            Refusal::new(Code::Malformed, json_message(&error)).at_column(column)
        })?;
        Ok(Self { line, fields })
    }

    /// The value of a field; one that is there but `null` is refused.
    pub(crate) fn take(&self, name: &'static str) -> Result<Option<Value<'a>>, Refusal> {
        let Some(field) = self.fields.iter().find(|field| field.name == name) else { return Ok(None) };
        let value = Value { name, json: field.value, column: column_of(self.line, field.value.get()) };
        if value.json.get() == "null" {
            return Err(value.refused("is null").with_hint("leave an absent field out"));
        }
        Ok(Some(value))
    }

    /// Refuses a field that stands in none of the lists.
    pub(crate) fn refuse_others(&self, of: &str, common: &[&str], own: &[&str]) -> Result<(), Refusal> {
        let known = |field: &&Field<'_>| common.contains(&&*field.name) || own.contains(&&*field.name);
        let Some(field) = self.fields.iter().find(|field| !known(field)) else { return Ok(()) };
        let column = match &field.name {
            Cow::Borrowed(name) => column_of(self.line, name),
            Cow::Owned(_) => column_of(self.line, field.value.get()),
        };
        Err(Refusal::new(Code::UnknownField, format!("{of} has no field {:?}", field.name)).at_column(column))
    }
}

/// The value of one field.
pub(crate) struct Value<'a> {
    name: &'static str,
    json: &'a RawValue,
    column: Option<usize>,
}

impl<'a> Value<'a> {
    /// The value as JSON.
    pub(crate) fn json(&self) -> &'a str {
        self.json.get()
    }

    /// The value as a string.
    pub(crate) fn text(&self) -> Result<Cow<'a, str>, Refusal> {
        let json = self.json();
        if !json.starts_with('"') {
            return Err(self.refused("is not a string"));
        }
        serde_json::from_str::<JsonText<'a>>(json).map(|text| text.0).map_err(|error| {
            let column = self.column.map(|start| start + error.column().saturating_sub(1));
            Refusal::new(Code::Malformed, json_message(&error)).at_column(column)
        })
    }

    /// The value as a list of strings.
    pub(crate) fn texts(&self) -> Result<Vec<String>, Refusal> {
        serde_json::from_str(self.json()).map_err(|_| self.refused("is not a list of strings"))
    }

    /// A refusal of this value: `problem` completes "the field ...".
    pub(crate) fn refused(&self, problem: &str) -> Refusal {
        Refusal::new(Code::BadValue, format!("`{}` {problem}", self.name)).at_column(self.column)
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct JsonText<'a>(#[serde(borrow)] Cow<'a, str>);

/// The column, from 1, at which a part of the line begins.
fn column_of(line: &str, part: &str) -> Option<usize> {
    let offset = (part.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
    (offset <= line.len()).then_some(offset + 1)
}

/// A message of the JSON reader without the place, which a refusal carries itself.
fn json_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message.get(..end).unwrap_or_default().to_owned(),
        None => message,
    }
}

struct FieldList;

impl<'de> DeserializeSeed<'de> for FieldList {
    type Value = Vec<Field<'de>>;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FieldList {
    type Value = Vec<Field<'de>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Vec<Field<'de>> = Vec::with_capacity(12);
        while let Some(JsonText(name)) = map.next_key()? {
            if fields.iter().any(|field| field.name == name) {
                return Err(A::Error::custom(format_args!("the key {name:?} stands twice")));
            }
            let value = map.next_value()?;
            if fields.len() < MOST_FIELDS {
                fields.push(Field { name, value });
            }
        }
        Ok(fields)
    }
}
