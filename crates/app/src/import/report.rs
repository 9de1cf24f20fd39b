//! Imports reports.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Read};

use ledger::{Batch, Date, Event, Outcome as Pushed, PushError};

use super::accounts::Accounts;
use super::book::Book;
use super::counts::Counts;
use super::files::FileAnswer;
use super::intake::Intake;
use super::offers::ExcludedOffers;
use super::persons::Persons;
use super::plan::Plan;
use super::refusals::Refusals;
use super::rows::finish;
use super::selection::{Content, FirstLook, Item, Selection};
use super::sources::Source;
use super::{Import, Request};
use crate::error::Error;
use crate::known::Known;
use crate::people::PeopleMap;
use crate::scan::FirstError;
use crate::world::Bar;
use reports::{Context, Kind, Maps, Part, Rule, Summary, read};

/// Appends what files prove, as one batch; `is_list` tells whether the answer names each of them.
pub(super) fn import(import: Import<'_>, mut selection: Selection, is_list: bool) -> Result<Counts, Error> {
    let Import { request, maps, ledger, now, new_id, new_secret, bar, refusals, mut keeper, done } = import;
    let (home, dry_run) = (ledger.dir(), request.dry_run);
    let known = Known::of(ledger.reader(), None)?;
    let persons = Persons::new(&home, &known.reader, new_secret, request.people, dry_run)?;
    let rules = known.rules_in_force(now.date())?;
    let newest = selection.items.iter().filter_map(|item| item.look.as_of).max();
    let reports = Reports {
        request,
        today: now.date(),
        maps: &maps.under(&rules.book)?,
        offers: ExcludedOffers::of(&rules.book),
        accounts: Accounts::new(
            &known,
            std::mem::take(&mut selection.accounts),
            request.partner.as_ref(),
            newest.unwrap_or(now.date()),
        ),
        book: RefCell::new(Book::new(&known, &rules)),
        persons: RefCell::new(persons),
        parts: RefCell::default(),
        told_gone: Cell::new(false),
    };
    let total = selection.items.iter().map(|item| item.source.len).sum::<Option<u64>>();
    let mut intake = Intake {
        batch: ledger.begin(now),
        refusals,
        plan: dry_run.then(Plan::default),
        files: Vec::new(),
        whole: None,
        is_list,
        bar,
        before: 0,
        total,
    };
    // Those that left figures to a kind of report which may tell after them that it has none any more.
    let mut left = Vec::new();
    let mut items = std::mem::take(&mut selection.items).into_iter().peekable();
    while let Some(Item { mut source, content, look }) = items.next() {
        if is_list {
            intake.refusals.of_file(&source.name);
        }
        let bytes = source.open_for(content, keeper.as_mut())?;
        match content {
            Content::Lines { entries } => intake.take_lines(&source, bytes, entries, new_id)?,
            Content::Report(kind) => {
                // What the last report tells is asked by nobody, unless files are read again.
                let is_asked = request.snapshot || items.peek().is_some();
                let report = Report { kind, look };
                if intake.take_report(&reports, &source, report, bytes, is_asked)? {
                    left.push((intake.files.len() - 1, report, source));
                }
            }
        }
    }
    for (place, report, mut source) in left.into_iter().filter(|_| reports.told_gone.get()) {
        let bytes = source.open()?;
        intake.take_again(&reports, &source, report, bytes, place)?;
    }
    intake.bar.end();
    reports.accounts.failure().map_or(Ok(()), Err)?;
    intake.files.extend(selection.omissions.into_iter().map(FileAnswer::omitted));
    let names = reports.persons.into_inner().finish()?;
    let counts = finish(intake.batch, intake.refusals, dry_run, keeper, done)?;
    if let Some(names) = names {
        names.publish(&PeopleMap::path(&home))?;
        done.add("names of persons are kept", "`pcs people list` shows them");
    }
    Ok(Counts {
        summary: intake.whole,
        plan: intake.plan,
        files: if is_list { intake.files } else { Vec::new() },
        map_file: maps.named(),
        ..counts
    })
}

/// A report, and what a first look at it told.
#[derive(Clone, Copy)]
pub(super) struct Report {
    pub kind: Kind,
    pub look: FirstLook,
}

/// What all reports of an import are read with.
pub(super) struct Reports<'a> {
    request: &'a Request,
    today: Date,
    maps: &'a Maps,
    offers: ExcludedOffers,
    accounts: Accounts<'a>,
    pub book: RefCell<Book>,
    persons: RefCell<Persons<'a>>,
    parts: RefCell<BTreeMap<Part, String>>,
    /// Whether a figure was told to be gone.
    pub told_gone: Cell<bool>,
}

