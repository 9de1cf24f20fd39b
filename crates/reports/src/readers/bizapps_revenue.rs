//! Revenue of Business Applications: the download of the adjusted revenue.
//!
//! One figure `revenue_usd` for each partner, customer, workload, month and subscription. Negative amounts stay.

use ledger::UsageMetric;

use super::bizapps::{Layout, Measurement, RowMeasure};
use super::layout::layout;
use super::months;
use super::reader::Reader;
use crate::context::Context;
use crate::formats::{Form, Format, MONTHS};
use crate::kind::Kind;
use crate::maps::Domain;
use crate::output::Output;
use crate::rows::columns::{Column, Columns};
use crate::rows::row::Row;

/// The reader of revenue.
pub(super) static READER: Reader = Reader {
    help: "A report of the revenue of Business Applications",
    format: Format {
        columns: include_str!("../../columns/bizapps-revenue.txt"),
        months: &["FiscalMonthName", "Month"],
        amounts: &["AdjustedRevenueAmtCD"],
        ..Format::of(Kind::BizappsRevenue, FORMS)
    },
    read: months::read::<Layout<Revenue>>,
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form::of(&[&["FiscalMonthName", "Month"], &["AdjustedRevenueAmtCD"]], MONTHS)];

layout! {
    /// Where the revenue stands.
    Revenue {
        amount: needed ["AdjustedRevenueAmtCD"],
    }
}

impl Measurement for Revenue {
    const DOMAIN: Domain = Domain::BizappsRevenue;
    const METRIC: UsageMetric = UsageMetric::RevenueUsd;
    const WORKLOAD: &'static [&'static str] = &["Workloads", "Workload"];

    fn read(&self, row: &Row<'_>, _: &mut Output<'_>) -> Option<RowMeasure> {
        Some(RowMeasure { value: row.amount(self.amount), part: None })
    }
}

#[cfg(test)]
mod tests;
