//! Why a report cannot be read at all.

use std::fmt::Write as _;

use ledger::{Month, PartnerId};

use super::Kind;
use super::columns::PARTNER;
use super::damage::Damage;
use super::date_order::{DateCell, DateOrder};

/// Headers that an error names at most.
const NAMED_HEADERS: usize = 60;

/// A report that cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The input failed.
    #[error("read the report")]
    Io(#[source] std::io::Error),
    /// What does not fit into memory cannot be put into a temporary file.
    #[error("put figures into a temporary file")]
    Temporary(#[source] std::io::Error),
    /// The file was cut or changed since it was written.
    #[error("read the report: {what}")]
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// A zip, which holds files of its own.
    #[error("read the report: it is a zip")]
    Packed,
    /// A spreadsheet in a form that is not read.
    #[error("read the report: it is {what}")]
    Spreadsheet {
        /// What it is.
        what: &'static str,
    },
    /// A document that is no report at all.
    #[error("read the report: it is {what}")]
    Document {
        /// What it is.
        what: &'static str,
    },
    /// What a ledger or a command wrote, which is no report of anybody.
    #[error("read the report: it is {what}")]
    OwnFile {
        /// What it is.
        what: &'static str,
    },
    /// A file that needs a password.
    #[error("read the report: it is encrypted")]
    Encrypted,
    /// A file in a zip whose name leads out of it.
    #[error("read the report: its name leads out of the zip")]
    Outside,
    /// A file in a zip that is packed in a way that is not known.
    #[error("read the report: it is packed with {method}")]
    Compression {
        /// The way.
        method: String,
    },
    /// JSON that cannot be read.
    #[error("read the report: line {line}, column {column}: {what}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// JSON without a single object, such as the answer of a query that found nothing.
    #[error("read the report: it has no objects")]
    NoObjects,
    /// The kind is one of JSON, and this is none.
    #[error("read the report: it is not JSON")]
    NotJson,
    /// Two files of one import would each be the whole truth of the same month.
    #[error("take the file for the whole truth of {month}: {other} has rows of {partner} in that month too")]
    SnapshotInParts {
        /// The other file.
        other: String,
        /// The partner.
        partner: PartnerId,
        /// The month.
        month: Month,
    },
    /// A date may be read in two orders, and nothing in the file tells the right one.
    #[error("tell the day from the month in {cell}: nothing in the file tells which comes first")]
    NoDateOrder {
        /// The first such date.
        cell: Box<DateCell>,
    },
    /// One date has the day first, another one the month.
    #[error("tell the day from the month: {day_first} is day first, {month_first} month first")]
    DateOrders {
        /// What tells that the day comes first.
        day_first: Box<DateCell>,
        /// What tells that the month comes first.
        month_first: Box<DateCell>,
    },
    /// The file tells another order than the command.
    #[error("read the dates as the command says: {cell} is {}", order.text())]
    OtherDateOrder {
        /// The order of the file.
        order: DateOrder,
        /// What tells it.
        cell: Box<DateCell>,
    },
    /// What has ended by the day of the file cannot be told, for nothing tells that day.
    #[error("take the file for a snapshot: neither its name nor its rows tell of which day it is")]
    DayNeeded,
    /// There is not even a row of column names.
    #[error("read the report: it is empty")]
    Empty,
    /// The row of column names is not UTF-8 text.
    #[error("read the report: its first line is not UTF-8 text")]
    NotText,
    /// A column that is read stands twice.
    #[error("read the columns: {name} stands twice")]
    ColumnTwice {
        /// The column as the file writes it.
        name: String,
    },
    /// Columns without which the report proves nothing.
    #[error("{}", missing_columns(*kind, missing, found))]
    MissingColumns {
        /// The kind that was asked for.
        kind: Kind,
        /// What is missing.
        missing: Vec<MissingColumn>,
        /// The columns that the file has.
        found: Vec<String>,
        /// A kind that the file's columns fit better.
        looks_like: Option<Kind>,
    },
    /// The report has no column of the global account and the command names none.
    #[error("tell whose report this is: {kind} has no column of the global account here")]
    PartnerNeeded {
        /// The kind.
        kind: Kind,
    },
}

impl From<std::io::Error> for ReportError {
    fn from(error: std::io::Error) -> Self {
        match Damage::of(&error) {
            Some(what) => Self::Damaged { what: what.to_owned() },
            None => Self::Io(error),
        }
    }
}

impl ReportError {
    /// The code that scripts can rely on, where the failure has one of its own.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "damaged",
            Self::Malformed { .. } => "malformed",
            Self::Encrypted => "encrypted",
            Self::OwnFile { .. } => "own_file",
            Self::Io(_)
            | Self::Temporary(_)
            | Self::Packed
            | Self::Spreadsheet { .. }
            | Self::Document { .. }
            | Self::Outside
            | Self::Compression { .. }
            | Self::NotJson
            | Self::NoObjects
            | Self::Empty
            | Self::NotText
            | Self::ColumnTwice { .. }
            | Self::MissingColumns { .. }
            | Self::SnapshotInParts { .. }
            | Self::NoDateOrder { .. }
            | Self::DateOrders { .. }
            | Self::OtherDateOrder { .. }
            | Self::DayNeeded
            | Self::PartnerNeeded { .. } => "bad_report",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io(_) | Self::ColumnTwice { .. } | Self::Malformed { .. } | Self::NoObjects => None,
            Self::SnapshotInParts { .. } => {
                Some("join the files, or leave --snapshot out; --downloaded tells two downloads apart".to_owned())
            }
            Self::NoDateOrder { .. } => {
                Some("say it with --day-first or --month-first: 3/7/2024 is 3 July or March 7".to_owned())
            }
            Self::DateOrders { .. } => Some(
                "write all dates of the file in one order, as 2024-07-03 or 3 Jul 2024; --day-first and \
                      --month-first hold for a whole file"
                    .to_owned(),
            ),
            Self::OtherDateOrder { order: DateOrder::DayFirst, .. } => {
                Some("leave --month-first out, or say --day-first for this file".to_owned())
            }
            Self::OtherDateOrder { order: DateOrder::MonthFirst, .. } => {
                Some("leave --day-first out, or say --month-first for this file".to_owned())
            }
            Self::DayNeeded => Some("name the day of the download with --downloaded".to_owned()),
            Self::Temporary(_) => {
                Some("make room in the directory for temporary files, or name another with TMPDIR".to_owned())
            }
            Self::Damaged { .. } => {
                Some("take another copy of the file; it was cut or changed since it was written".to_owned())
            }
            Self::Spreadsheet { .. } => Some("open it, and save its sheet as .xlsx or as CSV in UTF-8".to_owned()),
            Self::Document { .. } => Some("name the report that was downloaded: CSV, TSV, JSON or .xlsx".to_owned()),
            Self::OwnFile { .. } => Some(
                "name the reports alone; `pcs kept show` prints a kept one, `pcs restore` reads a backup".to_owned(),
            ),
            Self::Encrypted => Some("open it with its password, and import what is inside without one".to_owned()),
            Self::Outside => Some("ask whoever made the zip; no program writes such names by itself".to_owned()),
            Self::Compression { .. } => Some("unpack it, or pack it with deflate as usual".to_owned()),
            Self::Packed => Some("unpack it, and import the files inside".to_owned()),
            Self::NotJson => Some("take the answer as the service gave it, a file that begins with { or [".to_owned()),
            Self::Empty => Some("a report begins with a row of column names, or is JSON with objects".to_owned()),
            Self::NotText => Some("save it as CSV or TSV in UTF-8, or in UTF-16 with a byte order mark".to_owned()),
            Self::MissingColumns { looks_like: Some(kind), .. } => Some(format!("it looks like --kind {kind}")),
            Self::MissingColumns { missing, .. } if missing.iter().all(|column| column.names == PARTNER) => {
                Some("download it, or name the global account with --partner".to_owned())
            }
            Self::MissingColumns { looks_like: None, .. } => {
                Some("download the report with these columns; other columns may stay away".to_owned())
            }
            Self::PartnerNeeded { .. } => Some("name the global account with --partner".to_owned()),
        }
    }
}

/// A needed column that a file lacks, under the names by which it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    /// The names, the newest first.
    pub names: &'static [&'static str],
}

fn missing_columns(kind: Kind, missing: &[MissingColumn], found: &[String]) -> String {
    let mut out = format!("find the columns of {kind}: ");
    for (place, column) in missing.iter().enumerate() {
        out.push_str(if place == 0 { "" } else { ", " });
        match column.names {
            [] => {}
            [name] => out.push_str(name),
            [name, others @ ..] => {
                let _ = write!(out, "{name} (or {})", others.join(", "));
            }
        }
    }
    out.push_str(if missing.len() == 1 { " is missing; the file has " } else { " are missing; the file has " });
    let named: Vec<&str> = found.iter().take(NAMED_HEADERS).map(String::as_str).collect();
    out.push_str(&named.join(", "));
    if found.len() > named.len() {
        let _ = write!(out, " and {} more", found.len() - named.len());
    }
    out
}
