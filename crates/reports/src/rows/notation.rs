//! How one file writes its dates and amounts: told by all of its rows, before the first of them is read.

use std::collections::BTreeSet;

use csv::ByteRecord;
use ledger::Month;

use crate::error::ReportError;
use crate::file::records::Records;
use crate::formats::Format;
use crate::formats::names::{folded, shown_name};
use crate::rows::cells;
use crate::rows::date_order::{DateCell, DateOrder, YearLast};
use crate::rows::decimals::Decimals;
use crate::rows::evidence::{DateEvidence, DecimalEvidence};

/// How a file writes its dates and amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notation {
    /// The order of day and month, where a date needs one.
    pub(crate) dates: Option<DateOrder>,
    pub(crate) decimals: Decimals,
}

/// Columns of days beside columns of their months.
const PAIRS: &[(&str, &str)] =
    &[("TrainingCompletionDate", "Month"), ("SubscriptionStartDate", "SubscriptionStartMonth")];

/// Words of names of columns that hold dates, read or not.
const DATES: &[&str] = &["date", "month", "time"];

/// What the rows of a file tell of its notation.
pub(crate) struct NotationEvidence {
    names: Vec<String>,
    dates: Vec<DateColumn>,
    /// The places of days among the columns of dates, each with the place of their month's cell.
    pairs: Vec<(usize, usize)>,
    amounts: Vec<usize>,
    decimals: DecimalEvidence,
}

/// A column of dates.
struct DateColumn {
    place: usize,
    is_month: bool,
    is_read: bool,
    evidence: DateEvidence,
    /// The last cell and the date in it.
    last: (Vec<u8>, Option<YearLast>),
}

impl NotationEvidence {
    /// Of a file with these rows; its decimals are asked of where commas do not separate its cells.
    pub(crate) fn new(format: Option<&Format>, records: &Records<'_>) -> Self {
        let names = &records.names;
        let asks_decimals = records.has_own_separator;
        let folded_names: Vec<String> = names.iter().map(|name| folded(name)).collect();
        let is_one = |name: &str, of: &[&str]| of.iter().any(|wanted| folded(wanted) == name);
        let is_month = |name: &str| format.is_some_and(|format| is_one(name, format.months));
        let is_day = |name: &str| format.is_some_and(|format| is_one(name, format.days));
        let amounts = format.map_or(&[] as &[&str], |format| format.amounts);
        let is_amount = |name: &str| amounts.iter().any(|ending| name.ends_with(&folded(ending)));
        let places = || folded_names.iter().map(String::as_str).enumerate();
        let dates: Vec<DateColumn> = places()
            .filter(|(_, name)| DATES.iter().any(|word| name.contains(word)) && !is_amount(name))
            .map(|(place, name)| DateColumn {
                place,
                is_month: is_month(name) || name.ends_with("month"),
                is_read: is_month(name) || is_day(name),
                evidence: DateEvidence::default(),
                last: (Vec::new(), None),
            })
            .collect();
        let pairs = PAIRS.iter().filter_map(|(day, month)| {
            let place = |wanted: &str| folded_names.iter().position(|name| *name == folded(wanted));
            let (day, month) = (place(day)?, place(month)?);
            dates.iter().position(|column| column.place == day).map(|column| (column, month))
        });
        let pairs = pairs.collect();
        let amounts = places().filter(|(_, name)| asks_decimals && is_amount(name)).map(|(place, _)| place).collect();
        Self { names: names.clone(), dates, pairs, amounts, decimals: DecimalEvidence::default() }
    }

    /// Takes a row that begins on a line.
    pub(crate) fn take(&mut self, record: &ByteRecord, line: u64) {
        let Self { names, dates, pairs, amounts, decimals } = self;
        let text = |place: usize| record.get(place).and_then(|cell| std::str::from_utf8(cell).ok());
        let of = |place: usize| DateCell {
            line,
            column: names.get(place).map_or("", |name| shown_name(name)).to_owned(),
            text: text(place).expect("a cell with a date is text").trim().to_owned(),
        };
        for column in dates.iter_mut() {
            let cell = record.get(column.place).unwrap_or_default();
            if cell == column.last.0.as_slice() {
                continue;
            }
            let date = text(column.place).and_then(cells::year_last);
            column.last = (cell.to_vec(), date);
            if let Some(date) = date {
                column.evidence.take(date, column.is_month, || of(column.place));
            }
        }
        for (column, month) in pairs.iter() {
            let Some(DateColumn { place, evidence, last: (_, Some(date)), .. }) = dates.get_mut(*column) else {
                continue;
            };
            if let Some(month) = text(*month).and_then(told_month) {
                evidence.take_with(*date, month, || of(*place));
            }
        }
        for amount in amounts.iter().filter_map(|place| cells::present(text(*place)?)) {
            decimals.take(amount);
        }
    }

    /// Takes the places of columns that have numbers with decimals.
    pub(crate) fn take_numbers(&mut self, places: &BTreeSet<usize>) {
        if self.amounts.iter().any(|place| places.contains(place)) {
            self.decimals.take_number();
        }
    }

    /// The notation; `said` is the order of dates that the command names. What is not read counts where a date that is
    /// read needs it.
    ///
    /// # Errors
    /// As those of [`DateEvidence::decide`].
    pub(crate) fn decide(&self, said: Option<DateOrder>) -> Result<Notation, ReportError> {
        let mut evidence = DateEvidence::default();
        self.dates.iter().filter(|column| column.is_read).for_each(|column| evidence.add(&column.evidence));
        if evidence.needs_order() {
            self.dates.iter().filter(|column| !column.is_read).for_each(|column| evidence.add(&column.evidence));
        }
        Ok(Notation { dates: evidence.decide(said)?, decimals: self.decimals.decide() })
    }
}

/// The month of a cell that needs no order of day and month.
fn told_month(cell: &str) -> Option<Month> {
    if cells::year_last(cell).is_some() { None } else { cells::month(cells::present(cell)?, None) }
}
