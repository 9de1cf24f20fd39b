//! One row: its cells by their columns, each read or refused with column and text.

use csv::ByteRecord;
use ledger::{Code, CustomerId, Date, Month, Name, PartnerId, Refusal, parse_uuid};

use super::cells;
use super::columns::{Columns, Place};
use super::context::Context;
use super::exact::Exact;

/// Characters of a cell that a refusal shows.
const SHOWN_CHARACTERS: usize = 80;

/// The line on which a record begins behind which `next_line` begins.
///
/// A record's own position is that of the blank lines before it, so its line is counted from its end.
pub(super) fn line_of(record: &ByteRecord, next_line: u64) -> u64 {
    let inside = record.as_slice().iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
    let earliest = record.position().map_or(1, csv::Position::line);
    next_line.saturating_sub(inside + 1).max(earliest)
}

/// One row of a table.
pub(super) struct Row<'a> {
    columns: &'a Columns,
    record: &'a ByteRecord,
    line: u64,
}

impl<'a> Row<'a> {
    /// The row of a record that begins on `line`.
    pub(super) fn new(columns: &'a Columns, record: &'a ByteRecord, line: u64) -> Self {
        Self { columns, record, line }
    }

    /// The line of the file, from 1, on which the row begins.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The cells, separated by commas.
    pub(super) fn written(&self) -> Option<String> {
        written(self.record)
    }

