//! Rows in a file of Apache Parquet, which other programs ask in SQL.
//!
//! ```text
//! entries, scores ── rows ──► Batch ── channel ──► Writer, a thread of its own ── pages ──► a file without its name yet
//! ```
//!
//! A row never waits for the whole: some thousands are held as they are, and a row group as its compressed pages. The
//! tables are drawn in `entries.rs` and `scores.rs`, in the language of Parquet; `docs/analysis.md` tells what is in
//! them.

mod batch;
pub mod entries;
mod file;
pub mod scores;
mod table;
#[cfg(test)]
mod tests;

use ledger::{LedgerKey, Reader};
use serde::Serialize;

use crate::error::Error;
use crate::session::Session;
use crate::text::base64;

/// The version of the tables, which every file tells.
pub(crate) const FORMAT: u64 = 1;

/// A file that was written.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    /// The file, as it was typed.
    pub out: String,
    /// The number of rows.
    pub rows: u64,
    /// The length of the file in bytes.
    pub bytes: u64,
    /// The number of the ledger's entries from which the rows were taken.
    pub size: u64,
    /// The root of their tree, in base64.
    pub root: String,
}

/// From which entries the rows of a file are taken; its footer tells.
struct Origin {
    /// The name of the ledger's key; none where the ledger has no key that can be read.
    name: Option<String>,
    size: u64,
    root: String,
}

impl Origin {
    /// The first entries of a ledger.
    fn of(session: &Session<'_>, reader: &Reader, size: u64) -> Result<Self, Error> {
        // Whoever may read the entries need not be let in to the key.
        let key = LedgerKey::of(&session.ledger_dir, reader).ok();
        let name = key.map(|key| key.verifier().name().to_owned());
        Ok(Self { name, size, root: base64(&reader.root(size)?) })
    }

    /// The keys and values of the footer.
    fn footer(&self) -> Vec<(&'static str, String)> {
        let name = self.name.clone().map(|name| ("pcs.origin", name));
        let rest =
            [("pcs.size", self.size.to_string()), ("pcs.root", self.root.clone()), ("pcs.format", FORMAT.to_string())];
        name.into_iter().chain(rest).collect()
    }
}
