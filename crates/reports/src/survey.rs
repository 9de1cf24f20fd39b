//! What must be known of a file before it is read: what it is, of which day, which accounts it pairs, and how it writes
//! dates and amounts.

use std::collections::BTreeSet;
use std::io::Read;

use csv::ByteRecord;

use crate::error::ReportError;
use crate::file::bytes::Bytes;
use crate::file::json;
use crate::file::records::Records;
use crate::file::text::Contents;
use crate::formats::names::{folded, shown_members};
use crate::formats::recognise::Recognised;
use crate::formats::{DateColumns, Format, LOCATION, PARTNER, PROFILE};
use crate::kind::Kind;
use crate::provenance::as_of::NewestPeriod;
use crate::readers::FORMATS;
use crate::rows::cells;
use crate::rows::date_order::DateOrder;
use crate::rows::identifier;
use crate::rows::notation::{Notation, NotationEvidence};

/// What a first look at a file tells.
#[derive(Debug)]
pub struct Survey {
    /// What the file is.
    pub recognised: Recognised,
    /// The newest month or day inside.
    pub newest: Option<NewestPeriod>,
    /// The pairs of location and global account in its rows.
    pub accounts: BTreeSet<(String, String)>,
    /// The further sheets of a workbook that are reports, each with its kind: only one is read.
    pub further: Vec<(String, &'static str)>,
    /// How it writes dates and amounts, or why its dates cannot be read.
    pub notation: Result<Notation, ReportError>,
    /// The SHA-256 of what was read, in hexadecimal.
    pub sha256: String,
}

impl Survey {
    /// A survey of a file whose names tell all that is asked.
    fn without_rows(recognised: Recognised, further: Vec<(String, &'static str)>, sha256: String) -> Self {
        let (accounts, notation) = (BTreeSet::new(), Ok(Notation::default()));
        Self { recognised, newest: None, accounts, further, notation, sha256 }
    }
}

/// Looks through a file of which the command says nothing, as [`survey_as`] does.
///
/// # Errors
/// As those of [`survey_as`].
pub fn survey(input: impl Read) -> Result<Survey, ReportError> {
    survey_as(input, None, None)
}

/// Looks through a file: at the names of its columns, its dates and its accounts, and so at every byte of it.
///
/// `kind` is what the command says that the file is, else it is what it is recognised as; `order` is the order of day and
/// month that the command says. Of events and entries only the first line is looked at.
///
/// # Errors
/// A file that is no text, is empty or damaged, or malformed JSON. Dates that cannot be read are passed over.
pub fn survey_as(mut input: impl Read, kind: Option<Kind>, order: Option<DateOrder>) -> Result<Survey, ReportError> {
    let mut bytes = Bytes::new(&mut input, None);
    let opened = Contents::of(&mut bytes)?;
    if let Contents::Text(text) = &opened
        && let Some(names) = first_line(text.head())
        && let (recognised @ (Recognised::Events | Recognised::Entries), _) = FORMATS.recognise(&names)
    {
        return Ok(Survey::without_rows(recognised, Vec::new(), String::new()));
    }
    let mut records = Records::of(opened, kind, FORMATS)?;
    let mut names = records.names.clone();
    names.extend(records.nested_names());
    let (mut recognised, dated) = FORMATS.recognise(&names);
    if let Recognised::Unknown { found, .. } = &mut recognised {
        if records.is_json() {
            *found = shown_members(&names);
        } else if let (true, Some(first)) = (records.is_sheet(), found.first_mut()) {
            *first = format!("no sheet that is a report: the likeliest has {first}");
        }
    }
    let (kind, dated) = match (kind, &recognised) {
        (Some(kind), Recognised::Report(name)) if *name == kind.name() => (Some(kind), dated),
        (Some(kind), _) => (Some(kind), FORMATS.of(kind).forms.first().map_or(DateColumns::None, |form| form.dated)),
        (None, Recognised::Report(name)) => (Kind::from_name(name), dated),
        (None, _) => (None, dated),
    };
    let is_profile = matches!(recognised, Recognised::NoProof { name: PROFILE, .. });
    if kind.is_none() && !is_profile && !matches!(recognised, Recognised::Report(_)) {
        return Ok(Survey::without_rows(recognised, records.further_sheets(), records.sha256()));
    }
    let mut found = RowEvidence::new(kind.map(|kind| FORMATS.of(kind)), &records, dated);
    found.look_through(&mut records)?;
    let notation = found.notation.decide(order);
    let newest = found.newest(notation.as_ref().ok().and_then(|notation| notation.dates));
    let (accounts, further) = (found.accounts, records.further_sheets());
    Ok(Survey { recognised, newest, accounts, further, notation, sha256: records.sha256() })
}

/// The members of the object on the first line.
fn first_line(head: &[u8]) -> Option<Vec<String>> {
    let line = head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?;
    let members = json::members(std::str::from_utf8(line).ok()?).ok()?;
    Some(members.into_iter().map(|(name, _)| name.into_owned()).collect())
}

/// Every order of day and month, and none.
const ORDERS: [Option<DateOrder>; 3] = [None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst)];

/// What all rows tell.
struct RowEvidence {
    notation: NotationEvidence,
    dated: DateColumns,
    date_place: Option<usize>,
    pair: Option<(usize, usize)>,
    /// The newest month or day, by each of [`ORDERS`]: which of them the file has is known at its end.
    newest: [Option<NewestPeriod>; 3],
    accounts: BTreeSet<(String, String)>,
}

impl RowEvidence {
    fn new(format: Option<&Format>, records: &Records<'_>, dated: DateColumns) -> Self {
        let place = |wanted: &[&str]| {
            wanted.iter().find_map(|wanted| records.names.iter().position(|name| folded(name) == folded(wanted)))
        };
        let date_place = match dated {
            DateColumns::Month(names) | DateColumns::Day(names) | DateColumns::Instant(names) => place(names),
            DateColumns::None => None,
        };
        Self {
            notation: NotationEvidence::new(format, records),
            dated,
            date_place,
            pair: place(LOCATION).zip(place(PARTNER)),
            newest: [None; 3],
            accounts: BTreeSet::new(),
        }
    }

