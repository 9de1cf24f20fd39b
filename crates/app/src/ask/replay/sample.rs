//! Random questions about the past, answered the ordinary and the long way.

use ledger::{Date, PartnerId, Reader};
use projection::{Basis, Question, Unmeasured};
use serde_json::json;

use super::compare::{PartnerQuestion, compare, ordinary_answers, replayed, replayed_answers};
use super::dice::Dice;
use super::fold::Fold;
use crate::ask::score::Scores;
use crate::error::{Error, Origin};
use crate::known::Known;
use crate::session::Session;
use crate::world::Unit;

/// How often an entry of a partner is looked for before a question is given up.
const DRAWS: u32 = 1_000;

/// Which questions are asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner; none for any.
    pub partner: Option<PartnerId>,
    /// How many.
    pub count: u32,
    /// The number that they follow from; another each time without it.
    pub seed: Option<u64>,
}

/// How many answers were the same.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The number of questions.
    pub questions: u64,
    /// The number of scores that were compared.
    pub scores: u64,
    /// The number of entries that were folded.
    pub entries: u64,
    /// The number that the questions followed from.
    pub seed: u64,
}

/// What limits the questions: the entries `[first, size)` at which they are known, and the days from `start` on.
struct Limits {
    first: u64,
    size: u64,
    start: Date,
    days: u64,
}

impl Answer {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { questions, scores, entries, seed } = self;
        json!({"same": true, "questions": questions, "scores": scores, "entries": entries, "seed": seed}).to_string()
    }
}

impl Request {
    /// Asks random questions about the past both ways.
    ///
    /// # Errors
    /// `differs`, which names the question, at the first answer that is not the same.
    pub fn run(&self, session: &mut Session<'_>) -> Result<Answer, Error> {
        let seed = self.seed.unwrap_or_else(|| {
            let seed = session.new_seed();
            session.say(&format!("seed {seed}"));
            seed
        });
        let reader = session.reader()?;
        let questions = self.draw(&reader, seed)?;
        let last = questions.last().map_or(0, |(end, _)| *end);
        let mut fold = Fold::new(questions.iter().map(|(_, asked)| asked.partner.clone()));
        let bar = session.progress("replaying", Unit::Entries);
        let mut scores = 0;
        let compared = questions.iter().try_for_each(|(end, asked)| {
            fold.advance(&reader, *end, &|done| bar.at(done, Some(last)))?;
            let replayed = or_none(by_fold(&reader, &fold, asked))?;
            scores += replayed.len() as u64;
            let ordinary = or_none(by_ledger(&reader, asked))?;
            compare(asked, &replayed, &ordinary).map_err(|error| self.repeated(seed, error))
        });
        drop(bar);
        compared?;
        Ok(Answer { questions: questions.len() as u64, scores, entries: fold.entries(), seed })
    }

    /// The questions with the number of entries known to each, the earliest known first.
    fn draw(&self, reader: &Reader, seed: u64) -> Result<Vec<(u64, PartnerQuestion)>, Error> {
        let Some(limits) = Limits::of(reader, self.partner.as_ref())? else { return Ok(Vec::new()) };
        let mut dice = Dice::new(seed);
        let mut asked = Vec::new();
        for _ in 0..self.count {
            let Some((newest, partner)) = self.draw_partner(reader, &limits, &mut dice)? else { continue };
            let question = Question {
                as_of: limits.day(dice.within(0, limits.days)),
                basis: dice.either(Basis::Live, Basis::Published),
                unmeasured: dice.either(Unmeasured::Exclude, Unmeasured::Include),
                explain: true,
            };
            asked.push((newest + 1, PartnerQuestion { partner, known_at: reader.recorded_at(newest)?, question }));
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
        if let Some(partner) = &self.partner {
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
    fn repeated(&self, seed: u64, difference: Error) -> Error {
        let of = self.partner.as_ref().map_or_else(String::new, |partner| format!(" --partner {partner}"));
        difference.hint(format!("`pcs replay{of} --sample {} --seed {seed}` asks it again", self.count))
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
fn by_ledger(reader: &Reader, asked: &PartnerQuestion) -> Result<Vec<String>, Error> {
    let known = Known::of(reader.clone(), Some(asked.known_at))?;
    ordinary_answers(&Scores::in_force(&known, asked.question)?, &asked.partner)
}

/// The answers to a question from what was folded up to its instant.
fn by_fold(reader: &Reader, fold: &Fold, asked: &PartnerQuestion) -> Result<Vec<String>, Error> {
    let known = Known::new(reader.clone(), fold.entries(), asked.known_at);
    replayed_answers(&replayed(&known, fold, asked.question)?, fold, &asked.partner)
}

/// That there is no score is an answer too, if both ways say so.
fn or_none(answers: Result<Vec<String>, Error>) -> Result<Vec<String>, Error> {
    match answers {
        Err(error) if matches!(error.origin(), Origin::NoScore) => Ok(vec![error.to_json().trim_end().to_owned()]),
        answers => answers,
    }
}
