//! The columns of a file: their names and types, as Parquet writes schemas, and how their pages are encoded.

use std::sync::Arc;

use chrono::Datelike as _;
use ledger::{Date, FieldValue};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, SchemaDescPtr, SchemaDescriptor, TypePtr};

use super::batch::{Batch, Cell};

/// 1970-01-01 as a number of days in the common era.
const EPOCH: i32 = 719_163;
/// The bytes of a DECIMAL(21,6).
const DECIMAL_BYTES: usize = 9;

/// The columns of a file.
pub(super) struct Table {
    schema: TypePtr,
    columns: SchemaDescPtr,
    properties: WriterPropertiesPtr,
}

impl Table {
    /// The table of a schema. A dictionary is tried for every column but these, whose values seldom come twice; of
    /// ascending numbers, only the differences are kept.
    pub(super) fn new(schema: &str, ascending: &[&str], unique: &[&str]) -> Self {
        let schema: TypePtr = Arc::new(parse_message_type(schema).expect("a test reads the schemas"));
        let mut properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
        for &name in ascending {
            properties = properties
                .set_column_dictionary_enabled(ColumnPath::from(name), false)
                .set_column_encoding(ColumnPath::from(name), Encoding::DELTA_BINARY_PACKED);
        }
        for &name in unique {
            // The least and the greatest of such values exclude no page.
            properties = properties
                .set_column_dictionary_enabled(ColumnPath::from(name), false)
                .set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::None);
        }
        let columns = Arc::new(SchemaDescriptor::new(Arc::clone(&schema)));
        Self { schema, columns, properties: Arc::new(properties.build()) }
    }

    /// The place of a column, by its name.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.columns.columns().iter().position(|column| column.name() == name)
    }

    /// A batch of no rows.
    pub(super) fn batch(&self) -> Batch {
        Batch::new(&self.columns)
    }

    /// What a writer of the file is made with.
    pub(super) fn parts(&self) -> (TypePtr, WriterPropertiesPtr) {
        (Arc::clone(&self.schema), Arc::clone(&self.properties))
    }
}

/// A day as a DATE.
pub(super) fn day(date: Date) -> Cell<'static> {
    Cell::Int32(date.num_days_from_ce() - EPOCH)
}

/// Hands over the value of a field as its column has it.
pub(super) fn with_cell(value: &FieldValue<'_>, take: impl FnOnce(Cell<'_>)) {
    match value {
        FieldValue::Text(text) => take(Cell::Bytes(text.as_bytes())),
        FieldValue::Uuid(id) => take(Cell::Bytes(id.as_bytes())),
        FieldValue::Instant(at) => take(Cell::Int64(at.micros())),
        FieldValue::Month(month) => take(day(month.first_day())),
        FieldValue::Date(date) => take(day(*date)),
        FieldValue::Amount(amount) => {
            let bytes = amount.micros().to_be_bytes();
            take(Cell::Bytes(bytes.last_chunk::<DECIMAL_BYTES>().map_or(&bytes, |chunk| chunk)));
        }
    }
}
