//! Imports reports.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;

use ledger::{Batch, Date, Event, Outcome as Pushed, PartnerId, PushError};

use super::accounts::Accounts;
use super::book::Book;
use super::counts::Counts;
use super::files::{FileAnswer, Outcome};
use super::offers::ExcludedOffers;
use super::persons::{Names, Persons};
use super::plan::Plan;
use super::refused::Refused;
use super::rows::{append_lines, finish};
use super::sorted::{Content, Item, Passed, Sorted};
use super::{Import, Input};
use crate::error::Error;
use crate::known::Known;
use crate::map_files::MapFiles;
use crate::progress::Progress;
use crate::reports::{Context, Kind, Part, Person, Rule, Summary, read};

/// What the command says of all reports.
#[derive(Clone, Debug, Default)]
pub(in crate::commands) struct Said {
    /// `--partner`.
    pub(in crate::commands) partner: Option<PartnerId>,
    /// `--snapshot`.
    pub(in crate::commands) snapshot: bool,
    /// `--downloaded`.
    pub(in crate::commands) downloaded: Option<Date>,
    /// `--map`.
    pub(in crate::commands) maps: MapFiles,
}

/// Appends what files prove, as one batch; `is_list` tells whether the answer names each of them.
pub(super) fn import(import: Import<'_>, mut sorted: Sorted, said: &Said, is_list: bool) -> Result<Counts, Error> {
    let Import { ledger, ledger_dir, now, new_id, new_secret, bar, dry_run, keep_names, mut refused, mut keeper } =
        import;
    let known = Known::of(ledger.reader(), None)?;
    let persons = RefCell::new(Persons::new(ledger_dir, &known.reader, new_secret, keep_names, dry_run)?);
    let rules = known.rules_in_force(now.date())?;
    let mapped = said.maps.under(&rules.book)?;
    let book = RefCell::new(Book::new(&known));
    let offers = ExcludedOffers::of(&rules.book);
    let is_excluded = |offer: &str| offers.contains(offer);
    let known_facts = |partner: &PartnerId| book.borrow_mut().facts(partner);
    let accounts = Accounts::new(&known, std::mem::take(&mut sorted.accounts), said.partner.as_ref());
    let account_of = |location: &str| accounts.partner_of(location);
    let parts: RefCell<BTreeMap<Part, String>> = RefCell::default();
    let pseudonym = |person: &Person<'_>| persons.borrow_mut().pseudonym(person);
    let mut batch = ledger.begin(now);
    let mut files = Vec::new();
    let mut plan = dry_run.then(Plan::default);
    let mut whole: Option<Summary> = None;
    let total = sorted.items.iter().map(|item| item.source.len).sum::<Option<u64>>();
    let mut before = 0;
    let mut items = std::mem::take(&mut sorted.items).into_iter().peekable();
    while let Some(Item { mut source, content, as_of }) = items.next() {
        let (new, already, refusals) = (batch.new_count(), batch.already_count(), refused.total());
        if is_list {
            refused.of_file(&source.name);
        }
        let bytes = match &mut keeper {
            Some(keeper) => source.open_kept(content.name(), keeper)?,
            None => source.open()?,
        };
        let len = source.len;
        let mut summary = None;
        match content {
            Content::Lines { entries } => {
                let input = Input { name: source.name.clone(), bytes, len };
                let at = |done: u64| bar.at(before + done, total);
                append_lines(input, entries, &mut batch, new_id, &mut refused, at)?;
            }
            Content::Report(kind) => {
                let other_part = |part: Part| other_part(&mut parts.borrow_mut(), part, &source.name);
                let context = Context {
                    other_part: &other_part,
                    sha256: source.sha256.as_deref(),
                    partner: said.partner.clone(),
                    accounts: accounts.are_known().then_some(&account_of),
                    snapshot: said.snapshot,
                    downloaded: said.downloaded,
                    maps: &mapped,
                    excluded_offer: &is_excluded,
                    known: &known_facts,
                    pseudonym: &pseudonym,
                    today: now.date(),
                    ..Context::of_file(&source.name)
                };
                let counted = Counted { input: bytes, read: before, len: total, bar: &bar };
                // What the last report tells is asked by nobody.
                let learner = Learner { book: items.peek().map(|_| &book), plan: plan.as_mut() };
                let appended = append_report(kind, counted, &context, &mut batch, &mut refused, learner);
                book.borrow_mut().failure().map_or(Ok(()), Err)?;
                persons.borrow_mut().failure().map_or(Ok(()), Err)?;
                let is_untouched =
                    (new, already, refusals) == (batch.new_count(), batch.already_count(), refused.total());
                match appended {
                    Ok(counted) => summary = Some(Box::new(counted)),
                    Err(Error::Report { source: error, .. }) if is_list && refused.skips() && is_untouched => {
                        files.push(FileAnswer::passed((source.name, Passed::Unreadable(error))));
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        before += len.unwrap_or_default();
        if let Some(summary) = &summary {
            whole.get_or_insert_default().add(Summary::clone(summary));
        }
        let outcome = Outcome::Read {
            kind: content.name(),
            as_of: as_of.map(|day| day.to_string()),
            new: batch.new_count() - new,
            already: batch.already_count() - already,
            refused: refused.total() - refusals,
            summary,
        };
        files.push(FileAnswer { name: source.name, outcome });
    }
    bar.end();
    accounts.failure().map_or(Ok(()), Err)?;
    files.extend(sorted.passed.into_iter().map(FileAnswer::passed));
    let names = persons.into_inner().finish()?;
    let counts = finish(batch, refused, dry_run, keeper)?;
    names.map_or(Ok(()), Names::publish)?;
    Ok(Counts {
        summary: whole,
        plan,
        files: if is_list { files } else { Vec::new() },
        map_file: said.maps.named(),
        ..counts
    })
}

/// The file that has the part already; else this one has it from now on.
fn other_part(parts: &mut BTreeMap<Part, String>, part: Part, file: &str) -> Option<String> {
    let other = parts.get(&part).cloned();
    parts.entry(part).or_insert_with(|| file.to_owned());
    other
}

/// Who is told of an event that is new.
struct Learner<'a, 'k> {
    /// What is known for the reports behind this one.
    book: Option<&'a RefCell<Book<'k>>>,
    plan: Option<&'a mut Plan>,
}

impl Learner<'_, '_> {
    fn listens(&self) -> bool {
        self.book.is_some() || self.plan.is_some()
    }

    fn learn(&mut self, event: &Event, rule: Option<Rule>) {
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
    mut learner: Learner<'_, '_>,
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
    if let Some(error) = failed {
        return Err(error);
    }
    summary.map_err(|source| Error::Report { file: context.file_name.to_owned(), source })
}

/// Tells how much of the input has been read.
pub(super) struct Counted<'a, R> {
    pub(super) input: R,
    /// The bytes before those of the input.
    pub(super) read: u64,
    /// The bytes of all inputs.
    pub(super) len: Option<u64>,
    pub(super) bar: &'a Progress,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read += read as u64;
        self.bar.at(self.read, self.len);
        Ok(read)
    }
}
