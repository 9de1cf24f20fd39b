//! Events that several hand over at a time: each all or none, and all of them in one commit.

mod reading;

use std::collections::BTreeSet;

use ledger::{AppendError, Code, Event, EventId, Key, Ledger, Outcome, Reader, Refusal, RestingLedger, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::judged_batch::{JudgedBatch, is_judged};
use crate::session::Session;
use crate::text::base64;
use reading::{Reading, refused};

/// Events that somebody hands over.
#[derive(Clone, Debug)]
pub struct Handed {
    events: Vec<Event>,
    /// The line of each.
    lines: Vec<u64>,
    /// Whether nothing of it is to be recorded.
    dry_run: bool,
    /// The key under which the same events are the same.
    key: Option<Uuid>,
}

/// How events are read.
#[derive(Clone, Copy, Debug)]
pub struct ReadChoice {
    /// From this the ids follow of events that have none, together with their places.
    pub key: Option<Uuid>,
    /// Whether nothing of it is to be recorded.
    pub dry_run: bool,
    /// The most bytes of an event.
    pub longest: usize,
}

/// What appends again and again, and has the writer's lock for the time of each call alone.
#[derive(Debug, Default)]
pub struct Appends {
    /// The ledger as the last call left it.
    resting: Option<RestingLedger>,
}

/// What was recorded.
#[derive(Clone, Debug)]
pub struct Appended {
    /// The entries that are new.
    pub new: u64,
    /// The events that the ledger had already.
    pub already: u64,
    /// The number of entries.
    pub size: u64,
    /// The root of their tree.
    pub root: [u8; 32],
    /// The place of the entry of each event, in their order; none of events that were only tried.
    pub seqs: Vec<u64>,
}

impl Handed {
    /// Reads lines of events, or a JSON list of them. An event without an id gets one that follows from the key and its
    /// place, so that the same events under the same key are the same.
    ///
    /// # Errors
    /// The code of the first event that is refused, with all that are, up to a bound: `missing_field` for one without an id,
    /// where there is no key. `too_large` for one that is longer than it may be.
    pub fn read(body: &[u8], choice: ReadChoice) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).map_err(|error| {
            let line = 1 + body.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() as u64;
            refused(&[Refusal::new(Code::Malformed, "the line is not UTF-8 text").on_line(line)], 1)
        })?;
        let mut reading = Reading::new(choice);
        if text.trim_start().starts_with('[') {
            reading.take_list(text)?;
        } else {
            (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).for_each(|(line, text)| {
                reading.take(line, text);
            });
        }
        reading.end()
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether it must be judged by the rules, or only tried, and so is appended by itself.
    fn stands_alone(&self) -> bool {
        self.dry_run || self.events.iter().any(|event| is_judged(event.fact.event_type()))
    }

    /// The refusal of one of the events, at its line.
    fn refusal(&self, index: usize, refusal: Refusal) -> Error {
        refused(&[refusal.on_line(self.lines.get(index).copied().unwrap_or_default())], 1)
    }

    /// Refuses events under a key that stands for others: some of the ids that follow from it are known and some are not, or
    /// one is known that would be of an event behind the last. `beside` are ids that are handed over together with these.
    fn check_key(&self, reader: &Reader, beside: &mut BTreeSet<EventId>) -> Result<(), Error> {
        let Some(key) = self.key else { return Ok(()) };
        let is_known = |id: EventId| -> Result<bool, Error> {
            for seq in reader.find(Key::event(id), reader.size())? {
                if reader.entry(seq)?.event.id == id {
                    return Ok(true);
                }
            }
            Ok(beside.contains(&id))
        };
        let named = self.events.iter().enumerate().filter(|(place, event)| event.id == id_of(key, *place));
        let named = named.map(|(place, event)| Ok((place, event.id, is_known(event.id)?)));
        let named: Vec<(usize, EventId, bool)> = named.collect::<Result<_, Error>>()?;
        let Some((last, ..)) = named.last() else { return Ok(()) };
        let new = named.iter().find(|(.., is_known)| !is_known).map(|(place, ..)| place);
        let is_mixed = new.is_some() && named.iter().any(|(.., is_known)| *is_known);
        if is_mixed || is_known(id_of(key, self.events.len()))? {
            let message = "other events are recorded under the key";
            let refusal = Refusal::new(Code::IdReused, message).with_hint("other events need a key of their own");
            return Err(self.refusal(*new.unwrap_or(last), refusal));
        }
        beside.extend(named.into_iter().map(|(_, id, _)| id).filter(|_| !self.dry_run));
        Ok(())
    }

    /// Appends the events, or tries them.
    fn append_alone(&self, ledger: &mut Ledger, now: Timestamp) -> Result<Vec<Outcome>, Error> {
        let mut batch = JudgedBatch::begin(ledger, now);
        let mut outcomes = Vec::with_capacity(self.events.len());
        for (index, event) in self.events.iter().enumerate() {
            outcomes.push(batch.push(event.clone()).map_err(|error| match error {
                ledger::PushError::Refused(refusal) => self.refusal(index, refusal),
                ledger::PushError::Store(error) => error.into(),
            })?);
        }
        if !self.dry_run {
            batch.commit()?;
        }
        Ok(outcomes)
    }

    fn appended(&self, outcomes: &[Outcome], size: u64, root: [u8; 32]) -> Appended {
        let is_new = |outcome: &&Outcome| matches!(outcome, Outcome::New { .. });
        let seq = |outcome: &Outcome| match outcome {
            Outcome::New { seq } | Outcome::Already { seq } => *seq,
        };
        let new = outcomes.iter().filter(is_new).count() as u64;
        let seqs = if self.dry_run { Vec::new() } else { outcomes.iter().map(seq).collect() };
        Appended { new, already: outcomes.len() as u64 - new, size, root, seqs }
    }
}

