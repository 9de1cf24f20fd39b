//! The figures of one file: rows of the same key become one figure.
//!
//! The ledger's key of a figure has no offer, so a key that has rows of several offers in one month must still become
//! one figure. Rows under an excluded offer never count, so beside counting rows they are left out and the event's note
//! says how much they were. A key that has nothing but excluded offers keeps its amount under one of them.
//!
//! Several kinds of report may tell the same figure; [`Kind::rank`] says which of them counts, so that the order of
//! imports does not matter (R7).

mod figure;
mod names;
pub(crate) mod settle;
mod spill;

use std::io;

use ledger::{Code, Name, Refusal, UsageMetric};

use super::subject::Subject;
use crate::context::FigurePart;
use crate::rows::exact::Exact;
use figure::{CompactKey, Figure};
use names::Names;
pub(crate) use spill::MOST_IN_MEMORY;
use spill::Spill;

/// The figures of one file by key.
pub(crate) struct Figures<'a> {
    spill: Spill,
    names: Names,
    failure: Option<io::Error>,
    /// Told each row, where somebody asks.
    told: Option<&'a dyn Fn(&FigurePart<'_>)>,
}

/// What a row says of a figure.
#[derive(Clone, Copy)]
pub(crate) struct FigureRow<'a> {
    pub(crate) line: u64,
    pub(crate) subject: &'a Subject,
    pub(crate) product: &'a Name,
    /// The name that the report gives the product, where the maps have another.
    pub(crate) reported: Option<&'a Name>,
    pub(crate) metric: UsageMetric,
    pub(crate) subscription: Option<&'a Name>,
    /// `None` when it could not be read.
    pub(crate) value: Option<Exact>,
}

impl<'a> Figures<'a> {
    /// The same figures, of which each row is told to whoever asks.
    pub(crate) fn telling(self, told: Option<&'a dyn Fn(&FigurePart<'_>)>) -> Self {
        Self { told, ..self }
    }

    /// Figures of which at most so many are held in memory.
    pub(crate) fn holding(most: usize) -> Self {
        Self { spill: Spill::new(most), names: Names::default(), failure: None, told: None }
    }

    #[cfg(test)]
    fn spill_limit(&self) -> usize {
        self.spill.limit()
    }

    /// Adds a row to the sum of its key, under an offer that counts or not.
    pub(crate) fn add(&mut self, row: &FigureRow<'_>, offer: Option<&Name>, is_excluded: bool) {
        let offer = self.names.texts.number_or_none(offer);
        self.tell(row, is_excluded);
        self.with(row, |figure| figure.add(row.value, offer, is_excluded));
    }

    /// Adds a row as one view of a part of its key: what several views say of a part counts once.
    pub(crate) fn add_view(&mut self, row: &FigureRow<'_>, part: Option<&Name>, view: Option<&Name>) {
        let (part, view) = (self.names.texts.number_or_none(part), self.names.texts.number_or_none(view));
        self.tell(row, false);
        self.with(row, |figure| figure.add_view(row.value, part, view));
    }

    /// Adds a row that states the whole figure of its key; whether it is the first.
    ///
    /// # Errors
    /// Another row of the file states another figure of the same key.
    pub(crate) fn state(&mut self, row: &FigureRow<'_>, column: &str) -> Result<bool, Refusal> {
        let mut stated = Ok(true);
        self.tell(row, false);
        self.with(row, |figure| match (row.value, figure.counting.sum) {
            (Some(value), Some(known)) if value == known => stated = Ok(false),
            (Some(_), Some(_)) => {
                figure.is_broken = true;
                let message = format!("`{column}` is not what line {} says of the same month", figure.line);
                stated = Err(Refusal::new(Code::BadValue, message)
                    .with_hint("keep the row that is right: the two cannot be told apart"));
            }
            (value, _) => figure.add(value, 0, false),
        });
        stated
    }

    /// Tells whoever asks what a row says.
    fn tell(&self, row: &FigureRow<'_>, is_excluded: bool) {
        let Some(told) = self.told else { return };
        let Subject { partner, month, customer, .. } = row.subject;
        let FigureRow { line, product, metric, subscription, .. } = *row;
        let value = row.value.and_then(Exact::to_amount).map(|(amount, _)| amount);
        let (month, customer) = (*month, *customer);
        told(&FigurePart { line, partner, month, customer, product, metric, subscription, value, is_excluded });
    }

    /// Changes the figure of a key by a row.
    fn with(&mut self, row: &FigureRow<'_>, change: impl FnOnce(&mut Figure)) {
        let (product, folded) = self.names.product(row.product);
        let key = CompactKey {
            partner: self.names.partners.number(&row.subject.partner),
            month: row.subject.month.number(),
            customer: row.subject.customer.0,
            product: folded,
            metric: row.metric as u8,
            subscription: self.names.texts.number_or_none(row.subscription),
        };
        let reported = self.names.texts.number_or_none(row.reported);
        let location = self.names.texts.number_or_none(row.subject.location.as_ref());
        let figure = match self.spill.figure(key) {
            Ok(figure) => figure,
            Err(error) => {
                self.failure.get_or_insert(error);
                return;
            }
        };
        if figure.rows == 0 {
            (figure.line, figure.product) = (row.line, product);
        }
        figure.rows += 1;
        figure.location.add(location);
        if reported > 0 && !figure.reported.contains(&reported) {
            figure.reported.push(reported);
        }
        if product != figure.product && self.names.texts.value(product) < self.names.texts.value(figure.product) {
            figure.product = product;
        }
        change(figure);
    }
}

#[cfg(test)]
mod tests;
