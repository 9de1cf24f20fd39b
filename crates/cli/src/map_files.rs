//! The user's files of mappings.

use std::path::{Path, PathBuf};

use projection::rulebook::Rulebook;

use crate::error::Error;
use crate::session::Session;
use reports::{MapFile, Maps};

/// The variable that names a file of mappings.
const VARIABLE: &str = "PCS_MAP";
/// The file that a command is said to write when none is named.
const DEFAULT_FILE: &str = "maps.toml";

/// Files of mappings as they were read: those of the command line, then that of the environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct MapFiles(Vec<(String, String)>);

impl MapFiles {
    /// Reads the files that are named, and the one that `PCS_MAP` names.
    pub(crate) fn read(session: &Session<'_>, named: &[PathBuf]) -> Result<Self, Error> {
        let variable = session.env.variable(VARIABLE).map(PathBuf::from);
        let files = named.iter().cloned().chain(variable.filter(|file| !named.contains(file)));
        files.map(|file| read_file(session, &file)).collect::<Result<_, _>>().map(Self)
    }

    /// Reads one file alone.
    pub(crate) fn read_one(session: &Session<'_>, file: &Path) -> Result<Self, Error> {
        Ok(Self(vec![read_file(session, file)?]))
    }

    /// The mappings under a rulebook.
    pub(crate) fn under(&self, rulebook: &Rulebook) -> Result<Maps, Error> {
        let files: Vec<MapFile<'_>> = self.0.iter().map(|(name, text)| MapFile { name, text }).collect();
        Ok(Maps::of(rulebook, &files)?)
    }

    /// The file to which further entries can be added.
    pub(crate) fn named(&self) -> String {
        self.0.first().map_or_else(|| DEFAULT_FILE.to_owned(), |(name, _)| name.clone())
    }
}

fn read_file(session: &Session<'_>, file: &Path) -> Result<(String, String), Error> {
    let text = std::fs::read_to_string(session.env.path(file)).map_err(Error::file("read", file))?;
    Ok((file.display().to_string(), text))
}
