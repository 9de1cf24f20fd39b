//! Audit records of Partner Center: customers that were added or removed, and orders.
//!
//! Partner Center keeps them for 90 days. Of a record its partner, customer, operation, instant and status are read, and
//! nothing else enters an event: the names of users, and the values before and after, are passed over (R6). Records count in
//! the order of their instants, wherever they stand in the file.

use std::borrow::Cow;

use ledger::Refusal;

use super::operations::{self, Operation, partner_of};
use super::reader::Reader;
use crate::context::Context;
use crate::formats::{DateColumns, Form, Format};
use crate::kind::Kind;
use crate::output::Output;
use crate::rows::members::Members;
use crate::summary::Skip;

/// The status of an operation that was done.
const SUCCEEDED: &str = "succeeded";

/// The reader of audit records.
pub(super) static READER: Reader = Reader {
    help: "Audit records of Partner Center",
    format: Format::of(Kind::AuditRecords, FORMS),
    read: |report| operations::read(report, name_of, operation),
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form::of(
    &[&["operationType"], &["operationDate", "operationStatus", "resourceType"]],
    DateColumns::Instant(&["operationDate"]),
)];

fn name_of<'a>(record: Members<'a>, output: &mut Output<'_>) -> Result<Option<Cow<'a, str>>, Refusal> {
    let name = record.needed("operationType")?;
    let has_succeeded = record.needed("operationStatus")?.eq_ignore_ascii_case(SUCCEEDED);
    if !has_succeeded {
        output.summary.skip(Skip::NotSucceeded);
    }
    Ok(has_succeeded.then_some(name))
}

fn operation(
    record: Members<'_>,
    context: &Context<'_>,
    output: &mut Output<'_>,
) -> Result<Option<Operation>, Refusal> {
    let Some(customer) = record.customer("customerId")? else { return Ok(None) };
    if let Ok(Some(name)) = record.text("customerName") {
        (context.customer_name)(customer, &name);
    }
    let partner = partner_of(record.text("partnerId")?.as_deref(), "partnerId", context, output)?;
    Ok(Some(Operation { partner, customer, at: record.instant("operationDate", None)? }))
}

#[cfg(test)]
mod tests;
