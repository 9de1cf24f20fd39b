//! What both reports of Business Applications share: one figure for each partner, customer, workload, month and
//! subscription.
//!
//! No column marks duplicates. A row stands there once for each association type of the partner, and says the same sum
//! each time: what all types say alike is one figure. Where they say different sums these are added.

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
use super::products::Product;
use super::row::Row;
use super::sightings::{Lacks, Sightings};
use super::subject::{Scope, Subject, SubjectPlaces};
use super::summary::{Skip, Unmapped};
use super::table::Table;

/// One of the two reports.
pub(super) struct Form {
    pub(super) kind: Kind,
    pub(super) domain: Domain,
    pub(super) metric: UsageMetric,
    /// The names of the workload's column.
    pub(super) workload: &'static [&'static str],
}

/// What a row says of its figure.
pub(super) struct Said {
    pub(super) value: Result<Option<Exact>, Refusal>,
    /// The part of the workload that is measured.
    pub(super) part: Option<Name>,
}

/// Where the columns stand that both reports have.
struct Places {
    subject: SubjectPlaces,
    workload: Place,
    subscription: Option<Place>,
    association: Option<Place>,
}

impl Places {
    fn new(form: &Form, columns: &mut Columns) -> Self {
        Self {
            subject: SubjectPlaces::by(columns, &["FiscalMonthName", "Month"]),
            workload: columns.needed(form.workload),
            subscription: columns.optional(&["SubscriptionId"]),
            association: columns.optional(&["PartnerAssociationType", "PartnerAttributionType"]),
        }
    }
}

/// Reads a report. `places` finds the columns of its own, `say` reads them; `None`: the row proves nothing.
pub(super) fn read<P>(
    form: &Form,
    input: &mut Bytes<'_>,
    context: &Context<'_>,
    output: &mut Output<'_>,
    places: impl FnOnce(&mut Columns) -> P,
    say: impl Fn(&Row<'_>, &P, &mut Output<'_>) -> Option<Said>,
) -> Result<(), ReportError> {
    let mut table = Table::open(form.kind, input, context)?;
    let (shared, own) = (Places::new(form, &mut table.columns), places(&mut table.columns));
    table.columns.finish()?;
    shared.subject.check_partner(form.kind, context)?;
    let mut figures = Figures::in_memory();
    let lacks = Lacks { subscription: shared.subscription.is_none(), ..Lacks::default() };
    let mut sightings = Sightings::lacking(form.kind, lacks);
    table.each_row(output, |row, output| {
        let Some(subject) = Subject::read(row, &shared.subject, context)? else {
            output.summary.skip(Skip::NoCustomer);
            return Ok(());
        };
        sightings.cover(&subject.partner, subject.month);
        let line = Line {
            row,
            subject,
            subscription: row.subscription(shared.subscription)?,
            workload: Product::read(row, Some(shared.workload), &[form.domain], context)?,
        };
        let Some(said) = say(row, &own, output) else { return Ok(()) };
        let seen = line.see(form, &shared, context, &mut sightings, output);
        line.add(form, &shared, &seen, said, &mut figures, output)
    })?;
    let origin = sightings.origin(context, &table.sha256());
    let whole = sightings.whole(context, &origin, output)?;
    sightings.hand_over(&whole, context, &origin, output);
    figures.hand_over(&whole, &mut Destination { context, kind: form.kind, origin: &origin, output })
}

/// A row, as far as its figure can be told from every other.
struct Line<'r> {
    row: &'r Row<'r>,
    subject: Subject,
    subscription: Option<Name>,
    workload: Option<Product>,
}

impl Line<'_> {
    /// Notes the association that the row shows.
    fn see(
        &self,
        form: &Form,
        places: &Places,
        context: &Context<'_>,
        sightings: &mut Sightings,
        output: &mut Output<'_>,
    ) -> Result<(), Refusal> {
        let subscription = self.subscription.as_ref();
        let scope = match &self.workload {
            Some(workload) => Some(Scope::of(&workload.name, subscription)),
            None => subscription.map(Scope::Subscription),
        };
        let by = places.subject.attribution(self.row, form.domain, context, output)?;
        self.subject.see(self.row, by, scope, sightings);
        Ok(())
    }

    /// Adds what the row says to its figure; what was refused before breaks it.
    fn add(
        &self,
        form: &Form,
        places: &Places,
        seen: &Result<(), Refusal>,
        said: Said,
        figures: &mut Figures,
        output: &mut Output<'_>,
    ) -> Result<(), Refusal> {
        let Some(workload) = &self.workload else {
            output.summary.skip(Skip::NoProduct);
            return seen.clone();
        };
        if workload.domain.is_none() {
            output.summary.unmapped(Unmapped::Product(form.domain), workload.name.as_str());
        }
        let view = self.row.name(places.association);
        let refused = seen.clone().and(view.as_ref().map(|_| ()).map_err(Clone::clone));
        let value = refused.and(said.value);
        if matches!(value, Ok(None)) {
            output.summary.skip(Skip::NoFigure);
            return Ok(());
        }
        let key = FigureKey {
            partner: &self.subject.partner,
            customer: self.subject.customer,
            product: &workload.name,
            reported: workload.reported.as_ref(),
            metric: form.metric,
            month: self.subject.month,
            subscription: self.subscription.as_ref(),
        };
        let stated = value.as_ref().ok().copied().flatten();
        let reading = Reading { line: self.row.line(), location: self.subject.location.as_ref(), value: stated };
        let view = view.as_ref().ok().and_then(Option::as_ref);
        figures.add_view(&key, reading, said.part.as_ref(), view);
        value.map(|_| ())
    }
}
