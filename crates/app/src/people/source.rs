//! The row behind a sealed source.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::Path;

use super::{Secret, no_secret};
use crate::bounds;
use crate::error::Error;
use crate::file_kind::{FileKind, or_other_kind};
use crate::import::has_several;
use crate::kept::{KeptFile, Open, Shelf, ZIP, ZipFile, find_rows, open_text, write_texts};
use crate::known::entry_at;
use crate::session::Session;
use ledger::{Entry, LedgerDir};
use reports::{Provenance, RowPlace, RowTexts, Seal, is_zip, sha256_of};

/// Rows that a sheet of Excel has at most.
const MOST_ROWS: u64 = 1 << 20;

/// A row behind a sealed source, in a kept file.
pub(crate) struct SealedRow {
    pub(crate) kept: KeptFile,
    /// The name of the file in a zip.
    pub(crate) member: Option<String>,
    pub(crate) texts: RowTexts,
}

/// Writes the row from which an entry with a sealed source was taken: of a file as it was imported, or of the kept one.
///
/// # Errors
/// `out_of_range` when the entry has no such source, `unknown_file` when the row is not in the file.
pub fn write_source(session: &Session<'_>, seq: u64, named: Option<&Path>, out: &mut dyn Write) -> Result<(), Error> {
    let reader = session.reader()?;
    let entry = entry_at(&reader, seq)?;
    let texts = wanted_of(&reader.dir(), &entry, |wanted| match named {
        Some(typed) => wanted.in_file(session, typed).map_err(or_other_kind(session, typed, FileKind::Report)),
        None => Ok(wanted.in_shelf(&Shelf::open(&reader.dir())?)?.texts),
    })?;
    write_texts(out, &texts)
}

/// The row from which an entry with a sealed source was taken, of a kept file.
///
/// # Errors
/// As [`write_source`].
pub(crate) fn sealed_row(shelf: &Shelf, entry: &Entry) -> Result<SealedRow, Error> {
    wanted_of(&shelf.home, entry, |wanted| wanted.in_shelf(shelf))
}

/// Asks for the row of an entry by the secret of the ledger.
fn wanted_of<T>(
    home: &LedgerDir,
    entry: &Entry,
    ask: impl FnOnce(&Wanted<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let seq = entry.seq;
    let provenance = Provenance::of(entry.event.source.as_ref());
    let Some(Provenance { place: RowPlace::Sealed(Some(row)), digest: Some(file), .. }) = provenance else {
        let text = format!("the source of entry {seq} names no sealed row");
        let hint = "`pcs log` shows what it says; `pcs kept show --seq` prints the rows of a kept file";
        return Err(Error::new("out_of_range", text).hint(hint));
    };
    let secret = Secret::read(home)?.ok_or_else(|| no_secret(&Secret::path(home)))?;
    let seal_of = |sha256: &str| Seal::new(secret.keyed(&Seal::label(sha256)));
    ask(&Wanted { seq, row: &row, seal: &|sha256| Some(seal_of(sha256)).filter(|seal| seal.file() == file) })
}

/// The row that is looked for.
struct Wanted<'a> {
    seq: u64,
    row: &'a str,
    /// The seal of the file with this digest, if it is the one.
    seal: &'a dyn Fn(&str) -> Option<Seal>,
}

impl Wanted<'_> {
    fn in_file(&self, session: &Session<'_>, typed: &Path) -> Result<RowTexts, Error> {
        let failed = |error| Error::file("read", typed)(error);
        let path = session.path(typed);
        let open = || {
            let file = File::open(&path)?;
            bounds::refuse_device(&file).map(|()| file)
        };
        let sha256 = sha256_of(&mut open().map_err(failed)?).map_err(failed)?;
        let seal = (self.seal)(&sha256).ok_or_else(|| self.other_file())?;
        let name = typed.display().to_string();
        if has_several(&path, typed)? {
            return Ok(self.in_zip(&seal, &ZipFile::of(name, open().map_err(failed)?)?)?.1);
        }
        let mut open = || -> io::Result<Box<dyn io::Read>> { Ok(Box::new(open()?)) };
        self.find(&seal, ("", &name), &mut open)?.ok_or_else(|| self.other_file())
    }

    fn in_shelf(&self, kept: &Shelf) -> Result<SealedRow, Error> {
        let files: Vec<&KeptFile> = kept.files();
        let found = files.into_iter().find_map(|file| Some((file, (self.seal)(&file.sha256)?)));
        let (file, seal) = found.ok_or_else(|| {
            let text = format!("no kept file is the one that the source of entry {} is of", self.seq);
            Error::new("unknown_file", text).hint("name the file: `pcs people source SEQ FILE`")
        })?;
        if file.kind == ZIP {
            let (member, texts) = self.in_zip(&seal, &ZipFile::new(kept, file)?)?;
            return Ok(SealedRow { kept: file.clone(), member: Some(member), texts });
        }
        kept.verify(file)?;
        let found = self.find(&seal, ("", &file.name), &mut || kept.bytes(file))?;
        let texts = found.ok_or_else(|| self.other_file())?;
        Ok(SealedRow { kept: file.clone(), member: None, texts })
    }

    /// The name of the file in a zip that has the row, and the row.
    fn in_zip(&self, seal: &Seal, zip: &ZipFile) -> Result<(String, RowTexts), Error> {
        for member in &zip.members {
            let mut open = || zip.open(member).map_err(Error::into_other);
            let base = member.name.rsplit('/').next().unwrap_or(&member.name);
            if let Some(texts) = self.find(seal, (base, &member.name), &mut open)? {
                return Ok((member.name.clone(), texts));
            }
        }
        Err(self.other_file())
    }

    fn other_file(&self) -> Error {
        Error::new("unknown_file", format!("the source of entry {} is of another file", self.seq))
            .hint("name the file as it was imported, byte for byte")
    }

    /// Finds the row, if it is in the file; `member` is the file's name in a zip.
    fn find(&self, seal: &Seal, (member, name): (&str, &str), open: &mut Open<'_>) -> Result<Option<RowTexts>, Error> {
        let lines = lines_at_most(open).map_err(Error::file("read", name))?;
        let line = (1..=lines).find(|line| seal.row(member, *line) == self.row);
        line.map(|line| find_rows(name, open, &[line].into())).transpose()
    }
}

/// A number that is at least that of a file's lines, or of a sheet's rows.
fn lines_at_most(open: &mut Open<'_>) -> io::Result<u64> {
    let mut input = open_text(open)?;
    let (mut buffer, mut lines) = (vec![0; 1 << 16], 1);
    loop {
        let length = input.read(&mut buffer)?;
        if lines == 1 && is_zip(buffer.get(..length).unwrap_or_default()) {
            return Ok(MOST_ROWS);
        }
        if length == 0 {
            return Ok(lines);
        }
        let ends = buffer.iter().take(length).filter(|byte| matches!(byte, b'\n' | b'\r'));
        lines += ends.count() as u64;
    }
}
