//! The rows of a file, comma or tab separated or JSON, as they come.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};

use super::bytes::{Bytes, Digest};
use super::error::ReportError;
use super::json::{self, Objects};
use super::row::line_of;
use super::text::{Room, Text};

/// Objects whose nested names are looked at.
const LOOKED_AT: usize = 20;

/// The rows of a file and the names of its columns.
pub(super) struct Records<'a> {
    names: Vec<String>,
    rows: Rows<'a>,
    /// Whether something else than a comma separates the cells.
    has_own_separator: bool,
    digest: Digest,
    room: Room,
}

enum Rows<'a> {
    /// Quote `"`, escape `\` or a doubled quote.
    Separated(Box<csv::Reader<Text<'a>>>),
    /// Objects in memory; the next one, and the columns by the names of their members.
    Json { objects: Objects, next: usize, columns: HashMap<String, usize> },
}

impl<'a> Records<'a> {
    /// Reads the names: the first row, or of JSON all names of members.
    pub(super) fn open(input: &'a mut Bytes<'_>) -> Result<Self, ReportError> {
        Self::of(Text::open(input)?)
    }

    /// As [`Records::open`], of a text that was begun.
    pub(super) fn of(mut text: Text<'a>) -> Result<Self, ReportError> {
        let (digest, room) = (text.digest(), text.room());
        if Objects::begin(text.head()) {
            let objects = Objects::read(&mut text)?;
            let (names, columns) = names_of(&objects)?;
            let rows = Rows::Json { objects, next: 0, columns };
            return Ok(Self { names, rows, has_own_separator: false, digest, room });
        }
        let delimiter = delimiter_of(text.head());
        room.for_a_row();
        let mut csv = separated(true, delimiter, text);
        let mut names = Vec::new();
        for name in csv.byte_headers().map_err(io_error)? {
            names.push(std::str::from_utf8(name).map_err(|_| ReportError::NotText)?.trim().to_owned());
        }
        if names.iter().all(String::is_empty) {
            return Err(ReportError::Empty);
        }
        if names.iter().any(|name| name.contains('\0')) {
            return Err(ReportError::NotText);
        }
        let has_own_separator = delimiter != b',';
        Ok(Self { names, rows: Rows::Separated(Box::new(csv)), has_own_separator, digest, room })
    }

    /// The names of the columns.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether commas are no separators of cells.
    pub(super) fn has_own_separator(&self) -> bool {
        self.has_own_separator
    }

    /// The names that tell JSON files apart beside those of the columns: `outer.inner` of members that are objects, and
    /// `wrapper.name` of members beside a wrapped list.
    pub(super) fn nested_names(&self) -> Vec<String> {
        let Rows::Json { objects, .. } = &self.rows else { return Vec::new() };
        let mut names: Vec<String> = objects.wrapper_names().map(|name| format!("wrapper.{name}")).collect();
        for (_, object) in (0..objects.len().min(LOOKED_AT)).filter_map(|place| objects.get(place)) {
            for (outer, value) in json::members(object).unwrap_or_default() {
                let inner = json::members(value.get()).unwrap_or_default();
                names.extend(inner.into_iter().map(|(inner, _)| format!("{outer}.{inner}")));
            }
        }
        names
    }

    /// Of every object the text of the first of these members that it has; a point leads into a nested object.
    pub(super) fn texts_at(&self, paths: &'static [&'static str]) -> impl Iterator<Item = String> {
        let objects = match &self.rows {
            Rows::Json { objects, .. } => Some(objects),
            Rows::Separated(_) => None,
        };
        let all = objects.into_iter().flat_map(|objects| (0..objects.len()).filter_map(|place| objects.get(place)));
        all.filter_map(|(_, object)| paths.iter().find_map(|path| json::text_at(object, path)))
    }

    /// Reads the next row into `record`; the line of the file, from 1, on which it begins, or `None` at the end.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> Result<Option<u64>, ReportError> {
        match &mut self.rows {
            Rows::Separated(csv) => {
                self.room.for_a_row();
                let is_there = csv.read_byte_record(record).map_err(io_error)?;
                Ok(is_there.then(|| line_of(record, csv.position().line())))
            }
            Rows::Json { objects, next, columns } => {
                let Some((line, object)) = objects.get(*next) else { return Ok(None) };
                *next += 1;
                let mut cells = vec![std::borrow::Cow::Borrowed(""); columns.len()];
                let malformed = |error: serde_json::Error| malformed(line, &error);
                for (name, value) in json::members(object).map_err(malformed)? {
                    let cell = columns.get(name.as_ref()).and_then(|place| cells.get_mut(*place));
                    if let Some(cell) = cell {
                        *cell = json::cell(value).map_err(malformed)?;
                    }
                }
                record.clear();
                for cell in &cells {
                    record.push_field(cell.as_bytes());
                }
                Ok(Some(line))
            }
        }
    }

    /// The SHA-256 of the file in hexadecimal, once all rows were read.
    pub(super) fn sha256(&self) -> String {
        self.digest.to_hex()
    }
}

/// The rows of a text; the first of them may have the column names.
pub(super) fn separated<R: Read>(has_names: bool, delimiter: u8, text: R) -> csv::Reader<R> {
    let mut rows = ReaderBuilder::new();
    rows.has_headers(has_names).delimiter(delimiter).escape(Some(b'\\')).flexible(true).from_reader(text)
}

/// All names of the objects' members in the order in which they come first.
fn names_of(objects: &Objects) -> Result<(Vec<String>, HashMap<String, usize>), ReportError> {
    let (mut names, mut columns) = (Vec::new(), HashMap::new());
    let mut seen = HashSet::new();
    for (line, object) in (0..objects.len()).filter_map(|place| objects.get(place)) {
        seen.clear();
        for (name, _) in json::members(object).map_err(|error| malformed(line, &error))? {
            let column = columns.get(name.as_ref()).copied().unwrap_or(names.len());
            if column == names.len() {
                columns.insert(name.clone().into_owned(), column);
                names.push(name.into_owned());
            }
            if !seen.insert(column) {
                let what = format!("{:?} stands twice in an object", names.get(column).map_or("", String::as_str));
                return Err(ReportError::Malformed {
                    line: usize::try_from(line).unwrap_or(usize::MAX),
                    column: 1,
                    what,
                });
            }
        }
    }
    if names.is_empty() { Err(ReportError::NoObjects) } else { Ok((names, columns)) }
}

fn malformed(line: u64, error: &serde_json::Error) -> ReportError {
    let line = usize::try_from(line).unwrap_or(usize::MAX).saturating_add(error.line()).saturating_sub(1);
    ReportError::Malformed { line, column: error.column(), what: "the object cannot be read".to_owned() }
}

/// Tab or semicolon when the first line has more of them than commas.
pub(super) fn delimiter_of(head: &[u8]) -> u8 {
    let line = head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let parts = |delimiter: u8| line.split(|byte| *byte == delimiter).count();
    let most = if parts(b'\t') > parts(b',') { b'\t' } else { b',' };
    if parts(b';') > parts(most) { b';' } else { most }
}

/// The failure of the input; bytes are never malformed to a reader of flexible byte records.
fn io_error(error: csv::Error) -> ReportError {
    let text = error.to_string();
    if let csv::ErrorKind::Io(error) = error.into_kind() {
        return error.into();
    }
    std::io::Error::other(text).into()
}
