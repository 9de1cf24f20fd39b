//! A score for people to read.

use num_rational::BigRational;
use projection::points::{Points, shown, shown_up};
use projection::rulebook::{Metric, Rulebook};
use projection::{AreaScore, Basis, Measure, MetricScore, TrackScore};

use super::labels::Labels;
use super::table::Table;
use super::{Paint, explain_text, names};
use app::ask::score::Answer;
use app::beyond::{Carried, CarryChoice};
use app::known::Rules;
use app::text::{counted, plain};

/// The characters of a metric's bar.
const BAR_WIDTH: usize = 12;

/// The certifications of a step that are named, where there are many.
const NAMED_CODES: usize = 3;

/// The lines of a score.
pub(crate) fn lines(answer: &Answer<'_>, labels: &Labels, paint: Paint) -> Vec<String> {
    let score = answer.score;
    let (area, partner) = (names::area(score.area), labels.partner(answer.partner));
    let (as_of, known_at) = (score.as_of, short_instant(&answer.known_at.to_string()));
    let (points, max) = (paint.bold(&score.score.points.shown()), score.max);
    let verdict = verdict(&score.score, score.total_min, paint);
    let mut lines = vec![
        paint.bold(&format!("{area} of {partner} as of {as_of}, as known at {known_at}")),
        format!("  {points} of {max} points, {verdict}"),
        String::new(),
    ];
    lines.extend(metric_lines(&score.score, paint));
    lines.push(String::new());
    lines.extend(step_lines(score, &answer.rules.book));
    lines.extend(missing_lines(score));
    lines.extend(context_lines(answer, labels));
    if answer.explain {
        lines.push(String::new());
        lines.extend(explain_text::lines(score, paint));
    }
    lines
}

/// One line: partner, area, points and what is missing.
pub(crate) fn cells(answer: &Answer<'_>, labels: &Labels, paint: Paint) -> [String; 4] {
    let score = answer.score;
    let verdict = if score.score.qualified() {
        paint.good("qualified")
    } else {
        format!("not qualified: {}", below(&score.score).join(", "))
    };
    let points = format!("{:>6}", score.score.points.shown());
    [labels.partner(answer.partner), names::area(score.area).to_owned(), points, verdict]
}

/// Where to look for a day that qualifies, if the day itself does not.
pub(crate) fn other_day(answer: &Answer<'_>, labels: &Labels) -> Option<String> {
    let (partner, as_of) = (answer.partner, answer.score.as_of);
    let status = labels.command(&format!("status --partner {partner} --as-of {as_of}"))?;
    (!answer.score.score.qualified()).then(|| format!("  Whether another day of the window qualifies: {status}"))
}

fn verdict(score: &TrackScore, total_min: u32, paint: Paint) -> String {
    if score.qualified() {
        return paint.good("qualified");
    }
    let missing = score.points.missing_to(&Points::whole(total_min));
    let total =
        score.below.contains(&"total").then(|| format!("{} points are missing to {total_min}", shown_up(&missing)));
    let zero: Vec<&str> = score.below.iter().filter_map(|name| Metric::from_name(name)).map(Metric::title).collect();
    let alone = if total.is_none() && zero.len() == 1 { ", where any points are enough" } else { "" };
    let zero = (!zero.is_empty()).then(|| format!("0 points in {}{alone}", listed(&zero)));
    let why: Vec<String> = [total, zero].into_iter().flatten().collect();
    format!("{}: {}", paint.bad("not qualified"), why.join(", "))
}

/// What is below its minimum: `total`, and metrics by their names.
fn below(score: &TrackScore) -> Vec<&'static str> {
    score.below.iter().map(|name| Metric::from_name(name).map_or(*name, Metric::title)).collect()
}

