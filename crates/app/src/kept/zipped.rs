//! The files in a zip that is kept.

use std::fs::File;
use std::io::Read;

use super::{KeptFile, Shelf};
use crate::error::Error;
use reports::{Directory, Member, Recognised, survey};

/// A zip as it came.
pub(crate) struct ZipFile {
    pub(crate) name: String,
    file: File,
    /// The files in it.
    pub(crate) members: Vec<Member>,
}

impl ZipFile {
    /// Takes a zip out of the shelf, and compares it with its digest.
    pub(crate) fn new(kept: &Shelf, zip: &KeptFile) -> Result<Self, Error> {
        // Its directory is at its end. The copy has no name, so that a kill leaves nothing.
        let mut file = tempfile::tempfile().map_err(Error::file("copy", &zip.name))?;
        zip.copy(&kept.home, &mut file)?;
        Self::of(zip.name.clone(), file)
    }

    /// The zip in a file.
    pub(crate) fn of(name: String, mut file: File) -> Result<Self, Error> {
        let members =
            Directory::read(&mut file).and_then(Directory::files).map_err(|error| Error::report(&name, error))?;
        Ok(Self { name, file, members })
    }

    /// The file with a name, as it is in the zip or in a `source`; without a name the only report.
    ///
    /// # Errors
    /// `out_of_range`.
    pub(crate) fn member(&self, typed: Option<&str>) -> Result<&Member, Error> {
        let all: Vec<&Member> = self.members.iter().collect();
        if let Some(typed) = typed {
            let is_it = |member: &&Member| {
                member.name == typed
                    || typed.strip_suffix(&member.name).and_then(|zip| zip.strip_suffix('/')) == Some(&self.name)
            };
            let found = self.members.iter().find(is_it);
            return found.ok_or_else(|| out_of_range(format!("{} has no {typed} in it", self.name), &all));
        }
        let reports: Vec<&Member> = all.iter().copied().filter(|member| self.is_read(member)).collect();
        match (all.as_slice(), reports.as_slice()) {
            ([one], _) | (_, [one]) => Ok(one),
            _ => {
                let several = if reports.is_empty() { &all } else { &reports };
                Err(out_of_range(format!("{} has {} files in it", self.name, several.len()), several))
            }
        }
    }

    /// The bytes of a file in it. Opening another one ends the reading of the first.
    pub(crate) fn open(&self, member: &Member) -> Result<Box<dyn Read>, Error> {
        let file = self.file.try_clone().map_err(Error::file("read", &self.name))?;
        Ok(member.open(file).map_err(|error| Error::report(&format!("{}/{}", self.name, member.name), error))?)
    }

    /// Whether an import reads the file.
    fn is_read(&self, member: &Member) -> bool {
        let looked = self.open(member).ok().and_then(|bytes| survey(bytes).ok());
        looked.is_some_and(|looked| match looked.recognised {
            Recognised::Events | Recognised::Entries | Recognised::Report(_) => true,
            Recognised::NoProof { .. } | Recognised::Unknown { .. } => false,
        })
    }
}

/// A file that a zip does not have, or of which it has several; `has` are those among which one can be named.
fn out_of_range(text: String, has: &[&Member]) -> Error {
    let names: Vec<&str> = has.iter().map(|member| member.name.as_str()).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Error::new("out_of_range", text)
        .because([format!("it has {names}")])
        .hint("`--file NAME` names the file in it: of `a.zip/b.csv` in a `source`, `b.csv`")
}