    /// Reads all rows, and of each only what is asked.
    fn look_through(&mut self, records: &mut Records<'_>) -> Result<(), ReportError> {
        if let DateColumns::Instant(paths) = self.dated {
            let instants = records.texts_at(paths).filter_map(|text| cells::instant(&text, None));
            self.newest = [instants.max().map(|at| NewestPeriod::Day(at.date())); 3];
        }
        let (mut last_date, mut last_pair) = (Vec::new(), (Vec::new(), Vec::new()));
        let mut record = ByteRecord::new();
        while let Some(line) = records.next(&mut record)? {
            self.notation.take(&record, line);
            let date = self.date_place.and_then(|place| record.get(place));
            if let Some(cell) = date.filter(|cell| *cell != last_date.as_slice()) {
                last_date = cell.to_vec();
                for (newest, order) in self.newest.iter_mut().zip(ORDERS) {
                    *newest = (*newest).max(newest_of(cell, self.dated, order));
                }
            }
            let Some((location, partner)) = self.pair else { continue };
            let cells = record.get(location).zip(record.get(partner));
            if let Some((location, partner)) = cells.filter(|(l, p)| *l != last_pair.0.as_slice() || *p != last_pair.1)
            {
                last_pair = (location.to_vec(), partner.to_vec());
                let text = |cell: &[u8]| {
                    let text = cells::present(std::str::from_utf8(cell).ok()?)?;
                    identifier::account(text).ok().map(std::borrow::Cow::into_owned)
                };
                self.accounts.extend(text(location).zip(text(partner)));
            }
        }
        if let Some(places) = records.numbers() {
            self.notation.take_numbers(places);
        }
        Ok(())
    }

    /// The newest month or day in an order.
    fn newest(&self, order: Option<DateOrder>) -> Option<NewestPeriod> {
        ORDERS.iter().zip(self.newest).find_map(|(of, newest)| newest.filter(|_| *of == order))
    }
}

fn newest_of(cell: &[u8], dated: DateColumns, order: Option<DateOrder>) -> Option<NewestPeriod> {
    let text = cells::present(std::str::from_utf8(cell).ok()?)?;
    match dated {
        DateColumns::Month(_) => cells::month(text, order).map(NewestPeriod::Month),
        DateColumns::Day(_) => cells::date(text, order).map(NewestPeriod::Day),
        DateColumns::Instant(_) => cells::instant(text, order).map(|at| NewestPeriod::Day(at.date())),
        DateColumns::None => None,
    }
}
