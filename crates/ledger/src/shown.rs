//! Points as the programme itself showed them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::event::Metric;

/// Digits after the point that shown points may have.
const PLACES: usize = 2;

/// Points that were on a screen of the programme: a decimal without a sign, with at most 2 digits after the point.
///
/// The digits stay as they were written: `70.0` tells more than `70`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShownPoints(String);

/// The points of some metrics that were on a screen of the programme; at least one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShownMetrics(BTreeMap<Metric, ShownPoints>);

/// A text that is no points.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a decimal without a sign, with at most 15 digits before the point and 2 after it")]
pub struct ShownPointsError {
    /// The text as it was given.
    pub text: String,
}

impl ShownPoints {
    /// Reads points.
    ///
    /// # Errors
    /// A text that is no decimal, has a sign, or has more than 2 digits after the point.
    pub fn parse(text: &str) -> Result<Self, ShownPointsError> {
        let shown = Self(text.to_owned());
        let is_exact = Amount::parse(text).is_ok() && !text.starts_with('-') && shown.places() <= PLACES;
        if is_exact { Ok(shown) } else { Err(ShownPointsError { text: shown.0 }) }
    }

    /// The digits as they were written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The points.
    #[must_use]
    pub fn amount(&self) -> Amount {
        Amount::parse(&self.0).unwrap_or_default()
    }

    /// How many digits were shown after the point.
    #[must_use]
    pub fn places(&self) -> usize {
        self.0.split_once('.').map_or(0, |(_, places)| places.len())
    }
}

impl fmt::Display for ShownPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ShownMetrics {
    /// The points of some metrics; `None` without any.
    #[must_use]
    pub fn new(metrics: BTreeMap<Metric, ShownPoints>) -> Option<Self> {
        (!metrics.is_empty()).then_some(Self(metrics))
    }

    /// The metrics in the order of an answer, each with its points.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, &ShownPoints)> {
        self.0.iter().map(|(metric, points)| (*metric, points))
    }

    /// The points of a metric, if it was shown.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<&ShownPoints> {
        self.0.get(&metric)
    }
}

#[cfg(test)]
mod tests {
    use super::ShownPoints;

    #[test]
    fn points_keep_the_digits_that_were_shown() {
        for (text, places) in [("70", 0), ("70.0", 1), ("0", 0), ("63.42", 2), ("0.00", 2)] {
            let points = ShownPoints::parse(text).expect("points");
            assert_eq!((points.as_str(), points.places()), (text, places));
        }
        for text in ["", "-1", "-0", "+1", "1.", ".5", "01", "1.234", "1e2", "1,5", " 1", "1234567890123456"] {
            assert!(ShownPoints::parse(text).is_err(), "{text:?} was taken");
        }
    }
}
