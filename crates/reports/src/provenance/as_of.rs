//! Of which day a download is.
//!
//! Reports do not say when they were downloaded. Every time span of Partner Center ends with the newest month, so a
//! file that ends earlier is an older download; a date in its name tells the day.

use chrono::Datelike;
use ledger::{Date, Month, parse_date};

/// The years of which a download can be.
const CENTURY: std::ops::Range<i32> = 2000..2100;

/// A day of eight digits.
const DIGITS: &str = "%Y%m%d";

/// The newest month, or the newest day, that a report speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NewestPeriod {
    /// Rows of months.
    Month(Month),
    /// Rows or records with days of their own.
    Day(Date),
}

/// The day of a download: the one that the command names, else the last date in the file's name that is not before the
/// newest month inside, else the first day after that month. Of what has days instead of months: the newest day.
#[must_use]
pub fn as_of(named: Option<Date>, file_name: &str, newest: Option<NewestPeriod>) -> Option<Date> {
    let (first, after) = match newest {
        Some(NewestPeriod::Month(month)) => (Some(month.first_day()), Some(month.plus(1).first_day())),
        Some(NewestPeriod::Day(day)) => (Some(day), Some(day)),
        None => (None, None),
    };
    let is_possible = |day: &Date| first.is_none_or(|first| *day >= first);
    named.or_else(|| in_name(file_name).filter(is_possible)).or(after)
}

/// The last date in a file's name, as `20240306`, `20240306153000` or `2024-03-06`; none may be part of a longer run of
/// digits, nor of another century: ids and seconds since 1970 look like dates too.
fn in_name(name: &str) -> Option<Date> {
    let bytes = name.as_bytes();
    let is_digit = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_digit);
    let date = (0..bytes.len()).rev().find_map(|start| {
        if start > 0 && is_digit(start - 1) {
            return None;
        }
        let digits = (start..bytes.len()).take_while(|place| is_digit(*place)).count();
        let text = name.get(start..start + if digits == 4 { 10 } else { digits })?;
        match digits {
            4 if !is_digit(start + 10) => parse_date(&text.replace('_', "-")).ok(),
            8 => Date::parse_from_str(text, DIGITS).ok(),
            // With minutes, seconds and milliseconds.
            12 | 14 | 17 => {
                let (day, time) = text.split_at_checked(8)?;
                Date::parse_from_str(day, DIGITS).ok().filter(|_| is_time(time))
            }
            _ => None,
        }
    });
    date.filter(|date| CENTURY.contains(&date.year()))
}

/// Whether digits are hours and minutes, and seconds where there are six.
fn is_time(digits: &str) -> bool {
    let below = |range: std::ops::Range<usize>, end: u32| {
        digits.get(range).is_none_or(|two| two.parse::<u32>().is_ok_and(|two| two < end))
    };
    below(0..2, 24) && below(2..4, 60) && below(4..6, 60)
}

#[cfg(test)]
mod tests {
    use ledger::{Month, parse_date};

    use super::{NewestPeriod, as_of};

    #[test]
    fn the_name_tells_the_day_where_it_can() {
        let newest = Some(NewestPeriod::Month(Month::parse("2024-02").expect("a month")));
        for (name, day) in [
            ("contoso-AzureUsage-20240306.csv", "2024-03-06"),
            ("20240306AzureUsage.csv", "2024-03-06"),
            ("usage_2024-03-06 (1).csv.gz", "2024-03-06"),
            ("usage_2024_03_06.csv", "2024-03-06"),
            ("AzureUsage_20230101-20240229.csv", "2024-02-29"),
            ("Export_20240306153000.csv", "2024-03-06"),
            ("Export_202403061530.csv", "2024-03-06"),
            ("Export_20240306153000123.csv", "2024-03-06"),
            ("Export_20240306_153000.csv", "2024-03-06"),
            ("20240306T153000Z-Export.csv", "2024-03-06"),
            ("Export 2024-03-06T15-30-00.csv", "2024-03-06"),
            ("Export 2024-03-06 15:30.csv", "2024-03-06"),
            ("Export_20240306253000.csv", "2024-03-01"),
            ("Export_20240306156000.csv", "2024-03-01"),
            ("Export_20240306153060.csv", "2024-03-01"),
            ("Export_1709712000.csv", "2024-03-01"),
            ("Export_1709712000000.csv", "2024-03-01"),
            ("Export_1709712000000000.csv", "2024-03-01"),
            ("Export_2024030615.csv", "2024-03-01"),
            ("Export_30240306.csv", "2024-03-01"),
            ("Export_99991231235959.csv", "2024-03-01"),
            ("Export_2024-03-061.csv", "2024-03-01"),
            ("AzureUsage_20230101.csv", "2024-03-01"),
            ("AzureUsage_120240306.csv", "2024-03-01"),
            ("AzureUsage_202403061.csv", "2024-03-01"),
            ("AzureUsage_20241306.csv", "2024-03-01"),
            ("é.csv", "2024-03-01"),
            ("", "2024-03-01"),
        ] {
            assert_eq!(as_of(None, name, newest).map(|day| day.to_string()).as_deref(), Some(day), "{name}");
        }
        let named = parse_date("2024-05-05").ok();
        assert_eq!(as_of(named, "20240306.csv", newest), named);
        let day = parse_date("2024-03-07").ok().map(NewestPeriod::Day);
        assert_eq!(as_of(None, "20240306.csv", day), parse_date("2024-03-07").ok());
        assert_eq!(as_of(None, "20240308.csv", day), parse_date("2024-03-08").ok());
        assert_eq!(as_of(None, "20240306.csv", None), parse_date("2024-03-06").ok());
        assert_eq!(as_of(None, "a.csv", None), None);
    }
}
