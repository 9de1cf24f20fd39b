//! What the text of one cell means.

use chrono::Datelike;
use ledger::{Date, Month, Timestamp, parse_date};

use crate::rows::date_order::{DateOrder, YearLast, small};

/// The years in which anything can have happened.
const YEARS: std::ops::Range<i32> = 1980..2100;

/// The UUID that stands for "none".
const ZERO_UUID: &str = "00000000-0000-0000-0000-000000000000";

/// What programs write in a blank cell.
const ABSENT: [&str; 9] = ["", "null", "unknown", "nan", "nat", "<na>", "n/a", "undefined", ZERO_UUID];

/// The text of a cell without the space around it; `None` when it is blank, stands for a blank as `NULL` and `NaN` do, or
/// is the zero UUID.
pub(crate) fn present(cell: &str) -> Option<&str> {
    let text = cell.trim();
    (!ABSENT.iter().any(|absent| text.eq_ignore_ascii_case(absent))).then_some(text)
}

/// The text of a cell as [`present`] gives it; `None` also for words that are no id.
pub(crate) fn present_id(cell: &str) -> Option<&str> {
    present(cell).filter(|id| !["na", "none", "-", "0"].iter().any(|absent| id.eq_ignore_ascii_case(absent)))
}

/// Reads a flag: 0 or 1, no or yes, false or true.
pub(crate) fn flag(text: &str) -> Option<bool> {
    let is = |names: [&str; 4]| names.iter().any(|name| text.eq_ignore_ascii_case(name));
    if is(["0", "false", "no", "n"]) {
        return Some(false);
    }
    is(["1", "true", "yes", "y"]).then_some(true)
}

/// Reads a month: the day in it does not matter.
///
/// `20230701`, `202307`, `2023-07`, `2023-07-01`, `2023/07/01`, either with a time of day behind it; `JUL-2023`,
/// `July 2023`, `July, 2023`, `Jul-22` (always month and year, of 2000 to 2099); with the year last as [`date`].
///
/// Months of other years than 2000 to 2099 are none: a mistyped one would make every true download an older one.
pub(crate) fn month(text: &str, order: Option<DateOrder>) -> Option<Month> {
    let years = Month::from_number(2000 * 12)..Month::from_number(2100 * 12);
    any_month(text, order).filter(|month| years.contains(month))
}

fn any_month(text: &str, order: Option<DateOrder>) -> Option<Month> {
    let day = without_time(text);
    if let Some(date) = year_first(day) {
        return Some(Month::of(date));
    }
    if let Some(date) = YearLast::parse(day) {
        return date.date(order).map(Month::of);
    }
    if let Some((year, month)) = day.split_once('-')
        && year.len() == 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
    {
        return month_of(year, month);
    }
    if day.len() == 6 && day.bytes().all(|byte| byte.is_ascii_digit()) {
        let (year, month) = day.split_at_checked(4)?;
        return month_of(year, month);
    }
    let (name, year) = day.split_once(['-', ' '])?;
    named_month(name, year)
}

/// Reads a date; a time of day behind it does not matter.
///
/// `2022-09-12`, `2022/09/12`, `20220912`, `22 Aug 2021`, `22-Aug-2021`; with the year last, `12/09/2022`, `12-09-2022`
/// and `12.09.2022`, in the order of day and month. Without an order, what is a date in both and not the same is none.
///
/// Days of other years than 1980 to 2099 are none: they are mistyped, or stand for nothing.
pub(crate) fn date(text: &str, order: Option<DateOrder>) -> Option<Date> {
    any_date(text, order).filter(|date| YEARS.contains(&date.year()))
}

/// Reads a date with the year last, a time of day behind it or not.
pub(crate) fn year_last(text: &str) -> Option<YearLast> {
    YearLast::parse(without_time(text.trim()))
}

/// Whether a text is a day of the year 1 or 9999, which programs write where there is none.
pub(crate) fn is_no_day(text: &str, order: Option<DateOrder>) -> bool {
    any_date(text, order).is_some_and(|date| matches!(date.year(), 1 | 9999))
}

