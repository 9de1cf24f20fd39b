//! The file of a report, from its bytes to its rows: unpacked, decoded, told from what is no report.

pub(crate) mod archive;
pub(crate) mod bytes;
mod compound;
pub(crate) mod damage;
pub(crate) mod documents;
pub(crate) mod header;
pub(crate) mod json;
mod line_ends;
mod powershell;
pub(crate) mod records;
pub(crate) mod text;
mod utf16;
mod workbook;
