//! Rows of figures in a state: they are all checked when it is read, and made values when somebody asks for them.

use std::sync::OnceLock;

use super::tables::{FigureRow, Numbering, Tables};

/// Rows as bytes, one behind the other.
#[derive(Clone, Debug)]
pub(super) struct PackedRows {
    bytes: Vec<u8>,
    rows: OnceLock<Vec<FigureRow>>,
}

impl PackedRows {
    /// The rows of some bytes; `None` when they are not of rows, or refer to what the tables do not have.
    pub(super) fn new(bytes: &[u8], tables: &Tables) -> Option<Self> {
        let is_right = unpacked(bytes).all(|row| row.is_some_and(|row| tables.has(&row)));
        is_right.then(|| Self { bytes: bytes.to_owned(), rows: OnceLock::new() })
    }

    pub(super) fn rows(&self) -> &[FigureRow] {
        self.rows.get_or_init(|| unpacked(&self.bytes).map_while(|row| row).collect())
    }
}

/// Rows as bytes, by their places in tables whose values ascend.
pub(super) fn packed<'r>(rows: impl Iterator<Item = &'r FigureRow>, numbering: &Numbering) -> Vec<u8> {
    rows.fold(Vec::new(), |bytes, row| {
        postcard::to_extend(&numbering.row(row), bytes).expect("a row has a form, and memory takes it")
    })
}

/// The rows of some bytes; from one that is none on, `None`.
fn unpacked(mut bytes: &[u8]) -> impl Iterator<Item = Option<FigureRow>> {
    std::iter::from_fn(move || {
        (!bytes.is_empty()).then(|| {
            let (row, rest) = postcard::take_from_bytes(bytes).ok()?;
            bytes = rest;
            Some(row)
        })
    })
}
