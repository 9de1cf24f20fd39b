//! Audit bundles: a past score with everything that proves it, in one file.
//!
//! ```text
//! statement   one line of JSON: what was asked, and the rules
//! answers     a line for each area, as `score --format json` prints it
//! evidence    one line of JSON: signed checkpoint, paths in the map of partners, hashes between the entries
//! entries     a line each, as `export` prints it: the partner's, and those that hold for all
//! ```
//!
//! The checkpoint is that of the instant that was asked. Its claims tell when the entries around that instant were
//! recorded, which entries are the partner's, and the SHA-256 of statement and answers. So one signature covers all:
//! what is stated directly, the entries by the root of their tree. Other checkpoints stand beside it with proofs that they
//! are of the same history: one that holds the later changes of key, one that was kept, one that witnesses saw.

mod differences;
mod evidence;
pub mod export;
mod fold;
mod keys;
mod link;
mod parts;
pub(crate) mod statement;
mod times;
pub mod verify;

use std::io::{BufRead, Write};
use std::path::Path;

use ledger::{Draft, Entry, Ledger, Refusal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::file_kind::{FileKind, or_other_sealed};
use crate::sealed::{self, Sealer};
use crate::session::Session;
use crate::text::ToJson;
use evidence::Evidence;
use parts::note;
pub use statement::RulebookSource;
use statement::Statement;

/// The most bytes of a line: a rulebook may be long, and so may the hashes between entries.
const MOST_LINE_BYTES: u64 = 256 << 20;
/// The most bytes of all entries.
const MOST_BYTES: u64 = 1 << 30;

/// A past score with what proves it.
struct Bundle {
    statement: Statement,
    answers: Vec<String>,
    evidence: Evidence,
    entries: Vec<String>,
}

impl Bundle {
    /// The SHA-256 of what is stated, which the checkpoint claims.
    fn digest(statement: &Statement, answers: &[String]) -> [u8; 32] {
        let mut hash = Sha256::new();
        for line in std::iter::once(&statement.to_json()).chain(answers) {
            hash.update(line.as_bytes());
            hash.update(b"\n");
        }
        hash.finalize().into()
    }

    /// Writes the bundle to a new file, of which `check` is told where it stands before it has its name; returns its
    /// length in bytes.
    ///
    /// The ledger keeps, durably, what the bundle promises before the file has its name.
    fn write(
        &self,
        session: &Session<'_>,
        path: &Path,
        check: &dyn Fn(&Path) -> Result<(), Error>,
        closing: Option<&mut Ledger>,
    ) -> Result<u64, Error> {
        let mut file = Sealer::create(session, path)?;
        let (statement, evidence) = (self.statement.to_json(), self.evidence.to_json());
        let lines = std::iter::once(&statement).chain(&self.answers).chain([&evidence]).chain(&self.entries);
        for line in lines {
            writeln!(file, "{line}").map_err(Error::file("write", path))?;
        }
        let file = file.close().map_err(Error::file("write", path))?;
        check(&Draft::unfinished(path))?;
        if let Some(ledger) = closing {
            ledger.close(&note(&self.evidence.checkpoint)?)?;
        }
        file.publish().map_err(Error::file("write", path))
    }

    /// Reads a bundle. This checks its digest and its form, and nothing else.
    ///
    /// # Errors
    /// `damaged` and `bad_bundle`; `other_kind` for a file that is something else.
    fn read(session: &Session<'_>, path: &Path) -> Result<Self, Error> {
        Self::read_form(session, path).map_err(or_other_sealed(session, path, FileKind::Bundle))
    }

    fn read_form(session: &Session<'_>, path: &Path) -> Result<Self, Error> {
        let mut text = sealed::open(session, path, FileKind::Bundle)?;
        let mut next = |what: &str| next_line(&mut text, path)?.ok_or_else(|| bad(&format!("it has no {what}")));
        let statement: Statement = read_json(&next("statement")?, "statement")?;
        statement.check_form()?;
        let answers = statement.question.areas.iter().map(|_| next("answer")).collect::<Result<_, _>>()?;
        let evidence = read_json(&next("evidence")?, "evidence")?;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while let Some(line) = next_line(&mut text, path)? {
            bytes += line.len() as u64;
            if bytes > MOST_BYTES {
                return Err(bad("its entries are longer than 1 GiB"));
            }
            entries.push(line);
        }
        Ok(Self { statement, answers, evidence, entries })
    }

    /// The entries, each canonical, by ascending seq and instant.
    fn parse_entries(&self) -> Result<Vec<Entry>, Error> {
        let mut entries: Vec<Entry> = Vec::with_capacity(self.entries.len());
        for (nth, line) in (1..).zip(&self.entries) {
            let none = |refusal: &Refusal| {
                Error::disproved("bad_entry", format!("entry {nth} of the bundle is none: {refusal}"))
            };
            let entry = Entry::parse(line).map_err(|refusal| Error::entry(refusal, none).disproving())?;
            let follows = |last: &Entry| last.seq < entry.seq && last.recorded_at < entry.recorded_at;
            if !entries.last().is_none_or(follows) {
                let what = format!("entry {} of the ledger does not follow the one before it in the bundle", entry.seq);
                return Err(Error::disproved("bad_entry", what));
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}

fn next_line(text: &mut impl BufRead, path: &Path) -> Result<Option<String>, Error> {
    match sealed::read_line(text, MOST_LINE_BYTES) {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(bad("a line is not UTF-8, not ended, or longer than 256 MiB"))
        }
        line => line.map_err(Error::file("read", path)),
    }
}

fn read_json<T: DeserializeOwned + Serialize>(line: &str, what: &str) -> Result<T, Error> {
    let read: T = serde_json::from_str(line).map_err(|error| bad(&format!("its {what} cannot be read: {error}")))?;
    if read.to_json() == line { Ok(read) } else { Err(bad(&format!("its {what} is not written in the one way"))) }
}

fn bad(what: &str) -> Error {
    Error::disproved("bad_bundle", format!("the file is no audit bundle: {what}"))
}
