//! How a score is asked for, as it is typed.

use std::path::PathBuf;

use app::ask::score::Options;
use clap::ValueEnum;
use ledger::{Area, Timestamp};
use projection::{Basis, Unmeasured};

use crate::args;

/// What a score is asked by, beside partner and day.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct OptionArgs {
    /// Only this area; can be repeated [default: all]
    #[arg(long = "area", value_name = "A", value_parser = args::area())]
    pub(crate) areas: Vec<Area>,
    /// As it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    pub(crate) known_at: Option<Timestamp>,
    /// Which month is measured
    #[arg(long, value_enum, default_value_t)]
    pub(crate) basis: BasisArg,
    /// Whether customers with an association and without figures count
    #[arg(long, value_enum, default_value_t)]
    pub(crate) unmeasured: UnmeasuredArg,
    /// Scores by the rules of this file, or the built-in ones of this name, instead of those in force
    #[arg(long, value_name = "FILE")]
    pub(crate) rulebook: Option<PathBuf>,
}

/// Which month is measured.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum BasisArg {
    /// The last month that has ended by the end of the day
    #[default]
    Live,
    /// The month that the programme had published by the day
    Published,
}

/// Whether customers without figures count.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum UnmeasuredArg {
    /// They do not count
    #[default]
    Exclude,
    /// They count
    Include,
}

impl From<BasisArg> for Basis {
    fn from(basis: BasisArg) -> Self {
        match basis {
            BasisArg::Live => Self::Live,
            BasisArg::Published => Self::Published,
        }
    }
}

impl From<UnmeasuredArg> for Unmeasured {
    fn from(unmeasured: UnmeasuredArg) -> Self {
        match unmeasured {
            UnmeasuredArg::Exclude => Self::Exclude,
            UnmeasuredArg::Include => Self::Include,
        }
    }
}

impl OptionArgs {
    pub(crate) fn options(&self) -> Options {
        let Self { areas, known_at, basis, unmeasured, rulebook } = self;
        Options {
            areas: areas.clone(),
            known_at: *known_at,
            basis: (*basis).into(),
            unmeasured: (*unmeasured).into(),
            rulebook: rulebook.clone(),
        }
    }
}
