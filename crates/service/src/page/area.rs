//! One area of a partner: its metrics with what counted and what nearly did, its class, and the rules.

use app::text::counted;
use app::{Session, words};
use maud::{Markup, html};
use serde_json::Value;

use super::Visit;
use super::about::{About, DayRules};
use super::asked::{Asked, SCORES};
use super::labels::{Labels, change, items, points, table, text, title, track, verdict};
use super::layout::Content;
use super::rules;
use crate::problem::Problem;

/// What stands for all details in the parameter that opens some.
const ALL: &str = "all";

/// The score of the area.
pub(super) fn view(visit: &Visit, session: &mut Session<'_>) -> Result<Content, Problem> {
    let about = About::of(visit)?;
    let labels = Labels::of(session, visit);
    let asked = Asked::new(&SCORES, "score", &about.partner).with("as_of", visit.times.as_of);
    let asked = asked.with("area", about.area).known(visit).with("explain", true);
    let score = asked.ask(visit, session)?.first();
    let rules = DayRules::read(visit, session, Some(about.area))?;
    let opened = visit.parameters.text("open").unwrap_or_default();
    let is_open = |name: &str| opened.split(',').any(|open| open == name || open == ALL);
    let name = words::area(about.area);
    let verdict = verdict(&score, rules.total_min);
    let body = html! {
        p.total { strong { (score["points"]) } " of " (score["max"]) ", " (verdict) }
        p {
            "Measured in " (text(&score["measured_month"])) ", compared with " (text(&score["compared_month"])) ", by the rules "
            bdi { (text(&score["rulebook"]["name"])) } ", in " (track(&score["track"])) "."
        }
        p.choices { (basis(visit)) " " (opening(visit, opened == ALL)) }
        @for note in items(&score["notes"]).iter().filter_map(Value::as_str) { p.note { (words::note(note)) } }
        @for metric in items(&score["metrics"]) { (metric_section(metric, &labels, "", &is_open)) }
        (class(&score, &labels))
        @for other in items(&score["tracks"]).iter().filter(|other| other["track"] != score["track"]) { (other_track(other, &score, (&labels, &is_open))) }
        (rules::section(&rules, is_open("rules")))
    };
    let mut content = about.content(visit, &labels, "", &format!("{name} of {}", labels.title(&about.partner)), &body);
    content.status =
        format!("{name}: {} of {} points as of {}, {verdict}", score["points"], score["max"], visit.times.as_of);
    content.asked = vec![asked, DayRules::asked(visit, Some(about.area))];
    Ok(content)
}

/// The months that can be measured, the one that is named without a link.
fn basis(visit: &Visit) -> Markup {
    let own = visit.times.basis.as_deref().unwrap_or("live");
    let choices = [("live", "figures as they are reported"), ("published", "as the programme has published them")];
    html! {
        "Measured by: "
        @for (basis, what) in choices {
            @if basis == own { strong aria-current="true" { (basis) } " (" (what) ") " }
            @else { a href=(visit.here(&[("basis", Some(basis))])) { (basis) } " (" (what) ") " }
        }
    }
}

/// Opens all details, or closes them.
fn opening(visit: &Visit, are_open: bool) -> Markup {
    html! {
        @if are_open { a href=(visit.here(&[("open", None)])) { "Close all details" } }
        @else { a href=(visit.here(&[("open", Some(ALL))])) { "Open all details" } }
    }
}

fn metric_section(metric: &Value, labels: &Labels, prefix: &str, is_open: &dyn Fn(&str) -> bool) -> Markup {
    let name = text(&metric["metric"]);
    let (title, units) = (title(&name), items(&metric["because"]));
    let counted = units.iter().filter(|unit| unit["counted"] == true).count();
    html! {
        // What another track says of the same metric is no landmark of its own.
        section.metric role=[(!prefix.is_empty()).then_some("group")] aria-labelledby={ (prefix) (name) } {
            @if prefix.is_empty() { h2 id=(name) { (title) ": " (metric["points"]) " of " (metric["max"]) } }
            @else { h3 id={ (prefix) (name) } { (title) ": " (metric["points"]) " of " (metric["max"]) } }
            meter min="0" max=(metric["max"]) value=(metric["points"]) aria-hidden="true" {}
            (figures(metric))
            @for note in items(&metric["notes"]).iter().filter_map(Value::as_str) { p.note { (words::note(note)) } }
            @if !units.is_empty() {
                details open[is_open(&name)] data-open=(name) {
                    summary { (counted) " count, " (units.len() - counted) " nearly count" }
                    (unit_table(units, title, labels))
                }
            }
        }
    }
}

