//! `status`: where the designations of a partner stand, or those of all.

use std::cmp::Reverse;

use app::Error;
use app::ask::status::Request;
use ledger::{Area, Date, PartnerId, Timestamp};

use crate::args;
use crate::asked::{BeyondArgs, FigureArgs};
use crate::commands::Run;
use crate::console::Console;
use crate::output::status_text::{self, Context};
use crate::output::table::Table;

/// Tells where each designation stands in its window, up to when it is secured, and what comes next
///
/// One qualifying day in the window is enough. Each of its days up to the day asked is scored as of itself, all as known
/// at one instant. What comes next is what follows if nothing more happens: days after the day asked are scored with the
/// newest figures carried on.
///
/// With --format json one object a partner and area, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new, required_unless_present = "all_partners")]
    partner: Option<PartnerId>,
    /// Every partner known; in text by how long they are secured, then by the points of the day
    #[arg(long, conflicts_with = "partner")]
    all_partners: bool,
    /// The day at whose end (24:00Z) the status is asked
    #[arg(long, value_name = "D", value_parser = args::day)]
    as_of: Date,
    /// Up to when the designations were bought [default: what the newest enrolment of the area says]
    #[arg(long, value_name = "D", value_parser = args::day)]
    anniversary: Option<Date>,
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
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { partner, all_partners, as_of, anniversary, areas, known_at, figures, beyond } = self;
        let question = figures.question(as_of, false);
        let request = Request { partner, question, anniversary, areas, known_at, beyond: beyond.into() };
        let (is_json, width) = (console.is_json(), console.stdout_is_terminal.then_some(console.width));
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
        table.lines("").iter().flat_map(|text| status_text::folded(text, width)).try_for_each(|text| line(&text))?;
        if all_partners { Ok(()) } else { context.lines().iter().try_for_each(|text| line(text)) }
    }
}
