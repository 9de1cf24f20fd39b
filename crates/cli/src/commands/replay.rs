//! `replay`: the long way, and whether it leads to the same answer.

mod cached;
mod compare;
mod dice;
mod fold;
mod sample;

use ledger::{Area, Date, PartnerId, Timestamp};
use projection::Question;
use serde_json::json;

use crate::args;
use crate::asked::{BasisArg, UnmeasuredArg};
use crate::console::Console;
use app::Error;
use app::ask::score::Scores;
use app::import::Book;
use app::known::{Known, rules_of};
use app::text::counted;
use app::world::Unit;
use cached::Compared;
use compare::{Asked, compare, ordinary_answers, replayed_answers};
use fold::Fold;
use sample::Sample;

/// Folds from the first entry, without index and cache, and compares with the ordinary answer
///
/// The scores of all areas, of one partner or of all, are compared to the byte, root and findings included; before
/// that, what is kept of these partners is compared with the log. With --sample, random questions about the past
/// are asked both ways instead. Exits with 3 when anything differs.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this partner
    #[arg(long, value_name = "P", value_parser = args::partner)]
    partner: Option<PartnerId>,
    /// The day of the scores [default: today]
    #[arg(long, value_name = "D", value_parser = args::date)]
    as_of: Option<Date>,
    /// As it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_at: Option<Timestamp>,
    /// Which month is measured
    #[arg(long, value_enum, default_value_t)]
    basis: BasisArg,
    /// Whether customers with an association and without figures count
    #[arg(long, value_enum, default_value_t)]
    unmeasured: UnmeasuredArg,
    /// Asks so many random questions instead: a partner, a day, an instant at which it was known, a basis
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=100_000),
        conflicts_with_all = ["as_of", "known_at", "basis", "unmeasured"]
    )]
    sample: Option<u32>,
    /// The number that the questions follow from, to ask the same again [default: another each time]
    #[arg(long, value_name = "S", requires = "sample")]
    seed: Option<u64>,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let Some(count) = self.sample else { return self.run_whole(console) };
        let seed = self.seed.unwrap_or_else(|| {
            let seed = console.session.new_seed();
            console.say(&format!("seed {seed}"));
            seed
        });
        Sample { partner: self.partner.as_ref(), count, seed }.run(console)
    }

    /// Asks one question about the partner, or about each.
    fn run_whole(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let as_of = self.as_of.unwrap_or_else(|| console.session.now().date());
        let known = Known::open(&console.session, self.known_at)?;
        let (basis, unmeasured) = (self.basis.into(), self.unmeasured.into());
        let question = Question { as_of, basis, unmeasured, explain: true };
        let newest = Known::of(known.reader.clone(), None)?;
        // The cache first: an ordinary answer may mend what it finds there.
        let cached = cached::compare(
            &known.reader,
            &Book::new(&newest, &newest.rules_in_force(console.session.now().date())?),
            &match &self.partner {
                Some(partner) => vec![partner.clone()],
                None => known.reader.partners(known.reader.size())?,
            },
        )?;
        let partners = match &self.partner {
            Some(partner) => vec![partner.clone()],
            None => known.partners()?,
        };
        let bar = console.session.progress("replaying", Unit::Entries);
        let (passes, in_a_pass) = known.passes(partners.len());
        // Without a partner the entries are read all the same: each is parsed, and hashed into the root.
        let nobody: &[PartnerId] = &[];
        let chunks = partners.chunks(in_a_pass).chain(partners.is_empty().then_some(nobody));
        let compared = (0..).zip(chunks).try_for_each(|(pass, partners)| {
            let mut fold = Fold::new(partners.iter().cloned());
            fold.advance(&known.reader, known.end, &|done| bar.at(pass * known.end + done, Some(passes * known.end)))?;
            compare_all(&known, &fold, partners, question)
        });
        bar.end();
        compared?;
        report(console, &known, partners.len() as u64, as_of, &cached)
    }
}

/// Compares the answers about partners in every area.
fn compare_all(known: &Known, fold: &Fold, partners: &[PartnerId], question: Question) -> Result<(), Error> {
    let as_of = question.as_of;
    let (rules, found_by) = (known.rules_in_force(as_of)?, known.rules_of_findings()?);
    let ordinary = Scores { known, rules: &rules, found_by: &found_by, root: known.root()?, question };
    let (rules, found_by) = (rules_of(fold.shared(), as_of)?, rules_of(fold.shared(), known.at.date())?);
    let replayed = Scores { known, rules: &rules, found_by: &found_by, root: fold.root(), question };
    for partner in partners {
        let ordinary = ordinary_answers(&ordinary, partner)?;
        let asked = Asked { partner: partner.clone(), known_at: known.at, question };
        compare(&asked, &replayed_answers(&replayed, fold, partner)?, &ordinary)?;
    }
    Ok(())
}

fn report(
    console: &mut Console<'_>,
    known: &Known,
    partners: u64,
    as_of: Date,
    cached: &Compared,
) -> Result<(), Error> {
    let (scores, entries, known_at) = (partners * Area::ALL.len() as u64, known.end, known.at.to_string());
    if console.is_json() {
        let answer = json!({
            "same": true, "partners": partners, "scores": scores, "entries": entries,
            "as_of": as_of.to_string(), "known_at": known_at, "cached_states": cached.states,
            "cached_facts": cached.facts,
        });
        return console.line(&answer.to_string());
    }
    console.line(&format!(
        "the same: {} of {} as of {as_of}, folded from {} known at {known_at}; {}",
        counted(scores, "score"),
        counted(partners, "partner"),
        counted(entries, "entry"),
        cached.text(),
    ))
}
