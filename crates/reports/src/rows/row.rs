//! One row: its cells by their columns, each read or refused with column and text.

use csv::ByteRecord;
use std::borrow::Cow;

use ledger::{Code, CustomerId, Date, Month, Name, PartnerId, Refusal, Timestamp, counted};

use crate::context::Context;
use crate::error::DOWNLOAD_AGAIN;
use crate::file::records::written;
use crate::output::Output;
use crate::rows::cells;
use crate::rows::columns::{Column, Columns};
use crate::rows::decimals::{Decimals, is_group};
use crate::rows::exact::Exact;
use crate::rows::identifier;
use crate::rows::members;
use crate::rows::notation::Notation;

/// One row of a table.
pub(crate) struct Row<'a> {
    pub(super) columns: &'a Columns,
    pub(super) record: &'a ByteRecord,
    /// The line of the file, from 1, on which the row begins.
    pub(crate) line: u64,
    pub(super) notation: Notation,
    /// Of a row that names persons no text is shown.
    pub(super) names_persons: bool,
}

impl<'a> Row<'a> {
    /// Hands the row over as refused, with its text where it may be shown.
    pub(crate) fn refuse(&self, refusal: Refusal, output: &mut Output<'_>) {
        output.refuse_row(self.line, refusal, || (!self.names_persons).then(|| written(self.record)));
    }

