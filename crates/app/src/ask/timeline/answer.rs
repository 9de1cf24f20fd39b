//! What a timeline answers, with its JSON and its CSV.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use ledger::{Area, Date, Month, PartnerId, Timestamp, UsageMetric};
use projection::points::Points;
use projection::rulebook::Metric;
use projection::{AreaScore, AreaSweep, Basis, Contribution, Stretch};

use super::{Axis, DaysKnown, Place};
use crate::ask::diff::write_contribution;
use crate::ask::json::{names, write_list, write_verdict};
use crate::beyond::{AssumedEvents, CarryChoice, ShortBase, write_reported_to};
use crate::text::{base64, json_string};

/// The scores of a partner along an axis.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The partner.
    pub partner: PartnerId,
    /// Along what.
    pub axis: Axis,
    /// The instant at which the last span is known.
    pub known_at: Timestamp,
    /// Which month is measured.
    pub basis: Basis,
    /// How figures are carried.
    pub carry: CarryChoice,
    /// The newest month of each metric that the ledger itself has a report of.
    pub reported_to: BTreeMap<UsageMetric, Month>,
    /// The figures that the first span compares with months before their first report, by what is known at last; each
    /// once.
    pub bases: Vec<ShortBase>,
    /// The rulebooks that are used, in their order.
    pub rules: Vec<SpanRules>,
    /// The number of entries known at last, and the root of their tree.
    pub ledger: (u64, [u8; 32]),
    /// What is assumed, if anything is.
    pub assumed: Option<AssumedEvents>,
    /// The areas in their order.
    pub areas: Vec<AreaSpans>,
}

/// A rulebook, from some place on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanRules {
    /// Where it is first used.
    pub from: Place,
    /// Its name.
    pub name: String,
    /// The SHA-256 of its text, in hexadecimal digits.
    pub sha256: String,
}

/// The spans of an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaSpans {
    /// The area.
    pub area: Area,
    /// The spans in their order, at least one.
    pub spans: Vec<Span>,
    /// The notes of all scores, each once.
    pub notes: Vec<&'static str>,
}

/// Days that follow each other, or instants, with the same score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day or instant.
    pub first: Place,
    /// The last one, itself included.
    pub last: Place,
    /// The score at the first.
    pub score: AreaScore,
    /// What changed the score since the span before, metric by metric.
    pub contributions: Vec<(Metric, Contribution)>,
}

impl AreaSpans {
    /// Those of a sweep over stops at some places along an axis.
    pub(super) fn of(swept: AreaSweep, places: &[Place], axis: Axis) -> Self {
        let AreaSweep { area, stretches, notes } = swept;
        let spans = stretches.into_iter().map(|stretch| {
            let Stretch { first, last, score, contributions } = stretch;
            let place = |nth: usize| *places.get(nth).expect("every stop has a place");
            let last = match (place(last), axis) {
                // What was known at an instant is so until something else is.
                (Place::At(_), Axis::Known { to, .. }) => {
                    let next = places.get(last + 1).and_then(|next| match next {
                        Place::At(at) => Some(Timestamp::from_micros(at.micros() - 1)),
                        Place::Day(_) => None,
                    });
                    Place::At(next.unwrap_or(to))
                }
                (last, _) => last,
            };
            Span { first: place(first), last, score, contributions }
        });
        Self { area, spans: spans.collect(), notes }
    }

    /// The last span.
    #[must_use]
    pub fn last(&self) -> &Span {
        self.spans.last().expect("an area has a span")
    }
}

impl Span {
    /// The exact points.
    #[must_use]
    pub fn points(&self) -> &Points {
        &self.score.score.points
    }

    /// Whether the area is qualified.
    #[must_use]
    pub fn qualified(&self) -> bool {
        self.score.score.qualified()
    }
}

impl Place {
    /// The day, or that of the instant.
    #[must_use]
    pub fn day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::At(at) => at.date(),
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::At(at) => at.fmt(f),
        }
    }
}

impl Answer {
    /// The objects for programs: one an area, on a line each.
    #[must_use]
    pub fn to_json(&self) -> String {
        let areas: Vec<String> = self.areas.iter().map(|area| self.area_json(area, |_| {})).collect();
        areas.join("\n")
    }

