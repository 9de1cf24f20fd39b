//! An answer that may be wanted as a table for other programs.

use std::path::{Path, PathBuf};

use app::{Error, answer_files};

use crate::console::Console;

/// What stands for standard output among files.
pub(crate) const STDOUT: &str = "-";

/// Where the table of an answer goes.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct CsvArgs {
    /// Writes the answer into this file, which must not be there yet, as CSV; - is the answer instead of the text
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

impl CsvArgs {
    /// Refuses a file that is there, before anything is answered.
    pub(crate) fn check(&self, console: &Console<'_>) -> Result<(), Error> {
        match self.csv.as_deref() {
            Some(file) if file != Path::new(STDOUT) => answer_files::refuse_existing(&console.session, file),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether a table is wanted.
    pub(crate) fn is_wanted(&self) -> bool {
        self.csv.is_some()
    }

    /// Writes the table where it is wanted; returns whether it is the answer.
    pub(crate) fn write(&self, console: &mut Console<'_>, table: &str) -> Result<bool, Error> {
        match self.csv.as_deref() {
            None => Ok(false),
            Some(file) if file == Path::new(STDOUT) => console.raw(table.as_bytes()).map(|()| true),
            Some(file) => answer_files::write(&console.session, &[(file, table)]).map(|()| false),
        }
    }

    /// Whether the table is the answer, in the place of the text.
    pub(crate) fn is_answer(&self) -> bool {
        self.csv.as_deref() == Some(Path::new(STDOUT))
    }
}
