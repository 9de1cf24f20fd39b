//! The fields of one JSON object, each with its place in the line.

use std::borrow::Cow;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _};
use serde_json::value::RawValue;

use crate::kinds::FieldType;
use crate::refusal::{Code, Refusal};

/// More fields than any type of event has: what comes after these is checked for its syntax only.
const MOST_FIELDS: usize = 40;

/// The fields of an object in their order.
pub(crate) struct Fields<'a> {
    line: &'a str,
    fields: Vec<Member<'a>>,
}

struct Member<'a> {
    name: Cow<'a, str>,
    /// The value as JSON.
    value: &'a str,
}

impl Member<'_> {
    /// The column of its name in the text that has it; that of its value where the name has escapes.
    fn column_in(&self, text: &str) -> Option<usize> {
        match &self.name {
            Cow::Borrowed(name) => column_of(text, name),
            Cow::Owned(_) => column_of(text, self.value),
        }
    }
}

impl<'a> Fields<'a> {
    /// Reads one object that fills the line.
    pub(crate) fn parse(line: &'a str) -> Result<Self, Refusal> {
        match plain_fields(line) {
            Some(fields) => Ok(Self { line, fields }),
            None => Self::parse_any(line),
        }
    }

    /// Reads whatever JSON allows, and says what it does not.
    fn parse_any(line: &'a str) -> Result<Self, Refusal> {
        let mut json = serde_json::Deserializer::from_str(line);
        let parsed = json.deserialize_map(FieldList).and_then(|fields| json.end().map(|()| fields));
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
        let value = Value { name, json: field.value, column: column_of(self.line, field.value) };
        if value.json == "null" {
            return Err(value.refused("is null").with_hint("leave an absent field out"));
        }
        Ok(Some(value))
    }

    /// Reads a field.
    pub(crate) fn read<T: FieldType>(&self, name: &'static str) -> Result<T, Refusal> {
        match self.take(name)? {
            Some(value) => T::read(&value, self),
            None => T::absent().ok_or_else(|| Refusal::missing(name)),
        }
    }

    /// Refuses a field that is none of the known ones.
    pub(crate) fn refuse_others(&self, of: &str, is_known: impl Fn(&str) -> bool) -> Result<(), Refusal> {
        let Some(field) = self.fields.iter().find(|field| !is_known(&field.name)) else { return Ok(()) };
        let column = field.column_in(self.line);
        Err(Refusal::new(Code::UnknownField, format!("{of} has no field {:?}", field.name)).at_column(column))
    }

    /// The first field that is none of the known ones.
    pub(crate) fn other(&self, is_known: impl Fn(&str) -> bool) -> Option<&str> {
        self.fields.iter().map(|field| &*field.name).find(|name| !is_known(name))
    }

    /// The column of the value of a field.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        column_of(self.line, self.fields.iter().find(|field| field.name == name)?.value)
    }
}

/// The value of one field.
pub(crate) struct Value<'a> {
    name: &'static str,
    /// The value as JSON.
    pub(crate) json: &'a str,
    column: Option<usize>,
}

impl<'a> Value<'a> {
    /// The value as a string.
    pub(crate) fn text(&self) -> Result<Cow<'a, str>, Refusal> {
        let json = self.json;
        let Some(quoted) = json.strip_prefix('"') else {
            return Err(self.refused("is not a string"));
        };
        if let Some(text) = quoted.strip_suffix('"').filter(|text| !text.contains('\\')) {
            return Ok(Cow::Borrowed(text));
        }
        serde_json::from_str::<JsonText<'a>>(json).map(|text| text.0).map_err(|error| {
            let column = self.column.map(|start| start + error.column().saturating_sub(1));
            Refusal::new(Code::Malformed, json_message(&error)).at_column(column)
        })
    }

    /// The value as a list of strings.
    pub(crate) fn texts(&self) -> Result<Vec<String>, Refusal> {
        serde_json::from_str(self.json).map_err(|_| self.refused("is not a list of strings"))
    }

    /// The digits of a number, which may stand in a string.
    pub(crate) fn number(&self) -> Result<Cow<'a, str>, Refusal> {
        if self.json.starts_with('"') { self.text() } else { Ok(Cow::Borrowed(self.json)) }
    }

    /// The value as an object: the names of its members in their order, each with its column, and their values.
    pub(crate) fn members(&self) -> Result<Vec<(String, Option<usize>, Self)>, Refusal> {
        if !self.json.starts_with('{') {
            return Err(self.refused("is not an object"));
        }
        let members = serde_json::Deserializer::from_str(self.json).deserialize_map(FieldList).map_err(|error| {
            let column = self.column.map(|start| start + error.column().saturating_sub(1));
            Refusal::new(Code::Malformed, json_message(&error)).at_column(column)
        })?;
        let in_line = |column: Option<usize>| self.column.zip(column).map(|(start, column)| start + column - 1);
        let member = |member: Member<'a>| {
            let column = in_line(member.column_in(self.json));
            let value =
                Self { name: self.name, json: member.value, column: in_line(column_of(self.json, member.value)) };
            (member.name.into_owned(), column, value)
        };
        Ok(members.into_iter().map(member).collect())
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
    message.rsplit_once(" at line ").map_or(message.as_str(), |(problem, _)| problem).to_owned()
}

