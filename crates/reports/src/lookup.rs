//! The text of one row, for whoever follows a `source` back to its file.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Read};
use std::ops::Range;

use csv::ByteRecord;

use crate::error::ReportError;
use crate::file::bytes::Bytes;
use crate::file::header::{Header, separated};
use crate::file::json::{self, Objects};
use crate::file::records::{Records, line_of, written};
use crate::file::text::{Contents, Text};
use crate::readers::FORMATS;

/// Rows with the column names above them, as the file has them but for line ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowTexts {
    /// The row of column names; none where it is wanted itself or no row was found, and in lines of JSON.
    pub columns: Option<Vec<u8>>,
    /// The rows that were found, each with the line on which it begins, in their order.
    pub rows: Vec<(u64, Vec<u8>)>,
}

impl RowTexts {
    /// The cells of one of the rows, each with the name of its column, or of its member in JSON; the texts of nested
    /// members as they are. `None` for a row without names, and for several objects on a line.
    #[must_use]
    pub fn cells(&self, row: &[u8]) -> Option<Vec<(String, String)>> {
        let Some(columns) = &self.columns else { return members_of(row) };
        let delimiter = Header::find(columns, FORMATS).delimiter;
        let (names, cells) = (record_of(columns, delimiter)?, record_of(row, delimiter)?);
        let text = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_owned();
        let with_names = cells.iter().enumerate().map(|(nth, cell)| {
            let name = names.get(nth).map(text).filter(|name| !name.is_empty());
            (name.unwrap_or_else(|| format!("column {}", nth + 1)), text(cell))
        });
        Some(with_names.collect())
    }
}

/// The only record of a text.
fn record_of(text: &[u8], delimiter: u8) -> Option<ByteRecord> {
    let mut record = ByteRecord::new();
    separated(false, delimiter, text).read_byte_record(&mut record).ok()?.then_some(record)
}

fn members_of(object: &[u8]) -> Option<Vec<(String, String)>> {
    let members = json::members(std::str::from_utf8(object).ok()?).ok()?;
    let named = members.into_iter().map(|(name, value)| {
        let text = json::cell(value).ok().filter(|text| !text.is_empty());
        (name.into_owned(), text.map_or_else(|| value.get().to_owned(), Cow::into_owned))
    });
    Some(named.collect())
}

/// Finds the rows that begin on these lines, counted from 1.
///
/// `open` gives the bytes of the file from the first on, as often as it is called. Of JSON the rows are the objects that
/// a report has: all that begin on the line. Where a line is no part of such an object, as in events that were refused, it
/// is shown as it is.
///
/// # Errors
/// A file that cannot be read.
pub fn rows_on_lines<R: Read>(open: &mut dyn FnMut() -> io::Result<R>, wanted: &BTreeSet<u64>) -> io::Result<RowTexts> {
    let mut input = open()?;
    let mut bytes = Bytes::new(&mut input, None);
    let mut text = match Contents::of(&mut bytes).map_err(io::Error::other)? {
        Contents::Text(text) => text,
        zip @ Contents::Zip { .. } => return rows_of_sheet(zip, wanted).map_err(io::Error::other),
    };
    if Objects::begin(text.head()) {
        let mut found = RowTexts::default();
        for line in wanted {
            let mut input = open()?;
            let mut bytes = Bytes::new(&mut input, None);
            let text = Text::open(&mut bytes).map_err(io::Error::other)?;
            found.rows.extend(object_on_line(text, open, *line)?.map(|row| (*line, row)));
        }
        return Ok(found);
    }
    let header = Header::find(text.head(), FORMATS);
    text.skip(header.start);
    let before = header.start as u64;
    let mut rows = separated(false, header.delimiter, text);
    let mut record = ByteRecord::new();
    let mut columns: Option<Range<u64>> = None;
    let mut found: Vec<(u64, Range<u64>)> = Vec::new();
    let last = wanted.last().copied().unwrap_or_default();
    while rows.read_byte_record(&mut record)? {
        let start = before + record.position().map_or(0, csv::Position::byte);
        let end = before + rows.position().byte();
        let line = header.lines_before + line_of(&record, rows.position().line());
        if line > last {
            break;
        }
        if wanted.contains(&line) {
            found.push((line, start..end));
        } else {
            columns.get_or_insert(start..end);
        }
    }
    // The names stand above all rows, so that they are wanted where they were not found before the first of these.
    let columns = columns.filter(|names| found.first().is_some_and(|(_, row)| names.start < row.start));
    let mut input = open()?;
    let mut bytes = Bytes::new(&mut input, None);
    let mut text = Texts { input: Text::open(&mut bytes).map_err(io::Error::other)?, at: 0 };
    let columns = columns.map(|columns| text.of(columns)).transpose()?;
    let rows = found.into_iter().map(|(line, row)| Ok((line, text.of(row)?)));
    Ok(RowTexts { columns, rows: rows.collect::<io::Result<_>>()? })
}

