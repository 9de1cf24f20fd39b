//! The readers, one for each kind of report.

mod audit_records;
pub(crate) mod azure_usage;
mod bizapps;
pub(crate) mod bizapps_revenue;
pub(crate) mod bizapps_usage;
pub(crate) mod cpor_m365_usage;
pub(crate) mod customers_and_tenants;
pub(crate) mod ems_usage;
pub(crate) mod office_usage;
mod operations;
mod pal;
pub(crate) mod seats_and_revenue;
pub(crate) mod training_completions;
mod webhooks;

use std::io::Read;
use std::ops::ControlFlow;

use crate::context::Context;
use crate::error::ReportError;
use crate::file::bytes::Bytes;
use crate::kind::Kind;
use crate::output::{Output, RowEvent};
use crate::summary::Summary;

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
