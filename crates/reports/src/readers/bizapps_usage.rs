//! Usage of Business Applications: the download of active users.
//!
//! One figure `active_units` for each partner, customer, workload, month and subscription: the sum over the groups of
//! SKUs of `MAU`, and where that is blank of `PAMAU`. `MAC` is the consumption value, which the rulebook's rates give,
//! and is not read. Rows of trials prove nothing.

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
use crate::rows::row::{Row, check};
use crate::summary::Skip;

/// The reader of usage.
pub(super) static READER: Reader = Reader {
    help: "A report of the usage of Business Applications",
    format: Format {
        columns: include_str!("../../columns/bizapps-usage.txt"),
        months: &["FiscalMonthName", "Month"],
        amounts: &["MAU"],
        ..Format::of(Kind::BizappsUsage, FORMS)
    },
    read: months::read::<Layout<Units>>,
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form {
    needed: &[&["FiscalMonthName", "Month"], &["Workload", "Workloads", "WorkloadCategory"], &["PAMAU", "MAC", "MAU"]],
    without: &["AdjustedRevenueAmtCD"],
    dated: MONTHS,
}];

layout! {
    /// Where the columns stand that this report alone has.
    Units {
        mau: needed ["MAU", "PAMAU"],
        pamau: optional ["PAMAU"],
        metric_type: optional ["MetricType"],
        sku_group: optional ["SkuGroup"],
    }
}

impl Measurement for Units {
    const DOMAIN: Domain = Domain::BizappsUsage;
    const METRIC: UsageMetric = UsageMetric::ActiveUnits;
    const WORKLOAD: &'static [&'static str] = &["Workload", "Workloads"];

    fn read(&self, row: &Row<'_>, output: &mut Output<'_>) -> Option<RowMeasure> {
        let metric_type = row.optional_text(self.metric_type);
        match &metric_type {
            Ok(Some(text)) if text.eq_ignore_ascii_case("trial") => {
                output.summary.skip(Skip::FreeOrTrial);
                return None;
            }
            Ok(Some(text)) if !text.eq_ignore_ascii_case("paid") => {
                output.summary.remark("an unknown metric type, read as paid", text);
            }
            Ok(_) | Err(_) => {}
        }
        let units = match (row.quantity(self.mau), self.pamau) {
            (Ok(None), Some(other)) => row.quantity(other),
            (units, _) => units,
        };
        let part = row.name(self.sku_group);
        Some(RowMeasure { value: metric_type.and(check(&part)).and(units), part: part.ok().flatten() })
    }
}

#[cfg(test)]
mod tests;