/// The rows of a workbook's sheet that have these numbers, as CSV.
fn rows_of_sheet(zip: Contents<'_>, wanted: &BTreeSet<u64>) -> Result<RowTexts, ReportError> {
    let mut records = Records::of(zip, None, FORMATS)?;
    let names: ByteRecord = records.names.iter().collect::<Vec<_>>().into();
    let mut found = RowTexts::default();
    let mut record = ByteRecord::new();
    while let Some(number) = records.next(&mut record)? {
        if wanted.contains(&number) {
            found.columns.get_or_insert_with(|| written(&names).into_bytes());
            found.rows.push((number, written(&record).into_bytes()));
        }
    }
    Ok(found)
}

/// The objects that begin on a line of JSON.
fn object_on_line<R: Read>(
    text: Text<'_>,
    open: &mut dyn FnMut() -> io::Result<R>,
    line: u64,
) -> io::Result<Option<Vec<u8>>> {
    let is_object = |line: &[u8]| std::str::from_utf8(line).is_ok_and(|line| json::members(line).is_ok());
    let first = text.head().split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    let is_lines = first.is_some_and(is_object);
    let mut lines = BufReader::new(text).split(b'\n');
    let Some(found) = usize::try_from(line).ok().and_then(|line| lines.nth(line.checked_sub(1)?)).transpose()? else {
        return Ok(None);
    };
    // Lines of JSON may be more than memory holds.
    if is_lines && is_object(&found) {
        return Ok(Some(found));
    }
    let mut input = open()?;
    let mut bytes = Bytes::new(&mut input, None);
    let mut text = Text::open(&mut bytes).map_err(io::Error::other)?;
    let Ok(objects) = Objects::read(&mut text) else {
        return Ok(Some(found).filter(|line| !line.trim_ascii().is_empty()));
    };
    let all = objects.iter();
    let begun: Vec<&str> = all.filter(|(begins, _)| *begins == line).map(|(_, object)| object).collect();
    Ok((!begun.is_empty()).then(|| begun.join("\n").into_bytes()))
}

/// Parts of a text, which are read one after the other.
struct Texts<R> {
    input: R,
    at: u64,
}