/// Names with commas between them, and an `and` before the last.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn metric_lines(score: &TrackScore, paint: Paint) -> Vec<String> {
    let mut table = Table::headed(["", "points", "of", "", "now", "a year before", "net"]);
    for metric in &score.metrics {
        let [now, then, net] = measure(&metric.measure);
        table.row([
            metric.metric.title().to_owned(),
            format!("{:>6}", metric.points.shown()),
            metric.max.to_string(),
            bar(metric),
            now,
            then,
            net,
        ]);
    }
    let mut lines = table.lines("  ");
    if let Some(first) = lines.first_mut() {
        *first = paint.faint(first);
    }
    lines
}

/// Now, a year before, and the difference.
fn measure(measure: &Measure) -> [String; 3] {
    let none = String::new;
    match measure {
        Measure::Net { now, then, net, option, unmeasured } => {
            let option = option.as_ref().map_or_else(none, |option| format!(" by {}", plain(option)));
            let unmeasured = if *unmeasured == 0 { none() } else { format!(" ({unmeasured} unmeasured)") };
            let sign = if *net > 0 { "+" } else { "" };
            let net = then.map_or_else(none, |_| format!("{sign}{net}"));
            [now.to_string(), then.map_or_else(none, |then| then.to_string()), format!("{net}{option}{unmeasured}")]
        }
        Measure::People { people, .. } => [names::people(*people), none(), none()],
        Measure::Percent { now, then, percent } => {
            let percent = percent.as_ref().map_or_else(none, |percent| format!("{}%", signed(percent)));
            [now.clone(), then.clone(), percent]
        }
        Measure::Difference { now, then, net, option } => {
            let sign = if net.starts_with('-') || net == "0" { "" } else { "+" };
            [now.clone(), then.clone(), format!("{sign}{net} by {}", plain(option))]
        }
        Measure::Parts { now: [azure, m365], then: [azure_then, m365_then] } => {
            [format!("Azure {azure}, M365 {m365}"), format!("Azure {azure_then}, M365 {m365_then}"), none()]
        }
    }
}

/// A value rounded to two decimals, with its sign.
pub(super) fn signed(value: &BigRational) -> String {
    let text = shown(value);
    if text.starts_with('-') || text == "0.0" { text } else { format!("+{text}") }
}

/// A bar of the share of the points that can be reached.
fn bar(metric: &MetricScore) -> String {
    let mut filled = 0;
    if metric.max > 0 {
        let share = metric.points.exact() * BigRational::from_integer(BAR_WIDTH.into())
            / BigRational::from_integer(metric.max.into());
        filled = share.round().to_integer().try_into().unwrap_or(0).min(BAR_WIDTH);
    }
    format!("{}{}", "█".repeat(filled), "░".repeat(BAR_WIDTH - filled))
}

/// What the steps of certification metrics ask for, and what they came to.
fn step_lines(score: &AreaScore, book: &Rulebook) -> Vec<String> {
    let mut lines = Vec::new();
    for metric in &score.score.metrics {
        let Measure::People { steps: Some(steps), .. } = &metric.measure else { continue };
        let Some(skill) = book.skill(score.area, metric.metric, score.track, score.as_of) else { continue };
        let missed = steps.iter().find(|step| !step.met).map(|step| step.step);
        for (of, rule) in steps.iter().zip(&skill.row.value.steps) {
            let (people, codes) = (of.people, alternatives(&rule.certifications));
            let had = match rule.min_people {
                Some(least) => format!("{people} of {least} people with {codes}"),
                None => format!("{} with {codes}", names::people(people)),
            };
            let came_to = match (of.met, rule.is_gate(), missed) {
                (true, true, _) => "met".to_owned(),
                (true, false, _) => format!("{} points", of.points.shown()),
                (false, _, Some(first)) if first < of.step => format!("counts when step {first} is met"),
                (false, true, _) => {
                    let held = metric.points.missing_to(&Points::whole(metric.max));
                    format!("not met, which holds back {} points", shown(&held))
                }
                (false, false, _) => "0 points".to_owned(),
            };
            lines.push(format!("  {}, step {}: {had}: {came_to}", metric.metric.title(), of.step));
        }
    }
    lines
}

