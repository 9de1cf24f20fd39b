//! Months, and which month a day measures (section 2).

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc};
use std::fmt;

/// How the measured month follows from the day asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// The last month that has ended by the end of the day.
    Live,
    /// The last month that the programme has published by the day.
    Published,
}

/// A calendar month, counted from the year 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Month(i32);

impl Month {
    /// The month in which a day lies.
    pub fn of(day: NaiveDate) -> Month {
        Month(day.year() * 12 + day.month0() as i32)
    }

    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Month {
        let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").expect("a month is YYYY-MM");
        Month::of(first)
    }

    /// The month `months` later (earlier, when negative).
    pub fn plus(self, months: i32) -> Month {
        Month(self.0 + months)
    }

    /// The month's first day.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0.div_euclid(12), self.0.rem_euclid(12) as u32 + 1, 1).expect("day 1 exists")
    }

    /// The month's last day.
    pub fn last_day(self) -> NaiveDate {
        self.plus(1).first_day() - Days::new(1)
    }

    /// The month's last instant; instants have microseconds.
    pub fn last_instant(self) -> DateTime<Utc> {
        first_instant(self.plus(1).first_day()) - Duration::microseconds(1)
    }

    /// TTM: the twelve months that end with this one.
    pub fn trailing_twelve(self) -> Vec<Month> {
        (0..12).map(|back| self.plus(-back)).collect()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.first_day().format("%Y-%m"))
    }
}

/// 00:00:00Z of a day.
pub fn first_instant(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(0, 0, 0).expect("midnight exists").and_utc()
}

/// 24:00Z of a day, which no longer belongs to it.
pub fn end_of(day: NaiveDate) -> DateTime<Utc> {
    first_instant(day + Days::new(1))
}

/// The measured month M.
pub fn measured_month(as_of: NaiveDate, basis: Basis, refresh_day: u32) -> Month {
    let month = Month::of(as_of);
    match basis {
        Basis::Live if as_of == month.last_day() => month,
        Basis::Live => month.plus(-1),
        Basis::Published if as_of.day() >= refresh_day => month.plus(-1),
        Basis::Published => month.plus(-2),
    }
}
