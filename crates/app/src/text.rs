//! Texts as people and programs read them.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use serde_json::Value;

pub use ledger::counted;

/// A text from the ledger as it may be shown on a terminal: control characters, and those that turn the direction of
/// writing, as escapes.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

/// A text as a JSON string.
#[must_use]
pub fn json_string(text: &str) -> String {
    Value::from(text).to_string()
}

/// A text as a shell takes it for one word: bare where it is a plain word, else in single quotes.
#[must_use]
pub fn for_shell(text: &str) -> String {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_' | '-' | '+' | ':' | '=' | '@' | ',' | '%');
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// An object without the fields that are null.
#[must_use]
pub(crate) fn without_nulls(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    object
}

/// Answers whose JSON is their fields, in their order.
pub trait ToJson {
    /// The object on one line.
    fn to_json(&self) -> String;
}

impl<T: Serialize> ToJson for T {
    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts, numbers and lists of them are JSON")
    }
}

/// Serializes a value as it is shown.
pub(crate) fn shown<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Bytes in base64.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::{for_shell, json_string, plain};

    #[test]
    fn what_would_move_the_cursor_is_shown_as_an_escape() {
        for (text, shown) in [
            ("Fabrikam", "Fabrikam"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{202e}txt.exe", "\\u{202e}txt.exe"),
            ("é ü 漢", "é ü 漢"),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn a_shell_takes_a_quoted_text_as_one_word() {
        for (text, quoted) in [
            ("a/b-c_1.2", "a/b-c_1.2"),
            ("", "''"),
            ("my ledger", "'my ledger'"),
            ("it's $HOME", r"'it'\''s $HOME'"),
            ("~/x", "'~/x'"),
        ] {
            assert_eq!(for_shell(text), quoted);
        }
    }

    #[test]
    fn strings_are_quoted_for_json() {
        assert_eq!(json_string("a\"b\n"), r#""a\"b\n""#);
    }
}
