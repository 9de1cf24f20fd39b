//! Subscriptions: the `SeatsSubscriptionsAndRevenue` data set, the subscription details download and the system query.
//!
//! Rows that are no duplicates at the global account are summed by partner, customer, product, month and subscription:
//!
//! - `AvailableSeatsEOP`, the seats at the end of the month, become `paid_seats`. `AvailableSeats` is the change from the
//!   month before and is never read. A product that the maps know as a workload of Microsoft 365 gives none: the usage
//!   reports tell its seats, with its users.
//! - `BilledRevenueUSD` becomes `revenue_usd` for products that the maps know in Business Applications, and for no
//!   others: what a customer pays for all products would make it a large one in Business Applications.
//!   `AzureConsumedRevenueUSD`, `CPORRevenue`, `CPORPaidSeats` and `CPORActiveUsers` are told by their own reports, and
//!   would count twice.
//!
//! The row of an active subscription shows an association by its attribution, for the product in it. With `--snapshot`,
//! a customer without an active subscription has churned (see [`super::churns`]).

use ledger::{Name, Refusal, UsageMetric};

use super::bytes::Bytes;
use super::churns::Churns;
use super::columns::{Columns, Place};
use super::context::Context;
use super::error::ReportError;
use super::exact::Exact;
use super::figures::{Destination, FigureKey, Figures, Reading};
use super::kind::Kind;
use super::maps::Domain;
use super::output::Output;
use super::products::Product;
use super::row::Row;
use super::sightings::{Lacks, Sightings};
use super::subject::{Scope, Subject, SubjectPlaces, is_active};
use super::summary::{Skip, Unmapped};
use super::table::Table;

/// The columns of the data set, of the download and of the system query.
pub(super) const COLUMNS: &[&str] = &[
    "PGAMpnId",
    "PGAPartnerID",
    "SubscriptionId",
    "SubscriptionStartDate",
    "SubscriptionEndDate",
    "SubscriptionState",
    "Month",
    "IsAutoRenew",
    "CustomerName",
    "CustomerTenantId",
    "CustomerTpid",
    "DUNSNumber",
    "CustomerSegment",
    "TopSegment",
    "CustomerMarket",
    "ReportingProductName",
    "Product",
    "ProductFamily",
    "PricingLevel",
    "PricingLevelName",
    "DetailPricingLevelName",
    "RawProductName",
    "ProductPartNumber",
    "SKU",
    "RevSumDivisionName",
    "SolutionArea",
    "MPNId",
    "PartnerID",
    "PartnerName",
    "PartnerLocation",
    "PartnerLocationID",
    "PartnerAttributionType",
    "SalesChannel",
    "EnrollmentNumber",
    "IsDuplicateRowForPGA",
    "SubscriptionStartMonth",
    "ResellerID",
    "ResellerName",
    "PartnerOneSubID",
    "PartnerOneSubCountry",
    "IsCloud",
    "IndustryName",
    "VerticalName",
    "EOU",
    "AvailableSeatsEOP",
    "TotalSoldSeats",
    "SubscriptionCount",
    "AvailableSeats",
    "TotalAssignedSeats",
    "BilledRevenueUSD",
    "CustomerCount",
    "CustomerTenantCount",
    "AzureConsumedRevenueUSD",
    "CPORRevenue",
    "CPORPaidSeats",
    "CPORActiveUsers",
];

/// Where a product is looked for.
const DOMAINS: &[Domain] = &[Domain::M365, Domain::BizappsRevenue, Domain::BizappsUsage];

/// Where the columns stand that are read.
struct Places {
    subject: SubjectPlaces,
    product: Place,
    reporting_product: Option<Place>,
    subscription: Option<Place>,
    state: Option<Place>,
    duplicate: Place,
    paid_seats: Place,
    revenue: Place,
}

impl Places {
    fn new(columns: &mut Columns) -> Self {
        Self {
            subject: SubjectPlaces::new(columns),
            product: columns.needed(&["Product", "ReportingProductName"]),
            reporting_product: columns.optional(&["ReportingProductName"]),
            subscription: columns.optional(&["SubscriptionId"]),
            state: columns.optional(&["SubscriptionState", "SubscriptionStatus"]),
            duplicate: columns.needed(&["IsDuplicateRowForPGA"]),
            paid_seats: columns.needed(&["AvailableSeatsEOP", "TotalSoldSeats"]),
            revenue: columns.needed(&["BilledRevenueUSD"]),
        }
    }
}

