//! The scores of an area over time: a chart, what changed each, and the same as a table; along the days, or along what was
//! known of one day.

use app::ask::timeline::{DayStep, KnownStep, THEN};
use app::{Session, words};
use ledger::{Date, Timestamp};
use maud::{Markup, PreEscaped, html};
use serde_json::Value;

use super::Visit;
use super::about::{About, months_before};
use super::asked::{Asked, TIMELINE};
use super::labels::{Labels, at_zero, change, items, table, text, title, track};
use super::layout::{Content, INSTANT};
use crate::answer::Form;
use crate::problem::Problem;

/// Months that a timeline has, unless it is told otherwise.
const MONTHS: u32 = 12;

/// Along what the scores are taken.
enum Along {
    /// Days.
    Days { from: Date, to: Date },
    /// What was known of the day of the view.
    Known { from: Timestamp, to: Timestamp },
}

/// The scores over time.
pub(super) fn view(visit: &Visit, session: &mut Session<'_>) -> Result<Content, Problem> {
    let about = About::of(visit)?;
    let labels = Labels::of(session, visit);
    let along = Along::of(visit, session, &about)?;
    let asked = along.asked(visit, &about);
    let answered = asked.ask_for(Form::Svg, visit, session)?;
    let (svg, summary) = (answered.produced.svg.clone(), answered.produced.summary.clone().unwrap_or_default());
    let line = answered.first();
    let other = match &along {
        Along::Days { .. } => {
            let (first, last) = (first_known(session, &about)?, visit.times.known_at.or(visit.times.newest));
            first.zip(last).map(|(first, last)| {
                let (first, last) = (first.to_string(), last.max(first).to_string());
                let changes = [("known_from", Some(&*first)), ("known_to", Some(&*last))];
                (
                    visit.here(
                        &[&[("from", None), ("to", None), ("step", None), ("known_at", None)], &changes[..]].concat(),
                    ),
                    "The score of one day, as it was known over time",
                )
            })
        }
        Along::Known { .. } => {
            let changes = [("known_from", None), ("known_to", None), ("step", None)];
            Some((visit.here(&changes), "The scores of many days"))
        }
    };
    let name = words::area(about.area);
    let body = html! {
        p { (summary) "." }
        (along.form(visit))
        @if let Some((address, what)) = other { p.more { a href=(address) { (what) } } }
        figure.chart { (PreEscaped(element(&svg.unwrap_or_default()))) }
        @for note in items(&line["notes"]).iter().filter_map(Value::as_str) { p.note { (words::note_of_days(note)) } }
        (spans(&line, &labels))
    };
    let mut content = about.content(
        visit,
        &labels,
        "/timeline",
        &format!("{name} of {} over time", labels.title(&about.partner)),
        &body,
    );
    content.status = summary;
    content.asked = vec![asked];
    Ok(content)
}

impl Along {
    fn of(visit: &Visit, session: &mut Session<'_>, about: &About) -> Result<Self, Problem> {
        let (parameters, as_of) = (&visit.parameters, visit.times.as_of);
        let known = (parameters.instant("known_from")?, parameters.instant("known_to")?);
        if let (None, None) = known {
            let to = parameters.day("to")?.unwrap_or(as_of);
            let from = parameters.day("from")?.map_or_else(|| months_before(session, to, MONTHS), Ok)?;
            return Ok(Self::Days { from, to });
        }
        let has_then = visit.times.is_then.then_some("known_at");
        let is_said = |name: &&str| parameters.text(name).is_some();
        if let Some(name) = ["from", "to"].into_iter().find(is_said).or(has_then) {
            let hint = "leave it out, or leave out `known_from` and `known_to`";
            return Err(
                Problem::parameter("bad_value", name, "it is of the days, and not of what was known").hint(hint)
            );
        }
        let to = known.1.or(visit.times.known_at).or(visit.times.newest).unwrap_or(Timestamp::end_of(as_of));
        let first = first_known(session, about)?;
        Ok(Self::Known { from: known.0.or(first.map(|first| first.min(to))).unwrap_or(to), to })
    }

    fn asked(&self, visit: &Visit, about: &About) -> Asked {
        let asked = Asked::new(&TIMELINE, "timeline", &about.partner);
        let asked = match self {
            Self::Days { from, to } => {
                let known = visit.times.known_at.map(|at| at.to_string());
                let known = known.or_else(|| visit.times.is_then.then(|| THEN.to_owned()));
                asked.with("from", from).with("to", to).with_some("known_at", known)
            }
            Self::Known { from, to } => {
                asked.with("as_of", visit.times.as_of).with("known_from", from).with("known_to", to)
            }
        };
        asked.with_some("step", visit.parameters.text("step")).with("area", about.area).on_basis(visit)
    }

