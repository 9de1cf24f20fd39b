//! Some rows, column by column, as they are before they are encoded.

use parquet::basic::Type;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

/// A value of a row, as Parquet stores it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Bool(bool),
    Int32(i32),
    Int64(i64),
    /// A text, an id, or a decimal with its highest byte first.
    Bytes(&'a [u8]),
}

/// Some rows.
pub(super) struct Batch {
    columns: Vec<ColumnRows>,
    rows: usize,
    /// The bytes of the texts in it.
    bytes: usize,
    /// Whether a row group ends with it.
    pub(super) ends_group: bool,
}

/// A column of some rows.
struct ColumnRows {
    values: Values,
    /// For each row 1 if it has a value, up to the last one that has; `None` where all have.
    levels: Option<Vec<i16>>,
}

/// The values that are there.
enum Values {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    /// One behind the other, with the end of each.
    Bytes(Vec<u8>, Vec<usize>),
}

impl Batch {
    /// No rows.
    pub(super) fn new(schema: &SchemaDescriptor) -> Self {
        let columns = schema.columns().iter().map(|column| ColumnRows::new(column)).collect();
        Self { columns, rows: 0, bytes: 0, ends_group: false }
    }

    /// The number of rows that are ended.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The bytes of the texts.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Gives the row that is under way its value in a column.
    pub(super) fn put(&mut self, column: usize, cell: Cell<'_>) {
        let column = self.columns.get_mut(column).expect("places are those of the table's columns");
        if let Some(levels) = &mut column.levels {
            levels.resize(self.rows, 0);
            levels.push(1);
        }
        match (&mut column.values, cell) {
            (Values::Bool(values), Cell::Bool(value)) => values.push(value),
            (Values::Int32(values), Cell::Int32(value)) => values.push(value),
            (Values::Int64(values), Cell::Int64(value)) => values.push(value),
            (Values::Bytes(bytes, ends), Cell::Bytes(value)) => {
                bytes.extend_from_slice(value);
                ends.push(bytes.len());
                self.bytes += value.len();
            }
            (_, cell) => panic!("a column of another type than that of {cell:?}; a test holds all fields against them"),
        }
    }

    /// Ends the row that is under way. What it was given no value for is null.
    pub(super) fn end_row(&mut self) {
        self.rows += 1;
    }

    /// Hands the rows over to the writers of their columns.
    pub(super) fn write(self, writers: &mut [ColumnWriter<'_>]) -> Result<()> {
        self.columns.into_iter().zip(writers).try_for_each(|(column, writer)| column.write(self.rows, writer))
    }
}

impl ColumnRows {
    fn new(column: &ColumnDescriptor) -> Self {
        let values = match column.physical_type() {
            Type::BOOLEAN => Values::Bool(Vec::new()),
            Type::INT32 => Values::Int32(Vec::new()),
            Type::INT64 => Values::Int64(Vec::new()),
            Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => Values::Bytes(Vec::new(), Vec::new()),
            Type::INT96 | Type::FLOAT | Type::DOUBLE => panic!("no table has a column of this type"),
        };
        Self { values, levels: (column.max_def_level() > 0).then(Vec::new) }
    }

    fn write(mut self, rows: usize, writer: &mut ColumnWriter<'_>) -> Result<()> {
        if let Some(levels) = &mut self.levels {
            levels.resize(rows, 0);
        }
        let levels = self.levels.as_deref();
        match (self.values, writer) {
            (Values::Bool(values), ColumnWriter::BoolColumnWriter(writer)) => writer.write_batch(&values, levels, None),
            (Values::Int32(values), ColumnWriter::Int32ColumnWriter(writer)) => {
                writer.write_batch(&values, levels, None)
            }
            (Values::Int64(values), ColumnWriter::Int64ColumnWriter(writer)) => {
                writer.write_batch(&values, levels, None)
            }
            (Values::Bytes(bytes, ends), ColumnWriter::ByteArrayColumnWriter(writer)) => {
                let values: Vec<ByteArray> = slices(bytes, &ends).collect();
                writer.write_batch(&values, levels, None)
            }
            (Values::Bytes(bytes, ends), ColumnWriter::FixedLenByteArrayColumnWriter(writer)) => {
                let values: Vec<FixedLenByteArray> = slices(bytes, &ends).map(Into::into).collect();
                writer.write_batch(&values, levels, None)
            }
            _ => return Err(ParquetError::General("a column's rows came to the writer of another type".to_owned())),
        }
        .map(drop)
    }
}

/// The values that stand one behind the other, without a copy of each.
fn slices(bytes: Vec<u8>, ends: &[usize]) -> impl Iterator<Item = ByteArray> {
    let (bytes, mut start) = (ByteArray::from(bytes), 0);
    ends.iter().map(move |&end| {
        let value = bytes.slice(start, end - start);
        start = end;
        value
    })
}
