//! A score for people to read.

use num_rational::BigRational;
use projection::points::{Points, shown, shown_up};
use projection::rulebook::{Metric, Rulebook};
use projection::{AreaScore, Basis, Measure, MetricScore, TrackScore};

use super::figure_text::grouped;
use super::labels::Labels;
use super::table::Table;
use super::width::width_of;
use super::{Paint, advise_text, explain_text, names};
use app::ask::score::{Answer, Missing};
use app::beyond::{Carried, CarryChoice};
use app::known::Rules;
use app::text::{counted, plain};

/// The characters of a metric's bar.
const BAR_WIDTH: usize = 12;

/// The certifications of a step that are named, where there are many.
const NAMED_CODES: usize = 3;

/// The scores of a partner, area by area.
///
/// Several areas begin with a line each, and what all of them say stands once, at the end.
pub(crate) struct ScoreText {
    paint: Paint,
    /// The characters of a line, where there is a bound.
    width: Option<usize>,
    areas: Vec<AreaText>,
}

/// What is said of an area.
struct AreaText {
    /// Who is scored, as of which day, as known at which instant.
    of: String,
    /// Name, points and what is missing.
    row: [String; 3],
    verdict: String,
    body: Vec<String>,
    /// What may be said of all areas.
    notes: Vec<String>,
}

impl ScoreText {
    pub(crate) fn new(paint: Paint, width: Option<usize>) -> Self {
        Self { paint, width, areas: Vec::new() }
    }

    /// Adds the score of an area.
    pub(crate) fn add(&mut self, answer: &Answer<'_>, labels: &Labels) {
        let (score, paint) = (answer.score, self.paint);
        let (as_of, known_at) = (score.as_of, names::short_instant(&answer.known_at.to_string()));
        let (points, max) = (paint.bold(&score.score.points.shown()), score.max);
        let mut body = metric_lines(score, &answer.rules.book, self.width, paint);
        body.push(String::new());
        body.extend(step_lines(score, &answer.rules.book));
        body.extend(missing_lines(score));
        if answer.explain {
            body.push(String::new());
            body.extend(explain_text::lines(score, paint));
        }
        let notes = score.notes.iter().map(|note| format!("  Note: {}", names::note(note)));
        let [partner, area, total, verdict] = cells(answer, labels, paint);
        self.areas.push(AreaText {
            of: format!("{partner} as of {as_of}, as known at {known_at}"),
            row: [area, total, verdict],
            verdict: format!(
                "  {points} of {max} points, {}{}",
                self::verdict(&score.score, score.total_min, paint),
                enough(answer)
            ),
            body,
            notes: notes.chain(context_lines(answer, labels)).collect(),
        });
    }

    /// The lines.
    pub(crate) fn lines(self) -> Vec<String> {
        let Self { paint, width, areas } = self;
        let Some(of) = areas.first().map(|area| area.of.clone()) else { return Vec::new() };
        let is_one = areas.len() == 1;
        let shared: Vec<String> = areas.first().into_iter().flat_map(|area| &area.notes).cloned().collect();
        let shared: Vec<String> =
            shared.into_iter().filter(|note| areas.iter().all(|area| area.notes.contains(note))).collect();
        let mut lines = Vec::new();
        if !is_one {
            lines.push(paint.bold(&format!("Scores of {of}")));
            let mut table = Table::default();
            for area in &areas {
                table.row(area.row.clone());
            }
            lines.extend(table.lines_within("  ", width));
        }
        for AreaText { row: [area, ..], verdict, body, notes, .. } in areas {
            if is_one {
                lines.push(paint.bold(&format!("{area} of {of}")));
            } else {
                lines.extend([String::new(), paint.bold(&area)]);
            }
            lines.extend([verdict, String::new()]);
            lines.extend(body);
            lines.extend(notes.into_iter().filter(|note| !shared.contains(note)));
            while lines.last().is_some_and(String::is_empty) {
                lines.pop();
            }
        }
        let gap = (!shared.is_empty()).then(String::new);
        lines.extend(gap.into_iter().chain(shared));
        lines
    }
}

/// One line: partner, area, points and what is missing.
pub(crate) fn cells(answer: &Answer<'_>, labels: &Labels, paint: Paint) -> [String; 4] {
    let score = answer.score;
    let verdict =
        if score.score.qualified() { paint.good("qualified") } else { lacking(&score.score, score.total_min) };
    let points = format!("{:>6}", score.score.points.shown());
    [labels.partner(answer.partner), names::area(score.area).to_owned(), points, verdict]
}

