//! `score`: the score of a partner, or of all.

use ledger::{Area, Date, PartnerId};

use crate::args;
use crate::asked::OptionArgs;
use crate::console::Console;
use crate::output::score_text;
use crate::output::table::Table;
use app::Error;
use app::ask::score::{Scores, warn_of_age};
use app::known::Known;

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
        let options = self.options.options();
        let known = Known::open(&console.session, options.known_at)?;
        let rules = known.rules(&console.session, self.as_of, options.rulebook.as_deref())?;
        if options.rulebook.is_none() {
            warn_of_age(&mut console.session, &rules);
        }
        let found_by = known.rules_of_findings()?;
        let question = options.question(self.as_of, self.explain);
        let scores = Scores { known: &known, rules: &rules, found_by: &found_by, root: known.root()?, question };
        let areas = options.areas();
        match &self.partner {
            Some(partner) => one(console, &scores, partner, &areas),
            None => all(console, &scores, &areas),
        }
    }
}

fn one(console: &mut Console<'_>, scores: &Scores<'_>, partner: &PartnerId, areas: &[Area]) -> Result<(), Error> {
    let mut is_first = true;
    scores.of(partner, areas, &mut |answer| {
        if console.is_json() {
            return console.line(&answer.to_json());
        }
        if !std::mem::take(&mut is_first) {
            console.line("")?;
        }
        let paint = console.paint;
        score_text::lines(answer, &scores.rules.book, paint).iter().try_for_each(|line| console.line(line))
    })
}

/// Scores every partner. Reading them one by one would unpack most frames of the log for each; so the log is scanned,
/// once for so many entries that their histories fit into memory.
fn all(console: &mut Console<'_>, scores: &Scores<'_>, areas: &[Area]) -> Result<(), Error> {
    let known = scores.known;
    let partners = known.partners()?;
    let bar = console.session.progress("scoring", app::world::Unit::Entries);
    let mut table = Table::default();
    let (passes, in_a_pass) = known.passes(partners.len());
    for (pass, partners) in (0..).zip(partners.chunks(in_a_pass)) {
        let on_mark = |seq| bar.at(pass * known.end + seq, Some(passes * known.end));
        for (partner, history) in known.histories(partners, &on_mark)? {
            let findings = known.findings(&partner, &history, &scores.found_by.book)?.len();
            scores.each(&partner, &history, findings, areas, &mut |answer| {
                if console.is_json() {
                    return console.line(&answer.to_json());
                }
                table.row(score_text::cells(answer, console.paint));
                Ok(())
            })?;
        }
    }
    bar.end();
    table.lines("").iter().try_for_each(|line| console.line(line))
}
