//! Reads reports, with all that is known about their partners.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Read;

use ledger::{Date, Event};

use super::Request;
use super::accounts::Accounts;
use super::book::Book;
use super::offers::ExcludedOffers;
use super::persons::Persons;
use super::selection::{FirstLook, Item};
use crate::error::Error;
use crate::names::NamesInImport;
use crate::scan::FirstError;
use reports::{Context, Kind, Maps, Part, RowEvent, Rule, Summary, read};

/// What all reports of an import are read with.
pub(super) struct Reports<'a> {
    pub request: &'a Request,
    pub today: Date,
    pub maps: &'a Maps,
    pub offers: ExcludedOffers,
    pub accounts: Accounts<'a>,
    pub book: RefCell<Book>,
    pub persons: RefCell<Persons<'a>>,
    pub names: RefCell<Option<NamesInImport>>,
    pub parts: RefCell<BTreeMap<Part, String>>,
    /// Whether a report told that a figure is gone.
    pub told_gone: Cell<bool>,
}

impl Reports<'_> {
    /// The day that the answer says a report is of: that of the import when nothing tells it.
    pub(super) fn day(&self, look: FirstLook) -> Date {
        look.as_of.unwrap_or(self.today)
    }

    /// Reads a report, and hands its rows over.
    pub(super) fn read(
        &self,
        kind: Kind,
        item: &Item,
        input: impl Read,
        on_row: &mut dyn FnMut(RowEvent) -> Result<(), Error>,
    ) -> Result<Summary, Error> {
        let Item { source, look, .. } = item;
        let account_of = |location: &str| self.accounts.partner_of(location, self.day(*look));
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
            as_of: look.as_of,
            principal: &|identity| self.persons.borrow_mut().principal(identity),
            customer_name: &|customer, name| {
                if let Some(names) = &mut *self.names.borrow_mut() {
                    names.learn(customer, self.day(*look), name);
                }
            },
            seal: &|sha256| self.persons.borrow_mut().seal(sha256),
            sealed: self.request.sealed_sources,
            today: self.today,
            notation: look.notation,
            ..Context::of_file(&source.name)
        };
        let mut failure = FirstError::default();
        let summary = read(kind, input, &context, &mut |row| failure.flow(on_row(row)));
        self.book.borrow_mut().failure().map_or(Ok(()), Err)?;
        self.persons.borrow_mut().failure().map_or(Ok(()), Err)?;
        failure.end()?;
        summary.map_err(|error| Error::report(&source.name, error))
    }

    /// The file that has the part already; else this one has it from now on.
    fn other_part(&self, part: Part, file: &str) -> Option<String> {
        let mut parts = self.parts.borrow_mut();
        let first = parts.entry(part).or_insert_with(|| file.to_owned());
        (first.as_str() != file).then(|| first.clone())
    }

    /// Notes an event that is new, and its facts for the reports after this one if those ask.
    pub(super) fn learn(&self, event: &Event, rule: Option<Rule>, is_asked: bool) {
        self.told_gone.set(self.told_gone.get() || rule == Some(Rule::FigureGone));
        if is_asked {
            self.book.borrow_mut().learn(event);
        }
    }
}
