//! Azure consumption: the `AzureUsage` data set, the report downloaded by hand and the system query.
//!
//! One figure `acr_usd` for each partner, customer, product, month and subscription: the sum of all rows that are no
//! duplicates at the global account. Every row, a duplicate too, shows an association by its attribution. The flags of
//! duplicates at the location and at the attribution type say nothing about the global account and are not read.

use ledger::{CustomerId, Mechanism, Month, Name, PartnerId, Refusal, UsageMetric};

use super::attribution::Attribution;
use super::bytes::Bytes;
use super::columns::{Columns, LOCATION, PARTNER, Place};
use super::context::Context;
use super::error::ReportError;
use super::figures::{Destination, FigureKey, Figures, Reading};
use super::kind::Kind;
use super::maps::Domain;
use super::origin::Origin;
use super::output::Output;
use super::row::Row;
use super::sightings::{Sighting, Sightings, stand_in_subscription};
use super::summary::{Skip, Unmapped};
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
    partner: Option<Place>,
    location: Option<Place>,
    customer: Place,
    month: Place,
    product: Place,
    subscription: Option<Place>,
    attribution: Option<Place>,
    admin_type: Option<Place>,
    sales_channel: Option<Place>,
    offer: Option<Place>,
    duplicate: Place,
    acr: Place,
}

impl Places {
    fn new(columns: &mut Columns, context: &Context<'_>) -> Self {
        Self {
            partner: if context.tells_partners() { columns.optional(PARTNER) } else { Some(columns.needed(PARTNER)) },
            location: columns.optional(LOCATION),
            customer: columns.needed(&["CustomerTenantId"]),
            month: columns.needed(&["Month"]),
            product: columns.needed(&["ServiceLevel2", "ServiceName", "MeterCategory"]),
            subscription: columns.optional(&["SubscriptionId"]),
            attribution: columns.optional(&["PartnerAttributionType", "AssociationType"]),
            admin_type: columns.optional(&["AdminType"]),
            sales_channel: columns.optional(&["SalesChannel"]),
            offer: columns.optional(&["AI_OfferType"]),
            duplicate: columns.needed(&["IsACRDuplicateAtPGALevel", "IsDuplicateRowForPGA"]),
            acr: columns.needed(&["ACR_USD", "TotalACR"]),
        }
    }
}

/// Reads a report of Azure consumption.
pub(super) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    let mut table = Table::open(Kind::AzureUsage, input)?;
    let places = Places::new(&mut table.columns, context);
    let mut figures = Figures::default();
    let mut sightings = Sightings::new(Kind::AzureUsage);
    table.each_row(output, |row, output| {
        let Some(subject) = Subject::read(row, &places, context)? else {
            output.summary.skip(Skip::NoCustomer);
            return Ok(());
        };
        sightings.cover(&subject.partner, subject.month);
        let seen = subject.see(row, &places, context, &mut sightings, output);
        subject.add(row, &places, seen, context, &mut figures, output)
    })?;
    let as_of = context.as_of(sightings.newest());
    let origin = Origin::new(Kind::AzureUsage, context.file_name, &table.sha256(), as_of);
    let whole = sightings.whole(context, &origin);
    sightings.hand_over(&whole, context, &origin, output);
    figures.hand_over(&whole, &mut Destination { context, kind: Kind::AzureUsage, origin: &origin, output })
}

/// Of whom, where and when a row speaks.
struct Subject {
    partner: PartnerId,
    location: Option<Name>,
    customer: CustomerId,
    month: Month,
    subscription: Option<Name>,
}

impl Subject {
    /// Reads them; `None` without a customer, as in the rows of registered deals.
    fn read(row: &Row<'_>, places: &Places, context: &Context<'_>) -> Result<Option<Self>, Refusal> {
        let Some(customer) = row.customer(places.customer)? else { return Ok(None) };
        Ok(Some(Self {
            partner: row.partner(places.partner, places.location, context)?,
            location: row.name(places.location)?,
            customer,
            month: row.needed(places.month, row.month(places.month)?)?,
            subscription: row.subscription(places.subscription)?,
        }))
    }

    /// Notes the association that the row's attribution shows.
    fn see(
        &self,
        row: &Row<'_>,
        places: &Places,
        context: &Context<'_>,
        sightings: &mut Sightings,
        output: &mut Output<'_>,
    ) -> Result<(), Refusal> {
        let Some(text) = row.optional_text(places.attribution)? else { return Ok(()) };
        let admin_type = row.optional_text(places.admin_type)?;
        let sales_channel = row.optional_text(places.sales_channel)?;
        let (mechanism, role) = match context.maps.attribution(Domain::Azure, text, admin_type, sales_channel) {
            Attribution::By(mechanism, role) => (mechanism, role),
            Attribution::ReaderLink => {
                output.summary.skip(Skip::ReaderLink);
                return Ok(());
            }
            Attribution::NoMechanism => {
                output.summary.skip(Skip::NoMechanism);
                return Ok(());
            }
            Attribution::Unknown => {
                output.summary.unmapped(Unmapped::Attribution, text);
                return Ok(());
            }
        };
        let account = self.location.as_ref().map_or(self.partner.as_str(), Name::as_str);
        let needs_one = matches!(mechanism, Mechanism::Dpor | Mechanism::Tpor) && self.subscription.is_none();
        let stand_in = needs_one.then(|| stand_in_subscription(account, self.customer)).flatten();
        let product = if self.subscription.is_none() { row.name(Some(places.product))? } else { None };
        sightings.add(&Sighting {
            line: row.line(),
            partner: &self.partner,
            location: self.location.as_ref(),
            customer: self.customer,
            mechanism,
            role,
            workload: product.as_ref(),
            subscription: self.subscription.as_ref().or(stand_in.as_ref()),
            claim: None,
            since: None,
            month: self.month,
        });
        Ok(())
    }

    /// Adds the row's consumption to its figure, unless it is a duplicate; what was refused before breaks the figure.
    fn add(
        self,
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
            return seen;
        }
        let Some(product) = row.name(Some(places.product))? else {
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
            partner: &self.partner,
            customer: self.customer,
            product: &product,
            reported: None,
            metric: UsageMetric::AcrUsd,
            month: self.month,
            subscription: self.subscription.as_ref(),
        };
        let offer = offer.as_ref().ok().and_then(Option::as_ref);
        let is_excluded = offer.is_some_and(|offer| (context.excluded_offer)(offer.as_str()));
        let stated = value.as_ref().ok().copied().flatten();
        let reading = Reading { line: row.line(), location: self.location.as_ref(), value: stated };
        figures.add(&key, reading, offer, is_excluded);
        value.map(|_| ())
    }
}

#[cfg(test)]
mod tests;
