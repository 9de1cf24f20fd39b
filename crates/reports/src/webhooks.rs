//! Webhook events of Partner Center: a customer accepted the partner as its reseller.
//!
//! An event says that something happened and when, not what was before. Most prove nothing about associations; the
//! mappings of operations say which do, and why the others do not. An event that is delivered twice is one.

use ledger::CustomerId;
use serde_json::{Map, Value};

use super::bytes::Bytes;
use super::context::Context;
use super::documents::Documents;
use super::error::ReportError;
use super::identifier;
use super::kind::Kind;
use super::members::Members;
use super::operations::{Operation, Operations, partner_of};
use super::output::Output;
use super::summary::Skip;

/// Reads webhook events.
pub(super) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    let documents = Documents::open(input)?;
    let mut operations = Operations::new(Kind::Webhooks);
    documents.each(output, |line, object: &Map<String, Value>, output| {
        let event = Members::of(object);
        let name = event.needed("EventName")?;
        let Some(effect) = operations.effect(&name, context, output) else { return Ok(()) };
        let Some(customer) = event.text("ResourceUri")?.as_deref().and_then(customer_of) else {
            output.summary.skip(Skip::NoCustomerNamed);
            return Ok(());
        };
        let audit = event.text("AuditUri")?;
        let partner = partner_of(audit.as_deref().and_then(tenant_of), "AuditUri", context, output)?;
        let at = event.instant("ResourceChangeUtcDate")?;
        operations.add(Operation { line, effect, partner, customer, at });
        Ok(())
    });
    operations.hand_over(documents.sha256(), context, output);
    Ok(())
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
