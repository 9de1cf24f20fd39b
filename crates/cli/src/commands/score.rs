//! `score`: the score of a partner, or of all.

use app::Error;
use app::ask::score::Request;
use app::ask::score_csv;
use ledger::Date;

use crate::args;
use crate::asked::{BeyondArgs, OptionArgs, WhoseArgs};
use crate::commands::Run;
use crate::console::Console;
use crate::csv::CsvArgs;
use crate::output::score_text::{self, ScoreText};
use crate::output::scores_text::Overview;

/// Shows the score as of a day, as it was known at an instant
///
/// With --format json one object a partner and area, a line each. Of all partners the text is one table, with what they
/// come to below it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    whose: WhoseArgs,
    /// The day at whose end (24:00Z) the score is asked
    #[arg(long, value_name = "D", value_parser = args::day)]
    as_of: Date,
    #[command(flatten)]
    options: OptionArgs,
    #[command(flatten)]
    beyond: BeyondArgs,
    #[command(flatten)]
    csv: CsvArgs,
    /// Names the units that counted, or nearly counted, with their entries, by every track and option
    #[arg(long)]
    explain: bool,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { whose: WhoseArgs { partner, all_partners }, as_of, options, beyond, csv, explain } = self;
        if all_partners && explain && !console.is_json() {
            let text = "what counted for all partners at once is for programs";
            return Err(Error::usage(text).hint("`--format json`, or `--partner P` for one of them"));
        }
        csv.check(console)?;
        let (is_json, paint, labels) = (console.is_json(), console.paint, console.labels());
        let (options, beyond, plans) = (options.into(), beyond.into(), !is_json && !all_partners);
        let request = Request { partner, as_of, options, beyond, explain, plans };
        let width = console.width;
        let (session, stdin, mut line) = console.streaming();
        let (mut text, mut overview, mut other_day) = (ScoreText::new(paint, width), Overview::default(), None);
        let mut rows = score_csv::header();
        request.run(session, stdin, &mut |answer| {
            if csv.is_wanted() {
                rows.push_str(&answer.to_csv());
            }
            if csv.is_answer() {
                return Ok(());
            }
            if is_json {
                return line(&answer.to_json());
            }
            if all_partners {
                overview.add(answer, &labels, paint);
                return Ok(());
            }
            other_day = other_day.take().or_else(|| score_text::other_day(answer, &labels));
            text.add(answer, &labels);
            Ok(())
        })?;
        let lines = text.lines().into_iter().chain(other_day).chain(overview.lines(&labels, width));
        lines.into_iter().try_for_each(|text| line(&text))?;
        drop(line);
        if all_partners && !csv.is_answer() && overview.is_empty() {
            console.remark("the ledger knows no partner");
        }
        csv.write(console, &rows).map(drop)
    }
}
