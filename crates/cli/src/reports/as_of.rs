//! The day whose knowledge a report tells.

use std::fmt;

use ledger::{Date, Month, parse_date};

/// The newest month, or the newest day, that a report speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Newest {
    /// Rows of months.
    Month(Month),
    /// Rows or records with days of their own.
    Day(Date),
}

impl Newest {
    /// The first day that a download with this content can be of.
    fn first_day(self) -> Date {
        match self {
            Self::Month(month) => month.first_day(),
            Self::Day(day) => day,
        }
    }

    /// The day of a download that nothing else dates: reports of months end with the newest month, so it is the day
    /// after it.
    fn default_day(self) -> Date {
        match self {
            Self::Month(month) => month.plus(1).first_day(),
            Self::Day(day) => day,
        }
    }
}

/// The day of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AsOf {
    /// The day.
    pub day: Date,
    /// What tells it.
    pub from: DayFrom,
}

/// What tells the day of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DayFrom {
    /// The command.
    Command,
    /// The file's name.
    FileName,
    /// The newest month or day inside.
    Content,
}

impl AsOf {
    /// The day that the command names, else the last date in the file's name that does not lie before the newest month
    /// or day inside, else that of the newest month or day; `None` when nothing tells it.
    #[must_use]
    pub fn of(named: Option<Date>, file_name: &str, newest: Option<Newest>) -> Option<Self> {
        if let Some(day) = named {
            return Some(Self { day, from: DayFrom::Command });
        }
        let earliest = newest.map(Newest::first_day);
        let dates = dates_in(file_name);
        let named = dates.into_iter().rev().find(|day| earliest.is_none_or(|earliest| *day >= earliest));
        if let Some(day) = named {
            return Some(Self { day, from: DayFrom::FileName });
        }
        newest.map(|newest| Self { day: newest.default_day(), from: DayFrom::Content })
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.day)
    }
}

/// The dates in a name, `20230913` or `2023-09-13`, in their order; digits beside them are no part of a date.
fn dates_in(name: &str) -> Vec<Date> {
    let is_digit = |at: usize| name.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut dates = Vec::new();
    for (at, _) in name.char_indices() {
        if at.checked_sub(1).is_some_and(is_digit) {
            continue;
        }
        let plain =
            name.get(at..at + 8).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()) && !is_digit(at + 8));
        let plain = plain.and_then(|text| Some(format!("{}-{}-{}", text.get(..4)?, text.get(4..6)?, text.get(6..)?)));
        let parted = name.get(at..at + 10).filter(|_| !is_digit(at + 10)).map(|text| text.replace('_', "-"));
        dates.extend(plain.or(parted).and_then(|text| parse_date(&text).ok()));
    }
    dates
}

#[cfg(test)]
mod tests {
    use ledger::{Month, parse_date};

    use super::{AsOf, Newest};

    #[test]
    fn the_command_goes_before_the_name_and_the_name_before_the_newest_month() {
        let month = Some(Newest::Month(Month::parse("2023-08").expect("a month")));
        let day = Some(Newest::Day(parse_date("2023-08-20").expect("a day")));
        for (named, name, newest, expected) in [
            (Some("2024-01-02"), "20230913AzureUsage.csv", month, Some("2024-01-02")),
            (None, "20230913AzureUsage.csv", month, Some("2023-09-13")),
            (None, "usage-2023-09-13.csv.gz", month, Some("2023-09-13")),
            (None, "usage_2023_09_13.csv", month, Some("2023-09-13")),
            (None, "a-20230801-20230913.csv", month, Some("2023-09-13")),
            (None, "from-20230913-to-20220101.csv", month, Some("2023-09-13")),
            (None, "b-20230731.csv", month, Some("2023-09-01")),
            (None, "b-20230801.csv", month, Some("2023-08-01")),
            (None, "b-20230801.csv", day, Some("2023-08-20")),
            (None, "b-20231301.csv", month, Some("2023-09-01")),
            (None, "b-120230913.csv", month, Some("2023-09-01")),
            (None, "b-2023091312.csv", month, Some("2023-09-01")),
            (None, "é20230913é.csv", month, Some("2023-09-13")),
            (None, "b.csv", day, Some("2023-08-20")),
            (None, "b.csv", None, None),
            (None, "b-20230913.csv", None, Some("2023-09-13")),
        ] {
            let named = named.map(|day| parse_date(day).expect("a day"));
            let as_of = AsOf::of(named, name, newest).map(|as_of| as_of.to_string());
            assert_eq!(as_of.as_deref(), expected, "{name}");
        }
    }
}
