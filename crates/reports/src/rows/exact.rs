//! Amounts as reports write them, summed exactly.

use ledger::Amount;
use serde::{Deserialize, Serialize};

use crate::rows::decimals::Decimals;

/// Decimals that are kept while summing; a report that has more is refused.
const PLACES: usize = 15;
/// Digits before the point.
const WHOLE_DIGITS: usize = 15;
/// Units of the last decimal in a millionth.
const UNITS_PER_MICRO: i128 = 1_000_000_000;
/// The first whole number with more digits than the ledger takes, in millionths.
const MICROS_END: i128 = 1_000_000_000_000_000 * Amount::MICROS;

/// An exact decimal with at most 15 places, wide enough for the sum of 10^8 amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Exact(i128);

impl Exact {
    /// Reads an amount.
    ///
    /// `1234.5`, `-1234.5`, `.5`; commas between groups of three digits where they cannot be a decimal comma
    /// (`1,234.50`, `1,234,567`, but not `1,234`); parentheses for a negative amount, `(50.00)`; a negative exponent,
    /// as programs write very small numbers (`9.5E-05`); a positive one is what a spreadsheet makes of a large number when
    /// it rounds it. Decimals behind the fifteenth are rounded, half to even. No currency sign, no `+` in front: what is
    /// none of these is `None`. Where decimals stand behind a comma, points are between groups: `1.234,50`, `1.234`.
    pub(crate) fn parse(text: &str, decimals: Decimals) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('(') {
            Some(inside) => (true, inside.strip_suffix(')')?),
            None => text.strip_prefix('-').map_or((false, text), |digits| (true, digits)),
        };
        let (digits, exponent) = match digits.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent_of(exponent)?),
            None => (digits, 0),
        };
        let (point, separator) = match decimals {
            Decimals::Point => ('.', ','),
            Decimals::Comma => (',', '.'),
        };
        let (whole, fraction) = match digits.split_once(point) {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (digits, ""),
        };
        let is_sure = !fraction.is_empty() || decimals == Decimals::Comma;
        let whole = ungroup(whole, separator, is_sure)?;
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        // All digits, and how many of them stand before the point.
        let digits = whole.clone() + fraction;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let point = i32::try_from(whole.len()).ok()? + exponent;
        let units = units(&digits, point)?;
        Some(Self(if negative { -units } else { units }))
    }

    /// Whether it is a whole number, 0 or more.
    pub(crate) fn is_count(self) -> bool {
        self.0 >= 0 && self.0 % (UNITS_PER_MICRO * Amount::MICROS) == 0
    }

    /// The sum, unless it is beyond all bounds.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The amount in the ledger's six decimals, rounded half to even, and whether it had to be rounded.
    ///
    /// `None` when it has more than 15 digits before the point.
    pub(crate) fn to_amount(self) -> Option<(Amount, bool)> {
        let (down, rest) = (self.0.div_euclid(UNITS_PER_MICRO), self.0.rem_euclid(UNITS_PER_MICRO));
        let up = match (rest * 2).cmp(&UNITS_PER_MICRO) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => down.rem_euclid(2) == 1,
            std::cmp::Ordering::Greater => true,
        };
        let micros = down + i128::from(up);
        (micros.abs() < MICROS_END).then(|| (Amount::from_micros(micros), rest != 0))
    }
}

/// A negative exponent of one to three digits.
fn exponent_of(text: &str) -> Option<i32> {
    let digits = text.strip_prefix('-')?;
    let is_short = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse::<i32>().ok().filter(|_| is_short).map(|exponent| -exponent)
}

/// The digits in units of the last decimal that is kept; `point` of them stand before the point. `None` when these are
/// too many.
fn units(digits: &str, point: i32) -> Option<i128> {
    let leading = digits.bytes().take_while(|byte| *byte == b'0').count();
    let significant = digits.get(leading..)?;
    let point = point - i32::try_from(leading).ok()?;
    if significant.is_empty() {
        return Some(0);
    }
    if point > i32::try_from(WHOLE_DIGITS).ok()? {
        return None;
    }
    let places = i32::try_from(PLACES).ok()?;
    let Ok(kept) = usize::try_from(point + places) else { return Some(0) };
    let read = |digits: &str| digits.bytes().fold(0_i128, |units, byte| units * 10 + i128::from(byte - b'0'));
    let Some((kept_digits, rest)) = significant.split_at_checked(kept) else {
        let missing = u32::try_from(kept - significant.len()).ok()?;
        return Some(read(significant) * 10_i128.pow(missing));
    };
    let down = read(kept_digits);
    let is_half = rest.starts_with('5') && rest.bytes().skip(1).all(|byte| byte == b'0');
    let is_up = if is_half { down % 2 == 1 } else { rest.bytes().next().is_some_and(|byte| byte >= b'5') };
    Some(down + i128::from(is_up))
}

