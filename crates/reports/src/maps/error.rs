//! What is wrong with a file of mappings.

use std::fmt;

/// What is wrong in one place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages describe the variants, the fields are what they quote")]
pub enum MapProblem {
    /// It is no TOML.
    #[error("{message}")]
    Syntax { message: String },
    /// A table that is none of the known ones.
    #[error("there is no table {table:?}, the tables are {}", allowed.join(", "))]
    UnknownTable { table: String, allowed: &'static [&'static str] },
    /// Not a list of tables.
    #[error("{table:?} must be a list of tables, [[{table}]]")]
    NotTables { table: String },
    /// A field that the table does not have.
    #[error("[[{table}]] has no field {field:?}, its fields are {}", allowed.join(", "))]
    UnknownField { table: &'static str, field: String, allowed: Vec<&'static str> },
    /// A field that the table needs.
    #[error("[[{table}]] needs the field {field:?}")]
    MissingField { table: &'static str, field: &'static str },
    /// A value of another type.
    #[error("{field:?} is {found}, it must be {expected}")]
    WrongType { field: &'static str, expected: &'static str, found: &'static str },
    /// A value that is none of those known.
    #[error("{field:?} is {found:?}, it must be one of {}", allowed.join(", "))]
    UnknownValue { field: &'static str, found: String, allowed: Vec<&'static str> },
    /// A text that cannot be taken.
    #[error("{field:?} is {found:?}: {what}")]
    BadText { field: &'static str, found: String, what: String },
    /// Nothing to compare.
    #[error("{text:?} has neither a letter nor a digit to compare")]
    EmptyText { text: String },
    /// A text that the file maps twice.
    #[error("{text:?} is mapped already, in line {first}")]
    RepeatedText { text: String, first: usize },
    /// A code that the catalogue does not have.
    #[error("{code:?} is no certification of the rulebook in force")]
    UnknownCode { code: String },
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file} line {line}: {problem}")]
pub struct MapError {
    /// The file, as it was typed.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: MapProblem,
}

/// All that is wrong with files of mappings: at least one thing, by file and line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapErrors(Vec<MapError>);

impl MapErrors {
    /// The errors, if there are any.
    pub(super) fn check(errors: Vec<MapError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// The errors.
    #[must_use]
    pub fn errors(&self) -> &[MapError] {
        &self.0
    }
}

impl fmt::Display for MapErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "{only}"),
            errors => write!(f, "{} things are wrong with the mappings", errors.len()),
        }
    }
}

impl std::error::Error for MapErrors {}