fn any_date(text: &str, order: Option<DateOrder>) -> Option<Date> {
    let day = without_time(text);
    if let Some(date) = year_first(day) {
        return Some(date);
    }
    if let Some(date) = YearLast::parse(day) {
        return date.date(order);
    }
    let words: Vec<&str> = day.split(['-', ' ']).collect();
    let [day, month, year] = <[&str; 3]>::try_from(words).ok()?;
    parse_date(&format!("{year}-{:02}-{:02}", month_number(month)?, small(day)?)).ok()
}

/// Reads an instant as services write it: `2018-02-11T22:18:10.5395747Z`.
///
/// Fractions finer than a microsecond are cut off. Without an offset it is UTC. Blanks behind colons, a blank for the
/// `T` and a lower-case `z` are taken, for documents and logs have them; a bare date is none. So are milliseconds since
/// 1970 as `/Date(1518387490539)/`, and a time as `10:18:10 PM` behind a date with the year last: PowerShell writes both.
/// Other years than 1980 to 2099 are none.
pub(crate) fn instant(text: &str, order: Option<DateOrder>) -> Option<Timestamp> {
    let text = text.trim();
    let instant = milliseconds(text).or_else(|| iso_instant(text)).or_else(|| spoken_instant(text, order));
    instant.filter(|instant| YEARS.contains(&instant.date().year()))
}

/// `/Date(1518387490539)/`; an offset behind the number changes nothing.
fn milliseconds(text: &str) -> Option<Timestamp> {
    let inside = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let sign = usize::from(inside.starts_with('-'));
    let digits = inside.get(sign..)?.find(['+', '-']).map_or(inside.len(), |offset| sign + offset);
    let milliseconds: i64 = inside.get(..digits)?.parse().ok()?;
    let years = -(1 << 50)..(1 << 50);
    years.contains(&milliseconds).then(|| Timestamp::from_micros(milliseconds * 1000))
}

/// `2/11/2018 10:18:10 PM`, `11.02.2018 22:18:10`.
fn spoken_instant(text: &str, order: Option<DateOrder>) -> Option<Timestamp> {
    let (day, time) = text.split_once(' ')?;
    let day = YearLast::parse(day.trim_end_matches(','))?.date(order)?;
    let time = time.trim().to_ascii_uppercase();
    let half = [("AM", 0), ("PM", 12)].into_iter().find_map(|(word, hours)| Some((time.strip_suffix(word)?, hours)));
    let (clock, half) = half.map_or((time.as_str(), None), |(clock, hours)| (clock.trim_end(), Some(hours)));
    let parts: Vec<u32> = clock.split(':').map(small).collect::<Option<_>>()?;
    let (hour, minute, second) = match *parts.as_slice() {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    Timestamp::parse(&format!("{day}T{hour:02}:{minute:02}:{second:02}Z")).ok()
}

fn iso_instant(text: &str) -> Option<Timestamp> {
    let (day, time) = text.split_at_checked(10)?;
    let time: String = time.strip_prefix(['T', 't', ' '])?.split_whitespace().collect();
    let offset = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, offset) = time.split_at_checked(offset)?;
    let offset = if offset.is_empty() { "Z".to_owned() } else { offset.to_ascii_uppercase() };
    let (clock, fraction) = match clock.split_once('.') {
        Some((_, "")) => return None,
        Some((clock, fraction)) => (clock, fraction),
        None => (clock, ""),
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction = fraction.get(..fraction.len().min(6))?;
    let point = if fraction.is_empty() { "" } else { "." };
    Timestamp::parse(&format!("{day}T{clock}{point}{fraction}{offset}")).ok()
}

/// `2023-07-01`, `2023/07/01` or `20230701`.
fn year_first(text: &str) -> Option<Date> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Date::parse_from_str(text, "%Y%m%d").ok();
    }
    parse_date(text).or_else(|_| parse_date(&text.replace('/', "-"))).ok()
}

/// What stands before a time of day.
fn without_time(text: &str) -> &str {
    match text.split_once(['T', ' ', ',']) {
        Some((day, time)) if day.len() >= 6 && time.contains(':') => day,
        _ => text,
    }
}

