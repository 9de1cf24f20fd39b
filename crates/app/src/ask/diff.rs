//! Why the score changed: what lies between two days, and between two instants at which they were known.

use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;

use ledger::{Area, PartnerId, Timestamp};
use projection::points::{fraction, shown};
use projection::{AreaDiff, AreaScore, Comparison, Contribution, Diff, MetricDiff, Moment, Question, diff};

use super::json::{list, write_list, write_verdict};
use super::score::in_order;
use crate::beyond::{AssumedEvents, CarryChoice, MissingSaid, Subject};
use crate::error::{EARLIER_DAY, EARLIER_KNOWLEDGE, Error};
use crate::known::Known;
use crate::session::Session;
use crate::text::json_string;

/// Which two scores of a partner are compared.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner.
    pub partner: PartnerId,
    /// The earlier question, and the instant at which its answer was known; now without one.
    pub from: (Question, Option<Timestamp>),
    /// The later question, and the instant at which its answer was known; now without one.
    pub to: (Question, Option<Timestamp>),
    /// Only these areas; all when there is none.
    pub areas: Vec<Area>,
    /// The files of events that are assumed to be known to the later question alone, as they were typed; `-` for what is
    /// handed over beside the request.
    pub assume: Vec<PathBuf>,
}

/// A diff with what it was asked of.
pub struct Answer {
    /// The partner.
    pub partner: PartnerId,
    /// The instants at which both ends were known.
    pub known: [Timestamp; 2],
    /// What is assumed, if anything is.
    pub assumed: Option<AssumedEvents>,
    /// What lies between the ends.
    pub diff: Diff,
}

impl Request {
    /// Compares the two scores; `stdin` is what `-` stands for among files.
    ///
    /// # Errors
    /// `unknown_partner` when nothing was known of the partner at the earlier instant; what is refused of assumed events.
    pub fn run(&self, session: &Session<'_>, stdin: &mut dyn Read) -> Result<Answer, Error> {
        let Self { partner, from: (from, known_from), to: (to, known_to), areas, assume } = self;
        if to.as_of < from.as_of {
            return Err(Error::reversed(EARLIER_DAY, &from.as_of, &to.as_of));
        }
        let reader = session.reader()?;
        let earlier = Known::of(reader.clone(), *known_from)?;
        let mut later = Known::of(reader, *known_to)?;
        if later.at < earlier.at {
            return Err(Error::reversed(EARLIER_KNOWLEDGE, &earlier.at, &later.at));
        }
        if earlier.reader.count(partner.as_str(), earlier.end)? == 0 {
            return Err(earlier.unknown(partner));
        }
        earlier.say_later(session, Some(partner))?;
        later.assume(session, stdin, assume)?;
        let diff = diff(&Comparison {
            entries: &later.entries(partner)?,
            shared: &later.shared()?,
            from: (*from, earlier.end),
            to: (*to, later.end_with_assumed()),
            areas: &in_order(areas),
            carry: None,
        })?;
        let (subject, mut said) = (Subject::open(&later, partner, CarryChoice::NOTHING)?, MissingSaid::default());
        for area in &diff.areas {
            said.say(session, &subject.missing_figures(area.area(), area.to.measured_month));
        }
        let (known, assumed) = ([earlier.at, later.at], later.assumed().cloned());
        Ok(Answer { partner: partner.clone(), known, assumed, diff })
    }
}

impl Answer {
    /// The objects for programs: one an area, on a line each.
    #[must_use]
    pub fn to_json(&self) -> String {
        let areas: Vec<String> = self.diff.areas.iter().map(|area| self.area(area)).collect();
        areas.join("\n")
    }

    fn area(&self, area: &AreaDiff) -> String {
        let [known_from, known_to] = self.known;
        let mut out = String::with_capacity(2_048);
        let partner = json_string(self.partner.as_str());
        let _ = write!(out, "{{\"partner\":{partner},\"area\":\"{}\",\"from\":", area.area());
        write_end(&mut out, &area.from, known_from);
        out.push_str(",\"to\":");
        write_end(&mut out, &area.to, known_to);
        out.push(',');
        AssumedEvents::write_json(self.assumed.as_ref(), &mut out);
        let _ = write!(out, "\"change\":\"{}\",\"metrics\":", fraction(&area.change()));
        write_list(&mut out, &area.metrics, write_metric);
        let _ = write!(out, ",\"without_effect\":{}}}", list(&self.diff.without_effect));
        out
    }
}

fn write_end(out: &mut String, score: &AreaScore, known_at: Timestamp) {
    let AreaScore { as_of, measured_month, track, .. } = score;
    let _ = write!(
        out,
        "{{\"as_of\":\"{as_of}\",\"known_at\":\"{known_at}\",\"measured_month\":\"{measured_month}\",\"track\":\"{}\",",
        track.name()
    );
    write_verdict(out, &score.score, None);
    out.push('}');
}

fn write_metric(out: &mut String, metric: &MetricDiff) {
    let MetricDiff { metric: name, from, to, contributions } = metric;
    let change = fraction(&metric.change());
    let _ = write!(out, "{{\"metric\":\"{name}\",\"from\":\"{from}\",\"to\":\"{to}\",\"change\":\"{change}\",");
    out.push_str("\"contributions\":");
    write_list(out, contributions, |out, contribution| {
        out.push('{');
        write_contribution(out, contribution);
    });
    out.push('}');
}

/// Writes the fields of a contribution and the end of its object.
pub(super) fn write_contribution(out: &mut String, contribution: &Contribution) {
    let Contribution { cause, when, subject, entries, points } = contribution;
    let (at, through) = match when {
        Moment::Recorded(first, last) => (first.to_string(), last.to_string()),
        Moment::Day(day) => (day.to_string(), day.to_string()),
    };
    let (cause, shown, exact) = (cause.name(), shown(points), fraction(points));
    let _ = write!(out, "\"cause\":\"{cause}\",\"points\":{shown},\"points_exact\":\"{exact}\",");
    let _ = write!(out, "\"at\":\"{at}\",\"through\":\"{through}\",");
    let _ = write!(out, "\"subject\":{},\"entries\":{}}}", json_string(subject), list(entries));
}
