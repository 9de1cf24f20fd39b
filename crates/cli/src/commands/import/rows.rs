//! Imports lines of JSON: events, or entries with their places.
//!
//! One thread reads, parses and writes the canonical form, this one appends; the batch is committed when all lines are in.

use std::sync::mpsc::{Receiver, sync_channel};
use std::{io, thread};

use ledger::{Batch, Event, EventId, Outcome, PushError};

use super::counts::Counts;
use super::parsed::{Content, Parsed, ParsedLine, parse_all};
use super::refused::Refused;
use super::{Import, Input};
use crate::done::Done;
use crate::error::Error;
use crate::kept::Keeper;
use reports::{ReportError, unpacked};

/// Groups of lines that wait to be appended.
const WAITING: usize = 16;

/// Appends the lines of a file.
pub(super) fn import(import: Import<'_>, input: Input<'_>, entries: bool) -> Result<Counts, Error> {
    let Import { ledger, now, new_id, bar, dry_run, mut refused, keeper, done, .. } = import;
    let mut batch = ledger.begin(now);
    let len = input.len;
    let appended = append_lines(input, entries, &mut batch, new_id, &mut refused, |done| bar.at(done, len));
    bar.end();
    appended?;
    finish(batch, refused, dry_run, keeper, done)
}

/// Puts the lines of a file into a batch.
pub(super) fn append_lines(
    input: Input<'_>,
    entries: bool,
    batch: &mut Batch<'_>,
    new_id: &mut dyn FnMut() -> EventId,
    refused: &mut Refused,
    on_bytes: impl Fn(u64),
) -> Result<(), Error> {
    let Input { name, bytes, .. } = input;
    let bytes = unpacked(bytes).map_err(|error| unreadable(&name, error))?;
    let keep_text = refused.keeps_text();
    let read = thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        scope.spawn(move || parse_all(bytes, entries, keep_text, &sender));
        append_all(&receiver, batch, new_id, refused, on_bytes)
    });
    read.map_err(|error| match error {
        ReadOrAppend::Read(error) => unreadable(&name, error),
        ReadOrAppend::Append(error) => error,
    })
}

fn unreadable(name: &str, error: io::Error) -> Error {
    let source = ReportError::from(error);
    if let ReportError::Io(error) = source {
        return Error::file("read", name)(error);
    }
    Error::Report { file: name.to_owned(), source }
}

/// Commits the batch, unless something was refused or nothing is to be appended. Files are kept when it was.
pub(super) fn finish(
    batch: Batch<'_>,
    refused: Refused,
    dry_run: bool,
    keeper: Option<Keeper>,
    done: &mut Done,
) -> Result<Counts, Error> {
    let (refused, rejected) = refused.finish()?;
    if let Some(path) = &rejected {
        let path = path.display();
        done.add(format!("the refused lines are in {path}"), "they can be imported when they are put right");
    }
    let kept = keeper.map(Keeper::finish).transpose()?;
    let mut counts = Counts {
        new: batch.new_count(),
        already: batch.already_count(),
        refused,
        size: batch.current_size(),
        dry_run,
        rejected,
        summary: None,
        files: Vec::new(),
        plan: None,
        map_file: String::new(),
    };
    if dry_run {
        counts.size -= counts.new;
        drop(batch);
    } else {
        counts.size = batch.commit()?.size;
        done.recorded(counts.new, counts.size);
        if let Some(kept) = kept {
            kept.publish()?;
            done.add("what was imported is kept", "`pcs kept list` shows it");
        }
    }
    Ok(counts)
}

enum ReadOrAppend {
    Read(io::Error),
    Append(Error),
}

fn append_all(
    receiver: &Receiver<io::Result<Parsed>>,
    batch: &mut Batch<'_>,
    new_id: &mut dyn FnMut() -> EventId,
    refused: &mut Refused,
    on_bytes: impl Fn(u64),
) -> Result<(), ReadOrAppend> {
    for parsed in receiver {
        let parsed = parsed.map_err(ReadOrAppend::Read)?;
        for line in parsed.lines {
            append(line, batch, new_id, refused).map_err(ReadOrAppend::Append)?;
        }
        on_bytes(parsed.bytes_read);
    }
    Ok(())
}

fn append(
    line: ParsedLine,
    batch: &mut Batch<'_>,
    new_id: &mut dyn FnMut() -> EventId,
    refused: &mut Refused,
) -> Result<(), Error> {
    let ParsedLine { number, text, content } = line;
    let pushed: Result<Outcome, PushError> = match content {
        Ok(Content::Event(event)) => batch.push_prepared(&event),
        Ok(Content::Unnamed(event)) => batch.push(Event { id: new_id(), ..*event }),
        Ok(Content::Entry(line)) => batch.push_entry(&line),
        Err(refusal) => Err(refusal.into()),
    };
    match pushed {
        Ok(_) => Ok(()),
        Err(PushError::Refused(refusal)) => refused.add(refusal.on_line(number), text.as_deref()),
        Err(error) => Err(error.into()),
    }
}
