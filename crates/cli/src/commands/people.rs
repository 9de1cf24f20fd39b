//! `people`: who goes by which pseudonym.

use std::collections::{BTreeMap, BTreeSet};

use clap::Subcommand;
use ledger::{Entry, EventId, Fact, Name, PartnerId, PersonId, Timestamp, When};
use serde_json::{Map, Value, json};

use crate::args;
use crate::error::Error;
use crate::kept::Shelf;
use crate::known::Known;
use crate::output::table::Table;
use crate::output::{counted, plain};
use crate::people::{PeopleError, PeopleMap};
use crate::reports::Kind;
use crate::session::Session;

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
/// named: `pcs kept forget` erases them. A later `import --people` of a report that names the persons keeps them again.
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
        }
    }
}

impl List {
    fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let known = Known::open(session, None)?;
        let map = PeopleMap::read(&session.ledger_dir)?;
        let mut holders: BTreeMap<PersonId, Holder> = BTreeMap::new();
        match &self.partner {
            Some(partner) => add(&mut holders, partner, &known.entries(partner)?),
            None => {
                for partner in known.partners()? {
                    add(&mut holders, &partner, &known.entries(&partner)?);
                }
                // Whoever is named is listed, so that they can be forgotten.
                for person in map.pseudonyms().filter_map(|person| PersonId::new(person).ok()) {
                    holders.entry(person).or_default();
                }
            }
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
        for (person, holder) in &holders {
            let contact = map.get(person.as_str()).cloned().unwrap_or_default();
            let [name, email, work_email] = [contact.name, contact.email, contact.work_email]
                .map(|text| text.map_or_else(|| "-".to_owned(), |text| plain(&text)));
            let partners: Vec<&str> = holder.partners.iter().map(PartnerId::as_str).collect();
            let certifications = plain(&holder.certifications().join(", "));
            table.row([plain(person.as_str()), name, email, work_email, partners.join(", "), certifications]);
        }
        table.lines("").iter().try_for_each(|line| session.line(line))
    }
}

impl Forget {
    fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        // Its lock keeps imports from writing the map meanwhile.
        let ledger = session.ledger()?;
        let forgotten = if self.all { self.forget_all(session) } else { self.forget_some(session) }?;
        drop(ledger);
        let shelf = Shelf::open(&session.ledger_dir)?;
        let mut named = shelf.files();
        named.retain(|file| file.kind == Kind::TrainingCompletions.name());
        if session.is_json() {
            let named: Vec<&str> = named.iter().map(|file| file.sha256.as_str()).collect();
            return session.line(&json!({"forgotten": forgotten, "kept_files": named}).to_string());
        }
        session.line(&format!("{} forgotten", counted(forgotten, "person")))?;
        for file in named {
            let (sha256, name) = (&file.sha256, plain(&file.name));
            session
                .line(&format!("the kept file {sha256} ({name}) still names persons: `pcs kept forget` erases it"))?;
        }
        Ok(())
    }

    fn forget_all(&self, session: &Session<'_>) -> Result<u64, Error> {
        // What cannot be read is erased too.
        let map = PeopleMap::read(&session.ledger_dir).unwrap_or_default();
        PeopleMap::erase(&session.ledger_dir)?;
        Ok(map.len() as u64)
    }

    fn forget_some(&self, session: &Session<'_>) -> Result<u64, Error> {
        let dir = &session.ledger_dir;
        let mut map = PeopleMap::read(dir)?;
        let persons: BTreeSet<&String> = self.persons.iter().collect();
        for person in &persons {
            if !map.forget(person) {
                return Err(PeopleError::UnknownPerson { person: (*person).clone() }.into());
            }
        }
        map.stage(dir)?.publish(&PeopleMap::path(dir))?;
        Ok(persons.len() as u64)
    }
}

/// What a person holds.
#[derive(Default)]
struct Holder {
    partners: BTreeSet<PartnerId>,
    /// By partner and certification: the latest link, and the latest end of one.
    links: BTreeMap<(PartnerId, Name), (Option<Timestamp>, Option<Timestamp>)>,
    /// By partner: the latest end of all links.
    ends: BTreeMap<PartnerId, Timestamp>,
}

impl Holder {
    /// The certifications that are linked, to any partner.
    fn certifications(&self) -> Vec<&str> {
        let stands = |partner: &PartnerId, (start, end): &(Option<Timestamp>, Option<Timestamp>)| {
            start.is_some() && *start > *end && start.as_ref() > self.ends.get(partner)
        };
        let standing = self.links.iter().filter(|((partner, _), life)| stands(partner, life));
        let codes: BTreeSet<&str> = standing.map(|((_, code), _)| code.as_str()).collect();
        codes.into_iter().collect()
    }
}

/// Adds what the entries of a partner say of persons, but for what is retracted.
fn add(holders: &mut BTreeMap<PersonId, Holder>, partner: &PartnerId, entries: &[Entry]) {
    let mut retracted: BTreeSet<EventId> = BTreeSet::new();
    for entry in entries.iter().rev() {
        if let Fact::EventRetracted { event, .. } = entry.event.fact
            && !retracted.contains(&entry.event.id)
        {
            retracted.insert(event);
        }
    }
    for Entry { event, .. } in entries.iter().filter(|entry| !retracted.contains(&entry.event.id)) {
        let When::At(at) = event.when else { continue };
        match &event.fact {
            Fact::CertificationLinked { person, certification, .. } => {
                let holder = holders.entry(person.clone()).or_default();
                holder.partners.insert(partner.clone());
                let (start, _) = holder.links.entry((partner.clone(), certification.clone())).or_default();
                *start = (*start).max(Some(at));
            }
            Fact::CertificationUnlinked { person, certification, .. } => {
                let holder = holders.entry(person.clone()).or_default();
                holder.partners.insert(partner.clone());
                match certification {
                    Some(certification) => {
                        let (_, end) = holder.links.entry((partner.clone(), certification.clone())).or_default();
                        *end = (*end).max(Some(at));
                    }
                    None => {
                        let end = holder.ends.entry(partner.clone()).or_insert(at);
                        *end = at.max(*end);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A person for programs.
fn line(person: &PersonId, holder: &Holder, map: &PeopleMap) -> String {
    let mut object = Map::new();
    object.insert("person".to_owned(), person.as_str().into());
    let contact = map.get(person.as_str());
    for (name, value) in contact.into_iter().flat_map(|contact| contact.fields()) {
        object.insert(name.to_owned(), value.into());
    }
    let partners: Vec<&str> = holder.partners.iter().map(PartnerId::as_str).collect();
    object.insert("partners".to_owned(), partners.into());
    object.insert("certifications".to_owned(), holder.certifications().into());
    Value::Object(object).to_string()
}
