//! The score of a partner on a day.

use std::borrow::Cow;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::Months;
use ledger::{Area, Date, PartnerId, Timestamp};
use num_rational::BigRational;
use projection::{AreaScore, Basis, BeforeProgram, Desk, History, Question, Unmeasured, cheapest_plan};

use crate::beyond::{Beyond, Carried, CarryChoice, MissingOfMany, MissingSaid, Subject};
use crate::error::Error;
use crate::known::{Known, Rules};
use crate::session::Session;
use crate::world::Unit;

pub use super::score_json::{Answer, Missing};

/// Takes the answers one after the other: there may be too many to hold them all.
pub type OnAnswer<'a> = &'a mut dyn FnMut(&Answer<'_>) -> Result<(), Error>;

/// Which scores are wanted.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner; every one that is known without it.
    pub partner: Option<PartnerId>,
    /// The day at whose end (24:00Z) the score is asked.
    pub as_of: Date,
    /// What else the scores are asked by.
    pub options: Options,
    /// What is taken to be known beyond what the ledger knows; without being asked, no figures are carried.
    pub beyond: Beyond,
    /// Whether the units behind the figures are listed.
    pub explain: bool,
    /// Whether the cheapest change is looked for by which an area that does not qualify would.
    pub plans: bool,
}

/// What a score is asked by, beside partner and day.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these areas; all when there is none.
    pub areas: Vec<Area>,
    /// As it was known at this instant; now without it.
    pub known_at: Option<Timestamp>,
    /// Which month is measured.
    pub basis: Basis,
    /// Whether customers with an association and without figures count.
    pub unmeasured: Unmeasured,
    /// The rules of this file, or the built-in ones of this name, instead of those in force.
    pub rulebook: Option<PathBuf>,
}

/// The scores of partners on a day, by the same rules.
pub struct Scores<'a> {
    pub(super) known: &'a Known,
    pub(super) rules: Rules,
    pub(super) found_by: Rules,
    pub(super) root: [u8; 32],
    pub(super) question: Question,
    /// How figures are carried, where that was said.
    pub(super) carry: Option<CarryChoice>,
    /// Whether the cheapest change is looked for by which an area that does not qualify would.
    pub(super) plans: bool,
}

/// How the score of an area is computed, and what is missing in it.
type Scoring<'a> =
    (&'a dyn Fn(Area) -> Result<AreaScore, BeforeProgram>, &'a dyn Fn(&AreaScore) -> Result<Missing, BeforeProgram>);

impl Request {
    /// Hands over an answer for each partner and area; `stdin` is what `-` stands for among files.
    ///
    /// # Errors
    /// `unknown_partner` and `before_program`, when there is no score to be had; `usage` and `bad_value` for a month to
    /// carry from; what is refused of assumed events.
    pub fn run(&self, session: &mut Session<'_>, stdin: &mut dyn Read, on_answer: OnAnswer<'_>) -> Result<(), Error> {
        let Self { options, beyond, .. } = self;
        let choice = beyond.choice(Carried::None)?;
        let mut known = Known::open(session, options.known_at)?;
        known.assume(session, stdin, &beyond.assume)?;
        let rules = known.rules(session, self.as_of, options.rulebook.as_deref())?;
        if options.rulebook.is_none() {
            warn_of_age(session, &rules);
        }
        choice.check(options.basis.measured_month(self.as_of, &rules.book))?;
        let scores = Scores::new(&known, rules, options.question(self.as_of, self.explain))?;
        let scores = Scores { carry: beyond.carry.map(|_| choice), plans: self.plans, ..scores };
        let (areas, session) = (options.areas(), &*session);
        let (mut said, mut of_many) = (MissingSaid::default(), MissingOfMany::default());
        let on_answer: OnAnswer<'_> = &mut |answer| {
            match &self.partner {
                Some(_) => said.say(session, &answer.missing.figures),
                None => of_many.note(answer.partner, &answer.missing.figures),
            }
            on_answer(answer)
        };
        known.say_later(session, self.partner.as_ref())?;
        match &self.partner {
            Some(partner) => scores.of(partner, &areas, on_answer),
            None => scores.of_all(session, &areas, on_answer),
        }?;
        of_many.say(session);
        Ok(())
    }
}

impl Options {
    /// The question that they ask about a day.
    #[must_use]
    pub fn question(&self, as_of: Date, explain: bool) -> Question {
        Question { as_of, basis: self.basis, unmeasured: self.unmeasured, explain }
    }

    /// The areas in their order, each once.
    #[must_use]
    pub fn areas(&self) -> Vec<Area> {
        in_order(&self.areas)
    }
}

