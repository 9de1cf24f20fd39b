//! The objects of a report whose values are nested.

use csv::ByteRecord;
use ledger::{Code, Refusal};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Kind;
use super::bytes::Bytes;
use super::error::ReportError;
use super::json::{Objects, repeated_name};
use super::output::Output;
use super::records::Records;
use super::shown::shown_name;
use super::text::{Opened, Text};

/// Columns that a table has at least; any other text is none.
const LEAST_COLUMNS: usize = 2;

/// The objects of a file, in its order: of JSON those of a list, of a wrapped list, of JSON Lines, or a single one.
pub(super) struct Documents {
    held: Held,
    sha256: String,
}

enum Held {
    Json(Objects),
    /// Rows of a table, each with its line.
    Rows(Vec<(u64, Value)>),
}

impl Documents {
    /// Reads a JSON file; malformed text refuses it with line and column.
    pub(super) fn open(input: &mut Bytes<'_>) -> Result<Self, ReportError> {
        Self::of(Text::open(input)?)
    }

    /// Reads a JSON file, or the rows of a table: each is an object whose members are the cells by their columns.
    pub(super) fn open_any(kind: Kind, input: &mut Bytes<'_>) -> Result<Self, ReportError> {
        let opened = match Opened::of(input)? {
            Opened::Text(text) if Objects::begin(text.head()) || text.head().trim_ascii().is_empty() => {
                return Self::of(text);
            }
            opened @ (Opened::Text(_) | Opened::Zip { .. }) => opened,
        };
        let mut records = Records::of(opened, Some(kind))?;
        let names = records.names().to_vec();
        if names.len() < LEAST_COLUMNS {
            return Err(ReportError::NotJson);
        }
        let twice = names
            .iter()
            .enumerate()
            .find(|(place, name)| names.iter().take(*place).any(|before| before.eq_ignore_ascii_case(name)));
        if let Some((_, name)) = twice {
            return Err(ReportError::ColumnTwice { name: shown_name(name).to_owned() });
        }
        let (mut record, mut rows) = (ByteRecord::new(), Vec::new());
        while let Some(line) = records.next(&mut record)? {
            let cells = record.iter().map(|cell| Value::from(String::from_utf8_lossy(cell)));
            let members: Map<String, Value> = names.iter().cloned().zip(cells).collect();
            if !record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                rows.push((line, Value::Object(members)));
            }
        }
        Ok(Self { held: Held::Rows(rows), sha256: records.sha256() })
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
        Ok(Self { held: Held::Json(objects), sha256: digest.to_hex() })
    }

    /// Hands every object to `take` with its line, and what it refuses to the output.
    ///
    /// An object whose members have other types than those of `T` is refused; `T` may be [`serde_json::Value`].
    pub(super) fn each<T: DeserializeOwned>(
        &self,
        output: &mut Output<'_>,
        mut take: impl FnMut(u64, &T, &mut Output<'_>) -> Result<(), Refusal>,
    ) {
        let mut take = |line: u64, document: serde_json::Result<T>, twice: Option<String>| {
            if output.is_stopped() {
                return;
            }
            output.summary.rows += 1;
            let taken = match (document, twice) {
                (Ok(document), None) => take(line, &document, output),
                (Ok(_), Some(name)) => {
                    Err(Refusal::new(Code::Malformed, format!("`{name}` stands twice in the object")))
                }
                (Err(error), _) => Err(Refusal::new(Code::BadValue, format!("the object cannot be read: {error}"))),
            };
            if let Err(refusal) = taken {
                output.refuse(line, refusal);
            }
        };
        match &self.held {
            Held::Json(objects) => {
                for (line, object) in (0..objects.len()).filter_map(|place| objects.get(place)) {
                    take(line, serde_json::from_str(object), repeated_name(object));
                }
            }
            Held::Rows(rows) => {
                for (line, row) in rows {
                    take(*line, T::deserialize(row), None);
                }
            }
        }
    }

    /// The SHA-256 of the file in hexadecimal.
    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }
}
