//! `score`: the score of a partner, or of all.

use app::Error;
use app::ask::score::Request;
use ledger::{Date, PartnerId};

use crate::args;
use crate::asked::OptionArgs;
use crate::console::Console;
use crate::output::score_text;
use crate::output::table::Table;

/// Shows the score as of a day, as it was known at an instant
///
/// With --format json one object a partner and area, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The partner
    #[arg(long, value_name = "P", value_parser = args::partner, required_unless_present = "all_partners")]
    partner: Option<PartnerId>,
    /// Every partner known
    #[arg(long, conflicts_with = "partner")]
    all_partners: bool,
    /// The day at whose end (24:00Z) the score is asked
    #[arg(long, value_name = "D", value_parser = args::date)]
    as_of: Date,
    #[command(flatten)]
    options: OptionArgs,
    /// Names the units that counted, or nearly counted, with their entries, by every track and option
    #[arg(long)]
    explain: bool,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let (partner, options) = (self.partner.clone(), self.options.options());
        let request = Request { partner, as_of: self.as_of, options, explain: self.explain };
        let (is_json, paint) = (console.is_json(), console.paint);
        let (session, mut line) = console.streaming();
        let (mut table, mut is_first) = (Table::default(), true);
        request.run(session, &mut |answer| {
            if is_json {
                return line(&answer.to_json());
            }
            if self.all_partners {
                table.row(score_text::cells(answer, paint));
                return Ok(());
            }
            if !std::mem::take(&mut is_first) {
                line("")?;
            }
            score_text::lines(answer, paint).iter().try_for_each(|text| line(text))
        })?;
        table.lines("").iter().try_for_each(|text| line(text))
    }
}
