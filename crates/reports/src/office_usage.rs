//! Seats and users of Microsoft 365 workloads: the `OfficeUsage` data set, the download and the system query.
//!
//! Figures `paid_seats` and `active_users` for each partner, customer, workload and month: the sum of all rows that are
//! no duplicates at the global account. The report has no subscriptions. Every row, a duplicate too, shows an
//! association by its attribution, for the row's workload.
//!
//! `TotalPaidAvailableUnits` and `TotalMonthlyActiveUsers` are what a query adds up of the plain columns: they are read
//! only where those are missing.

use ledger::{Refusal, UsageMetric};

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
use super::sightings::Sightings;
use super::subject::{Scope, Subject, SubjectPlaces};
use super::summary::{Skip, Unmapped};
use super::table::Table;

/// The columns of the data set, of the download and of the system query.
pub(super) const COLUMNS: &[&str] = &[
    "PGAMpnId",
    "PGAPartnerID",
    "CustomerTenantId",
    "CustomerTpid",
    "WorkloadName",
    "Month",
    "PaidAvailableUnits",
    "MonthlyActiveUsers",
    "CustomerName",
    "CustomerMarket",
    "CustomerSegment",
    "MPNId",
    "PartnerID",
    "PartnerName",
    "PartnerLocation",
    "PartnerLocationID",
    "PartnerAttributionType",
    "IsDuplicateRowForPGA",
    "IndustryName",
    "VerticalName",
    "EOU",
    "CustomerCount",
    "CustomerTenantCount",
    "TotalPaidAvailableUnits",
    "TotalMonthlyActiveUsers",
];

/// Where the columns stand that are read.
struct Places {
    subject: SubjectPlaces,
    workload: Place,
    paid_seats: Place,
    active_users: Place,
    duplicate: Place,
}

impl Places {
    fn new(columns: &mut Columns) -> Self {
        Self {
            subject: SubjectPlaces::new(columns),
            workload: columns.needed(&["WorkloadName"]),
            paid_seats: columns.needed(&["PaidAvailableUnits", "TotalPaidAvailableUnits"]),
            active_users: columns.needed(&["MonthlyActiveUsers", "TotalMonthlyActiveUsers"]),
            duplicate: columns.needed(&["IsDuplicateRowForPGA"]),
        }
    }
}

/// Reads a report of Microsoft 365 usage.
pub(super) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    let mut table = Table::open(Kind::OfficeUsage, input, context)?;
    let places = Places::new(&mut table.columns);
    table.columns.finish()?;
    places.subject.check_partner(Kind::OfficeUsage, context)?;
    let mut figures = Figures::default();
    let mut sightings = Sightings::new(Kind::OfficeUsage);
    table.each_row(output, |row, output| {
        let Some(subject) = Subject::read(row, &places.subject, context)? else {
            output.summary.skip(Skip::NoCustomer);
            return Ok(());
        };
        sightings.cover(&subject.partner, subject.month);
        let Some(workload) = Product::read(row, Some(places.workload), &[Domain::M365], context)? else {
            output.summary.skip(Skip::NoProduct);
            return Ok(());
        };
        if workload.domain.is_none() {
            output.summary.unmapped(Unmapped::Product(Domain::M365), workload.name.as_str());
        }
        let scope = [Scope::Product(&workload.name)];
        let by = places.subject.attribution(row, Domain::M365, context, output);
        let seen = by.map(|by| subject.see(row, by, scope, &mut sightings));
        add(row, &places, &subject, &workload, &seen, &mut figures, output)
    })?;
    let origin = sightings.origin(context, &table.sha256());
    let whole = sightings.whole(context, &origin, output)?;
    sightings.hand_over(&whole, context, &origin, output);
    figures.hand_over(&whole, &mut Destination { context, kind: Kind::OfficeUsage, origin: &origin, output })
}

/// Adds the row's seats and users to their figures, unless it is a duplicate; what was refused before breaks them.
fn add(
    row: &Row<'_>,
    places: &Places,
    subject: &Subject,
    workload: &Product,
    seen: &Result<(), Refusal>,
    figures: &mut Figures,
    output: &mut Output<'_>,
) -> Result<(), Refusal> {
    let duplicate = row.flag(places.duplicate);
    if matches!(duplicate, Ok(true)) {
        output.summary.skip_duplicate(row.column(places.duplicate));
        let amounts = [places.paid_seats, places.active_users].map(|place| row.count(place).map(|_| ()));
        return amounts.into_iter().fold(seen.clone(), Result::and);
    }
    let refused = seen.clone().and(duplicate.map(|_| ()));
    let mut read = Ok(());
    for (metric, place) in
        [(UsageMetric::PaidSeats, places.paid_seats), (UsageMetric::ActiveUsers, places.active_users)]
    {
        let value = refused.clone().and_then(|()| row.count(place));
        if matches!(value, Ok(None)) {
            output.summary.skip(Skip::NoFigure);
            continue;
        }
        let key = FigureKey {
            partner: &subject.partner,
            customer: subject.customer,
            product: &workload.name,
            reported: workload.reported.as_ref(),
            metric,
            month: subject.month,
            subscription: None,
        };
        let stated = value.as_ref().ok().copied().flatten();
        let reading = Reading { line: row.line(), location: subject.location.as_ref(), value: stated };
        figures.add(&key, reading, None, false);
        read = read.and(value.map(|_| ()));
    }
    read
}

#[cfg(test)]
mod tests;
