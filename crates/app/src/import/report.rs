//! Imports reports.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;

use ledger::{Batch, Date, Event, Outcome as Pushed, PartnerId, PushError};

use super::Import;
use super::accounts::Accounts;
use super::book::Book;
use super::counts::Counts;
use super::files::FileAnswer;
use super::offers::ExcludedOffers;
use super::persons::Persons;
use super::plan::Plan;
use super::refused::Refused;
use super::rows::finish;
use super::sorted::{Content, Item, Looked, Sorted};
use super::sources::Source;
use super::taken::Taken;
use crate::error::Error;
use crate::known::Known;
use crate::map_files::MapFiles;
use crate::world::Bar;
use reports::{Context, Kind, Maps, Part, Rule, Summary, read};

/// What the command says of all reports.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// `--partner`.
    pub partner: Option<PartnerId>,
    /// `--snapshot`.
    pub snapshot: bool,
    /// `--downloaded`.
    pub downloaded: Option<Date>,
    /// `--sealed-sources`.
    pub sealed: bool,
    /// `--map`.
    pub maps: MapFiles,
}

/// Appends what files prove, as one batch; `is_list` tells whether the answer names each of them.
pub(super) fn import(import: Import<'_>, mut sorted: Sorted, said: &Said, is_list: bool) -> Result<Counts, Error> {
    let Import { ledger, home, now, new_id, new_secret, bar, dry_run, keep_names, refused, mut keeper, done } = import;
    let known = Known::of(ledger.reader(), None)?;
    let persons = Persons::new(home, &known.reader, new_secret, keep_names, dry_run)?;
    let rules = known.rules_in_force(now.date())?;
    let newest = sorted.items.iter().filter_map(|item| item.looked.as_of).max();
    let reports = Reports {
        said,
        today: now.date(),
        maps: &said.maps.under(&rules.book)?,
        offers: ExcludedOffers::of(&rules.book),
        accounts: Accounts::new(
            &known,
            std::mem::take(&mut sorted.accounts),
            said.partner.as_ref(),
            newest.unwrap_or(now.date()),
        ),
        book: RefCell::new(Book::new(&known, &rules)),
        persons: RefCell::new(persons),
        parts: RefCell::default(),
        told_gone: Cell::new(false),
    };
    let total = sorted.items.iter().map(|item| item.source.len).sum::<Option<u64>>();
    let mut taken = Taken {
        batch: ledger.begin(now),
        refused,
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
    let mut items = std::mem::take(&mut sorted.items).into_iter().peekable();
    while let Some(Item { mut source, content, looked }) = items.next() {
        if is_list {
            taken.refused.of_file(&source.name);
        }
        let bytes = match &mut keeper {
            Some(keeper) => source.open_kept(content.name(), keeper)?,
            None => source.open()?,
        };
        match content {
            Content::Lines { entries } => taken.take_lines(&source, bytes, entries, new_id)?,
            Content::Report(kind) => {
                // What the last report tells is asked by nobody, unless files are read again.
                let is_asked = said.snapshot || items.peek().is_some();
                let report = Report { kind, looked };
                if taken.take_report(&reports, &source, report, bytes, is_asked)? {
                    left.push((taken.files.len() - 1, report, source));
                }
            }
        }
    }
    for (place, report, mut source) in left.into_iter().filter(|_| reports.told_gone.get()) {
        let bytes = source.open()?;
        taken.take_again(&reports, &source, report, bytes, place)?;
    }
    taken.bar.end();
    reports.accounts.failure().map_or(Ok(()), Err)?;
    taken.files.extend(sorted.passed.into_iter().map(FileAnswer::passed));
    let names = reports.persons.into_inner().finish()?;
    let counts = finish(taken.batch, taken.refused, dry_run, keeper, done)?;
    if let Some(names) = names {
        names.publish()?;
        done.add("names of persons are kept", "`pcs people list` shows them");
    }
    Ok(Counts {
        summary: taken.whole,
        plan: taken.plan,
        files: if is_list { taken.files } else { Vec::new() },
        map_file: said.maps.named(),
        ..counts
    })
}

/// A report, and what a first look at it told.
#[derive(Clone, Copy)]
pub(super) struct Report {
    pub kind: Kind,
    pub looked: Looked,
}

/// What all reports of an import are read with.
pub(super) struct Reports<'a> {
    said: &'a Said,
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
        report.looked.as_of.unwrap_or(self.today)
    }

    /// Puts what a report proves into a batch.
    pub(super) fn read(
        &self,
        source: &Source,
        report: Report,
        input: impl Read,
        batch: &mut Batch<'_>,
        refused: &mut Refused,
        learner: Learner<'_>,
    ) -> Result<Summary, Error> {
        let account_of = |location: &str| self.accounts.partner_of(location, self.day(report));
        let context = Context {
            other_part: &|part| self.other_part(part, &source.name),
            sha256: source.sha256.as_deref(),
            partner: self.said.partner.clone(),
            accounts: self.accounts.are_known().then_some(&account_of),
            snapshot: self.said.snapshot,
            downloaded: self.said.downloaded,
            maps: self.maps,
            excluded_offer: &|offer| self.offers.contains(offer),
            known: &|partner| self.book.borrow_mut().facts(partner),
            pseudonym: &|person| self.persons.borrow_mut().pseudonym(person),
            as_of: report.looked.as_of,
            principal: &|identity| self.persons.borrow_mut().principal(identity),
            seal: &|sha256| self.persons.borrow_mut().seal(sha256),
            sealed: self.said.sealed,
            today: self.today,
            notation: report.looked.notation,
            ..Context::of_file(&source.name)
        };
        let appended = append_report(report.kind, input, &context, batch, refused, learner);
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
    refused: &mut Refused,
    mut learner: Learner<'_>,
) -> Result<Summary, Error> {
    let mut failed = None;
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
        let done = match appended {
            Ok(()) => Ok(()),
            Err(PushError::Refused(refusal)) if row.line == 0 => refused.add(refusal, None),
            Err(PushError::Refused(refusal)) => refused.add(refusal.on_line(row.line), row.text.as_deref()),
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
    if let Some(error) = failed {
        return Err(error);
    }
    summary.map_err(|error| Error::report(context.file_name, error))
}

/// Tells how much of the input has been read.
pub(super) struct Counted<'a, R> {
    pub input: R,
    /// The bytes before those of the input.
    pub read: u64,
    /// The bytes of all inputs.
    pub len: Option<u64>,
    pub bar: &'a dyn Bar,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read += read as u64;
        self.bar.at(self.read, self.len);
        Ok(read)
    }
}
