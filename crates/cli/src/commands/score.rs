//! `score`: the score of a partner, or of all.

use app::Error;
use app::ask::score::Request;
use ledger::{Date, PartnerId, parse_date};

use crate::asked::{BeyondArgs, OptionArgs};
use crate::commands::Run;
use crate::console::Console;
use crate::output::score_text;
use crate::output::table::Table;

/// Shows the score as of a day, as it was known at an instant
///
/// With --format json one object a partner and area, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new, required_unless_present = "all_partners")]
    partner: Option<PartnerId>,
    /// Every partner known
    #[arg(long, conflicts_with = "partner")]
    all_partners: bool,
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
        let Self { partner, all_partners, as_of, options, beyond, explain } = self;
        let request = Request { partner, as_of, options: options.into(), beyond: beyond.into(), explain };
        let (is_json, paint, labels) = (console.is_json(), console.paint, console.labels());
        let (session, stdin, mut line) = console.streaming();
        let (mut table, mut is_first, mut other_day) = (Table::default(), true, None);
        request.run(session, stdin, &mut |answer| {
            if is_json {
                return line(&answer.to_json());
            }
            if all_partners {
                table.row(score_text::cells(answer, &labels, paint));
                return Ok(());
            }
            if !std::mem::take(&mut is_first) {
                line("")?;
            }
            other_day = other_day.take().or_else(|| score_text::other_day(answer, &labels));
            score_text::lines(answer, &labels, paint).iter().try_for_each(|text| line(text))
        })?;
        other_day.iter().try_for_each(|text| line(text))?;
        table.lines("").iter().try_for_each(|text| line(text))
    }
}
