//! Azure consumption: the `AzureUsage` data set, the report downloaded by hand and the system query.
//!
//! One figure `acr_usd` for each partner, customer, product, month and subscription: the sum of all rows that are no
//! duplicates at the global account. Every row, a duplicate too, shows an association by its attribution. The flags of
//! duplicates at the location and at the attribution type say nothing about the global account and are not read.

use ledger::{Name, Refusal, UsageMetric};

use super::bytes::Bytes;
use super::columns::{Columns, Place};
use super::context::Context;
use super::error::ReportError;
use super::figures::{Destination, FigureKey, Figures, Reading};
use super::kind::Kind;
use super::maps::Domain;
use super::output::Output;
use super::products::Product;
use super::row::Row;
use super::sightings::{Lacks, Sightings};
use super::subject::{Scope, Subject, SubjectPlaces};
use super::summary::Skip;
use super::table::Table;

/// The columns of the data set, of the download and of the system query.
pub(super) const COLUMNS: &[&str] = &[
    "PGAMpnId",
    "PGAPartnerID",
    "SubscriptionId",
    "SubscriptionStartDate",
    "SubscriptionEndDate",
    "FirstUseDate",
    "SubscriptionState",
    "Month",
    "ServiceLevel1",
    "ServiceLevel2",
    "ServiceLevel3",
    "ServiceLevel4",
    "ServiceName",
    "MeterCategory",
    "ServiceInfluencer",
    "ServiceGroup2",
    "ServiceGroup3",
    "ComputeOS",
    "ComputeOSAttribute",
    "ComputeCoreSoftware",
    "UsageUnits",
    "UsageQuantity",
    "CustomerName",
    "CustomerTenantId",
    "CustomerTenantName",
    "CustomerTpid",
    "CustomerSegment",
    "CustomerMarket",
    "MPNId",
    "PartnerID",
    "PartnerName",
    "PartnerLocation",
    "PartnerLocationID",
    "PartnerAttributionType",
    "AssociationType",
    "SalesChannel",
    "EnrollmentNumber",
    "IsACRDuplicateAtPGALevel",
    "IsDuplicateRowForPGA",
    "ResellerID",
    "ResellerName",
    "IndustryName",
    "VerticalName",
    "AdminType",
    "MonthlySubscriptionLevelACR",
    "PartnerOneSubID",
    "PartnerOneSubCountry",
    "ParticipantPublicCustomerNumber",
    "PCNSubsidiaryName",
    "PCNPartnerName",
    "IsDuplicateAtMpnLevel",
    "IsACRDuplicateAtMPNLevel",
    "IsDuplicateAtPgaAttributionTypeLevel",
    "IsACRDuplicateAtPGAAttachTypeLevel",
    "AI_OfferType",
    "EOU",
    "SubscriptionCount",
    "ACR_USD",
    "TotalACR",
    "CustomerCount",
    "CustomerTenantCount",
];

/// Where the columns stand that are read.
struct Places {
    subject: SubjectPlaces,
    product: Place,
    subscription: Option<Place>,
    offer: Option<Place>,
    duplicate: Place,
    acr: Place,
}

impl Places {
    fn new(columns: &mut Columns) -> Self {
        Self {
            subject: SubjectPlaces::new(columns),
            product: columns.needed(&["ServiceLevel2", "ServiceName", "MeterCategory"]),
            subscription: columns.optional(&["SubscriptionId"]),
            offer: columns.optional(&["AI_OfferType"]),
            duplicate: columns.needed(&["IsACRDuplicateAtPGALevel", "IsDuplicateRowForPGA"]),
            acr: columns.needed(&["ACR_USD", "TotalACR"]),
        }
    }
}

/// Reads a report of Azure consumption.
pub(super) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    let mut table = Table::open(Kind::AzureUsage, input, context)?;
    let places = Places::new(&mut table.columns);
    table.columns.finish()?;
    places.subject.check_partner(Kind::AzureUsage, context)?;
    let mut figures = Figures::default();
    let lacks = Lacks { subscription: places.subscription.is_none(), ..Lacks::default() };
    let mut sightings = Sightings::lacking(Kind::AzureUsage, lacks);
    table.each_row(output, |row, output| {
        let Some(subject) = Subject::read(row, &places.subject, context)? else {
            output.summary.skip(Skip::NoCustomer);
            return Ok(());
        };
        sightings.cover(&subject.partner, subject.month);
        let usage = Consumed {
            subject,
            product: Product::read(row, Some(places.product), &[Domain::Azure], context)?,
            subscription: row.subscription(places.subscription)?,
        };
        let by = places.subject.attribution(row, Domain::Azure, context, output);
        let seen = by.map(|by| usage.subject.see(row, by, usage.scope(), &mut sightings));
        usage.add(row, &places, seen, context, &mut figures, output)
    })?;
    let origin = sightings.origin(context, &table.sha256());
    let whole = sightings.whole(context, &origin, output)?;
    sightings.hand_over(&whole, context, &origin, output);
    figures.hand_over(&whole, &mut Destination { context, kind: Kind::AzureUsage, origin: &origin, output })
}

/// What a row says was consumed.
struct Consumed {
    subject: Subject,
    product: Option<Product>,
    subscription: Option<Name>,
}

impl Consumed {
    /// What the row's association is limited to: the subscription, else the product.
    fn scope(&self) -> Option<Scope<'_>> {
        let product = self.product.as_ref().map(|product| Scope::Product(&product.name));
        self.subscription.as_ref().map(Scope::Subscription).or(product)
    }

    /// Adds the row's consumption to its figure, unless it is a duplicate; what was refused before breaks the figure.
    fn add(
        &self,
        row: &Row<'_>,
        places: &Places,
        seen: Result<(), Refusal>,
        context: &Context<'_>,
        figures: &mut Figures,
        output: &mut Output<'_>,
    ) -> Result<(), Refusal> {
        let duplicate = row.flag(places.duplicate);
        if matches!(duplicate, Ok(true)) {
            output.summary.skip_duplicate(row.column(places.duplicate));
            // A row that does not count is read all the same: what is wrong in it is wrong with the file.
            return seen.and(row.amount(places.acr).map(|_| ()));
        }
        let Some(product) = &self.product else {
            output.summary.skip(Skip::NoProduct);
            return seen;
        };
        let offer = row.name(places.offer);
        let refused = seen.and(duplicate.map(|_| ())).and(offer.as_ref().map(|_| ()).map_err(Clone::clone));
        let value = refused.and_then(|()| row.amount(places.acr));
        if matches!(value, Ok(None)) {
            output.summary.skip(Skip::NoFigure);
            return Ok(());
        }
        let key = FigureKey {
            partner: &self.subject.partner,
            customer: self.subject.customer,
            product: &product.name,
            reported: product.reported.as_ref(),
            metric: UsageMetric::AcrUsd,
            month: self.subject.month,
            subscription: self.subscription.as_ref(),
        };
        let offer = offer.as_ref().ok().and_then(Option::as_ref);
        let is_excluded = offer.is_some_and(|offer| (context.excluded_offer)(offer.as_str()));
        let stated = value.as_ref().ok().copied().flatten();
        let reading = Reading { line: row.line(), location: self.subject.location.as_ref(), value: stated };
        figures.add(&key, reading, offer, is_excluded);
        value.map(|_| ())
    }
}

#[cfg(test)]
mod download_tests;
#[cfg(test)]
mod tests;
