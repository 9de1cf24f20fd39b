//! The rows of a report, whatever the form of its file.

use csv::ByteRecord;
use ledger::Refusal;

use super::Kind;
use super::bytes::Bytes;
use super::columns::Columns;
use super::context::Context;
use super::error::ReportError;
use super::notation::Notation;
use super::output::Output;
use super::records::Records;
use super::row::Row;
use super::summary::Skip;

/// A file with columns: separated text, a list of JSON objects, or the sheet of a workbook.
pub(super) struct Table<'a> {
    kind: Kind,
    records: Records<'a>,
    pub(super) columns: Columns,
    notation: Notation,
}

impl<'a> Table<'a> {
    /// Reads the names of the columns.
    pub(super) fn open(kind: Kind, input: &'a mut Bytes<'_>, context: &Context<'_>) -> Result<Self, ReportError> {
        let records = Records::open(input, Some(kind))?;
        let columns = Columns::new(kind, records.names().to_vec());
        Ok(Self { kind, records, columns, notation: context.notation })
    }

    /// Hands every row to `take`, and the rows that it refuses to the output.
    pub(super) fn each_row(
        &mut self,
        output: &mut Output<'_>,
        mut take: impl FnMut(&Row<'_>, &mut Output<'_>) -> Result<(), Refusal>,
    ) -> Result<(), ReportError> {
        output.summary.unknown_columns = self.columns.finish()?;
        let names_persons = self.kind == Kind::TrainingCompletions;
        let mut record = ByteRecord::new();
        while !output.is_stopped()
            && let Some(line) = self.records.next(&mut record)?
        {
            output.summary.rows += 1;
            let row = Row::new(&self.columns, &record, line, self.notation);
            if row.is_blank() {
                output.summary.skip(Skip::BlankRow);
                continue;
            }
            if let Err(refusal) = row.check_width().and_then(|()| take(&row, output)) {
                output.refuse_row(row.line(), refusal, || (!names_persons).then(|| row.written()).flatten());
            }
        }
        Ok(())
    }

    /// The SHA-256 of the file in hexadecimal, once all rows were read.
    pub(super) fn sha256(&self) -> String {
        self.records.sha256()
    }
}

#[cfg(test)]
mod tests;
