//! Reports whose rows each speak of a customer in a month: their associations, figures, segments and churns.

use ledger::Refusal;

use super::layout::ColumnTable;
use super::product::Product;
use super::reader::Report;
use crate::changes::churns::Churns;
use crate::changes::figures::settle::FigureDestination;
use crate::changes::figures::{Figures, MOST_IN_MEMORY};
use crate::changes::segments::Segments;
use crate::changes::sightings::Sightings;
use crate::context::Context;
use crate::error::ReportError;
use crate::maps::Domain;
use crate::output::Output;
use crate::rows::exact::Exact;
use crate::rows::row::{Row, check};
use crate::rows::table::Table;
use crate::summary::{GoneSubject, Skip, UnmappedText};

/// Where the columns of a report stand, and how its rows are read by them.
pub(super) trait Layout: ColumnTable {
    /// How many figures are held in memory at most: all of them where rows of a key are compared.
    fn most_in_memory(&self) -> usize {
        MOST_IN_MEMORY
    }

    /// Reads a row.
    fn take(&self, row: &Row<'_>, file: &mut MonthlyFile<'_, '_>) -> Result<(), Refusal>;
}

/// What the rows of a file say, as far as it was read.
pub(super) struct MonthlyFile<'a, 'o> {
    pub(super) context: &'a Context<'a>,
    pub(super) output: &'a mut Output<'o>,
    pub(super) sightings: Sightings,
    pub(super) figures: Figures<'a>,
    pub(super) churns: Churns,
    pub(super) segments: Segments,
}

impl MonthlyFile<'_, '_> {
    /// Adds what a row says of a figure; a row that says nothing is counted.
    pub(super) fn figure(
        &mut self,
        value: &Result<Option<Exact>, Refusal>,
        add: impl FnOnce(&mut Figures<'_>),
    ) -> Result<(), Refusal> {
        if matches!(value, Ok(None)) {
            self.output.summary.skip(Skip::NoFigure);
        } else {
            add(&mut self.figures);
        }
        check(value)
    }

    /// Counts a product that the maps do not know.
    pub(super) fn note_product(&mut self, product: &Product, domain: Domain) {
        if product.domain.is_none() {
            self.output.summary.unmapped(UnmappedText::Product(domain), product.name.as_str());
        }
    }
}

/// Reads a report.
pub(super) fn read<P: Layout>(report: &mut Report<'_, '_>) -> Result<(), ReportError> {
    let Report { kind, formats, input, context, output } = report;
    let (kind, context) = (*kind, *context);
    let mut table = Table::open(kind, *formats, input, context)?;
    let places = P::find(&mut table.columns, context);
    output.summary.unknown_columns = table.columns.finish()?;
    table.columns.check_partner(context)?;
    let mut file = MonthlyFile {
        context,
        output,
        sightings: Sightings::new(kind, places.lacks()),
        figures: Figures::holding(places.most_in_memory()).telling(context.figure_row),
        churns: Churns::new(kind),
        segments: Segments::new(kind),
    };
    while let Some(row) = table.next_row(file.output)? {
        if let Err(refusal) = places.take(&row, &mut file) {
            row.refuse(refusal, file.output);
        }
    }
    let MonthlyFile { output, sightings, figures, churns, segments, .. } = file;
    let origin = sightings.origin(context, &table.sha256());
    let whole = sightings.whole(context, &origin, output)?;
    let churned = match kind.tells_states() {
        true if context.snapshot => Some(churns.settle(&whole, context)),
        true if output.has_every_row() => {
            let gone = churns.gone(&sightings.newest_months(context, &origin), context).into_iter();
            output.summary.gone.extend(gone.map(|(partner, count)| ((GoneSubject::Customer, partner), count)));
            None
        }
        _ => None,
    };
    sightings.hand_over(&whole, context, &origin, output);
    segments.hand_over(context, &origin, output);
    figures.hand_over(&whole, &mut FigureDestination { context, kind, origin: &origin, output })?;
    if let Some(churned) = churned {
        churned.hand_over(&origin, output);
    }
    Ok(())
}
