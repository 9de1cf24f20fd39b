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

use super::bytes::Bytes;
use super::columns::{Columns, Place};
use super::context::Context;
use super::error::ReportError;
use super::exact::Exact;
use super::figures::{Destination, FigureKey, Figures, Reading};
use super::kind::Kind;
use super::maps::Domain;
use super::output::Output;
use super::row::Row;
use super::sightings::{Lacks, Sightings};
use super::subject::{Scope, Subject, SubjectPlaces, is_active};
use super::summary::Skip;
use super::table::Table;
pub(super) use workloads::COLUMNS;
use workloads::{Workload, workloads};

/// Characters of a view's name.
const VIEW_CHARACTERS: usize = 256;

/// Where the columns stand that are read.
struct Places {
    subject: SubjectPlaces,
    subscription: Option<Place>,
    state: Option<Place>,
    sku: Option<Place>,
    paid: Option<Place>,
    duplicate: Option<Place>,
    attribution: Option<Place>,
    location: Option<Place>,
    workloads: Vec<Workload>,
}

impl Places {
    fn new(columns: &mut Columns, context: &Context<'_>) -> Self {
        Self {
            subject: SubjectPlaces::new(columns),
            subscription: columns.optional(&["SubscriptionId"]),
            state: columns.optional(&["SubscriptionStatus", "SubscriptionState"]),
            sku: columns.optional(&["SKU", "SKUId"]),
            paid: columns.optional(&["FreeVsPaidSKU"]),
            duplicate: columns.optional(&["IsDuplicateRowForPGA"]),
            attribution: columns.optional(&["PartnerAttachType", "PartnerAttributionType"]),
            location: columns.optional(super::columns::LOCATION),
            workloads: workloads(columns, context),
        }
    }
}

/// Reads a report of Enterprise Mobility + Security usage.
pub(super) fn read(input: &mut Bytes<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<(), ReportError> {
    let mut table = Table::open(Kind::EmsUsage, input, context)?;
    let places = Places::new(&mut table.columns, context);
    table.columns.finish()?;
    places.subject.check_partner(Kind::EmsUsage, context)?;
    let mut figures = if places.duplicate.is_some() { Figures::default() } else { Figures::in_memory() };
    let lacks = Lacks { subscription: places.subscription.is_none(), ..Lacks::default() };
    let mut sightings = Sightings::lacking(Kind::EmsUsage, lacks);
    table.each_row(output, |row, output| {
        let Some(subject) = Subject::read(row, &places.subject, context)? else {
            output.summary.skip(Skip::NoCustomer);
            return Ok(());
        };
        sightings.cover(&subject.partner, subject.month);
        let subscription = row.subscription(places.subscription)?;
        let units = Units { row, subject: &subject, subscription: subscription.as_ref(), places: &places };
        let told = units.read();
        let seen = units.see(&told, context, &mut sightings, output);
        units.add(told, &seen, &mut figures, output)
    })?;
    let origin = sightings.origin(context, &table.sha256());
    let whole = sightings.whole(context, &origin, output)?;
    sightings.hand_over(&whole, context, &origin, output);
    figures.hand_over(&whole, &mut Destination { context, kind: Kind::EmsUsage, origin: &origin, output })
}

/// What a row says of one workload.
struct Told<'p> {
    workload: &'p Workload,
    metric: UsageMetric,
    value: Result<Exact, Refusal>,
}

/// The seats and users of a row.
struct Units<'r> {
    row: &'r Row<'r>,
    subject: &'r Subject,
    subscription: Option<&'r Name>,
    places: &'r Places,
}

