//! Taking the files of an import, one after the other, as one batch.

use std::cell::{Cell, RefCell};
use std::io::Read;

use ledger::{Event, EventId, EventType, Outcome as Pushed, PartnerId, PushError};

use super::Import;
use super::accounts::Accounts;
use super::book::Book;
use super::files::{Counts, FileAnswer, Outcome};
use super::offers::ExcludedOffers;
use super::persons::Persons;
use super::plan::Plan;
use super::refusals::Refusals;
use super::report::Reports;
use super::rows::append_lines;
use super::selection::{Content, Item, Omission, Selection};
use super::sources::{Meter, Source};
use crate::done::Done;
use crate::error::{Error, Origin};
use crate::interrupt::Interrupt;
use crate::judged_batch::JudgedBatch;
use crate::kept::Keeper;
use crate::known::Known;
use crate::names::Names;
use crate::people::PeopleMap;
use crate::text::plain;
use crate::world::Bar;
use reports::{Kind, ReportError, Rule, Summary, as_of};

/// Appends the lines of a file, which is read once.
pub(super) fn import_lines(import: Import<'_>, mut source: Source, entries: bool) -> Result<Counts, Error> {
    let Import { request, ledger, now, new_id, bar, refusals, mut keeper, done, interrupt, .. } = import;
    let content = Content::Lines { entries };
    let bytes = source.open_for(content.name(), keeper.as_mut())?;
    let (counts, total) = (Counts { dry_run: request.dry_run, ..Counts::default() }, source.len);
    let batch = JudgedBatch::begin(ledger, now);
    let mut intake = Intake { batch, refusals, counts, is_list: false, bar: &*bar, before: 0, total, interrupt };
    intake.take_lines(&source, content, bytes, new_id)?;
    intake.finish(keeper, done)
}

/// Appends what files prove; `is_list` tells whether the answer names each of them.
pub(super) fn import_files(import: Import<'_>, selection: Selection, is_list: bool) -> Result<Counts, Error> {
    let Import { request, maps, ledger, now, new_id, new_secret, bar, refusals, names, mut keeper, done, interrupt } =
        import;
    let Selection { items, omissions, accounts, mut failures, is_partial } = selection;
    let (home, dry_run, today) = (ledger.dir(), request.dry_run, now.date());
    let known = Known::of(ledger.reader(), None)?;
    let persons = Persons::new(&home, &known.reader, new_secret, request.people, dry_run)?;
    let rules = known.rules_in_force(today)?;
    let newest = items.iter().filter_map(|item| item.look.as_of).max();
    let reports = Reports {
        request,
        today,
        maps: &maps.under(&rules.book)?,
        offers: ExcludedOffers::of(&rules.book),
        accounts: Accounts::new(&known, accounts, request.partner.as_ref(), newest.unwrap_or(today)),
        book: RefCell::new(Book::new(&known, &rules)),
        persons: RefCell::new(persons),
        names: RefCell::new(names),
        parts: RefCell::default(),
        told_gone: Cell::new(false),
    };
    let plan = dry_run.then(Plan::default);
    let mut intake = Intake {
        total: items.iter().map(|item| item.source.len).sum(),
        batch: JudgedBatch::begin(ledger, now),
        refusals,
        counts: Counts { dry_run, plan, map_file: maps.named(), is_without_files: is_partial, ..Counts::default() },
        is_list,
        bar: &*bar,
        before: 0,
        interrupt,
    };
    // Reports that left figures to another kind of report, which may say later in the import that it has none any more.
    let mut left = Vec::new();
    let mut items = items.into_iter().peekable();
    while let Some(mut item) = items.next() {
        intake.interrupt.check()?;
        if is_list {
            intake.refusals.of_file(&item.source.name);
        }
        let bytes = item.source.open_for(item.content.name(), keeper.as_mut())?;
        let taken = match item.content {
            Content::Lines { .. } => intake.take_lines(&item.source, item.content, bytes, new_id).map(|()| None),
            Content::Report(kind) => {
                // No report asks for what the last one tells, unless files are read again.
                let is_asked = request.snapshot || items.peek().is_some();
                let is_left = intake.take_report(&reports, kind, &item, bytes, is_asked);
                is_left.map(|is_left| is_left.then_some(kind))
            }
        };
        match taken {
            Ok(kind) => left.extend(kind.map(|kind| (intake.counts.files.len() - 1, kind, item))),
            // The others may be bad too, and are to be named.
            Err(error) if is_list && is_of_content(&error) => failures.push(error),
            Err(error) => return Err(error),
        }
    }
    intake.refusals.of_failures(failures).map_or(Ok(()), Err)?;
    for (place, kind, mut item) in left.into_iter().filter(|_| reports.told_gone.get()) {
        let (bytes, new_before) = (item.source.open()?, intake.batch.so_far().new);
        intake.append_report(&reports, kind, &item, bytes, true)?;
        // The answer about the file counts what it proves now, too.
        if let Some(FileAnswer { outcome: Outcome::Read { new, .. }, .. }) = intake.counts.files.get_mut(place) {
            *new += intake.batch.so_far().new - new_before;
        }
    }
    reports.accounts.failure().map_or(Ok(()), Err)?;
    let is_empty = |omission: &Omission| matches!(omission, Omission::Unreadable(ReportError::Empty));
    intake.counts.empty.extend(omissions.iter().filter(|(_, of)| is_empty(of)).map(|(name, _)| name.clone()));
    intake.counts.files.extend(omissions.into_iter().map(FileAnswer::omitted));
    let before = known.partners()?;
    let is_new = |partner: &PartnerId| !before.is_empty() && before.binary_search(partner).is_err();
    intake.counts.new_partners.retain(|partner, _| is_new(partner));
    let people = reports.persons.into_inner().finish()?;
    let names = reports.names.into_inner().map_or(Ok(None), |names| names.write_draft(&home))?;
    let counts = intake.finish(keeper, done)?;
    if let Some(people) = people {
        people.publish(&PeopleMap::path(&home))?;
        done.add("names of persons are kept", "`pcs people list` shows them");
    }
    if let Some(names) = names {
        names.publish(&Names::path(&home))?;
        done.add("names of customers are kept", "`pcs customers list` shows them");
    }
    Ok(counts)
}