    /// Whether every cell is blank.
    pub(super) fn is_blank(&self) -> bool {
        self.record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace))
    }

    /// Refuses a row that has more or fewer cells than there are columns.
    pub(super) fn check_width(&self) -> Result<(), Refusal> {
        let (cells, columns) = (self.record.len(), self.columns.len());
        if cells == columns {
            return self.check_quotes(columns);
        }
        let message = format!("the row has {cells} cells and the file {columns} columns");
        Err(Refusal::new(Code::Malformed, message).with_hint("look for a quote that is not closed"))
    }

    /// Refuses a cell that holds a further row: a backslash before a quote can make two rows one, of the right width.
    fn check_quotes(&self, columns: usize) -> Result<(), Refusal> {
        if !self.record.as_slice().contains(&b'\n') {
            return Ok(());
        }
        let most = |cell: &[u8]| {
            let count = |delimiter: u8| cell.split(|byte| *byte == delimiter).count() - 1;
            [b',', b'\t', b';', b'|', b'^', b'~'].into_iter().map(count).max().unwrap_or_default()
        };
        let holds_a_row = |cell: &[u8]| cell.contains(&b'\n') && most(cell) >= (columns / 2).max(4);
        if !self.record.iter().any(holds_a_row) {
            return Ok(());
        }
        Err(Refusal::new(Code::Malformed, "a cell of the row holds a further row")
            .with_hint("look for a quote that is not closed, or a backslash before one"))
    }

    /// The column as the file writes it.
    pub(super) fn column(&self, place: Place) -> &'a str {
        self.columns.name(place)
    }

    /// The text of a cell; `None` when it stands for nothing.
    pub(super) fn text(&self, place: Place) -> Result<Option<&'a str>, Refusal> {
        let cell = self.record.get(place.0).unwrap_or_default();
        match std::str::from_utf8(cell) {
            Ok(text) => Ok(cells::present(text)),
            Err(_) => Err(Refusal::new(Code::Malformed, format!("`{}` is not UTF-8 text", self.column(place)))),
        }
    }

    /// The text of a cell of a column that the file may not have.
    pub(super) fn optional_text(&self, place: Option<Place>) -> Result<Option<&'a str>, Refusal> {
        place.map_or(Ok(None), |place| self.text(place))
    }

    /// The partner of the row: that of its column, else the account of its location, else that of the command.
    pub(super) fn partner(
        &self,
        place: Option<Place>,
        location: Option<Place>,
        context: &Context<'_>,
    ) -> Result<PartnerId, Refusal> {
        let named = context.partner.as_ref();
        if let Some((place, text)) = place.map(|place| Ok((place, self.text(place)?))).transpose()?
            && let Some(text) = text
        {
            let partner = PartnerId::new(text).map_err(|error| self.refused(place, text, &error.to_string()))?;
            return match named {
                Some(named) if *named != partner => {
                    let problem = format!("is not {named}");
                    let hint = "leave --partner out: the report names its partners";
                    Err(self.refused(place, text, &problem).with_hint(hint))
                }
                _ => Ok(partner),
            };
        }
        let location = self.optional_text(location)?;
        let account = location.and_then(|location| context.account_of(location));
        if let (Some(account), Some(named), Some(location)) = (&account, named, location)
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
                Some(location) => format!("`{column}` is blank, and nothing tells the global account of {location:?}"),
                None => format!("`{column}` is blank"),
            };
            Refusal::new(Code::MissingField, message)
                .with_hint("name the global account with --partner, or the location's in a file of mappings")
        })
    }

    /// A customer's tenant.
    pub(super) fn customer(&self, place: Place) -> Result<Option<CustomerId>, Refusal> {
        self.parsed(place, "must be a UUID in the hyphenated form", |text| parse_uuid(text).map(CustomerId))
    }

    /// A month.
    pub(super) fn month(&self, place: Place) -> Result<Option<Month>, Refusal> {
        self.parsed(place, "must be a month, as 20230701, 2023-07, JUL-2023 or 7/1/2023", cells::month)
    }

    /// A date.
    pub(super) fn date(&self, place: Place) -> Result<Option<Date>, Refusal> {
        self.parsed(place, "must be a date, as 2022-09-12, 20220912, 9/12/2022 or 12 Sep 2022", cells::date)
    }

    /// A last day; none where a day of the first or the last year there is stands for that.
    pub(super) fn last_day(&self, place: Place) -> Result<Option<Date>, Refusal> {
        if self.text(place)?.is_some_and(cells::is_no_day) { Ok(None) } else { self.date(place) }
    }

    /// An amount.
    pub(super) fn amount(&self, place: Place) -> Result<Option<Exact>, Refusal> {
        let form = "must be an amount of at most 15 digits before the point, as 1234.5, 1,234.50, (50.00) or 9.5E-05";
        self.parsed(place, form, Exact::parse)
    }

    /// A flag; a blank one is not set.
    pub(super) fn flag(&self, place: Place) -> Result<bool, Refusal> {
        self.parsed(place, "must be 0 or 1", cells::flag).map(|flag| flag.unwrap_or(false))
    }

    /// A name.
    pub(super) fn name(&self, place: Option<Place>) -> Result<Option<Name>, Refusal> {
        let Some(place) = place else { return Ok(None) };
        self.parsed(place, "must be 1 to 256 characters", |text| Name::new(text).ok())
    }

    /// An account id; none where the text cannot be one.
    pub(super) fn account(&self, place: Option<Place>) -> Result<Option<Name>, Refusal> {
        let is_id = |name: &Name| PartnerId::new(name.as_str()).is_ok();
        Ok(self.name(place)?.filter(is_id))
    }

    /// A subscription: a UUID in lower case, any other text as it is.
    pub(super) fn subscription(&self, place: Option<Place>) -> Result<Option<Name>, Refusal> {
        let Some(place) = place else { return Ok(None) };
        self.parsed(place, "must be 1 to 256 characters", |text| match parse_uuid(text) {
            Some(uuid) => Name::new(&uuid.as_hyphenated().to_string()).ok(),
            None => Name::new(text).ok(),
        })
    }

    /// What must be there.
    pub(super) fn needed<T>(&self, place: Place, value: Option<T>) -> Result<T, Refusal> {
        value.ok_or_else(|| missing(self.column(place)))
    }

    fn parsed<T>(&self, place: Place, form: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(place)? else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| self.refused(place, text, form))
    }

    /// A refusal of a cell: `problem` completes "the cell ...".
    fn refused(&self, place: Place, text: &str, problem: &str) -> Refusal {
        let shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
        let dots = if shown.len() < text.len() { "..." } else { "" };
        Refusal::new(Code::BadValue, format!("`{}` is {shown:?}{dots}, which {problem}", self.column(place)))
    }
}

/// The cells of a record, separated by commas.
pub(super) fn written(record: &ByteRecord) -> Option<String> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_byte_record(record).ok()?;
    let bytes = writer.into_inner().ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
}

fn missing(column: &str) -> Refusal {
    Refusal::new(Code::MissingField, format!("`{column}` is blank"))
}
