//! A diff for people to read.

use num_rational::BigRational;
use projection::rulebook::Metric;
use projection::{AreaDiff, AreaScore, Contribution, Measure, MetricDiff, Moment, StepScore};

use super::labels::Labels;
use super::names::short_instant;
use super::score_text::{signed, standing};
use super::table::Table;
use super::{Paint, move_text, names};
use app::ask::diff::Answer;
use app::text::{counted, plain};

/// Runs of entries that a line names.
const NAMED_RUNS: usize = 6;

/// The lines of a diff; with all units that moved, or with the first few.
pub(crate) fn lines(answer: &Answer, is_all: bool, labels: &Labels, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    let (same, changed): (Vec<&AreaDiff>, Vec<&AreaDiff>) = answer.diff.areas.iter().partition(|area| area.is_empty());
    for area in changed {
        lines.push(paint.bold(&title(answer, area, labels)));
        lines.extend(area_lines(area, is_all, paint));
        lines.push(String::new());
    }
    if !same.is_empty() {
        let same: Vec<String> =
            same.iter().map(|area| format!("{} {}", names::area(area.area()), area.to.score.points.shown())).collect();
        lines.push(format!("Unchanged: {}", same.join(", ")));
    }
    let without_effect = &answer.diff.without_effect;
    if !without_effect.is_empty() {
        lines.push(format!("{} changed nothing", counted(without_effect.len(), "further entry")));
    }
    lines.extend(answer.assumed.iter().map(names::assumed));
    lines.extend(answer.bases.iter().map(|base| format!("Note: {base}")));
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn title(answer: &Answer, area: &AreaDiff, labels: &Labels) -> String {
    let [known_from, known_to] = answer.known.map(|instant| short_instant(&instant.to_string()));
    let (from, to) = (area.from.as_of, area.to.as_of);
    let known = if known_from == known_to {
        format!("as known at {known_to}")
    } else {
        format!("as known at {known_from} and {known_to}")
    };
    let days = if from == to { format!("as of {to}") } else { format!("from {from} to {to}") };
    format!("{} of {} {days}, {known}", names::area(area.area()), labels.partner(&answer.partner))
}

fn area_lines(area: &AreaDiff, is_all: bool, paint: Paint) -> Vec<String> {
    let end = |area: &AreaScore| format!("{} ({})", area.score.points.shown(), standing(&area.score));
    let change = paint.bold(&signed(&area.change()));
    let mut lines = vec![format!("  {} -> {}: {change} points", end(&area.from), end(&area.to))];
    if area.from.track != area.to.track {
        let (from, to) = (names::track(area.from.track), names::track(area.to.track));
        lines.push(format!("  Scored on {from} at first, on {to} then"));
    }
    lines.push(String::new());
    let (still, moved): (Vec<&MetricDiff>, Vec<&MetricDiff>) =
        area.metrics.iter().partition(|metric| metric.contributions.is_empty());
    // Behind a row may stand lines that are in no column.
    let (mut table, mut details) = (Table::default(), Vec::new());
    for metric in moved {
        let range = format!("{} -> {}", metric.from.shown(), metric.to.shown());
        table.row([metric.metric.title().to_owned(), aligned(&metric.change()), range]);
        details.push(gate_line(area, metric.metric).into_iter().collect());
        for contribution in &metric.contributions {
            table.row([
                format!("  {} {}", when(contribution), names::cause(contribution.cause)),
                aligned(&contribution.points),
                format!("{}{}", plain(&contribution.subject), entries(&contribution.entries)),
            ]);
            details.push(move_text::lines(&contribution.moves, is_all));
        }
    }
    for (row, details) in table.lines("  ").into_iter().zip(details) {
        lines.push(row);
        lines.extend(details.iter().map(|detail| format!("      {detail}")));
    }
    if !still.is_empty() {
        let still: Vec<String> =
            still.iter().map(|metric| format!("{} {}", metric.metric.title(), metric.to.shown())).collect();
        lines.push(format!("  Unchanged: {}", still.join(", ")));
    }
    lines
}

/// What a gate that opened or closed does to the step that gives points, which is the last one.
fn gate_line(area: &AreaDiff, metric: Metric) -> Option<String> {
    let ((from_gates, _), (to_gates, last)) = (steps(&area.from, metric)?, steps(&area.to, metric)?);
    let closed = |gates: &[StepScore]| gates.iter().find(|gate| !gate.met).map(|gate| gate.step);
    let (gate, is_open) = match (closed(from_gates), closed(to_gates)) {
        (None, Some(step)) => (step, false),
        (Some(step), None) => (step, true),
        (None, None) | (Some(_), Some(_)) => return None,
    };
    let people = |step: &StepScore| counted(step.people, "person");
    let has = people(to_gates.iter().find(|one| one.step == gate)?);
    let (step, held) = (last.step, people(last));
    let text = if is_open {
        format!("step {gate} is met now ({has}), so that step {step} counts ({held})")
    } else {
        format!("step {gate} is no longer met ({has}), which holds back the points of step {step} ({held})")
    };
    (last.people > 0).then_some(text)
}

/// The gates of a certification metric, and the step that gives points.
fn steps(score: &AreaScore, metric: Metric) -> Option<(&[StepScore], &StepScore)> {
    match &score.score.metrics.iter().find(|one| one.metric == metric)?.measure {
        Measure::People { steps, .. } => steps.as_deref()?.split_last().map(|(last, gates)| (gates, last)),
        Measure::Net { .. } | Measure::Percent { .. } | Measure::Difference { .. } | Measure::Parts { .. } => None,
    }
}

/// The day of a contribution: that of its first recording, or the one on which it came true.
fn when(contribution: &Contribution) -> String {
    match contribution.when {
        Moment::Recorded(first, _) => first.date().to_string(),
        Moment::Day(day) => day.to_string(),
    }
}

/// Points with their sign, the point below those of other lines.
fn aligned(points: &BigRational) -> String {
    let text = signed(points);
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    format!("{:>7}", format!("{text}{}", " ".repeat(2_usize.saturating_sub(decimals))))
}

/// The entries behind a contribution, in runs: ` [#12-18 #40]`.
pub(super) fn entries(entries: &[u64]) -> String {
    let runs: Vec<String> = entries
        .chunk_by(|one, next| one + 1 == *next)
        .filter_map(|run| match run {
            [] => None,
            [one] => Some(format!("#{one}")),
            [first, .., last] => Some(format!("#{first}-{last}")),
        })
        .collect();
    let Some(named) = runs.get(..runs.len().min(NAMED_RUNS)).filter(|named| !named.is_empty()) else {
        return String::new();
    };
    let more =
        if runs.len() > named.len() { format!(", {} in all", counted(entries.len(), "entry")) } else { String::new() };
    format!(" [{}{more}]", named.join(" "))
}
