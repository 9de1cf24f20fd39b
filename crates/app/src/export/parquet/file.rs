//! A file of Parquet that is written while its rows are made.

use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use bytes::Bytes;
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, get_column_writer};
use parquet::errors::{ParquetError, Result as Encoded};
use parquet::file::metadata::KeyValue;
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};

use super::batch::{Batch, Cell};
use super::table::Table;
use super::{Origin, Written};
use crate::error::{Error, FAILED};
use crate::new_file::NewFile;
use crate::session::Session;
use crate::text::counted;

/// The rows of a row group; that of the last has what is left.
pub(super) const GROUP_ROWS: usize = 122_880;
/// The rows that are handed over at a time, which divide a row group.
const BATCH_ROWS: usize = 8_192;
/// Fewer rows are handed over when their texts have this many bytes.
const BATCH_BYTES: usize = 4 << 20;
/// Batches that wait for the writer.
const WAITING: usize = 2;

/// Where the rows of a file go, one after the other.
pub(super) struct Rows<'t> {
    table: &'t Table,
    in_each_group: usize,
    /// The rows of the group that were handed over.
    in_group: usize,
    count: u64,
    batch: Batch,
    batches: SyncSender<Batch>,
}

impl Rows<'_> {
    /// Gives the row that is under way its value in a column.
    pub(super) fn put(&mut self, column: usize, cell: Cell<'_>) {
        self.batch.put(column, cell);
    }

    /// Ends the row that is under way.
    ///
    /// # Errors
    /// The writer has failed; its own error tells why.
    pub(super) fn end_row(&mut self) -> Result<(), Error> {
        self.batch.end_row();
        self.count += 1;
        self.batch.ends_group = self.in_group + self.batch.rows() == self.in_each_group;
        if self.batch.ends_group || self.batch.rows() == BATCH_ROWS || self.batch.bytes() >= BATCH_BYTES {
            return self.hand_over();
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), Error> {
        let batch = std::mem::replace(&mut self.batch, self.table.batch());
        self.in_group = if batch.ends_group { 0 } else { self.in_group + batch.rows() };
        self.batches.send(batch).map_err(|_| Error::new(FAILED, "the writer of the file has ended"))
    }
}

/// Writes a file, which must not be there yet: the rows that `fill` makes, in groups of so many, and where they come
/// from.
///
/// # Errors
/// `exists`; the file cannot be written; what `fill` fails with. Nothing is left then.
pub(super) fn write(
    session: &mut Session<'_>,
    out: &Path,
    (table, in_each_group): (&Table, usize),
    origin: &Origin,
    fill: impl FnOnce(&Session<'_>, &mut Rows<'_>) -> Result<(), Error>,
) -> Result<Written, Error> {
    let failed = |error| Error::file("write", out)(io_error(error));
    let (draft, output) = NewFile::create(session, out)?;
    let (schema, properties) = table.parts();
    let mut writer = SerializedFileWriter::new(output, schema, properties).map_err(failed)?;
    let (batches, taken) = sync_channel(WAITING);
    let mut rows = Rows { table, in_each_group, in_group: 0, count: 0, batch: table.batch(), batches };
    let (written, filled) = thread::scope(|scope| {
        let writing = scope.spawn(|| {
            // A writer that fails hangs up, so that nobody waits for it.
            let taken = taken;
            write_groups(&mut writer, &taken)
        });
        let filled = fill(session, &mut rows).and_then(|()| rows.hand_over());
        let count = rows.count;
        // The writer ends when nobody sends any more.
        drop(rows);
        (writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), filled.map(|()| count))
    });
    written.map_err(failed)?;
    let rows = filled?;
    for (key, value) in origin.footer() {
        writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
    }
    writer.finish().map_err(failed)?;
    let bytes = writer.bytes_written() as u64;
    drop(writer);
    draft.publish().map_err(Error::file("write", out))?;
    let out = out.display().to_string();
    session.done.add(format!("{out} has {}", counted(rows, "row")), format!("{out} stays, and is whole"));
    Ok(Written { out, rows, bytes, size: origin.size, root: origin.root.clone() })
}

/// Writes row groups until nobody sends any more.
fn write_groups<W: Write + Send>(file: &mut SerializedFileWriter<W>, batches: &Receiver<Batch>) -> Encoded<()> {
    while let Ok(first) = batches.recv() {
        if first.rows() > 0 {
            write_group(file, first, batches)?;
        }
    }
    Ok(())
}

/// Writes a row group. Its columns grow side by side, each as compressed pages in memory.
fn write_group<W: Write + Send>(
    file: &mut SerializedFileWriter<W>,
    first: Batch,
    batches: &Receiver<Batch>,
) -> Encoded<()> {
    let columns = file.schema_descr().columns().to_vec();
    let mut pages: Vec<TrackedWrite<Vec<u8>>> = columns.iter().map(|_| TrackedWrite::new(Vec::new())).collect();
    let closed: Vec<ColumnCloseResult> = {
        let writer_of = |(column, pages)| {
            get_column_writer(column, file.properties().clone(), Box::new(SerializedPageWriter::new(pages)))
        };
        let mut writers: Vec<ColumnWriter<'_>> = columns.into_iter().zip(&mut pages).map(writer_of).collect();
        let mut next = Some(first);
        while let Some(batch) = next {
            let is_last = batch.ends_group;
            batch.write(&mut writers)?;
            next = if is_last { None } else { batches.recv().ok() };
        }
        writers.into_iter().map(ColumnWriter::close).collect::<Encoded<_>>()?
    };
    let mut group = file.next_row_group()?;
    for (pages, closed) in pages.into_iter().zip(closed) {
        group.append_column(&Bytes::from(pages.into_inner()?), closed)?;
    }
    group.close().map(drop)
}

/// The failure of the operating system behind an error, if there is one.
fn io_error(error: ParquetError) -> io::Error {
    if let ParquetError::External(cause) = error {
        return cause.downcast::<io::Error>().map_or_else(io::Error::other, |cause| *cause);
    }
    io::Error::other(error)
}
