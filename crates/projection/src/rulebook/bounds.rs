//! Bounds on a value.

use std::cmp::Ordering;
use std::fmt;

use ledger::Amount;
use num_bigint::BigInt;

/// Bounds on a value: those that are absent do not bind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bounds {
    /// At least this (`*_min`).
    pub min: Option<Amount>,
    /// At most this (`*_max`).
    pub max: Option<Amount>,
    /// More than this (`*_above`).
    pub above: Option<Amount>,
    /// Less than this (`*_below`).
    pub below: Option<Amount>,
}

impl Bounds {
    /// The bounds that there are, by the ends of their fields' names.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Amount)> {
        let all = [("min", self.min), ("max", self.max), ("above", self.above), ("below", self.below)];
        all.into_iter().filter_map(|(name, bound)| Some((name, bound?)))
    }

    /// Whether no bound binds.
    #[must_use]
    pub fn is_unbounded(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the value is within all bounds.
    #[must_use]
    pub fn contains(&self, value: Amount) -> bool {
        self.admit(|bound| value.cmp(&bound))
    }

    /// Whether `numerator / denominator` is within all bounds, computed exactly.
    ///
    /// The two are in the same unit, such as users and seats, or millionths of both.
    /// With a denominator of 0 or below there is no share, and nothing contains it.
    #[must_use]
    pub fn contains_ratio(&self, numerator: i128, denominator: i128) -> bool {
        let share = BigInt::from(numerator) * Amount::MICROS;
        denominator > 0 && self.admit(|bound| share.cmp(&(BigInt::from(bound.micros()) * denominator)))
    }

    /// Whether a value that compares so to each bound is within all of them.
    pub(crate) fn admit(&self, value_to: impl Fn(Amount) -> Ordering) -> bool {
        self.min.is_none_or(|min| value_to(min).is_ge())
            && self.max.is_none_or(|max| value_to(max).is_le())
            && self.above.is_none_or(|above| value_to(above).is_gt())
            && self.below.is_none_or(|below| value_to(below).is_lt())
    }

    /// The first bound, by the end of its field's name, that a value does not hold which compares so to each.
    pub(crate) fn failed(&self, value_to: impl Fn(Amount) -> Ordering) -> Option<(&'static str, Amount)> {
        self.named().find(|(name, bound)| {
            let order = value_to(*bound);
            match *name {
                "min" => order.is_lt(),
                "max" => order.is_gt(),
                "above" => order.is_le(),
                _ => order.is_ge(),
            }
        })
    }

    /// The bound that a value has to rise to, by the end of its field's name, if there is one.
    pub(crate) fn lowest(&self) -> Option<(&'static str, Amount)> {
        self.named().find(|(name, _)| matches!(*name, "min" | "above"))
    }

    /// Whether no value can be within the bounds.
    pub(super) fn is_contradictory(&self) -> bool {
        let exceeds = |low: Option<Amount>, high: Option<Amount>| low.zip(high).is_some_and(|(low, high)| low > high);
        let reaches = |low: Option<Amount>, high: Option<Amount>| low.zip(high).is_some_and(|(low, high)| low >= high);
        exceeds(self.min, self.max)
            || reaches(self.min, self.below)
            || reaches(self.above, self.max)
            || reaches(self.above, self.below)
    }
}

impl fmt::Display for Bounds {
    /// Writes the bounds in words that complete "is not ...".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [("at least", self.min), ("above", self.above), ("at most", self.max), ("below", self.below)];
        let words: Vec<String> =
            named.iter().filter_map(|(word, bound)| bound.map(|bound| format!("{word} {bound}"))).collect();
        f.write_str(if words.is_empty() { "there" } else { "" })?;
        f.write_str(&words.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use ledger::Amount;

    use super::Bounds;

    fn bounds(min: Option<&str>, max: Option<&str>, above: Option<&str>, below: Option<&str>) -> Bounds {
        let amount = |text: Option<&str>| text.map(|text| Amount::parse(text).expect("an amount"));
        Bounds { min: amount(min), max: amount(max), above: amount(above), below: amount(below) }
    }

    #[test]
    fn min_and_max_are_inclusive_above_and_below_exclusive() {
        let inclusive = bounds(Some("11"), Some("300"), None, None);
        let exclusive = bounds(None, None, Some("11"), Some("300"));
        for (value, within, strictly) in [
            ("10.999999", false, false),
            ("11", true, false),
            ("11.000001", true, true),
            ("299.999999", true, true),
            ("300", true, false),
            ("300.000001", false, false),
        ] {
            let value = Amount::parse(value).expect("an amount");
            assert_eq!(inclusive.contains(value), within, "{value}");
            assert_eq!(exclusive.contains(value), strictly, "{value}");
            assert_eq!(inclusive.contains_ratio(value.micros(), Amount::MICROS), within, "{value}");
            assert_eq!(exclusive.contains_ratio(value.micros(), Amount::MICROS), strictly, "{value}");
        }
        assert!(bounds(None, None, None, None).contains(Amount::from_micros(i128::MIN)));
    }

    #[test]
    fn a_share_is_compared_exactly_at_any_size() {
        let fifth = bounds(Some("0.2"), None, None, None);
        assert!(fifth.contains_ratio(1, 5));
        assert!(!fifth.contains_ratio(i128::MAX / 5, i128::MAX), "just below a fifth");
        assert!(fifth.contains_ratio(i128::MAX / 5 + 1, i128::MAX), "just above a fifth");
        assert!(!fifth.contains_ratio(1, 0) && !fifth.contains_ratio(-1, -5), "no share without a whole");
        assert!(!bounds(None, None, None, None).contains_ratio(0, 0));
        assert!(bounds(None, None, None, Some("0.5")).contains_ratio(-7, 2));
    }

    #[test]
    fn bounds_that_nothing_fits_are_contradictory() {
        for (low, high, inclusive, half_open) in
            [("1", "2", false, false), ("2", "2", false, true), ("3", "2", true, true)]
        {
            let (low, high) = (Some(low), Some(high));
            assert_eq!(bounds(low, high, None, None).is_contradictory(), inclusive);
            assert_eq!(bounds(low, None, None, high).is_contradictory(), half_open);
            assert_eq!(bounds(None, high, low, None).is_contradictory(), half_open);
            assert_eq!(bounds(None, None, low, high).is_contradictory(), half_open);
        }
    }
}
