//! `forecast`: the score of the days to come.

use app::Error;
use app::ask::forecast::Request;
use ledger::{Area, Date, PartnerId, Timestamp};

use crate::args;
use crate::asked::{BeyondArgs, FigureArgs};
use crate::charted::{ChartArgs, Charted};
use crate::commands::Run;
use crate::console::Console;
use crate::output::forecast_text;

/// Shows what the score will be if nothing more happens, and what is known to end
///
/// It is the timeline of the days to come, with the figures of the newest month that is reported carried into every
/// month behind it, unless --carry none. Beside it stands where an area begins to qualify or ceases to, and everything that
/// is known to end: certifications, credit, associations, enrolments and rules, each with the points that its end takes.
///
/// With --format json one object an area, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: PartnerId,
    /// The last day, at most three years after the first
    #[arg(long, value_name = "D", value_parser = args::day)]
    until: Date,
    /// The first day [default: today]
    #[arg(long, value_name = "D", value_parser = args::day)]
    from: Option<Date>,
    /// Only this area; can be repeated [default: all]
    #[arg(long = "area", value_name = "A", value_parser = args::area())]
    areas: Vec<Area>,
    /// As it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_at: Option<Timestamp>,
    #[command(flatten)]
    figures: FigureArgs,
    #[command(flatten)]
    beyond: BeyondArgs,
    #[command(flatten)]
    charts: ChartArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { partner, until, from, areas, known_at, figures, beyond, charts } = self;
        charts.check()?;
        let question = figures.question(until, false);
        let (basis, unmeasured) = (question.basis, question.unmeasured);
        let request = Request { partner, areas, from, until, known_at, basis, unmeasured, beyond: beyond.into() };
        let (session, stdin) = (&mut console.session, &mut *console.stdin);
        let answer = request.run(session, stdin)?;
        let charted = Charted {
            svg: forecast_text::svg(&answer),
            csv: answer.timeline.to_csv(),
            json: answer.to_json(),
            text: &|width, paint| forecast_text::lines(&answer, width, paint),
        };
        charts.answer(console, &charted)
    }
}
