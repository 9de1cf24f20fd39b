//! What the texts of reports stand for, by the user's files of mappings and the built-in ones.

mod add;

use std::path::{Path, PathBuf};

use projection::rulebook::Rulebook;
use serde::Serialize;
use serde_json::json;

use crate::bounds;
use crate::error::Error;
use crate::file_kind::{FileKind, or_other_kind, refuse_other_kind};
use crate::known::{Rules, rules_here};
use crate::session::Session;
use crate::text::plain;
pub use add::{Addition, Mapping};
use reports::{Domain, Entry, MapFile, MapKind, Maps, entries_of};

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
    let text = bounds::read_text(&session.path(file), bounds::MAPPINGS).map_err(Error::file("read", file));
    let text = text.map_err(or_other_kind(session, file, FileKind::Mappings))?;
    let name = file.display().to_string();
    if entries_of(MapFile { name: &name, text: &text }).is_err() {
        refuse_other_kind(session, file, FileKind::Mappings)?;
    }
    Ok((name, text))
}

/// What a file of mappings has.
#[derive(Debug, Serialize)]
pub struct Extent {
    /// Its entries.
    pub entries: u64,
    /// The texts in them.
    pub texts: u64,
}

/// The mappings of a kind, or of all: those of the files, then the built-in ones.
///
/// # Errors
/// Files that cannot be read, or do not hold.
pub fn show(session: &mut Session<'_>, files: &[PathBuf], kind: Option<MapKind>) -> Result<Vec<Entry>, Error> {
    let rules = rules_today(session)?;
    let maps = MapFiles::read(session, files)?.under(&rules.book)?;
    Ok(maps.entries().filter(|entry| kind.is_none_or(|kind| entry.kind() == kind)).cloned().collect())
}

/// Checks a file of mappings, and warns about products that are in no list of the rulebook.
///
/// # Errors
/// All that is wrong with it by line.
pub fn check(session: &mut Session<'_>, file: &Path) -> Result<Extent, Error> {
    let rules = rules_today(session)?;
    let maps = MapFiles(vec![read_file(session, file)?]).under(&rules.book)?;
    say_unlisted(session, &maps, &rules.book);
    let entries = maps.entries().filter(|entry| entry.file.is_some());
    let texts: Vec<usize> = entries.map(|entry| entry.texts.len()).collect();
    Ok(Extent { entries: texts.len() as u64, texts: texts.iter().sum::<usize>() as u64 })
}

/// The object for programs of an entry.
#[must_use]
pub fn entry_json(entry: &Entry) -> String {
    let texts: Vec<&str> = entry.texts.iter().map(|text| text.text.as_str()).collect();
    json!({
        "kind": entry.kind().name(), "texts": texts, "value": entry.value.text(), "reason": entry.reason,
        "domains": domains(entry), "sure": entry.sure.name(), "source": entry.source, "file": entry.file,
        "line": entry.line,
    })
    .to_string()
}

/// The names of the domains in which an entry holds.
#[must_use]
pub fn domains(entry: &Entry) -> Vec<&'static str> {
    entry.domains.iter().copied().map(Domain::name).collect()
}

/// The rules of the ledger in force today, else the built-in ones.
fn rules_today(session: &mut Session<'_>) -> Result<Rules, Error> {
    let day = session.now().date();
    rules_here(session, None, day)
}

/// Warns about products of the files that are in no list of the rulebook.
fn say_unlisted(session: &Session<'_>, maps: &Maps, rulebook: &Rulebook) {
    for entry in maps.unlisted(rulebook) {
        let (name, line, domains) = (plain(&entry.value.text()), entry.line, domains(entry).join(", "));
        session.say(&format!("warning: line {line}: no product list of {domains} has {name}"));
    }
}
