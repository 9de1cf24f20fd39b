//! Audit records of Partner Center: customers that were added or removed, and orders.
//!
//! Partner Center keeps them for 90 days. Of a record its partner, customer, operation, instant and status are read, and
//! nothing else: the names of users and customers, and the values before and after, are passed over (R6). Records count
//! in the order of their instants, wherever they stand in the file.

use serde_json::{Map, Value};

use super::operations::{Operation, Operations, partner_of};
use super::reader::{Reader, Report};
use crate::error::ReportError;
use crate::file::documents::Documents;
use crate::formats::{Dated, Form, Format};
use crate::kind::Kind;
use crate::members::Members;
use crate::summary::Skip;

/// The status of an operation that was done.
const SUCCEEDED: &str = "succeeded";

/// The reader of audit records.
pub(super) static READER: Reader =
    Reader { help: "Audit records of Partner Center", format: Format::of(Kind::AuditRecords, FORMS), read: read };

/// What tells such files from others.
const FORMS: &[Form] = &[Form::of(
    &[&["operationType"], &["operationDate", "operationStatus", "resourceType"]],
    Dated::Instant(&["operationDate"]),
)];

/// Reads audit records.
fn read(report: &mut Report<'_, '_>) -> Result<(), ReportError> {
    let Report { kind, input, context, output, .. } = report;
    let context = *context;
    let documents = Documents::open(input)?;
    let mut operations = Operations::new(*kind);
    documents.each(output, |line, object: &Map<String, Value>, output| {
        let record = Members::of(object);
        let name = record.needed("operationType")?;
        if !record.needed("operationStatus")?.eq_ignore_ascii_case(SUCCEEDED) {
            output.summary.skip(Skip::NotSucceeded);
            return Ok(());
        }
        let Some(effect) = operations.effect(&name, context, output) else { return Ok(()) };
        let Some(customer) = record.customer("customerId")? else {
            output.summary.skip(Skip::NoCustomerNamed);
            return Ok(());
        };
        let tenant = record.text("partnerId")?;
        let partner = partner_of(tenant.as_deref(), "partnerId", context, output)?;
        let at = record.instant("operationDate")?;
        operations.add(Operation { line, effect, partner, customer, at });
        Ok(())
    });
    operations.hand_over(documents.sha256(), context, output);
    Ok(())
}

#[cfg(test)]
mod tests;
