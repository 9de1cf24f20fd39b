//! The text of a cell: what the same report has as CSV.

use chrono::{Days, NaiveDate};

/// Digits that a spreadsheet holds of a number.
const HELD_DIGITS: usize = 15;
const MILLISECONDS_A_DAY: f64 = 86_400_000.0;

/// The text of a number: its digits as they stand, but for what the binary form of a decimal added to it.
pub(super) fn number(text: &str) -> String {
    let text = text.trim();
    if digits(text) <= HELD_DIGITS || !text.contains('.') {
        return text.to_owned();
    }
    // 4.35 is stored as 4.3499999999999996: the shortest decimal of the same binary form is what was typed.
    let shortest = text.parse::<f64>().ok().map(|number| number.to_string());
    shortest.filter(|shortest| digits(shortest) <= HELD_DIGITS).unwrap_or_else(|| text.to_owned())
}

/// Digits from the first that is not zero to the exponent.
fn digits(text: &str) -> usize {
    let number = text.split(['e', 'E']).next().unwrap_or(text);
    number.trim_start_matches(['-', '+', '0', '.']).bytes().filter(u8::is_ascii_digit).count()
}

/// The day, and the time where there is one, of a number in a cell that shows a date; the number where it is none.
pub(super) fn date(text: &str, is_1904: bool) -> String {
    day_and_time(text, is_1904).unwrap_or_else(|| number(text))
}

fn day_and_time(text: &str, is_1904: bool) -> Option<String> {
    let serial = text.trim().parse::<f64>().ok().filter(|serial| (0.0..3e6).contains(serial))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is small and not negative")]
    let milliseconds = (serial * MILLISECONDS_A_DAY).round() as u64;
    let (days, time) = (milliseconds / 86_400_000, milliseconds % 86_400_000);
    let clock = format!("{:02}:{:02}:{:02}", time / 3_600_000, time / 60_000 % 60, time / 1000 % 60);
    let clock = if time % 1000 == 0 { clock } else { format!("{clock}.{:03}", time % 1000) };
    if days == 0 && !is_1904 {
        return Some(clock);
    }
    // Excel has a day 60, 29 February 1900, that never was: before it, its days are one later.
    let (year, month, day) = if is_1904 { (1904, 1, 1) } else { (1899, 12, 30) };
    let later = u64::from(!is_1904 && days < 60);
    let day = NaiveDate::from_ymd_opt(year, month, day)?.checked_add_days(Days::new(days + later))?;
    Some(if time == 0 { day.to_string() } else { format!("{day}T{clock}") })
}

/// Whether a format of numbers shows dates. Elapsed time, as `[h]:mm`, is a number.
pub(super) fn is_date_format(code: &str) -> bool {
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character {
            ';' => return false,
            '"' => drop(characters.by_ref().find(|character| *character == '"')),
            '\\' | '_' | '*' => drop(characters.next()),
            '[' => {
                let inside: String = characters.by_ref().take_while(|character| *character != ']').collect();
                let is_elapsed = |letter: char| inside.chars().all(|it| it.eq_ignore_ascii_case(&letter));
                if !inside.is_empty() && ['h', 'm', 's'].into_iter().any(is_elapsed) {
                    return false;
                }
            }
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

/// Whether one of the formats without a code shows dates.
pub(super) fn is_date_number(number: u32) -> bool {
    matches!(number, 14..=22 | 27..=36 | 45 | 47 | 50..=58)
}

#[cfg(test)]
mod tests {
    use super::{date, is_date_format, is_date_number, number};

    #[test]
    fn numbers_keep_their_digits() {
        for (stored, text) in [
            ("1234.56", "1234.56"),
            ("9.5000000000000005E-5", "0.000095"),
            ("9.5E-05", "9.5E-05"),
            ("1E-05", "1E-05"),
            ("4.3499999999999996", "4.35"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("-1234.5599999999999", "-1234.56"),
            ("123456789012.12345678", "123456789012.12345678"),
            ("990001", "990001"),
            ("20250201", "20250201"),
            ("12345678901234567890", "12345678901234567890"),
            (" 0 ", "0"),
            ("no number", "no number"),
        ] {
            assert_eq!(number(stored), text, "{stored}");
        }
    }

    #[test]
    fn dates_are_days_and_times_of_the_calendar() {
        for (stored, is_1904, text) in [
            ("45689", false, "2025-02-01"),
            ("44227", true, "2025-02-01"),
            ("45689.5", false, "2025-02-01T12:00:00"),
            ("45689.999999999", false, "2025-02-02"),
            ("45689.00001", false, "2025-02-01T00:00:00.864"),
            ("1", false, "1900-01-01"),
            ("59", false, "1900-02-28"),
            ("61", false, "1900-03-01"),
            ("0.25", false, "06:00:00"),
            ("-5", false, "-5"),
            ("1E+300", false, "1E+300"),
            ("", false, ""),
        ] {
            assert_eq!(date(stored, is_1904), text, "{stored}");
        }
    }

    #[test]
    fn formats_of_dates_are_told_from_those_of_numbers() {
        for (code, is_date) in [
            ("yyyy\\-mm\\-dd", true),
            ("[$-409]mmm\\-yy;@", true),
            ("[Red]d/m/yyyy", true),
            ("mmm-yy", true),
            ("h:mm AM/PM", true),
            ("[h]:mm:ss", false),
            ("General", false),
            ("general\" days\"", false),
            ("0.00E+00", false),
            ("#,##0.00 \"USD\"", false),
            ("#,##0_);[Red](#,##0)", false),
            ("_-* #,##0.00\\ _d_-", false),
            ("0;\"d\"", false),
            ("@", false),
            ("\"open", false),
        ] {
            assert_eq!(is_date_format(code), is_date, "{code}");
        }
        assert!(is_date_number(14) && is_date_number(17) && !is_date_number(46) && !is_date_number(49));
    }
}
