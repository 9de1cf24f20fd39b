//! `diff`: why the score changed.

use app::Error;
use app::ask::diff::Request;
use ledger::{Area, Date, PartnerId, Timestamp};

use crate::args;
use crate::asked::{AssumeArgs, FigureArgs};
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
/// With --format json one object an area, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: PartnerId,
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
    /// Only this area; can be repeated [default: all]
    #[arg(long = "area", value_name = "A", value_parser = args::area())]
    areas: Vec<Area>,
    #[command(flatten)]
    figures: FigureArgs,
    #[command(flatten)]
    assume: AssumeArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { partner, from, to, known_from, known_to, areas, figures, assume } = self;
        let question = |day| figures.question(day, false);
        let (from, to) = ((question(from), known_from), (question(to), known_to));
        let answer = Request { partner, from, to, areas, assume: assume.files }.run(&console.session, console.stdin)?;
        let labels = console.labels();
        console.answer(&answer.to_json(), |paint| diff_text::lines(&answer, &labels, paint))
    }
}
