//! What a score answers.

use ledger::{Amount, Area, CustomerId, Date, Month, named};
use num_rational::BigRational;

use super::class::Class;
use crate::points::Points;
use crate::rulebook::{Bounds, Metric, Track};
use crate::tally::Weight;

/// The score of one area, with everything that it was computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaScore {
    /// The area.
    pub area: Area,
    /// The day at whose end the score is asked.
    pub as_of: Date,
    /// The last month of the measurement.
    pub measured_month: Month,
    /// The month a year earlier.
    pub compared_month: Month,
    /// The points that an area with everything has.
    pub max: u32,
    /// The total that an area needs, at least, to be qualified.
    pub total_min: u32,
    /// The track whose score is the area's.
    pub track: Track,
    /// The score of that track.
    pub score: TrackScore,
    /// `assumed_rules`, `bounded_rules`; in alphabetical order.
    pub notes: Vec<&'static str>,
    /// Unless the area has a single track: both, enterprise then smb, whichever is the area's.
    pub tracks: Option<[(Track, TrackScore); 2]>,
    /// By what the track is chosen, where it is by class and the units behind the figures are asked for.
    pub class: Option<Class>,
}

/// The score by the rules of one track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackScore {
    /// The exact sum of the metrics.
    pub points: Points,
    /// What keeps it from being qualified: `total` first, then the metrics at 0 in their order.
    pub below: Vec<&'static str>,
    /// The metrics in their order.
    pub metrics: Vec<MetricScore>,
}

impl TrackScore {
    /// Whether the total is reached and every metric has points.
    #[must_use]
    pub fn qualified(&self) -> bool {
        self.below.is_empty()
    }
}

/// The score of one metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricScore {
    /// Which.
    pub metric: Metric,
    /// The points.
    pub points: Points,
    /// The most points that the metric gives.
    pub max: u32,
    /// What was counted, by the kind of metric.
    pub measure: Measure,
    /// `no_baseline`, `below_minimum`; in alphabetical order.
    pub notes: Vec<&'static str>,
    /// The units behind the figures.
    pub because: Vec<Unit>,
}

/// What a metric counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Units now and a year before.
    Net {
        /// At the measured month.
        now: i64,
        /// At the compared month; none where the rule does not compare.
        then: Option<i64>,
        /// What points are given for.
        net: i64,
        /// The option that won, where the rule has options.
        option: Option<String>,
        /// Units that could not be measured at the measured month.
        unmeasured: i64,
    },
    /// People with certifications.
    People {
        /// Those that the points are given for.
        people: i64,
        /// The steps, where the rule has steps.
        steps: Option<Vec<StepScore>>,
    },
    /// Growth in percent of the baseline.
    Percent {
        /// At the measured month, as an exact decimal.
        now: String,
        /// At the compared month, as an exact decimal.
        then: String,
        /// The growth; none without a baseline.
        percent: Option<BigRational>,
    },
    /// Growth as a difference, of the option that won.
    Difference {
        /// At the measured month, as an exact decimal.
        now: String,
        /// At the compared month, as an exact decimal.
        then: String,
        /// The difference, as an exact decimal.
        net: String,
        /// The association that won.
        option: String,
    },
    /// Growth of two parts that are added.
    Parts {
        /// `azure` and `m365` at the measured month, as exact decimals.
        now: [String; 2],
        /// `azure` and `m365` at the compared month, as exact decimals.
        then: [String; 2],
    },
}

/// The score of one step of a certification metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepScore {
    /// Its number, from 1.
    pub step: u32,
    /// Who has its certifications.
    pub people: i64,
    /// Whether it was reached and has enough people.
    pub met: bool,
    /// The points that it gave.
    pub points: Points,
}

/// A customer, product or person that counted, or nearly did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    /// Where it was counted: the measured month, the compared one, or the day.
    pub at: At,
    /// What it is.
    pub subject: UnitSubject,
    /// Nothing when it counted; else why it did not, as words for people.
    pub missed: Option<String>,
    /// The figure by which it was judged, as an exact decimal.
    pub figure: Option<String>,
    /// The month of the figure, where it may be one before the month of its side.
    pub month: Option<Month>,
    /// The entries that made it so, ascending, each once.
    pub entries: Vec<u64>,
    /// The bounds by which the figure was judged; nothing where no bounds decide.
    pub judged: Option<Judged>,
    /// What it adds where it stands, if it counts.
    pub(crate) weight: Weight,
}

/// The bounds by which a figure was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Judged {
    /// All of them.
    pub bounds: Bounds,
    /// The bound that the figure does not hold, by the end of its field's name in a rulebook (`min`, `max`, `above`,
    /// `below`), if there is a figure and it holds not all.
    pub failed: Option<(&'static str, Amount)>,
}

named! {
    /// The side of a comparison on which a unit stands.
    At {
        /// The measured month, or for certifications the day itself.
        Now = "now",
        /// The compared month.
        Then = "then",
    }
}

/// What a unit is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnitSubject {
    /// A customer, in one part of the metric or option where it has several.
    Customer {
        /// Who.
        customer: CustomerId,
        /// The part or the option.
        part: Option<String>,
    },
    /// A product of a customer.
    Pair {
        /// Who.
        customer: CustomerId,
        /// The product, as the newest of the unit's reports names it.
        product: String,
        /// The part or the option.
        part: Option<String>,
    },
    /// A product over all customers.
    Product {
        /// The product, as the newest of its reports names it.
        product: String,
    },
    /// A person in a step (0 where the metric has no steps).
    Person {
        /// Who.
        person: String,
        /// The certification.
        certification: String,
        /// The step.
        step: u32,
    },
}
