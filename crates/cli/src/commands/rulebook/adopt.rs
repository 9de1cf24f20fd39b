//! `rulebook adopt`: makes the rules of a file those of the ledger.

use std::path::PathBuf;

use ledger::{
    Code, Date, Entry, Event, EventId, Fact, Ledger, Name, Outcome, Refusal, Remark, RulebookText, Source, TextError,
    Timestamp, When, parse_uuid,
};
use projection::rulebook::Rulebook;
use serde_json::json;

use crate::args::Force;
use crate::console::Console;
use app::Error;
use app::known::given_rules;
use app::text::plain;

/// Adopts the rules of a file, or built-in ones, for all partners
///
/// Their whole text becomes an entry of the ledger. A score uses it when the adoption was recorded by the instant at which
/// the score is known and is effective by the day of the score; of several adoptions, the one recorded last is used. An
/// adoption cannot be retracted: another one takes its place. Rules that hold already from that day on are not adopted
/// again, unless an id asks for an entry of its own.
#[derive(Debug, clap::Args)]
pub(super) struct Adopt {
    /// The file, or the name of a built-in rulebook
    file: PathBuf,
    /// The name that scores quote [default: the rulebook's own]
    #[arg(long, value_name = "NAME", value_parser = Name::new)]
    name: Option<Name>,
    /// The first day whose scores it is used for; an instant stands for its day in UTC [default: today]
    #[arg(long, value_name = "T", value_parser = Timestamp::parse)]
    effective_at: Option<Timestamp>,
    /// A remark for people
    #[arg(long, value_name = "TEXT", value_parser = Remark::new)]
    note: Option<Remark>,
    /// Where the rules were taken from
    #[arg(long, value_name = "TEXT", value_parser = Source::new)]
    source: Option<Source>,
    /// The id of the event [default: a new one]
    #[arg(long, value_name = "UUID", value_parser = event_id)]
    id: Option<EventId>,
    #[command(flatten)]
    force: Force,
}

/// An adoption that stands in the ledger.
struct Adopted {
    seq: u64,
    recorded_at: Timestamp,
    /// The first day whose scores it is used for.
    from: Date,
    /// Whether it stood there before.
    is_already: bool,
}

impl Adopt {
    pub(super) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let book = given_rules(&console.session, &self.file)?.book;
        let now = console.session.writing_at(self.force.force)?;
        let at = self.effective_at.unwrap_or_else(|| Timestamp::start_of(now.date()));
        let (name, fact) = self.fact(&book)?;
        let mut ledger = console.session.ledger_at(now)?;
        let reader = ledger.reader();
        let shared = reader.shared_entries(reader.size())?;
        let standing = standing(&shared, &fact, at).filter(|_| self.id.is_none());
        let adopted = standing.map_or_else(|| self.append(console, &mut ledger, now, at, fact.clone()), Ok)?;
        self.report(console, &adopted, &name, &book)
    }

    fn append(
        &self,
        console: &mut Console<'_>,
        ledger: &mut Ledger,
        now: Timestamp,
        at: Timestamp,
        fact: Fact,
    ) -> Result<Adopted, Error> {
        let id = self.id.unwrap_or_else(|| console.session.new_id());
        let (note, source) = (self.note.clone(), self.source.clone());
        let event = Event { id, partner: None, location: None, when: When::At(at), fact, note, source };
        let mut batch = ledger.begin(now);
        let outcome = batch.push(event)?;
        let size = batch.commit()?.size;
        let (seq, is_already) = match outcome {
            Outcome::New { seq } => {
                console.session.done.recorded(1, size);
                (seq, false)
            }
            Outcome::Already { seq } => (seq, true),
        };
        Ok(Adopted { seq, recorded_at: ledger.reader().recorded_at(seq)?, from: at.date(), is_already })
    }

    /// What is adopted, and under which name.
    fn fact(&self, book: &Rulebook) -> Result<(Name, Fact), Error> {
        let refused = |error: TextError| Error::from(Refusal::new(Code::BadValue, format!("`name` {error}")));
        let name = self.name.clone().map_or_else(|| Name::new(book.name()).map_err(refused), Ok)?;
        let rulebook = RulebookText::new(book.text()).map_err(refused)?;
        Ok((name.clone(), Fact::RulebookAdopted { rulebook, name }))
    }

    fn report(&self, console: &mut Console<'_>, adopted: &Adopted, name: &Name, book: &Rulebook) -> Result<(), Error> {
        let Adopted { seq, recorded_at, from, is_already } = adopted;
        if console.is_json() {
            let answer = json!({
                "seq": seq, "recorded_at": recorded_at.to_string(), "already": is_already,
                "name": name.as_str(), "sha256": book.sha256(), "from": from.to_string(),
            });
            return console.line(&answer.to_string());
        }
        let (name, sha256) = (plain(name.as_str()), book.sha256());
        let said = if *is_already { "is adopted already, as" } else { "is adopted as" };
        console.line(&format!("{name} {said} entry {seq}, for scores as of {from} and later, sha256 {sha256}"))?;
        if !is_already && self.effective_at.is_none() {
            console.say(&format!("scores as of days before {from} keep their rules; --effective-at names another day"));
        }
        Ok(())
    }
}

/// The adoption by which the same rules, under the same name, are used from the day on already.
///
/// That of the day, if no later entry adopts anything else, which would take its place on some day after.
fn standing(shared: &[Entry], fact: &Fact, at: Timestamp) -> Option<Adopted> {
    let day = at.date();
    let same = shared.iter().rev().take_while(|entry| entry.event.fact == *fact);
    let mut adoptions = same.filter_map(|entry| match entry.event.when {
        When::At(effective_at) => Some((entry, effective_at.date())),
        When::In(_) => None,
    });
    let (Entry { seq, recorded_at, .. }, from) = adoptions.find(|(_, from)| *from <= day)?;
    Some(Adopted { seq: *seq, recorded_at: *recorded_at, from, is_already: true })
}

fn event_id(text: &str) -> Result<EventId, &'static str> {
    parse_uuid(text).map(EventId).ok_or("is not a UUID in the hyphenated form")
}
