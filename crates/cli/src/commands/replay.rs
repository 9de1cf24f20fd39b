//! `replay`: the long way, and whether it leads to the same answer.

use app::Error;
use app::ask::replay::{Answer, Request, sample};
use app::text::counted;
use ledger::{Date, PartnerId, Timestamp};

use crate::args;
use crate::asked::FigureArgs;
use crate::commands::Run;
use crate::console::Console;

/// Folds from the first entry, without index and cache, and compares with the ordinary answer
///
/// The scores of all areas, of one partner or of all, are compared to the byte, root and findings included; before
/// that, what is kept of these partners is compared with the log. With --sample, random questions about the past
/// are asked both ways instead. Exits with 3 when anything differs.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: Option<PartnerId>,
    /// The day of the scores [default: today]
    #[arg(long, value_name = "D", value_parser = args::day)]
    as_of: Option<Date>,
    /// As it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_at: Option<Timestamp>,
    #[command(flatten)]
    figures: FigureArgs,
    /// Asks so many random questions instead: a partner, a day, an instant at which it was known, a basis
    #[arg(
        long,
        value_name = "N",
        value_parser = sample_size,
        conflicts_with_all = ["as_of", "known_at", "basis", "unmeasured"]
    )]
    sample: Option<u32>,
    /// The number that the questions follow from, to ask the same again [default: another each time]
    #[arg(long, value_name = "S", value_parser = args::whole::<u64>, requires = "sample")]
    seed: Option<u64>,
}

/// Reads how many questions are asked.
fn sample_size(text: &str) -> Result<u32, &'static str> {
    let many = text.parse().ok().filter(|many| (1..=100_000).contains(many));
    many.ok_or("a whole number from 1 to 100000 is wanted")
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { partner, as_of, known_at, figures, sample, seed } = self;
        if let Some(count) = sample {
            let answer = sample::Request { partner, count, seed }.run(&mut console.session)?;
            return console.answer(&answer.to_json(), |_| {
                let sample::Answer { questions, scores, entries, seed } = answer;
                let (scores, questions) = (counted(scores, "score"), counted(questions, "question"));
                let entries = counted(entries, "entry");
                vec![format!("the same: {scores} of {questions}, folded from {entries}, seed {seed}")]
            });
        }
        let as_of = as_of.unwrap_or_else(|| console.session.now().date());
        let question = figures.question(as_of, true);
        let answer = Request { partner, question, known_at }.run(&mut console.session)?;
        console.answer(&answer.to_json(), |_| {
            let Answer { as_of, known_at, cached, .. } = answer;
            let (scores, partners) = (counted(answer.scores, "score"), counted(answer.partners, "partner"));
            let (entries, cached) = (counted(answer.entries, "entry"), cached.text());
            vec![format!(
                "the same: {scores} of {partners} as of {as_of}, folded from {entries} known at {known_at}; {cached}"
            )]
        })
    }
}