fn month_of(year: &str, month: &str) -> Option<Month> {
    Month::parse(&format!("{year}-{month}")).ok()
}

fn named_month(name: &str, year: &str) -> Option<Month> {
    let number = month_number(name.trim_end_matches(','))?;
    match year.len() {
        4 => month_of(year, &format!("{number:02}")),
        2 => month_of(&format!("20{year}"), &format!("{number:02}")),
        _ => None,
    }
}

/// The number of an English month, by its name or the first three letters of it; `Sept` too.
fn month_number(name: &str) -> Option<u32> {
    let name = if name.eq_ignore_ascii_case("sept") { "sep" } else { name };
    name.parse::<chrono::Month>().ok().map(|month| month.number_from_month())
}

#[cfg(test)]
mod tests {
    use super::{DateOrder, date, flag, instant, month, present};

    #[test]
    fn months_are_read_in_every_spelling() {
        for text in [
            "20230701",
            "202307",
            "2023-07",
            "2023-07-01",
            "2023-07-31",
            "2023/07/01",
            "2023/07/01 00:00:00",
            "2023-07-01T00:00:00",
            "2023-07-01 00:00:00",
            "2023-07-01T00:00:00.000Z",
            "JUL-2023",
            "Jul-2023",
            "jul-23",
            "Jul-23",
            "July 2023",
            "JULY-2023",
            "July, 2023",
            "7/31/2023",
            "31/7/2023",
            "31.07.2023",
            "7/7/2023",
            "7/31/2023 12:00:00 AM",
        ] {
            assert_eq!(month(text, None).map(|m| m.to_string()).as_deref(), Some("2023-07"), "{text}");
        }
        for (text, order) in [
            ("1/7/2023", DateOrder::DayFirst),
            ("01.07.2023", DateOrder::DayFirst),
            ("7/1/2023", DateOrder::MonthFirst),
            ("07-01-2023", DateOrder::MonthFirst),
            ("7/8/2023 12:00:00 AM", DateOrder::MonthFirst),
        ] {
            assert_eq!(month(text, Some(order)).map(|m| m.to_string()).as_deref(), Some("2023-07"), "{text}");
            assert_eq!(month(text, None), None, "{text} was taken without an order");
        }
        assert_eq!(month("1/1/2024", None).map(|m| m.to_string()).as_deref(), Some("2024-01"));
        assert_eq!(month("Sept-2024", None).map(|m| m.to_string()).as_deref(), Some("2024-09"));
    }

    #[test]
    fn other_texts_are_no_months() {
        for text in [
            "",
            "2023",
            "2023-13",
            "202313",
            "20230732",
            "7/8/2023",
            "13/14/2023",
            "2/30/2023",
            "7/1/23",
            "Jul",
            "Jul-2",
            "Jul-023",
            "22-Jul",
            "JULI-2023",
            "2023-7",
            "2023/07/01/02",
            "2023-07-01-02",
            "July 1 2023",
            "é-2023",
            "22030701",
            "9999-12",
            "1999-12-01",
        ] {
            assert_eq!(month(text, None), None, "{text:?} was taken");
        }
    }

    #[test]
    fn dates_are_read_in_every_spelling() {
        for text in [
            "2022-09-12",
            "2022/09/12",
            "20220912",
            "2022-09-12T23:59:59Z",
            "2022-09-12 10:00:00.000",
            "12 Sep 2022",
            "12-SEP-2022",
            "12 September 2022",
        ] {
            assert_eq!(date(text, None).map(|d| d.to_string()).as_deref(), Some("2022-09-12"), "{text}");
        }
        for text in [
            "",
            "13/14/2022",
            "30/2/2022",
            "0/1/2022",
            "2022-09",
            "9/25/22",
            "25/09-2022",
            "2022-02-29",
            "12 Foo 2022",
            "Sep 12 2022",
            "12 Sep",
        ] {
            assert_eq!(date(text, None), None, "{text:?} was taken");
        }
    }

