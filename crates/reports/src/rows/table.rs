//! The rows of a report, whatever the form of its file.

use csv::ByteRecord;

use crate::context::Context;
use crate::error::ReportError;
use crate::file::bytes::Bytes;
use crate::file::records::Records;
use crate::file::text::Contents;
use crate::formats::Formats;
use crate::kind::Kind;
use crate::output::Output;
use crate::rows::columns::Columns;
use crate::rows::notation::Notation;
use crate::rows::row::Row;
use crate::summary::Skip;

/// A file with columns: separated text, a list of JSON objects, or the sheet of a workbook.
pub(crate) struct Table<'a> {
    records: Records<'a>,
    record: ByteRecord,
    /// The next row, where it was looked at, with its line.
    ahead: Option<(u64, ByteRecord)>,
    pub(crate) columns: Columns,
    notation: Notation,
    names_persons: bool,
}

impl<'a> Table<'a> {
    /// Reads the names of the columns.
    pub(crate) fn open(
        kind: Kind,
        formats: Formats,
        input: &'a mut Bytes<'_>,
        context: &Context<'_>,
    ) -> Result<Self, ReportError> {
        let records = Records::of(Contents::of(input)?, Some(kind), formats)?;
        let columns = Columns::new(kind, formats, records.names.clone());
        let names_persons = formats.of(kind).names_persons;
        Ok(Self { records, record: ByteRecord::new(), ahead: None, columns, notation: context.notation, names_persons })
    }

    /// The next row that has as many cells as there are columns; those that have not are refused.
    pub(crate) fn next_row(&mut self, output: &mut Output<'_>) -> Result<Option<Row<'_>>, ReportError> {
        while !output.is_stopped
            && let Some(line) = self.next_record()?
        {
            output.summary.rows += 1;
            let row = self.row(line);
            if row.is_blank() && !(row.may_be_cut() && self.is_last()?) {
                output.summary.skip(Skip::BlankRow);
                continue;
            }
            match self.row(line).check_width() {
                Ok(()) => return Ok(Some(self.row(line))),
                Err(refusal) => {
                    let is_last = self.is_last()?;
                    let row = self.row(line);
                    row.refuse(if is_last { row.cut_off(refusal) } else { refusal }, output);
                }
            }
        }
        Ok(None)
    }

    fn next_record(&mut self) -> Result<Option<u64>, ReportError> {
        if let Some((line, record)) = self.ahead.take() {
            self.record = record;
            return Ok(Some(line));
        }
        self.records.next(&mut self.record)
    }

    /// Whether no row follows.
    fn is_last(&mut self) -> Result<bool, ReportError> {
        if self.ahead.is_some() {
            return Ok(false);
        }
        let mut next = ByteRecord::new();
        self.ahead = self.records.next(&mut next)?.map(|line| (line, next));
        Ok(self.ahead.is_none())
    }

    fn row(&self, line: u64) -> Row<'_> {
        let Self { columns, record, notation, names_persons, .. } = self;
        Row { columns, record, line, notation: *notation, names_persons: *names_persons }
    }

    /// The SHA-256 of the file in hexadecimal, once all rows were read.
    pub(crate) fn sha256(&self) -> String {
        self.records.sha256()
    }
}

#[cfg(test)]
mod tests;
