//! Customers: the `CustomersAndTenants` data set, the customers download and the system query.
//!
//! The report gives no figures. `AzureConsumedRevenueUSD`, `BilledRevenueUSD`, `CPORRevenue`, `CPORPaidSeats`,
//! `CPORActiveUsers` and the seats are those of other reports, under names of products that those do not use: money and
//! people would count twice.
//!
//! What it gives: the customer's segment (see [`crate::changes::segments`]), an association by the attribution of each row of an
//! active customer, for the row's product, and with `--snapshot` the customers that have churned (see
//! [`crate::changes::churns`]).

use ledger::{Refusal, Segment};

use super::layout::layout;
use super::months::{self, MonthlyFile};
use super::product::Product;
use super::reader::Reader;
use super::subject::{Scope, SubjectLayout};
use crate::changes::subject::Subject;
use crate::context::Context;
use crate::formats::{Form, Format, MONTHS};
use crate::kind::Kind;
use crate::maps::Domain;
use crate::rows::columns::{Column, Columns};
use crate::rows::row::Row;
use crate::summary::{Skip, UnmappedText};

/// The reader of customers.
pub(super) static READER: Reader = Reader {
    help: "A report of customers with their segments and states",
    format: Format {
        columns: include_str!("../../columns/customers-and-tenants.txt"),
        months: &["Month"],
        ..Format::of(Kind::CustomersAndTenants, FORMS)
    },
    read: months::read::<Layout>,
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form {
    needed: &[
        &["Month"],
        &["CustomerTenantId"],
        &["CustomerStatus", "CustomerTenantCountry", "TenantDomainName"],
        &["Product", "RawProductName", "CustomerStatus"],
    ],
    without: &["SubscriptionState", "ServiceLevel2", "ServiceName"],
    dated: MONTHS,
}];

/// Where a product is looked for.
const DOMAINS: &[Domain] = &[Domain::M365, Domain::BizappsRevenue, Domain::BizappsUsage];

layout! {
    /// Where the columns stand that are read.
    Layout told_apart_by product {
        subject: subject ["Month"],
        state: needed ["CustomerStatus"],
        product: optional ["Product"],
        /// The segments, the one that says most about the customer first.
        segments: found (Vec<Column>, segments),
        duplicate: optional ["IsDuplicateRowForPGA"],
    }
}

/// Finds the columns of segments.
fn segments(columns: &mut Columns, _: &Context<'_>) -> Vec<Column> {
    let names = [&["CustomerSegment"], &["SubSegment"], &["TopSegment"]];
    names.into_iter().filter_map(|names| columns.optional(names)).collect()
}

impl months::Layout for Layout {
    fn take(&self, row: &Row<'_>, file: &mut MonthlyFile<'_, '_>) -> Result<(), Refusal> {
        let Some(subject) = file.subject(row, &self.subject)? else { return Ok(()) };
        let is_active = file.is_active(row, Some(self.state))?;
        file.churns.see(&subject, row.line, is_active);
        let seen = if is_active {
            self.see(row, &subject, file)
        } else {
            file.output.summary.skip(Skip::NotActive);
            file.sightings.tell();
            Ok(())
        };
        let is_duplicate = self.duplicate.map_or(Ok(false), |place| row.flag(place))?;
        if let Some(segment) = self.segment(row, file)? {
            file.segments.add(&subject, row.line, segment, is_duplicate)?;
        }
        seen
    }
}

impl Layout {
    /// Notes the association that the row of an active customer shows.
    fn see(&self, row: &Row<'_>, subject: &Subject, file: &mut MonthlyFile<'_, '_>) -> Result<(), Refusal> {
        let Some(product) = Product::read(row, self.product, DOMAINS, file.context)? else {
            file.output.summary.skip(Skip::NoProduct);
            file.sightings.spare(&subject.partner, subject.customer);
            return Ok(());
        };
        let domain = product.domain.unwrap_or(Domain::M365);
        file.see(row, &self.subject, subject, domain, [Scope::of(&product.name, None)])
    }

    /// The customer's segment: the first that the maps know.
    fn segment(&self, row: &Row<'_>, file: &mut MonthlyFile<'_, '_>) -> Result<Option<Segment>, Refusal> {
        let mut unknown = None;
        for place in &self.segments {
            let Some(text) = row.text(*place)? else { continue };
            if let Some(segment) = file.context.maps.segment(text) {
                return Ok(Some(segment));
            }
            unknown = unknown.or(Some(text));
        }
        if let Some(text) = unknown {
            file.output.summary.unmapped(UnmappedText::Segment, text);
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
