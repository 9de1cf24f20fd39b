//! Whether the day or the month comes first in dates whose year comes last: `03/07/2024`.
//!
//! A file writes all its dates in one order. It tells the order by a date that is one in that order alone, as
//! `25/12/2023`; by a row that has the month of a date beside it in letters or year first; by a column of months, which
//! are written by their first days (`01/06/2024` above `01/07/2024` is June and July); and by points, which are between
//! numbers where the day comes first. Only the first two are proof: an option of the command goes before the others.

use std::fmt;

use ledger::{Date, Month, parse_date};

use super::error::ReportError;

/// Characters of a date that an error shows.
const SHOWN_CHARACTERS: usize = 40;

/// Which of the two numbers before the year is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `25/12/2023`.
    DayFirst,
    /// `12/25/2023`.
    MonthFirst,
}

impl DateOrder {
    /// The order in words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::DayFirst => "day first",
            Self::MonthFirst => "month first",
        }
    }
}

/// A date of three numbers, the last of which is the year of four digits: `3/7/2024`, `03-07-2024`, `03.07.2024`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct YearLast {
    /// What it is with the day first.
    day_first: Option<Date>,
    /// What it is with the month first.
    month_first: Option<Date>,
    /// Whether each of the two numbers is 1.
    ones: (bool, bool),
    has_points: bool,
}

impl YearLast {
    /// Reads a text without a time of day; `None` when it is none in either order.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let separator = *text.as_bytes().iter().take(3).find(|byte| !byte.is_ascii_digit())?;
        if !matches!(separator, b'/' | b'-' | b'.') {
            return None;
        }
        let parts: Vec<&str> = text.splitn(4, char::from(separator)).collect();
        let [first, second, year] = <[&str; 3]>::try_from(parts).ok()?;
        if year.len() != 4 {
            return None;
        }
        let (first, second) = (small(first)?, small(second)?);
        let date = |month: u32, day: u32| parse_date(&format!("{year}-{month:02}-{day:02}")).ok();
        let (day_first, month_first) = (date(second, first), date(first, second));
        let ones = (first == 1, second == 1);
        day_first.or(month_first)?;
        Some(Self { day_first, month_first, ones, has_points: separator == b'.' })
    }

    /// The date in an order; without one, the date that it is in any order in which it is one.
    pub(super) fn date(self, order: Option<DateOrder>) -> Option<Date> {
        match order {
            Some(DateOrder::DayFirst) => self.day_first,
            Some(DateOrder::MonthFirst) => self.month_first,
            None if self.is_ambiguous() => None,
            None => self.day_first.or(self.month_first),
        }
    }

    fn is_ambiguous(self) -> bool {
        self.day_first.is_some() && self.month_first.is_some() && self.day_first != self.month_first
    }

    /// The order in which alone it is a date.
    fn order(self) -> Option<DateOrder> {
        match (self.day_first, self.month_first) {
            (Some(_), None) => Some(DateOrder::DayFirst),
            (None, Some(_)) => Some(DateOrder::MonthFirst),
            _ => None,
        }
    }

    /// The order in which alone it is of a month.
    fn order_by(self, month: Month) -> Option<DateOrder> {
        let is_of = |date: Option<Date>| date.is_some_and(|date| Month::of(date) == month);
        match (is_of(self.day_first), is_of(self.month_first)) {
            (true, false) => Some(DateOrder::DayFirst),
            (false, true) => Some(DateOrder::MonthFirst),
            _ => None,
        }
    }
}

/// A number of one or two digits.
pub(super) fn small(text: &str) -> Option<u32> {
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// A cell that tells an order, or needs one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateCell {
    /// The line of the file, from 1.
    pub line: u64,
    /// The column as the file writes it.
    pub column: String,
    /// The text.
    pub text: String,
}

impl fmt::Display for DateCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.text.chars().take(SHOWN_CHARACTERS).collect();
        write!(f, "`{}` {shown:?} on line {}", self.column, self.line)
    }
}