    /// Where the range is chosen, with the steps and, of days, when they are known.
    fn form(&self, visit: &Visit) -> Markup {
        let times = &visit.times;
        let steps: Vec<(&str, &str)> = match self {
            Self::Days { .. } => DayStep::ALL.iter().map(|step| (step.name(), words::day_step(*step))).collect(),
            Self::Known { .. } => KnownStep::ALL.iter().map(|step| (step.name(), words::known_step(*step))).collect(),
        };
        let usual = match self {
            Self::Days { .. } => DayStep::default().name(),
            Self::Known { .. } => KnownStep::default().name(),
        };
        let step = visit.parameters.text("step").unwrap_or(usual);
        html! {
            form.range method="get" aria-label="The range" {
                (times.hidden(&["known_at"]))
                @match self {
                    Self::Days { from, to } => {
                        label for="from" { "From" } input #from type="date" name="from" value=(from) required;
                        label for="to" { "To" } input #to type="date" name="to" value=(to) required;
                        label for="known" { "Known" }
                        select #known name="known_at" {
                            option value="" { "now" }
                            @if let Some(at) = times.known_at { option value=(at) selected { "at " (at) } }
                            option value=(THEN) selected[times.is_then] { "each day at its own end: as seen then" }
                        }
                    }
                    Self::Known { from, to } => {
                        label for="known_from" { "Known from" } input #known_from type="text" name="known_from" value=(from) required spellcheck="false" aria-describedby=(INSTANT);
                        label for="known_to" { "Known to" } input #known_to type="text" name="known_to" value=(to) required spellcheck="false" aria-describedby=(INSTANT);
                    }
                }
                label for="step" { "One row for each" }
                select #step name="step" { @for (name, words) in steps { option value=(name) selected[name == step] { (words) } } }
                button type="submit" { "Show" }
            }
        }
    }
}

/// When the first entry of a partner was recorded.
fn first_known(session: &Session<'_>, about: &About) -> Result<Option<Timestamp>, Problem> {
    let reader = session.reader()?;
    let first = reader.first(about.partner.as_str()).map_err(app::Error::from)?;
    Ok(first.map(|seq| reader.recorded_at(seq)).transpose().map_err(app::Error::from)?)
}

/// A document of SVG as an element of a page: its style is in a file of the page's own, which allows no other.
fn element(document: &str) -> String {
    let svg = document.split_once("?>\n").map_or(document, |(_, svg)| svg);
    let style = svg.split_once("<style").and_then(|(before, rest)| Some((before, rest.split_once("</style>")?.1)));
    style.map_or_else(|| svg.to_owned(), |(before, behind)| format!("{before}{}", behind.trim_start()))
}

/// The spans, each with what changed it.
pub(super) fn spans(line: &Value, labels: &Labels) -> Markup {
    let place = |span: &Value| {
        let ends = [("first", "last"), ("known_from", "known_to")];
        let (first, last) = ends.into_iter().find(|(first, _)| span[*first].is_string()).unwrap_or_default();
        if span[first] == span[last] {
            text(&span[first])
        } else {
            format!("{} to {}", text(&span[first]), text(&span[last]))
        }
    };
    let rows = html! {
        tbody {
            @for span in items(&line["spans"]) {
                tr {
                    th scope="row" { (place(span)) }
                    td { (text(&span["measured_month"])) }
                    td { (track(&span["track"])) }
                    td.figure { (span["points"]) }
                    td { @if span["qualified"] == true { "yes" } @else { "no" @if let Some(at_zero) = at_zero(span) { ": " (at_zero) } } }
                    td { (causes(&span["contributions"], labels)) }
                }
            }
        }
    };
    let caption = "The same as a table: spans with the same score, and what changed it";
    let heads = ["Span", "Measured", "Track", "Points", "Qualifies", "What changed it"];
    table("The same as a table", caption, &heads, &rows)
}

/// What moved points, each with its entries.
pub(super) fn causes(contributions: &Value, labels: &Labels) -> Markup {
    let contributions = items(contributions);
    html! {
        @if !contributions.is_empty() { ul.plain { @for one in contributions { li { (cause(one, labels)) } } } }
    }
}

/// What moved points in a line, with the entries behind it.
pub(super) fn cause(one: &Value, labels: &Labels) -> Markup {
    let when = [&one["at"], &one["through"]];
    html! {
        strong { (change(&one["points_exact"])) } " "
        @if let Some(metric) = one["metric"].as_str() { (title(metric)) ": " }
        (projection::Cause::from_name(one["cause"].as_str().unwrap_or_default()).map_or("", words::cause)) ", "
        time { (text(when[0])) } @if when[0] != when[1] { " to " time { (text(when[1])) } } ": "
        bdi { (text(&one["subject"])) } " " (labels.entries(one))
    }
}