impl Appends {
    /// Appends what several handed over, each all or none. What is answered is durable.
    ///
    /// # Errors
    /// Of each, its own: a refused event, with its line. Of all, when the ledger cannot be opened or written.
    pub fn append_all(
        &mut self,
        session: &mut Session<'_>,
        all: &[Handed],
    ) -> Result<(Vec<Result<Appended, Error>>, Reader), Error> {
        let now = session.writing_at(false)?;
        let mut ledger = session.ledger_again(self.resting.take(), now)?;
        let (before, mut beside) = (ledger.reader(), BTreeSet::new());
        let checked: Vec<(&Handed, Result<(), Error>)> =
            all.iter().map(|handed| (handed, handed.check_key(&before, &mut beside))).collect();
        let together = checked.iter().filter(|(handed, checked)| checked.is_ok() && !handed.stands_alone());
        let together: Vec<Vec<Event>> = together.map(|(handed, _)| handed.events.clone()).collect();
        let mut outcomes = ledger.append_each(&together, now).into_iter();
        let mut answers = Vec::with_capacity(all.len());
        for (handed, checked) in checked {
            let appended = if let Err(error) = checked {
                Err(error)
            } else if handed.stands_alone() {
                handed.append_alone(&mut ledger, now)
            } else {
                outcomes.next().expect("each that does not stand alone has an answer").map_err(|error| match error {
                    AppendError::Refused { index, refusal } => handed.refusal(index, refusal),
                    error @ (AppendError::Store(_) | AppendError::Abandoned | AppendError::Closed) => error.into(),
                })
            };
            answers.push(appended);
        }
        let reader = ledger.reader();
        let (size, root) = (reader.size(), reader.root(reader.size())?);
        self.resting = ledger.rest();
        let told = all.iter().zip(answers);
        let told = told.map(|(handed, outcomes)| outcomes.map(|outcomes| handed.appended(&outcomes, size, root)));
        Ok((told.collect(), reader))
    }
}

/// The id of the event at a place under a key.
fn id_of(key: Uuid, place: usize) -> EventId {
    EventId(Uuid::new_v5(&key, place.to_string().as_bytes()))
}

impl Appended {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { new, already, size, root, seqs } = self;
        json!({"new": new, "already": already, "size": size, "root": base64(root), "seqs": seqs}).to_string()
    }
}
