//! Events that several hand over at a time: each all or none, and all of them in one commit.

use ledger::{AppendError, Code, Event, EventId, Ledger, Outcome, Reader, Refusal, RestingLedger, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::Error;
use crate::import::event_of;
use crate::judged_batch::{JudgedBatch, is_judged};
use crate::session::Session;
use crate::text::{base64, counted};

/// Refused lines that are told at most.
const TOLD: usize = 20;

/// Events that somebody hands over.
#[derive(Clone, Debug)]
pub struct Handed {
    events: Vec<Event>,
    /// The line of each.
    lines: Vec<u64>,
    /// Whether nothing of it is to be recorded.
    dry_run: bool,
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
    /// Reads lines of events, or a JSON list of them. An event without an id gets one that follows from `key` and its place,
    /// so that the same events under the same key are the same.
    ///
    /// # Errors
    /// The code of the first event that is refused, with all that are, up to a bound: `missing_field` for one without an id,
    /// where there is no key.
    pub fn read(body: &[u8], key: Option<Uuid>, dry_run: bool) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).map_err(|error| {
            let line = 1 + body.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() as u64;
            refused(&[Refusal::new(Code::Malformed, "the line is not UTF-8 text").on_line(line)])
        })?;
        let list: Vec<&RawValue>;
        let texts: Vec<(u64, &str)> = if text.trim_start().starts_with('[') {
            list = serde_json::from_str(text).map_err(|error| {
                let line = u64::try_from(error.line()).unwrap_or_default();
                refused(&[Refusal::new(Code::Malformed, format!("the list cannot be read: {error}")).on_line(line)])
            })?;
            (1..).zip(list.iter().map(|event| event.get())).collect()
        } else {
            (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).collect()
        };
        let (mut events, mut lines, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
        for (line, text) in texts {
            let place = events.len() + refusals.len();
            let new_id = || key.map(|key| EventId(Uuid::new_v5(&key, place.to_string().as_bytes())));
            match event_of(text, new_id) {
                Ok(event) => {
                    events.push(event);
                    lines.push(line);
                }
                Err(refusal) => refusals.push(refusal.on_line(line)),
            }
        }
        if !refusals.is_empty() {
            return Err(refused(&refusals));
        }
        Ok(Self { events, lines, dry_run })
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
        refused(&[refusal.on_line(self.lines.get(index).copied().unwrap_or_default())])
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
        let together: Vec<Vec<Event>> =
            all.iter().filter(|handed| !handed.stands_alone()).map(|handed| handed.events.clone()).collect();
        let mut outcomes = ledger.append_each(&together, now).into_iter();
        let mut answers = Vec::with_capacity(all.len());
        for handed in all {
            let appended = if handed.stands_alone() {
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

/// The refusal of everything that was handed over, because of some lines.
fn refused(refusals: &[Refusal]) -> Error {
    let count = refusals.len() as u64;
    let first = refusals.iter().take(TOLD).map(|refusal| {
        json!({"line": refusal.line, "column": refusal.column, "code": refusal.code.name(), "message": refusal.message})
    });
    let code = refusals.first().map_or(Code::Malformed, |refusal| refusal.code);
    let were = if count == 1 { "was" } else { "were" };
    let error = Error::new(code.name(), format!("{} {were} refused, and nothing is recorded", counted(count, "event")));
    let hint = refusals.iter().find_map(|refusal| refusal.hint.clone());
    let error = error.of_lines([("refused", json!(count)), ("first", first.collect::<Vec<Value>>().into())]);
    hint.into_iter().fold(error, Error::hint)
}

impl Appended {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { new, already, size, root, seqs } = self;
        json!({"new": new, "already": already, "size": size, "root": base64(root), "seqs": seqs}).to_string()
    }
}
