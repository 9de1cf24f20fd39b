//! Why an event is refused: a code that scripts can rely on, a place and a reason.

use std::fmt;

use crate::named;

named! {
    /// The code of a refused event.
    Code {
        /// No JSON object on the line, a key twice, or no canonical entry.
        Malformed = "malformed",
        /// A type that events do not have.
        UnknownType = "unknown_type",
        /// A field that the type does not have.
        UnknownField = "unknown_field",
        /// A field that must be there.
        MissingField = "missing_field",
        /// A field whose value is not of its form or bounds.
        BadValue = "bad_value",
        /// The id of another event, with other content.
        IdReused = "id_reused",
        /// A retraction of an event that the partner does not have.
        UnknownEvent = "unknown_event",
    }
}

/// A refused event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: Code,
    /// The line of the input, from 1, where the input has lines.
    pub line: Option<u64>,
    /// The column of the line in bytes, from 1, where it is known.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal without place or hint.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, line: None, column: None, message: message.into(), hint: None }
    }

    /// The refusal of an event that lacks a field.
    pub(crate) fn missing(field: &str) -> Self {
        Self::new(Code::MissingField, format!("`{field}` is missing"))
    }

    /// Whether the refusal of an entry says that a later version wrote it.
    #[must_use]
    pub fn is_later(&self) -> bool {
        matches!(self.code, Code::UnknownType | Code::UnknownField)
    }

    /// The same refusal with a column.
    #[must_use]
    pub fn at_column(self, column: Option<usize>) -> Self {
        Self { column, ..self }
    }

    /// The same refusal with a line.
    #[must_use]
    pub fn on_line(self, line: u64) -> Self {
        Self { line: Some(line), ..self }
    }

    /// The same refusal with a hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "line {line}, column {column}: ")?,
            (Some(line), None) => write!(f, "line {line}: ")?,
            (None, Some(column)) => write!(f, "column {column}: ")?,
            (None, None) => {}
        }
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
