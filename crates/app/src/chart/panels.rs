//! The panels of a timeline, with what they say in a sentence.

use super::{Bar, Panel, document};
use crate::ask::timeline::{Answer, AreaSpans, Axis, DayStep, Span};
use crate::text::{counted, plain};
use crate::words;

/// The chart as a document.
#[must_use]
pub fn svg(answer: &Answer) -> String {
    let panels: Vec<Panel> = answer.areas.iter().map(|area| panel(answer, area)).collect();
    document(&title(answer), &panels)
}

/// What the answer is about: `Scores of 6034453 from 2024-09-01 to 2025-02-28`.
#[must_use]
pub fn title(answer: &Answer) -> String {
    let partner = plain(answer.partner.as_str());
    match answer.axis {
        Axis::Days { from, to, .. } => format!("Scores of {partner} from {from} to {to}"),
        Axis::Known { as_of, from, to, .. } => {
            let (from, to) = (words::instant(from), words::instant(to));
            format!("Scores of {partner} as of {as_of}, as known from {from} to {to}")
        }
    }
}

/// The panel of an area.
#[must_use]
pub fn panel(answer: &Answer, area: &AreaSpans) -> Panel {
    let last = &area.last().score;
    let (from, to) = match answer.axis {
        Axis::Days { from, to, .. } => (from, to),
        Axis::Known { from, to, .. } => (from.date(), to.date()),
    };
    let bars = area.spans.iter().map(|span| {
        let (first, last) = (span.first.day(), span.last.day());
        Bar { first, last, points: span.points().clone(), qualified: span.qualified() }
    });
    Panel {
        title: words::area(area.area).to_owned(),
        summary: summary(answer, area),
        from,
        to,
        max: last.max,
        total_min: last.total_min,
        bars: bars.collect(),
        mark: None,
    }
}

/// The answer about an area in a sentence: where it stands at last and since when, how often it qualified, and the best.
#[must_use]
pub fn summary(answer: &Answer, area: &AreaSpans) -> String {
    let last = area.last();
    let stands = |span: &Span| (span.qualified(), span.score.score.below.first().copied() == Some("total"));
    let run = area.spans.iter().rev().take_while(|span| stands(span) == stands(last));
    let since = run.last().map_or(last.first, |span| span.first);
    let is_always = area.spans.first().is_some_and(|first| first.first == since);
    let state = match stands(last) {
        (true, _) => "qualified".to_owned(),
        (false, true) => format!("below {}", last.score.total_min),
        (false, false) => "not qualified for a metric at 0".to_owned(),
    };
    let since = if is_always { "all the time".to_owned() } else { format!("since {}", words::place(since)) };
    let best = area.spans.iter().rev().max_by(|one, other| one.points().cmp(other.points())).unwrap_or(last);
    let (points, best_points) = (last.points().shown(), best.points().shown());
    let (at, qualified) = match answer.axis {
        Axis::Days { step, .. } => (last.last.to_string(), qualified(area, step)),
        Axis::Known { as_of, .. } => {
            (format!("{as_of} as known at {}", words::place(last.last)), known_qualified(area))
        }
    };
    format!("{points} on {at}, {state} {since}; {qualified}, best {best_points} on {}", words::place(best.first))
}

/// On how many of the days the area qualified.
fn qualified(area: &AreaSpans, step: DayStep) -> String {
    let days = |span: &Span| -> u64 {
        match step {
            DayStep::Change => {
                u64::try_from(span.last.day().signed_duration_since(span.first.day()).num_days() + 1).unwrap_or(0)
            }
            DayStep::Day | DayStep::Month => 1,
        }
    };
    let all: u64 = area.spans.iter().map(days).sum();
    let of: u64 = area.spans.iter().filter(|span| span.qualified()).map(days).sum();
    let what = match step {
        DayStep::Change | DayStep::Day => counted(all, "day"),
        DayStep::Month => format!("{} shown", counted(all, "day")),
    };
    format!("qualified on {of} of {what}")
}

/// In how many of the spans the area qualified.
fn known_qualified(area: &AreaSpans) -> String {
    let of = area.spans.iter().filter(|span| span.qualified()).count();
    format!("qualified in {of} of {}", counted(area.spans.len(), "span"))
}