/// The digits without the separators between their groups. A single separator is taken for one only where it is sure
/// not to stand before decimals.
fn ungroup(whole: &str, separator: char, is_sure: bool) -> Option<String> {
    if !whole.contains(separator) {
        return Some(whole.to_owned());
    }
    let groups: Vec<&str> = whole.split(separator).collect();
    let (first, rest) = groups.split_first()?;
    let in_threes =
        (1..=3).contains(&first.len()) && !first.starts_with('0') && rest.iter().all(|group| group.len() == 3);
    let unambiguous = is_sure || rest.len() > 1;
    (in_threes && unambiguous).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::{Decimals, Exact};

    fn read(text: &str) -> Option<String> {
        Exact::parse(text, Decimals::Point)?.to_amount().map(|(amount, _)| amount.to_string())
    }

    #[test]
    fn amounts_are_read_as_reports_write_them() {
        for (text, amount) in [
            ("900.00", "900"),
            ("-50.00", "-50"),
            ("(50.00)", "-50"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("007", "7"),
            ("1,234.50", "1234.5"),
            ("-1,234,567", "-1234567"),
            ("(1,234,567.89)", "-1234567.89"),
            ("999999999999999.999999", "999999999999999.999999"),
            ("0.000001", "0.000001"),
            ("9.5E-05", "0.000095"),
            ("-1.25e-3", "-0.00125"),
            ("123456.789E-3", "123.456789"),
            ("12345678901234567E-05", "123456789012.34567"),
            ("4.9E-20", "0"),
            ("4.9E-324", "0"),
            ("0e-99", "0"),
            ("0.30000000000000004", "0.3"),
            ("000000000000000012.5", "12.5"),
        ] {
            assert_eq!(read(text).as_deref(), Some(amount), "{text}");
        }
    }

    #[test]
    fn other_texts_and_ambiguous_commas_are_no_amounts() {
        for text in [
            "",
            "-",
            ".",
            "()",
            "1.",
            "1,234",
            "12,34.5",
            "1234,567.5",
            "1,2345.6",
            ",123.4",
            "1,234,56",
            "1.234,56",
            "1e3",
            "1E+05",
            "1e",
            "e-5",
            "1e-",
            "1e-1000",
            "1e-1.5",
            "1e--5",
            "+1",
            "$5",
            "5 USD",
            "(-5)",
            "--5",
            "NaN",
            "1.2.3",
            "1234567890123456",
            "٣",
        ] {
            assert_eq!(read(text), None, "{text:?} was taken");
        }
        assert_eq!(read("999999999999999.9999999"), None, "it rounds to 16 digits");
    }

    #[test]
    fn commas_stand_before_decimals_where_the_file_has_them_so() {
        for (text, amount) in [
            ("1234,56", Some("1234.56")),
            ("-1.234,5", Some("-1234.5")),
            ("(50,00)", Some("-50")),
            ("1.250", Some("1250")),
            ("1,250", Some("1.25")),
            (",5", Some("0.5")),
            ("9,5E-05", Some("0.000095")),
            ("12", Some("12")),
            ("12.5", None),
            ("0.125", None),
            ("1,234.5", None),
            ("1,2,3", None),
            ("1,", None),
        ] {
            let read = Exact::parse(text, Decimals::Comma).and_then(Exact::to_amount);
            assert_eq!(read.map(|(amount, _)| amount.to_string()).as_deref(), amount, "{text}");
        }
    }

    #[test]
    fn counts_are_whole_and_not_negative() {
        for (text, is_count) in
            [("0", true), ("12", true), ("12.00", true), ("-0", true), ("0.5", false), ("-1", false), ("1E-15", false)]
        {
            let read = Exact::parse(text, Decimals::Point).expect("an amount");
            assert_eq!(read.is_count(), is_count, "{text}");
        }
    }

    #[test]
    fn what_the_ledger_cannot_hold_is_rounded_half_to_even_after_the_sum() {
        for (text, amount) in [
            ("0.0000005", "0"),
            ("0.0000015", "0.000002"),
            ("-0.0000005", "0"),
            ("-0.0000015", "-0.000002"),
            ("0.00000051", "0.000001"),
            ("-2.00000049", "-2"),
        ] {
            let (rounded, inexact) = Exact::parse(text, Decimals::Point).and_then(Exact::to_amount).expect("an amount");
            assert_eq!((rounded.to_string().as_str(), inexact), (amount, true), "{text}");
        }
        for (text, units) in [
            ("0.0000000000000005", 0),
            ("0.0000000000000015", 2),
            ("0.00000000000000051", 1),
            ("5E-16", 0),
            ("1.5E-15", 2),
            ("1E-17", 0),
        ] {
            assert_eq!(Exact::parse(text, Decimals::Point), Some(Exact(units)), "{text}");
        }
        let half = Exact::parse("0.0000005", Decimals::Point).expect("an amount");
        let (sum, inexact) = half.plus(half).and_then(Exact::to_amount).expect("an amount");
        assert_eq!((sum.to_string().as_str(), inexact), ("0.000001", false));
    }
}
