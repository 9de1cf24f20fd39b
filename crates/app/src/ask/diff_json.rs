//! A diff as JSON: an object an area, on a line each.

use std::fmt::Write as _;

use ledger::{PartnerId, Timestamp};
use projection::points::{fraction, shown};
use projection::{AreaDiff, AreaScore, Contribution, Diff, MetricDiff, Moment};

use super::score_json::{comma, names, write_points};
use crate::text::json_string;

/// A diff with what it was asked of.
pub struct Answer<'a> {
    pub partner: &'a PartnerId,
    /// The instants at which both ends were known.
    pub known: [Timestamp; 2],
    pub diff: &'a Diff,
}

impl Answer<'_> {
    /// The objects, without line ends.
    #[must_use]
    pub fn to_json(&self) -> Vec<String> {
        self.diff.areas.iter().map(|area| self.area(area)).collect()
    }

    fn area(&self, area: &AreaDiff) -> String {
        let [known_from, known_to] = self.known;
        let mut out = String::with_capacity(2_048);
        let partner = json_string(self.partner.as_str());
        let _ = write!(out, "{{\"partner\":{partner},\"area\":\"{}\",\"from\":", area.area());
        write_end(&mut out, &area.from, known_from);
        out.push_str(",\"to\":");
        write_end(&mut out, &area.to, known_to);
        let _ = write!(out, ",\"change\":\"{}\",\"metrics\":[", fraction(&area.change()));
        for (nth, metric) in area.metrics.iter().enumerate() {
            out.push_str(comma(nth));
            write_metric(&mut out, metric);
        }
        let _ = write!(out, "],\"without_effect\":{}}}", seqs(&self.diff.without_effect));
        out
    }
}

fn write_end(out: &mut String, score: &AreaScore, known_at: Timestamp) {
    let _ = write!(
        out,
        "{{\"as_of\":\"{}\",\"known_at\":\"{known_at}\",\"measured_month\":\"{}\",\"track\":\"{}\",",
        score.as_of,
        score.measured_month,
        score.track.name()
    );
    write_points(out, &score.score.points);
    let _ = write!(out, ",\"qualified\":{},\"below\":{}}}", score.score.qualified(), names(&score.score.below));
}

fn write_metric(out: &mut String, metric: &MetricDiff) {
    let MetricDiff { metric: name, from, to, contributions } = metric;
    let change = fraction(&metric.change());
    let _ = write!(out, "{{\"metric\":\"{name}\",\"from\":\"{from}\",\"to\":\"{to}\",\"change\":\"{change}\",");
    out.push_str("\"contributions\":[");
    for (nth, contribution) in contributions.iter().enumerate() {
        out.push_str(comma(nth));
        write_contribution(out, contribution);
    }
    out.push_str("]}");
}

fn write_contribution(out: &mut String, contribution: &Contribution) {
    let Contribution { cause, when, subject, entries, points } = contribution;
    let (at, through) = match when {
        Moment::Recorded(first, last) => (first.to_string(), last.to_string()),
        Moment::Day(day) => (day.to_string(), day.to_string()),
    };
    let _ = write!(
        out,
        "{{\"cause\":\"{}\",\"points\":{},\"points_exact\":\"{}\",\"at\":\"{at}\",\"through\":\"{through}\",",
        cause.name(),
        shown(points),
        fraction(points)
    );
    let _ = write!(out, "\"subject\":{},\"entries\":{}}}", json_string(subject), seqs(entries));
}

fn seqs(seqs: &[u64]) -> String {
    let seqs: Vec<String> = seqs.iter().map(ToString::to_string).collect();
    format!("[{}]", seqs.join(","))
}