/// The areas that are asked in their order, each once; all when there is none.
pub(super) fn in_order(asked: &[Area]) -> Vec<Area> {
    Area::ALL.iter().filter(|area| asked.is_empty() || asked.contains(area)).copied().collect()
}

impl<'a> Scores<'a> {
    /// The scores by some rules of what is known; findings are made by the rules in force.
    pub fn new(known: &'a Known, rules: Rules, question: Question) -> Result<Self, Error> {
        Ok(Self {
            known,
            rules,
            found_by: known.rules_of_findings()?,
            root: known.root()?,
            question,
            carry: None,
            plans: false,
        })
    }

    /// The scores by the rules in force on the day.
    pub fn in_force(known: &'a Known, question: Question) -> Result<Self, Error> {
        Self::new(known, known.rules_in_force(question.as_of)?, question)
    }

    /// The same, with the cheapest change by which an area that does not qualify would.
    #[must_use]
    pub fn with_plans(self) -> Self {
        Self { plans: true, ..self }
    }

    /// Scores the areas of a partner by what the ledger knows.
    pub fn of(&self, partner: &PartnerId, areas: &[Area], on_answer: OnAnswer<'_>) -> Result<(), Error> {
        self.of_history(partner, self.known.history(partner)?, areas, on_answer)
    }

    /// Scores every partner. Reading them one by one would unpack most frames of the log for each; so the log is scanned,
    /// once for each group of partners whose histories fit into memory.
    fn of_all(&self, session: &Session<'_>, areas: &[Area], on_answer: OnAnswer<'_>) -> Result<(), Error> {
        let partners = self.known.partners()?;
        let bar = session.progress("scoring", Unit::Entries);
        let on_mark = |done, total| bar.at(done, Some(total));
        self.known.each_history(&partners, &|_| true, &on_mark, &mut |partner, history| {
            self.of_history(partner, history, areas, on_answer)
        })
    }

    fn of_history(
        &self,
        partner: &PartnerId,
        history: impl Into<Arc<History>>,
        areas: &[Area],
        on_answer: OnAnswer<'_>,
    ) -> Result<(), Error> {
        let history = history.into();
        let findings = self.known.count_findings(partner, &history, &self.found_by.book)?;
        let subject = Subject::new(self.known, partner, history, self.carry.unwrap_or(CarryChoice::NOTHING));
        let desk = Desk::new(&subject.history, &self.rules.book);
        let score = |area| desk.score(area, &self.question);
        let missing = |score: &AreaScore| self.missing(&subject, score);
        self.each((&score, &missing), partner, findings, areas, on_answer)
    }

    fn missing(&self, subject: &Subject<'_>, score: &AreaScore) -> Result<Missing, BeforeProgram> {
        let figures = subject.missing_figures(score.area, score.measured_month);
        let is_wanted = self.plans && figures.is_empty() && !score.score.qualified();
        let target = || BigRational::from_integer(score.total_min.into());
        let plan = || cheapest_plan(&subject.history, &self.rules.book, score.area, &self.question, target());
        let bases = subject.short_bases(score.area, score.compared_month);
        Ok(Missing { plan: if is_wanted { plan()? } else { None }, figures, bases })
    }

    /// Hands over the answer of each area of a partner, scored in some way.
    pub(super) fn each(
        &self,
        (score, missing): Scoring<'_>,
        partner: &PartnerId,
        findings: usize,
        areas: &[Area],
        on_answer: OnAnswer<'_>,
    ) -> Result<(), Error> {
        for area in areas {
            let score = score(*area)?;
            on_answer(&Answer {
                partner,
                known_at: self.known.at,
                basis: self.question.basis,
                rules: &self.rules,
                size: self.known.end,
                root: self.root,
                findings,
                explain: self.question.explain,
                carry: self.carry,
                assumed: self.known.assumed(),
                missing: missing(&score)?,
                score: &score,
            })?;
        }
        Ok(())
    }
}

/// Warns if the built-in rules were checked for the last time more than a year ago.
pub(super) fn warn_of_age(session: &mut Session<'_>, rules: &Rules) {
    let (Cow::Borrowed(book), today) = (&rules.book, session.now().date()) else { return };
    let Some(date) = book.latest_evidence() else { return };
    if date.checked_add_months(Months::new(12)).is_some_and(|last| today > last) {
        session.say(&format!(
            "warning: the built-in rules {} know the programme up to {date}, more than a year ago: \
             a newer version of pcs, or `pcs rulebook adopt FILE`, brings newer ones",
            rules.name
        ));
    }
}
