//! What is to be reached.

use std::fmt;

/// What a row is to reach, by its figure or by its ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Target {
    of: Comparison,
    bound: Bound,
    figure: f64,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Figure,
    Ratio,
}

/// How it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    AtLeast,
    AtMost,
}

impl Target {
    /// Our figure is to be at least this.
    pub(crate) fn at_least(figure: f64) -> Self {
        Self { of: Comparison::Figure, bound: Bound::AtLeast, figure }
    }

    /// Our figure is to be at most this.
    pub(crate) fn at_most(figure: f64) -> Self {
        Self { of: Comparison::Figure, bound: Bound::AtMost, figure }
    }

    /// The ratio of our figure to the peer's is to be at least this.
    pub(crate) fn ratio_at_least(figure: f64) -> Self {
        Self { of: Comparison::Ratio, bound: Bound::AtLeast, figure }
    }

    /// The ratio of our figure to the peer's is to be at most this.
    pub(crate) fn ratio_at_most(figure: f64) -> Self {
        Self { of: Comparison::Ratio, bound: Bound::AtMost, figure }
    }

    /// Whether it is reached; nothing where there is nothing to compare.
    pub(crate) fn holds(self, ours: Option<f64>, ratio: Option<f64>) -> Option<bool> {
        let compared = match self.of {
            Comparison::Figure => ours,
            Comparison::Ratio => ratio,
        }?;
        Some(match self.bound {
            Bound::AtLeast => compared >= self.figure,
            Bound::AtMost => compared <= self.figure,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.of {
            Comparison::Figure => "",
            Comparison::Ratio => "ratio ",
        };
        let bound = match self.bound {
            Bound::AtLeast => ">=",
            Bound::AtMost => "<=",
        };
        write!(f, "{of}{bound} {}", self.figure)
    }
}
