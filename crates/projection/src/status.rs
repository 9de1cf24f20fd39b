//! Where a designation stands: the qualifying days of its window, up to when they last, and what comes next.

mod outlook;
mod stretches;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::{Days, Months};
use ledger::{Area, Date, named};

use crate::history::History;
use crate::points::Points;
use crate::question::{BeforeProgram, Question};
use crate::rulebook::{Choice, MAX_MONTHS, Rulebook, Window};
use crate::score::answer::AreaScore;
use crate::standpoint::Cut;
use outlook::{Outlook, year_behind};
use stretches::Stretches;

named! {
    /// Where a designation stands.
    Status {
        /// Not enrolled, without a qualifying day in the window.
        InProgress = "in_progress",
        /// Not enrolled, with a qualifying day in the window.
        Qualified = "qualified",
        /// Enrolled, up to the anniversary.
        Enrolled = "enrolled",
        /// The anniversary has gone by, and the enrolment can still be renewed.
        RenewalDue = "renewal_due",
    }
}

named! {
    /// Whose window it is.
    WindowKind {
        /// That of a partner that is not enrolled.
        NotEnrolled = "not_enrolled",
        /// That of one that is.
        Enrolled = "enrolled",
    }
}

/// The window of a designation as of a day, whole: some of its days may lie after that day, or before the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QualifyingWindow {
    /// Whose it is.
    pub kind: WindowKind,
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
}

/// How many days of a window are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowDays {
    /// Those up to the day of the question, and not before the programme: each was scored.
    pub asked: u64,
    /// Those of them that qualify.
    pub qualified: u64,
    /// Those after the day of the question.
    pub left: u64,
}

/// The day of a window with the highest total: of several, the earliest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BestDay {
    /// The day.
    pub day: Date,
    /// Its total.
    pub points: Points,
    /// Whether it qualifies.
    pub qualified: bool,
}

/// The next status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextStatus {
    /// The first day on which it holds.
    pub day: Date,
    /// The status.
    pub status: Status,
}

/// The status of the designation of an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaStatus {
    /// Up to when it was bought, as long as that counts.
    pub anniversary: Option<Date>,
    /// Where it stands.
    pub status: Status,
    /// The window.
    pub window: QualifyingWindow,
    /// How many of its days are what.
    pub days: WindowDays,
    /// The score of the day itself.
    pub today: AreaScore,
    /// The best of the days that were scored; none where the window has none of them.
    pub best: Option<BestDay>,
    /// The first and the last of the days that qualify.
    pub qualifying: Option<(Date, Date)>,
    /// The last day up to which the qualifying days are enough, whatever the score does.
    pub secured_until: Option<Date>,
    /// What comes next within a year, if nothing more happens.
    pub next: Option<NextStatus>,
    /// The notes of the scores of all these days, and of the row of the window; in alphabetical order.
    pub notes: Vec<&'static str>,
}

/// The rules in force from a day on, up to the day of the next ones.
#[derive(Clone, Copy, Debug)]
pub struct RulesFrom<'r> {
    /// The first day.
    pub first: Date,
    /// The rules.
    pub rulebook: &'r Rulebook,
}

/// Answers where the designations of a partner stand.
///
/// # Examples
/// ```
/// use ledger::{Area, Date, parse_date};
/// use projection::rulebook::Rulebook;
/// use projection::{Basis, History, Question, RulesFrom, Status, StatusDesk, Unmeasured};
///
/// let rules = [RulesFrom { first: Date::MIN, rulebook: Rulebook::builtin() }];
/// let history = History::default();
/// let desk = StatusDesk::new(&history, &history, &rules);
/// let as_of = parse_date("2025-02-28")?;
/// let question = Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false };
/// let status = desk.status(Area::Security, &question, None)?;
/// assert_eq!((status.status, status.days.asked), (Status::InProgress, 181));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StatusDesk<'a> {
    history: &'a History,
    rules: &'a [RulesFrom<'a>],
    /// The scores up to the day of a question.
    past: Stretches<'a>,
    /// The scores behind it; none where they are made of the same figures.
    ahead: Option<Stretches<'a>>,
}

/// An enrolment that counts on a day.
#[derive(Clone, Copy)]
struct Term {
    anniversary: Date,
    /// The last day on which it can be renewed.
    renewable_until: Date,
}

