//! Appends lines of JSON: events, or entries with their places.
//!
//! One thread reads, parses and writes the canonical form; this one appends.

use std::io::{self, Read};
use std::sync::mpsc::sync_channel;
use std::thread;

use ledger::{Batch, Event, EventId, PushError};

use super::parsed::{LineContent, ParsedLine, parse_all};
use super::refusals::Refusals;
use crate::error::Error;
use reports::{ReportError, unpacked};

/// Groups of lines that wait to be appended.
const WAITING: usize = 16;

/// Puts the lines of a file into a batch.
pub(super) fn append_lines(
    name: &str,
    bytes: Box<dyn Read + Send>,
    entries: bool,
    batch: &mut Batch<'_>,
    new_id: &mut dyn FnMut() -> EventId,
    refusals: &mut Refusals,
    on_bytes: impl Fn(u64),
) -> Result<(), Error> {
    let unreadable = |error: io::Error| {
        let error = ReportError::from(error);
        if let ReportError::Io(error) = error { Error::file("read", name)(error) } else { Error::report(name, error) }
    };
    let bytes = unpacked(bytes).map_err(unreadable)?;
    let keep_text = refusals.are_skipped();
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        scope.spawn(move || parse_all(bytes, entries, keep_text, &sender));
        for group in receiver {
            let group = group.map_err(unreadable)?;
            for line in group.lines {
                append(line, batch, new_id, refusals)?;
            }
            on_bytes(group.bytes_read);
        }
        Ok(())
    })
}

fn append(
    line: ParsedLine,
    batch: &mut Batch<'_>,
    new_id: &mut dyn FnMut() -> EventId,
    refusals: &mut Refusals,
) -> Result<(), Error> {
    let ParsedLine { number, text, content } = line;
    let pushed = match content {
        Ok(LineContent::Event(event)) => batch.push_prepared(&event),
        Ok(LineContent::Unnamed(event)) => batch.push(Event { id: new_id(), ..*event }),
        Ok(LineContent::Entry(line)) => batch.push_entry(&line),
        Err(refusal) => Err(refusal.into()),
    };
    match pushed {
        Ok(_) => Ok(()),
        Err(PushError::Refused(refusal)) => refusals.add(refusal.on_line(number), text.as_deref()),
        Err(error) => Err(error.into()),
    }
}