/// The figures of a metric: amounts, people, and the steps of certifications.
fn figures(metric: &Value) -> Markup {
    let figures =
        [("now", "now"), ("then", "a year before"), ("net", "net"), ("people", "people"), ("unmeasured", "unmeasured")];
    let shown =
        figures.iter().filter(|(field, _)| !metric[*field].is_null() && metric[*field] != 0 || *field == "people");
    html! {
        p {
            @for (field, word) in shown {
                @if let Some(parts) = metric[*field].as_object() { @for (part, figure) in parts { span.pair { (word) " " (part) " " strong { (text(figure)) } } " " } }
                @else if !metric[*field].is_null() { span.pair { (word) " " strong { (text(&metric[*field])) } } " " }
            }
            @if let Some(percent) = metric["percent"].as_str() { span.pair { "growth " strong { (change(&Value::from(percent))) " %" } } " " }
            @if let Some(option) = metric["option"].as_str() { span.pair { "by " strong { (option.to_uppercase()) } } }
        }
        @if !items(&metric["steps"]).is_empty() {
            ul.plain {
                @for step in items(&metric["steps"]) {
                    li { "Step " (step["step"]) ": " (counted(step["people"].as_u64().unwrap_or(0), "person")) ", " @if step["met"] == true { "met" } @else { "not met" } ", " (points(&step["points_exact"])) " points" }
                }
            }
        }
    }
}

fn unit_table(units: &[Value], title: &str, labels: &Labels) -> Markup {
    let caption = format!("What counts in {title}, and what nearly counts");
    let rows = html! {
        tbody {
            @for unit in units {
                tr {
                    td { @if unit["at"] == "then" { "a year before" } @else { "now" } @if unit["step"].is_number() { ", step " (unit["step"]) } }
                    th scope="row" { (labels.subject(unit)) }
                    td.figure { (text(&unit["figure"])) }
                    td { @if unit["counted"] == true { "yes" } @else { "no: " bdi { (text(&unit["reason"])) } } }
                    td { (labels.entries(unit)) }
                }
            }
        }
    };
    table(&format!("Units of {title}"), caption, &["When", "Who", "Figure", "Counts", "Entries"], &rows)
}

/// By what the track of a classified area is chosen.
fn class(score: &Value, labels: &Labels) -> Markup {
    let class = &score["class"];
    let bound =
        |field: &str, word: &str| class[field].as_str().map(|bound| format!(" {word} {bound}")).unwrap_or_default();
    html! {
        @if class.is_object() {
            section aria-labelledby="class" {
                h2 #class { "Why " (track(&class["track"])) }
                @if class["by"] == "smb_share" {
                    p {
                        "SMB customers: " strong { (class["smb"]) " of " (class["of"]) } "; the SMB track takes a share"
                        (bound("smb_share_above", "above")) (bound("smb_share_min", "of at least"))
                        @if class["ttm_usd"].is_string() { ", and USD in twelve months" (bound("ttm_usd_below", "below")) (bound("ttm_usd_max", "of at most")) ", which are " strong { (text(&class["ttm_usd"])) } }
                        "."
                    }
                    @if !items(&class["unclassified"]).is_empty() {
                        p { "Customers without a class: " @for one in items(&class["unclassified"]) { (labels.subject(&serde_json::json!({"customer": one}))) "; " } }
                    }
                } @else {
                    p { "Products of customers with revenue above " (text(&class["usd_above"])) " USD: " strong { (class["pairs"]) } "; the enterprise track takes " (text(&class["pairs_min"])) " or more." }
                }
                @if let Some(until) = class["held_until"].as_str() { p { "An enrolment holds the track until " (until) "." } }
            }
        }
    }
}

/// The score in the track that is not the area's.
fn other_track(other: &Value, score: &Value, (labels, is_open): (&Labels, &dyn Fn(&str) -> bool)) -> Markup {
    let name = text(&other["track"]);
    let is_same = |metric: &Value| items(&score["metrics"]).contains(metric);
    html! {
        section aria-labelledby={ "track-" (name) } {
            h2 id={ "track-" (name) } { "In " (track(&other["track"])) ": " (other["points"]) " of " (score["max"]) }
            p { @if other["qualified"] == true { "It would qualify." } @else { "It would not qualify." } }
            details open[is_open(&name)] data-open=(name) {
                summary { "Its metrics" }
                @for metric in items(&other["metrics"]) {
                    @if is_same(metric) { p { (title(&text(&metric["metric"]))) ": " (metric["points"]) " of " (metric["max"]) ", as above" } }
                    @else { (metric_section(metric, labels, &format!("{name}-"), is_open)) }
                }
            }
        }
    }
}
