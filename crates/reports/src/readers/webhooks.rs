//! Webhook events of Partner Center: a customer accepted the partner as its reseller.
//!
//! An event says that something happened and when, not what was before. Most prove nothing about associations; the
//! mappings of operations say which do, and why the others do not. An event that is delivered twice is one.

use ledger::CustomerId;
use serde_json::{Map, Value};

use super::operations::{Operation, Operations, partner_of};
use super::reader::{Reader, Report};
use crate::error::ReportError;
use crate::file::documents::Documents;
use crate::formats::{Dated, Form, Format};
use crate::kind::Kind;
use crate::members::Members;
use crate::rows::identifier;
use crate::summary::Skip;

/// The reader of webhook events.
pub(super) static READER: Reader =
    Reader { help: "Webhook events of Partner Center", format: Format::of(Kind::Webhooks, FORMS), read: read };

/// What tells such files from others.
const FORMS: &[Form] = &[Form::of(
    &[&["EventName"], &["ResourceUri", "ResourceName", "ResourceChangeUtcDate", "AuditUri"]],
    Dated::Instant(&["ResourceChangeUtcDate"]),
)];

/// Reads webhook events.
fn read(report: &mut Report<'_, '_>) -> Result<(), ReportError> {
    let Report { kind, input, context, output, .. } = report;
    let context = *context;
    let documents = Documents::open(input)?;
    let mut operations = Operations::new(*kind);
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
