//! What a diff says.

use ledger::{Area, Date, Timestamp, named};
use num_rational::BigRational;
use num_traits::Zero;

use super::moves::Moves;
use crate::points::Points;
use crate::rulebook::Metric;
use crate::score::answer::AreaScore;

/// Two scores of each area, and what lies between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The areas in the order in which they were asked.
    pub areas: Vec<AreaDiff>,
    /// The entries that became known or true in between and are in no contribution, ascending.
    pub without_effect: Vec<u64>,
}

/// Two scores of an area, and what lies between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaDiff {
    /// The earlier score.
    pub from: AreaScore,
    /// The later score.
    pub to: AreaScore,
    /// The metrics of either score, or of one in between, in the order of a score.
    pub metrics: Vec<MetricDiff>,
}

/// The points of a metric at both ends, and what lies between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricDiff {
    /// Which.
    pub metric: Metric,
    /// The earlier points; none where the earlier score lacks the metric.
    pub from: Points,
    /// The later points; none where the later score lacks the metric.
    pub to: Points,
    /// What changed the points, in the order in which it was taken into account. Adds up exactly to their change.
    pub contributions: Vec<Contribution>,
}

/// A cause with the change of a metric's points that came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The kind of cause.
    pub cause: Cause,
    /// When it came in.
    pub when: Moment,
    /// What it is about, in words.
    pub subject: String,
    /// The entries behind it, ascending, each once.
    pub entries: Vec<u64>,
    /// The points that the metric has more by it; never 0.
    pub points: BigRational,
    /// What moved them, where that was asked for.
    pub moves: Moves,
}

named! {
    /// Why a score changed.
    Cause {
        /// An entry was taken back.
        Retraction = "retraction",
        /// A figure was reported again.
        Restatement = "restatement",
        /// A fact of earlier days became known.
        LateFact = "late_fact",
        /// Other rules hold.
        RuleChange = "rule_change",
        /// Other months are measured.
        MonthRolled = "month_rolled",
        /// Another month is measured, of which no figures are known.
        NotReported = "not_reported",
        /// The time of certifications ended.
        Expiry = "expiry",
        /// An enrolment that held the track ended.
        EnrolmentEnded = "enrolment_ended",
        /// A fact became true.
        BecameTrue = "became_true",
    }
}

/// When a cause came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It became known from one instant to another, both inclusive.
    Recorded(Timestamp, Timestamp),
    /// It became true on a day.
    Day(Date),
}

impl AreaDiff {
    /// The area.
    #[must_use]
    pub fn area(&self) -> Area {
        self.to.area
    }

    /// The points that the area has more.
    #[must_use]
    pub fn change(&self) -> BigRational {
        self.from.score.points.missing_to(&self.to.score.points)
    }

    /// Whether neither the total nor a metric changed, nor did anything on the way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.metrics.iter().all(|metric| metric.contributions.is_empty()) && self.change().is_zero()
    }
}

impl MetricDiff {
    /// The points that the metric has more.
    #[must_use]
    pub fn change(&self) -> BigRational {
        self.from.missing_to(&self.to)
    }
}
