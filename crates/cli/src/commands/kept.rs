//! `kept`: the files that were imported.

use app::Error;
use app::kept::{self, KeptFile, Request};
use app::text::{ToJson as _, counted, plain};

use super::{Run, commands};
use crate::console::Console;
use crate::output::table::Table;

/// Digits of a digest that a table shows, and the `source` of an event names.
const SHOWN_DIGITS: usize = 32;

commands! {
    /// Shows, checks and erases the files that `import --keep` kept
    ///
    /// A file is named by its SHA-256, as `sha256sum` prints it, or by a beginning of it that no other file shares; the
    /// `source` of an event names the first half.
    enum Command {
        List(List),
        Show(Show),
        Forget(Forget),
        Verify(Verify),
    }
}

/// Prints which files are kept
#[derive(Debug, clap::Args)]
pub(crate) struct List {}

/// Prints a kept file, byte for byte, or one row of it
///
/// Of a zip, --file names the file in it. Of JSON, a row is the whole object that begins on the line.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The beginning of its SHA-256
    #[arg(value_name = "SHA256")]
    sha256: String,
    /// Prints the column names and the row that begins on this line, as a `source` names it
    #[arg(long, value_name = "N")]
    line: Option<u64>,
    /// The file in a kept zip: of `a.zip/b.csv` in a `source`, `b.csv` [default, with --line: the only report in it]
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
}

/// Erases kept files
///
/// The events that were taken from them stay, and keep the digest.
#[derive(Debug, clap::Args)]
pub(crate) struct Forget {
    /// The beginning of the SHA-256 of each
    #[arg(value_name = "SHA256", required = true)]
    sha256: Vec<String>,
}

/// Compares every kept file with its SHA-256
///
/// Names every file that is damaged, that has no description, or that an interrupted import left behind, and exits
/// with 3.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {}

impl Run for List {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let files = kept::list(&console.session)?;
        if files.is_empty() {
            console.remark("no file is kept");
            return Ok(());
        }
        let mut table = Table::headed(["sha256", "imported at", "kind", "bytes", "name"]);
        for KeptFile { sha256, imported_at, kind, bytes, name, .. } in &files {
            let digits = sha256.chars().take(SHOWN_DIGITS).collect();
            table.row([digits, imported_at.to_string(), plain(kind), bytes.to_string(), plain(name)]);
        }
        console.list(&files, KeptFile::to_json, &table)
    }
}

impl Run for Show {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { sha256, line, file } = self;
        Request { sha256, file, line }.run(&console.session, &mut console.stdout)
    }
}

impl Run for Forget {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let erasure = kept::forget(&mut console.session, &self.sha256)?;
        let text = format!("{} forgotten", counted(erasure.digests.len(), "file"));
        console.answer(&erasure.to_json(), |_| vec![text])
    }
}

impl Run for Verify {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let inventory = kept::verify(&console.session)?;
        let text = format!("whole: {}, {}", counted(inventory.files, "file"), counted(inventory.bytes, "byte"));
        console.answer(&inventory.to_json(), |_| vec![text])
    }
}
