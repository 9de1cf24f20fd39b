//! A score as JSON: one object on a line, to the letter of the interface's section 4.

use std::fmt::Write as _;

use ledger::{PartnerId, Timestamp};
use num_rational::BigRational;
use projection::points::fraction;
use projection::rulebook::Bounds;
use projection::{
    AreaScore, Basis, Class, ClassFigures, Measure, MetricScore, Plan, StepScore, TrackScore, Unit, UnitSubject,
};

use super::json::{list, names, write_ground, write_list, write_points, write_text, write_verdict};
use crate::beyond::{AssumedEvents, CarryChoice, MissingFigures, ShortBase};
use crate::known::Rules;
use crate::text::json_string;

/// A score with what it was asked of.
pub struct Answer<'a> {
    /// The partner.
    pub partner: &'a PartnerId,
    /// The instant at which it was known.
    pub known_at: Timestamp,
    /// Which month is measured.
    pub basis: Basis,
    /// The rules that it is computed by.
    pub rules: &'a Rules,
    /// The number of entries known.
    pub size: u64,
    /// The root of their tree.
    pub root: [u8; 32],
    /// How many findings there are about the partner.
    pub findings: usize,
    /// Whether the units behind the figures are listed.
    pub explain: bool,
    /// How figures are carried, where that was said.
    pub carry: Option<CarryChoice>,
    /// What is assumed, if anything is.
    pub assumed: Option<&'a AssumedEvents>,
    /// What is missing in it.
    pub missing: Missing,
    /// The score.
    pub score: &'a AreaScore,
}

/// What is missing in a score, for people.
#[derive(Clone, Debug, Default)]
pub struct Missing {
    /// The figures of the measured month that are not known.
    pub figures: Vec<MissingFigures>,
    /// The figures of which the months that are compared are not all known.
    pub bases: Vec<ShortBase>,
    /// The cheapest change by which an area that does not qualify would, where that was asked and all figures are known.
    pub plan: Option<Plan>,
}

impl Answer<'_> {
    /// The object, without a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { known_at, size, score, explain, findings, .. } = self;
        let AreaScore { area, as_of, measured_month, compared_month, .. } = score;
        let mut out = String::with_capacity(2_048);
        let (partner, basis) = (json_string(self.partner.as_str()), self.basis.name());
        let _ = write!(out, "{{\"partner\":{partner},\"area\":\"{area}\",\"as_of\":\"{as_of}\",");
        let _ = write!(out, "\"known_at\":\"{known_at}\",\"basis\":\"{basis}\",");
        if let Some(carry) = self.carry {
            carry.write_json(&mut out);
        }
        let _ = write!(out, "\"measured_month\":\"{measured_month}\",\"compared_month\":\"{compared_month}\",");
        write_ground(&mut out, self.rules, (*size, &self.root), self.assumed);
        let _ = write!(out, "\"track\":\"{}\",", score.track.name());
        write_track(&mut out, &score.score, Some(score.max), *explain);
        let _ = write!(out, ",\"notes\":{},\"findings\":{findings}", names(&score.notes));
        if let Some(tracks) = &score.tracks {
            out.push_str(",\"tracks\":");
            write_list(&mut out, tracks, |out, (track, score)| {
                let _ = write!(out, "{{\"track\":\"{}\",", track.name());
                write_track(out, score, None, *explain);
                out.push('}');
            });
        }
        if let Some(class) = &score.class {
            out.push_str(",\"class\":");
            write_class(&mut out, class);
            out.push('}');
        }
        out.push('}');
        out
    }
}

/// Writes by what the track is chosen: the figures, each with the bounds that the rules have for it; without the brace
/// that ends the object.
pub(super) fn write_class(out: &mut String, Class { track, figures, held_until }: &Class) {
    let _ = write!(out, "{{\"by\":\"{}\",\"track\":\"{}\",", figures.name(), track.name());
    match figures {
        ClassFigures::SmbShare { smb, of, smb_share, ttm_usd, ttm_bounds, unclassified } => {
            let share = (*of > 0).then(|| format!("\"{}\"", fraction(&BigRational::new((*smb).into(), (*of).into()))));
            let _ = write!(out, "\"smb\":{smb},\"of\":{of},\"share\":{}", share.as_deref().unwrap_or("null"));
            write_bounds(out, "smb_share", smb_share, "\"");
            if let Some(usd) = ttm_usd {
                let _ = write!(out, ",\"ttm_usd\":\"{usd}\"");
            }
            write_bounds(out, "ttm_usd", ttm_bounds, "\"");
            out.push_str(",\"unclassified\":");
            write_list(out, unclassified, |out, customer| {
                let _ = write!(out, "\"{customer}\"");
            });
        }
        ClassFigures::LargePairs { pairs, pairs_bounds, usd } => {
            let _ = write!(out, "\"pairs\":{pairs}");
            write_bounds(out, "pairs", pairs_bounds, "");
            write_bounds(out, "usd", usd, "\"");
        }
    }
    if let Some(day) = held_until {
        let _ = write!(out, ",\"held_until\":\"{day}\"");
    }
}

