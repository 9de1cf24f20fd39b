//! The row of column names: on which line of a text it stands, and what separates its cells.

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};

use crate::file::text::{HEADER_LINES, without_marks};
use crate::formats::Formats;

/// Bytes that a line may have in which every separator is tried.
const TRIED_BYTES: usize = 1 << 16;

/// Where the column names of a text stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Bytes before them.
    pub(crate) start: usize,
    /// Lines before them.
    pub(crate) lines_before: u64,
    /// What separates the cells.
    pub(crate) delimiter: u8,
}

impl Header {
    /// Finds the names among the first lines of a text: the first line that has the columns of something known, else the
    /// first that has most columns of a kind, else the first that is not blank.
    ///
    /// What Excel and PowerShell write above them, `sep=;` and `#TYPE ...`, is never taken for them.
    pub(crate) fn find(head: &[u8], formats: Formats) -> Self {
        let lines = lines(head);
        let said = lines.first().and_then(|(_, line)| separator_said(line));
        let is_names = |line: &[u8]| separator_said(line).is_none() && !line.starts_with(b"#TYPE ");
        let mut lines: Vec<(Self, &[u8])> = lines
            .into_iter()
            .filter(|(_, line)| is_names(line))
            .map(|(header, line)| (Self { delimiter: said.unwrap_or_else(|| most_frequent(line)), ..header }, line))
            .collect();
        // A line that begins within a quoted cell of a title may read as names with the next line: it is tried last.
        lines.sort_by_key(|(header, _)| {
            let before = head.get(..header.start).unwrap_or_default();
            before.iter().filter(|byte| **byte == b'"').count() % 2
        });
        let all = || {
            lines.iter().flat_map(|(header, line)| {
                separators(header.delimiter, line).into_iter().map(|delimiter| Self { delimiter, ..*header })
            })
        };
        let names = |header: &Self| header.names(head).unwrap_or_default();
        let known = all().find(|header| formats.is_known(&names(header)));
        let near = || all().find(|header| formats.nearness(&names(header)).is_some());
        let first = lines.first().map(|(header, _)| *header);
        known.or_else(near).or(first).unwrap_or(Self { start: 0, lines_before: 0, delimiter: b',' })
    }

    /// The names as the text has them.
    fn names(self, head: &[u8]) -> Option<Vec<String>> {
        let mut record = ByteRecord::new();
        let rest = head.get(self.start..)?;
        separated(false, self.delimiter, rest).read_byte_record(&mut record).ok()?;
        record.iter().map(|cell| Some(std::str::from_utf8(cell).ok()?.trim().to_owned())).collect()
    }
}

/// The rows of a text; the first of them may have the column names.
pub(crate) fn separated<R: Read>(has_names: bool, delimiter: u8, text: R) -> csv::Reader<R> {
    let mut rows = ReaderBuilder::new();
    rows.has_headers(has_names).delimiter(delimiter).escape(Some(b'\\')).flexible(true).from_reader(text)
}

/// The first lines that are not blank, each with its place.
fn lines(head: &[u8]) -> Vec<(Header, &[u8])> {
    let mut start = 0;
    let mut lines = Vec::new();
    for (before, line) in head.split(|byte| *byte == b'\n').take(HEADER_LINES).enumerate() {
        let end = start + line.len();
        // A text that another was put before keeps its mark.
        let line = without_marks(line);
        if !line.trim_ascii().is_empty() {
            let start = end - line.len();
            lines.push((Header { start, lines_before: before as u64, delimiter: b',' }, line));
        }
        start = end + 1;
    }
    lines
}

/// The separator of a line that Excel writes to say it: `sep=;`, perhaps in quotes.
fn separator_said(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (name, rest) = line.split_at_checked(4)?;
    let [delimiter, end @ ..] = rest else { return None };
    let ends = matches!(end.trim_ascii(), b"" | b"\"");
    (name.eq_ignore_ascii_case(b"sep=") && delimiter.is_ascii() && ends).then_some(*delimiter)
}

/// Tab or semicolon when a line has more of them than commas, else the comma.
fn most_frequent(line: &[u8]) -> u8 {
    let parts = |delimiter: u8| line.split(|byte| *byte == delimiter).count();
    let most = if parts(b'\t') > parts(b',') { b'\t' } else { b',' };
    if parts(b';') > parts(most) { b';' } else { most }
}

/// What may separate the cells of a line: the likeliest, then each of its characters that is no letter and no digit.
fn separators(likeliest: u8, line: &[u8]) -> Vec<u8> {
    let mut all = vec![likeliest];
    let tried = if line.len() > TRIED_BYTES { &[] } else { line };
    for &byte in tried {
        let may_be = byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\\' | b'\r');
        if may_be && !all.contains(&byte) {
            all.push(byte);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::Header;
    use crate::readers::FORMATS;

    const NAMES: &str = "PGAMpnId,Month,ServiceLevel2,ACR_USD,CustomerTenantId";

    #[test]
    fn names_are_found_below_other_lines_and_between_any_separators() {
        for (text, lines_before, delimiter) in [
            (NAMES.to_owned(), 0, b','),
            (format!("\n\n{NAMES}\n"), 2, b','),
            (format!("sep=;\n{}\n", NAMES.replace(',', ";")), 1, b';'),
            (format!("\"SEP=|\"\n{}\n", NAMES.replace(',', "|")), 1, b'|'),
            (format!("sep=;\n{NAMES}\n"), 1, b','),
            (format!("#TYPE System.Object\n{NAMES}\n"), 1, b','),
            (format!("Azure usage\n\"Report generated on\n2025-03-06\"\n\n{NAMES}\n1,2"), 4, b','),
            (format!("A title\n\"from January,\n\"\n\"{}\"", NAMES.replace(',', "\",\"")), 3, b','),
            (format!("a,b,c,d,e,f\n{}", NAMES.replace(',', "^")), 1, b'^'),
            (NAMES.replace(',', "\u{1}"), 0, 1),
            (NAMES.replace(',', "\" \"").replace("PGA", "\"PGA") + "\"", 0, b' '),
            // Without a needed column it is still the row of names.
            (format!("Some title, of a report\n{}", NAMES.replace("ACR_USD,", "")), 1, b','),
            ("Colour;Size\nMonth;Size".to_owned(), 0, b';'),
            ("sep=;\nColour,Size".to_owned(), 1, b';'),
            (format!("sep=;\n\u{feff}\u{feff}{}\n", NAMES.replace(',', ";")), 1, b';'),
        ] {
            let found = Header::find(text.as_bytes(), FORMATS);
            assert_eq!((found.lines_before, found.delimiter), (lines_before, delimiter), "{text:?}");
            let before = text.get(..found.start).expect("a place in the text");
            assert_eq!(before.matches('\n').count() as u64, lines_before, "{text:?}");
        }
    }

    #[test]
    fn names_that_stand_too_far_below_are_not_found() {
        for (lines, is_found) in [(19, true), (20, false)] {
            let text = "a title\n".repeat(lines) + NAMES;
            assert_eq!(Header::find(text.as_bytes(), FORMATS).lines_before > 0, is_found, "{lines}");
        }
    }

    #[test]
    fn a_text_without_any_line_has_its_beginning() {
        for text in ["", "\n", "sep=;\n", "sep=", "#TYPE x"] {
            assert!(Header::find(text.as_bytes(), FORMATS).start <= text.len(), "{text:?}");
        }
    }
}
