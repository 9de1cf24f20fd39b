//! The rows of a file, separated, JSON or of a workbook, as they come.

use std::collections::{BTreeSet, HashMap, HashSet};

use csv::ByteRecord;

use crate::error::ReportError;
use crate::file::bytes::Digest;
use crate::file::damage::Damage;
use crate::file::header::{Header, separated};
use crate::file::json::{self, Objects};
use crate::file::text::{Contents, Room, Text};
use crate::file::workbook::{Sheet, Workbook};
use crate::formats::Formats;
use crate::formats::names::shown_name;
use crate::kind::Kind;

/// Columns that a file may have, as many as a sheet of Excel.
pub(crate) const MOST_COLUMNS: usize = 16_384;
const TOO_MANY_COLUMNS: &str = "it has more than 16384 columns";
/// Objects whose nested names are looked at.
const LOOKED_AT: usize = 20;

/// The rows of a file and the names of its columns.
pub(crate) struct Records<'a> {
    /// The names of the columns.
    pub(crate) names: Vec<String>,
    rows: Rows<'a>,
    /// Whether something other than a comma separates the cells, or nothing does.
    pub(crate) has_own_separator: bool,
    digest: Digest,
    room: Room,
}

enum Rows<'a> {
    /// Quote `"`, escape `\` or a doubled quote; and how many lines were left out above the names.
    Separated(Box<csv::Reader<Text<'a>>>, u64),
    /// The sheet of a workbook, and the further sheets that are reports.
    Sheet(Box<Sheet>, Vec<(String, &'static str)>),
    /// Objects in memory; the next one, and the columns by the names of their members.
    Json { objects: Objects, next: usize, columns: HashMap<String, usize> },
}

impl<'a> Records<'a> {
    /// Reads the names: the row that has them, or of JSON all names of members. Of the sheets of a workbook the first is
    /// taken that is a report of the kind.
    pub(crate) fn of(opened: Contents<'a>, kind: Option<Kind>, formats: Formats) -> Result<Self, ReportError> {
        let mut text = match opened {
            Contents::Text(text) => text,
            Contents::Zip { mut bytes, digest } => {
                let Workbook { names, sheet, further } = Workbook::read(&mut bytes, kind.map(Kind::name), formats)?;
                let room = Room::new("");
                let rows = Rows::Sheet(Box::new(sheet), further);
                return Ok(Self { names, rows, has_own_separator: true, digest, room });
            }
        };
        let (digest, room) = (text.digest(), text.room());
        if Objects::begin(text.head()) {
            let objects = Objects::read(&mut text)?;
            let (names, columns) = names_of(&objects)?;
            let rows = Rows::Json { objects, next: 0, columns };
            return Ok(Self { names, rows, has_own_separator: false, digest, room });
        }
        let Header { start, lines_before, delimiter } = Header::find(text.head(), formats);
        text.skip(start);
        room.for_a_row();
        let mut csv = separated(true, delimiter, text);
        let mut names = Vec::new();
        let headers = csv.byte_headers().map_err(io_error)?;
        if headers.len() > MOST_COLUMNS {
            return Err(Damage::bound(TOO_MANY_COLUMNS).into());
        }
        for name in headers {
            names.push(std::str::from_utf8(name).map_err(|_| ReportError::NotText)?.trim().to_owned());
        }
        if names.iter().all(String::is_empty) {
            return Err(ReportError::Empty);
        }
        if names.iter().any(|name| name.contains('\0')) {
            return Err(ReportError::NotText);
        }
        let has_own_separator = delimiter != b',';
        Ok(Self { names, rows: Rows::Separated(Box::new(csv), lines_before), has_own_separator, digest, room })
    }

    /// Whether the names are those of members.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.rows, Rows::Json { .. })
    }

    /// Whether the rows are those of a workbook's sheet.
    pub(crate) fn is_sheet(&self) -> bool {
        matches!(self.rows, Rows::Sheet(..))
    }

    /// The places of columns that had a number with decimals so far, as cells of sheets alone are.
    pub(crate) fn numbers(&self) -> Option<&BTreeSet<usize>> {
        if let Rows::Sheet(sheet, _) = &self.rows { Some(&sheet.numbers) } else { None }
    }

    /// The sheets of a workbook that are reports and are not read, with their kinds.
    pub(crate) fn further_sheets(&self) -> Vec<(String, &'static str)> {
        if let Rows::Sheet(_, further) = &self.rows { further.clone() } else { Vec::new() }
    }

    /// The names that tell JSON files apart beside those of the columns: `outer.inner` of members that are objects, and
    /// `wrapper.name` of members beside a wrapped list.
    pub(crate) fn nested_names(&self) -> Vec<String> {
        let Rows::Json { objects, .. } = &self.rows else { return Vec::new() };
        let mut names: Vec<String> = objects.wrapper_names().map(|name| format!("wrapper.{name}")).collect();
        for (_, object) in objects.iter().take(LOOKED_AT) {
            // What is no object, or cannot be read, gives no names here.
            for (outer, value) in json::members(object).unwrap_or_default() {
                let inner = json::members(value.get()).unwrap_or_default();
                names.extend(inner.into_iter().map(|(inner, _)| format!("{outer}.{inner}")));
            }
        }
        names
    }

    /// Of every object the text of the first of these members that it has; a point leads into a nested object.
    pub(crate) fn texts_at(&self, paths: &'static [&'static str]) -> impl Iterator<Item = String> {
        let objects = if let Rows::Json { objects, .. } = &self.rows { Some(objects) } else { None };
        let all = objects.into_iter().flat_map(Objects::iter);
        all.filter_map(|(_, object)| paths.iter().find_map(|path| json::text_at(object, path)))
    }

    /// Reads the next row into `record`; the line of the file, from 1, on which it begins, or `None` at the end.
    pub(crate) fn next(&mut self, record: &mut ByteRecord) -> Result<Option<u64>, ReportError> {
        match &mut self.rows {
            Rows::Separated(csv, lines_before) => {
                self.room.for_a_row();
                let is_there = csv.read_byte_record(record).map_err(io_error)?;
                Ok(is_there.then(|| *lines_before + line_of(record, csv.position().line())))
            }
            Rows::Sheet(sheet, _) => {
                let Some(row) = sheet.next()? else { return Ok(None) };
                let end = row.cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
                let blank = self.names.len().saturating_sub(end);
                record.clear();
                let cells = row.cells.iter().take(end).map(String::as_bytes);
                cells.chain(std::iter::repeat_n(&b""[..], blank)).for_each(|cell| record.push_field(cell));
                Ok(Some(row.number))
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
    pub(crate) fn sha256(&self) -> String {
        self.digest.to_hex()
    }
}

/// The line on which a record begins; `next_line` is the line behind it.
///
/// A record's own position is that of the blank lines before it, so its line is counted from its end.
pub(crate) fn line_of(record: &ByteRecord, next_line: u64) -> u64 {
    let inside = record.as_slice().iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
    let earliest = record.position().map_or(1, csv::Position::line);
    next_line.saturating_sub(inside + 1).max(earliest)
}

/// The cells of a record, separated by commas.
pub(crate) fn written(record: &ByteRecord) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_byte_record(record).expect("writing to memory does not fail");
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned()
}

/// All names of the objects' members in the order in which they come first.
fn names_of(objects: &Objects) -> Result<(Vec<String>, HashMap<String, usize>), ReportError> {
    let (mut names, mut columns) = (Vec::new(), HashMap::new());
    let mut seen = HashSet::new();
    for (line, object) in objects.iter() {
        seen.clear();
        for (name, _) in json::members(object).map_err(|error| malformed(line, &error))? {
            let column = columns.get(name.as_ref()).copied().unwrap_or(names.len());
            if column == names.len() {
                if column == MOST_COLUMNS {
                    return Err(Damage::bound(TOO_MANY_COLUMNS).into());
                }
                columns.insert(name.clone().into_owned(), column);
                names.push(name.into_owned());
            }
            if !seen.insert(column) {
                let name = names.get(column).map_or("", |name| shown_name(name));
                let what = format!("{name:?} stands twice in an object");
                let line = usize::try_from(line).unwrap_or(usize::MAX);
                return Err(ReportError::Malformed { line, column: 1, what });
            }
        }
    }
    if names.is_empty() { Err(ReportError::NoObjects) } else { Ok((names, columns)) }
}

fn malformed(line: u64, error: &serde_json::Error) -> ReportError {
    let line = usize::try_from(line).unwrap_or(usize::MAX).saturating_add(error.line()).saturating_sub(1);
    ReportError::Malformed { line, column: error.column(), what: "the object cannot be read".to_owned() }
}

/// The failure of the input; bytes are never malformed to a reader of flexible byte records.
fn io_error(error: csv::Error) -> ReportError {
    let text = error.to_string();
    if let csv::ErrorKind::Io(error) = error.into_kind() {
        return error.into();
    }
    std::io::Error::other(text).into()
}