/// Reads a report of subscriptions.
pub(super) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    let mut table = Table::open(Kind::SeatsAndRevenue, input, context)?;
    let places = Places::new(&mut table.columns);
    table.columns.finish()?;
    places.subject.check_partner(Kind::SeatsAndRevenue, context)?;
    let mut figures = Figures::default();
    let lacks = Lacks { subscription: places.subscription.is_none(), ..Lacks::default() };
    let mut sightings = Sightings::lacking(Kind::SeatsAndRevenue, lacks);
    let mut churns = Churns::new(Kind::SeatsAndRevenue);
    table.each_row(output, |row, output| {
        let Some(subject) = Subject::read(row, &places.subject, context)? else {
            output.summary.skip(Skip::NoCustomer);
            return Ok(());
        };
        sightings.cover(&subject.partner, subject.month);
        let is_active = is_active(row, places.state, context, output)?;
        churns.see(&subject, row.line(), is_active);
        let sold = Sold {
            row,
            subscription: row.subscription(places.subscription)?,
            product: match Product::read(row, Some(places.product), DOMAINS, context)? {
                Some(product) => Some(product),
                None => Product::read(row, places.reporting_product, DOMAINS, context)?,
            },
            subject,
        };
        let seen = sold.see(&places, is_active, context, &mut sightings, output);
        sold.add(&places, &seen, &mut figures, &mut churns, output)
    })?;
    let origin = sightings.origin(context, &table.sha256());
    let whole = sightings.whole(context, &origin, output)?;
    let churned = churns.settle(&whole, context);
    sightings.hand_over(&whole, context, &origin, output);
    figures.hand_over(&whole, &mut Destination { context, kind: Kind::SeatsAndRevenue, origin: &origin, output })?;
    churned.hand_over(&origin, output);
    Ok(())
}

/// What a row says was sold.
struct Sold<'r> {
    row: &'r Row<'r>,
    subject: Subject,
    subscription: Option<Name>,
    product: Option<Product>,
}

impl Sold<'_> {
    fn domain(&self) -> Option<Domain> {
        self.product.as_ref().and_then(|product| product.domain)
    }

    /// Notes the association that the row shows, unless its subscription has ended.
    fn see(
        &self,
        places: &Places,
        is_active: bool,
        context: &Context<'_>,
        sightings: &mut Sightings,
        output: &mut Output<'_>,
    ) -> Result<(), Refusal> {
        if !is_active {
            output.summary.skip(Skip::NotActive);
            sightings.tell();
            return Ok(());
        }
        let subscription = self.subscription.as_ref();
        let scope = match &self.product {
            Some(product) => Some(Scope::of(&product.name, subscription)),
            None => subscription.map(Scope::Subscription),
        };
        let domain = self.domain().unwrap_or(Domain::M365);
        let by = places.subject.attribution(self.row, domain, context, output)?;
        self.subject.see(self.row, by, scope, sightings);
        Ok(())
    }

    /// Adds the row's seats and revenue to their figures, unless it is a duplicate; what was refused before breaks them.
    fn add(
        &self,
        places: &Places,
        seen: &Result<(), Refusal>,
        figures: &mut Figures,
        churns: &mut Churns,
        output: &mut Output<'_>,
    ) -> Result<(), Refusal> {
        let duplicate = self.row.flag(places.duplicate);
        if matches!(duplicate, Ok(true)) {
            output.summary.skip_duplicate(self.row.column(places.duplicate));
            let (seats, revenue) = (self.row.count(places.paid_seats), self.row.amount(places.revenue));
            return seen.clone().and(seats.and(revenue).map(|_| ()));
        }
        let Some(product) = &self.product else {
            output.summary.skip(Skip::NoProduct);
            return seen.clone();
        };
        let refused = seen.clone().and(duplicate.map(|_| ()));
        let mut read = refused.clone();
        for (metric, place) in [(UsageMetric::PaidSeats, places.paid_seats), (UsageMetric::RevenueUsd, places.revenue)]
        {
            let value = if metric == UsageMetric::PaidSeats { self.row.count(place) } else { self.row.amount(place) };
            let has_amount = matches!(&value, Ok(Some(amount)) if *amount != Exact::default()) || value.is_err();
            if let Some(reason) = not_read(metric, product.domain) {
                if has_amount {
                    output.summary.skip(reason);
                }
                if has_amount && product.domain.is_none() {
                    output.summary.unmapped(Unmapped::Product(Domain::BizappsRevenue), product.name.as_str());
                }
                read = read.and(value.map(|_| ()));
                continue;
            }
            if matches!(value, Ok(None)) {
                output.summary.skip(Skip::NoFigure);
                continue;
            }
            let value = refused.clone().and(value);
            let key = FigureKey {
                partner: &self.subject.partner,
                customer: self.subject.customer,
                product: &product.name,
                reported: product.reported.as_ref(),
                metric,
                month: self.subject.month,
                subscription: self.subscription.as_ref(),
            };
            let stated = value.as_ref().ok().copied().flatten();
            if stated > Some(Exact::default()) {
                churns.use_in_month(&self.subject);
            }
            let reading = Reading { line: self.row.line(), location: self.subject.location.as_ref(), value: stated };
            figures.add(&key, reading, None, false);
            read = read.and(value.map(|_| ()));
        }
        read
    }
}

/// Why a figure of a product of this domain is not read, if it is not.
fn not_read(metric: UsageMetric, domain: Option<Domain>) -> Option<Skip> {
    match (metric, domain) {
        (UsageMetric::PaidSeats, Some(Domain::M365)) => Some(Skip::SeatsOfWorkload),
        (UsageMetric::RevenueUsd, None | Some(Domain::M365 | Domain::Azure)) => Some(Skip::OtherRevenue),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
