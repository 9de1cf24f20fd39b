//! Imports lines of JSON: events, or entries with their places.
//!
//! One thread reads, parses and writes the canonical form, this one appends; the batch is committed when all lines are in.

use std::io::{self, Read};
use std::sync::mpsc::sync_channel;
use std::thread;

use ledger::{Batch, Commit, Event, EventId, Outcome, PushError};

use super::Import;
use super::counts::Counts;
use super::parsed::{LineContent, ParsedLine, parse_all};
use super::refusals::Refusals;
use super::selection::Content;
use super::sources::Source;
use crate::done::Done;
use crate::error::Error;
use crate::kept::Keeper;
use reports::{ReportError, unpacked};

/// Groups of lines that wait to be appended.
const WAITING: usize = 16;

/// Appends the lines of a file.
pub(super) fn import(import: Import<'_>, mut source: Source, entries: bool) -> Result<Counts, Error> {
    let Import { request, ledger, now, new_id, bar, mut refusals, mut keeper, done, .. } = import;
    let bytes = source.open_for(Content::Lines { entries }, keeper.as_mut())?;
    let mut batch = ledger.begin(now);
    let on_bytes = |done| bar.at(done, source.len);
    let appended = append_lines(&source.name, bytes, entries, &mut batch, new_id, &mut refusals, on_bytes);
    bar.end();
    appended?;
    finish(batch, refusals, request.dry_run, keeper, done)
}

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

/// Commits the batch, unless something was refused or nothing is to be appended. Files are kept when it was.
pub(super) fn finish(
    batch: Batch<'_>,
    refusals: Refusals,
    dry_run: bool,
    keeper: Option<Keeper>,
    done: &mut Done,
) -> Result<Counts, Error> {
    let (refused, rejected) = refusals.finish()?;
    if let Some(path) = &rejected {
        let path = path.display();
        done.add(format!("the refused lines are in {path}"), "they can be imported when they are put right");
    }
    let kept = keeper.map(Keeper::finish).transpose()?;
    let Commit { new, already, size } = batch.so_far();
    let mut counts = Counts {
        new,
        already,
        refused,
        size,
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

fn append(
    line: ParsedLine,
    batch: &mut Batch<'_>,
    new_id: &mut dyn FnMut() -> EventId,
    refusals: &mut Refusals,
) -> Result<(), Error> {
    let ParsedLine { number, text, content } = line;
    let pushed: Result<Outcome, PushError> = match content {
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
