//! `kept`: the files that were imported.

use std::path::PathBuf;

use app::Error;
use app::kept::{self, KeptFile, Request, RequestOfEntry, RowsBehind};
use app::text::{ToJson as _, counted, plain};

use clap::ArgGroup;

use super::{Run, commands};
use crate::args;
use crate::console::Console;
use crate::output::entry_text;
use crate::output::table::Table;
use crate::output::width::folded;

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

/// Prints a kept file, byte for byte, one row of it, or all rows behind an entry
///
/// With --seq, all rows are printed from which the entry was taken, each with its line, and each cell behind the name of
/// its column; of a figure also what each row adds to it, and their sum. Of a zip, --file names the file in it. Of JSON, a row is the whole
/// object that begins on the line.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("what").required(true))]
pub(crate) struct Show {
    /// The beginning of its SHA-256
    #[arg(value_name = "SHA256", group = "what")]
    sha256: Option<String>,
    /// Prints the column names and the row that begins on this line, as a `source` names it
    #[arg(long, value_name = "N", value_parser = args::whole::<u64>, conflicts_with = "seq")]
    line: Option<u64>,
    /// Prints the rows from which this entry was taken
    #[arg(long, value_name = "N", value_parser = args::whole::<u64>, group = "what")]
    seq: Option<u64>,
    /// The file in a kept zip: of `a.zip/b.csv` in a `source`, `b.csv` [default: the one that the source names; with --line
    /// the only report in it]
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
    /// A file of mappings with which the report was imported [env: `PCS_MAP`]
    #[arg(long = "map", value_name = "FILE", conflicts_with = "sha256")]
    maps: Vec<PathBuf>,
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
        if let Some(seq) = self.seq {
            let maps = console.map_files(&self.maps);
            let rows = RequestOfEntry { seq, file: self.file, maps }.run(&console.session)?;
            return show_rows(&rows, console);
        }
        let Self { sha256, line, file, .. } = self;
        let sha256 = sha256.unwrap_or_default();
        Request { sha256, file, line }.run(&console.session, &mut console.stdout)
    }
}

/// Writes the rows behind an entry, each cell behind the name of its column.
fn show_rows(behind: &RowsBehind, console: &mut Console<'_>) -> Result<(), Error> {
    if console.is_json() {
        return console.line(&behind.to_json());
    }
    let RowsBehind { entry, rule, kept, member, texts, parts } = behind;
    let mut lines = entry_text::about(entry);
    let rule = rule.map_or_else(String::new, |rule| format!(", by the rule \"{}\"", rule.phrase()));
    let member = member.as_ref().map_or_else(String::new, |member| format!("{} in ", plain(member)));
    let rows = counted(texts.rows.len() as u64, "row");
    lines.push(format!("{rows} of {member}{}{rule}", plain(&kept.name)));
    lines.push(format!("kept as {}", kept.sha256));
    console.lines(&lines)?;
    for (line, row) in &texts.rows {
        let of_line = parts.iter().filter(|part| part.line == *line);
        let said: Vec<String> = of_line
            .map(|part| {
                let left_out = if behind.is_left_out(part) { " (left out: an excluded offer)" } else { "" };
                format!("{}{left_out}", part.value)
            })
            .collect();
        let said = if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) };
        console.lines(&[String::new(), format!("line {line}{said}")])?;
        show_cells(texts.cells(row), row, console)?;
    }
    let Some((sum, value)) = behind.sum().zip(behind.figure()) else { return Ok(()) };
    let told = if sum == value {
        format!("sum: {sum}, the figure of the entry")
    } else {
        format!("sum: {sum}; the figure of the entry is {value}, since what several rows say alike counts once")
    };
    console.lines(&[String::new(), told])
}

/// Writes a line for each cell of a row, with what the file says in it: no name of ours. A row whose cells have no names
/// is written as the file has it.
fn show_cells(cells: Option<Vec<(String, String)>>, row: &[u8], console: &mut Console<'_>) -> Result<(), Error> {
    let text = |row: &[u8]| String::from_utf8_lossy(row).lines().map(plain).collect::<Vec<String>>();
    let lines = cells.map_or_else(
        || text(row),
        |cells| cells.iter().map(|(name, cell)| format!("{}: {}", plain(name), plain(cell))).collect(),
    );
    let width = console.width;
    let mut folded = lines.iter().flat_map(|line| folded(line.trim_end(), width.unwrap_or(usize::MAX)));
    folded.try_for_each(|line| console.raw(format!("{line}\n").as_bytes()))
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