/// Writes the bounds that there are as fields, each with a comma before it.
fn write_bounds(out: &mut String, name: &str, bounds: &Bounds, quote: &str) {
    for (bound, value) in bounds.named() {
        let _ = write!(out, ",\"{name}_{bound}\":{quote}{value}{quote}");
    }
}

/// Writes the verdict of a track and its metrics, without a comma behind.
fn write_track(out: &mut String, score: &TrackScore, max: Option<u32>, explain: bool) {
    write_verdict(out, score, max);
    out.push_str(",\"metrics\":");
    write_list(out, &score.metrics, |out, metric| write_metric(out, metric, explain));
}

fn write_metric(out: &mut String, metric: &MetricScore, explain: bool) {
    let _ = write!(out, "{{\"metric\":\"{}\",\"category\":\"{}\",", metric.metric, metric.metric.category());
    write_points(out, &metric.points);
    let _ = write!(out, ",\"max\":{},", metric.max);
    write_measure(out, &metric.measure);
    let _ = write!(out, "\"notes\":{}", names(&metric.notes));
    if explain {
        out.push_str(",\"because\":");
        write_list(out, &metric.because, write_unit);
    }
    out.push('}');
}

/// Writes the fields of a measure, each with a comma behind it.
fn write_measure(out: &mut String, measure: &Measure) {
    let null = || "null".to_owned();
    match measure {
        Measure::Net { now, then, net, option, unmeasured } => {
            let then = then.map_or_else(null, |then| then.to_string());
            let _ = write!(out, "\"now\":{now},\"then\":{then},\"net\":{net},");
            write_text(out, "option", option.as_deref());
            let _ = write!(out, "\"unmeasured\":{unmeasured},");
        }
        Measure::People { people, steps } => {
            let _ = write!(out, "\"people\":{people},");
            if let Some(steps) = steps {
                out.push_str("\"steps\":");
                write_list(out, steps, |out, StepScore { step, people, met, points }| {
                    let _ = write!(out, "{{\"step\":{step},\"people\":{people},\"met\":{met},");
                    let _ = write!(out, "\"points_exact\":\"{points}\"}}");
                });
                out.push(',');
            }
        }
        Measure::Percent { now, then, percent } => {
            let percent = percent.as_ref().map_or_else(null, |percent| format!("\"{}\"", fraction(percent)));
            let _ = write!(out, "\"now\":\"{now}\",\"then\":\"{then}\",\"percent\":{percent},");
        }
        Measure::Difference { now, then, net, option } => {
            let _ = write!(out, "\"now\":\"{now}\",\"then\":\"{then}\",\"net\":\"{net}\",\"percent\":null,");
            write_text(out, "option", Some(option));
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
    write_subject(out, &unit.subject);
    let _ = write!(out, "\"counted\":{},", unit.missed.is_none());
    write_text(out, "reason", unit.missed.as_deref());
    write_text(out, "figure", unit.figure.as_deref());
    let _ = write!(out, "\"seqs\":{}}}", list(&unit.entries));
}

/// Writes what a unit is as fields, each with a comma behind it.
pub(super) fn write_subject(out: &mut String, subject: &UnitSubject) {
    match subject {
        UnitSubject::Customer { customer, part } => {
            let _ = write!(out, "\"customer\":\"{customer}\",");
            write_text(out, "part", part.as_deref());
        }
        UnitSubject::Pair { customer, product, part } => {
            let _ = write!(out, "\"customer\":\"{customer}\",");
            write_text(out, "product", Some(product));
            write_text(out, "part", part.as_deref());
        }
        UnitSubject::Product { product } => write_text(out, "product", Some(product)),
        UnitSubject::Person { person, certification, step } => {
            write_text(out, "person", Some(person));
            write_text(out, "certification", Some(certification));
            if *step > 0 {
                let _ = write!(out, "\"step\":{step},");
            }
        }
    }
}

#[cfg(test)]
mod tests;
