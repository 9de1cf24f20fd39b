//! Usage of Business Applications: the download of active users.
//!
//! One figure `active_units` for each partner, customer, workload, month and subscription: the sum over the groups of
//! SKUs of `MAU`, and where that is blank of `PAMAU`. `MAC` is the consumption value, which the rulebook's rates give,
//! and is not read. Rows of trials prove nothing.

use ledger::UsageMetric;

use super::bizapps::{self, Form, Said};
use super::bytes::Bytes;
use super::columns::{Columns, Place};
use super::context::Context;
use super::error::ReportError;
use super::kind::Kind;
use super::maps::Domain;
use super::output::Output;
use super::row::Row;
use super::summary::Skip;

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
    "SubscriptionID",
    "SubscriptionStartDate",
    "MetricType",
    "WorkloadCategory",
    "Workload",
    "SkuGroup",
    "PAMAU",
    "MAC",
    "MAU",
];

const FORM: Form = Form {
    kind: Kind::BizappsUsage,
    domain: Domain::BizappsUsage,
    metric: UsageMetric::ActiveUnits,
    workload: &["Workload", "Workloads"],
};

/// Where the columns stand that this report alone has.
struct Places {
    units: Place,
    other_units: Option<Place>,
    metric_type: Option<Place>,
    sku_group: Option<Place>,
}

impl Places {
    fn new(columns: &mut Columns) -> Self {
        Self {
            units: columns.needed(&["MAU", "PAMAU"]),
            other_units: columns.optional(&["PAMAU"]),
            metric_type: columns.optional(&["MetricType"]),
            sku_group: columns.optional(&["SkuGroup"]),
        }
    }
}

/// Reads a report of usage.
pub(super) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    bizapps::read(&FORM, input, context, output, Places::new, say)
}

fn say(row: &Row<'_>, places: &Places, output: &mut Output<'_>) -> Option<Said> {
    let metric_type = row.optional_text(places.metric_type);
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
    let units = match (row.quantity(places.units), places.other_units) {
        (Ok(None), Some(other)) => row.quantity(other),
        (units, _) => units,
    };
    let part = row.name(places.sku_group);
    let read = metric_type.and(part.as_ref().map(|_| ()).map_err(Clone::clone));
    Some(Said { value: read.and(units), part: part.ok().flatten() })
}

#[cfg(test)]
mod tests;
