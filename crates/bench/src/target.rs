//! What is to be reached.

use std::fmt;

/// What a row is to reach, by its figure or by its ratio.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// Our figure is to be at least this.
    AtLeast(f64),
    /// Our figure is to be at most this.
    AtMost(f64),
    /// The ratio of our figure to the peer's is to be at least this.
    RatioAtLeast(f64),
    /// The ratio of our figure to the peer's is to be at most this.
    RatioAtMost(f64),
}

impl Target {
    /// Whether it is reached; nothing where there is nothing to compare.
    pub(crate) fn holds(self, ours: Option<f64>, ratio: Option<f64>) -> Option<bool> {
        match self {
            Self::AtLeast(bound) => ours.map(|ours| ours >= bound),
            Self::AtMost(bound) => ours.map(|ours| ours <= bound),
            Self::RatioAtLeast(bound) => ratio.map(|ratio| ratio >= bound),
            Self::RatioAtMost(bound) => ratio.map(|ratio| ratio <= bound),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, ">= {bound}"),
            Self::AtMost(bound) => write!(f, "<= {bound}"),
            Self::RatioAtLeast(bound) => write!(f, "ratio >= {bound}"),
            Self::RatioAtMost(bound) => write!(f, "ratio <= {bound}"),
        }
    }
}
