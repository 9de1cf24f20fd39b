//! What comes next, if nothing more happens.

use chrono::Months;
use ledger::{Area, Date, Month};

use super::{NextStatus, Status, StatusDesk};
use crate::question::{BeforeProgram, Question};

/// The status of the days behind that of a question. Days are scored when the status of one depends on them.
pub(super) struct Outlook<'d, 'a> {
    desk: &'d StatusDesk<'a>,
    area: Area,
    question: Question,
    given: Option<Date>,
    /// The first and the last of the days that were scored, and all between them.
    scored: (Date, Date),
    /// Days that qualify, as first and last of those that follow each other.
    qualifying: Vec<(Date, Date)>,
}

impl<'d, 'a> Outlook<'d, 'a> {
    /// The outlook of a question about an area, with an anniversary where one is given. Some days are scored already.
    pub(super) fn new(
        desk: &'d StatusDesk<'a>,
        (area, question, given): (Area, Question, Option<Date>),
        (scored, qualifying): ((Date, Date), Vec<(Date, Date)>),
    ) -> Self {
        let day = question.as_of;
        let scored = if scored.0 > day { (following(day), day) } else { scored };
        Self { desk, area, question, given, scored, qualifying }
    }

    /// The first status that is another than that of the day.
    pub(super) fn next(&mut self, status: Status) -> Result<Option<NextStatus>, BeforeProgram> {
        let today = self.question.as_of;
        let last = year_behind(today);
        for day in following(today).iter_days().take_while(|day| *day <= last) {
            let next = self.status(day)?;
            if next != status {
                return Ok(Some(NextStatus { day, status: next }));
            }
        }
        Ok(None)
    }

    fn status(&mut self, day: Date) -> Result<Status, BeforeProgram> {
        match self.desk.term(self.area, day, self.given) {
            Some(term) => Ok(term.status(day)),
            None => Ok(Status::unenrolled(self.qualifies(self.desk.first_open(day), day)?)),
        }
    }

    /// Whether any of some days qualifies.
    fn qualifies(&mut self, first: Date, last: Date) -> Result<bool, BeforeProgram> {
        while self.scored.1 < last {
            self.score_ahead()?;
        }
        if !self.has_qualifying(first, last) && first < self.scored.0 {
            self.score((first, self.scored.0.pred_opt().unwrap_or(first)))?;
            self.scored.0 = first;
        }
        Ok(self.has_qualifying(first, last))
    }

    fn has_qualifying(&self, first: Date, last: Date) -> bool {
        self.qualifying.iter().rev().any(|(from, to)| *from <= last && first <= *to)
    }

    /// Scores the days up to that of the question, else those of a month behind it.
    fn score_ahead(&mut self) -> Result<(), BeforeProgram> {
        let (first, today) = (following(self.scored.1), self.question.as_of);
        let last = if first <= today { today } else { Month::of(first).last_day() };
        self.score((first, last))?;
        self.scored.1 = last;
        Ok(())
    }

    /// Scores days that all lie either up to that of the question or behind it.
    fn score(&mut self, days: (Date, Date)) -> Result<(), BeforeProgram> {
        let StatusDesk { past, ahead, .. } = self.desk;
        let stretches = if days.1 <= self.question.as_of { past } else { ahead.as_ref().unwrap_or(past) };
        let spans = stretches.spans(self.area, self.question, days)?;
        let qualifying = spans.iter().filter(|span| span.score.score.qualified());
        self.qualifying.extend(qualifying.map(|span| (span.first, span.last)));
        Ok(())
    }
}

/// The same date of the next year, up to which the next status is looked for; behind 29 February the 28th.
pub(super) fn year_behind(day: Date) -> Date {
    day.checked_add_months(Months::new(12)).unwrap_or(day)
}

/// The day behind a day.
pub(super) fn following(day: Date) -> Date {
    day.succ_opt().unwrap_or(day)
}
