//! The rows of a comma or tab separated file.

use std::fmt::Write as _;
use std::io::{self, Chain, Cursor, Read};

use csv::{ByteRecord, ReaderBuilder};
use ledger::Refusal;
use sha2::{Digest, Sha256};

use super::Kind;
use super::columns::Columns;
use super::error::ReportError;
use super::line_ends::LineEnds;
use super::output::Output;
use super::row::Row;
use super::summary::Skip;

/// Bytes of the first line that are looked at to tell commas from tabs.
const HEAD_BYTES: usize = 1 << 20;
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

type Bytes<'a> = Chain<Cursor<Vec<u8>>, LineEnds<Hashed<'a>>>;

/// A file with a row of column names, quote `"`, escape `\` or a doubled quote, and any line ends.
pub(super) struct Table<'a> {
    csv: csv::Reader<Bytes<'a>>,
    pub(super) columns: Columns,
}

impl<'a> Table<'a> {
    /// Reads the row of column names.
    pub(super) fn open(kind: Kind, input: &'a mut dyn Read) -> Result<Self, ReportError> {
        let mut input = LineEnds::new(Hashed { input, sha256: Sha256::new() });
        let mut head = read_head(&mut input)?;
        if head.starts_with(BYTE_ORDER_MARK) {
            head.drain(..BYTE_ORDER_MARK.len());
        }
        let delimiter = delimiter_of(&head);
        let mut csv = rows(true, delimiter, Cursor::new(head).chain(input));
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
        Ok(Self { csv, columns: Columns::new(kind, names) })
    }

    /// Hands every row to `take`, and the rows that it refuses to the output.
    pub(super) fn each_row(
        &mut self,
        output: &mut Output<'_>,
        mut take: impl FnMut(&Row<'_>, &mut Output<'_>) -> Result<(), Refusal>,
    ) -> Result<(), ReportError> {
        output.summary.unknown_columns = self.columns.finish()?;
        let mut record = ByteRecord::new();
        while !output.is_stopped() && self.csv.read_byte_record(&mut record).map_err(io_error)? {
            output.summary.rows += 1;
            let row = Row::new(&self.columns, &record, self.csv.position().line());
            if row.is_blank() {
                output.summary.skip(Skip::BlankRow);
                continue;
            }
            if let Err(refusal) = row.check_width().and_then(|()| take(&row, output)) {
                output.refuse(row.line(), refusal);
            }
        }
        Ok(())
    }

    /// The SHA-256 of the file in hexadecimal, once all rows were read.
    pub(super) fn sha256(&self) -> String {
        let (_, lines) = self.csv.get_ref().get_ref();
        let mut text = String::with_capacity(64);
        for byte in lines.input().sha256.clone().finalize() {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// The rows of a text; the first of them may have the column names.
pub(super) fn rows<R: Read>(has_names: bool, delimiter: u8, text: R) -> csv::Reader<R> {
    let mut rows = ReaderBuilder::new();
    rows.has_headers(has_names).delimiter(delimiter).escape(Some(b'\\')).flexible(true).from_reader(text)
}

/// A reader that hashes what it reads.
struct Hashed<'a> {
    input: &'a mut dyn Read,
    sha256: Sha256,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.sha256.update(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }
}

/// The beginning of the file, with its first line unless that is longer than all reason.
pub(super) fn read_head(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut block = [0; 4096];
    while head.len() < HEAD_BYTES {
        let length = match input.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            length => length?,
        };
        let read = block.get(..length).unwrap_or_default();
        head.extend_from_slice(read);
        if read.is_empty() || read.contains(&b'\n') {
            break;
        }
    }
    Ok(head)
}

/// Tab when the first line has more of them than commas.
pub(super) fn delimiter_of(head: &[u8]) -> u8 {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let parts = |delimiter: u8| line.split(|byte| *byte == delimiter).count();
    if parts(b'\t') > parts(b',') { b'\t' } else { b',' }
}

/// The failure of the input; bytes are never malformed to a reader of flexible byte records.
fn io_error(error: csv::Error) -> ReportError {
    ReportError::Io(error.into())
}
