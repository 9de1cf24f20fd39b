//! The formats of all files that this version reads and writes.

use std::fmt::Display;

use ledger::{ErrorKind, LATER_FORMAT};
use projection::rulebook::NEWEST_FORMAT;

use crate::audit::statement;
use crate::error::Error;
use crate::export::parquet;
use crate::keep::header;

/// The formats by their names, each with the newest version that is read.
#[must_use]
pub fn formats() -> Vec<(&'static str, u64)> {
    let others = [
        ("backup", header::VERSION),
        ("audit bundle", statement::VERSION.into()),
        ("table", parquet::FORMAT),
        ("rulebook", NEWEST_FORMAT.into()),
    ];
    ledger::FORMATS.map(|(name, version)| (name, version.into())).into_iter().chain(others).collect()
}

/// The refusal of a file in a format that a later version has.
pub(crate) fn later_format(what: &str, found: &dyn Display, known: u64) -> Error {
    let version = env!("CARGO_PKG_VERSION");
    let text = format!("{what} has format {found}, and pcs {version} reads formats up to {known}");
    Error::new(ErrorKind::Later(LATER_FORMAT), format!("{text}: a later version wrote it"))
}