/// Certifications of which any counts, the first few by name.
fn alternatives(codes: &[String]) -> String {
    let codes: Vec<String> = codes.iter().map(|code| plain(code)).collect();
    match codes.get(..NAMED_CODES) {
        Some(first) if codes.len() > NAMED_CODES + 1 => {
            format!("{} or {} others", first.join(", "), codes.len() - NAMED_CODES)
        }
        _ => codes.join(" or "),
    }
}

/// What the notes mean, and the points of both tracks.
fn missing_lines(score: &AreaScore) -> Vec<String> {
    let mut lines = Vec::new();
    for metric in &score.score.metrics {
        for note in &metric.notes {
            lines.push(format!("  {}: {}", metric.metric.title(), names::note(note)));
        }
    }
    for note in &score.notes {
        lines.push(format!("  Note: {}", names::note(note)));
    }
    if let Some(tracks) = &score.tracks {
        let both = tracks
            .each_ref()
            .map(|(track, score)| format!("{} {} ({})", names::track(*track), score.points.shown(), standing(score)));
        lines.push(format!("  Scored on {}; {}", names::track(score.track), both.join(", ")));
    }
    lines
}

fn context_lines(answer: &Answer<'_>, labels: &Labels) -> Vec<String> {
    let score = answer.score;
    let Rules { name, book } = answer.rules;
    let basis = match answer.basis {
        Basis::Live => "live",
        Basis::Published => "as published",
    };
    let mut lines: Vec<String> = answer.missing.iter().map(|missing| format!("  Note: {missing}")).collect();
    lines.extend(answer.assumed.map(|assumed| format!("  {}", names::assumed(assumed))));
    if let Some(CarryChoice { carried: Carried::Last, from }) = answer.carry {
        let from = from.map_or_else(String::new, |from| format!(", of reports up to {from}"));
        lines.push(format!("  Carried: later months have the figures of the newest month that is reported{from}"));
    }
    lines.push(format!(
        "  Measured {} against {} ({basis}), rulebook {} ({})",
        score.measured_month,
        score.compared_month,
        plain(name),
        book.sha256().get(..12).unwrap_or_default()
    ));
    let end = score.as_of;
    if let Some(window) = book.window(end) {
        let start = window.row.value.not_enrolled.first(end);
        lines.push(if start == end {
            format!("  For a partner that is not enrolled, the score of {end} itself decides")
        } else {
            format!("  For a partner that is not enrolled, one qualifying day from {start} to {end} is enough")
        });
    }
    if answer.findings > 0 {
        let findings = counted(answer.findings as u64, "finding");
        let check = labels.command(&format!("check --partner {}", answer.partner));
        let lists = check.map_or_else(String::new, |check| format!(": {check} lists what contradicts"));
        lines.push(format!("  {findings}{lists}"));
    }
    lines
}

/// Whether a score is enough, in words.
pub(super) fn standing(score: &TrackScore) -> &'static str {
    if score.qualified() { "qualified" } else { "not qualified" }
}

/// An instant without its decimals where they are all zero.
pub(crate) fn short_instant(instant: &str) -> String {
    instant.strip_suffix(".000000Z").map_or_else(|| instant.to_owned(), |short| format!("{short}Z"))
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use projection::TrackScore;
    use projection::points::Points;

    use super::{Paint, verdict};

    #[test]
    fn an_area_that_is_not_qualified_never_misses_nothing() {
        for (numer, denom, missing) in [(69_999, 1_000, "0.01"), (699_949, 10_000, "0.01"), (69, 1, "1.0")] {
            let points = Points::clamped(BigRational::new(numer.into(), denom.into()), 100);
            let score = TrackScore { points, below: vec!["total"], metrics: Vec::new() };
            let said = format!("not qualified: {missing} points are missing to 70");
            assert_eq!(verdict(&score, 70, Paint::new(false)), said);
        }
    }
}
