//! `timeline`: the score over time.

use app::Error;
use app::ask::timeline::{Axis, DayStep, DaysKnown, KnownStep, Request};
use clap::ArgGroup;
use clap::builder::TypedValueParser;
use ledger::{Date, Timestamp};

use crate::args;
use crate::asked::{BeyondArgs, FigureArgs, SubjectArgs};
use crate::charted::{ChartArgs, Charted};
use crate::commands::Run;
use crate::console::Console;
use crate::output::{chart, timeline_text};

/// What stands for the end of each day among instants.
const THEN: &str = "then";
/// The steps of both axes.
const STEPS: [&str; 4] = ["change", "day", "month", "instant"];

/// Shows the score over time, and what changed it
///
/// Days that follow each other with the same score are one span: its first day, its points, the change, and the causes
/// of the change, which add up to it exactly. With --known-at then every day is shown as it was known at its own end.
///
/// With --as-of, --known-from and --known-to it goes along the other axis: the score of one day, as it was known from
/// one instant to another.
///
/// With --format json one object an area, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    axis: AxisArgs,
    #[command(flatten)]
    figures: FigureArgs,
    #[command(flatten)]
    beyond: BeyondArgs,
    #[command(flatten)]
    charts: ChartArgs,
}

/// Along what scores are taken.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("axis").required(true))]
struct AxisArgs {
    /// The first day
    #[arg(long, value_name = "D", value_parser = args::day, requires = "to", group = "axis")]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "D", value_parser = args::day, requires = "from")]
    to: Option<Date>,
    /// As it was known at this instant, or at the end of this day; `then`: each day as known at its own end [default: now]
    #[arg(long, value_name = "K", value_parser = known_at, conflicts_with = "as_of")]
    known_at: Option<DaysKnown>,
    /// The day whose score is shown as it was known from one instant to another
    #[arg(long, value_name = "D", value_parser = args::day, conflicts_with = "to", group = "axis")]
    #[arg(requires_all = ["known_from", "known_to"])]
    as_of: Option<Date>,
    /// The first instant, or the end of this day
    #[arg(long, value_name = "K", value_parser = args::known_at, requires = "as_of")]
    known_from: Option<Timestamp>,
    /// The last instant, or the end of this day
    #[arg(long, value_name = "K", value_parser = args::known_at, requires = "as_of")]
    known_to: Option<Timestamp>,
    /// What has a span of its own: each change, each day, the last day of each month; with --as-of each change, or each
    /// instant
    #[arg(long, value_name = "STEP", default_value = STEPS[0], value_parser = step())]
    step: String,
}

fn step() -> impl TypedValueParser<Value = String> {
    args::one_of(STEPS, |name| Some(name.to_owned()))
}

fn known_at(text: &str) -> Result<DaysKnown, ledger::TimeError> {
    if text == THEN { Ok(DaysKnown::Then) } else { args::known_at(text).map(|at| DaysKnown::At(Some(at))) }
}

impl AxisArgs {
    fn axis(self) -> Result<Axis, Error> {
        let Self { from, to, known_at, as_of, known_from, known_to, step } = self;
        let no_step = |steps: &[&str]| {
            Error::usage(format!("{step} is no step here")).hint(format!("`--step` is {}", steps.join(" or ")))
        };
        match (from, to, as_of, known_from, known_to) {
            (Some(from), Some(to), None, None, None) => {
                let step = DayStep::from_name(&step).ok_or_else(|| no_step(DayStep::NAMES))?;
                Ok(Axis::Days { from, to, step, known: known_at.unwrap_or(DaysKnown::At(None)) })
            }
            (None, None, Some(as_of), Some(from), Some(to)) => {
                let step = KnownStep::from_name(&step).ok_or_else(|| no_step(KnownStep::NAMES))?;
                Ok(Axis::Known { as_of, from, to, step })
            }
            _ => Err(Error::usage("days, or a day with instants, are wanted")
                .hint("`--from D --to D`, or `--as-of D --known-from K --known-to K`")),
        }
    }
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { subject: SubjectArgs { partner, areas }, axis, figures, beyond, charts } = self;
        charts.check()?;
        let (basis, unmeasured) = figures.choices();
        let request = Request { partner, areas, axis: axis.axis()?, basis, unmeasured, beyond: beyond.into() };
        let answer = request.run(&console.session, console.stdin)?;
        let charted = Charted {
            svg: chart::svg(&answer),
            csv: answer.to_csv(),
            json: answer.to_json(),
            text: &|width, paint| timeline_text::lines(&answer, width, paint),
        };
        charts.answer(console, &charted)
    }
}
