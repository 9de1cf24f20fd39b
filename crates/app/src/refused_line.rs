//! A line that was refused, for errors and for files of refused lines.

use std::fmt::Display;

use ledger::Refusal;
use serde_json::{Value, json};

/// A refusal for programs.
fn refusal_json(refusal: &Refusal) -> Value {
    let mut object = json!({"code": refusal.code.name(), "line": refusal.line, "message": refusal.message});
    if let (Some(object), Some(column)) = (object.as_object_mut(), refusal.column) {
        object.insert("column".to_owned(), column.into());
    }
    if let (Some(object), Some(hint)) = (object.as_object_mut(), &refusal.hint) {
        object.insert("hint".to_owned(), hint.clone().into());
    }
    object
}

/// A refused line, and the file in which it is, if there are several.
#[derive(Clone, Debug)]
pub(crate) struct RefusedLine {
    pub file: Option<String>,
    pub refusal: Refusal,
}

impl RefusedLine {
    /// The line for programs.
    #[must_use]
    pub(crate) fn to_json(&self) -> Value {
        let mut object = refusal_json(&self.refusal);
        if let (Some(object), Some(file)) = (object.as_object_mut(), &self.file) {
            object.insert("file".to_owned(), file.as_str().into());
        }
        object
    }
}

impl RefusedLine {
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
