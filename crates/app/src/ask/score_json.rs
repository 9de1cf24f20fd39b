//! A score as JSON: one object on a line, to the letter of the interface's section 4.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::{PartnerId, Timestamp};
use num_rational::BigRational;
use projection::points::{Points, fraction};
use projection::{AreaScore, Basis, Measure, MetricScore, Subject, TrackScore, Unit};

use crate::text::json_string;

/// A score with what it was asked of.
pub struct Answer<'a> {
    pub partner: &'a PartnerId,
    pub known_at: Timestamp,
    pub basis: Basis,
    pub rulebook_name: &'a str,
    pub rulebook_sha256: &'a str,
    pub size: u64,
    pub root: [u8; 32],
    pub findings: usize,
    pub explain: bool,
    pub score: &'a AreaScore,
}

impl Answer<'_> {
    /// The object, without a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let score = self.score;
        let mut out = String::with_capacity(2_048);
        let _ = write!(
            out,
            "{{\"partner\":{},\"area\":\"{}\",\"as_of\":\"{}\",\"known_at\":\"{}\",\"basis\":\"{}\",",
            json_string(self.partner.as_str()),
            score.area,
            score.as_of,
            self.known_at,
            self.basis.name()
        );
        let _ = write!(
            out,
            "\"measured_month\":\"{}\",\"compared_month\":\"{}\",\"rulebook\":{{\"name\":{},\"sha256\":\"{}\"}},",
            score.measured_month,
            score.compared_month,
            json_string(self.rulebook_name),
            self.rulebook_sha256
        );
        let _ = write!(
            out,
            "\"ledger\":{{\"size\":{},\"root\":\"{}\"}},\"track\":\"{}\",",
            self.size,
            STANDARD.encode(self.root),
            score.track.name()
        );
        write_points(&mut out, &score.score.points);
        let _ = write!(
            out,
            ",\"max\":{},\"qualified\":{},\"below\":{},",
            score.max,
            score.score.qualified(),
            names(&score.score.below)
        );
        write_metrics(&mut out, &score.score, self.explain);
        let _ = write!(out, ",\"notes\":{},\"findings\":{}", names(&score.notes), self.findings);
        if let Some(tracks) = &score.tracks {
            out.push_str(",\"tracks\":[");
            for (nth, (track, score)) in tracks.iter().enumerate() {
                let _ = write!(out, "{}{{\"track\":\"{}\",", comma(nth), track.name());
                write_points(&mut out, &score.points);
                let _ = write!(out, ",\"qualified\":{},\"below\":{},", score.qualified(), names(&score.below));
                write_metrics(&mut out, score, self.explain);
                out.push('}');
            }
            out.push(']');
        }
        out.push('}');
        out
    }
}

/// Writes points rounded and exact, without a comma behind.
pub fn write_points(out: &mut String, points: &Points) {
    let _ = write!(out, "\"points\":{},\"points_exact\":\"{points}\"", points.shown());
}

fn write_metrics(out: &mut String, score: &TrackScore, explain: bool) {
    out.push_str("\"metrics\":[");
    for (nth, metric) in score.metrics.iter().enumerate() {
        out.push_str(comma(nth));
        write_metric(out, metric, explain);
    }
    out.push(']');
}

fn write_metric(out: &mut String, metric: &MetricScore, explain: bool) {
    let _ = write!(out, "{{\"metric\":\"{}\",\"category\":\"{}\",", metric.metric, metric.metric.category());
    write_points(out, &metric.points);
    let _ = write!(out, ",\"max\":{},", metric.max);
    write_measure(out, &metric.measure);
    let _ = write!(out, "\"notes\":{}", names(&metric.notes));
    if explain {
        out.push_str(",\"because\":[");
        for (nth, unit) in metric.because.iter().enumerate() {
            out.push_str(comma(nth));
            write_unit(out, unit);
        }
        out.push(']');
    }
    out.push('}');
}

