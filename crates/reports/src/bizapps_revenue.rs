//! Revenue of Business Applications: the download of the adjusted revenue.
//!
//! One figure `revenue_usd` for each partner, customer, workload, month and subscription. Negative amounts stay.

use ledger::UsageMetric;

use super::bizapps::{self, Form, Said};
use super::bytes::Bytes;
use super::columns::{Columns, Place};
use super::context::Context;
use super::error::ReportError;
use super::kind::Kind;
use super::maps::Domain;
use super::output::Output;

/// The columns of the download.
pub(super) const COLUMNS: &[&str] = &[
    "FiscalMonthName",
    "GlobalPartnerID",
    "PartnerName",
    "PartnerAssociationType",
    "CustomerID",
    "CustomerName",
    "CustomerTenantID",
    "CustomerTenantName",
    "SubscriptionId",
    "SubscriptionStartDate",
    "Country",
    "WorkloadCategory",
    "Workloads",
    "AdjustedRevenueAmtCD",
];

const FORM: Form = Form {
    kind: Kind::BizappsRevenue,
    domain: Domain::BizappsRevenue,
    metric: UsageMetric::RevenueUsd,
    workload: &["Workloads", "Workload"],
};

/// Reads a report of revenue.
pub(super) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    let revenue = |columns: &mut Columns| columns.needed(&["AdjustedRevenueAmtCD"]);
    bizapps::read(&FORM, input, context, output, revenue, |row, revenue: &Place, _| {
        Some(Said { value: row.amount(*revenue), part: None })
    })
}

#[cfg(test)]
mod tests;
