//! Instants, dates and months: the two times of an event and the months of usage.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike as _, Utc};
use serde::{Deserialize, Serialize};

/// A calendar date in UTC.
pub type Date = NaiveDate;

/// An instant in UTC, exact to the microsecond, in the years 0000 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(i64);

/// A text that is neither an RFC 3339 instant nor, where allowed, a date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not `YYYY-MM-DDThh:mm:ss[.ffffff]` with an offset.
    #[error("{0:?} is not an RFC 3339 instant with an offset and at most six decimals, nor a date")]
    Instant(String),
    /// Not `YYYY-MM-DD`, or no day of the calendar.
    #[error("{0:?} is not a date (YYYY-MM-DD)")]
    Date(String),
    /// Not `YYYY-MM`, or no month of the calendar.
    #[error("{0:?} is not a month (YYYY-MM)")]
    Month(String),
}

impl Timestamp {
    /// The first instant: the begin of the year 0000.
    pub(crate) const MIN: Self = Self(-62_167_219_200_000_000);
    /// The last instant: the end of the year 9999.
    pub(crate) const MAX: Self = Self(253_402_300_799_999_999);

    /// The instant so many microseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The instant a microsecond later; none after the end of the year 9999.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        (self < Self::MAX).then_some(Self(self.0 + 1))
    }

    /// The first instant of a day.
    #[must_use]
    pub fn start_of(day: Date) -> Self {
        Self(day.and_time(NaiveTime::MIN).and_utc().timestamp_micros())
    }

    /// The last instant of a day, a microsecond before the next midnight.
    #[must_use]
    pub fn end_of(day: Date) -> Self {
        Self(Self::start_of(day).0 + 86_399_999_999)
    }

    /// The UTC date on which the instant lies.
    #[must_use]
    pub fn date(self) -> Date {
        self.in_utc().date_naive()
    }

    fn in_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).expect("a timestamp lies in the years 0000 to 9999")
    }

    /// Reads an RFC 3339 instant, or a bare date as its first instant.
    ///
    /// # Errors
    /// More than six decimals, a leap second, no offset, or an instant outside the years 0000 to 9999 in UTC.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let refused = || TimeError::Instant(text.to_owned());
        if let [_, _, _, _, b'-', _, _, b'-', _, _] = text.as_bytes() {
            return parse_date(text).map(Self::start_of).map_err(|_| refused());
        }
        Self::parse_instant(text).ok_or_else(refused)
    }

    /// What the library takes beyond that: a space before the clock, a sign that is not ASCII, leap seconds, and any
    /// number of decimals.
    fn parse_instant(text: &str) -> Option<Self> {
        let instant = DateTime::parse_from_rfc3339(text).ok()?;
        let (_, clock) = text.split_at_checked(11).filter(|(day, _)| day.ends_with(['T', 't']))?;
        let decimals = clock.bytes().skip(9).take_while(u8::is_ascii_digit).count();
        let is_plain = text.is_ascii() && decimals <= 6 && instant.nanosecond() < 1_000_000_000;
        let instant = Self(instant.timestamp_micros());
        (is_plain && (Self::MIN..=Self::MAX).contains(&instant)).then_some(instant)
    }
}

fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

impl fmt::Display for Timestamp {
    /// Writes RFC 3339 in UTC with six decimals and `Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.date();
        let micros = (self.0 - Self::start_of(day).0).unsigned_abs();
        let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let [y1, y2, y3, y4, _, m1, m2, _, d1, d2, _, rest @ ..] = &mut text;
        put_digits([y1, y2, y3, y4], day.year().unsigned_abs().into());
        put_digits([m1, m2], day.month().into());
        put_digits([d1, d2], day.day().into());
        let [h1, h2, _, n1, n2, _, s1, s2, _, f1, f2, f3, f4, f5, f6, _] = rest;
        put_digits([h1, h2], seconds / 3_600);
        put_digits([n1, n2], seconds / 60 % 60);
        put_digits([s1, s2], seconds % 60);
        put_digits([f1, f2, f3, f4, f5, f6], micros);
        f.write_str(std::str::from_utf8(&text).expect("digits and signs are ASCII"))
    }
}