impl<'a> StatusDesk<'a> {
    /// A desk for a history, which is read for days up to that of a question; `carried` is the same with figures carried,
    /// and is read for the days behind it. The rules are ascending by their days; the first ones hold before theirs, too.
    #[must_use]
    pub fn new(history: &'a History, carried: &'a History, rules: &'a [RulesFrom<'a>]) -> Self {
        let ahead = (!std::ptr::eq(history, carried)).then(|| Stretches::new(carried, rules));
        Self { history, rules, past: Stretches::new(history, rules), ahead }
    }

    /// The first and the last day whose rules the status of a day may depend on.
    #[must_use]
    pub fn reach(day: Date) -> (Date, Date) {
        (day.checked_sub_months(Months::new(MAX_MONTHS + 1)).unwrap_or(Date::MIN), year_behind(day))
    }

    /// Tells where the designation of an area stands as of the day of a question. An anniversary that is given goes before
    /// those of enrolments.
    ///
    /// # Errors
    /// [`BeforeProgram`] for a day before the programme began.
    ///
    /// # Panics
    /// When there are no rules.
    pub fn status(&self, area: Area, question: &Question, given: Option<Date>) -> Result<AreaStatus, BeforeProgram> {
        let day = question.as_of;
        let today = self.past.desk(day).score(area, question)?;
        let (term, row) = (self.term(area, day, given), self.window_row(day));
        let window = window(row.row.value, day, term);
        let said = [("assumed_rules", row.assumed), ("bounded_rules", row.bounded)];
        let mut notes: BTreeSet<&'static str> = today.notes.iter().copied().collect();
        notes.extend(said.iter().filter(|(_, is_so)| *is_so).map(|(note, _)| note));

        let scored = (window.first, window.last.min(day));
        let (mut days, mut best, mut qualifying) = (WindowDays::default(), None::<BestDay>, Vec::new());
        for span in self.past.spans(area, *question, scored)? {
            let (days_of_span, score) = (count(span.first, span.last), &span.score.score);
            days.asked += days_of_span;
            notes.extend(&span.score.notes);
            if score.qualified() {
                days.qualified += days_of_span;
                qualifying.push((span.first, span.last));
            }
            if best.as_ref().is_none_or(|best| score.points > best.points) {
                best = Some(BestDay { day: span.first, points: score.points.clone(), qualified: score.qualified() });
            }
        }
        days.left = count(window.first.max(outlook::following(day)), window.last);
        let bounds = qualifying.first().zip(qualifying.last()).map(|((first, _), (_, last))| (*first, *last));
        let status = term.map_or_else(|| Status::unenrolled(bounds.is_some()), |term| term.status(day));
        let mut outlook = Outlook::new(self, (area, *question, given), (scored, qualifying));
        Ok(AreaStatus {
            anniversary: term.map(|term| term.anniversary),
            status,
            window,
            days,
            best,
            qualifying: bounds,
            secured_until: bounds.map(|(_, last)| match term {
                Some(term) => term.renewable_until,
                None => self.held_until(day, last),
            }),
            next: outlook.next(status)?,
            notes: notes.into_iter().collect(),
            today,
        })
    }

    fn rules(&self, day: Date) -> &'a Rulebook {
        let place = stretches::place(self.rules.iter().map(|rules| rules.first), day);
        self.rules.get(place).expect("whoever asks has the rules of every day").rulebook
    }

    fn window_row(&self, day: Date) -> Choice<'a, Window> {
        self.rules(day).window(day).expect("a rulebook without a row for the window is refused")
    }

    /// The first day of the window of a partner that is not enrolled.
    fn first_open(&self, day: Date) -> Date {
        self.window_row(day).row.value.not_enrolled.first(day)
    }

    /// The enrolment that counts on a day, by the anniversary that is given or that of the newest enrolment.
    fn term(&self, area: Area, day: Date, given: Option<Date>) -> Option<Term> {
        let newest = || self.history.enrolments(area, Cut::end_of(day)).last().map(|newest| newest.fact.anniversary);
        let anniversary = given.or_else(newest)?;
        let membership = self.rules(day).membership(anniversary);
        let days = membership.map_or(0, |row| row.row.value.renewal_days_after_anniversary);
        let renewable_until = anniversary.checked_add_days(Days::new(days.into())).unwrap_or(Date::MAX);
        Some(Term { anniversary, renewable_until }).filter(|term| day <= term.renewable_until)
    }

    /// The last of the unbroken run of days, from one on, whose window still holds a qualifying day.
    fn held_until(&self, day: Date, qualifying: Date) -> Date {
        let holds = |day: &Date| self.first_open(*day) <= qualifying;
        day.iter_days().take_while(holds).last().unwrap_or(day)
    }
}

impl Term {
    fn status(self, day: Date) -> Status {
        if day <= self.anniversary { Status::Enrolled } else { Status::RenewalDue }
    }
}

impl Status {
    /// That of a partner that is not enrolled.
    fn unenrolled(has_qualifying_day: bool) -> Self {
        if has_qualifying_day { Self::Qualified } else { Self::InProgress }
    }
}

/// The window as of a day.
fn window(row: Window, day: Date, term: Option<Term>) -> QualifyingWindow {
    let (kind, (first, last)) = match term {
        Some(term) => (WindowKind::Enrolled, row.enrolled.days(term.anniversary)),
        None => (WindowKind::NotEnrolled, (row.not_enrolled.first(day), day)),
    };
    QualifyingWindow { kind, first, last }
}

/// The number of days from one to another, both included; 0 where the first is the later one.
fn count(first: Date, last: Date) -> u64 {
    u64::try_from((last - first).num_days() + 1).unwrap_or(0)
}
