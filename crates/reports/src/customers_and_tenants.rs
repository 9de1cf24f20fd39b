//! Customers: the `CustomersAndTenants` data set, the customers download and the system query.
//!
//! The report gives no figures. `AzureConsumedRevenueUSD`, `BilledRevenueUSD`, `CPORRevenue`, `CPORPaidSeats`,
//! `CPORActiveUsers` and the seats are those of other reports, under names of products that those do not use: money and
//! people would count twice.
//!
//! What it gives: the customer's segment (see [`super::segments`]), an association by the attribution of each row of an
//! active customer, for the row's product, and with `--snapshot` the customers that have churned (see
//! [`super::churns`]).

use ledger::{Refusal, Segment};

use super::bytes::Bytes;
use super::churns::Churns;
use super::columns::{Columns, Place};
use super::context::Context;
use super::error::ReportError;
use super::kind::Kind;
use super::maps::Domain;
use super::output::Output;
use super::products::Product;
use super::row::Row;
use super::segments::Segments;
use super::sightings::{Lacks, Sightings};
use super::subject::{Scope, Subject, SubjectPlaces, is_active};
use super::summary::{Skip, Unmapped};
use super::table::Table;

/// The columns of the data set, of the download, of the system query and of a later copy of the documents.
pub(super) const COLUMNS: &[&str] = &[
    "PGAMpnId",
    "PGAPartnerID",
    "MpnId",
    "PartnerID",
    "PartnerName",
    "CustomerName",
    "CustomerTpid",
    "DUNSNumber",
    "CustomerSegment",
    "TopSegment",
    "CustomerMarket",
    "CustomerStatus",
    "CustomerTenantId",
    "CustomerTenantName",
    "CustomerTenantCountry",
    "TenantDomainName",
    "Product",
    "RawProductName",
    "ProductPartNumber",
    "SKU",
    "SubscriptionGuid",
    "IsAutoRenew",
    "Month",
    "PartnerLocation",
    "PartnerLocationID",
    "PartnerAttributionType",
    "SalesChannel",
    "IsDuplicateRowForPGA",
    "PartnerOneSubID",
    "PartnerOneSubCountry",
    "SubSegment",
    "IndustryName",
    "VerticalName",
    "EOU",
    "CustomerCount",
    "CustomerTenantCount",
    "AvailableSeats",
    "BilledRevenueUSD",
    "AzureConsumedRevenueUSD",
    "CPORRevenue",
    "CPORPaidSeats",
    "CPORActiveUsers",
    "AssignedSeats",
];

/// Where a product is looked for.
const DOMAINS: &[Domain] = &[Domain::M365, Domain::BizappsRevenue, Domain::BizappsUsage];

/// Where the columns stand that are read.
struct Places {
    subject: SubjectPlaces,
    state: Place,
    product: Option<Place>,
    /// The segments, the one that says most about the customer first.
    segments: Vec<Place>,
    duplicate: Option<Place>,
}

impl Places {
    fn new(columns: &mut Columns) -> Self {
        Self {
            subject: SubjectPlaces::new(columns),
            state: columns.needed(&["CustomerStatus"]),
            product: columns.optional(&["Product"]),
            segments: [&["CustomerSegment"], &["SubSegment"], &["TopSegment"]]
                .into_iter()
                .filter_map(|names| columns.optional(names))
                .collect(),
            duplicate: columns.optional(&["IsDuplicateRowForPGA"]),
        }
    }
}

/// Reads a report of customers.
pub(super) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    let mut table = Table::open(Kind::CustomersAndTenants, input, context)?;
    let places = Places::new(&mut table.columns);
    table.columns.finish()?;
    places.subject.check_partner(Kind::CustomersAndTenants, context)?;
    let lacks = Lacks { product: places.product.is_none(), ..Lacks::default() };
    let mut sightings = Sightings::lacking(Kind::CustomersAndTenants, lacks);
    let mut churns = Churns::new(Kind::CustomersAndTenants);
    let mut segments = Segments::new(Kind::CustomersAndTenants);
    table.each_row(output, |row, output| {
        let Some(subject) = Subject::read(row, &places.subject, context)? else {
            output.summary.skip(Skip::NoCustomer);
            return Ok(());
        };
        sightings.cover(&subject.partner, subject.month);
        let is_active = is_active(row, Some(places.state), context, output)?;
        churns.see(&subject, row.line(), is_active);
        let seen = if is_active {
            see(row, &places, &subject, context, &mut sightings, output)
        } else {
            output.summary.skip(Skip::NotActive);
            sightings.tell();
            Ok(())
        };
        let is_duplicate = places.duplicate.map_or(Ok(false), |place| row.flag(place))?;
        if let Some(segment) = segment(row, &places, context, output)? {
            segments.add(&subject, row.line(), segment, is_duplicate)?;
        }
        seen
    })?;
    let origin = sightings.origin(context, &table.sha256());
    let whole = sightings.whole(context, &origin, output)?;
    let churned = churns.settle(&whole, context);
    sightings.hand_over(&whole, context, &origin, output);
    segments.hand_over(context, &origin, output);
    churned.hand_over(&origin, output);
    Ok(())
}

/// Notes the association that the row of an active customer shows.
fn see(
    row: &Row<'_>,
    places: &Places,
    subject: &Subject,
    context: &Context<'_>,
    sightings: &mut Sightings,
    output: &mut Output<'_>,
) -> Result<(), Refusal> {
    let Some(product) = Product::read(row, places.product, DOMAINS, context)? else {
        output.summary.skip(Skip::NoProduct);
        sightings.spare(&subject.partner, subject.customer);
        return Ok(());
    };
    let domain = product.domain.unwrap_or(Domain::M365);
    let by = places.subject.attribution(row, domain, context, output)?;
    subject.see(row, by, [Scope::Product(&product.name)], sightings);
    Ok(())
}

/// The customer's segment: the first that the maps know.
fn segment(
    row: &Row<'_>,
    places: &Places,
    context: &Context<'_>,
    output: &mut Output<'_>,
) -> Result<Option<Segment>, Refusal> {
    let mut unknown = None;
    for place in &places.segments {
        let Some(text) = row.text(*place)? else { continue };
        if let Some(segment) = context.maps.segment(text) {
            return Ok(Some(segment));
        }
        unknown = unknown.or(Some(text));
    }
    if let Some(text) = unknown {
        output.summary.unmapped(Unmapped::Segment, text);
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