/// Writes a number into the places of its decimal digits, in half the time that the library takes.
fn put_digits<const N: usize>(places: [&mut u8; N], mut number: u64) {
    for place in places.into_iter().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Reads `YYYY-MM-DD`.
///
/// # Errors
/// Any other form, and days that the calendar does not have.
pub fn parse_date(text: &str) -> Result<Date, TimeError> {
    let date = || {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return None };
        let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two_digits(m1, m2)?, two_digits(d1, d2)?)
    };
    date().ok_or_else(|| TimeError::Date(text.to_owned()))
}

/// A calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month(i32);

impl Month {
    /// The month in which a day lies.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self(day.year() * 12 + day.month0().cast_signed())
    }

    /// The month so many months later (earlier, if negative).
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// Months since January of the year 0.
    #[must_use]
    pub fn number(self) -> i32 {
        self.0
    }

    /// The month so many months after January of the year 0.
    #[must_use]
    pub fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// The first day of the month.
    #[must_use]
    pub fn first_day(self) -> Date {
        let month = self.0.rem_euclid(12).cast_unsigned() + 1;
        NaiveDate::from_ymd_opt(self.0.div_euclid(12), month, 1).expect("months lie near the years 0000 to 9999")
    }

    /// The last day of the month.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.plus(1).first_day().pred_opt().expect("months lie near the years 0000 to 9999")
    }

    /// Reads `YYYY-MM`.
    ///
    /// # Errors
    /// Any other form, and months that the calendar does not have.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let month = || {
            let [y1, y2, y3, y4, b'-', m1, m2] = *text.as_bytes() else { return None };
            let (year, month) = (two_digits(y1, y2)? * 100 + two_digits(y3, y4)?, two_digits(m1, m2)?);
            let month = (1..=12).contains(&month).then_some(year * 12 + month - 1)?;
            i32::try_from(month).ok().map(Self)
        };
        month().ok_or_else(|| TimeError::Month(text.to_owned()))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Month, Timestamp, parse_date};

    #[test]
    fn instants_are_written_in_utc_with_six_decimals() {
        for (text, canonical) in [
            ("2025-03-01", "2025-03-01T00:00:00.000000Z"),
            ("2025-03-01T01:02:03Z", "2025-03-01T01:02:03.000000Z"),
            ("2025-03-01t01:02:03z", "2025-03-01T01:02:03.000000Z"),
            ("2025-03-01T01:02:03.5+02:00", "2025-02-28T23:02:03.500000Z"),
            ("2024-02-29T23:59:59.999999-00:01", "2024-03-01T00:00:59.999999Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z"),
            ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
            ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(Timestamp::parse(text).map(|t| t.to_string()), Ok(canonical.to_owned()));
        }
    }

    #[test]
    fn other_texts_are_no_instants() {
        for text in [
            "",
            "2025-03-01T01:02:03",
            "2025-03-01 01:02:03Z",
            "2025-03-01T01:02:60Z",
            "2025-03-01T24:00:00Z",
            "2025-03-01T01:02:03.1234567Z",
            "2025-03-01T01:02:03.Z",
            "2025-02-29",
            "2025-3-1",
            "2025-03-01Z",
            "2025-03-01T01:02:03+24:00",
            "2025-03-01T01:02:03+2:00",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2025-03-01T01:02Z",
            "+025-03-01",
            "2025-03-0é",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn the_date_of_an_instant_is_its_date_in_utc() {
        for text in ["2024-02-29", "1969-12-31", "0000-01-01", "9999-12-31"] {
            let day = parse_date(text).expect("a date");
            assert_eq!(Timestamp::start_of(day).date(), day);
            assert_eq!(Timestamp::end_of(day).date(), day);
        }
    }

    #[test]
    fn months_know_their_ends() {
        let february = Month::parse("2024-02").expect("a month");
        assert_eq!(february.last_day().to_string(), "2024-02-29");
        assert_eq!(february.plus(-12).last_day().to_string(), "2023-02-28");
        assert_eq!(february.plus(-2).to_string(), "2023-12");
        for text in ["2024-13", "2024-00", "2024-1", "2024-01-01", "24-01", "2024/01"] {
            assert!(Month::parse(text).is_err(), "{text:?} was taken");
        }
    }
}
