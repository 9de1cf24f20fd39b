//! Webhook events of Partner Center: a customer accepted the partner as its reseller.
//!
//! An event says that something happened and when, not what was before. Most prove nothing about associations; the
//! mappings of operations say which do, and why the others do not. An event that is delivered twice is one.

use ledger::{CustomerId, Refusal};

use super::operations::{self, Operation, partner_of};
use super::reader::Reader;
use crate::context::Context;
use crate::formats::{DateColumns, Form, Format};
use crate::kind::Kind;
use crate::output::Output;
use crate::rows::identifier;
use crate::rows::members::Members;

/// The reader of webhook events.
pub(super) static READER: Reader = Reader {
    help: "Webhook events of Partner Center",
    format: Format::of(Kind::Webhooks, FORMS),
    read: |report| operations::read(report, |event, _| event.needed("EventName").map(Some), operation),
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form::of(
    &[&["EventName"], &["ResourceUri", "ResourceName", "ResourceChangeUtcDate", "AuditUri"]],
    DateColumns::Instant(&["ResourceChangeUtcDate"]),
)];

fn operation(event: Members<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<Option<Operation>, Refusal> {
    let Some(customer) = event.text("ResourceUri")?.as_deref().and_then(customer_of) else { return Ok(None) };
    let audit = event.text("AuditUri")?;
    let partner = partner_of(audit.as_deref().and_then(tenant_of), "AuditUri", context, output)?;
    Ok(Some(Operation { partner, customer, at: event.instant("ResourceChangeUtcDate", None)? }))
}

/// The customer in the address of a resource: `.../customers/<tenant>/...`.
fn customer_of(address: &str) -> Option<CustomerId> {
    let mut parts = address.split(['/', '?', '#']).skip_while(|part| !part.eq_ignore_ascii_case("customers"));
    parts.nth(1).and_then(identifier::guid).map(CustomerId)
}

/// The partner's tenant in the address of an audit record: `.../<tenant>_<customer>_<operation>_<ticks>`.
fn tenant_of(address: &str) -> Option<&str> {
    let record = address.split(['?', '#']).next()?.trim_end_matches('/').rsplit('/').next()?;
    let (tenant, _) = record.split_once('_')?;
    identifier::guid(tenant).map(|_| tenant)
}

#[cfg(test)]
mod tests;
