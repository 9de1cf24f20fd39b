//! Revenue of Business Applications: the download of the adjusted revenue.
//!
//! One figure `revenue_usd` for each partner, customer, workload, month and subscription. Negative amounts stay.

use ledger::UsageMetric;

use crate::context::Context;
use crate::error::ReportError;
use crate::file::bytes::Bytes;
use crate::kind::Kind;
use crate::maps::Domain;
use crate::output::Output;
use crate::readers::bizapps::{self, Form, Said};
use crate::rows::columns::{Columns, Place};

/// The columns of the download.
pub(crate) const COLUMNS: &[&str] = &[
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
pub(crate) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    let revenue = |columns: &mut Columns| columns.needed(&["AdjustedRevenueAmtCD"]);
    bizapps::read(&FORM, input, context, output, revenue, |row, revenue: &Place, _| {
        Some(Said { value: row.amount(*revenue), part: None })
    })
}

#[cfg(test)]
mod tests;
