//! The user's files of mappings.

use std::path::{Path, PathBuf};

use projection::rulebook::Rulebook;

use crate::error::Error;
use crate::session::Session;
use reports::{MapFile, Maps};

/// The file that a command is said to write when none is named.
const DEFAULT_FILE: &str = "maps.toml";

/// Files of mappings as they were read.
#[derive(Clone, Debug, Default)]
pub struct MapFiles(Vec<(String, String)>);

impl MapFiles {
    /// Reads the files that are named.
    pub fn read(session: &Session<'_>, named: &[PathBuf]) -> Result<Self, Error> {
        named.iter().map(|file| read_file(session, file)).collect::<Result<_, _>>().map(Self)
    }

    /// Reads one file alone.
    pub fn read_one(session: &Session<'_>, file: &Path) -> Result<Self, Error> {
        Ok(Self(vec![read_file(session, file)?]))
    }

    /// The mappings under a rulebook.
    pub fn under(&self, rulebook: &Rulebook) -> Result<Maps, Error> {
        let files: Vec<MapFile<'_>> = self.0.iter().map(|(name, text)| MapFile { name, text }).collect();
        Ok(Maps::of(rulebook, &files)?)
    }

    /// The file to which further entries can be added.
    #[must_use]
    pub fn named(&self) -> String {
        self.0.first().map_or_else(|| DEFAULT_FILE.to_owned(), |(name, _)| name.clone())
    }
}

fn read_file(session: &Session<'_>, file: &Path) -> Result<(String, String), Error> {
    let text = std::fs::read_to_string(session.path(file)).map_err(Error::file("read", file))?;
    Ok((file.display().to_string(), text))
}