/// What tells each of the two orders: its first cell.
#[derive(Clone, Debug, Default)]
struct Witnesses {
    day_first: Option<DateCell>,
    month_first: Option<DateCell>,
}

impl Witnesses {
    fn add(&mut self, order: DateOrder, cell: impl FnOnce() -> DateCell) {
        let witness = match order {
            DateOrder::DayFirst => &mut self.day_first,
            DateOrder::MonthFirst => &mut self.month_first,
        };
        witness.get_or_insert_with(cell);
    }

    fn add_all(&mut self, other: &Self) {
        let first = |mine: &Option<DateCell>, other: &Option<DateCell>| {
            let cells = [mine.clone(), other.clone()].into_iter().flatten();
            cells.min_by_key(|cell| cell.line)
        };
        self.day_first = first(&self.day_first, &other.day_first);
        self.month_first = first(&self.month_first, &other.month_first);
    }
}

/// What one column tells.
#[derive(Clone, Debug, Default)]
pub(super) struct DateEvidence {
    proof: Witnesses,
    custom: Witnesses,
    ambiguous: Option<DateCell>,
    /// Of a column of months: whether all of its dates are the first of a month with the day first, and with the month
    /// first; and the first of these dates.
    firsts: Option<(bool, bool, DateCell)>,
}

impl DateEvidence {
    /// Takes a date; of a column of months, as that.
    pub(super) fn take(&mut self, date: YearLast, is_month: bool, cell: impl Fn() -> DateCell) {
        if let Some(order) = date.order() {
            self.proof.add(order, &cell);
        }
        if date.is_ambiguous() {
            self.ambiguous.get_or_insert_with(&cell);
            if date.has_points {
                self.custom.add(DateOrder::DayFirst, &cell);
            }
        }
        if is_month {
            let (day, month, _) = self.firsts.get_or_insert_with(|| (true, true, cell()));
            *day &= date.ones.0;
            *month &= date.ones.1;
        }
    }

    /// Takes a date with the month that its row tells.
    pub(super) fn take_with(&mut self, date: YearLast, month: Month, cell: impl FnOnce() -> DateCell) {
        if let Some(order) = date.order_by(month).filter(|_| date.is_ambiguous()) {
            self.proof.add(order, cell);
        }
    }

    /// Adds what another column tells.
    pub(super) fn add(&mut self, other: &Self) {
        self.proof.add_all(&other.proof);
        self.custom.add_all(&other.custom);
        match &other.firsts {
            Some((true, false, cell)) => self.custom.add(DateOrder::DayFirst, || cell.clone()),
            Some((false, true, cell)) => self.custom.add(DateOrder::MonthFirst, || cell.clone()),
            _ => {}
        }
        if self.ambiguous.is_none() {
            self.ambiguous.clone_from(&other.ambiguous);
        }
    }

    /// Whether a date needs an order.
    pub(super) fn needs_order(&self) -> bool {
        self.ambiguous.is_some()
    }

    /// The order of the file; `said` is that of the command.
    ///
    /// # Errors
    /// What the file says contradicts itself or the command, or a date needs an order and nothing tells one.
    pub(super) fn decide(self, said: Option<DateOrder>) -> Result<Option<DateOrder>, ReportError> {
        let Self { proof, mut custom, ambiguous, .. } = self;
        if said.is_some() {
            custom = Witnesses::default();
        }
        let mut all = proof.clone();
        all.add_all(&custom);
        let told = match (all.day_first, all.month_first) {
            (Some(day_first), Some(month_first)) => {
                return Err(ReportError::DateOrders {
                    day_first: Box::new(day_first),
                    month_first: Box::new(month_first),
                });
            }
            (Some(cell), None) => Some((DateOrder::DayFirst, cell)),
            (None, Some(cell)) => Some((DateOrder::MonthFirst, cell)),
            (None, None) => None,
        };
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

#[cfg(test)]
mod tests;