impl Reports<'_> {
    /// The day that the answer says a report is of: that of the import when nothing tells it.
    pub(super) fn day(&self, report: Report) -> Date {
        report.look.as_of.unwrap_or(self.today)
    }

    /// Puts what a report proves into a batch.
    pub(super) fn read(
        &self,
        source: &Source,
        report: Report,
        input: impl Read,
        batch: &mut Batch<'_>,
        refusals: &mut Refusals,
        learner: Learner<'_>,
    ) -> Result<Summary, Error> {
        let account_of = |location: &str| self.accounts.partner_of(location, self.day(report));
        let context = Context {
            other_part: &|part| self.other_part(part, &source.name),
            sha256: source.sha256.as_deref(),
            partner: self.request.partner.clone(),
            accounts: self.accounts.are_known().then_some(&account_of),
            snapshot: self.request.snapshot,
            downloaded: self.request.downloaded,
            maps: self.maps,
            excluded_offer: &|offer| self.offers.contains(offer),
            known: &|partner| self.book.borrow_mut().facts(partner),
            pseudonym: &|person| self.persons.borrow_mut().pseudonym(person),
            as_of: report.look.as_of,
            principal: &|identity| self.persons.borrow_mut().principal(identity),
            seal: &|sha256| self.persons.borrow_mut().seal(sha256),
            sealed: self.request.sealed_sources,
            today: self.today,
            notation: report.look.notation,
            ..Context::of_file(&source.name)
        };
        let appended = append_report(report.kind, input, &context, batch, refusals, learner);
        self.book.borrow_mut().failure().map_or(Ok(()), Err)?;
        self.persons.borrow_mut().failure().map_or(Ok(()), Err)?;
        appended
    }

    /// The file that has the part already; else this one has it from now on.
    fn other_part(&self, part: Part, file: &str) -> Option<String> {
        let mut parts = self.parts.borrow_mut();
        let first = parts.entry(part).or_insert_with(|| file.to_owned());
        (first.as_str() != file).then(|| first.clone())
    }
}

/// Who is told of an event that is new.
pub(super) struct Learner<'a> {
    /// What is known for the reports behind this one.
    pub book: Option<&'a RefCell<Book>>,
    pub plan: Option<&'a mut Plan>,
    /// Set when a figure is told to be gone.
    pub told_gone: &'a Cell<bool>,
}

impl Learner<'_> {
    fn listens(&self) -> bool {
        self.book.is_some() || self.plan.is_some()
    }

    fn learn(&mut self, event: &Event, rule: Option<Rule>) {
        self.told_gone.set(self.told_gone.get() || rule == Some(Rule::FigureGone));
        if let Some(book) = self.book {
            book.borrow_mut().learn(event);
        }
        if let Some(plan) = &mut self.plan {
            plan.add(event, rule);
        }
    }
}

/// Puts what a report proves into a batch.
fn append_report(
    kind: Kind,
    input: impl Read,
    context: &Context<'_>,
    batch: &mut Batch<'_>,
    refusals: &mut Refusals,
    mut learner: Learner<'_>,
) -> Result<Summary, Error> {
    let mut failure = FirstError::default();
    let summary = read(kind, input, context, &mut |row| {
        let appended = match row.result {
            Ok(event) if learner.listens() => batch.push(event.clone()).map(|pushed| {
                if matches!(pushed, Pushed::New { .. }) {
                    learner.learn(&event, row.rule);
                }
            }),
            Ok(event) => batch.push(event).map(|_| ()),
            Err(refusal) => Err(refusal.into()),
        };
        failure.flow(match appended {
            Ok(()) => Ok(()),
            Err(PushError::Refused(refusal)) if row.line == 0 => refusals.add(refusal, None),
            Err(PushError::Refused(refusal)) => refusals.add(refusal.on_line(row.line), row.text.as_deref()),
            Err(error) => Err(error.into()),
        })
    });
    failure.end()?;
    summary.map_err(|error| Error::report(context.file_name, error))
}

/// Tells how much of the input has been read.
pub(super) struct Meter<'a, R> {
    pub input: R,
    /// The bytes before those of the input.
    pub read: u64,
    /// The bytes of all inputs.
    pub len: Option<u64>,
    pub bar: &'a dyn Bar,
}

impl<R: Read> Read for Meter<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read += read as u64;
        self.bar.at(self.read, self.len);
        Ok(read)
    }
}