impl<'r> Units<'r> {
    /// Reads the cells that have something.
    fn read(&self) -> Vec<Told<'r>> {
        let mut told = Vec::new();
        for workload in &self.places.workloads {
            for (metric, places) in
                [(UsageMetric::PaidSeats, &workload.paid_seats), (UsageMetric::ActiveUsers, &workload.active_users)]
            {
                if let Some(value) = self.largest(places).transpose() {
                    told.push(Told { workload, metric, value });
                }
            }
        }
        told
    }

    /// The largest of the cells: columns of one workload count the same people, who are not added up.
    fn largest(&self, places: &[Place]) -> Result<Option<Exact>, Refusal> {
        places.iter().try_fold(None, |largest: Option<Exact>, place| Ok(largest.max(self.row.count(*place)?)))
    }

    /// Notes the associations that the row shows.
    fn see(
        &self,
        told: &[Told<'_>],
        context: &Context<'_>,
        sightings: &mut Sightings,
        output: &mut Output<'_>,
    ) -> Result<(), Refusal> {
        if !is_active(self.row, self.places.state, context, output)? {
            output.summary.skip(Skip::NotActive);
            sightings.tell();
            return Ok(());
        }
        let by = self.places.subject.attribution(self.row, Domain::M365, context, output)?;
        let scopes = told.iter().map(|told| Scope::of(&told.workload.name, self.subscription));
        // A row without a cell of any workload shows none, whatever it says.
        if told.is_empty() {
            sightings.tell();
        } else {
            self.subject.see(self.row, by, scopes, sightings);
        }
        Ok(())
    }

    /// Adds what the row says to its figures, unless it does not count.
    fn add(
        &self,
        told: Vec<Told<'_>>,
        seen: &Result<(), Refusal>,
        figures: &mut Figures,
        output: &mut Output<'_>,
    ) -> Result<(), Refusal> {
        let row = self.row;
        let duplicate = self.places.duplicate.map_or(Ok(false), |place| row.flag(place));
        if let (Ok(true), Some(place)) = (&duplicate, self.places.duplicate) {
            output.summary.skip_duplicate(row.column(place));
            return told.into_iter().fold(seen.clone(), |read, told| read.and(told.value.map(|_| ())));
        }
        let paid = row.optional_text(self.places.paid);
        let is_free = |text: &&str| ["free", "trial"].iter().any(|free| text.eq_ignore_ascii_case(free));
        if matches!(&paid, Ok(text) if text.as_ref().is_some_and(is_free)) {
            output.summary.skip(Skip::FreeOrTrial);
            return seen.clone();
        }
        if told.is_empty() {
            output.summary.skip(Skip::NoFigure);
        }
        let part = row.name(self.places.sku);
        let view = self.view();
        let refused = seen.clone().and(duplicate.map(|_| ())).and(paid.map(|_| ()));
        let refused = refused.and(part.as_ref().map(|_| ()).map_err(Clone::clone));
        let refused = refused.and(view.as_ref().map(|_| ()).map_err(Clone::clone));
        let mut read = refused.clone();
        for Told { workload, metric, value } in told {
            let key = FigureKey {
                partner: &self.subject.partner,
                customer: self.subject.customer,
                product: &workload.name,
                reported: workload.reported.as_ref(),
                metric,
                month: self.subject.month,
                subscription: self.subscription,
            };
            let value = refused.clone().and(value);
            let stated = value.as_ref().ok().copied();
            let reading = Reading { line: row.line(), location: self.subject.location.as_ref(), value: stated };
            if self.places.duplicate.is_some() {
                figures.add(&key, reading, None, false);
            } else {
                let (part, view) = (part.as_ref().ok(), view.as_ref().ok());
                figures.add_view(&key, reading, part.and_then(Option::as_ref), view.and_then(Option::as_ref));
            }
            read = read.and(value.map(|_| ()));
        }
        read
    }

    /// Who looks at the subscription: an attribution at a location.
    fn view(&self) -> Result<Option<Name>, Refusal> {
        let attribution = self.row.optional_text(self.places.attribution)?.unwrap_or_default();
        let location = self.row.optional_text(self.places.location)?.unwrap_or_default();
        let text = format!("{location} {}", attribution.to_ascii_lowercase());
        Ok(Name::new(&text.chars().take(VIEW_CHARACTERS).collect::<String>()).ok())
    }
}

#[cfg(test)]
mod tests;