    #[test]
    fn a_date_with_the_year_last_is_read_in_the_order_of_its_file() {
        let (day, month) = (Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst));
        for (text, day_first, month_first, anyhow) in [
            ("9/12/2022", Some("2022-12-09"), Some("2022-09-12"), None),
            ("09-12-2022", Some("2022-12-09"), Some("2022-09-12"), None),
            ("9.12.2022, 7:16 PM", Some("2022-12-09"), Some("2022-09-12"), None),
            ("25/12/2022 23:07", Some("2022-12-25"), None, Some("2022-12-25")),
            ("12/25/2022 12:00:00 AM", None, Some("2022-12-25"), Some("2022-12-25")),
            ("5/5/2024", Some("2024-05-05"), Some("2024-05-05"), Some("2024-05-05")),
        ] {
            for (order, expected) in [(day, day_first), (month, month_first), (None, anyhow)] {
                assert_eq!(date(text, order).map(|d| d.to_string()).as_deref(), expected, "{text} {order:?}");
            }
        }
    }

    #[test]
    fn instants_are_read_as_services_write_them() {
        for (text, expected) in [
            ("2018-02-11T22:18:10.5395747Z", "2018-02-11T22:18:10.539574Z"),
            ("2023-10-18T00:26:24.0159088+00:00", "2023-10-18T00:26:24.015908Z"),
            ("2023-10-18T01:26:24+01:00", "2023-10-18T00:26:24.000000Z"),
            ("2015-11-25T06: 41: 12Z", "2015-11-25T06:41:12.000000Z"),
            ("2015-11-25T06: 41: 12.5", "2015-11-25T06:41:12.500000Z"),
            (" 2015-11-25 06:41:12 ", "2015-11-25T06:41:12.000000Z"),
            ("2015-11-25t06:41:12z", "2015-11-25T06:41:12.000000Z"),
            ("2015-11-25T06:41:12.123456789012Z", "2015-11-25T06:41:12.123456Z"),
            ("/Date(1518387490539)/", "2018-02-11T22:18:10.539000Z"),
            ("/Date(1518387490539+0100)/", "2018-02-11T22:18:10.539000Z"),
            ("2/25/2018 10:18:10 PM", "2018-02-25T22:18:10.000000Z"),
            ("2/25/2018 12:18 AM", "2018-02-25T00:18:00.000000Z"),
            ("25.02.2018 22:18:10", "2018-02-25T22:18:10.000000Z"),
        ] {
            assert_eq!(instant(text, None).map(|at| at.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "/Date()/",
            "/Date(x)/",
            "/Date(1518387490539)",
            "/Date(9223372036854775807)/",
            "2/11/2018 10:18:10 PM",
            "2/25/2018 13:18:10 PM",
            "2/25/2018 0:18:10 AM",
            "2/25/2018 10 PM",
            "2/25/2018 25:18:10",
            "2/25/2018",
            "",
            "2015-11-25",
            "2015-11-25T06:41",
            "2015-11-25T06:41:12.Z",
            "2015-11-25T06:41:12.5x",
            "06:41:12",
            "2015-02-30T06:41:12Z",
            "2015-11-25T25:41:12Z",
            "é015-11-25T06:41:12Z",
        ] {
            assert_eq!(instant(text, None), None, "{text:?} was taken");
        }
    }

    #[test]
    fn flags_have_two_values() {
        for (text, value) in [("0", false), ("1", true), ("No", false), ("YES", true), ("false", false), ("True", true)]
        {
            assert_eq!(flag(text), Some(value), "{text}");
        }
        for text in ["", "2", "-1", "x", "01"] {
            assert_eq!(flag(text), None, "{text:?} was taken");
        }
    }

    #[test]
    fn texts_for_nothing_are_nothing() {
        for text in ["", "  ", "NULL", "null", "UNKNOWN", "Unknown", "00000000-0000-0000-0000-000000000000"] {
            assert_eq!(present(text), None, "{text:?} was taken");
        }
        assert_eq!(present(" Cosmos DB "), Some("Cosmos DB"));
        assert_eq!(present("Unknown OS"), Some("Unknown OS"));
    }
}
