//! `score`: the score of a partner, or of all.

use app::Error;
use app::ask::score::Request;
use ledger::{Date, parse_date};

use crate::asked::{BeyondArgs, OptionArgs, WhoseArgs};
use crate::commands::Run;
use crate::console::Console;
use crate::output::score_text::{self, ScoreText};
use crate::output::table::Table;

/// Shows the score as of a day, as it was known at an instant
///
/// With --format json one object a partner and area, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    whose: WhoseArgs,
    /// The day at whose end (24:00Z) the score is asked
    #[arg(long, value_name = "D", value_parser = parse_date)]
    as_of: Date,
    #[command(flatten)]
    options: OptionArgs,
    #[command(flatten)]
    beyond: BeyondArgs,
    /// Names the units that counted, or nearly counted, with their entries, by every track and option
    #[arg(long)]
    explain: bool,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { whose: WhoseArgs { partner, all_partners }, as_of, options, beyond, explain } = self;
        let (is_json, paint, labels) = (console.is_json(), console.paint, console.labels());
        let (options, beyond, plans) = (options.into(), beyond.into(), !is_json && !all_partners);
        let request = Request { partner, as_of, options, beyond, explain, plans };
        let width = console.width;
        let (session, stdin, mut line) = console.streaming();
        let mut text = ScoreText::new(paint, width);
        let (mut table, mut other_day) = (Table::default(), None);
        request.run(session, stdin, &mut |answer| {
            if is_json {
                return line(&answer.to_json());
            }
            if all_partners {
                table.row(score_text::cells(answer, &labels, paint));
                return Ok(());
            }
            other_day = other_day.take().or_else(|| score_text::other_day(answer, &labels));
            text.add(answer, &labels);
            Ok(())
        })?;
        let mut lines = text.lines().into_iter().chain(other_day).chain(table.lines(""));
        lines.try_for_each(|text| line(&text))
    }
}
