//! `diff`: why the score changed.

use app::Error;
use app::ask::diff::Request;
use ledger::{Date, Timestamp};

use crate::args;
use crate::asked::{AssumeArgs, FigureArgs, SubjectArgs};
use crate::commands::Run;
use crate::console::Console;
use crate::output::diff_text;

/// Tells why the score changed from one day to another, and from what was known then to what is known now
///
/// For each metric, the change of the points is split into contributions that add up to it exactly, each with its cause
/// and its entries. First comes what became known between the two instants, as of the first day: retractions,
/// restatements and facts that came late. Then the days pass: rules change, other months are measured, certifications
/// expire, and facts become true. What a cause contributes is the score behind it less the score before it.
///
/// Below a cause stand the figures and the units that moved the points: the old value and the new one, and the bound that
/// was crossed.
///
/// With --format json one object an area, a line each; with --explain a contribution has `figures` and `units`, too.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    /// The earlier day
    #[arg(long, value_name = "D", value_parser = args::day)]
    from: Date,
    /// The later day; may be the same
    #[arg(long, value_name = "D", value_parser = args::day)]
    to: Date,
    /// The earlier score as it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_from: Option<Timestamp>,
    /// The later score as it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_to: Option<Timestamp>,
    #[command(flatten)]
    figures: FigureArgs,
    #[command(flatten)]
    assume: AssumeArgs,
    /// Names all figures and units that moved the points, with --format json too
    #[arg(long)]
    explain: bool,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { subject: SubjectArgs { partner, areas }, from, to, known_from, known_to, figures, assume, explain } =
            self;
        let question = |day| figures.question(day, explain || !console.is_json());
        let (from, to) = ((question(from), known_from), (question(to), known_to));
        let answer = Request { partner, from, to, areas, assume: assume.files }.run(&console.session, console.stdin)?;
        let labels = console.labels();
        console.answer(&answer.to_json(), |paint| diff_text::lines(&answer, explain, &labels, paint))
    }
}