/// Where to look for a day that qualifies, if the day itself does not.
pub(crate) fn other_day(answer: &Answer<'_>, labels: &Labels) -> Option<String> {
    let (partner, as_of) = (answer.partner, answer.score.as_of);
    let status = labels.command(&format!("status --partner {partner} --as-of {as_of}"))?;
    (!answer.score.score.qualified()).then(|| format!("  Whether another day of the window qualifies: {status}"))
}

/// The one thing that is enough, where the cheapest change is one.
fn enough(answer: &Answer<'_>) -> String {
    let plan = answer.missing.plan.as_ref();
    plan.and_then(|plan| advise_text::one_thing(plan, answer.score.track))
        .map_or_else(String::new, |one| format!("; {one}"))
}

fn verdict(score: &TrackScore, total_min: u32, paint: Paint) -> String {
    if score.qualified() {
        return paint.good("qualified");
    }
    let missing = score.points.missing_to(&Points::whole(total_min));
    let total =
        score.below.contains(&"total").then(|| format!("{} points are missing to {total_min}", shown_up(&missing)));
    let zero: Vec<&str> = metrics_at_zero(score).map(Metric::title).collect();
    let alone = if total.is_none() && zero.len() == 1 { ", where any points are enough" } else { "" };
    let zero = (!zero.is_empty()).then(|| format!("0 points in {}{alone}", listed(&zero)));
    let why: Vec<String> = [total, zero].into_iter().flatten().collect();
    format!("{}: {}", paint.bad("not qualified"), why.join(", "))
}

