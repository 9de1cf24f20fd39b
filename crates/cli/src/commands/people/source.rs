//! `people source`: the row behind a sealed source.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::commands::import::has_several;
use crate::commands::kept::members::Unzipped;
use crate::commands::kept::{open_text, show_row};
use crate::error::Error;
use crate::kept::{KeptFile, Shelf, ZIP};
use crate::people::{PeopleError, Secret};
use crate::session::Session;
use reports::{Seal, Sealed, is_zip, sha256_of};

/// Prints the row behind an entry whose source is sealed
///
/// It is the row from which `import --sealed-sources` took the entry, with the names of the columns. For that the secret of the
/// ledger and the file are needed: a kept one, or FILE.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The entry
    #[arg(value_name = "SEQ")]
    seq: u64,
    /// The file, as it was imported [default: the kept one]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Rows that a sheet of Excel has at most.
const MOST_ROWS: u64 = 1 << 20;

/// Opens the bytes of a file from the first on.
type Open<'a> = Box<dyn FnMut() -> io::Result<Box<dyn io::Read>> + 'a>;

impl Args {
    pub(super) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let seq = self.seq;
        let reader = session.reader()?;
        if seq >= reader.size() {
            let what = format!("the ledger has {} entries, and no entry {seq}", reader.size());
            return Err(Error::OutOfRange { what, hint: "entries are counted from 0".to_owned() });
        }
        let sealed = Sealed::of(reader.entry(seq)?.event.source.as_ref());
        let Some(Sealed { row: Some(row), file }) = sealed else {
            return Err(PeopleError::NotSealed { seq }.into());
        };
        let path = Secret::path(&reader.dir());
        let secret = Secret::read(&reader.dir())?.ok_or(PeopleError::NoSecret { path })?;
        let seal_of = |sha256: &str| Seal::new(secret.keyed(&Seal::label(sha256)));
        let wanted = Wanted { seq, row, seal: &|sha256| Some(seal_of(sha256)).filter(|seal| seal.file() == file) };
        match &self.file {
            Some(typed) => wanted.in_file(session, typed),
            None => wanted.in_shelf(session),
        }
    }
}

/// The row that is looked for.
struct Wanted<'a> {
    seq: u64,
    row: String,
    /// The seal of the file with this digest, if it is the one.
    seal: &'a dyn Fn(&str) -> Option<Seal>,
}

impl Wanted<'_> {
    fn in_file(&self, session: &mut Session<'_>, typed: &Path) -> Result<(), Error> {
        let failed = |error| Error::file("read", typed)(error);
        let path = session.env.path(typed);
        let open = || File::open(&path);
        let sha256 = sha256_of(&mut open().map_err(failed)?).map_err(failed)?;
        let seal = (self.seal)(&sha256).ok_or(PeopleError::OtherFile { seq: self.seq })?;
        let name = typed.display().to_string();
        if has_several(&path, typed)? {
            return self.in_zip(session, &seal, &Unzipped::of(name, open().map_err(failed)?)?);
        }
        let mut open: Open<'_> = Box::new(|| Ok(Box::new(open()?)));
        let is_shown = self.show(session, &seal, ("", &name), &mut open)?;
        if is_shown { Ok(()) } else { Err(PeopleError::OtherFile { seq: self.seq }.into()) }
    }

    fn in_shelf(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let kept = Shelf::open(session.dir()?)?;
        let files: Vec<&KeptFile> = kept.files();
        let found = files.into_iter().find_map(|file| Some((file, (self.seal)(&file.sha256)?)));
        let (file, seal) = found.ok_or(PeopleError::NoKeptFile { seq: self.seq })?;
        if file.kind == ZIP {
            return self.in_zip(session, &seal, &Unzipped::new(&kept, file)?);
        }
        kept.verify(file)?;
        let mut open: Open<'_> = Box::new(|| kept.bytes(file).map_err(|error| io::Error::other(error.to_string())));
        let is_shown = self.show(session, &seal, ("", &file.name), &mut open)?;
        if is_shown { Ok(()) } else { Err(PeopleError::OtherFile { seq: self.seq }.into()) }
    }

    fn in_zip(&self, session: &mut Session<'_>, seal: &Seal, zip: &Unzipped) -> Result<(), Error> {
        for member in zip.members() {
            let mut open: Open<'_> = Box::new(|| zip.open(member).map_err(|error| io::Error::other(error.to_string())));
            let base = member.name.rsplit('/').next().unwrap_or(&member.name);
            if self.show(session, seal, (base, &member.name), &mut open)? {
                return Ok(());
            }
        }
        Err(PeopleError::OtherFile { seq: self.seq }.into())
    }

    /// Prints the row, if it is in the file; `member` is the file's name in a zip.
    fn show(
        &self,
        session: &mut Session<'_>,
        seal: &Seal,
        (member, name): (&str, &str),
        open: &mut Open<'_>,
    ) -> Result<bool, Error> {
        let lines = lines_at_most(open).map_err(Error::file("read", name))?;
        let Some(line) = (1..=lines).find(|line| seal.row(member, *line) == self.row) else { return Ok(false) };
        show_row(session, name, open, line).map(|()| true)
    }
}

/// No fewer lines than a file has, or rows than a sheet.
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