/// The fields of an object of strings without escapes and of numbers without exponents. Nearly every line is such an
/// object; `None` means that the line must be read in the long way.
fn plain_fields(line: &str) -> Option<Vec<Member<'_>>> {
    let mut rest = skip_space(line).strip_prefix('{')?;
    let mut fields: Vec<Member<'_>> = Vec::with_capacity(12);
    loop {
        let (name, after) = plain_string(skip_space(rest))?;
        let value = skip_space(skip_space(after).strip_prefix(':')?);
        let after = match plain_string(value) {
            Some((_, after)) => after,
            None => plain_number(value)?,
        };
        if fields.len() == MOST_FIELDS || fields.iter().any(|field| field.name == name) {
            return None;
        }
        fields.push(Member { name: Cow::Borrowed(name), value: value.get(..value.len() - after.len())? });
        rest = skip_space(after);
        if let Some(end) = rest.strip_prefix('}') {
            return skip_space(end).is_empty().then_some(fields);
        }
        rest = rest.strip_prefix(',')?;
    }
}

/// What comes after the white space of JSON.
fn skip_space(json: &str) -> &str {
    json.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// A string without escapes at the beginning of JSON, and what comes after it.
fn plain_string(json: &str) -> Option<(&str, &str)> {
    let quoted = json.strip_prefix('"')?;
    let end = quoted.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < b' ')?;
    let (text, rest) = quoted.split_at_checked(end)?;
    Some((text, rest.strip_prefix('"')?))
}

/// What comes after a number without an exponent at the beginning of JSON.
fn plain_number(json: &str) -> Option<&str> {
    let digits = json.strip_prefix('-').unwrap_or(json);
    let after = after_digits(digits)?;
    if digits.starts_with('0') && digits.len() - after.len() > 1 {
        return None;
    }
    let after = match after.strip_prefix('.') {
        Some(fraction) => after_digits(fraction)?,
        None => after,
    };
    (!after.starts_with(['e', 'E'])).then_some(after)
}

/// What comes after at least one digit.
fn after_digits(text: &str) -> Option<&str> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(count..).filter(|_| count > 0)
}

struct FieldList;

impl<'de> Visitor<'de> for FieldList {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Vec<Member<'de>> = Vec::with_capacity(12);
        while let Some(JsonText(name)) = map.next_key()? {
            if fields.iter().any(|field| field.name == name) {
                return Err(A::Error::custom(format_args!("the key {name:?} stands twice")));
            }
            let value = map.next_value::<&RawValue>()?.get();
            if fields.len() < MOST_FIELDS {
                fields.push(Member { name, value });
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, plain_fields};

    const LINE: &str = r#" { "id":"a", "no te" : "é /~" ,"value":-10.50,"n":0,"s":"" } "#;

    /// What the short way reads, the long way reads too, and alike.
    fn check(line: &str) -> bool {
        let Some(plain) = plain_fields(line) else { return false };
        let any = Fields::parse_any(line).unwrap_or_else(|refusal| panic!("{line}: {refusal}"));
        let pairs = |fields: &[super::Member<'_>]| {
            fields.iter().map(|field| (field.name.to_string(), field.value.to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(pairs(&plain), pairs(&any.fields), "{line}");
        true
    }

    #[test]
    fn plain_lines_are_read_as_any_line_is() {
        for (line, is_plain) in [
            (r#"{"a":"b"}"#, true),
            (r#"{"a":1,"b":-0.5}"#, true),
            (r#"{"a":"b","a":"c"}"#, false),
            (r#"{"a":"\n"}"#, false),
            (r#"{"a":01}"#, false),
            (r#"{"a":1.}"#, false),
            (r#"{"a":-}"#, false),
            (r#"{"a":1e3}"#, false),
            (r#"{"a":1.5E3}"#, false),
            (r#"{"a":null}"#, false),
            (r#"{"a":["b"]}"#, false),
            (r#"{"a":"b"} x"#, false),
            (r#"{"a":"b",}"#, false),
            ("{}", false),
            ("", false),
        ] {
            assert_eq!(check(line), is_plain, "{line}");
        }
    }

    #[test]
    fn a_plain_line_with_one_byte_changed_is_never_read_otherwise() {
        let mut read = 0;
        for at in 0..LINE.len() {
            for byte in 0..=127 {
                let mut bytes = LINE.as_bytes().to_vec();
                bytes[at] = byte;
                read += String::from_utf8(bytes).map_or(0, |line| usize::from(check(&line)));
                read += LINE.get(..at).map_or(0, |line| usize::from(check(line)));
            }
        }
        assert!(read > 100, "{read}");
    }
}
