//! A forecast for people to read.

use app::ask::forecast::{Answer, Crossing, crossings};
use app::ask::timeline::{AreaSpans, Axis, Span};
use app::chart::{Panel, document};
use app::text::{counted, plain};
use ledger::{Date, Segment};
use num_rational::BigRational;
use projection::rulebook::Track;
use projection::{Contribution, End, EndSubject};

use super::chart;
use super::diff_text::entries;
use super::score_text::signed;
use super::table::Table;
use super::timeline_text::{head_lines, span_lines};
use super::{Paint, names};

/// The lines of a forecast: for each area the answer, the chart, what ends, and a line a span.
pub(crate) fn lines(answer: &Answer, width: usize, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for (area, ends) in answer.areas() {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(head_lines(&panel(answer, area, ends), width, paint));
        lines.push(String::new());
        lines.extend(end_lines(ends, paint));
        lines.push(String::new());
        lines.extend(span_lines(&answer.timeline, area, paint));
    }
    lines
}

/// The chart as a document.
pub(crate) fn svg(answer: &Answer) -> String {
    let panels: Vec<Panel> = answer.areas().map(|(area, ends)| panel(answer, area, ends)).collect();
    document(&chart::title(&answer.timeline), &panels)
}

fn panel(answer: &Answer, area: &AreaSpans, ends: &[End]) -> Panel {
    let mark = Some((answer.today, "today".to_owned()));
    Panel { summary: summary(answer, area, ends), mark, ..chart::panel(&answer.timeline, area) }
}

/// The last day.
fn until(answer: &Answer, area: &AreaSpans) -> Date {
    match answer.timeline.axis {
        Axis::Days { to, .. } => to,
        Axis::Known { .. } => area.last().last.day(),
    }
}

/// The answer about an area in a sentence: where it stands, and whether it will qualify.
fn summary(answer: &Answer, area: &AreaSpans, ends: &[End]) -> String {
    let holds = |day: Date| area.spans.iter().find(|span| (span.first.day()..=span.last.day()).contains(&day));
    let (now, day) = match (holds(answer.today), area.spans.first()) {
        (Some(span), _) => (span, answer.today),
        (None, Some(first)) => (first, first.first.day()),
        (None, None) => (area.last(), area.last().first.day()),
    };
    let when = if day == answer.today { "today".to_owned() } else { format!("on {day}") };
    let coming: Vec<&Span> = area.spans.iter().filter(|span| span.last.day() >= day).collect();
    let crossings: Vec<Crossing<'_>> = crossings(area).filter(|crossing| crossing.day > day).collect();
    let what = match crossings.split_first() {
        None => stays(&coming, now, until(answer, area)),
        Some((first, later)) => {
            let span = coming.iter().find(|span| span.first.day() == first.day);
            let because = span.and_then(|span| cause(first, span, ends)).map(|cause| format!(" ({cause})"));
            let then = match later {
                [] => String::new(),
                [next] => format!("; {}", crosses(next, &coming, true)),
                [next, more @ ..] => {
                    let more = counted(more.len(), "further change");
                    format!("; {}; {more} until {}", crosses(next, &coming, true), until(answer, area))
                }
            };
            format!("{}{}{then}", crosses(first, &coming, false), because.unwrap_or_default())
        }
    };
    format!("{} {when}; {what}", now.points().shown())
}

/// What stays where nothing is crossed.
fn stays(coming: &[&Span], now: &Span, until: Date) -> String {
    let is_below = |span: &&Span| span.score.score.below.first() == Some(&"total");
    if now.qualified() {
        format!("stays qualified until {until}")
    } else if coming.iter().all(is_below) {
        format!("stays below {} until {until}", now.score.total_min)
    } else {
        format!("does not qualify until {until}")
    }
}

/// A crossing in words; a later one may be a return.
fn crosses(crossing: &Crossing<'_>, coming: &[&Span], is_later: bool) -> String {
    let Crossing { day, qualified, .. } = crossing;
    let again = if is_later { " again" } else { "" };
    if *qualified {
        return format!("qualifies{again} from {day} on");
    }
    let span = coming.iter().find(|span| span.first.day() == *day);
    match span.map(|span| (span.score.score.below.first(), span.score.total_min)) {
        Some((Some(&"total"), total_min)) => format!("falls below {total_min} on {day}"),
        _ => format!("no longer qualifies from {day} on, with a metric at 0"),
    }
}

/// What changes most in the direction of a crossing, in words: something that ends, else a cause.
fn cause(crossing: &Crossing<'_>, span: &Span, ends: &[End]) -> Option<String> {
    let towards = |points: &BigRational| if crossing.qualified { points.clone() } else { -points };
    let moves = |points: &BigRational| towards(points) > BigRational::default();
    let of_day = ends.iter().filter(|end| end.day == crossing.day && moves(&end.points));
    let largest = of_day.rev().max_by_key(|end| towards(&end.points));
    let contributions = span.contributions.iter().filter(|(_, one)| moves(&one.points));
    largest.map(|end| subject(&end.subject)).or_else(|| {
        let (metric, largest) = contributions.rev().max_by_key(|(_, one)| towards(&one.points))?;
        let Contribution { cause, points, .. } = largest;
        Some(format!("{} {}: {}", metric.title(), signed(points), names::cause(*cause)))
    })
}

/// What ends, in words.
fn subject(subject: &EndSubject) -> String {
    match subject {
        EndSubject::Certification { person, certification } => {
            format!("{} of {} ends", plain(certification), plain(person.as_ref()))
        }
        EndSubject::Credit { certification } => format!("credit for {} ends", plain(certification)),
        EndSubject::Association { association, customer } => {
            format!("association {association} with customer {customer} ends")
        }
        EndSubject::Enrolment { track } => {
            let track = match track {
                Segment::Smb => Track::Smb,
                Segment::Enterprise => Track::Enterprise,
            };
            format!("enrolment on {} ends", names::track(track))
        }
        EndSubject::Rules { key } => format!("rules of {} change", plain(key)),
    }
}

fn end_lines(ends: &[End], paint: Paint) -> Vec<String> {
    if ends.is_empty() {
        return vec!["  Nothing that counts is known to end".to_owned()];
    }
    let mut table = Table::headed(["on", "points", "what ends"]);
    for end in ends {
        let what = format!("{}{}", subject(&end.subject), entries(&end.entries));
        table.row([end.day.to_string(), format!("{:>6}", signed(&end.points)), what]);
    }
    let mut lines = table.lines("  ");
    if let Some(first) = lines.first_mut() {
        *first = paint.faint(first);
    }
    lines
}
