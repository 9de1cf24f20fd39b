//! The units behind a score, for people to read.

use std::fmt::Write as _;

use projection::{AreaScore, At, Class, ClassFigures, MetricScore, Unit, UnitSubject};

use super::{Paint, names};
use app::text::{counted, plain};

/// Entries that a line names.
const NAMED_ENTRIES: usize = 6;

/// The lines of each metric: what counted, and what nearly counted and why it did not. Then those by the other track,
/// where there is one.
pub(crate) fn lines(score: &AreaScore, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for metric in &score.score.metrics {
        lines.push(paint.bold(&format!("  {}", metric.metric.title())));
        lines.extend(metric_lines(metric));
    }
    for (track, other) in score.tracks.iter().flatten().filter(|(track, _)| *track != score.track) {
        let heading = format!("  By {}: {} of {} points", names::track(*track), other.points.shown(), score.max);
        lines.extend([String::new(), paint.bold(&heading)]);
        for metric in &other.metrics {
            lines.push(paint.bold(&format!(
                "  {}: {} of {}",
                metric.metric.title(),
                metric.points.shown(),
                metric.max
            )));
            let is_shown = score.score.metrics.iter().any(|shown| is_same(shown, metric));
            lines.extend(if is_shown { vec!["    the same as above".to_owned()] } else { metric_lines(metric) });
        }
    }
    lines.extend(score.class.iter().flat_map(|class| class_lines(class, paint)));
    lines
}

/// By what the track of a classified area is chosen.
fn class_lines(class: &Class, paint: Paint) -> Vec<String> {
    let mut lines = vec![String::new(), paint.bold(&format!("  Class: {}", names::track(class.track)))];
    match &class.figures {
        ClassFigures::SmbShare { smb, of, smb_share, ttm_usd, ttm_bounds, unclassified } => {
            let share =
                format!("    SMB: {smb} of {}; the SMB track takes a share {smb_share}", counted(*of, "customer"));
            let usd = ttm_usd.filter(|_| !ttm_bounds.is_unbounded());
            let usd = usd.map(|usd| format!(", and {ttm_bounds} USD in twelve months, which are {usd}"));
            lines.push(share + &usd.unwrap_or_default());
            if !unclassified.is_empty() {
                lines.push("    customers without a class:".to_owned());
                lines.extend(unclassified.iter().map(|customer| format!("      {customer}")));
            }
        }
        ClassFigures::LargePairs { pairs, pairs_bounds, usd } => lines.push(format!(
            "    {} of customers with revenue {usd} USD in both months; the enterprise track takes {pairs_bounds}",
            counted(*pairs, "product")
        )),
    }
    lines.extend(class.held_until.map(|day| format!("    an enrolment holds the track until {day}")));
    lines
}

/// Whether a metric has the same units by two tracks.
fn is_same(one: &MetricScore, other: &MetricScore) -> bool {
    (one.metric, &one.because) == (other.metric, &other.because)
}

fn metric_lines(metric: &MetricScore) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, title) in [(At::Now, "now"), (At::Then, "a year before")] {
        let units = || metric.because.iter().filter(move |unit| unit.at == at);
        let (counted, missed) = (units().filter(|unit| unit.missed.is_none()), units().filter(|u| u.missed.is_some()));
        lines.extend(section(&format!("counted {title}"), counted));
        lines.extend(section(&format!("nearly counted {title}"), missed));
    }
    if lines.is_empty() {
        lines.push("    nothing".to_owned());
    }
    lines
}

fn section<'a>(title: &str, units: impl Iterator<Item = &'a Unit>) -> Vec<String> {
    let units: Vec<String> = units.map(|unit| format!("      {}", unit_text(unit))).collect();
    if units.is_empty() {
        return units;
    }
    std::iter::once(format!("    {title}:")).chain(units).collect()
}

fn unit_text(unit: &Unit) -> String {
    let part = |part: &Option<String>| part.as_ref().map_or_else(String::new, |part| format!(" ({part})"));
    let mut text = match &unit.subject {
        UnitSubject::Customer { customer, part: of } => format!("customer {customer}{}", part(of)),
        UnitSubject::Pair { customer, product, part: of } => format!("customer {customer}, {product}{}", part(of)),
        UnitSubject::Product { product } => product.clone(),
        UnitSubject::Person { person, certification, step: 0 } => format!("{person}, {certification}"),
        UnitSubject::Person { person, certification, step } => format!("{person}, {certification}, for step {step}"),
    };
    if let Some(figure) = &unit.figure {
        let _ = write!(text, ": {figure}");
    }
    if let Some(missed) = &unit.missed {
        let _ = write!(text, "; {missed}");
    }
    let named: Vec<String> = unit.entries.iter().take(NAMED_ENTRIES).map(|seq| format!("#{seq}")).collect();
    let rest = unit.entries.len().saturating_sub(named.len());
    if !named.is_empty() {
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let _ = write!(text, " [{}{more}]", named.join(" "));
    }
    plain(&text)
}
