//! `forecast`: the score of the days to come.

use app::Error;
use app::ask::forecast::Request;
use ledger::Date;

use crate::args;
use crate::asked::{FactsArgs, SubjectArgs};
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
    #[command(flatten)]
    subject: SubjectArgs,
    /// The last day, at most three years after the first
    #[arg(long, value_name = "D", value_parser = args::day)]
    until: Date,
    /// The first day [default: today]
    #[arg(long, value_name = "D", value_parser = args::day)]
    from: Option<Date>,
    #[command(flatten)]
    facts: FactsArgs,
    #[command(flatten)]
    charts: ChartArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { subject: SubjectArgs { partner, areas }, until, from, facts, charts } = self;
        let FactsArgs { known_at, figures, beyond } = facts;
        charts.check()?;
        let (basis, unmeasured) = figures.choices();
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
