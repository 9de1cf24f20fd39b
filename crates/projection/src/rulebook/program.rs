//! Rules of the programme as a whole: qualification, its window, the day of refresh.

use chrono::{Days, Months};
use ledger::{Date, Month};

use super::fields::Fields;
use super::names::named;

/// The longest span of days that a rule may name: ten years.
const MAX_DAYS: u32 = 3_660;
/// The longest span of months that a rule may name: ten years.
pub(crate) const MAX_MONTHS: u32 = 120;

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

/// The days in which one qualifying day is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Those for a partner that is not enrolled.
    pub not_enrolled: OpenWindow,
    /// Those for a partner that is.
    pub enrolled: RenewalWindow,
}

/// The days in which one qualifying day is enough for a partner that is not enrolled, as of a day D.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenWindow {
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

/// The days in which one qualifying day is enough for a partner that is enrolled up to an anniversary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalWindow {
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

/// How long an enrolment lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The days after the anniversary on which it can still be renewed.
    pub renewal_days_after_anniversary: u32,
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
    /// Reads a row. Within how many days a partner has to enrol is checked and then dropped: no answer is about it.
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let not_enrolled = fields.one_of("not_enrolled", "window", &["day", "same_day", "full_months"]);
        let enrolled = fields.one_of("enrolled", "window", &["days_before", "full_months"]);
        fields.optional_figure("enroll_within_days", 0..=MAX_DAYS);
        let (Some(not_enrolled), Some(enrolled)) = (not_enrolled, enrolled) else {
            // Which spans belong here is not known; they are not judged.
            fields.pass_over(&["days", "months_back"]);
            return Self { not_enrolled: OpenWindow::Day, enrolled: RenewalWindow::DaysBefore { days: 0 } };
        };
        let counts_months = not_enrolled != "day" || enrolled == "full_months";
        let months_back = if counts_months { fields.figure("months_back", 0..=MAX_MONTHS) } else { 0 };
        Self {
            enrolled: match enrolled {
                "days_before" => RenewalWindow::DaysBefore { days: fields.figure("days", 0..=MAX_DAYS) },
                _ => RenewalWindow::FullMonths { months_back },
            },
            not_enrolled: match not_enrolled {
                "same_day" => OpenWindow::SameDay { months_back },
                "full_months" => OpenWindow::FullMonths { months_back },
                _ => OpenWindow::Day,
            },
        }
    }
}

impl OpenWindow {
    /// The first of its days as of a day, which is the last.
    #[must_use]
    pub fn first(self, day: Date) -> Date {
        // The same day so many months before, or that month's last day.
        let before = |months| day.checked_sub_months(Months::new(months)).unwrap_or(Date::MIN);
        match self {
            Self::Day => day,
            Self::SameDay { months_back } => before(months_back),
            Self::FullMonths { months_back } => Month::of(before(months_back)).first_day(),
        }
    }
}

impl RenewalWindow {
    /// The first and the last of its days for an anniversary.
    #[must_use]
    pub fn days(self, anniversary: Date) -> (Date, Date) {
        match self {
            Self::DaysBefore { days } => {
                let first = anniversary.checked_sub_days(Days::new(days.into())).unwrap_or(Date::MIN);
                (first, anniversary)
            }
            Self::FullMonths { months_back } => {
                let first = OpenWindow::FullMonths { months_back }.first(anniversary);
                (first, Month::of(anniversary).last_day())
            }
        }
    }
}

impl Membership {
    /// Reads a row. What it says of anniversaries that events do not name is checked and then dropped.
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let renewal_days_after_anniversary = fields.figure("renewal_days_after_anniversary", 0..=MAX_DAYS);
        fields.figure("anniversary_days_after_payment", 0..=MAX_DAYS);
        fields.flag("shared_anniversary");
        Self { renewal_days_after_anniversary }
    }
}

impl Refresh {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self { day_of_month: fields.figure("day_of_month", 1..=31) }
    }
}
