//! How a score is asked for, as it is typed.

use std::path::PathBuf;

use app::ask::score::Options;
use app::beyond::{Beyond, Carried};
use clap::builder::{PossibleValue, TypedValueParser};
use ledger::{Area, Date, Month, PartnerId, Timestamp};
use projection::{Basis, Question, Unmeasured};

use crate::args;

/// Which areas of which partner.
#[derive(Debug, clap::Args)]
pub(crate) struct SubjectArgs {
    /// The partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    pub(crate) partner: PartnerId,
    /// Only this area; can be repeated [default: all]
    #[arg(long = "area", value_name = "A", value_parser = args::area())]
    pub(crate) areas: Vec<Area>,
}

/// One partner, or all of them.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct WhoseArgs {
    /// The partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    pub(crate) partner: Option<PartnerId>,
    /// Every partner known
    #[arg(long)]
    pub(crate) all_partners: bool,
}

/// What is known: when, which figures, and what beyond.
#[derive(Debug, clap::Args)]
pub(crate) struct FactsArgs {
    /// As it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    pub(crate) known_at: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) figures: FigureArgs,
    #[command(flatten)]
    pub(crate) beyond: BeyondArgs,
}

/// What a score is asked by, beside partner and day.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct OptionArgs {
    /// Only this area; can be repeated [default: all]
    #[arg(long = "area", value_name = "A", value_parser = args::area())]
    areas: Vec<Area>,
    /// As it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    pub(crate) known_at: Option<Timestamp>,
    #[command(flatten)]
    figures: FigureArgs,
    /// Scores by the rules of this file, or the built-in ones of this name, instead of those in force
    #[arg(long, value_name = "FILE")]
    rulebook: Option<PathBuf>,
}

/// Which events are assumed.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct AssumeArgs {
    /// Takes the events of this file as if they were recorded last; nothing is written. Can be repeated; - reads standard
    /// input
    #[arg(long = "assume", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// What is taken to be known beyond what the ledger knows.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct BeyondArgs {
    /// Which figures the months have that nobody has reported yet
    #[arg(long, value_name = "C", value_parser = one_of(&CARRIED))]
    carry: Option<Carried>,
    /// Carries the figures of this month, or of the newest reported before it: later reports do not count
    #[arg(long, value_name = "MONTH", value_parser = Month::parse)]
    carry_from: Option<Month>,
    #[command(flatten)]
    assume: AssumeArgs,
}

/// Which figures a score is made of.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct FigureArgs {
    /// Which month is measured
    #[arg(long, default_value = BASES[0].0, value_parser = one_of(&BASES))]
    basis: Basis,
    #[command(flatten)]
    unmeasured: UnmeasuredArgs,
}

/// Whether customers without figures count.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct UnmeasuredArgs {
    /// Whether customers with an association and without figures count
    #[arg(long, default_value = UNMEASURED[0].0, value_parser = one_of(&UNMEASURED))]
    pub(crate) unmeasured: Unmeasured,
}

/// The values of an option, each with its name and its help; the first is the default.
type Choices<T> = [(&'static str, &'static str, T); 2];

const BASES: Choices<Basis> = [
    ("live", "The last month that has ended by the end of the day", Basis::Live),
    ("published", "The month that the programme had published by the day", Basis::Published),
];
const UNMEASURED: Choices<Unmeasured> =
    [("exclude", "They do not count", Unmeasured::Exclude), ("include", "They count", Unmeasured::Include)];

const CARRIED: Choices<Carried> =
    [("none", "None", Carried::None), ("last", "Those of the newest month that is reported", Carried::Last)];

fn one_of<T: Copy + Send + Sync>(choices: &'static Choices<T>) -> impl TypedValueParser<Value = T> {
    let values = choices.iter().map(|(name, help, _)| PossibleValue::new(*name).help(*help));
    args::one_of(values, |chosen| choices.iter().find(|(name, ..)| *name == chosen).map(|(.., value)| *value))
}

impl FigureArgs {
    /// Which month is measured, and whether customers without figures count.
    pub(crate) fn choices(self) -> (Basis, Unmeasured) {
        (self.basis, self.unmeasured.unmeasured)
    }

    /// The question about a day.
    pub(crate) fn question(self, as_of: Date, explain: bool) -> Question {
        let (basis, unmeasured) = self.choices();
        Question { as_of, basis, unmeasured, explain }
    }
}

impl From<BeyondArgs> for Beyond {
    fn from(asked: BeyondArgs) -> Self {
        let BeyondArgs { carry, carry_from, assume: AssumeArgs { files: assume } } = asked;
        Self { carry, carry_from, assume }
    }
}

impl From<OptionArgs> for Options {
    fn from(asked: OptionArgs) -> Self {
        let OptionArgs { areas, known_at, figures, rulebook } = asked;
        let (basis, unmeasured) = figures.choices();
        Self { areas, known_at, basis, unmeasured, rulebook }
    }
}
