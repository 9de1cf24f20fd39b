//! A line that was refused, for errors and for files of refused lines.

use std::fmt::Display;

use ledger::Refusal;
use serde_json::{Value, json};

use crate::text::without_nulls;

/// A refused line, and the file in which it is, if there are several.
#[derive(Clone, Debug)]
pub(crate) struct RefusedLine {
    pub file: Option<String>,
    pub refusal: Refusal,
}

impl RefusedLine {
    /// The line for programs, with its text where that is wanted.
    pub(crate) fn to_json(&self, text: Option<&str>) -> Value {
        let Refusal { code, line, column, message, hint, .. } = &self.refusal;
        let mut object = json!({"code": code.name(), "line": line, "message": message});
        let more = without_nulls(json!({"column": column, "hint": hint, "file": self.file, "text": text}));
        if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
            object.extend(more);
        }
        object
    }

    /// What to do about it, with its place.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = self.refusal.hint.as_ref()?;
        let Some(line) = self.refusal.line else { return Some(hint.clone()) };
        let file = self.file.as_ref().map_or_else(String::new, |file| format!("{file}, "));
        Some(format!("{file}line {line}: {hint}"))
    }
}

impl Display for RefusedLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}: {}", self.refusal),
            None => write!(f, "{}", self.refusal),
        }
    }
}
