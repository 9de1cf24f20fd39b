//! Many questions about one history by the same rules.

use std::cell::OnceCell;
use std::fmt;

use ledger::{Area, Date, Month};

use crate::association::{Associations, are_settled};
use crate::history::History;
use crate::memory::{AnswerKey, Memory};
use crate::metrics::credit_times::CreditTimes;
use crate::metrics::skilling::People;
use crate::question::{BeforeProgram, Question};
use crate::rulebook::Rulebook;
use crate::score::answer::AreaScore;
use crate::score::{Ground, score, score_on};
use crate::standpoint::{Cut, Standpoint};

/// Days that follow each other, with the same score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
    /// The score as of the first day; that of the others differs in `as_of` alone.
    pub score: AreaScore,
}

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
    kept: Memory,
    certified: OnceCell<CreditTimes>,
    /// The days on which anything but the month may change, ascending.
    changes: OnceCell<Vec<Date>>,
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
        let by_area = history.limits_churns();
        Self {
            history,
            rulebook,
            is_settled: are_settled(history),
            kept: Memory { by_area, classes: history.class_times(), ..Memory::default() },
            certified: OnceCell::new(),
            changes: OnceCell::new(),
            standing: Default::default(),
        }
    }

    /// Whether anything is kept. Nothing is where the details of an association change behind its start: then every
    /// answer is computed anew.
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
        let Some((measured, key)) = self.key_of(area, *question) else {
            return score(history, rulebook, area, question);
        };
        let answer = || self.compute(area, *question, Standpoint::of(*question, rulebook));
        let answer = self.kept.answers.get_or(measured, &key, answer);
        Ok(AreaScore { as_of: question.as_of, ..answer })
    }

    /// Scores an area for every day from that of the question to `last`, ascending: a span for all days that follow each
    /// other and between which nothing changes. No span when `last` is earlier.
    ///
    /// It costs one score for each span, and next to nothing for each day. With `explain`, and where nothing is kept, each
    /// day is a span.
    ///
    /// # Errors
    /// [`BeforeProgram`] for a day before the programme began.
    pub fn timeline(&self, area: Area, question: &Question, last: Date) -> Result<Vec<Span>, BeforeProgram> {
        let mut spans: Vec<Span> = Vec::new();
        let mut key_before = None;
        for day in question.as_of.iter_days().take_while(|day| *day <= last) {
            let question = Question { as_of: day, ..*question };
            let key = self.key_of(area, question);
            match spans.last_mut() {
                Some(span) if key.is_some() && key == key_before => span.last = day,
                Some(_) | None => {
                    spans.push(Span { first: day, last: day, score: self.score(area, &question)? });
                    key_before = key;
                }
            }
        }
        Ok(spans)
    }

    /// The month of an answer and what else it depends on; `None` where it is computed from the start.
    fn key_of(&self, area: Area, question: Question) -> Option<(Month, AnswerKey)> {
        let Question { as_of, basis, unmeasured, explain } = question;
        if explain || !self.is_settled || as_of < self.rulebook.program_start() {
            return None;
        }
        let changes = self.changes().partition_point(|day| *day <= as_of);
        Some((basis.measured_month(as_of, self.rulebook), AnswerKey { area, changes, unmeasured }))
    }

    /// The days on which the rules, the certifications that count, the segments of customers or the track that is held
    /// may be others than on the day before.
    fn changes(&self) -> &[Date] {
        self.changes.get_or_init(|| {
            let mut days = self.rulebook.change_days();
            days.extend(self.certified().change_days());
            days.extend(self.kept.classes.iter().map(|(at, _)| at.date()));
            days.extend(self.history.enrolment_days());
            days.into_iter().collect()
        })
    }

    /// What is kept for further questions, where anything is.
    pub(crate) fn kept(&self) -> Option<&Memory> {
        self.is_settled.then_some(&self.kept)
    }

    fn certified(&self) -> &CreditTimes {
        self.certified.get_or_init(|| CreditTimes::new(self.history, self.rulebook))
    }

    /// The answer of a day, which is that of every day with the same month up to the next change.
    fn compute(&self, area: Area, question: Question, standpoint: Standpoint) -> AreaScore {
        let Self { history, rulebook, .. } = *self;
        let certified = self.certified();
        let ground = Ground {
            history,
            rulebook,
            associations: self.standing(area),
            people: People::Timed(certified, question.as_of),
            kept: Some(&self.kept),
            usage: None,
        };
        score_on(&ground, area, question, standpoint)
    }

    /// What stands at the end of time. Of that, what is in force at a month is what stood as of any day behind the month.
    pub(crate) fn standing(&self, area: Area) -> &Associations<'a> {
        let place = if self.kept.by_area { Area::ALL.iter().position(|one| *one == area) } else { Some(0) };
        let standing = place.and_then(|place| self.standing.get(place)).expect("there is a place for every area");
        let stand = || Associations::stand(self.history, self.rulebook, Some(area), Cut::END);
        standing.get_or_init(stand)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::Days;
    use ledger::{Area, Entry, parse_date};

    use super::Desk;
    use crate::rulebook::Rulebook;
    use crate::{Basis, History, Question, Unmeasured, score};

    /// A customer by CSP that is classified on the tenth of every month, each time as the other segment.
    fn classified() -> Vec<Entry> {
        let customer = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
        let accepted = format!(
            r#""type":"association_accepted","partner":"1","effective_at":"2022-01-01T00:00:00.000000Z","association":"0195d3c0-0000-7000-8000-00000000000a","customer":"{customer}","mechanism":"csp","role":"direct_bill""#
        );
        let months = (0..36).map(|month| (2023 + month / 12, month % 12 + 1, ["smb", "enterprise"][month % 2]));
        let classes = months.map(|(year, month, segment)| {
            format!(
                r#""type":"customer_classified","partner":"1","effective_at":"{year}-{month:02}-10T12:00:00.000000Z","customer":"{customer}","segment":"{segment}""#
            )
        });
        let line = |(seq, event)| {
            let id = format!("0195d3c0-0000-7000-8000-{seq:012}");
            format!(r#"{{"seq":{seq},"recorded_at":"2026-01-01T00:00:00.{seq:06}Z","event":{{"id":"{id}",{event}}}}}"#)
        };
        let lines = std::iter::once(accepted).chain(classes).enumerate().map(line);
        lines.map(|line| Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))).collect()
    }

    #[test]
    fn a_customer_that_is_classified_anew_within_a_month_changes_the_track_on_that_day() {
        let history = History::fold(&classified());
        let desk = Desk::new(&history, Rulebook::builtin());
        assert!(desk.keeps());
        let mut tracks = BTreeSet::new();
        for nth in 0..36 * 31 {
            let as_of = parse_date("2023-01-01").expect("a day") + Days::new(nth);
            let question = Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Include, explain: false };
            let answer = desk.score(Area::Infrastructure, &question).expect("the programme has begun");
            let wanted = score(&history, Rulebook::builtin(), Area::Infrastructure, &question);
            assert_eq!(Ok(&answer), wanted.as_ref(), "{as_of}");
            tracks.insert((answer.measured_month, answer.track));
        }
        let months: BTreeSet<_> = tracks.iter().map(|(month, _)| month).collect();
        assert!(tracks.len() > months.len(), "no month has both tracks");
    }
}
