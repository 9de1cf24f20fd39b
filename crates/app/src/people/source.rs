//! The row behind a sealed source.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::Path;

use super::{Secret, no_secret};
use crate::bounds;
use crate::error::Error;
use crate::file_kind::{FileKind, or_other_kind};
use crate::import::has_several;
use crate::kept::{KeptFile, Open, Shelf, ZIP, ZipFile, open_text, write_row};
use crate::session::Session;
use reports::{Provenance, RowPlace, Seal, is_zip, sha256_of};

/// Rows that a sheet of Excel has at most.
const MOST_ROWS: u64 = 1 << 20;

/// Writes the row from which an entry with a sealed source was taken: of a file as it was imported, or of the kept one.
///
/// # Errors
/// `out_of_range` when the entry has no such source, `unknown_file` when the row is not in the file.
pub fn write_source(session: &Session<'_>, seq: u64, named: Option<&Path>, out: &mut dyn Write) -> Result<(), Error> {
    let reader = session.reader()?;
    if seq >= reader.size() {
        let what = format!("the ledger has {} entries, and no entry {seq}", reader.size());
        return Err(Error::new("out_of_range", what).hint("entries are counted from 0"));
    }
    let source = reader.entry(seq)?.event.source;
    let provenance = Provenance::of(source.as_ref());
    let Some(Provenance { place: RowPlace::Sealed(Some(row)), digest: Some(file), .. }) = provenance else {
        let text = format!("the source of entry {seq} names no sealed row");
        let hint = "`pcs log` shows what it says; `pcs kept show` prints the row of a kept file";
        return Err(Error::new("out_of_range", text).hint(hint));
    };
    let path = Secret::path(&reader.dir());
    let secret = Secret::read(&reader.dir())?.ok_or_else(|| no_secret(&path))?;
    let seal_of = |sha256: &str| Seal::new(secret.keyed(&Seal::label(sha256)));
    let wanted = Wanted { seq, row: &row, seal: &|sha256| Some(seal_of(sha256)).filter(|seal| seal.file() == file) };
    match named {
        Some(typed) => wanted.in_file(session, typed, out).map_err(or_other_kind(session, typed, FileKind::Report)),
        None => wanted.in_shelf(session, out),
    }
}

/// The row that is looked for.
struct Wanted<'a> {
    seq: u64,
    row: &'a str,
    /// The seal of the file with this digest, if it is the one.
    seal: &'a dyn Fn(&str) -> Option<Seal>,
}

impl Wanted<'_> {
    fn in_file(&self, session: &Session<'_>, typed: &Path, out: &mut dyn Write) -> Result<(), Error> {
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
            return self.in_zip(out, &seal, &ZipFile::of(name, open().map_err(failed)?)?);
        }
        let mut open = || -> io::Result<Box<dyn io::Read>> { Ok(Box::new(open()?)) };
        let is_shown = self.write(out, &seal, ("", &name), &mut open)?;
        if is_shown { Ok(()) } else { Err(self.other_file()) }
    }

    fn in_shelf(&self, session: &Session<'_>, out: &mut dyn Write) -> Result<(), Error> {
        let kept = Shelf::open(session.dir()?)?;
        let files: Vec<&KeptFile> = kept.files();
        let found = files.into_iter().find_map(|file| Some((file, (self.seal)(&file.sha256)?)));
        let (file, seal) = found.ok_or_else(|| {
            let text = format!("no kept file is the one that the source of entry {} is of", self.seq);
            Error::new("unknown_file", text).hint("name the file: `pcs people source SEQ FILE`")
        })?;
        if file.kind == ZIP {
            return self.in_zip(out, &seal, &ZipFile::new(&kept, file)?);
        }
        kept.verify(file)?;
        let is_shown = self.write(out, &seal, ("", &file.name), &mut || kept.bytes(file))?;
        if is_shown { Ok(()) } else { Err(self.other_file()) }
    }

    fn in_zip(&self, out: &mut dyn Write, seal: &Seal, zip: &ZipFile) -> Result<(), Error> {
        for member in &zip.members {
            let mut open = || zip.open(member).map_err(Error::into_other);
            let base = member.name.rsplit('/').next().unwrap_or(&member.name);
            if self.write(out, seal, (base, &member.name), &mut open)? {
                return Ok(());
            }
        }
        Err(self.other_file())
    }

    fn other_file(&self) -> Error {
        Error::new("unknown_file", format!("the source of entry {} is of another file", self.seq))
            .hint("name the file as it was imported, byte for byte")
    }

    /// Writes the row, if it is in the file; `member` is the file's name in a zip.
    fn write(
        &self,
        out: &mut dyn Write,
        seal: &Seal,
        (member, name): (&str, &str),
        open: &mut Open<'_>,
    ) -> Result<bool, Error> {
        let lines = lines_at_most(open).map_err(Error::file("read", name))?;
        let Some(line) = (1..=lines).find(|line| seal.row(member, *line) == self.row) else { return Ok(false) };
        write_row(out, name, open, line).map(|()| true)
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
