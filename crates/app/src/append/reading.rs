//! Events as they are handed over: lines, or a JSON list.

use ledger::{Code, Event, Refusal};
use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Handed, ReadChoice, id_of};
use crate::error::{Error, TOO_LARGE};
use crate::import::event_of;
use crate::text::counted;

/// Refused events that are told at most.
const TOLD: usize = 20;

/// Events that are read one after the other. Of those that are refused, the first alone are kept, however many they are.
pub(super) struct Reading {
    choice: ReadChoice,
    events: Vec<Event>,
    lines: Vec<u64>,
    refusals: Vec<Refusal>,
    refused: usize,
    /// The line of the first event that is too long, and its length.
    too_long: Option<(u64, usize)>,
}

impl Reading {
    pub(super) fn new(choice: ReadChoice) -> Self {
        let (events, lines, refusals) = (Vec::new(), Vec::new(), Vec::new());
        Self { choice, events, lines, refusals, refused: 0, too_long: None }
    }

    /// Takes the text of an event.
    pub(super) fn take(&mut self, line: u64, text: &str) {
        let place = self.events.len() + self.refused;
        if text.len() > self.choice.longest {
            self.too_long = self.too_long.or(Some((line, text.len())));
            return;
        }
        match event_of(text, || self.choice.key.map(|key| id_of(key, place))) {
            Ok(event) => {
                self.events.push(event);
                self.lines.push(line);
            }
            Err(refusal) => {
                self.refused += 1;
                if self.refusals.len() < TOLD {
                    self.refusals.push(refusal.on_line(line));
                }
            }
        }
    }

    /// Takes the events of a JSON list.
    pub(super) fn take_list(&mut self, text: &str) -> Result<(), Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_seq(self).and_then(|()| json.end()).map_err(|error| {
            let line = u64::try_from(error.line()).unwrap_or_default();
            refused(&[Refusal::new(Code::Malformed, format!("the list cannot be read: {error}")).on_line(line)], 1)
        })
    }

    /// What was read, unless something of it is refused.
    pub(super) fn end(self) -> Result<Handed, Error> {
        let Self { choice, events, lines, refusals, refused: count, too_long } = self;
        if let Some((line, length)) = too_long {
            let text = format!("line {line} has {length} bytes, and an event has at most {}", choice.longest);
            return Err(Error::new(TOO_LARGE, text).on_line(Some(line)));
        }
        if count > 0 {
            return Err(refused(&refusals, count));
        }
        Ok(Handed { events, lines, dry_run: choice.dry_run, key: choice.key })
    }
}

impl<'de> Visitor<'de> for &mut Reading {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for place in 1.. {
            let Some(event) = list.next_element::<&RawValue>()? else { break };
            self.take(place, event.get());
        }
        Ok(())
    }
}

/// The refusal of everything that was handed over, because of so many events, of which the first are told.
pub(super) fn refused(refusals: &[Refusal], count: usize) -> Error {
    let first = refusals.iter().map(|refusal| {
        json!({"line": refusal.line, "column": refusal.column, "code": refusal.code.name(), "message": refusal.message})
    });
    let code = refusals.first().map_or(Code::Malformed, |refusal| refusal.code);
    let were = if count == 1 { "was" } else { "were" };
    let error = Error::new(code.name(), format!("{} {were} refused, and nothing is recorded", counted(count, "event")));
    let hint = refusals.iter().find_map(|refusal| refusal.hint.clone());
    let error = error.of_lines([("refused", json!(count)), ("first", first.collect::<Vec<Value>>().into())]);
    hint.into_iter().fold(error, Error::hint)
}

#[cfg(test)]
mod tests {
    use super::super::{Handed, ReadChoice};

    const CHOICE: ReadChoice = ReadChoice { key: None, dry_run: false, longest: 100 };

    #[test]
    fn of_many_refused_events_the_first_are_told_and_all_are_counted() {
        for body in ["{}\n".repeat(1_000), format!("[{}{{}}]", "{},".repeat(999))] {
            let error = Handed::read(body.as_bytes(), CHOICE).unwrap_err();
            let told: serde_json::Value = serde_json::from_str(&error.to_json()).unwrap();
            assert_eq!(told["error"]["refused"], 1_000, "{told}");
            assert_eq!(told["error"]["first"].as_array().map(Vec::len), Some(20), "{told}");
        }
    }

    #[test]
    fn an_event_that_is_too_long_is_told_as_such_in_lines_and_in_a_list() {
        let long = format!("{{\"type\":\"{}\"}}", "x".repeat(100));
        for body in [format!("{{}}\n{long}\n"), format!("[{{}},{long}]")] {
            let error = Handed::read(body.as_bytes(), CHOICE).unwrap_err();
            assert_eq!((error.code(), error.line()), ("too_large", Some(2)), "{body}");
        }
    }
}