    /// Whether every cell is blank.
    pub(crate) fn is_blank(&self) -> bool {
        self.record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace))
    }

    /// Whether a blank row is the beginning of one, if it is the last: it has too few cells, and more than blanks alone.
    pub(crate) fn may_be_cut(&self) -> bool {
        let cells = self.record.len();
        cells < self.columns.len() && (cells > 1 || self.record.as_slice().is_empty())
    }

    /// Refuses a row that has more or fewer cells than there are columns.
    pub(crate) fn check_width(&self) -> Result<(), Refusal> {
        let (cells, columns) = (self.record.len(), self.columns.len());
        if cells == columns {
            return self.check_quotes(columns);
        }
        let message = format!("the row has {} and the file {}", counted(cells, "cell"), counted(columns, "column"));
        Err(Refusal::new(Code::Malformed, message).with_hint("look for a quote that is not closed"))
    }

    /// The refusal of the last row where the file was cut inside it: it has too few cells, or its last cell goes on up to
    /// the end because of an open quote.
    pub(crate) fn cut_off(&self, refusal: Refusal) -> Refusal {
        let (cells, columns) = (self.record.len(), self.columns.len());
        let is_open = self.record.iter().next_back().is_some_and(|cell| cell.ends_with(b"\n"));
        if cells >= columns && !is_open {
            return refusal;
        }
        let message = format!("the file ends inside a row, which has {} of {columns}", counted(cells, "cell"));
        let hint = if is_open {
            format!("{DOWNLOAD_AGAIN}, or look for a quote that is not closed")
        } else {
            DOWNLOAD_AGAIN.to_owned()
        };
        Refusal::new(Code::Malformed, message).with_hint(hint)
    }

    /// Refuses a cell that holds a further row: a backslash before a quote can make two rows one, of the right width.
    fn check_quotes(&self, columns: usize) -> Result<(), Refusal> {
        if !self.record.as_slice().contains(&b'\n') {
            return Ok(());
        }
        let most = |cell: &[u8]| {
            let count = |delimiter: u8| cell.split(|byte| *byte == delimiter).count() - 1;
            [b',', b'\t', b';', b'|', b'^', b'~'].into_iter().map(count).fold(0, usize::max)
        };
        let holds_a_row = |cell: &[u8]| cell.contains(&b'\n') && most(cell) >= (columns / 2).max(4);
        if !self.record.iter().any(holds_a_row) {
            return Ok(());
        }
        Err(Refusal::new(Code::Malformed, "a cell of the row holds a further row")
            .with_hint("look for a quote that is not closed, or a backslash before one"))
    }

    /// The column as the file writes it.
    pub(crate) fn column(&self, place: Column) -> &'a str {
        self.columns.name(place)
    }

    /// The text of a cell; `None` when it stands for nothing.
    pub(crate) fn text(&self, place: Column) -> Result<Option<&'a str>, Refusal> {
        let cell = self.record.get(place.0).expect("a row that is read has a cell for each column");
        match std::str::from_utf8(cell) {
            Ok(text) => Ok(cells::present(text)),
            Err(_) => Err(Refusal::new(Code::Malformed, format!("`{}` is not UTF-8 text", self.column(place)))),
        }
    }

    /// The text of a cell of a column that the file may not have.
    pub(crate) fn optional_text(&self, place: Option<Column>) -> Result<Option<&'a str>, Refusal> {
        place.map_or(Ok(None), |place| self.text(place))
    }

    /// The text of a cell that stands for something, with its place, of a column that the file may not have.
    fn found(&self, place: Option<Column>) -> Result<Option<(Column, &'a str)>, Refusal> {
        Ok(place.zip(self.optional_text(place)?))
    }

    /// The partner of the row: that of its column, else the account of its location, else that of the command.
    pub(crate) fn partner(
        &self,
        place: Option<Column>,
        location: Option<Column>,
        context: &Context<'_>,
    ) -> Result<PartnerId, Refusal> {
        let named = context.partner.as_ref();
        if let Some((place, text)) = self.found(place)? {
            let account = identifier::account(text).map_err(|problem| self.refused(place, text, problem))?;
            let partner = PartnerId::new(&account).map_err(|error| self.refused(place, text, &error.to_string()))?;
            return match named {
                Some(named) if *named != partner => {
                    let problem = format!("is not {named}");
                    let hint = "leave --partner out: the report names its partners";
                    Err(self.refused(place, text, &problem).with_hint(hint))
                }
                _ => Ok(partner),
            };
        }
        let location = self.location(location)?;
        let account = location.as_ref().and_then(|location| context.account_of(location.as_str()));
        if let (Some(account), Some(named), Some(location)) = (&account, named, &location)
            && account != named
        {
            let message = format!("the location {location} is one of {account}, not of {named}");
            return Err(
                Refusal::new(Code::BadValue, message).with_hint("leave --partner out: the location tells its partner")
            );
        }
        account.or_else(|| named.cloned()).ok_or_else(|| {
            let column = place.map_or("the global account", |place| self.column(place));
            let message = match location {
                Some(location) => {
                    format!("`{column}` is blank, and nothing tells the global account of {:?}", location.as_str())
                }
                None => format!("`{column}` is blank"),
            };
            Refusal::new(Code::MissingField, message).with_hint(
                "if the location is one of yours, name its global account with --partner or in a file of mappings",
            )
        })
    }

    /// A customer's tenant.
    pub(crate) fn customer(&self, place: Column) -> Result<Option<CustomerId>, Refusal> {
        let guid = self.parsed(place, "must be a UUID", identifier::guid)?;
        Ok(guid.filter(|guid| !guid.is_nil()).map(CustomerId))
    }

    /// Tells what a cell calls a customer. What cannot be read of a name is no reason to refuse the row.
    pub(crate) fn tell_name(&self, customer: CustomerId, place: Option<Column>, context: &Context<'_>) {
        if let Ok(Some(name)) = self.optional_text(place) {
            (context.customer_name)(customer, name);
        }
    }

    /// A month.
    pub(crate) fn month(&self, place: Column) -> Result<Option<Month>, Refusal> {
        let form = "must be a month, as 20230701, 2023-07, JUL-2023 or 7/31/2023";
        self.parsed(place, form, |text| cells::month(text, self.notation.dates))
    }

    /// A date.
    pub(crate) fn date(&self, place: Column) -> Result<Option<Date>, Refusal> {
        let form = "must be a date, as 2022-09-12, 20220912, 12 Sep 2022 or 9/25/2022, with four digits of the year";
        self.parsed(place, form, |text| cells::date(text, self.notation.dates))
    }

    /// The date of an instant in UTC, or a date.
    pub(crate) fn day(&self, place: Column) -> Result<Option<Date>, Refusal> {
        let form = "must be an instant, as 2023-05-04T10:11:12Z, or a date, as 2023-05-04";
        let order = self.notation.dates;
        let read = |text: &str| cells::instant(text, order).map(Timestamp::date).or_else(|| cells::date(text, order));
        self.parsed(place, form, read)
    }

    /// A last day; `None` where a day of the year 1 or 9999 stands for none.
    pub(crate) fn last_day(&self, place: Column) -> Result<Option<Date>, Refusal> {
        let is_none = |text| cells::is_no_day(text, self.notation.dates);
        if self.text(place)?.is_some_and(is_none) { Ok(None) } else { self.date(place) }
    }

    /// An amount.
    pub(crate) fn amount(&self, place: Column) -> Result<Option<Exact>, Refusal> {
        let form = "must be an amount of at most 15 digits before the point, as 1234.5, 1,234.50, (50.00) or 9.5E-05";
        self.parsed(place, form, |text| Exact::parse(text, self.notation.decimals))
    }

    /// A number of seats or users.
    pub(crate) fn count(&self, place: Column) -> Result<Option<Exact>, Refusal> {
        if let Some(text) = self.text(place)?.filter(|text| is_group(text))
            && self.notation.decimals == Decimals::Point
        {
            let problem = "may be thousands or decimals: write a whole number without a separator";
            return Err(self.refused(place, text, problem));
        }
        let read = |text: &str| Exact::parse(text, self.notation.decimals).filter(|read| read.is_count());
        self.parsed(place, "must be a whole number of at most 15 digits, 0 or more, as 1250 or 12.0", read)
    }

    /// An amount of 0 or more.
    pub(crate) fn quantity(&self, place: Column) -> Result<Option<Exact>, Refusal> {
        let quantity = self.amount(place)?;
        match self.text(place)? {
            Some(text) if quantity.is_some_and(|read| read < Exact::default()) => {
                Err(self.refused(place, text, "must be 0 or more"))
            }
            _ => Ok(quantity),
        }
    }

    /// A flag; a blank one is not set.
    pub(crate) fn flag(&self, place: Column) -> Result<bool, Refusal> {
        self.parsed(place, "must be 0 or 1", cells::flag).map(|flag| flag.unwrap_or(false))
    }

    /// A name.
    pub(crate) fn name(&self, place: Option<Column>) -> Result<Option<Name>, Refusal> {
        let read = |place| self.parsed(place, "must be 1 to 256 characters", |text| Name::new(text).ok());
        place.map_or(Ok(None), read)
    }

    /// A location account.
    pub(crate) fn location(&self, place: Option<Column>) -> Result<Option<Name>, Refusal> {
        self.id(place, identifier::account)
    }

    /// A location account; none where the text cannot be one.
    pub(crate) fn account(&self, place: Option<Column>) -> Result<Option<Name>, Refusal> {
        let is_id = |name: &Name| PartnerId::new(name.as_str()).is_ok();
        Ok(self.location(place)?.filter(is_id))
    }

    /// A subscription: a UUID, or any other text as it is.
    pub(crate) fn subscription(&self, place: Option<Column>) -> Result<Option<Name>, Refusal> {
        let subscription = self.id(place, identifier::guid_or_text)?;
        Ok(subscription.filter(|id| cells::present(id.as_str()).is_some()))
    }

    /// A claim: a UUID, the digits of what is written as a fraction, any other text as it is.
    pub(crate) fn claim(&self, place: Option<Column>) -> Result<Option<Name>, Refusal> {
        self.id(place, |text| {
            let number = identifier::number(text).ok().filter(|_| text.contains(['.', ',']));
            number.map_or_else(|| identifier::guid_or_text(text), Ok)
        })
    }

    /// An id in its one form.
    fn id(
        &self,
        place: Option<Column>,
        read: impl FnOnce(&'a str) -> Result<Cow<'a, str>, &'static str>,
    ) -> Result<Option<Name>, Refusal> {
        let Some((place, text)) = self.found(place)? else { return Ok(None) };
        let id = read(text).map_err(|problem| self.refused(place, text, problem))?;
        Name::new(&id).map(Some).map_err(|_| self.refused(place, text, "must be 1 to 256 characters"))
    }

    /// The id of a person in its one form. The refusal does not show the text, which may be anything about a person.
    pub(crate) fn id_of_person(
        &self,
        place: Option<Column>,
        read: impl FnOnce(&'a str) -> Result<Cow<'a, str>, &'static str>,
    ) -> Result<Option<Cow<'a, str>>, Refusal> {
        let Some((place, text)) = self.found(place)? else { return Ok(None) };
        let id = cells::present_id(text).map(read).transpose();
        id.map_err(|problem| {
            Refusal::new(Code::BadValue, format!("`{}` holds an id that {problem}", self.column(place)))
        })
    }

    /// The value of a cell, or a refusal where the cell is blank.
    pub(crate) fn needed<T>(&self, place: Column, value: Option<T>) -> Result<T, Refusal> {
        value.ok_or_else(|| Refusal::new(Code::MissingField, format!("`{}` is blank", self.column(place))))
    }

    fn parsed<T>(
        &self,
        place: Column,
        form: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(place)? else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| self.refused(place, text, form))
    }

    /// A refusal of a cell: `problem` completes "the cell ...".
    fn refused(&self, place: Column, text: &str, problem: &str) -> Refusal {
        members::refused(self.column(place), text, problem)
    }
}

/// Whether what was read of a cell was refused, and why.
pub(crate) fn check<T>(read: &Result<T, Refusal>) -> Result<(), Refusal> {
    read.as_ref().map(|_| ()).map_err(Clone::clone)
}