/// What is missing, in a few words.
fn lacking(score: &TrackScore, total_min: u32) -> String {
    let missing = shown_up(&score.points.missing_to(&Points::whole(total_min)));
    let total = score.below.contains(&"total").then(|| format!("{missing} points are missing"));
    let zero: Vec<&str> = metrics_at_zero(score).map(Metric::title).collect();
    let zero = (!zero.is_empty()).then(|| format!("0 in {}", zero.join(", ")));
    [total, zero].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// The metrics in which points are missing.
fn metrics_at_zero(score: &TrackScore) -> impl Iterator<Item = Metric> {
    score.below.iter().filter_map(|name| Metric::from_name(name))
}

/// Names with commas between them, and an `and` before the last.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A table of the metrics; without bars where the lines have no room for them.
fn metric_lines(score: &AreaScore, book: &Rulebook, width: Option<usize>, paint: Paint) -> Vec<String> {
    let table = |has_bars: bool| {
        let row = |[title, points, of, bar, now, then, net, needed]: [String; 8]| {
            let bar = has_bars.then_some(bar);
            [title, points, of].into_iter().chain(bar).chain([now, then, net, needed])
        };
        let mut table = Table::default();
        table.row(row(["", "points", "of", "", "now", "a year before", "net", "needed"].map(str::to_owned)));
        for metric in &score.score.metrics {
            let (title, points) = (metric.metric.title().to_owned(), format!("{:>6}", metric.points.shown()));
            let [now, then, net] = measure(&metric.measure);
            let needed = needed(score, metric, book).unwrap_or_default();
            table.row(row([title, points, metric.max.to_string(), bar(metric), now, then, net, needed]));
            for [part, now, then] in parts(&metric.measure) {
                let none = String::new;
                table.row(row([format!("  {part}"), none(), none(), none(), now, then, none(), none()]));
            }
        }
        table
    };
    let is_wide = |line: &String| width.is_some_and(|width| width_of(line) > width);
    let has_room = !table(true).lines("  ").iter().any(is_wide);
    let mut rows = table(has_room).rows_within("  ", width).into_iter();
    let head = rows.next().unwrap_or_default();
    head.iter().map(|line| paint.faint(line)).chain(rows.flatten()).collect()
}

/// What the maximum of a metric needs: a difference, a growth in percent, or people. None where growths of two units are
/// added, each with points of its own.
fn needed(score: &AreaScore, metric: &MetricScore, book: &Rulebook) -> Option<String> {
    let threshold = |option: Option<&str>| {
        let rule = book.rule(score.area, metric.metric, score.track, score.as_of)?;
        rule.row.value.threshold(option)
    };
    match &metric.measure {
        Measure::Net { option, .. } => Some(threshold(option.as_deref())?.to_string()),
        Measure::Difference { option, .. } => Some(threshold(Some(option))?.to_string()),
        Measure::Percent { .. } => Some(format!("{}%", threshold(None)?)),
        Measure::People { .. } => {
            let skill = book.skill(score.area, metric.metric, score.track, score.as_of)?;
            Some(skill.row.value.needed()?.to_string())
        }
        Measure::Parts { .. } => None,
    }
}

/// Now, a year before, and the difference.
fn measure(measure: &Measure) -> [String; 3] {
    let none = String::new;
    match measure {
        Measure::Net { now, then, net, option, .. } => {
            let option = option.as_ref().map_or_else(none, |option| format!(" by {}", plain(option)));
            let sign = if *net > 0 { "+" } else { "" };
            let net = then.map_or_else(none, |_| format!("{sign}{net}{option}"));
            [now.to_string(), then.map_or_else(none, |then| then.to_string()), net]
        }
        Measure::People { people, .. } => [counted(*people, "person"), none(), none()],
        Measure::Percent { now, then, percent } => {
            let percent = percent.as_ref().map_or_else(none, |percent| format!("{}%", signed(percent)));
            [grouped(now), grouped(then), percent]
        }
        Measure::Difference { now, then, net, option } => {
            let sign = if net.starts_with('-') || net == "0" { "" } else { "+" };
            [grouped(now), grouped(then), format!("{sign}{} by {}", grouped(net), plain(option))]
        }
        Measure::Parts { .. } => [none(), none(), none()],
    }
}

/// The parts that are added, each with now and a year before.
fn parts(measure: &Measure) -> Vec<[String; 3]> {
    match measure {
        Measure::Parts { now, then } => ["Azure, USD", "Microsoft 365, users"]
            .into_iter()
            .zip(now.iter().zip(then))
            .map(|(part, (now, then))| [part.to_owned(), grouped(now), grouped(then)])
            .collect(),
        Measure::Net { .. } | Measure::People { .. } | Measure::Percent { .. } | Measure::Difference { .. } => {
            Vec::new()
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

/// What the steps of certification metrics need, and what they came to.
fn step_lines(score: &AreaScore, book: &Rulebook) -> Vec<String> {
    let mut lines = Vec::new();
    for metric in &score.score.metrics {
        let Measure::People { steps: Some(steps), .. } = &metric.measure else { continue };
        let Some(skill) = book.skill(score.area, metric.metric, score.track, score.as_of) else { continue };
        let missed = steps.iter().find(|step| !step.met).map(|step| step.step);
        lines.push(format!("  {}", metric.metric.title()));
        for (of, rule) in steps.iter().zip(&skill.row.value.steps) {
            let codes = alternatives(&rule.certifications);
            let needs = if let Some(least) = rule.min_people {
                format!("needs {} with {codes}", counted(least, "person"))
            } else {
                let needed = skill.row.value.needed();
                let needed = needed.map_or_else(String::new, |needed| format!(", {needed} needed"));
                format!("counts people with {codes}{needed}")
            };
            let came_to = match (of.met, rule.is_gate(), missed) {
                (true, true, _) => String::new(),
                (true, false, _) => format!(", {} points", of.points.shown()),
                (false, _, Some(first)) if first < of.step => format!(", which count when step {first} is met"),
                (false, true, _) => {
                    let held = metric.points.missing_to(&Points::whole(metric.max));
                    format!(", which holds back {} points", shown(&held))
                }
                (false, false, _) => ", 0 points".to_owned(),
            };
            lines.push(format!("    step {} {needs}: {}{came_to}", of.step, of.people));
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
    for metric in &score.score.metrics {
        if let Measure::Net { unmeasured: unmeasured @ 1.., .. } = metric.measure {
            let has = if unmeasured == 1 { "1 customer has" } else { "customers have" };
            let many = if unmeasured == 1 { String::new() } else { format!("{unmeasured} ") };
            lines.push(format!("  {}: {many}{has} an association and no figures", metric.metric.title()));
        }
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
    let Missing { figures, bases, .. } = &answer.missing;
    let ways = "`--carry last` takes the newest, `--basis published` the month that Partner Center shows";
    let notes = figures.iter().map(|missing| format!("{missing}; {ways}"));
    let notes = notes.chain(bases.iter().map(ToString::to_string));
    let mut lines: Vec<String> = notes.map(|note| format!("  Note: {note}")).collect();
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
        let findings = counted(answer.findings, "finding");
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
