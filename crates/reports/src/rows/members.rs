//! The members of an object: each read or refused with its name and its text.

use std::borrow::Cow;

use ledger::{Code, CustomerId, Name, Refusal, Timestamp};
use serde_json::{Map, Value};

use crate::rows::date_order::DateOrder;
use crate::rows::{cells, identifier};

/// Characters of a text that a refusal shows.
const SHOWN_CHARACTERS: usize = 80;

/// An object, whose members are found in any case of A-Z: services and their tools write them differently.
#[derive(Clone, Copy)]
pub(crate) struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    pub(crate) fn of(object: &'a Map<String, Value>) -> Self {
        Self(object)
    }

    /// Whether the object has a member, even if it is null.
    pub(crate) fn has(self, name: &str) -> bool {
        self.value(name).is_some()
    }

    fn value(self, name: &str) -> Option<&'a Value> {
        let is_it = |(found, _): &(&String, &Value)| found.eq_ignore_ascii_case(name);
        self.0.get(name).or_else(|| self.0.iter().find(is_it).map(|(_, value)| value))
    }

    /// The object inside a member.
    pub(crate) fn inside(self, name: &str) -> Option<Self> {
        self.value(name).and_then(Value::as_object).map(Self)
    }

    /// The objects of a list; `None` without a list.
    pub(crate) fn list(self, name: &str) -> Option<Vec<Self>> {
        let list = self.value(name)?.as_array()?;
        Some(list.iter().filter_map(Value::as_object).map(Self).collect())
    }

    /// The text of a member, which may be written as a number; `None` when it stands for nothing.
    pub(crate) fn text(self, name: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(cells::present(text).map(Cow::Borrowed)),
            Some(Value::Number(number)) => Ok(Some(Cow::Owned(number.to_string()))),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                Err(Refusal::new(Code::BadValue, format!("`{name}` must be a text")))
            }
        }
    }

    /// The text of a member that must be there.
    pub(crate) fn needed(self, name: &str) -> Result<Cow<'a, str>, Refusal> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// The tenant of a customer.
    pub(crate) fn customer(self, name: &str) -> Result<Option<CustomerId>, Refusal> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let guid = identifier::guid(&text).ok_or_else(|| refused(name, &text, "must be a UUID"))?;
        Ok((!guid.is_nil()).then_some(CustomerId(guid)))
    }

    /// An instant that must be there, in a file whose dates have an order of day and month.
    pub(crate) fn instant(self, name: &str, order: Option<DateOrder>) -> Result<Timestamp, Refusal> {
        // PowerShell prints an instant with more about it.
        let inside = self.inside(name).filter(|inside| inside.has("value"));
        let text = inside.map_or_else(|| self.needed(name), |inside| inside.needed("value"))?;
        cells::instant(&text, order).ok_or_else(|| refused(name, &text, "must be an instant, as 2023-10-18T00:26:24Z"))
    }

    /// An account of the partner that must be there.
    pub(crate) fn account(self, name: &str) -> Result<Name, Refusal> {
        self.id(name, identifier::account)
    }

    /// A user, or another identity, that must be there.
    pub(crate) fn identity(self, name: &str) -> Result<Name, Refusal> {
        self.id(name, identifier::guid_or_text)
    }

    /// An id in its one form.
    fn id(self, name: &str, read: impl FnOnce(&str) -> Result<Cow<'_, str>, &'static str>) -> Result<Name, Refusal> {
        let text = self.needed(name)?;
        let id = read(&text).map_err(|problem| refused(name, &text, problem))?;
        Name::new(&id).map_err(|error| refused(name, &text, &error.to_string()))
    }
}

/// A refusal of a member: `problem` completes "which ...".
pub(crate) fn refused(name: &str, text: &str, problem: &str) -> Refusal {
    let shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
    let dots = if shown.len() < text.len() { "..." } else { "" };
    Refusal::new(Code::BadValue, format!("`{name}` is {shown:?}{dots}, which {problem}"))
}

/// A refusal of an object without a needed member.
pub(crate) fn missing(name: &str) -> Refusal {
    Refusal::new(Code::MissingField, format!("`{name}` is missing or null"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Members;

    #[test]
    fn members_are_found_in_any_case_and_read_as_text() {
        let value = json!({"PartnerId": 314_159, "state": " Active ", "none": null, "unknown": "NULL", "no": [1]});
        let members = Members::of(value.as_object().expect("an object"));
        for (name, text) in [("partnerId", Some("314159")), ("State", Some("Active")), ("none", None), ("x", None)] {
            assert_eq!(members.text(name).expect("a text").as_deref(), text, "{name}");
        }
        assert_eq!(members.text("unknown").expect("a text"), None);
        assert!(members.has("NONE") && !members.has("x"));
        for (name, message) in [
            ("no", "`no` must be a text"),
            ("x", "`x` is missing or null"),
            ("state", "`state` is \"Active\", which must be an instant, as 2023-10-18T00:26:24Z"),
        ] {
            assert_eq!(members.instant(name, None).expect_err("it is none").message, message);
        }
        let message = members.customer("partnerId").expect_err("it is none").message;
        assert_eq!(message, "`partnerId` is \"314159\", which must be a UUID");
    }
}
