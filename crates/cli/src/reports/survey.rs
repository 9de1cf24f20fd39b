//! What is to be known of a file before it is read: what it is, of when, and which accounts it pairs.

use std::collections::BTreeSet;
use std::io::Read;

use csv::ByteRecord;

use super::as_of::Newest;
use super::bytes::Bytes;
use super::cells;
use super::columns::{LOCATION, PARTNER, folded};
use super::error::ReportError;
use super::formats::Dated;
use super::json;
use super::recognise::{Recognised, recognise};
use super::records::Records;
use super::shown::shown_members;
use super::text::Opened;

/// What a first look at a file tells.
#[derive(Clone, Debug)]
pub struct Survey {
    /// What the file is.
    pub recognised: Recognised,
    /// The newest month or day inside.
    pub newest: Option<Newest>,
    /// The pairs of location and global account in its rows.
    pub accounts: BTreeSet<(String, String)>,
    /// The further sheets of a workbook that are reports, each with its kind: only one is read.
    pub further: Vec<(String, &'static str)>,
    /// The SHA-256 of what was read, in hexadecimal.
    pub sha256: String,
}

/// Looks through a file: at the names of its columns, its dates and its accounts, and so at every byte of it.
///
/// Of events and entries only the first line is looked at.
///
/// # Errors
/// A file that is no text, is empty or damaged, or malformed JSON. Dates that cannot be read are passed over.
pub fn survey(mut input: impl Read) -> Result<Survey, ReportError> {
    let mut bytes = Bytes::new(&mut input, None);
    let opened = Opened::of(&mut bytes)?;
    if let Opened::Text(text) = &opened
        && let Some(names) = first_line(text.head())
        && let (recognised @ (Recognised::Events | Recognised::Entries), _) = recognise(&names)
    {
        let (accounts, further) = (BTreeSet::new(), Vec::new());
        return Ok(Survey { recognised, newest: None, accounts, further, sha256: String::new() });
    }
    let mut records = Records::of(opened, None)?;
    let mut names = records.names().to_vec();
    names.extend(records.nested_names());
    let (mut recognised, dated) = recognise(&names);
    if let (true, Recognised::Unknown { found, .. }) = (records.is_json(), &mut recognised) {
        *found = shown_members(&names);
    }
    let (newest, accounts) = match &recognised {
        Recognised::Report(_) | Recognised::NoProof { name: "Profile", .. } => look_through(&mut records, dated)?,
        Recognised::Events | Recognised::Entries | Recognised::NoProof { .. } | Recognised::Unknown { .. } => {
            (None, BTreeSet::new())
        }
    };
    Ok(Survey { recognised, newest, accounts, further: records.further_sheets(), sha256: records.sha256() })
}

/// The members of the object on the first line.
fn first_line(head: &[u8]) -> Option<Vec<String>> {
    let line = head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?;
    let members = json::members(std::str::from_utf8(line).ok()?).ok()?;
    Some(members.into_iter().map(|(name, _)| name.into_owned()).collect())
}

type Found = (Option<Newest>, BTreeSet<(String, String)>);

/// Reads all rows, and of each only what is asked.
fn look_through(records: &mut Records<'_>, dated: Dated) -> Result<Found, ReportError> {
    if let Dated::Instant(paths) = dated {
        let instants = records.texts_at(paths).filter_map(|text| cells::instant(&text));
        return Ok((instants.max().map(|at| Newest::Day(at.date())), BTreeSet::new()));
    }
    let place = |wanted: &[&str]| {
        wanted.iter().find_map(|wanted| records.names().iter().position(|name| folded(name) == folded(wanted)))
    };
    let date_place = match dated {
        Dated::Month(names) | Dated::Day(names) => place(names),
        Dated::Instant(_) | Dated::Never => None,
    };
    let pair = place(LOCATION).zip(place(PARTNER));
    let (mut newest, mut accounts) = (None, BTreeSet::new());
    let (mut last_date, mut last_pair) = (Vec::new(), (Vec::new(), Vec::new()));
    let mut record = ByteRecord::new();
    while records.next(&mut record)?.is_some() {
        if let Some(cell) = date_place.and_then(|place| record.get(place)).filter(|cell| *cell != last_date.as_slice())
        {
            last_date = cell.to_vec();
            newest = newest.max(newest_of(cell, dated));
        }
        let Some((location, partner)) = pair else { continue };
        let cells = record.get(location).zip(record.get(partner));
        if let Some((location, partner)) = cells.filter(|(l, p)| *l != last_pair.0.as_slice() || *p != last_pair.1) {
            last_pair = (location.to_vec(), partner.to_vec());
            let text = |cell: &[u8]| cells::present(std::str::from_utf8(cell).ok()?).map(str::to_owned);
            accounts.extend(text(location).zip(text(partner)));
        }
    }
    Ok((newest, accounts))
}

fn newest_of(cell: &[u8], dated: Dated) -> Option<Newest> {
    let text = cells::present(std::str::from_utf8(cell).ok()?)?;
    match dated {
        Dated::Month(_) => cells::month(text).map(Newest::Month),
        Dated::Day(_) => cells::date(text).map(Newest::Day),
        Dated::Instant(_) | Dated::Never => None,
    }
}
