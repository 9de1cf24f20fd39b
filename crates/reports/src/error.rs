//! Why a report cannot be read at all.

use std::borrow::Cow;

use ledger::{Month, PartnerId};

use crate::file::damage::Damage;
use crate::formats::PARTNER;
use crate::kind::Kind;
use crate::rows::date_order::{DateCell, DateOrder};

/// The code of a report that cannot be read for a reason without a code of its own.
const BAD_REPORT: &str = "bad_report";
/// What to do about a file that was cut.
pub const DOWNLOAD_AGAIN: &str = "download it again";
/// Headers that an error names at most.
const NAMED_HEADERS: usize = 60;

/// A report that cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages describe the variants, the fields are what they quote")]
pub enum ReportError {
    /// The input failed.
    #[error("read the report")]
    Io(#[source] std::io::Error),
    /// What does not fit into memory cannot be put into a temporary file.
    #[error("put figures into a temporary file")]
    Temporary(#[source] std::io::Error),
    /// The file was cut or changed since it was written.
    #[error("read the report: {what}")]
    Damaged { what: String },
    /// The name says a workbook, a zip or gzip, and the bytes are neither that nor text.
    #[error("read the report: its name says that it is packed or a workbook, and its bytes are neither that nor text")]
    Misnamed,
    /// The file has more of something than is read, so that it cannot fill the memory.
    #[error("read the report: {what}")]
    TooLarge { what: String },
    /// A zip, which holds files of its own.
    #[error("read the report: it is a zip")]
    Packed,
    /// A spreadsheet in a form that is not read.
    #[error("read the report: it is {what}")]
    Spreadsheet { what: &'static str },
    /// A document that is no report at all.
    #[error("read the report: it is {what}")]
    Document { what: &'static str },
    /// A page of a browser, such as one that asks to sign in.
    #[error("read the report: it is a web page")]
    WebPage,
    /// What a ledger or a command wrote, which is no report of anybody.
    #[error("read the report: it is {what}")]
    OwnFile { what: &'static str },
    /// A file that needs a password.
    #[error("read the report: it is encrypted")]
    Encrypted,
    /// A file in a zip whose name leads out of it.
    #[error("read the report: its name leads out of the zip")]
    Outside,
    /// A link in a folder that leads out of it.
    #[error("read the report: it is a link that leads out of the folder")]
    Elsewhere,
    /// A file in a zip that is packed in a way that is not known.
    #[error("read the report: it is packed with {method}")]
    Compression { method: String },
    /// JSON that cannot be read, with its line and its column in bytes, both from 1.
    #[error("read the report: line {line}, column {column}: {what}")]
    Malformed { line: usize, column: usize, what: String },
    /// JSON without a single object, such as the answer of a query that found nothing.
    #[error("read the report: it has no objects")]
    NoObjects,
    /// The kind is one of JSON, and this is none.
    #[error("read the report: it is not JSON")]
    NotJson,
    /// Two files of one import would each be the whole truth of the same month.
    #[error("take the file for the whole truth of {month}: {other} has rows of {partner} in that month too")]
    SnapshotInParts { other: String, partner: PartnerId, month: Month },
    /// A date may be read in two orders, and nothing in the file tells the right one.
    #[error("tell the day from the month in {cell}: nothing in the file tells which comes first")]
    NoDateOrder { cell: Box<DateCell> },
    /// One date has the day first, another one the month.
    #[error("tell the day from the month: {day_first} is day first, {month_first} month first")]
    DateOrders { day_first: Box<DateCell>, month_first: Box<DateCell> },
    /// The file tells another order than the command.
    #[error("read the dates as the command says: {cell} is {order}")]
    OtherDateOrder { order: DateOrder, cell: Box<DateCell> },
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
    ColumnTwice { name: String },
    /// Columns without which the report proves nothing, each by its names, the newest first; and a kind that the columns
    /// of the file fit better.
    #[error("{}", missing_columns(*kind, missing, found))]
    MissingColumns { kind: Kind, missing: Vec<&'static [&'static str]>, found: Vec<String>, looks_like: Option<Kind> },
    /// The report has no column of the global account and the command names none.
    #[error("tell whose report this is: {kind} has no column of the global account here")]
    PartnerNeeded { kind: Kind },
}

impl From<std::io::Error> for ReportError {
    fn from(error: std::io::Error) -> Self {
        match Damage::of(&error) {
            Some(damage) => damage.into(),
            None => Self::Io(error),
        }
    }
}

impl ReportError {
    /// The code that scripts can rely on, where the failure has one of its own.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code_and_hint().0
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.code_and_hint().1.map(Cow::into_owned)
    }

    /// The code and the hint of each failure.
    fn code_and_hint(&self) -> (&'static str, Option<Cow<'static, str>>) {
        let bad = |hint: &'static str| (BAD_REPORT, hint);
        let (code, hint) = match self {
            Self::Io(_) | Self::ColumnTwice { .. } | Self::NoObjects => return (BAD_REPORT, None),
            Self::Malformed { .. } => return ("malformed", None),
            Self::Misnamed => ("damaged", "download it again, or rename it as what it is"),
            Self::Damaged { .. } => {
                ("damaged", "take another copy of the file; it was cut or changed since it was written")
            }
            Self::TooLarge { .. } => ("too_large", "save it as CSV, or in parts"),
            Self::Encrypted => ("encrypted", "open it with its password, and import what is inside without one"),
            Self::OwnFile { .. } => {
                ("own_file", "name the reports alone; `pcs kept show` prints a kept one, `pcs restore` reads a backup")
            }
            Self::SnapshotInParts { .. } => {
                bad("join the files, or leave --snapshot out; --downloaded tells two downloads apart")
            }
            Self::NoDateOrder { .. } => bad("say it with --day-first or --month-first: 3/7/2024 is 3 July or March 7"),
            Self::DateOrders { .. } => {
                bad("write all dates of the file in one order, as 2024-07-03 or 3 Jul 2024; --day-first and \
                      --month-first hold for a whole file")
            }
            Self::OtherDateOrder { order: DateOrder::DayFirst, .. } => {
                bad("leave --month-first out, or say --day-first for this file")
            }
            Self::OtherDateOrder { order: DateOrder::MonthFirst, .. } => {
                bad("leave --day-first out, or say --month-first for this file")
            }
            Self::DayNeeded => bad("name the day of the download with --downloaded"),
            Self::Temporary(_) => bad("make room in the directory for temporary files, or name another with TMPDIR"),
            Self::Spreadsheet { .. } => bad("open it, and save its sheet as .xlsx or as CSV in UTF-8"),
            Self::Document { .. } => bad("name the report that was downloaded: CSV, TSV, JSON or .xlsx"),
            Self::WebPage => bad("sign in and download the report again: what was saved is a page of the browser"),
            Self::Outside => bad("ask whoever made the zip; no program writes such names by itself"),
            Self::Elsewhere => bad("name what it leads to beside the folder, if that is to be imported"),
            Self::Compression { .. } => bad("unpack it, or pack it with deflate as usual"),
            Self::Packed => bad("unpack it, and import the files inside"),
            Self::NotJson => bad("take the answer as the service gave it, a file that begins with { or ["),
            Self::Empty => bad("a report begins with a row of column names, or is JSON with objects"),
            Self::NotText => bad("save it as CSV or TSV in UTF-8, or in UTF-16 with a byte order mark"),
            Self::MissingColumns { looks_like: Some(kind), .. } => {
                return (BAD_REPORT, Some(format!("it looks like --kind {kind}").into()));
            }
            Self::MissingColumns { missing, .. } if missing.iter().all(|names| *names == PARTNER) => {
                bad("download it, or name the global account with --partner")
            }
            Self::MissingColumns { looks_like: None, .. } => {
                bad("download the report with these columns; other columns may stay away")
            }
            Self::PartnerNeeded { .. } => bad("name the global account with --partner"),
        };
        (code, Some(hint.into()))
    }
}

fn missing_columns(kind: Kind, missing: &[&[&str]], found: &[String]) -> String {
    let names = |names: &&[&str]| match *names {
        [name, others @ ..] if !others.is_empty() => format!("{name} (or {})", others.join(", ")),
        names => names.concat(),
    };
    let columns: Vec<String> = missing.iter().map(names).collect();
    let are = if missing.len() == 1 { "is" } else { "are" };
    let shown = found.get(..NAMED_HEADERS).unwrap_or(found);
    let more = found.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("find the columns of {kind}: {} {are} missing; the file has {}{more}", columns.join(", "), shown.join(", "))
}
