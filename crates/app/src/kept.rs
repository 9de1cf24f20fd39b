//! Kept files: what was imported, byte for byte, in the directory `kept` of the ledger.
//!
//! A file is kept under the SHA-256 of its bytes as they came, of which the `source` of an event names the beginning.
//! `<sha256>.gz` has the bytes, `<sha256>.json` says what they are; the second is written last, and without it the first
//! counts as unfinished. Kept files prove nothing by themselves and can be erased: the events keep the digest.

mod behind;
mod file;
mod keeper;
mod rows;
mod shelf;
mod zipped;

use std::io::{self, Write};

use serde::Serialize;

use crate::error::Error;
use crate::session::Session;
use crate::text::{counted, plain};
pub use behind::{RequestOfEntry, RowsBehind};
pub use file::{KeptFile, ZIP};
use file::{PUT_IN_ORDER, damaged};
pub use keeper::Keeper;
use rows::write_row;
pub(crate) use rows::{Open, find_rows, open_text, write_texts};
use shelf::UNKNOWN;
pub(crate) use shelf::{Shelf, remove_left_overs, remove_unfinished};
pub(crate) use zipped::ZipFile;

/// Which part of a kept file is wanted.
#[derive(Debug)]
pub struct Request {
    /// The beginning of the file's SHA-256.
    pub sha256: String,
    /// The file in a zip.
    pub file: Option<String>,
    /// The line on which the wanted row begins; without it the whole file is wanted.
    pub line: Option<u64>,
}

/// Kept files that were erased.
#[derive(Debug, Serialize)]
pub struct Erasure {
    /// Their digests, sorted.
    #[serde(rename = "forgotten")]
    pub digests: Vec<String>,
}

/// The count of kept files that are whole.
#[derive(Debug, Serialize)]
pub struct Inventory {
    /// How many there are.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
}

/// The kept files, the first imported first.
///
/// # Errors
/// A ledger or a file that cannot be read.
pub fn list(session: &Session<'_>) -> Result<Vec<KeptFile>, Error> {
    let kept = open_shelf(session)?;
    for sha256 in kept.unknown() {
        tracing::warn!("what the kept file {} is cannot be read", plain(sha256));
    }
    Ok(kept.files().into_iter().cloned().collect())
}

impl Request {
    /// Writes the wanted bytes.
    ///
    /// # Errors
    /// `unknown_file`, `ambiguous`, `damaged`, `out_of_range`, and what cannot be written.
    pub fn run(&self, session: &Session<'_>, out: &mut dyn Write) -> Result<(), Error> {
        let kept = open_shelf(session)?;
        let file = kept.find(&self.sha256)?;
        if file.kind == ZIP && (self.file.is_some() || self.line.is_some()) {
            return self.write_member(&ZipFile::new(&kept, file)?, out);
        }
        if self.file.is_some() {
            let failure = Error::new("out_of_range", format!("{} is no zip", file.name));
            return Err(failure.hint("leave `--file` out: it names a file in a zip"));
        }
        let Some(line) = self.line else { return file.copy(&kept.home, out) };
        // A row is shown only from the bytes that were imported.
        kept.verify(file)?;
        write_row(out, &file.name, &mut || kept.bytes(file), line)
    }

    fn write_member(&self, zip: &ZipFile, out: &mut dyn Write) -> Result<(), Error> {
        let member = zip.member(self.file.as_deref())?;
        let Some(line) = self.line else {
            return io::copy(&mut zip.open(member)?, out).map(drop).map_err(Error::output);
        };
        let name = format!("{}/{}", zip.name, member.name);
        write_row(out, &name, &mut || zip.open(member).map_err(Error::into_other), line)
    }
}

/// Erases kept files, each named by the beginning of its SHA-256.
///
/// # Errors
/// `unknown_file`, `ambiguous`, and a file that cannot be erased.
pub fn forget(session: &mut Session<'_>, named: &[String]) -> Result<Erasure, Error> {
    // The lock keeps imports from adding files meanwhile.
    let ledger = session.ledger()?;
    let kept = Shelf::open(&ledger.dir())?;
    let digests = named.iter().map(|typed| kept.digest(typed).map(str::to_owned));
    let mut digests: Vec<String> = digests.collect::<Result<_, _>>()?;
    digests.sort_unstable();
    digests.dedup();
    for sha256 in &digests {
        kept.forget(sha256)?;
        session.done.add(format!("{sha256} is forgotten"), "`pcs kept list` shows what is kept");
    }
    Ok(Erasure { digests })
}

/// Compares every kept file with its SHA-256.
///
/// # Errors
/// `damaged`, with all files that are, and what an import left that was cut off.
pub fn verify(session: &Session<'_>) -> Result<Inventory, Error> {
    let kept = finished_shelf(session)?;
    let (files, mut bytes) = (kept.files(), 0);
    let mut findings: Vec<Error> = kept.unknown().map(|sha256| damaged(sha256, UNKNOWN)).collect();
    for file in &files {
        match kept.verify(file) {
            Err(finding) if finding.code() == "damaged" => findings.push(finding),
            verified => verified?,
        }
        bytes += file.bytes;
    }
    if let Some((first, others)) = kept.unfinished.split_first() {
        let more = if others.is_empty() { String::new() } else { format!(" and {}", counted(others.len(), "file")) };
        let text = format!("an import that was cut off left {first}{more}");
        findings.push(Error::disproved("damaged", text).hint("the next import removes what was left"));
    }
    if findings.len() > 1 {
        let text = format!("{} kept files are damaged or left over", findings.len());
        return Err(Error::disproved("damaged", text).because(findings).hint(PUT_IN_ORDER));
    }
    findings.pop().map_or(Ok(Inventory { files: files.len() as u64, bytes }), Err)
}

/// The kept files of a ledger that is there.
fn open_shelf(session: &Session<'_>) -> Result<Shelf, Error> {
    session.reader()?;
    Shelf::open(session.dir()?)
}

/// The kept files, without those of an import that is under way.
fn finished_shelf(session: &Session<'_>) -> Result<Shelf, Error> {
    let kept = open_shelf(session)?;
    if !kept.is_under_way() {
        return Ok(kept);
    }
    match session.ledger() {
        Err(error) if error.code() == "locked" => Ok(kept.without_unfinished()),
        Ok(ledger) => Shelf::open(&ledger.dir()),
        // Without the right to lock the ledger one can still read what was left.
        Err(_) => Ok(kept),
    }
}
