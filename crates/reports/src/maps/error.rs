//! What is wrong with a file of mappings.

use std::fmt;

/// What is wrong in one place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapProblem {
    /// It is no TOML.
    #[error("{message}")]
    Syntax {
        /// What the TOML reader says.
        message: String,
    },
    /// A table that is none of the known ones.
    #[error("there is no table {table:?}, the tables are {}", allowed.join(", "))]
    UnknownTable {
        /// The table.
        table: String,
        /// The tables that there are.
        allowed: &'static [&'static str],
    },
    /// Not a list of tables.
    #[error("{table:?} must be a list of tables, [[{table}]]")]
    NotTables {
        /// The table.
        table: String,
    },
    /// A field that the table does not have.
    #[error("[[{table}]] has no field {field:?}, its fields are {}", allowed.join(", "))]
    UnknownField {
        /// The table.
        table: &'static str,
        /// The field.
        field: String,
        /// The fields that it has.
        allowed: Vec<&'static str>,
    },
    /// A field that the table needs.
    #[error("[[{table}]] needs the field {field:?}")]
    MissingField {
        /// The table.
        table: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A value of another type.
    #[error("{field:?} is {found}, it must be {expected}")]
    WrongType {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A value that is none of those known.
    #[error("{field:?} is {found:?}, it must be one of {}", allowed.join(", "))]
    UnknownValue {
        /// The field.
        field: &'static str,
        /// What it is.
        found: String,
        /// The values that there are.
        allowed: Vec<&'static str>,
    },
    /// A text that cannot be taken.
    #[error("{field:?} is {found:?}: {what}")]
    BadText {
        /// The field.
        field: &'static str,
        /// What it is.
        found: String,
        /// Why it is not taken.
        what: String,
    },
    /// Nothing to compare.
    #[error("{text:?} has neither a letter nor a digit to compare")]
    EmptyText {
        /// The text.
        text: String,
    },
    /// A text that the file maps twice.
    #[error("{text:?} is mapped already, in line {first}")]
    RepeatedText {
        /// The text.
        text: String,
        /// The line of the first.
        first: usize,
    },
    /// A code that the catalogue does not have.
    #[error("{code:?} is no certification of the rulebook in force")]
    UnknownCode {
        /// The code.
        code: String,
    },
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapError {
    /// The file, as it was typed.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: MapProblem,
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}: {}", self.file, self.line, self.problem)
    }
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