    /// The object of an area; `write_more` writes fields behind `spans`, each with a comma behind it.
    pub(crate) fn area_json(&self, area: &AreaSpans, write_more: impl Fn(&mut String)) -> String {
        let mut out = String::with_capacity(4_096);
        let _ = write!(out, "{{\"partner\":{},\"area\":\"{}\",", json_string(self.partner.as_str()), area.area);
        self.write_axis(&mut out);
        let _ = write!(out, "\"basis\":\"{}\",", self.basis);
        self.carry.write_json(&mut out);
        write_reported_to(&self.reported_to, &mut out);
        let [from, ..] = self.ends();
        out.push_str("\"rulebooks\":");
        write_list(&mut out, &self.rules, |out, rules| {
            let SpanRules { from: place, name, sha256 } = rules;
            let _ = write!(out, "{{\"{from}\":\"{place}\",\"name\":{},\"sha256\":\"{sha256}\"}}", json_string(name));
        });
        let (size, root) = &self.ledger;
        let _ = write!(out, ",\"ledger\":{{\"size\":{size},\"root\":\"{}\"}},", base64(root));
        AssumedEvents::write_json(self.assumed.as_ref(), &mut out);
        out.push_str("\"spans\":");
        write_list(&mut out, &area.spans, |out, span| self.write_span(out, span));
        out.push(',');
        write_more(&mut out);
        let _ = write!(out, "\"notes\":{}}}", names(&area.notes));
        out
    }

    /// What the fields are called that say where rulebooks, and spans, begin and where spans end.
    fn ends(&self) -> [&'static str; 3] {
        match self.axis {
            Axis::Days { .. } => ["from", "first", "last"],
            Axis::Known { .. } => ["known_from", "known_from", "known_to"],
        }
    }

    fn write_axis(&self, out: &mut String) {
        let _ = match self.axis {
            Axis::Days { from, to, step, known } => {
                let known = match known {
                    DaysKnown::At(_) => self.known_at.to_string(),
                    DaysKnown::Then => "then".to_owned(),
                };
                write!(out, "\"from\":\"{from}\",\"to\":\"{to}\",\"step\":\"{step}\",\"known_at\":\"{known}\",")
            }
            Axis::Known { as_of, from, to, step } => {
                write!(
                    out,
                    "\"as_of\":\"{as_of}\",\"known_from\":\"{from}\",\"known_to\":\"{to}\",\"step\":\"{step}\","
                )
            }
        };
    }

    fn write_span(&self, out: &mut String, span: &Span) {
        let Span { first, last, score, contributions } = span;
        let [_, first_name, last_name] = self.ends();
        let (month, track) = (score.measured_month, score.track.name());
        let _ = write!(out, "{{\"{first_name}\":\"{first}\",\"{last_name}\":\"{last}\",");
        let _ = write!(out, "\"measured_month\":\"{month}\",\"track\":\"{track}\",");
        write_verdict(out, &score.score, None);
        let metrics = score.score.metrics.iter().map(|metric| format!("\"{}\":\"{}\"", metric.metric, metric.points));
        let _ = write!(out, ",\"metrics\":{{{}}},\"contributions\":", metrics.collect::<Vec<_>>().join(","));
        write_list(out, contributions, |out, (metric, contribution)| {
            let _ = write!(out, "{{\"metric\":\"{metric}\",");
            write_contribution(out, contribution);
        });
        out.push('}');
    }

    /// The spans as CSV (RFC 4180, with line feeds), with the names of the columns first.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let [_, first, last] = self.ends();
        let mut out = format!("partner,area,{first},{last},track,points,points_exact,qualified,below\n");
        for area in &self.areas {
            for span in &area.spans {
                let Span { first, last, score, .. } = span;
                let (points, below) = (span.points(), score.score.below.join(";"));
                let _ = write!(out, "{},{},{first},{last},{},", self.partner, area.area, score.track.name());
                let _ = writeln!(out, "{},{points},{},{below}", points.shown(), span.qualified());
            }
        }
        out
    }
}
