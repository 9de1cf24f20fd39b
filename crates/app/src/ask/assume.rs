//! Events that bring a change about whose amounts somebody names.

use ledger::{Area, Event, PartnerId, Timestamp};
use projection::{Change, Events, Quantity, Question, events_of_changes, quantities};
use uuid::Uuid;

use crate::beyond::{Carried, CarryChoice, Subject};
use crate::error::Error;
use crate::known::Known;
use crate::session::Session;

/// The area that is to change.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner.
    pub partner: PartnerId,
    /// The area.
    pub area: Area,
    /// The day as of which it changes, and what its score is made of. Figures are carried up to it, as by advice.
    pub question: Question,
    /// As it was known at this instant; now without it.
    pub known_at: Option<Timestamp>,
}

/// Figures are carried from the newest month that is reported.
const LAST: CarryChoice = CarryChoice { carried: Carried::Last, from: None };

impl Request {
    /// What can be added, in the order of the metrics.
    ///
    /// # Errors
    /// `unknown_partner` and `before_program`, when there is no score to be had.
    pub fn quantities(&self, session: &Session<'_>) -> Result<Vec<Quantity>, Error> {
        let known = Known::open(session, self.known_at)?;
        let subject = Subject::open(&known, &self.partner, LAST)?;
        let rules = known.rules_in_force(self.question.as_of)?;
        Ok(quantities(&subject.history, &rules.book, self.area, &self.question)?)
    }

    /// The events that add some amounts, of customers, people and products that do not exist. The same question has the
    /// same events.
    ///
    /// # Errors
    /// Those of [`Request::quantities`], and `bad_value` when no events add the amounts.
    pub fn events(&self, session: &Session<'_>, changes: Vec<Change>) -> Result<Vec<Event>, Error> {
        let known = Known::open(session, self.known_at)?;
        let subject = Subject::open(&known, &self.partner, LAST)?;
        let rules = known.rules_in_force(self.question.as_of)?;
        let (root, as_of) = (hex::encode(known.root()?), self.question.as_of);
        let asked = format!("{} {} {as_of} {root} {changes:?}", self.partner, self.area);
        let id_of =
            |place: usize| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("pcs assumed change {asked} {place}").as_bytes());
        let events = Events { partner: &self.partner, next_seq: known.end, id_of: &id_of };
        let ground = (&*subject.history, &*rules.book);
        events_of_changes(ground, self.area, &self.question, changes, events)?.ok_or_else(|| {
            let text = "no events add these amounts by the rules of the day";
            Error::new("bad_value", text).hint("leave out what the metric cannot have more of")
        })
    }
}