/// Writes the fields of a measure, each with a comma behind it.
fn write_measure(out: &mut String, measure: &Measure) {
    match measure {
        Measure::Net { now, then, net, option, unmeasured } => {
            let then = then.map_or_else(|| "null".to_owned(), |then| then.to_string());
            let _ = write!(out, "\"now\":{now},\"then\":{then},\"net\":{net},");
            if let Some(option) = option {
                let _ = write!(out, "\"option\":{},", json_string(option));
            }
            let _ = write!(out, "\"unmeasured\":{unmeasured},");
        }
        Measure::People { people, steps } => {
            let _ = write!(out, "\"people\":{people},");
            if let Some(steps) = steps {
                out.push_str("\"steps\":[");
                for (nth, step) in steps.iter().enumerate() {
                    let _ = write!(
                        out,
                        "{}{{\"step\":{},\"people\":{},\"met\":{},\"points_exact\":\"{}\"}}",
                        comma(nth),
                        step.step,
                        step.people,
                        step.met,
                        step.points
                    );
                }
                out.push_str("],");
            }
        }
        Measure::Percent { now, then, percent } => {
            let _ = write!(out, "\"now\":\"{now}\",\"then\":\"{then}\",\"percent\":{},", ratio(percent.as_ref()));
        }
        Measure::Difference { now, then, net, option } => {
            let _ = write!(
                out,
                "\"now\":\"{now}\",\"then\":\"{then}\",\"net\":\"{net}\",\"percent\":null,\"option\":{},",
                json_string(option)
            );
        }
        Measure::Parts { now, then } => {
            let parts = |[azure, m365]: &[String; 2]| format!("{{\"azure\":\"{azure}\",\"m365\":\"{m365}\"}}");
            let _ = write!(out, "\"now\":{},\"then\":{},\"percent\":null,", parts(now), parts(then));
        }
    }
}

/// Writes a unit: where it was counted, what it is, whether it counted, by which figure, and by which entries.
fn write_unit(out: &mut String, unit: &Unit) {
    let _ = write!(out, "{{\"at\":\"{}\",", unit.at.name());
    let part = |out: &mut String, part: &Option<String>| {
        if let Some(part) = part {
            let _ = write!(out, "\"part\":{},", json_string(part));
        }
    };
    match &unit.subject {
        Subject::Customer { customer, part: of } => {
            let _ = write!(out, "\"customer\":\"{customer}\",");
            part(out, of);
        }
        Subject::Pair { customer, product, part: of } => {
            let _ = write!(out, "\"customer\":\"{customer}\",\"product\":{},", json_string(product));
            part(out, of);
        }
        Subject::Product { product } => {
            let _ = write!(out, "\"product\":{},", json_string(product));
        }
        Subject::Person { person, certification, step } => {
            let _ = write!(out, "\"person\":{},\"certification\":{},", json_string(person), json_string(certification));
            if *step > 0 {
                let _ = write!(out, "\"step\":{step},");
            }
        }
    }
    let _ = write!(out, "\"counted\":{},", unit.missed.is_none());
    if let Some(missed) = &unit.missed {
        let _ = write!(out, "\"reason\":{},", json_string(missed));
    }
    if let Some(figure) = &unit.figure {
        let _ = write!(out, "\"figure\":{},", json_string(figure));
    }
    let seqs: Vec<String> = unit.entries.iter().map(ToString::to_string).collect();
    let _ = write!(out, "\"seqs\":[{}]}}", seqs.join(","));
}

fn ratio(value: Option<&BigRational>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| format!("\"{}\"", fraction(value)))
}

/// Names as a JSON list.
#[must_use]
pub fn names(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| json_string(name)).collect();
    format!("[{}]", quoted.join(","))
}

/// What stands before the nth thing of a list.
#[must_use]
pub fn comma(nth: usize) -> &'static str {
    if nth == 0 { "" } else { "," }
}

#[cfg(test)]
mod tests;
