//! `timeline`: the score over time.

use app::Error;
use app::ask::timeline::{AxisChoice, DaysKnown, Request, STEPS, THEN};
use clap::ArgGroup;
use clap::builder::TypedValueParser;
use ledger::{Date, Timestamp};

use crate::args;
use crate::asked::{BeyondArgs, FigureArgs, SubjectArgs};
use crate::charted::{ChartArgs, Charted};
use crate::commands::Run;
use crate::console::Console;
use crate::output::{chart, timeline_text};

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
    fn into_choice(self) -> AxisChoice {
        let Self { from, to, known_at, as_of, known_from, known_to, step } = self;
        AxisChoice { from, to, known_at, as_of, known_from, known_to, step }
    }
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { subject: SubjectArgs { partner, areas }, axis, figures, beyond, charts } = self;
        charts.check()?;
        let (basis, unmeasured) = figures.choices();
        let request =
            Request { partner, areas, axis: axis.into_choice().axis()?, basis, unmeasured, beyond: beyond.into() };
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
