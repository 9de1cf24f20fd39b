//! Exact points.

use std::fmt;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

/// A number of points, exact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(BigRational);

impl Points {
    /// No points.
    #[must_use]
    pub fn zero() -> Self {
        Self(BigRational::zero())
    }

    /// So many whole points.
    #[must_use]
    pub fn whole(points: u32) -> Self {
        Self(BigRational::from_integer(points.into()))
    }

    /// `max * n / threshold`, clamped to `0..=max`; a threshold of 0 is reached by any `n` above 0.
    #[must_use]
    pub fn share(max: u32, n: &BigRational, threshold: u32) -> Self {
        if !n.is_positive() {
            return Self::zero();
        }
        if threshold == 0 {
            return Self::whole(max);
        }
        let share = n * BigRational::from_integer(max.into()) / BigRational::from_integer(threshold.into());
        Self::clamped(share, max)
    }

    /// A number of points clamped to `0..=max`.
    #[must_use]
    pub fn clamped(points: BigRational, max: u32) -> Self {
        Self(points.clamp(BigRational::zero(), BigRational::from_integer(max.into())))
    }

    /// So many points.
    pub(crate) fn exactly(points: BigRational) -> Self {
        Self(points)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self(&self.0 + &other.0)
    }

    /// What is missing to `target`; negative when it is passed.
    #[must_use]
    pub fn missing_to(&self, target: &Self) -> BigRational {
        &target.0 - &self.0
    }

    /// How many of `units` equal parts of `of` points they fill, rounded down; at most all of them.
    #[must_use]
    pub fn filled(&self, units: u32, of: u32) -> u32 {
        let parts = &self.0 * BigRational::from_integer(units.into()) / BigRational::from_integer(of.max(1).into());
        u32::try_from(parts.floor().to_integer()).map_or(units, |parts| parts.min(units))
    }

    /// The exact value.
    #[must_use]
    pub fn exact(&self) -> &BigRational {
        &self.0
    }

    /// Rounded half up to two decimals, written with one or two: `58.0`, `12.35`.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.0)
    }

    /// Hundredths of a point, rounded half up: 1235 stands for 12.35. More than an `i32` holds is its largest value.
    #[must_use]
    pub fn rounded(&self) -> i32 {
        i32::try_from(rounded(&self.0)).unwrap_or(i32::MAX)
    }
}

impl fmt::Display for Points {
    /// Writes `n/d` in lowest terms.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&fraction(&self.0))
    }
}

/// `n/d` in lowest terms, the sign on `n`; zero is `0/1`.
#[must_use]
pub fn fraction(value: &BigRational) -> String {
    format!("{}/{}", value.numer(), value.denom())
}

/// A value that is a decimal of at most two places, exact.
#[must_use]
pub fn decimal_of(value: &BigRational) -> String {
    decimal(&hundredths(value).floor().to_integer(), 2)
}

/// A value rounded half up to two decimals, written with one or two.
#[must_use]
pub fn shown(value: &BigRational) -> String {
    two_decimals(&rounded(value))
}

/// Hundredths, rounded half up.
fn rounded(value: &BigRational) -> BigInt {
    // The floor of hundredths and a half, without bringing them to lowest terms.
    BigRational::new_raw(value.numer() * 200 + value.denom(), value.denom() * 2).floor().to_integer()
}

/// A value rounded up to two decimals, written with one or two: what is missing is never shown as nothing.
#[must_use]
pub fn shown_up(value: &BigRational) -> String {
    two_decimals(&hundredths(value).ceil().to_integer())
}

fn hundredths(value: &BigRational) -> BigRational {
    value * BigRational::from_integer(100.into())
}

fn two_decimals(hundredths: &BigInt) -> String {
    let sign = if hundredths.is_negative() { "-" } else { "" };
    let digits = format!("{:03}", hundredths.abs());
    let (whole, decimals) = digits.split_at(digits.len() - 2);
    let decimals = decimals.strip_suffix('0').unwrap_or(decimals);
    format!("{sign}{whole}.{decimals}")
}

/// An exact decimal of `10^-places` units, without trailing zeros or a trailing point.
#[must_use]
pub fn decimal(units: &BigInt, places: usize) -> String {
    let sign = if units.is_negative() { "-" } else { "" };
    let digits = format!("{:0>width$}", units.abs().to_string(), width = places + 1);
    let (whole, decimals) = digits.split_at(digits.len() - places);
    match decimals.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{decimals}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Points, decimal, shown, shown_up};
    use num_bigint::BigInt;
    use num_rational::BigRational;

    fn ratio(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    #[test]
    fn points_are_shown_with_one_or_two_decimals_rounded_half_up() {
        for (value, text) in [
            (ratio(58, 1), "58.0"),
            (ratio(40, 3), "13.33"),
            (ratio(15, 2), "7.5"),
            (ratio(247, 20), "12.35"),
            (ratio(1, 200), "0.01"),
            (ratio(1, 201), "0.0"),
            (ratio(19_999, 200), "100.0"),
            (ratio(-1, 200), "0.0"),
            (ratio(-247, 20), "-12.35"),
            (ratio(0, 1), "0.0"),
        ] {
            assert_eq!(shown(&value), text);
        }
    }

    #[test]
    fn what_is_missing_is_rounded_up() {
        for (value, text) in [
            (ratio(0, 1), "0.0"),
            (ratio(1, 1_000_000), "0.01"),
            (ratio(1, 100), "0.01"),
            (ratio(10_001, 10_000), "1.01"),
            (ratio(2, 1), "2.0"),
            (ratio(1, 3), "0.34"),
        ] {
            assert_eq!(shown_up(&value), text);
        }
    }

    #[test]
    fn points_are_a_share_of_the_maximum_within_its_bounds() {
        for (n, points) in [(ratio(-3, 1), "0/1"), (ratio(0, 1), "0/1"), (ratio(2, 1), "30/7"), (ratio(9, 1), "15/1")] {
            assert_eq!(Points::share(15, &n, 7).to_string(), points);
        }
    }

    #[test]
    fn decimals_have_no_trailing_zeros() {
        for (units, places, text) in [
            (0, 6, "0"),
            (1, 6, "0.000001"),
            (-1_500_000, 6, "-1.5"),
            (112_350_000_000_i64, 6, "112350"),
            (20, 12, "0.00000000002"),
        ] {
            assert_eq!(decimal(&BigInt::from(units), places), text);
        }
    }
}
