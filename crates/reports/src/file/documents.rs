//! The objects of a report whose values are nested.

use std::collections::BTreeSet;

use csv::ByteRecord;
use ledger::{Code, Refusal};
use serde_json::{Map, Value};

use crate::error::ReportError;
use crate::file::bytes::Bytes;
use crate::file::json::{Objects, repeated_name};
use crate::file::records::Records;
use crate::file::text::{Contents, Text};
use crate::formats::Formats;
use crate::formats::names::shown_name;
use crate::kind::Kind;
use crate::output::Output;

/// Columns that a table has at least; any other text is none.
const LEAST_COLUMNS: usize = 2;

/// The objects of a file, in its order: of JSON those of a list, of a wrapped list, of JSON Lines, or a single one.
pub(crate) struct Documents {
    body: Body,
    /// The SHA-256 of the file in hexadecimal.
    pub(crate) sha256: String,
}

enum Body {
    Json(Objects),
    /// Rows of a table, each with its line.
    Rows(Vec<(u64, Map<String, Value>)>),
}

impl Documents {
    /// Reads a JSON file; malformed text refuses it with line and column.
    pub(crate) fn open(input: &mut Bytes<'_>) -> Result<Self, ReportError> {
        Self::of(Text::open(input)?)
    }

    /// Reads a JSON file, or the rows of a table: each is an object whose members are the cells by their columns.
    pub(crate) fn open_any(kind: Kind, formats: Formats, input: &mut Bytes<'_>) -> Result<Self, ReportError> {
        let opened = match Contents::of(input)? {
            Contents::Text(text) if Objects::begin(text.head()) || text.head().trim_ascii().is_empty() => {
                return Self::of(text);
            }
            opened @ (Contents::Text(_) | Contents::Zip { .. }) => opened,
        };
        let mut records = Records::of(opened, Some(kind), formats)?;
        let names = records.names.clone();
        if names.len() < LEAST_COLUMNS {
            return Err(ReportError::NotJson);
        }
        let mut seen = BTreeSet::new();
        if let Some(name) = names.iter().find(|name| !seen.insert(name.to_ascii_lowercase())) {
            return Err(ReportError::ColumnTwice { name: shown_name(name).to_owned() });
        }
        let (mut record, mut rows) = (ByteRecord::new(), Vec::new());
        while let Some(line) = records.next(&mut record)? {
            let cells = record.iter().map(|cell| Value::from(String::from_utf8_lossy(cell)));
            let members: Map<String, Value> = names.iter().cloned().zip(cells).collect();
            if !record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                rows.push((line, members));
            }
        }
        Ok(Self { body: Body::Rows(rows), sha256: records.sha256() })
    }

    fn of(mut text: Text<'_>) -> Result<Self, ReportError> {
        let digest = text.digest();
        if text.head().trim_ascii().is_empty() {
            return Err(ReportError::Empty);
        }
        if !Objects::begin(text.head()) {
            return Err(ReportError::NotJson);
        }
        let objects = Objects::read(&mut text)?;
        Ok(Self { body: Body::Json(objects), sha256: digest.to_hex() })
    }

    /// Hands every object to `take` with its line, and what it refuses to the output.
    ///
    /// An object whose members have other types than those of `T` is refused; `T` may be [`serde_json::Value`].
    pub(crate) fn each(
        &self,
        output: &mut Output<'_>,
        mut take: impl FnMut(u64, &Map<String, Value>, &mut Output<'_>) -> Result<(), Refusal>,
    ) {
        let mut take = |line: u64, object: Result<&Map<String, Value>, &serde_json::Error>, twice: Option<String>| {
            if output.is_stopped {
                return;
            }
            output.summary.rows += 1;
            let taken = match (object, twice) {
                (Ok(object), None) => take(line, object, output),
                (Ok(_), Some(name)) => {
                    Err(Refusal::new(Code::Malformed, format!("`{name}` stands twice in the object")))
                }
                (Err(error), _) => Err(Refusal::new(Code::BadValue, format!("the object cannot be read: {error}"))),
            };
            if let Err(refusal) = taken {
                output.refuse(line, refusal);
            }
        };
        match &self.body {
            Body::Json(objects) => {
                for (line, object) in objects.iter() {
                    take(line, serde_json::from_str(object).as_ref(), repeated_name(object));
                }
            }
            Body::Rows(rows) => {
                for (line, row) in rows {
                    take(*line, Ok(row), None);
                }
            }
        }
    }
}
