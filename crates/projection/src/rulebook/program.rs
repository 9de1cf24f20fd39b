//! Rules of the programme as a whole: qualification, its window, enrolment, the day of refresh.

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

/// The span of days in which one qualifying day is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// For partners that are not enrolled; the span ends on the day asked for.
    pub not_enrolled: NotEnrolled,
    /// For enrolled partners.
    pub enrolled: Enrolled,
    /// The days within which a partner that qualified must enrol, where there is such a limit.
    pub enroll_within_days: Option<u32>,
}

/// The window of a partner that is not enrolled, as of a day D.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEnrolled {
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

impl NotEnrolled {
    const NAMES: &[&str] = &["day", "same_day", "full_months"];

    /// The kind with this name, its span still open.
    fn kind(name: &str) -> Option<Self> {
        match name {
            "day" => Some(Self::Day),
            "same_day" => Some(Self::SameDay { months_back: 0 }),
            "full_months" => Some(Self::FullMonths { months_back: 0 }),
            _ => None,
        }
    }
}

/// The window of an enrolled partner, around its anniversary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolled {
    /// From so many days before the anniversary to the anniversary.
    DaysBefore {
        /// How many days.
        days: u32,
    },
    /// From the first day of the month that lies so many months before the anniversary's to the last day of its month.
    FullMonths {
        /// How many months.
        months_back: u32,
    },
}

impl Enrolled {
    const NAMES: &[&str] = &["days_before", "full_months"];

    /// The kind with this name, its span still open.
    fn kind(name: &str) -> Option<Self> {
        match name {
            "days_before" => Some(Self::DaysBefore { days: 0 }),
            "full_months" => Some(Self::FullMonths { months_back: 0 }),
            _ => None,
        }
    }
}

/// How long an enrolment lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The days after the anniversary within which it can still be renewed.
    pub renewal_days_after_anniversary: u32,
    /// The days from the payment to the anniversary.
    pub anniversary_days_after_payment: u32,
    /// Whether all designations of a partner have the same anniversary.
    pub shared_anniversary: bool,
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
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let not_enrolled = fields.name("not_enrolled", "window", NotEnrolled::NAMES, NotEnrolled::kind);
        let enrolled = fields.name("enrolled", "window", Enrolled::NAMES, Enrolled::kind);
        let enroll_within_days = fields.optional_figure("enroll_within_days", 0..=MAX_DAYS);
        let (Some(not_enrolled), Some(enrolled)) = (not_enrolled, enrolled) else {
            // Which spans belong here is not known; they are not judged.
            fields.pass_over(&["days", "months_back"]);
            return Self {
                not_enrolled: NotEnrolled::Day,
                enrolled: Enrolled::DaysBefore { days: 0 },
                enroll_within_days,
            };
        };
        let counts_months = not_enrolled != NotEnrolled::Day || matches!(enrolled, Enrolled::FullMonths { .. });
        let months_back = if counts_months { fields.figure("months_back", 0..=MAX_MONTHS) } else { 0 };
        Self {
            not_enrolled: match not_enrolled {
                NotEnrolled::Day => NotEnrolled::Day,
                NotEnrolled::SameDay { .. } => NotEnrolled::SameDay { months_back },
                NotEnrolled::FullMonths { .. } => NotEnrolled::FullMonths { months_back },
            },
            enrolled: match enrolled {
                Enrolled::DaysBefore { .. } => Enrolled::DaysBefore { days: fields.figure("days", 0..=MAX_DAYS) },
                Enrolled::FullMonths { .. } => Enrolled::FullMonths { months_back },
            },
            enroll_within_days,
        }
    }
}

impl Membership {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            renewal_days_after_anniversary: fields.figure("renewal_days_after_anniversary", 0..=MAX_DAYS),
            anniversary_days_after_payment: fields.figure("anniversary_days_after_payment", 0..=MAX_DAYS),
            shared_anniversary: fields.flag("shared_anniversary"),
        }
    }
}

impl Refresh {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self { day_of_month: fields.figure("day_of_month", 1..=31) }
    }
}
