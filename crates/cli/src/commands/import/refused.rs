//! What was refused: the first few for the error, all of them for a file beside the reasons.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use ledger::Refusal;
use serde_json::Value;

use crate::error::{Error, NAMED_LINES, RefusedLine};
use reports::secrets::{hidden, without_keys};

/// The refused lines of a file.
pub(in crate::commands) struct Refused {
    file: String,
    /// The one of several files that is being read.
    current: Option<String>,
    total: u64,
    first: Vec<RefusedLine>,
    rejected: Option<Rejected>,
}

/// A file of refused lines beside their reasons, which is made with the first of them.
struct Rejected {
    path: PathBuf,
    typed: PathBuf,
    is_written: bool,
    file: Option<BufWriter<File>>,
}

impl Refused {
    /// Nothing refused yet. With a path (as it is opened, and as it was typed) bad lines are skipped and written there,
    /// unless nothing is to be written at all.
    pub(in crate::commands) fn new(file: String, rejected: Option<(PathBuf, PathBuf)>, dry_run: bool) -> Self {
        let rejected = rejected.map(|(path, typed)| Rejected { path, typed, is_written: !dry_run, file: None });
        Self { file, current: None, total: 0, first: Vec::new(), rejected }
    }

    /// The lines from here on are those of one of several files.
    pub(super) fn of_file(&mut self, name: &str) {
        self.current = Some(name.to_owned());
    }

    /// How many were refused so far.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Whether bad lines are skipped.
    pub(super) fn skips(&self) -> bool {
        self.rejected.is_some()
    }

    /// Whether the text of a refused line is wanted.
    pub(super) fn keeps_text(&self) -> bool {
        self.rejected.is_some()
    }

    /// Adds a refused line. What may be a key, a token or an address in its message is not shown.
    pub(super) fn add(&mut self, refusal: Refusal, text: Option<&str>) -> Result<(), Error> {
        self.total += 1;
        let refusal = Refusal { message: without_keys(&refusal.message).into_owned(), ..refusal };
        let line = RefusedLine { file: self.current.clone(), refusal };
        if let Some(rejected) = &mut self.rejected {
            rejected.write(&line, text)?;
        }
        if self.first.len() < NAMED_LINES {
            self.first.push(line);
        }
        Ok(())
    }

    /// How many were refused and skipped, and the file where they are.
    ///
    /// # Errors
    /// [`Error::RefusedFile`] when bad lines are not skipped.
    pub(super) fn finish(self) -> Result<(u64, Option<PathBuf>), Error> {
        match self.rejected {
            None if self.total > 0 => {
                let Self { file, total, first, .. } = self;
                Err(Error::RefusedFile { file, total, first, looks_like: None })
            }
            None => Ok((0, None)),
            Some(Rejected { file: Some(mut file), typed, .. }) => {
                file.flush().map_err(Error::file("write", &typed))?;
                Ok((self.total, Some(typed)))
            }
            Some(Rejected { file: None, .. }) => Ok((self.total, None)),
        }
    }
}

impl Rejected {
    fn write(&mut self, line: &RefusedLine, text: Option<&str>) -> Result<(), Error> {
        if !self.is_written {
            return Ok(());
        }
        let file = if let Some(file) = &mut self.file {
            file
        } else {
            let file = File::create(&self.path).map_err(Error::file("create", &self.typed))?;
            self.file.insert(BufWriter::new(file))
        };
        let mut object = line.to_json();
        if let (Some(object), Some(text)) = (object.as_object_mut(), text) {
            object.insert("text".to_owned(), Value::from(&*hidden(text)));
        }
        writeln!(file, "{object}").map_err(Error::file("write", &self.typed))
    }
}
