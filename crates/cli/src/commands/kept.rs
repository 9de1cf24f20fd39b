//! `kept`: the files that were imported.

pub(super) mod members;

use std::io;

use clap::Subcommand;
use flate2::read::MultiGzDecoder;
use ledger::OpenError;
use serde_json::json;

use crate::error::Error;
use crate::kept::{KeptError, Shelf, ZIP, damaged};
use crate::output::table::Table;
use crate::output::{counted, plain};
use crate::session::Session;
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
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        match &self.command {
            Command::List(_) => list(session),
            Command::Show(show) => show.run(session),
            Command::Forget(forget) => forget.run(session),
            Command::Verify(_) => verify(session),
        }
    }
}

/// The kept files of a ledger that is there.
fn open_shelf(session: &Session<'_>) -> Result<Shelf, Error> {
    session.reader()?;
    Shelf::open(session.dir()?)
}

fn list(session: &mut Session<'_>) -> Result<(), Error> {
    let kept = open_shelf(session)?;
    for sha256 in kept.unknown() {
        tracing::warn!("what the kept file {} is cannot be read", plain(sha256));
    }
    let files = kept.files();
    if session.is_json() {
        return files.iter().try_for_each(|file| session.line(&file.to_json()));
    }
    if files.is_empty() {
        session.say("no file is kept");
        return Ok(());
    }
    let mut table = Table::default();
    table.row(["sha256", "imported at", "kind", "bytes", "name"]);
    for file in files {
        let digits: String = file.sha256.chars().take(SHOWN_DIGITS).collect();
        table.row([digits, file.imported_at.to_string(), plain(&file.kind), file.bytes.to_string(), plain(&file.name)]);
    }
    table.lines("").iter().try_for_each(|line| session.line(line))
}

impl Show {
    fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let kept = open_shelf(session)?;
        let file = kept.find(&self.sha256)?;
        if file.kind == ZIP && (self.file.is_some() || self.line.is_some()) {
            return self.run_zip(session, &Unzipped::new(&kept, file)?);
        }
        if self.file.is_some() {
            return Err(KeptError::NoZip { name: file.name.clone() }.into());
        }
        let Some(line) = self.line else { return kept.copy(file, &mut session.env.stdout) };
        // Nobody is shown a row of other bytes than were imported.
        kept.verify(file)?;
        let mut open = || kept.bytes(file).map_err(|error| io::Error::other(error.to_string()));
        show_row(session, &file.name, &mut open, line)
    }

    fn run_zip(&self, session: &mut Session<'_>, zip: &Unzipped) -> Result<(), Error> {
        let member = zip.member(self.file.as_deref())?;
        let name = format!("{}/{}", zip.name, member.name);
        let Some(line) = self.line else {
            let copied = io::copy(&mut zip.open(member)?, &mut session.env.stdout);
            return copied.map(drop).map_err(Error::Output);
        };
        let mut open = || zip.open(member).map_err(|error| io::Error::other(error.to_string()));
        show_row(session, &name, &mut open, line)
    }
}

pub(super) type Open<'a> = dyn FnMut() -> io::Result<Box<dyn io::Read>> + 'a;

/// Prints a row with the names of its columns.
pub(super) fn show_row(session: &mut Session<'_>, name: &str, open: &mut Open<'_>, line: u64) -> Result<(), Error> {
    let found = row_on_line(&mut || open_text(open), line).map_err(Error::file("read", name))?;
    let found = found.ok_or_else(|| KeptError::NoRow { name: name.to_owned(), line })?;
    if let Some(columns) = found.columns {
        session.raw(&columns)?;
        session.raw(b"\n")?;
    }
    session.raw(&found.row)?;
    session.raw(b"\n")
}

/// The text of a file, of which rows have their lines: what is in a file that came compressed.
pub(super) fn open_text(open: &mut Open<'_>) -> io::Result<Box<dyn io::Read>> {
    let mut first = [0; GZIP.len()];
    let is_gzip = open()?.read_exact(&mut first).is_ok() && first == GZIP;
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(open()?)) } else { open()? })
}

impl Forget {
    fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        // Its lock keeps imports from keeping files meanwhile.
        let ledger = session.ledger()?;
        let kept = Shelf::open(&ledger.dir())?;
        let mut digests: Vec<&str> = self.sha256.iter().map(|typed| kept.digest(typed)).collect::<Result<_, _>>()?;
        digests.sort_unstable();
        digests.dedup();
        for sha256 in &digests {
            kept.forget(sha256)?;
            session.done.add(format!("{sha256} is forgotten"), "`pcs kept list` shows what is kept");
        }
        drop(ledger);
        if session.is_json() {
            return session.line(&json!({"forgotten": digests}).to_string());
        }
        session.line(&format!("{} forgotten", counted(digests.len() as u64, "file")))
    }
}

/// The kept files, without what an import has that is under way.
fn finished_shelf(session: &Session<'_>) -> Result<Shelf, Error> {
    let kept = open_shelf(session)?;
    if !kept.is_under_way() {
        return Ok(kept);
    }
    match session.ledger() {
        Err(Error::Open(OpenError::Locked { .. })) => Ok(kept.without_unfinished()),
        Ok(ledger) => Shelf::open(&ledger.dir()),
        // Whoever cannot lock the ledger can read all the same what was left.
        Err(_) => Ok(kept),
    }
}

fn verify(session: &mut Session<'_>) -> Result<(), Error> {
    let kept = finished_shelf(session)?;
    let (files, mut bytes) = (kept.files(), 0);
    let mut findings: Vec<KeptError> = kept.unknown().map(damaged).collect();
    for file in &files {
        match kept.verify(file) {
            Err(Error::Kept(finding)) => findings.push(finding),
            verified => verified?,
        }
        bytes += file.bytes;
    }
    if !kept.unfinished().is_empty() {
        findings.push(KeptError::LeftOver { names: kept.unfinished().to_vec() });
    }
    if findings.len() > 1 {
        let findings = findings.iter().map(ToString::to_string).collect();
        return Err(KeptError::Several { findings }.into());
    }
    if let Some(finding) = findings.pop() {
        return Err(finding.into());
    }
    if session.is_json() {
        return session.line(&json!({"files": files.len(), "bytes": bytes}).to_string());
    }
    session.line(&format!("whole: {}, {bytes} bytes", counted(files.len() as u64, "file")))
}