/// What was taken of the files of an import.
struct Intake<'a> {
    batch: JudgedBatch<'a>,
    refusals: Refusals,
    /// The counts of all reports, and what became of each file.
    counts: Counts,
    /// Whether the answer names each of the files.
    is_list: bool,
    bar: &'a dyn Bar,
    /// The bytes of the files that are done.
    before: u64,
    total: Option<u64>,
    /// Tells that the import is to end.
    interrupt: Interrupt,
}

impl Intake<'_> {
    /// Takes lines of events or entries.
    fn take_lines(
        &mut self,
        source: &Source,
        content: Content,
        bytes: Box<dyn Read + Send>,
        new_id: &mut dyn FnMut() -> EventId,
    ) -> Result<(), Error> {
        let counted = self.counted();
        let at = |done: u64| {
            self.bar.at(self.before + done, self.total);
            self.interrupt.check()
        };
        let entries = content == Content::Lines { entries: true };
        append_lines(&source.name, bytes, entries, &mut self.batch, new_id, &mut self.refusals, at)?;
        if counted == self.counted() {
            self.counts.empty.push(source.name.clone());
        }
        self.answer(source, content, None, counted, None);
        Ok(())
    }

    /// Takes a report; returns whether it left figures to others, and so may have to be read again.
    fn take_report(
        &mut self,
        reports: &Reports<'_>,
        kind: Kind,
        item: &Item,
        bytes: Box<dyn Read + Send>,
        is_asked: bool,
    ) -> Result<bool, Error> {
        let counted = self.counted();
        let input = Meter { input: bytes, read: self.before, len: self.total, bar: self.bar };
        let summary = match self.append_report(reports, kind, item, input, is_asked) {
            Err(error)
                if self.is_list
                    && self.refusals.are_skipped()
                    && counted == self.counted()
                    && matches!(error.origin(), Origin::Report(_)) =>
            {
                let omission = Omission::Unreadable(error.into_report()?);
                self.counts.is_without_files = true;
                self.counts.files.push(FileAnswer::omitted((item.source.name.clone(), omission)));
                return Ok(false);
            }
            read => read?,
        };
        if summary.rows == 0 {
            self.counts.empty.push(item.source.name.clone());
        }
        let is_by_name = || as_of(None, &item.source.name, None).is_some_and(|day| Some(day) == item.look.as_of);
        let is_older = summary.older_figures + summary.older_links > 0;
        self.counts.is_day_guessed |= is_older && reports.request.downloaded.is_none() && !is_by_name();
        let is_left = summary.told_by_others > 0 && self.refusals.total() == counted.2;
        self.counts.summary.get_or_insert_default().add(summary.clone());
        let day = reports.day(item.look).to_string();
        self.answer(&item.source, item.content, Some(day), counted, Some(summary));
        Ok(is_left)
    }

    /// Puts what a report proves into the batch. Events that are new are counted in the plan, and told to the reports
    /// after this one if those ask.
    fn append_report(
        &mut self,
        reports: &Reports<'_>,
        kind: Kind,
        item: &Item,
        input: impl Read,
        is_asked: bool,
    ) -> Result<Summary, Error> {
        let Self { batch, refusals, counts: Counts { plan, ended, new_partners, .. }, interrupt, .. } = self;
        reports.read(kind, item, input, &mut |row| {
            interrupt.check()?;
            let (ending, partner) = match &row.result {
                Ok(event) => (ending(event, row.rule), event.partner.clone()),
                Err(_) => (None, None),
            };
            let mut count = |pushed: &Pushed| {
                if matches!(pushed, Pushed::New { .. }) {
                    if let Some(of) = &ending {
                        *ended.entry(*of).or_default() += 1;
                    }
                    if let Some(of) = &partner {
                        match new_partners.get_mut(of.as_str()) {
                            Some(events) => *events += 1,
                            None => drop(new_partners.insert(of.clone(), 1)),
                        }
                    }
                }
            };
            let pushed = match row.result {
                Ok(event) if is_asked || plan.is_some() => batch.push(event.clone()).map(|pushed| {
                    count(&pushed);
                    if matches!(pushed, Pushed::New { .. }) {
                        reports.learn(&event, row.rule, is_asked);
                        if let Some(plan) = plan {
                            plan.add(&event, row.rule);
                        }
                    }
                }),
                Ok(event) => batch.push(event).map(|pushed| count(&pushed)),
                Err(refusal) => Err(refusal.into()),
            };
            match pushed {
                Ok(()) => Ok(()),
                Err(PushError::Refused(refusal)) if row.line == 0 => refusals.add(refusal, None),
                Err(PushError::Refused(refusal)) => refusals.add(refusal.on_line(row.line), row.text.as_deref()),
                Err(error) => Err(error.into()),
            }
        })
    }

    /// How many events are new and known already so far, and how many lines were refused.
    fn counted(&self) -> (u64, u64, u64) {
        let so_far = self.batch.so_far();
        (so_far.new, so_far.already, self.refusals.total())
    }

    /// Adds the answer about a file; `before` is what was counted up to it.
    fn answer(
        &mut self,
        source: &Source,
        content: Content,
        as_of: Option<String>,
        before: (u64, u64, u64),
        summary: Option<Summary>,
    ) {
        self.before += source.len.unwrap_or_default();
        let (new, already, refused) = self.counted();
        let (name, kind) = (plain(&source.name), content.name());
        tracing::info!("read {name} as {kind}: {} new, {} already", new - before.0, already - before.1);
        let outcome = Outcome::Read {
            kind: content.name(),
            as_of,
            new: new - before.0,
            already: already - before.1,
            refused: refused - before.2,
            summary: summary.map(Box::new),
        };
        self.counts.files.push(FileAnswer { name: source.name.clone(), outcome });
    }

    /// Commits the batch, unless a line was refused or it is a dry run. The files are kept once it is committed.
    fn finish(self, keeper: Option<Keeper>, done: &mut Done) -> Result<Counts, Error> {
        let Self { batch, refusals, mut counts, is_list, interrupt, .. } = self;
        let so_far = batch.so_far();
        let has_good_row = counts.summary.as_ref().is_some_and(|summary| summary.rows > summary.refused);
        (counts.refused, counts.rejected) = refusals.finish(so_far.new + so_far.already > 0 || has_good_row)?;
        if let Some(path) = &counts.rejected {
            let path = path.display();
            done.add(format!("the refused lines are in {path}"), "they can be imported when they are put right");
        }
        let kept = keeper.map(Keeper::finish).transpose()?;
        (counts.new, counts.already) = (so_far.new, so_far.already);
        if !is_list {
            counts.files.clear();
        }
        if counts.dry_run {
            counts.size = so_far.size - counts.new;
            return Ok(counts);
        }
        interrupt.begin_commit()?;
        counts.size = batch.commit()?.size;
        done.recorded(counts.new, counts.size);
        if let Some(kept) = kept {
            kept.publish()?;
            done.add("what was imported is kept", "`pcs kept list` shows it");
        }
        Ok(counts)
    }
}

/// Whether a report is bad, and not the disk or the system.
fn is_of_content(error: &Error) -> bool {
    let Origin::Report(error) = error.origin() else { return false };
    !matches!(error, ReportError::Io(_) | ReportError::Temporary(_))
}

/// The type of an event by which a report says that something has ended.
fn ending(event: &Event, rule: Option<Rule>) -> Option<EventType> {
    let of = event.fact.event_type();
    let is_end =
        matches!(of, EventType::AssociationRevoked | EventType::CustomerChurned | EventType::CertificationUnlinked);
    (is_end || rule == Some(Rule::FigureGone)).then_some(of)
}
