//! What is asked: a day, a basis, and how to treat what was not measured.

use chrono::Datelike;
use ledger::{Date, Month, named};

use crate::rulebook::Rulebook;

/// A question about a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The day at whose end (24:00Z) the score is asked.
    pub as_of: Date,
    /// Which month is measured.
    pub basis: Basis,
    /// Whether customers without figures count.
    pub unmeasured: Unmeasured,
    /// Whether the units behind the figures are listed.
    pub explain: bool,
}

named! {
    /// Which month is measured.
    #[derive(Default)]
    Basis {
        /// The last month that has ended by the end of the day.
        #[default]
        Live = "live",
        /// The month that the programme had published by the day.
        Published = "published",
    }
}

named! {
    /// How customers with an association and without a figure are treated.
    #[derive(Default)]
    Unmeasured {
        /// They are not eligible.
        #[default]
        Exclude = "exclude",
        /// They are eligible.
        Include = "include",
    }
}

impl Basis {
    /// The measured month of a day (scoring specification, section 2).
    #[must_use]
    pub fn measured_month(self, day: Date, rulebook: &Rulebook) -> Month {
        let month = Month::of(day);
        match self {
            Self::Live if month.last_day() == day => month,
            Self::Live => month.plus(-1),
            Self::Published => {
                let refresh = rulebook.refresh(day).map_or(1, |chosen| chosen.row.value.day_of_month);
                month.plus(if day.day() >= refresh { -1 } else { -2 })
            }
        }
    }
}

/// A day before the programme began: there is no score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no score as of {as_of}: the programme began on {program_start}")]
pub struct BeforeProgram {
    /// The day that was asked.
    pub as_of: Date,
    /// The first day of the programme.
    pub program_start: Date,
}
