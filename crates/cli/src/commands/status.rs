//! `status`: where the designations of a partner stand, or those of all.

use std::cmp::Reverse;

use app::Error;
use app::ask::status::Request;
use ledger::{Area, Date};

use crate::args;
use crate::asked::{FactsArgs, WhoseArgs};
use crate::commands::Run;
use crate::console::Console;
use crate::output::status_text::{self, Context};
use crate::output::table::Table;

/// Tells where each designation stands in its window, up to when it is secured, and what comes next
///
/// One qualifying day in the window is enough. Each of its days up to the day asked is scored as of itself, all as known
/// at one instant. What comes next is what follows if nothing more happens: days after the day asked are scored with the
/// newest figures carried on. The text about all partners has them by how long they are secured, then by the points of the
/// day.
///
/// With --format json one object a partner and area, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    whose: WhoseArgs,
    /// The day at whose end (24:00Z) the status is asked
    #[arg(long, value_name = "D", value_parser = args::day)]
    as_of: Date,
    /// Up to when the designations were bought [default: what the newest enrolment of the area says]
    #[arg(long, value_name = "D", value_parser = args::day)]
    anniversary: Option<Date>,
    /// Only this area; can be repeated [default: all]
    #[arg(long = "area", value_name = "A", value_parser = args::area())]
    areas: Vec<Area>,
    #[command(flatten)]
    facts: FactsArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { whose: WhoseArgs { partner, all_partners }, as_of, anniversary, areas, facts } = self;
        let FactsArgs { known_at, figures, beyond } = facts;
        let question = figures.question(as_of, false);
        let request = Request { partner, question, anniversary, areas, known_at, beyond: beyond.into() };
        let (is_json, width) = (console.is_json(), console.width);
        let (session, stdin, mut line) = console.streaming();
        let (mut rows, mut context) = (Vec::new(), Context::default());
        request.run(session, stdin, &mut |answer| {
            if is_json {
                return line(&answer.to_json());
            }
            let (until, points) = (answer.status.secured_until, answer.status.today.score.points.clone());
            let order = all_partners.then(|| (until.is_none(), until, Reverse(points)));
            rows.push((order, status_text::cells(answer, all_partners)));
            context.add(answer);
            Ok(())
        })?;
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut table = Table::default();
        for (_, cells) in rows {
            table.row(cells);
        }
        table.lines_within("", width).iter().try_for_each(|text| line(text))?;
        if all_partners { Ok(()) } else { context.lines().iter().try_for_each(|text| line(text)) }
    }
}
