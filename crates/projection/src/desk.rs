//! Many questions about one history by the same rules.

use std::cell::OnceCell;
use std::fmt;

use ledger::Area;

use crate::association::{Associations, are_settled};
use crate::history::History;
use crate::kept::Kept;
use crate::metrics::certified::Certified;
use crate::metrics::skilling::People;
use crate::question::{BeforeProgram, Question};
use crate::rulebook::Rulebook;
use crate::score::answer::AreaScore;
use crate::score::{Ground, score, score_on};
use crate::standpoint::{Cut, Standpoint};

/// Answers many questions about one history by the same rules, and keeps what holds for the next one.
///
/// The answers are those of [`score`] (P7). The first question about a month computes its metrics; every other one
/// with that month, of whatever day, costs no more than the rules themselves. So the days of years cost about as much
/// as their months.
///
/// # Examples
/// ```
/// use ledger::{Area, parse_date};
/// use projection::{Basis, Desk, History, Question, Unmeasured, rulebook::Rulebook, score};
///
/// let (history, rulebook) = (History::default(), Rulebook::builtin());
/// let desk = Desk::new(&history, rulebook);
/// for day in ["2025-03-30", "2025-03-31"] {
///     let as_of = parse_date(day)?;
///     let question = Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false };
///     let answer = desk.score(Area::Security, &question)?;
///     assert_eq!(answer, score(&history, rulebook, Area::Security, &question)?);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Desk<'a> {
    history: &'a History,
    rulebook: &'a Rulebook,
    /// Whether what stands at a month is the same for every day behind it; else nothing is kept.
    is_settled: bool,
    kept: Kept,
    certified: OnceCell<Certified>,
    /// What stands, by area where a churn is limited to areas, else for all of them in the first place.
    standing: [OnceCell<Associations<'a>>; Area::ALL.len()],
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("is_settled", &self.is_settled).finish_non_exhaustive()
    }
}

impl<'a> Desk<'a> {
    /// A desk that has answered nothing yet.
    #[must_use]
    pub fn new(history: &'a History, rulebook: &'a Rulebook) -> Self {
        let by_area = history.all_churns().any(|(_, churn)| churn.fact.is_some());
        Self {
            history,
            rulebook,
            is_settled: are_settled(history),
            kept: Kept { by_area, classes: history.class_times(), ..Kept::default() },
            certified: OnceCell::new(),
            standing: Default::default(),
        }
    }

    /// Whether anything is kept. Not where an association is of something else from a day behind its start on; then
    /// every answer is computed from the start.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.is_settled
    }

    /// Scores an area, as [`score`] does.
    ///
    /// # Errors
    /// [`BeforeProgram`] for a day before the programme began.
    pub fn score(&self, area: Area, question: &Question) -> Result<AreaScore, BeforeProgram> {
        let Self { history, rulebook, .. } = *self;
        let is_before = question.as_of < rulebook.program_start();
        if question.explain || !self.is_settled || is_before {
            return score(history, rulebook, area, question);
        }
        let certified = self.certified.get_or_init(|| Certified::new(history, rulebook));
        let ground = Ground {
            history,
            rulebook,
            associations: self.standing(area),
            people: People::Certified(certified, question.as_of),
            kept: Some(&self.kept),
        };
        Ok(score_on(&ground, area, *question, Standpoint::of(*question, rulebook)))
    }

    /// What stands at the end of time: of that, what is in force at a month is what stood as of any day behind it.
    fn standing(&self, area: Area) -> &Associations<'a> {
        let place = if self.kept.by_area { Area::ALL.iter().position(|one| *one == area).unwrap_or(0) } else { 0 };
        let [first, ..] = &self.standing;
        let stand = || Associations::stand(self.history, self.rulebook, area, Cut::END);
        self.standing.get(place).unwrap_or(first).get_or_init(stand)
    }
}