impl<R: Read> Texts<R> {
    /// The bytes of a part, without the blank lines before it and its line end.
    fn of(&mut self, part: Range<u64>) -> io::Result<Vec<u8>> {
        io::copy(&mut (&mut self.input).take(part.start.saturating_sub(self.at)), &mut io::sink())?;
        let mut text = Vec::new();
        (&mut self.input).take(part.end - part.start).read_to_end(&mut text)?;
        self.at = part.end;
        let blank = text.iter().take_while(|byte| **byte == b'\n').count();
        text.drain(..blank);
        let end = text.iter().rposition(|byte| *byte != b'\n').map_or(0, |last| last + 1);
        text.truncate(end);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::rows_on_lines;

    /// The names of the columns, and the rows with their lines.
    fn rows(text: &str, lines: &[u64]) -> (String, Vec<(u64, String)>) {
        let wanted = lines.iter().copied().collect();
        let mut open = || Ok(Cursor::new(text.as_bytes().to_vec()));
        let found = rows_on_lines(&mut open, &wanted).expect("it is in memory");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let columns = found.columns.map_or_else(|| "-".to_owned(), text);
        (columns, found.rows.into_iter().map(|(line, row)| (line, text(row))).collect())
    }

    fn row(text: &str, line: u64) -> Option<(String, String)> {
        let (columns, found) = rows(text, &[line]);
        let [(at, row)] = found.as_slice() else { return None };
        assert_eq!(*at, line);
        Some((columns, row.clone()))
    }

    #[test]
    fn several_rows_are_found_at_once() {
        let table = "A,B\n1,x\n2,y\n\n3,z\n";
        let row = |line, text: &str| (line, text.to_owned());
        assert_eq!(rows(table, &[2, 3, 5]), ("A,B".to_owned(), vec![row(2, "1,x"), row(3, "2,y"), row(5, "3,z")]));
        assert_eq!(rows(table, &[1, 3]), ("-".to_owned(), vec![row(1, "A,B"), row(3, "2,y")]));
        assert_eq!(rows(table, &[4, 9]), ("-".to_owned(), Vec::new()));
        assert_eq!(rows(table, &[]), ("-".to_owned(), Vec::new()));
        let json = "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n";
        assert_eq!(rows(json, &[1, 3]), ("-".to_owned(), vec![row(1, "{\"a\":1}"), row(3, "{\"a\":3}")]));
    }

    #[test]
    fn the_cells_of_a_row_have_the_names_of_their_columns() {
        let cells = |text: &str| {
            let found =
                rows_on_lines(&mut || Ok(Cursor::new(text.as_bytes().to_vec())), &[2].into()).expect("in memory");
            let (_, row) = found.rows.first().expect("a row");
            let cells = found.cells(row)?;
            Some(cells.into_iter().map(|(name, cell)| format!("{name}={cell}")).collect::<Vec<_>>().join("|"))
        };
        let expected = [
            ("A,B\n1,\"x\ny\"\n", Some("A=1|B=x\ny")),
            ("A;B;C\n1,5;;z;more\n", Some("A=1,5|B=|C=z|column 4=more")),
            ("A\t\tB\n 1 \t2\n", Some("A=1|column 2=2")),
            (
                "{}\n{\"a\":\"x, \\\"y\\\"\",\"b\":2.50,\"c\":{\"d\":[1]},\"e\":null}",
                Some("a=x, \"y\"|b=2.50|c={\"d\":[1]}|e=null"),
            ),
            ("[\n{\"a\":1}, {\"a\":2}]", None),
            ("{}\nno object", None),
        ];
        for (text, expected) in expected {
            assert_eq!(cells(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_row_is_found_by_the_line_on_which_it_begins() {
        let table = "A,B\n1,\"x\ny\"\n\n\n2,\"a \\\" b\"\n3,last";
        let expected = [
            (1, Some(("-", "A,B"))),
            (2, Some(("A,B", "1,\"x\ny\""))),
            (3, None),
            (4, None),
            (5, None),
            (6, Some(("A,B", "2,\"a \\\" b\""))),
            (7, Some(("A,B", "3,last"))),
            (8, None),
            (0, None),
        ];
        for text in [table.to_owned(), format!("\u{feff}{table}\n"), table.replace('\n', "\r\n")] {
            for (line, expected) in expected {
                let found = row(&text, line);
                let found = found.as_ref().map(|(columns, row)| (columns.as_str(), row.as_str()));
                assert_eq!(found, expected, "line {line} of {text:?}");
            }
        }
    }

    #[test]
    fn of_json_the_whole_objects_are_shown_that_begin_on_the_line() {
        let text = "{\"items\": [\n  {\"a\":\n    {\"x\": 1}\n  },\n  {\"b\":2}, {\"c\":3}\n]}\n";
        let expected = [
            (1, None),
            (2, Some("{\"a\":\n    {\"x\": 1}\n  }")),
            (3, None),
            (5, Some("{\"b\":2}\n{\"c\":3}")),
            (9, None),
        ];
        for (line, expected) in expected {
            assert_eq!(row(text, line).map(|(_, row)| row).as_deref(), expected, "line {line}");
        }
        let text = "{\"a\":1}\nno object\n\n{\"b\":\n2}";
        assert_eq!(row(text, 2).map(|(_, row)| row).as_deref(), Some("no object"), "it was refused");
        assert_eq!(row(text, 3), None);
    }

    #[test]
    fn in_lines_of_json_every_line_is_a_row() {
        let text = "{\"a\":\"x, y\"}\r\n{\"b\":2}";
        assert_eq!(row(text, 2), Some(("-".to_owned(), "{\"b\":2}".to_owned())));
        assert_eq!(row(text, 3), None);
        assert_eq!(row("", 1), None);
    }
}
