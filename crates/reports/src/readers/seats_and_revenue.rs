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
//! a customer without an active subscription has churned (see [`crate::changes::churns`]).

use ledger::{Refusal, UsageMetric};

use super::layout::layout;
use super::months::{self, MonthlyFile};
use super::product::Product;
use super::reader::Reader;
use super::subject::{Scope, SubjectLayout};
use crate::context::Context;
use crate::formats::{Form, Format, MONTHS};
use crate::kind::Kind;
use crate::maps::Domain;
use crate::rows::columns::{Column, Columns};
use crate::rows::exact::Exact;
use crate::rows::row::{Row, check};
use crate::summary::Skip;

/// The reader of subscriptions.
pub(super) static READER: Reader = Reader {
    help: "A report of subscriptions with their seats and revenue",
    format: Format {
        columns: include_str!("../../columns/seats-and-revenue.txt"),
        months: &["Month"],
        amounts: &["AvailableSeatsEOP", "TotalSoldSeats", "BilledRevenueUSD"],
        ..Format::of(Kind::SeatsAndRevenue, FORMS)
    },
    read: months::read::<Layout>,
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form {
    needed: &[
        &["Month"],
        &["SubscriptionId"],
        &["SubscriptionState", "IsAutoRenew", "SubscriptionStartMonth"],
        &["AvailableSeatsEOP", "AvailableSeats", "TotalSoldSeats", "BilledRevenueUSD"],
        &["Product", "ReportingProductName", "RawProductName"],
    ],
    without: &["ServiceLevel2", "ServiceName", "CustomerStatus", "ActiveSeats"],
    dated: MONTHS,
}];

/// Where a product is looked for.
const DOMAINS: &[Domain] = &[Domain::M365, Domain::BizappsRevenue, Domain::BizappsUsage];

layout! {
    /// Where the columns stand that are read.
    Layout told_apart_by subscription {
        subject: subject ["Month"],
        product: needed ["Product", "ReportingProductName"],
        reporting_product: optional ["ReportingProductName"],
        subscription: optional ["SubscriptionId"],
        state: optional ["SubscriptionState", "SubscriptionStatus"],
        duplicate: needed ["IsDuplicateRowForPGA"],
        paid_seats: needed ["AvailableSeatsEOP", "TotalSoldSeats"],
        revenue: needed ["BilledRevenueUSD"],
    }
}

impl months::Layout for Layout {
    fn take(&self, row: &Row<'_>, file: &mut MonthlyFile<'_, '_>) -> Result<(), Refusal> {
        let Some(subject) = file.subject(row, &self.subject)? else { return Ok(()) };
        let is_active = file.is_active(row, self.state)?;
        file.churns.see(&subject, row.line, is_active);
        let subscription = row.subscription(self.subscription)?;
        let subscription = subscription.as_ref();
        let product = match Product::read(row, Some(self.product), DOMAINS, file.context)? {
            Some(product) => Some(product),
            None => Product::read(row, self.reporting_product, DOMAINS, file.context)?,
        };
        let seen = if is_active {
            let domain = product.as_ref().and_then(|product| product.domain).unwrap_or(Domain::M365);
            file.see(row, &self.subject, &subject, domain, Scope::of_row(product.as_ref(), subscription))
        } else {
            // The association of a subscription that has ended is over.
            file.output.summary.skip(Skip::NotActive);
            file.sightings.tell();
            Ok(())
        };
        let duplicate = row.flag(self.duplicate);
        if matches!(duplicate, Ok(true)) {
            file.output.summary.skip_duplicate(row.column(self.duplicate));
            let (seats, revenue) = (row.count(self.paid_seats), row.amount(self.revenue));
            return seen.and(check(&seats)).and(check(&revenue));
        }
        let Some(product) = &product else {
            file.output.summary.skip(Skip::NoProduct);
            return seen;
        };
        // What was refused before breaks the figures.
        let refused = seen.and(check(&duplicate));
        let mut read = refused.clone();
        let seats = (UsageMetric::PaidSeats, row.count(self.paid_seats));
        for (metric, value) in [seats, (UsageMetric::RevenueUsd, row.amount(self.revenue))] {
            let has_amount = matches!(&value, Ok(Some(amount)) if *amount != Exact::default()) || value.is_err();
            if let Some(reason) = not_read(metric, product.domain) {
                if has_amount {
                    file.output.summary.skip(reason);
                    file.note_product(product, Domain::BizappsRevenue);
                }
                read = read.and(check(&value));
                continue;
            }
            if matches!(value, Ok(None)) {
                file.output.summary.skip(Skip::NoFigure);
                continue;
            }
            let value = refused.clone().and(value);
            let figure = subject.figure(row, metric, product, subscription, &value);
            if figure.value > Some(Exact::default()) {
                file.churns.use_in_month(&subject);
            }
            file.figures.add(&figure, None, false);
            read = read.and(check(&value));
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
