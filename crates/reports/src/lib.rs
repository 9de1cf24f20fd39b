//! Reads the reports that Partner Center gives and turns their rows into events.
//!
//! # What it does
//!
//! [`read`] takes one report of a [`Kind`], maps its columns by name and hands the events that the rows prove to a
//! sink, each with its line. What a report does not prove is not made up: rows that prove nothing are counted in the
//! [`Summary`], cells that cannot be read are refused with line, column and text.
//!
//! # What it does not do
//!
//! It writes nothing and knows no ledger. What it must know of one, it asks through the closures of [`Context`].
//!
//! # Invariants
//!
//! - R1 The id of an event is the UUID v5 of its canonical bytes without the id: equal content, equal id; other
//!   content, another id. So a file imported twice changes nothing, and no event meets its own id with other content.
//! - R2 A `source` names the file, its day and its SHA-256. So the figure 100, then 90, then 100 again is three events
//!   when it comes in three downloads, and still two when the first download is imported once more.
//! - R3 A figure that the ledger already has as the newest of its key, from this kind of report, gives no event.
//! - R4 Money counts once: a row marked as a duplicate at the global account adds nothing; where nothing marks them, what
//!   all attributions say alike is one figure; and of several kinds of report one tells a figure.
//! - R5 A figure is whole: when a row of it, as far as the key can be read, is refused, it is left out.
//! - R6 Of a person nothing enters an event but the pseudonym that [`Context::pseudonym`] gives; no id, name or address.
//! - R7 The figures that count, and the months that associations cover, do not depend on the order of imports: each
//!   download has a day, and of an older one nothing replaces what a newer one told. Decision 9 names the exceptions.
//! - R8 What is absent has ended only in a snapshot of which every row was read.
//!
//! # A further kind
//!
//! One file with its columns, its rows and `pub(super) fn read`, one variant in [`Kind`], one line in [`read`], one row in
//! `formats.rs`.

mod agreement;
mod archive;
mod as_of;
mod attribution;
mod audit_records;
mod azure_usage;
mod bizapps;
mod bizapps_revenue;
mod bizapps_usage;
mod bytes;
mod cells;
mod churns;
mod columns;
mod compound;
mod context;
mod cpor_m365_usage;
mod customers_and_tenants;
mod damage;
mod date_order;
mod decimals;
mod documents;
mod ems_usage;
mod error;
mod exact;
mod facts;
mod figures;
mod formats;
mod header;
mod identifier;
mod identity;
mod ids;
mod json;
mod kind;
mod line_ends;
mod links;
mod lookup;
mod maps;
mod members;
mod notation;
mod numbered;
mod office_usage;
mod operations;
#[cfg(test)]
mod order_tests;
mod origin;
mod output;
mod pal;
mod powershell;
mod products;
mod recognise;
mod records;
mod relations;
mod row;
mod rule;
mod runs;
mod seal;
mod seats_and_revenue;
pub mod secrets;
mod segments;
mod shown;
mod sightings;
#[cfg(test)]
mod snapshot_tests;
mod subject;
mod summary;
mod survey;
mod table;
#[cfg(test)]
mod testing;
mod text;
mod training_completions;
mod twins;
mod utf16;
mod webhooks;
mod workbook;

use std::io::Read;
use std::ops::ControlFlow;

pub use archive::{Content, Listed, Member, is_hidden, is_zip};
pub use as_of::{Newest, as_of};
pub use attribution::Attribution;
pub use bytes::sha256_of;
pub use context::{Accounts, Context, Part, Person, SharedFacts};
pub use date_order::{DateCell, DateOrder};
pub use error::{MissingColumn, ReportError};
pub use facts::{KeptFigures, PartnerFacts};
pub use kind::Kind;
pub use lookup::{RowText, row_on_line};
pub use maps::{
    Domain, Effect, Entry, MapError, MapErrors, MapFile, MapKind, MapProblem, Mapped, Maps, Means, State, Sure, Text,
    Value, entries_of, written,
};
pub use notation::Notation;
pub use output::RowEvent;
pub use recognise::{Nearest, Recognised};
pub use rule::{Rule, Sureness};
pub use seal::{Seal, Sealed};
pub use summary::{Skip, Summary, Unmapped};
pub use survey::{Survey, survey, survey_as};
pub use text::unpacked;

use bytes::Bytes;
use output::Output;

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
    let mut input = Bytes::new(&mut input, context.sha256);
    let mut output = Output::new(sink);
    match kind {
        Kind::AzureUsage => azure_usage::read(&mut input, context, &mut output)?,
        Kind::CporM365Usage => cpor_m365_usage::read(&mut input, context, &mut output)?,
        Kind::OfficeUsage => office_usage::read(&mut input, context, &mut output)?,
        Kind::EmsUsage => ems_usage::read(&mut input, context, &mut output)?,
        Kind::SeatsAndRevenue => seats_and_revenue::read(&mut input, context, &mut output)?,
        Kind::CustomersAndTenants => customers_and_tenants::read(&mut input, context, &mut output)?,
        Kind::BizappsRevenue => bizapps_revenue::read(&mut input, context, &mut output)?,
        Kind::BizappsUsage => bizapps_usage::read(&mut input, context, &mut output)?,
        Kind::TrainingCompletions => training_completions::read(&mut input, context, &mut output)?,
        Kind::Pal => pal::read(&mut input, context, &mut output)?,
        Kind::Webhooks => webhooks::read(&mut input, context, &mut output)?,
        Kind::AuditRecords => audit_records::read(&mut input, context, &mut output)?,
    }
    Ok(output.into_summary())
}
