//! Erasing what is known of persons.

use std::collections::BTreeSet;

use ledger::LedgerDir;
use reports::Kind;
use serde_json::json;

use super::PeopleMap;
use crate::error::Error;
use crate::kept::{KeptFile, Shelf, ZIP, remove_unfinished};
use crate::session::Session;
use crate::text::counted;

/// Persons whose names were erased, and where they may be named still.
#[derive(Debug)]
pub struct Erasure {
    /// How many persons there were.
    pub persons: u64,
    /// The kept files that name persons, or may.
    pub reports: Vec<NamingFile>,
    /// The digests of kept files whose description cannot be read.
    pub unknown: Vec<String>,
}

/// A kept file that names persons, or may.
#[derive(Debug)]
pub struct NamingFile {
    /// The file.
    pub file: KeptFile,
    /// `still names` or `may name`.
    pub names: &'static str,
}

/// Erases the names of the persons with these pseudonyms, or of everybody.
///
/// # Errors
/// `unknown_person`, and a file that cannot be written.
pub fn forget(session: &mut Session<'_>, persons: Option<&[String]>) -> Result<Erasure, Error> {
    // The lock keeps imports from writing the map meanwhile.
    let ledger = session.ledger()?;
    let home = ledger.dir();
    let persons = persons.map_or_else(|| forget_all(&home), |persons| forget_some(&home, persons))?;
    session.done.add(Erasure::text(persons), "`pcs people list` shows whose names are kept");
    PeopleMap::remove_unfinished(&home)?;
    remove_unfinished(&home)?;
    drop(ledger);
    let kept = Shelf::open(&home)?;
    let naming = |file: &KeptFile| Some(NamingFile { file: file.clone(), names: names_persons(file)? });
    let reports = kept.files().into_iter().filter_map(naming).collect();
    Ok(Erasure { persons, reports, unknown: kept.unknown().map(str::to_owned).collect() })
}

impl Erasure {
    /// How many persons were forgotten, in words.
    #[must_use]
    pub fn text(persons: u64) -> String {
        format!("{} forgotten", counted(persons, "person"))
    }

    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let reports = self.reports.iter().map(|report| &report.file.sha256);
        let files: Vec<&String> = reports.chain(&self.unknown).collect();
        json!({"forgotten": self.persons, "kept_files": files}).to_string()
    }
}

fn forget_all(home: &LedgerDir) -> Result<u64, Error> {
    // A map that cannot be read is erased too.
    let map = PeopleMap::read(home).unwrap_or_default();
    PeopleMap::erase(home)?;
    Ok(map.people.len() as u64)
}

fn forget_some(home: &LedgerDir, persons: &[String]) -> Result<u64, Error> {
    let mut map = PeopleMap::read(home)?;
    let persons: BTreeSet<&String> = persons.iter().collect();
    for person in &persons {
        if map.people.remove(*person).is_none() {
            let text = format!("the map of persons has no {person}");
            let hint = "`pcs people list` prints the pseudonyms, and who is in the map";
            return Err(Error::new("unknown_person", text).hint(hint));
        }
    }
    map.write_draft(home)?.publish(&PeopleMap::path(home))?;
    Ok(persons.len() as u64)
}

/// Whether a kept file names persons, as far as its kind tells: reports of certifications do, and links and records with
/// their users, and zips may have any of them.
fn names_persons(file: &KeptFile) -> Option<&'static str> {
    if [Kind::TrainingCompletions, Kind::LearnAchievements].iter().any(|kind| file.kind == kind.name()) {
        return Some("still names");
    }
    let may = [Kind::Pal.name(), Kind::AuditRecords.name(), ZIP];
    may.contains(&file.kind.as_str()).then_some("may name")
}
