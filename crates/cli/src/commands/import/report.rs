//! Imports a report.

use std::cell::RefCell;
use std::io::{self, Read};
use std::ops::ControlFlow;

use ledger::{PartnerId, PushError};

use super::book::Book;
use super::counts::Counts;
use super::offers::ExcludedOffers;
use super::rows::finish;
use super::{Import, Input};
use crate::error::Error;
use crate::known::Known;
use crate::map_files::MapFiles;
use crate::progress::Progress;
use crate::reports::{Context, Kind, read};

/// Appends what a report proves.
pub(super) fn import(
    import: Import<'_>,
    input: Input<'_>,
    kind: Kind,
    partner: Option<PartnerId>,
    snapshot: bool,
    maps: &MapFiles,
) -> Result<Counts, Error> {
    let Import { ledger, now, bar, dry_run, mut refused, .. } = import;
    let known = Known::of(ledger.reader(), None)?;
    let rules = known.rules_in_force(now.date())?;
    let mapped = maps.under(&rules.book)?;
    let book = RefCell::new(Book::new(&known));
    let offers = ExcludedOffers::of(&rules.book);
    let is_excluded = |offer: &str| offers.contains(offer);
    let known_facts = |partner: &PartnerId| book.borrow_mut().facts(partner);
    let context = Context {
        partner,
        snapshot,
        maps: &mapped,
        excluded_offer: &is_excluded,
        known: &known_facts,
        today: now.date(),
        ..Context::of_file(&input.name)
    };
    let counted = Counted { input: input.bytes, read: 0, len: input.len, bar: &bar };
    let mut batch = ledger.begin(now);
    let mut failed = None;
    let summary = read(kind, counted, &context, &mut |row| {
        let appended = match row.result {
            Ok(event) => batch.push(event).map(|_| ()),
            Err(refusal) => Err(refusal.into()),
        };
        let done = match appended {
            Ok(()) => Ok(()),
            Err(PushError::Refused(refusal)) if row.line == 0 => refused.add(refusal, None),
            Err(PushError::Refused(refusal)) => refused.add(refusal.on_line(row.line), None),
            Err(error) => Err(error.into()),
        };
        match done {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    bar.end();
    if let Some(error) = failed {
        return Err(error);
    }
    book.borrow_mut().failure().map_or(Ok(()), Err)?;
    let summary = summary.map_err(|source| Error::Report { file: input.name.clone(), source })?;
    let counts = finish(batch, refused, dry_run)?;
    Ok(Counts { summary: Some(summary), map_file: maps.named(), ..counts })
}

/// Tells how much of the input has been read.
struct Counted<'a, R> {
    input: R,
    read: u64,
    len: Option<u64>,
    bar: &'a Progress,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read += read as u64;
        self.bar.at(self.read, self.len);
        Ok(read)
    }
}
