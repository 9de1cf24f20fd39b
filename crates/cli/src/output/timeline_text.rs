//! A timeline for people to read.

use app::ask::timeline::{Answer, AreaSpans, Axis, Span};
use app::chart::{self, Panel};
use app::text::plain;
use projection::Contribution;
use projection::rulebook::Metric;

use super::chart::panel;
use super::diff_text::entries;
use super::score_text::signed;
use super::table::Table;
use super::{Paint, names};

/// Causes that a line names.
const NAMED: usize = 4;

/// The lines of a timeline: for each area the answer, the chart, and a line a span.
pub(crate) fn lines(answer: &Answer, width: usize, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for area in &answer.areas {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(head_lines(&panel(answer, area), width, paint));
        lines.push(String::new());
        lines.extend(span_lines(answer, area, paint));
    }
    lines.extend(answer.bases.iter().map(|base| paint.faint(&format!("  Note: {base}"))));
    lines
}

/// The answer about an area in a line, and its chart.
pub(crate) fn head_lines(panel: &Panel, width: usize, paint: Paint) -> Vec<String> {
    let mut lines = vec![paint.bold(&format!("{}: {}", panel.title, panel.summary)), String::new()];
    lines.extend(chart::lines(panel, width));
    if panel.bars.iter().any(|bar| bar.qualified) {
        lines.push(paint.faint("      * qualified on a day of the column"));
    }
    lines
}

/// A line a span, with what changed it, and what the notes of the area mean.
pub(super) fn span_lines(answer: &Answer, area: &AreaSpans, paint: Paint) -> Vec<String> {
    let first = match answer.axis {
        Axis::Days { .. } => "from",
        Axis::Known { .. } => "known from",
    };
    let mut table = Table::headed([first, "points", "change", "", "why"]);
    let mut before: Option<&Span> = None;
    for span in &area.spans {
        let change = before.map(|before| signed(&before.points().missing_to(span.points()))).unwrap_or_default();
        let qualified = if span.qualified() { "*" } else { "" };
        table.row([
            names::place(span.first),
            format!("{:>6}", span.points().shown()),
            format!("{change:>6}"),
            qualified.to_owned(),
            causes(span, before),
        ]);
        before = Some(span);
    }
    let mut lines = table.lines("  ");
    if let Some(first) = lines.first_mut() {
        *first = paint.faint(first);
    }
    let notes = area.notes.iter().map(|note| names::note_of_days(note));
    lines.extend(notes.map(|note| paint.faint(&format!("  {note}"))));
    lines
}

/// What changed the score, in words; or what else is another than in the span before.
fn causes(span: &Span, before: Option<&Span>) -> String {
    let all = &span.contributions;
    if let Some(before) = before.filter(|_| all.is_empty()) {
        if before.score.track != span.score.track {
            return format!("scored on {}", names::track(span.score.track));
        }
        return match span.score.score.below.as_slice() {
            [] => "nothing is missing any more".to_owned(),
            below => format!("missing now: {}", names::below(below).join(", ")),
        };
    }
    let named: Vec<String> = all.iter().take(NAMED).map(cause).collect();
    let more = all.len().checked_sub(NAMED + 1).map(|more| format!("; and {} more", more + 1)).unwrap_or_default();
    format!("{}{more}", named.join("; "))
}

fn cause((metric, contribution): &(Metric, Contribution)) -> String {
    let Contribution { cause, subject, points, entries: behind, .. } = contribution;
    let (cause, subject) = (names::cause(*cause), plain(subject));
    format!("{} {}: {cause}, {subject}{}", metric.title(), signed(points), entries(behind))
}
