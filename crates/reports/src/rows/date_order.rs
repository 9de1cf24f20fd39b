//! Whether the day or the month comes first in dates whose year comes last: `03/07/2024`.
//!
//! A file writes all its dates in one order. It tells the order by a date that is one in that order alone, as
//! `25/12/2023`; by a row that has the month of a date beside it in letters or year first; by a column of months, which
//! are written by their first days (`01/06/2024` above `01/07/2024` is June and July); and by points, which are between
//! numbers where the day comes first. Only the first two are proof: an option of the command goes before the others.

use std::fmt;

use ledger::{Date, Month, parse_date};

use ledger::named;

/// Characters of a date that an error shows.
const SHOWN_CHARACTERS: usize = 40;

named! {
    /// Which of the two numbers before the year is the day; named in words.
    DateOrder {
        /// `25/12/2023`.
        DayFirst = "day first",
        /// `12/25/2023`.
        MonthFirst = "month first",
    }
}

impl DateOrder {
    /// The one of the two orders that holds, unless both do or none.
    pub(crate) fn only(is_day_first: bool, is_month_first: bool) -> Option<Self> {
        let order = if is_day_first { Self::DayFirst } else { Self::MonthFirst };
        (is_day_first != is_month_first).then_some(order)
    }
}

/// A date of three numbers, the last of which is the year of four digits: `3/7/2024`, `03-07-2024`, `03.07.2024`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct YearLast {
    /// What it is with the day first.
    day_first: Option<Date>,
    /// What it is with the month first.
    month_first: Option<Date>,
    /// Whether each of the two numbers is 1.
    pub(crate) ones: (bool, bool),
    pub(crate) has_points: bool,
}

impl YearLast {
    /// Reads a text without a time of day; `None` when it is none in either order.
    pub(crate) fn parse(text: &str) -> Option<Self> {
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
    pub(crate) fn date(self, order: Option<DateOrder>) -> Option<Date> {
        match order {
            Some(DateOrder::DayFirst) => self.day_first,
            Some(DateOrder::MonthFirst) => self.month_first,
            None if self.is_ambiguous() => None,
            None => self.day_first.or(self.month_first),
        }
    }

    pub(crate) fn is_ambiguous(self) -> bool {
        self.day_first.is_some() && self.month_first.is_some() && self.day_first != self.month_first
    }

    /// The order in which alone it is a date.
    pub(crate) fn order(self) -> Option<DateOrder> {
        DateOrder::only(self.day_first.is_some(), self.month_first.is_some())
    }

    /// The order in which alone it is of a month.
    pub(crate) fn order_by(self, month: Month) -> Option<DateOrder> {
        let is_of = |date: Option<Date>| date.is_some_and(|date| Month::of(date) == month);
        DateOrder::only(is_of(self.day_first), is_of(self.month_first))
    }
}

/// A number of one or two digits.
pub(crate) fn small(text: &str) -> Option<u32> {
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
