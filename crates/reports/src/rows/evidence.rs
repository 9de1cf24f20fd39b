//! What the cells of a file tell of its notation: of the order of day and month, and of what stands before decimals.

use std::collections::BTreeMap;

use ledger::Month;

use crate::error::ReportError;
use crate::rows::date_order::{DateCell, DateOrder, YearLast};
use crate::rows::decimals::{Decimals, is_group};
use crate::rows::exact::Exact;

/// What tells each of the two orders: its first cell.
type Witnesses = BTreeMap<DateOrder, DateCell>;

/// Adds what further cells tell.
fn merge(witnesses: &mut Witnesses, other: &Witnesses) {
    for (order, cell) in other {
        let first = witnesses.entry(*order).or_insert_with(|| cell.clone());
        if cell.line < first.line {
            first.clone_from(cell);
        }
    }
}

/// What one column tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct DateEvidence {
    proof: Witnesses,
    custom: Witnesses,
    ambiguous: Option<DateCell>,
    /// Of a column of months: whether all of its dates are the first of a month with the day first, and with the month
    /// first; and the first of these dates.
    firsts: Option<(bool, bool, DateCell)>,
}

impl DateEvidence {
    /// Takes a date; of a column of months, as that.
    pub(crate) fn take(&mut self, date: YearLast, is_month: bool, cell: impl Fn() -> DateCell) {
        if let Some(order) = date.order() {
            self.proof.entry(order).or_insert_with(&cell);
        }
        if date.is_ambiguous() {
            self.ambiguous.get_or_insert_with(&cell);
            if date.has_points {
                self.custom.entry(DateOrder::DayFirst).or_insert_with(&cell);
            }
        }
        if is_month {
            let (day, month, _) = self.firsts.get_or_insert_with(|| (true, true, cell()));
            *day &= date.ones.0;
            *month &= date.ones.1;
        }
    }

    /// Takes a date with the month that its row tells.
    pub(crate) fn take_with(&mut self, date: YearLast, month: Month, cell: impl FnOnce() -> DateCell) {
        if let Some(order) = date.order_by(month).filter(|_| date.is_ambiguous()) {
            self.proof.entry(order).or_insert_with(cell);
        }
    }

    /// Adds what another column tells.
    pub(crate) fn add(&mut self, other: &Self) {
        merge(&mut self.proof, &other.proof);
        merge(&mut self.custom, &other.custom);
        if let Some((day, month, cell)) = &other.firsts
            && let Some(order) = DateOrder::only(*day, *month)
        {
            self.custom.entry(order).or_insert_with(|| cell.clone());
        }
        if self.ambiguous.is_none() {
            self.ambiguous.clone_from(&other.ambiguous);
        }
    }

    /// Whether a date needs an order.
    pub(crate) fn needs_order(&self) -> bool {
        self.ambiguous.is_some()
    }

    /// The order of the file; `said` is that of the command.
    ///
    /// # Errors
    /// What the file says contradicts itself or the command, or a date needs an order and nothing tells one.
    pub(crate) fn decide(self, said: Option<DateOrder>) -> Result<Option<DateOrder>, ReportError> {
        let Self { proof: mut all, custom, ambiguous, .. } = self;
        if said.is_none() {
            merge(&mut all, &custom);
        }
        if let (Some(day_first), Some(month_first)) = (all.get(&DateOrder::DayFirst), all.get(&DateOrder::MonthFirst)) {
            let [day_first, month_first] = [day_first, month_first].map(|cell| Box::new(cell.clone()));
            return Err(ReportError::DateOrders { day_first, month_first });
        }
        let told = all.into_iter().next();
        match (told, said, ambiguous) {
            (Some((order, cell)), Some(said), _) if order != said => {
                Err(ReportError::OtherDateOrder { order, cell: Box::new(cell) })
            }
            (Some((order, _)), ..) => Ok(Some(order)),
            (None, Some(said), _) => Ok(Some(said)),
            (None, None, Some(cell)) => Err(ReportError::NoDateOrder { cell: Box::new(cell) }),
            (None, None, None) => Ok(None),
        }
    }
}

/// What the amounts of a file tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct DecimalEvidence {
    tells_comma: bool,
    tells_point: bool,
}

impl DecimalEvidence {
    /// Takes an amount. A text that is none with a decimal comma speaks for the point.
    pub(crate) fn take(&mut self, text: &str) {
        let with_point = Exact::parse(text, Decimals::Point).is_some();
        match Exact::parse(text, Decimals::Comma) {
            None => self.tells_point = true,
            // `1,234` is refused with a point, and may be meant so all the same.
            Some(_) => self.tells_comma |= !with_point && !is_group(text),
        }
    }

    /// Takes a number of a workbook, which has a point whatever its texts have.
    pub(crate) fn take_number(&mut self) {
        self.tells_point = true;
    }

    /// The decimals of the file.
    pub(crate) fn decide(&self) -> Decimals {
        if self.tells_comma && !self.tells_point { Decimals::Comma } else { Decimals::Point }
    }
}

#[cfg(test)]
mod tests;
