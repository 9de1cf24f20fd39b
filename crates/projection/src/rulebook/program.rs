//! Rules of the programme as a whole: qualification, its window, the day of refresh.

use super::fields::Fields;
use super::names::named;

/// The longest span of days that a rule may name: ten years.
const MAX_DAYS: u32 = 3_660;
/// The longest span of months that a rule may name: ten years.
const MAX_MONTHS: u32 = 120;

/// What an area needs to be qualified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualification {
    /// The points that the total must reach.
    pub total_min: u32,
    /// What every metric of the area must reach.
    pub every_metric: EveryMetric,
}

named! {
    /// What every metric of a qualified area must reach.
    EveryMetric {
        /// More than 0 points.
        AboveZero = "above_zero",
    }
}

/// The days in which one qualifying day is enough for a partner that is not enrolled, as of a day D.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// D alone.
    Day,
    /// From the same day so many months before D (or that month's last day) to D.
    SameDay {
        /// How many months.
        months_back: u32,
    },
    /// From the first day of the month that lies so many months before D's to D.
    FullMonths {
        /// How many months.
        months_back: u32,
    },
}

/// When the programme publishes new figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// The day of the month from which the month before is published, 1 to 31.
    pub day_of_month: u32,
}

impl Qualification {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let every_metric = fields.name("every_metric", "condition", EveryMetric::NAMES, EveryMetric::from_name);
        Self {
            total_min: fields.figure("total_min", 0..=u32::MAX),
            every_metric: every_metric.unwrap_or(EveryMetric::AboveZero),
        }
    }
}

impl Window {
    /// Reads a row. What it says of enrolled partners is checked and then dropped: no answer is about an enrolment.
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let not_enrolled = fields.one_of("not_enrolled", "window", &["day", "same_day", "full_months"]);
        let enrolled = fields.one_of("enrolled", "window", &["days_before", "full_months"]);
        fields.optional_figure("enroll_within_days", 0..=MAX_DAYS);
        let (Some(not_enrolled), Some(enrolled)) = (not_enrolled, enrolled) else {
            // Which spans belong here is not known; they are not judged.
            fields.pass_over(&["days", "months_back"]);
            return Self::Day;
        };
        let counts_months = not_enrolled != "day" || enrolled == "full_months";
        let months_back = if counts_months { fields.figure("months_back", 0..=MAX_MONTHS) } else { 0 };
        if enrolled == "days_before" {
            fields.figure("days", 0..=MAX_DAYS);
        }
        match not_enrolled {
            "same_day" => Self::SameDay { months_back },
            "full_months" => Self::FullMonths { months_back },
            _ => Self::Day,
        }
    }
}

/// Checks a row of `[[membership]]`, which is dropped as well.
pub(super) fn check_membership(fields: &mut Fields<'_, '_>) {
    fields.figure("renewal_days_after_anniversary", 0..=MAX_DAYS);
    fields.figure("anniversary_days_after_payment", 0..=MAX_DAYS);
    fields.flag("shared_anniversary");
}

impl Refresh {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self { day_of_month: fields.figure("day_of_month", 1..=31) }
    }
}
