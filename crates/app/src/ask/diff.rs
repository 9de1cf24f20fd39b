//! Why the score changed: what lies between two days, and between two instants at which they were known.

use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;

use ledger::{Amount, Area, Name, PartnerId, Timestamp};
use projection::points::{fraction, shown};
use projection::{
    AreaDiff, AreaScore, Comparison, Contribution, CrossedBound, Diff, FigureMove, FigureUnit, MetricDiff, Moment,
    Moves, Question, UnitMove, diff,
};

use super::json::{list, write_list, write_text, write_verdict};
use super::score::in_order;
use super::score_json::write_subject;
use crate::beyond::{AssumedEvents, CarryChoice, MissingSaid, ShortBase, Subject, widest_bases};
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
    /// The figures that an end of a changed area compares with months before their first report, each once.
    pub bases: Vec<ShortBase>,
    /// What lies between the ends.
    pub diff: Diff,
    /// Whether it is told what moved the points: when one of the questions asks for the units behind a score.
    pub is_explained: bool,
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
        let earlier_subject = Subject::open(&earlier, partner, CarryChoice::NOTHING)?;
        let ends = |area: &AreaDiff| [(&earlier_subject, area.from.compared_month), (&subject, area.to.compared_month)];
        let bases =
            diff.areas.iter().filter(|area| !area.is_empty()).flat_map(|area| {
                ends(area).into_iter().flat_map(|(end, compared)| end.short_bases(area.area(), compared))
            });
        let bases = widest_bases(bases);
        let (known, assumed) = ([earlier.at, later.at], later.assumed().cloned());
        let is_explained = from.explain || to.explain;
        Ok(Answer { partner: partner.clone(), known, assumed, bases, diff, is_explained })
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
        write_list(&mut out, &area.metrics, |out, metric| write_metric(out, metric, self.is_explained));
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

fn write_metric(out: &mut String, metric: &MetricDiff, explain: bool) {
    let MetricDiff { metric: name, from, to, contributions } = metric;
    let change = fraction(&metric.change());
    let _ = write!(out, "{{\"metric\":\"{name}\",\"from\":\"{from}\",\"to\":\"{to}\",\"change\":\"{change}\",");
    out.push_str("\"contributions\":");
    write_list(out, contributions, |out, contribution| {
        out.push('{');
        write_contribution(out, contribution);
        if explain && !contribution.moves.is_empty() {
            out.pop();
            write_moves(out, &contribution.moves);
            out.push('}');
        }
    });
    out.push('}');
}

/// Writes what moved the points as fields, each with a comma before it.
fn write_moves(out: &mut String, Moves { figures, units }: &Moves) {
    out.push_str(",\"figures\":");
    write_list(out, figures, |out, moved| {
        let FigureMove { month, metric, customer, product, subscription, from, to } = moved;
        let product = json_string(product.as_str());
        let _ = write!(out, "{{\"customer\":\"{customer}\",\"product\":{product},");
        write_text(out, "subscription", subscription.as_ref().map(Name::as_str));
        let value = |value: &Option<Amount>| value.map_or_else(|| "null".to_owned(), |value| format!("\"{value}\""));
        let (from, to) = (value(from), value(to));
        let _ = write!(out, "\"metric\":\"{metric}\",\"month\":\"{month}\",\"from\":{from},\"to\":{to}}}");
    });
    out.push_str(",\"units\":");
    write_list(out, units, |out, moved| {
        let UnitMove { at, subject, measured_in, months, from, to } = moved;
        let _ = write!(out, "{{\"at\":\"{}\",", at.name());
        write_subject(out, subject);
        write_text(out, "unit", measured_in.map(FigureUnit::name));
        let _ = write!(out, "\"months\":{months},");
        let sides = [("from", &from.1), ("to", &to.1)].into_iter().zip(moved.figure_months());
        for ((name, unit), month) in sides {
            let _ = write!(out, "\"{name}\":{{\"month\":\"{month}\",");
            write_text(out, "figure", unit.as_ref().and_then(|unit| unit.figure.as_deref()));
            write_text(out, "reason", unit.as_ref().and_then(|unit| unit.missed.as_deref()));
            let counted = unit.as_ref().is_some_and(|unit| unit.missed.is_none());
            let _ = write!(out, "\"counted\":{counted}}},");
        }
        match moved.crossed() {
            Some(CrossedBound { name, value, is_held }) => {
                let _ = write!(out, "\"bound\":{{\"name\":\"{name}\",\"value\":\"{value}\",\"held\":{is_held}}}}}");
            }
            None => out.push_str("\"bound\":null}"),
        }
    });
}

/// Writes the fields of a contribution and the end of its object.
pub(super) fn write_contribution(out: &mut String, contribution: &Contribution) {
    let Contribution { cause, when, subject, entries, points, moves: _ } = contribution;
    let (at, through) = match when {
        Moment::Recorded(first, last) => (first.to_string(), last.to_string()),
        Moment::Day(day) => (day.to_string(), day.to_string()),
    };
    let (cause, shown, exact) = (cause.name(), shown(points), fraction(points));
    let _ = write!(out, "\"cause\":\"{cause}\",\"points\":{shown},\"points_exact\":\"{exact}\",");
    let _ = write!(out, "\"at\":\"{at}\",\"through\":\"{through}\",");
    let _ = write!(out, "\"subject\":{},\"entries\":{}}}", json_string(subject), list(entries));
}
