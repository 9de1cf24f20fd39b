//! What is taken of the files of an import, one after the other.

use std::io::Read;

use ledger::{Batch, Date, EventId};

use super::files::{FileAnswer, Outcome};
use super::plan::Plan;
use super::refusals::Refusals;
use super::report::{Learner, Meter, Report, Reports};
use super::rows::append_lines;
use super::selection::{Content, Omission};
use super::sources::Source;
use crate::error::Error;
use crate::world::Bar;
use reports::Summary;

/// What was taken of the files of an import.
pub(super) struct Intake<'a> {
    pub batch: Batch<'a>,
    pub refusals: Refusals,
    pub plan: Option<Plan>,
    pub files: Vec<FileAnswer>,
    /// The counts of all reports.
    pub whole: Option<Summary>,
    pub is_list: bool,
    pub bar: Box<dyn Bar>,
    /// The bytes of the files before.
    pub before: u64,
    pub total: Option<u64>,
}

impl Intake<'_> {
    /// Takes lines of events or entries.
    pub(super) fn take_lines(
        &mut self,
        source: &Source,
        bytes: Box<dyn Read + Send>,
        entries: bool,
        new_id: &mut dyn FnMut() -> EventId,
    ) -> Result<(), Error> {
        let counted = self.counted();
        let at = |done: u64| self.bar.at(self.before + done, self.total);
        append_lines(&source.name, bytes, entries, &mut self.batch, new_id, &mut self.refusals, at)?;
        self.answer(source, Content::Lines { entries }.name(), None, counted, None);
        Ok(())
    }

    /// Takes a report; whether it may have to be taken again, because it left figures to others.
    pub(super) fn take_report(
        &mut self,
        reports: &Reports<'_>,
        source: &Source,
        report: Report,
        bytes: Box<dyn Read + Send>,
        is_asked: bool,
    ) -> Result<bool, Error> {
        let counted = self.counted();
        let input = Meter { input: bytes, read: self.before, len: self.total, bar: &*self.bar };
        let book = is_asked.then_some(&reports.book);
        let learner = Learner { book, plan: self.plan.as_mut(), told_gone: &reports.told_gone };
        let summary = match reports.read(source, report, input, &mut self.batch, &mut self.refusals, learner) {
            Err(error) if self.is_list && self.refusals.are_skipped() && counted == self.counted() => {
                let error = error.into_report()?;
                self.files.push(FileAnswer::omitted((source.name.clone(), Omission::Unreadable(error))));
                return Ok(false);
            }
            read => read?,
        };
        let is_left = summary.told_by_others > 0 && self.refusals.total() == counted.refused;
        self.whole.get_or_insert_default().add(summary.clone());
        self.answer(source, report.kind.name(), Some(reports.day(report)), counted, Some(summary));
        Ok(is_left)
    }

    /// Takes a report again, and adds what it proves now to the answer about it.
    pub(super) fn take_again(
        &mut self,
        reports: &Reports<'_>,
        source: &Source,
        report: Report,
        bytes: Box<dyn Read + Send>,
        place: usize,
    ) -> Result<(), Error> {
        let counted = self.counted();
        let learner = Learner { book: Some(&reports.book), plan: self.plan.as_mut(), told_gone: &reports.told_gone };
        reports.read(source, report, bytes, &mut self.batch, &mut self.refusals, learner)?;
        let more = self.batch.so_far().new - counted.new;
        if let Some(FileAnswer { outcome: Outcome::Read { new, .. }, .. }) = self.files.get_mut(place) {
            *new += more;
        }
        Ok(())
    }

    fn counted(&self) -> Tally {
        let Self { batch, refusals, .. } = self;
        let so_far = batch.so_far();
        Tally { new: so_far.new, already: so_far.already, refused: refusals.total() }
    }

    fn answer(
        &mut self,
        source: &Source,
        kind: &'static str,
        as_of: Option<Date>,
        before: Tally,
        summary: Option<Summary>,
    ) {
        self.before += source.len.unwrap_or_default();
        let Tally { new, already, refused } = self.counted();
        let outcome = Outcome::Read {
            kind,
            as_of: as_of.map(|day| day.to_string()),
            new: new - before.new,
            already: already - before.already,
            refused: refused - before.refused,
            summary: summary.map(Box::new),
        };
        self.files.push(FileAnswer { name: source.name.clone(), outcome });
    }
}

/// How many events were taken.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tally {
    new: u64,
    already: u64,
    refused: u64,
}
