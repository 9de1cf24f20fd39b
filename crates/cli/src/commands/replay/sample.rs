//! Random questions about the past, answered the ordinary and the long way.

use ledger::{Date, PartnerId, Reader};
use projection::{Basis, Question, Unmeasured};
use serde_json::json;

use super::compare::{Asked, compare, ordinary_answers, replayed_answers};
use super::dice::Dice;
use super::fold::Fold;
use crate::console::Console;
use app::Error;
use app::ask::score::Scores;
use app::error::Origin;
use app::known::{Known, rules_of};
use app::text::counted;
use app::world::Unit;

/// How often an entry of a partner is looked for before a question is given up.
const DRAWS: u32 = 1_000;

/// Which questions are asked.
pub(super) struct Sample<'a> {
    /// The partner; none for any.
    pub(super) partner: Option<&'a PartnerId>,
    /// How many.
    pub(super) count: u32,
    /// What they follow from.
    pub(super) seed: u64,
}

/// What limits the questions: the entries `[first, size)` at which they are known, and the days from `start` on.
struct Limits {
    first: u64,
    size: u64,
    start: Date,
    days: u64,
}

impl Sample<'_> {
    pub(super) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let reader = console.session.reader()?;
        let asked = self.draw(&reader)?;
        let last = asked.last().map_or(0, |(end, _)| *end);
        let mut fold = Fold::new(asked.iter().map(|(_, asked)| asked.partner.clone()));
        let bar = console.session.progress("replaying", Unit::Entries);
        let mut scores = 0;
        let compared = asked.iter().try_for_each(|(end, asked)| {
            fold.advance(&reader, *end, &|done| bar.at(done, Some(last)))?;
            let replayed = said(replayed(&reader, &fold, asked))?;
            scores += replayed.len() as u64;
            compare(asked, &replayed, &said(ordinary(&reader, asked))?).map_err(|error| self.told(error))
        });
        bar.end();
        compared?;
        self.report(console, asked.len() as u64, scores, fold.entries())
    }

    /// The questions with the number of entries known to each, the earliest known first.
    fn draw(&self, reader: &Reader) -> Result<Vec<(u64, Asked)>, Error> {
        let Some(limits) = Limits::of(reader, self.partner)? else { return Ok(Vec::new()) };
        let mut dice = Dice::new(self.seed);
        let mut asked = Vec::new();
        for _ in 0..self.count {
            let Some((newest, partner)) = self.draw_partner(reader, &limits, &mut dice)? else { continue };
            let question = Question {
                as_of: limits.day(dice.within(0, limits.days)),
                basis: dice.either(Basis::Live, Basis::Published),
                unmeasured: dice.either(Unmeasured::Exclude, Unmeasured::Include),
                explain: true,
            };
            asked.push((newest + 1, Asked { partner, known_at: reader.recorded_at(newest)?, question }));
        }
        asked.sort_by_key(|(end, _)| *end);
        Ok(asked)
    }

    /// The newest entry known, and a partner known then: that of any entry up to it.
    fn draw_partner(
        &self,
        reader: &Reader,
        limits: &Limits,
        dice: &mut Dice,
    ) -> Result<Option<(u64, PartnerId)>, Error> {
        if let Some(partner) = self.partner {
            return Ok(Some((dice.within(limits.first, limits.size), partner.clone())));
        }
        for _ in 0..DRAWS {
            let newest = dice.within(0, limits.size);
            if let Some(partner) = reader.entry(dice.within(0, newest + 1))?.event.partner {
                return Ok(Some((newest, partner)));
            }
        }
        Ok(None)
    }

    /// Adds how the whole sample is repeated.
    fn told(&self, difference: Error) -> Error {
        let of = self.partner.map_or_else(String::new, |partner| format!(" --partner {partner}"));
        difference.hint(format!("`pcs replay{of} --sample {} --seed {}` asks it again", self.count, self.seed))
    }

    fn report(&self, console: &mut Console<'_>, questions: u64, scores: u64, entries: u64) -> Result<(), Error> {
        let seed = self.seed;
        if console.is_json() {
            let answer = json!({
                "same": true, "questions": questions, "scores": scores, "entries": entries, "seed": seed,
            });
            return console.line(&answer.to_string());
        }
        console.line(&format!(
            "the same: {} of {}, folded from {entries} entries, seed {seed}",
            counted(scores, "score"),
            counted(questions, "question"),
        ))
    }
}

impl Limits {
    /// None when no partner has an entry.
    fn of(reader: &Reader, partner: Option<&PartnerId>) -> Result<Option<Self>, Error> {
        let known = Known::of(reader.clone(), None)?;
        let first = match partner {
            Some(partner) => known.entries(partner)?.first().map_or(0, |entry| entry.seq),
            None if known.partners()?.is_empty() => return Ok(None),
            None => 0,
        };
        let newest = known.at.date();
        let start = known.rules_in_force(newest)?.book.program_start();
        let days = newest.signed_duration_since(start).num_days();
        let days = u64::try_from(days).map_or(1, |days| days + 1);
        Ok(Some(Self { first, size: known.end, start, days }))
    }

    fn day(&self, nth: u64) -> Date {
        self.start.checked_add_days(chrono::Days::new(nth)).unwrap_or(self.start)
    }
}

/// The answers to a question from index and cache.
fn ordinary(reader: &Reader, asked: &Asked) -> Result<Vec<String>, Error> {
    let known = Known::of(reader.clone(), Some(asked.known_at))?;
    let (rules, found_by) = (known.rules_in_force(asked.question.as_of)?, known.rules_of_findings()?);
    let (root, question) = (known.root()?, asked.question);
    ordinary_answers(&Scores { known: &known, rules: &rules, found_by: &found_by, root, question }, &asked.partner)
}

/// The answers to a question from what was folded up to its instant.
fn replayed(reader: &Reader, fold: &Fold, asked: &Asked) -> Result<Vec<String>, Error> {
    let known = Known::new(reader.clone(), fold.entries(), asked.known_at);
    let rules = rules_of(fold.shared(), asked.question.as_of)?;
    let found_by = rules_of(fold.shared(), asked.known_at.date())?;
    let (root, question) = (fold.root(), asked.question);
    let scores = Scores { known: &known, rules: &rules, found_by: &found_by, root, question };
    replayed_answers(&scores, fold, &asked.partner)
}

/// That there is no score is an answer too, if both ways say so.
fn said(answers: Result<Vec<String>, Error>) -> Result<Vec<String>, Error> {
    match answers {
        Err(error) if matches!(error.origin(), Origin::NoScore) => Ok(vec![error.to_json().trim_end().to_owned()]),
        answers => answers,
    }
}
