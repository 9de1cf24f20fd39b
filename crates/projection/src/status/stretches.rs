//! Scores of days over which the rules are replaced by others.

use ledger::{Area, Date};

use super::RulesFrom;
use crate::desk::{Desk, Span};
use crate::history::History;
use crate::question::{BeforeProgram, Question};

/// A desk for each rulebook, with the first day of its stretch of days.
#[derive(Debug)]
pub(super) struct Stretches<'a>(Vec<(RulesFrom<'a>, Desk<'a>)>);

impl<'a> Stretches<'a> {
    pub(super) fn new(history: &'a History, rules: &[RulesFrom<'a>]) -> Self {
        Self(rules.iter().map(|rules| (*rules, Desk::new(history, rules.rulebook))).collect())
    }

    /// The desk of a day.
    pub(super) fn desk(&self, day: Date) -> &Desk<'a> {
        let place = place(self.0.iter().map(|(rules, _)| rules.first), day);
        &self.0.get(place).expect("whoever asks has the rules of every day").1
    }

    /// The scores of all days from one to another that do not lie before the programme.
    pub(super) fn spans(
        &self,
        area: Area,
        question: Question,
        (first, last): (Date, Date),
    ) -> Result<Vec<Span>, BeforeProgram> {
        let mut spans = Vec::new();
        for (nth, (rules, desk)) in self.0.iter().enumerate() {
            let next = self.0.get(nth + 1).and_then(|(next, _)| next.first.pred_opt());
            let from = if nth == 0 { first } else { first.max(rules.first) };
            let as_of = from.max(rules.rulebook.program_start());
            let last = next.map_or(last, |before_next| last.min(before_next));
            if as_of <= last {
                spans.extend(desk.timeline(area, &Question { as_of, ..question }, last)?);
            }
        }
        Ok(spans)
    }
}

/// The place of the stretch that a day belongs to, by the first days of all; the first stretch has all days before it, too.
pub(super) fn place(firsts: impl Iterator<Item = Date>, day: Date) -> usize {
    firsts.take_while(|first| *first <= day).count().saturating_sub(1)
}
