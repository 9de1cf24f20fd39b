//! Audit records of Partner Center: customers that were added or removed, and orders.
//!
//! Partner Center keeps them for 90 days. Of a record its partner, customer, operation, instant and status are read, and
//! nothing else: the names of users and customers, and the values before and after, are passed over (R6). Records count
//! in the order of their instants, wherever they stand in the file.

use serde_json::{Map, Value};

use super::bytes::Bytes;
use super::context::Context;
use super::documents::Documents;
use super::error::ReportError;
use super::kind::Kind;
use super::members::Members;
use super::operations::{Operation, Operations, partner_of};
use super::output::Output;
use super::summary::Skip;

/// The status of an operation that was done.
const SUCCEEDED: &str = "succeeded";

/// Reads audit records.
pub(super) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    let documents = Documents::open(input)?;
    let mut operations = Operations::new(Kind::AuditRecords);
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
