//! Amounts as reports write them, summed exactly.

use ledger::Amount;
use serde::{Deserialize, Serialize};

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
pub(super) struct Exact(i128);

impl Exact {
    /// Reads an amount.
    ///
    /// `1234.5`, `-1234.5`, `.5`; commas between groups of three digits where they cannot be a decimal comma
    /// (`1,234.50`, `1,234,567`, but not `1,234`); parentheses for a negative amount, `(50.00)`. No exponent, no
    /// currency sign, no `+`: what is none of these is `None`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('(') {
            Some(inside) => (true, inside.strip_suffix(')')?),
            None => text.strip_prefix('-').map_or((false, text), |digits| (true, digits)),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (digits, ""),
        };
        let whole = ungroup(whole, !fraction.is_empty())?;
        if (whole.is_empty() && fraction.is_empty()) || whole.len() > WHOLE_DIGITS || fraction.len() > PLACES {
            return None;
        }
        let mut units = 0_i128;
        let padding = std::iter::repeat_n(b'0', PLACES - fraction.len());
        for byte in whole.bytes().chain(fraction.bytes()).chain(padding) {
            if !byte.is_ascii_digit() {
                return None;
            }
            units = units * 10 + i128::from(byte - b'0');
        }
        Some(Self(if negative { -units } else { units }))
    }

    /// The sum, unless it is beyond all bounds.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The amount in the ledger's six decimals, rounded half to even, and whether it had to be rounded.
    ///
    /// `None` when it has more than 15 digits before the point.
    pub(super) fn to_amount(self) -> Option<(Amount, bool)> {
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

/// The digits without the commas between their groups.
fn ungroup(whole: &str, has_fraction: bool) -> Option<String> {
    if !whole.contains(',') {
        return Some(whole.to_owned());
    }
    let groups: Vec<&str> = whole.split(',').collect();
    let (first, rest) = groups.split_first()?;
    let in_threes = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    let unambiguous = has_fraction || rest.len() > 1;
    (in_threes && unambiguous).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::Exact;

    fn read(text: &str) -> Option<String> {
        Exact::parse(text)?.to_amount().map(|(amount, _)| amount.to_string())
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
            "1E-05",
            "+1",
            "$5",
            "5 USD",
            "(-5)",
            "--5",
            "NaN",
            "1.2.3",
            "0.1234567890123456",
            "1234567890123456",
            "٣",
        ] {
            assert_eq!(read(text), None, "{text:?} was taken");
        }
        assert_eq!(read("999999999999999.9999999"), None, "it rounds to 16 digits");
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
            let (rounded, inexact) = Exact::parse(text).and_then(Exact::to_amount).expect("an amount");
            assert_eq!((rounded.to_string().as_str(), inexact), (amount, true), "{text}");
        }
        let half = Exact::parse("0.0000005").expect("an amount");
        let (sum, inexact) = half.plus(half).and_then(Exact::to_amount).expect("an amount");
        assert_eq!((sum.to_string().as_str(), inexact), ("0.000001", false));
    }
}
