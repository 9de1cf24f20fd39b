//! What the score will be if nothing more happens: the timeline of days to come, where it crosses what is needed, and
//! what is known to end.

use std::fmt::Write as _;
use std::io::Read;

use chrono::Months;
use ledger::{Area, Date, PartnerId, Timestamp};
use projection::points::{Points, fraction};
use projection::{Basis, End, EndSubject, Horizon, Unmeasured};

use super::json::{list, write_list};
use super::timeline::{self, AreaSpans, Axis, DayStep, DaysKnown};
use crate::beyond::{Beyond, Carried};
use crate::error::{Error, LAST_DAY};
use crate::session::Session;
use crate::text::json_string;

/// The months that a forecast reaches at most.
const FARTHEST: Months = Months::new(36);

/// Which forecast is wanted.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner.
    pub partner: PartnerId,
    /// Only these areas; all when there is none.
    pub areas: Vec<Area>,
    /// The first day; the present one without it.
    pub from: Option<Date>,
    /// The last day, at most three years behind the first.
    pub until: Date,
    /// As it was known at this instant; now without it.
    pub known_at: Option<Timestamp>,
    /// Which month is measured.
    pub basis: Basis,
    /// Whether customers without figures count.
    pub unmeasured: Unmeasured,
    /// What is taken to be known beyond what the ledger knows; without being asked, the last figures are carried.
    pub beyond: Beyond,
}

/// The scores of a partner on days to come.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The present day.
    pub today: Date,
    /// The scores.
    pub timeline: timeline::Answer,
    /// What ends, for each area of the timeline.
    pub ends: Vec<Vec<End>>,
}

/// The first day of a span that qualifies where the one before did not, or the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing<'a> {
    /// The day.
    pub day: Date,
    /// Whether the area qualifies from it on.
    pub qualified: bool,
    /// The total on the day.
    pub points: &'a Points,
}

impl Request {
    /// Takes the scores; `stdin` is what `-` stands for among files.
    ///
    /// # Errors
    /// Wrong usage: a last day before the first or more than three years behind it. Those of a timeline.
    pub fn run(&self, session: &mut Session<'_>, stdin: &mut dyn Read) -> Result<Answer, Error> {
        let today = session.now().date();
        let (from, until) = (self.from.unwrap_or(today), self.until);
        if until < from {
            return Err(Error::usage(format!("{until} lies before {from}, the first day")).hint(LAST_DAY));
        }
        if from.checked_add_months(FARTHEST).is_some_and(|farthest| until > farthest) {
            return Err(Error::usage(format!("{until} is more than three years after {from}")).hint(LAST_DAY));
        }
        let request = timeline::Request {
            partner: self.partner.clone(),
            areas: self.areas.clone(),
            axis: Axis::Days { from, to: until, step: DayStep::Change, known: DaysKnown::At(self.known_at) },
            basis: self.basis,
            unmeasured: self.unmeasured,
            beyond: self.beyond.clone(),
        };
        let (timeline, facts) = request.run_by_default(Carried::Last, session, stdin)?;
        let areas: Vec<Area> = timeline.areas.iter().map(|area| area.area).collect();
        let (history, shared, question) = (&facts.history, facts.shared.as_slice(), request.question(from));
        let ends = Horizon { history, shared, question, from, until }.ends(&areas)?;
        Ok(Answer { today, timeline, ends })
    }
}

impl Answer {
    /// The areas in their order, each with what ends.
    pub fn areas(&self) -> impl Iterator<Item = (&AreaSpans, &[End])> {
        self.timeline.areas.iter().zip(self.ends.iter().map(Vec::as_slice))
    }

    /// The objects for programs: one an area, on a line each.
    #[must_use]
    pub fn to_json(&self) -> String {
        let areas = self.areas().map(|(area, ends)| {
            self.timeline.area_json(area, |out| {
                out.push_str("\"crossings\":");
                write_list(out, crossings(area), write_crossing);
                out.push_str(",\"ends\":");
                write_list(out, ends, write_end);
                out.push(',');
            })
        });
        areas.collect::<Vec<_>>().join("\n")
    }
}

/// Where an area begins to qualify, or ceases to, ascending.
pub fn crossings(area: &AreaSpans) -> impl Iterator<Item = Crossing<'_>> {
    area.spans
        .iter()
        .zip(area.spans.iter().skip(1))
        .filter(|(before, span)| before.qualified() != span.qualified())
        .map(|(_, span)| Crossing { day: span.first.day(), qualified: span.qualified(), points: span.points() })
}

fn write_crossing(out: &mut String, crossing: Crossing<'_>) {
    let Crossing { day, qualified, points } = crossing;
    let _ = write!(out, "{{\"day\":\"{day}\",\"qualified\":{qualified},\"points_exact\":\"{points}\"}}");
}

fn write_end(out: &mut String, end: &End) {
    let End { day, subject, points, entries } = end;
    let _ = write!(out, "{{\"day\":\"{day}\",\"kind\":\"{}\",", subject.kind());
    let _ = match subject {
        EndSubject::Certification { person, certification } => {
            let (person, certification) = (json_string(person.as_ref()), json_string(certification));
            write!(out, "\"person\":{person},\"certification\":{certification},")
        }
        EndSubject::Credit { certification } => write!(out, "\"certification\":{},", json_string(certification)),
        EndSubject::Association { association, customer } => {
            write!(out, "\"association\":\"{association}\",\"customer\":\"{customer}\",")
        }
        EndSubject::Enrolment { track } => write!(out, "\"track\":\"{track}\","),
        EndSubject::Rules { key } => write!(out, "\"key\":{},", json_string(key)),
    };
    let _ = write!(out, "\"points_exact\":\"{}\",\"entries\":{}}}", fraction(points), list(entries));
}
