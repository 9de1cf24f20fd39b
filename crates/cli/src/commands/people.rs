//! `people`: who goes by which pseudonym.

mod holders;
mod source;

use std::collections::BTreeSet;

use clap::Subcommand;
use ledger::{LedgerDir, PartnerId, PersonId};
use serde_json::{Map, Value, json};

use crate::args;
use crate::error::Error;
use crate::kept::{KeptFile, Shelf, ZIP, remove_unfinished};
use crate::known::Known;
use crate::output::table::Table;
use crate::output::{counted, plain};
use crate::people::{Contact, PeopleError, PeopleMap};
use crate::session::Session;
use holders::{Holder, Holders};
use reports::Kind;

/// Lists the persons who hold certifications, and forgets their names
///
/// The ledger knows persons under pseudonyms, which are made with the secret in the file people.secret of its directory.
/// Names and addresses are kept only by `import --people`, in the file people.json, which can be erased at any time: no
/// score needs it. Neither file is ever in a backup.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Forget(Forget),
    Source(source::Args),
}

/// Prints the persons with their certifications and partners, and their names where they are kept
#[derive(Debug, clap::Args)]
struct List {
    /// Only the persons of this partner
    #[arg(long, value_name = "P", value_parser = args::partner)]
    partner: Option<PartnerId>,
}

/// Erases names and addresses of persons
///
/// Their pseudonyms stay in the ledger, and so do their certifications. Kept reports that name persons stay too, and are
/// named: `pcs kept forget` erases them. What an import left that was cut off is erased. A later `import --people` of a report that names the persons keeps them again.
#[derive(Debug, clap::Args)]
struct Forget {
    /// The pseudonyms
    #[arg(value_name = "PERSON", required_unless_present = "all", conflicts_with = "all")]
    persons: Vec<String>,
    /// Erases everybody
    #[arg(long)]
    all: bool,
}

impl Args {
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        match &self.command {
            Command::List(list) => list.run(session),
            Command::Forget(forget) => forget.run(session),
            Command::Source(source) => source.run(session),
        }
    }
}

impl List {
    fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let known = Known::open(session, None)?;
        let map = PeopleMap::read(&known.reader.dir())?;
        let today = session.now().date();
        let rules = known.rules_in_force(today)?;
        let mut holders = Holders::default();
        if let Some(partner) = &self.partner {
            holders.add(partner, &known.entries(partner)?, &rules.book);
        } else {
            for partner in known.partners()? {
                holders.add(&partner, &known.entries(&partner)?, &rules.book);
            }
            // Whoever is named is listed, so that they can be forgotten.
            holders.extend(map.pseudonyms().filter_map(|person| PersonId::new(person).ok()));
        }
        if session.is_json() {
            return holders.iter().try_for_each(|(person, holder)| session.line(&line(person, holder, &map)));
        }
        if holders.is_empty() {
            session.say("the ledger knows no person");
            return Ok(());
        }
        let mut table = Table::default();
        table.row(["person", "name", "email", "work email", "partners", "certifications"]);
        for (person, holder) in holders.iter() {
            let contact = map.get(person.as_str()).cloned().unwrap_or_default();
            let [name, email, work_email] = [contact.name, contact.email, contact.work_email]
                .map(|text| text.map_or_else(|| "-".to_owned(), |text| plain(&text)));
            let certifications = plain(&holder.certifications().join(", "));
            table.row([plain(person.as_str()), name, email, work_email, holder.partners().join(", "), certifications]);
        }
        table.lines("").iter().try_for_each(|line| session.line(line))
    }
}

impl Forget {
    fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        // Its lock keeps imports from writing the map meanwhile.
        let ledger = session.ledger()?;
        let home = ledger.dir();
        let forgotten = if self.all { forget_all(&home) } else { self.forget_some(&home) }?;
        let what = format!("{} forgotten", counted(forgotten, "person"));
        session.done.add(what.clone(), "`pcs people list` shows whose names are kept");
        PeopleMap::remove_unfinished(&home)?;
        remove_unfinished(&home)?;
        drop(ledger);
        let kept = Shelf::open(&home)?;
        let mut reports = kept.files();
        reports.retain(|file| names_persons(file).is_some());
        if session.is_json() {
            let reports: Vec<&str> = reports.iter().map(|file| file.sha256.as_str()).chain(kept.unknown()).collect();
            return session.line(&json!({"forgotten": forgotten, "kept_files": reports}).to_string());
        }
        session.line(&what)?;
        for file in reports {
            let (sha256, name) = (&file.sha256, plain(&file.name));
            let names = names_persons(file).unwrap_or_default();
            session.line(&format!("the kept file {sha256} ({name}) {names} persons: `pcs kept forget` erases it"))?;
        }
        // Nothing tells what they are.
        for sha256 in kept.unknown().map(plain) {
            session.line(&format!("the kept file {sha256} may name persons: `pcs kept forget` erases it"))?;
        }
        Ok(())
    }

    fn forget_some(&self, home: &LedgerDir) -> Result<u64, Error> {
        let mut map = PeopleMap::read(home)?;
        let persons: BTreeSet<&String> = self.persons.iter().collect();
        for person in &persons {
            if !map.forget(person) {
                return Err(PeopleError::UnknownPerson { person: (*person).clone() }.into());
            }
        }
        map.stage(home)?.publish(&PeopleMap::path(home))?;
        Ok(persons.len() as u64)
    }
}

/// Whether a kept file names persons, as far as its kind tells: reports of certifications do, and links and records with
/// their users, and zips may have any of them.
fn names_persons(file: &KeptFile) -> Option<&'static str> {
    if file.kind == Kind::TrainingCompletions.name() {
        return Some("still names");
    }
    let may = [Kind::Pal.name(), Kind::AuditRecords.name(), ZIP];
    may.contains(&file.kind.as_str()).then_some("may name")
}

fn forget_all(home: &LedgerDir) -> Result<u64, Error> {
    // What cannot be read is erased too.
    let map = PeopleMap::read(home).unwrap_or_default();
    PeopleMap::erase(home)?;
    Ok(map.len() as u64)
}

/// A person for programs.
fn line(person: &PersonId, holder: &Holder, map: &PeopleMap) -> String {
    let mut object = Map::new();
    object.insert("person".to_owned(), person.as_str().into());
    let contact = map.get(person.as_str());
    for (name, value) in contact.into_iter().flat_map(Contact::fields) {
        object.insert(name.to_owned(), value.into());
    }
    object.insert("partners".to_owned(), holder.partners().into());
    object.insert("certifications".to_owned(), holder.certifications().into());
    Value::Object(object).to_string()
}
