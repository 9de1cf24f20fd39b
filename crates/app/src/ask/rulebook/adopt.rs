//! Makes the rules of a file those of the ledger.

use std::path::PathBuf;

use ledger::{
    Code, Date, Entry, Event, EventId, Fact, Name, Outcome, Refusal, Remark, RulebookText, Source, TextError,
    Timestamp, When,
};
use projection::rulebook::Rulebook;
use serde::Serialize;

use crate::error::Error;
use crate::known::given_rules;
use crate::session::Session;
use crate::text::shown;

/// Which rules are adopted, and from which day on.
#[derive(Clone, Debug)]
pub struct Request {
    /// The file, or the name of built-in rules.
    pub file: PathBuf,
    /// The name that scores quote; the rules' own without it.
    pub name: Option<Name>,
    /// An instant of the first day whose scores they are used for; today without it.
    pub effective_at: Option<Timestamp>,
    /// A remark for people.
    pub note: Option<Remark>,
    /// Where the rules were taken from.
    pub source: Option<Source>,
    /// The id of the event; a new one without it.
    pub id: Option<EventId>,
    /// Whether the entry is written though its instant is far ahead of the clock.
    pub force: bool,
}

/// An adoption that stands in the ledger.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The entry.
    pub seq: u64,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// Whether it stood there before.
    #[serde(rename = "already")]
    pub is_already: bool,
    /// The name that scores quote.
    #[serde(serialize_with = "shown")]
    pub name: Name,
    /// The digest of the rules.
    pub sha256: String,
    /// The first day whose scores it is used for.
    #[serde(serialize_with = "shown")]
    pub from: Date,
}

impl Request {
    /// Adopts the rules, unless they hold already.
    ///
    /// # Errors
    /// What is wrong with the rules, and whatever recording fails with.
    pub fn run(&self, session: &mut Session<'_>) -> Result<Answer, Error> {
        let book = given_rules(session, &self.file)?.book;
        let now = session.writing_at(self.force)?;
        let at = self.effective_at.unwrap_or_else(|| Timestamp::start_of(now.date()));
        let (name, fact) = self.fact(&book)?;
        let mut ledger = session.ledger_at(now)?;
        let reader = ledger.reader();
        let shared = reader.shared_entries(reader.size())?;
        let answer = |seq, recorded_at, from, is_already| {
            let sha256 = book.sha256().to_owned();
            Ok(Answer { seq, recorded_at, is_already, name, sha256, from })
        };
        if let Some((entry, from)) = standing(&shared, &fact, at.date()).filter(|_| self.id.is_none()) {
            return answer(entry.seq, entry.recorded_at, from, true);
        }
        let id = self.id.unwrap_or_else(|| session.new_id());
        let (note, source) = (self.note.clone(), self.source.clone());
        let mut batch = ledger.begin(now);
        let outcome =
            batch.push(Event { id, partner: None, location: None, when: When::At(at), fact, note, source })?;
        let size = batch.commit()?.size;
        let is_already = matches!(outcome, Outcome::Already { .. });
        let (Outcome::New { seq } | Outcome::Already { seq }) = outcome;
        session.done.recorded(u64::from(!is_already), size);
        answer(seq, ledger.reader().recorded_at(seq)?, at.date(), is_already)
    }

    /// What is adopted, and under which name.
    fn fact(&self, book: &Rulebook) -> Result<(Name, Fact), Error> {
        let refused = |error: TextError| Error::from(Refusal::new(Code::BadValue, format!("`name` {error}")));
        let name = self.name.clone().map_or_else(|| Name::new(book.name()).map_err(refused), Ok)?;
        let rulebook = RulebookText::new(book.text()).map_err(refused)?;
        Ok((name.clone(), Fact::RulebookAdopted { rulebook, name }))
    }
}

/// Finds the adoption by which the same rules, under the same name, are used on a day already, and its first day.
///
/// No later entry may adopt other rules: these would be used instead on some later day.
fn standing<'a>(shared: &'a [Entry], fact: &Fact, day: Date) -> Option<(&'a Entry, Date)> {
    let same = shared.iter().rev().take_while(|entry| entry.event.fact == *fact);
    let mut adoptions = same.filter_map(|entry| match entry.event.when {
        When::At(effective_at) => Some((entry, effective_at.date())),
        When::In(_) => None,
    });
    adoptions.find(|(_, from)| *from <= day)
}
