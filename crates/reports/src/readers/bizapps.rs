//! What both reports of Business Applications share: one figure for each partner, customer, workload, month and
//! subscription.
//!
//! No column marks duplicates. A row stands there once for each association type of the partner, and says the same sum
//! each time: what all types say alike is one figure. Where they say different sums these are added.

use ledger::{Name, Refusal, UsageMetric};

use super::layout::ColumnTable;
use super::months::{self, MonthlyFile};
use super::product::Product;
use super::subject::{Scope, SubjectLayout};
use crate::changes::sightings::ColumnGaps;
use crate::context::Context;
use crate::maps::Domain;
use crate::output::Output;
use crate::rows::columns::{Column, Columns};
use crate::rows::exact::Exact;
use crate::rows::row::{Row, check};
use crate::summary::Skip;

/// What one of the two reports measures, and where the columns stand that it alone has.
pub(super) trait Measurement: ColumnTable {
    const DOMAIN: Domain;
    const METRIC: UsageMetric;
    /// The names of the workload's column.
    const WORKLOAD: &'static [&'static str];

    /// Reads what a row says of its figure; `None`: the row proves nothing.
    fn read(&self, row: &Row<'_>, output: &mut Output<'_>) -> Option<RowMeasure>;
}

/// What a row says of its figure.
pub(super) struct RowMeasure {
    pub(super) value: Result<Option<Exact>, Refusal>,
    /// The part of the workload that is measured.
    pub(super) part: Option<Name>,
}

/// Where the columns stand that are read.
pub(super) struct Layout<M> {
    subject: SubjectLayout,
    workload: Column,
    subscription: Option<Column>,
    association: Option<Column>,
    measurement: M,
}

impl<M: Measurement> ColumnTable for Layout<M> {
    fn find(columns: &mut Columns, context: &Context<'_>) -> Self {
        Self {
            subject: SubjectLayout::new(columns, &["FiscalMonthName", "Month"]),
            workload: columns.needed(M::WORKLOAD),
            subscription: columns.optional(&["SubscriptionId"]),
            association: columns.optional(&["PartnerAssociationType", "PartnerAttributionType"]),
            measurement: M::find(columns, context),
        }
    }

    fn lacks(&self) -> ColumnGaps {
        ColumnGaps { subscription: self.subscription.is_none(), ..ColumnGaps::default() }
    }
}

impl<M: Measurement> months::Layout for Layout<M> {
    fn most_in_memory(&self) -> usize {
        usize::MAX
    }

    fn take(&self, row: &Row<'_>, file: &mut MonthlyFile<'_, '_>) -> Result<(), Refusal> {
        let Some(subject) = file.subject(row, &self.subject)? else { return Ok(()) };
        let subscription = row.subscription(self.subscription)?;
        let subscription = subscription.as_ref();
        let workload = Product::read(row, Some(self.workload), &[M::DOMAIN], file.context)?;
        let Some(RowMeasure { value, part }) = self.measurement.read(row, file.output) else { return Ok(()) };
        let scope = Scope::of_row(workload.as_ref(), subscription);
        let seen = file.see(row, &self.subject, &subject, M::DOMAIN, scope);
        let Some(workload) = &workload else {
            file.output.summary.skip(Skip::NoProduct);
            return seen;
        };
        file.note_product(workload, M::DOMAIN);
        // What was refused before breaks the figure.
        let view = row.name(self.association);
        let value = seen.and(check(&view)).and(value);
        let figure = subject.figure(row, M::METRIC, workload, subscription, &value);
        let view = view.as_ref().ok().and_then(Option::as_ref);
        file.figure(&value, |figures| figures.add_view(&figure, part.as_ref(), view))
    }
}
