//! The score of a partner on a day.

use std::borrow::Cow;
use std::path::PathBuf;

use chrono::Months;
use ledger::{Area, Date, PartnerId, Timestamp};
use projection::{AreaScore, Basis, BeforeProgram, Desk, History, Question, Unmeasured};

use super::score_json::Answer;
use crate::error::Error;
use crate::known::{Known, Rules};
use crate::session::Session;

/// The scores of partners on a day, by the same rules.
pub struct Scores<'a> {
    pub known: &'a Known,
    pub rules: &'a Rules,
    pub found_by: &'a Rules,
    pub root: [u8; 32],
    pub question: Question,
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

impl Options {
    #[must_use]
    pub fn question(&self, as_of: Date, explain: bool) -> Question {
        Question { as_of, basis: self.basis, unmeasured: self.unmeasured, explain }
    }

    /// The areas in their order, each once.
    #[must_use]
    pub fn areas(&self) -> Vec<Area> {
        let is_asked = |area: &&Area| self.areas.is_empty() || self.areas.contains(area);
        Area::ALL.iter().filter(is_asked).copied().collect()
    }
}

impl Scores<'_> {
    /// Scores the areas of a partner by its history, and hands over each answer.
    pub fn each(
        &self,
        partner: &PartnerId,
        history: &History,
        findings: usize,
        areas: &[Area],
        on_answer: &mut dyn FnMut(&Answer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let desk = Desk::new(history, &self.rules.book);
        let score = |area| desk.score(area, &self.question);
        self.each_by(&score, partner, findings, areas, on_answer)
    }

    /// Hands over the answer of each area of a partner, scored in some way.
    pub fn each_by(
        &self,
        score: &dyn Fn(Area) -> Result<AreaScore, BeforeProgram>,
        partner: &PartnerId,
        findings: usize,
        areas: &[Area],
        on_answer: &mut dyn FnMut(&Answer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for area in areas {
            let score = score(*area)?;
            on_answer(&Answer {
                partner,
                known_at: self.known.at,
                basis: self.question.basis,
                rulebook_name: &self.rules.name,
                rulebook_sha256: self.rules.book.sha256(),
                size: self.known.end,
                root: self.root,
                findings,
                explain: self.question.explain,
                score: &score,
            })?;
        }
        Ok(())
    }

    /// Scores the areas of a partner by what the ledger knows.
    pub fn of(
        &self,
        partner: &PartnerId,
        areas: &[Area],
        on_answer: &mut dyn FnMut(&Answer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let history = self.known.history(partner)?;
        let findings = self.known.findings(partner, &history, &self.found_by.book)?.len();
        self.each(partner, &history, findings, areas, on_answer)
    }
}

/// Says when the built-in rules were last looked after more than a year before the present instant.
pub fn warn_of_age(session: &mut Session<'_>, rules: &Rules) {
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
