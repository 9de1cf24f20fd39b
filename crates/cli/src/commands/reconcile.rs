//! `reconcile`: what the programme showed, beside what follows from the facts.

use app::Error;
use app::ask::reconcile::Request;
use ledger::{Date, Timestamp};

use crate::args;
use crate::asked::{AssumeArgs, SubjectArgs, UnmeasuredArgs};
use crate::commands::Run;
use crate::console::Console;
use crate::output::reconcile_text;

/// Compares scores that the programme showed with those that follow from the facts, and tells what would explain a
/// difference
///
/// Each recorded `score_published` is compared with the score as of its day, by the month that was published then. A shown
/// figure agrees when the exact value is no farther from it than half of its last shown place. Where something differs,
/// every single change is named that makes everything shown agree: the live month, customers without figures, the other
/// track, what was known earlier, rules that may have held already, or one customer, product or certification that counted
/// or did not. At most 20 are named.
///
/// With --format json one object a published score, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    /// Only what was shown on this day or later
    #[arg(long, value_name = "D", value_parser = args::day)]
    from: Option<Date>,
    /// Only what was shown on this day or earlier
    #[arg(long, value_name = "D", value_parser = args::day)]
    to: Option<Date>,
    /// As it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_at: Option<Timestamp>,
    #[command(flatten)]
    unmeasured: UnmeasuredArgs,
    #[command(flatten)]
    assume: AssumeArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { subject: SubjectArgs { partner, areas }, from, to, known_at, unmeasured, assume } = self;
        let (unmeasured, assume) = (unmeasured.unmeasured, assume.files);
        let request = Request { partner, areas, from, to, known_at, unmeasured, assume };
        let answer = request.run(&console.session, console.stdin)?;
        if answer.reconciliations.is_empty() && console.is_json() {
            return Ok(());
        }
        let labels = console.labels();
        console.answer(&answer.to_json(), |paint| reconcile_text::lines(&answer, &labels, paint))
    }
}
