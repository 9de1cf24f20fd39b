//! Seats and users of Enterprise Mobility + Security: the `EMSUsage` data set, the download and the system query.
//!
//! A row is one subscription of a customer in a month, with seats and users of each workload of the suite. They become
//! the figures `paid_seats` and `active_users` of the workload under the name that the maps give it; a blank cell gives
//! none. The plain `PaidAvailableUnits` and `MonthlyActiveUsers` are of the suite, which is no workload: they are not
//! recorded. Free and trial subscriptions do not count.
//!
//! The data set marks the rows that repeat others at the global account, and the rest is summed. The other forms mark
//! nothing: there, what several attributions and locations say alike of one product (SKU) is one figure.
//!
//! The row's attribution shows an association for each workload that has a figure, in the subscription if there is one.

mod workloads;

use ledger::{Name, Refusal, UsageMetric};

use super::layout::layout;
use super::months::{self, MonthlyFile};
use super::reader::Reader;
use super::subject::{Scope, SubjectLayout};
use crate::changes::figures::MOST_IN_MEMORY;
use crate::context::Context;
use crate::formats::{Form, Format, LOCATION, MONTHS};
use crate::kind::Kind;
use crate::maps::Domain;
use crate::rows::columns::{Column, Columns};
use crate::rows::exact::Exact;
use crate::rows::row::{Row, check};
use crate::summary::Skip;
use workloads::{Workload, workloads};

/// The reader of Enterprise Mobility + Security usage.
pub(super) static READER: Reader = Reader {
    help: "A report of the usage of Enterprise Mobility + Security",
    format: Format {
        columns: include_str!("../../columns/ems-usage.txt"),
        months: &["Month"],
        amounts: &["PaidAvailableUnits", "MonthlyActiveUsers", "ActiveUsage"],
        ..Format::of(Kind::EmsUsage, FORMS)
    },
    read: months::read::<Layout>,
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form::of(
    &[
        &["Month"],
        &[
            "AADPPaidAvailableUnits",
            "IntunePaidAvailableUnits",
            "AzipPaidAvailableUnits",
            "AADPMonthlyActiveUsers",
            "IntuneMonthlyActiveUsers",
            "AzipMonthlyActiveUsers",
        ],
    ],
    MONTHS,
)];

/// Characters of a view's name.
const VIEW_CHARACTERS: usize = 256;

layout! {
    /// Where the columns stand that are read.
    Layout told_apart_by subscription {
        subject: subject ["Month"],
        subscription: optional ["SubscriptionId"],
        state: optional ["SubscriptionStatus", "SubscriptionState"],
        sku: optional ["SKU", "SKUId"],
        paid: optional ["FreeVsPaidSKU"],
        duplicate: optional ["IsDuplicateRowForPGA"],
        attribution: optional ["PartnerAttachType", "PartnerAttributionType"],
        location: optional LOCATION,
        workloads: found (Vec<Workload>, workloads),
    }
}

impl months::Layout for Layout {
    fn most_in_memory(&self) -> usize {
        if self.duplicate.is_some() { MOST_IN_MEMORY } else { usize::MAX }
    }

    fn take(&self, row: &Row<'_>, file: &mut MonthlyFile<'_, '_>) -> Result<(), Refusal> {
        let Some(subject) = file.subject(row, &self.subject)? else { return Ok(()) };
        let subscription = row.subscription(self.subscription)?;
        let subscription = subscription.as_ref();
        let measures = self.measures(row);
        let scopes = measures.iter().map(|measure| Scope::of(&measure.workload.product.name, subscription));
        let seen = file.is_active(row, self.state).and_then(|is_active| {
            if is_active {
                // A row without a cell of any workload shows no association, whatever it says.
                if !measures.is_empty() {
                    return file.see(row, &self.subject, &subject, Domain::M365, scopes);
                }
                file.attribution(row, &self.subject, Domain::M365)?;
            } else {
                file.output.summary.skip(Skip::NotActive);
            }
            file.sightings.tell();
            Ok(())
        });
        let duplicate = self.duplicate.map_or(Ok(false), |place| row.flag(place));
        if let (Ok(true), Some(place)) = (&duplicate, self.duplicate) {
            file.output.summary.skip_duplicate(row.column(place));
            return measures.iter().fold(seen, |read, measure| read.and(check(&measure.value)));
        }
        let paid = row.optional_text(self.paid);
        let is_free = |text: &str| ["free", "trial"].iter().any(|free| text.eq_ignore_ascii_case(free));
        if matches!(paid, Ok(Some(text)) if is_free(text)) {
            file.output.summary.skip(Skip::FreeOrTrial);
            return seen;
        }
        if measures.is_empty() {
            file.output.summary.skip(Skip::NoFigure);
        }
        // What was refused before breaks the figures.
        let (part, view) = (row.name(self.sku), self.view(row));
        let refused = seen.and(check(&duplicate)).and(check(&paid)).and(check(&part)).and(check(&view));
        let (part, view) = (part.ok().flatten(), view.ok().flatten());
        let mut read = refused.clone();
        for WorkloadMeasure { workload, metric, value } in measures {
            let value = refused.clone().and(value);
            let figure = subject.figure(row, metric, &workload.product, subscription, &value);
            read = read.and(file.figure(&value, |figures| match self.duplicate {
                Some(_) => figures.add(&figure, None, false),
                None => figures.add_view(&figure, part.as_ref(), view.as_ref()),
            }));
        }
        read
    }
}

/// What a row says of one workload. A blank cell makes none.
struct WorkloadMeasure<'p> {
    workload: &'p Workload,
    metric: UsageMetric,
    value: Result<Option<Exact>, Refusal>,
}

impl Layout {
    /// Reads the cells that have something.
    fn measures<'p>(&'p self, row: &Row<'_>) -> Vec<WorkloadMeasure<'p>> {
        // Columns of one workload count the same people, who are not added up: the largest counts.
        let largest = |places: &[Column]| {
            places.iter().try_fold(None, |largest: Option<Exact>, place| Ok(largest.max(row.count(*place)?)))
        };
        let of = |workload: &'p Workload| {
            let Workload { paid_seats, active_users, .. } = workload;
            [(UsageMetric::PaidSeats, paid_seats), (UsageMetric::ActiveUsers, active_users)]
                .map(|(metric, places)| WorkloadMeasure { workload, metric, value: largest(places) })
        };
        self.workloads.iter().flat_map(of).filter(|measure| !matches!(measure.value, Ok(None))).collect()
    }

    /// The view that the row has of the subscription: an attribution at a location.
    fn view(&self, row: &Row<'_>) -> Result<Option<Name>, Refusal> {
        let attribution = row.optional_text(self.attribution)?.unwrap_or_default();
        let location = row.optional_text(self.location)?.unwrap_or_default();
        let text = format!("{location} {}", attribution.to_ascii_lowercase());
        Ok(Name::new(&text.chars().take(VIEW_CHARACTERS).collect::<String>()).ok())
    }
}

#[cfg(test)]
mod tests;
