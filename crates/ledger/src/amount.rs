//! Exact amounts of usage: decimals with at most six places.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Digits after the point that an amount may have.
const PLACES: usize = 6;
/// Digits before the point that an amount may have.
const WHOLE_DIGITS: usize = 15;

/// An exact decimal with at most 15 digits before the point and 6 after it.
///
/// Money in US dollars, seats, users or units, as the metric of the report says.
/// Kept as a whole number of millionths; sums of up to 10^17 amounts are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Amount(i128);

/// A text that is not a number as JSON writes it, or is out of bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a decimal with at most 15 digits before the point and 6 after it")]
pub struct AmountError {
    /// The text as it was given.
    pub text: String,
}

impl Amount {
    /// Millionths in one.
    pub const MICROS: i128 = 1_000_000;

    /// The amount of so many millionths.
    #[must_use]
    pub fn from_micros(micros: i128) -> Self {
        Self(micros)
    }

    /// The amount in millionths.
    #[must_use]
    pub fn micros(self) -> i128 {
        self.0
    }

    /// Reads a number written as JSON writes numbers, without exponent.
    ///
    /// # Errors
    /// Anything else, and more than 15 digits before the point or 6 after it.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        Self::parse_digits(text).ok_or_else(|| AmountError { text: text.to_owned() })
    }

    fn parse_digits(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let is_whole = (1..=WHOLE_DIGITS).contains(&whole.len()) && (whole == "0" || !whole.starts_with('0'));
        if !is_whole || fraction.is_some_and(|digits| !(1..=PLACES).contains(&digits.len())) {
            return None;
        }
        let fraction = fraction.unwrap_or("").bytes().chain(std::iter::repeat(b'0')).take(PLACES);
        let micros = whole
            .bytes()
            .chain(fraction)
            .try_fold(0_i128, |micros, byte| byte.is_ascii_digit().then(|| micros * 10 + i128::from(byte - b'0')))?;
        Some(Self(if digits.len() < text.len() { -micros } else { micros }))
    }
}

impl fmt::Display for Amount {
    /// Writes the canonical form: no trailing zeros after the point, no trailing point, no `-0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micros = self.0.unsigned_abs();
        let unit = Self::MICROS.unsigned_abs();
        let (whole, mut rest) = (micros / unit, micros % unit);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let mut places = PLACES;
        while rest.is_multiple_of(10) {
            rest /= 10;
            places -= 1;
        }
        write!(f, "{sign}{whole}.{rest:0places$}")
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn amounts_are_written_in_their_canonical_form() {
        for (text, canonical) in [
            ("1000.50", "1000.5"),
            ("1000.0", "1000"),
            ("-0", "0"),
            ("-0.000000", "0"),
            ("0.000001", "0.000001"),
            ("-0.5", "-0.5"),
            ("999999999999999.999999", "999999999999999.999999"),
            ("0", "0"),
        ] {
            assert_eq!(Amount::parse(text).map(|a| a.to_string()), Ok(canonical.to_owned()));
        }
    }

    #[test]
    fn texts_that_json_would_not_write_as_a_number_are_refused() {
        for text in [
            "",
            "-",
            "+1",
            "01",
            "-01",
            "1.",
            ".5",
            "1e3",
            "1E3",
            " 1",
            "1 ",
            "1,000",
            "0x1",
            "NaN",
            "1.2.3",
            "1.1234567",
            "1.0000000",
            "1234567890123456",
            "--1",
            "1-",
        ] {
            assert!(Amount::parse(text).is_err(), "{text:?} was taken");
        }
    }
}
