//! The table of readers: for each kind of report its reader.
//!
//! A further kind is a file here with its `READER`, which says all that is asked of it; a variant of [`Kind`]; and a row
//! of this table.

mod audit_records;
mod azure_usage;
mod bizapps;
mod bizapps_revenue;
mod bizapps_usage;
mod cpor_m365_usage;
mod customers_and_tenants;
mod ems_usage;
mod layout;
mod learn_achievements;
mod months;
mod office_usage;
mod operations;
mod pal;
mod product;
mod published_scores;
mod reader;
mod seats_and_revenue;
mod subject;
mod training_completions;
mod webhooks;

use std::io::Read;
use std::ops::ControlFlow;

use crate::context::Context;
use crate::error::ReportError;
use crate::file::bytes::Bytes;
use crate::formats::Formats;
use crate::kind::Kind;
use crate::output::{Output, RowEvent};
use crate::summary::Summary;
use reader::{Reader, Report};

macro_rules! readers {
    ($($kind:ident => $file:ident,)+) => {
        /// The formats of all kinds.
        pub(crate) static FORMATS: Formats = Formats(&[$(&$file::READER.format,)+]);

        fn reader(kind: Kind) -> &'static Reader {
            match kind { $(Kind::$kind => &$file::READER,)+ }
        }
    };
}

// Of several kinds that a file fits alike, it is taken for the first.
readers! {
    AzureUsage => azure_usage,
    OfficeUsage => office_usage,
    CporM365Usage => cpor_m365_usage,
    EmsUsage => ems_usage,
    BizappsRevenue => bizapps_revenue,
    BizappsUsage => bizapps_usage,
    SeatsAndRevenue => seats_and_revenue,
    CustomersAndTenants => customers_and_tenants,
    TrainingCompletions => training_completions,
    LearnAchievements => learn_achievements,
    PublishedScores => published_scores,
    Pal => pal,
    Webhooks => webhooks,
    AuditRecords => audit_records,
}

impl Kind {
    /// What it is, in a few words.
    #[must_use]
    pub fn help(self) -> &'static str {
        reader(self).help
    }
}

/// Reads one report and hands its events and refused rows to `sink`.
///
/// Rows are read one at a time, JSON as a whole. What several rows make up comes after the last row: associations in the
/// order of their first rows, then figures in that of their keys. Memory grows with the number of associations, at most
/// about one KiB each, and not with that of rows; figures beyond 200,000 go to temporary files, unless rows of a key are
/// compared. When `sink` breaks, reading ends and what was counted so far is the answer.
///
/// # Errors
/// A file that cannot be read at all, or lacks a needed column; refused rows are not errors but go to the sink.
pub fn read(
    kind: Kind,
    mut input: impl Read,
    context: &Context<'_>,
    sink: &mut dyn FnMut(RowEvent) -> ControlFlow<()>,
) -> Result<Summary, ReportError> {
    let (input, output) = (Bytes::new(&mut input, context.sha256), Output::new(sink));
    let mut report = Report { kind, formats: FORMATS, input, context, output };
    (reader(kind).read)(&mut report)?;
    Ok(report.output.summary)
}
