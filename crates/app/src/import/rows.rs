//! Appends lines of JSON: events, or entries with their places.
//!
//! One thread reads, parses and writes the canonical form; this one appends. If no other thread is to be had, this one does
//! both.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::mpsc::sync_channel;
use std::thread;

use ledger::{Event, EventId, PushError};

use super::parsed::{LineContent, LineGroup, ParsedLine, parse_all};
use super::refusals::Refusals;
use crate::error::Error;
use crate::judged_batch::JudgedBatch;
use crate::scan::FirstError;
use reports::{ReportError, unpacked};

/// Groups of lines that wait to be appended.
const WAITING: usize = 4;

/// Puts the lines of a file into a batch.
pub(super) fn append_lines(
    name: &str,
    bytes: Box<dyn Read + Send>,
    entries: bool,
    batch: &mut JudgedBatch<'_>,
    new_id: &mut dyn FnMut() -> EventId,
    refusals: &mut Refusals,
    on_bytes: impl Fn(u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let unreadable = |error: io::Error| {
        let error = ReportError::from(error);
        if let ReportError::Io(error) = error { Error::file("read", name)(error) } else { Error::report(name, error) }
    };
    let mut bytes = unpacked(bytes).map_err(unreadable)?;
    let keep_text = refusals.are_skipped();
    let mut append_all = |group: io::Result<LineGroup>| {
        let group = group.map_err(unreadable)?;
        for line in group.lines {
            append(line, batch, new_id, refusals)?;
        }
        on_bytes(group.bytes_read)
    };
    let appended = thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        let input = &mut bytes;
        let parse = move || {
            parse_all(input, entries, keep_text, &mut |group| match sender.send(group) {
                Ok(()) => ControlFlow::Continue(()),
                // Nobody listens any more.
                Err(_) => ControlFlow::Break(()),
            });
        };
        thread::Builder::new().spawn_scoped(scope, parse).ok()?;
        Some(receiver.into_iter().try_for_each(&mut append_all))
    });
    appended.unwrap_or_else(|| {
        let mut failure = FirstError::default();
        parse_all(&mut bytes, entries, keep_text, &mut |group| failure.flow(append_all(group)));
        failure.end()
    })
}

fn append(
    line: ParsedLine,
    batch: &mut JudgedBatch<'_>,
    new_id: &mut dyn FnMut() -> EventId,
    refusals: &mut Refusals,
) -> Result<(), Error> {
    let ParsedLine { number, text, content } = line;
    let pushed = match content {
        Ok(LineContent::Event(event)) => batch.push_prepared(&event),
        Ok(LineContent::Judged(event)) => batch.push(*event),
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
