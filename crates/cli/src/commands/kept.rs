//! `kept`: the files that were imported.

pub(super) mod members;

use std::io;

use clap::Subcommand;
use flate2::read::MultiGzDecoder;
use serde_json::json;

use crate::console::Console;
use crate::output::table::Table;
use app::Error;
use app::kept::{PUT_IN_ORDER, Shelf, UNKNOWN, ZIP, damaged};
use app::text::{counted, plain};
use members::Unzipped;
use reports::row_on_line;

/// Digits of a digest that a table shows, and the `source` of an event names.
const SHOWN_DIGITS: usize = 32;
/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Shows, checks and erases the files that `import --keep` kept
///
/// A file is named by its SHA-256, as `sha256sum` prints it, or by as much of its beginning as tells it from the others;
/// the `source` of an event names the first half.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(Show),
    Forget(Forget),
    Verify(Verify),
}

/// Prints which files are kept
#[derive(Debug, clap::Args)]
struct List {}

/// Prints a kept file, byte for byte, or one row of it
///
/// Of a zip, --file names the file in it. Of JSON, a row is the whole object that begins on the line.
#[derive(Debug, clap::Args)]
struct Show {
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
struct Forget {
    /// The beginning of the SHA-256 of each
    #[arg(value_name = "SHA256", required = true)]
    sha256: Vec<String>,
}

/// Compares every kept file with its SHA-256
///
/// Names every file that is damaged, of which nothing tells what it is, or that an import left which was cut off, and
/// exits with 3.
#[derive(Debug, clap::Args)]
struct Verify {}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        match &self.command {
            Command::List(_) => list(console),
            Command::Show(show) => show.run(console),
            Command::Forget(forget) => forget.run(console),
            Command::Verify(_) => verify(console),
        }
    }
}

/// The kept files of a ledger that is there.
fn open_shelf(console: &Console<'_>) -> Result<Shelf, Error> {
    console.session.reader()?;
    Shelf::open(console.session.dir()?)
}

fn list(console: &mut Console<'_>) -> Result<(), Error> {
    let kept = open_shelf(console)?;
    for sha256 in kept.unknown() {
        tracing::warn!("what the kept file {} is cannot be read", plain(sha256));
    }
    let files = kept.files();
    if console.is_json() {
        return files.iter().try_for_each(|file| console.line(&file.to_json()));
    }
    if files.is_empty() {
        console.say("no file is kept");
        return Ok(());
    }
    let mut table = Table::default();
    table.row(["sha256", "imported at", "kind", "bytes", "name"]);
    for file in files {
        let digits: String = file.sha256.chars().take(SHOWN_DIGITS).collect();
        table.row([digits, file.imported_at.to_string(), plain(&file.kind), file.bytes.to_string(), plain(&file.name)]);
    }
    table.lines("").iter().try_for_each(|line| console.line(line))
}

impl Show {
    fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let kept = open_shelf(console)?;
        let file = kept.find(&self.sha256)?;
        if file.kind == ZIP && (self.file.is_some() || self.line.is_some()) {
            return self.run_zip(console, &Unzipped::new(&kept, file)?);
        }
        if self.file.is_some() {
            let failure = Error::new("out_of_range", format!("{} is no zip", file.name));
            return Err(failure.hint("leave `--file` out: it names a file in a zip"));
        }
        let Some(line) = self.line else { return kept.copy(file, &mut console.stdout) };
        // Nobody is shown a row of other bytes than were imported.
        kept.verify(file)?;
        let mut open = || kept.bytes(file).map_err(|error| io::Error::other(error.to_string()));
        show_row(console, &file.name, &mut open, line)
    }

    fn run_zip(&self, console: &mut Console<'_>, zip: &Unzipped) -> Result<(), Error> {
        let member = zip.member(self.file.as_deref())?;
        let name = format!("{}/{}", zip.name, member.name);
        let Some(line) = self.line else {
            let copied = io::copy(&mut zip.open(member)?, &mut console.stdout);
            return copied.map(drop).map_err(Error::output);
        };
        let mut open = || zip.open(member).map_err(|error| io::Error::other(error.to_string()));
        show_row(console, &name, &mut open, line)
    }
}

