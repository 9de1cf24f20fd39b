//! Seats and users of Microsoft 365 workloads: the `OfficeUsage` data set, the download and the system query.
//!
//! Figures `paid_seats` and `active_users` for each partner, customer, workload and month: the sum of all rows that are
//! no duplicates at the global account. The report has no subscriptions. Every row, a duplicate too, shows an
//! association by its attribution, for the row's workload.
//!
//! `TotalPaidAvailableUnits` and `TotalMonthlyActiveUsers` are what a query adds up of the plain columns: they are read
//! only where those are missing.

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
use crate::rows::row::{Row, check};
use crate::summary::Skip;

/// The reader of Microsoft 365 usage.
pub(super) static READER: Reader = Reader {
    help: "A report of the usage of Microsoft 365 workloads",
    format: Format {
        columns: include_str!("../../columns/office-usage.txt"),
        months: &["Month"],
        amounts: &["PaidAvailableUnits", "MonthlyActiveUsers"],
        ..Format::of(Kind::OfficeUsage, FORMS)
    },
    read: months::read::<Layout>,
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form {
    needed: &[&["Month"], &["WorkloadName"], &["PaidAvailableUnits", "MonthlyActiveUsers"]],
    without: &["SKU", "ClaimId", "DateAssociated"],
    dated: MONTHS,
}];

layout! {
    /// Where the columns stand that are read.
    Layout {
        subject: subject ["Month"],
        workload: needed ["WorkloadName"],
        paid_seats: needed ["PaidAvailableUnits", "TotalPaidAvailableUnits"],
        active_users: needed ["MonthlyActiveUsers", "TotalMonthlyActiveUsers"],
        duplicate: needed ["IsDuplicateRowForPGA"],
    }
}

impl months::Layout for Layout {
    fn take(&self, row: &Row<'_>, file: &mut MonthlyFile<'_, '_>) -> Result<(), Refusal> {
        let Some(subject) = file.subject(row, &self.subject)? else { return Ok(()) };
        let Some(workload) = Product::read(row, Some(self.workload), &[Domain::M365], file.context)? else {
            file.output.summary.skip(Skip::NoProduct);
            return Ok(());
        };
        file.note_product(&workload, Domain::M365);
        let seen = file.see(row, &self.subject, &subject, Domain::M365, [Scope::of(&workload.name, None)]);
        let duplicate = row.flag(self.duplicate);
        if matches!(duplicate, Ok(true)) {
            file.output.summary.skip_duplicate(row.column(self.duplicate));
            return seen.and(check(&row.count(self.paid_seats))).and(check(&row.count(self.active_users)));
        }
        // What was refused before breaks the figures.
        let refused = seen.and(check(&duplicate));
        let mut read = Ok(());
        for (metric, place) in
            [(UsageMetric::PaidSeats, self.paid_seats), (UsageMetric::ActiveUsers, self.active_users)]
        {
            let value = refused.clone().and_then(|()| row.count(place));
            let figure = subject.figure(row, metric, &workload, None, &value);
            read = read.and(file.figure(&value, |figures| figures.add(&figure, None, false)));
        }
        read
    }
}

#[cfg(test)]
mod tests;