pub(super) type Open<'a> = dyn FnMut() -> io::Result<Box<dyn io::Read>> + 'a;

/// Prints a row with the names of its columns.
pub(super) fn show_row(console: &mut Console<'_>, name: &str, open: &mut Open<'_>, line: u64) -> Result<(), Error> {
    let found = row_on_line(&mut || open_text(open), line).map_err(Error::file("read", name))?;
    let found = found.ok_or_else(|| {
        Error::new("out_of_range", format!("no row of {name} begins on line {line}"))
            .hint("a `source` names the line on which a row begins; the column names have the first")
    })?;
    if let Some(columns) = found.columns {
        console.raw(&columns)?;
        console.raw(b"\n")?;
    }
    console.raw(&found.row)?;
    console.raw(b"\n")
}

/// The text of a file, of which rows have their lines: what is in a file that came compressed.
pub(super) fn open_text(open: &mut Open<'_>) -> io::Result<Box<dyn io::Read>> {
    let mut first = [0; GZIP.len()];
    let is_gzip = open()?.read_exact(&mut first).is_ok() && first == GZIP;
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(open()?)) } else { open()? })
}

impl Forget {
    fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        // Its lock keeps imports from keeping files meanwhile.
        let ledger = console.session.ledger()?;
        let kept = Shelf::open(&ledger.dir())?;
        let mut digests: Vec<&str> = self.sha256.iter().map(|typed| kept.digest(typed)).collect::<Result<_, _>>()?;
        digests.sort_unstable();
        digests.dedup();
        for sha256 in &digests {
            kept.forget(sha256)?;
            console.session.done.add(format!("{sha256} is forgotten"), "`pcs kept list` shows what is kept");
        }
        drop(ledger);
        if console.is_json() {
            return console.line(&json!({"forgotten": digests}).to_string());
        }
        console.line(&format!("{} forgotten", counted(digests.len() as u64, "file")))
    }
}

/// The kept files, without what an import has that is under way.
fn finished_shelf(console: &Console<'_>) -> Result<Shelf, Error> {
    let kept = open_shelf(console)?;
    if !kept.is_under_way() {
        return Ok(kept);
    }
    match console.session.ledger() {
        Err(error) if error.code() == "locked" => Ok(kept.without_unfinished()),
        Ok(ledger) => Shelf::open(&ledger.dir()),
        // Whoever cannot lock the ledger can read all the same what was left.
        Err(_) => Ok(kept),
    }
}

fn verify(console: &mut Console<'_>) -> Result<(), Error> {
    let kept = finished_shelf(console)?;
    let (files, mut bytes) = (kept.files(), 0);
    let mut findings: Vec<Error> = kept.unknown().map(|sha256| damaged(sha256, UNKNOWN)).collect();
    for file in &files {
        match kept.verify(file) {
            Err(finding) if finding.code() == "damaged" => findings.push(finding),
            verified => verified?,
        }
        bytes += file.bytes;
    }
    if !kept.unfinished().is_empty() {
        let text = format!("an import that was cut off left {}", kept.unfinished().join(", "));
        let hint = "the next import removes it, and so does `pcs people forget`";
        findings.push(Error::disproved("damaged", text).hint(hint));
    }
    if findings.len() > 1 {
        let text = format!("{} kept files are damaged or left over", findings.len());
        return Err(Error::disproved("damaged", text).because(findings).hint(PUT_IN_ORDER));
    }
    if let Some(finding) = findings.pop() {
        return Err(finding);
    }
    if console.is_json() {
        return console.line(&json!({"files": files.len(), "bytes": bytes}).to_string());
    }
    console.line(&format!("whole: {}, {bytes} bytes", counted(files.len() as u64, "file")))
}
