//! One partner: six cards, what ends soon, and contradictions in the data.

use app::ask::timeline::{Axis, DayStep, DaysKnown, Request};
use app::beyond::Beyond;
use app::chart::{panels, sparkline};
use app::{Session, words};
use ledger::{Area, PartnerId};
use maud::{Markup, PreEscaped, html};
use projection::{EndKind, FINDING_KINDS, Status};
use serde_json::Value;

use super::Visit;
use super::about::{DayRules, months_before, why};
use super::asked::{Asked, FINDINGS, FORECAST, SCORES, STATUS};
use super::labels::{Labels, capitalised, items, points, table, text, track, verdict};
use super::layout::Content;
use super::partners::badge;
use super::rules;
use crate::parameters::encoded;
use crate::problem::Problem;
use crate::token::Scope;

/// Days ahead of which it is told what ends.
const AHEAD: u64 = 90;
/// Months that the small timelines have.
const MONTHS: u32 = 12;

pub(super) fn view(visit: &Visit, session: &mut Session<'_>) -> Result<Content, Problem> {
    let (partner, times) = (visit.partner()?, &visit.times);
    let labels = Labels::of(session, visit);
    let until = times.as_of.checked_add_days(chrono::Days::new(AHEAD)).unwrap_or(times.as_of);
    let asked = vec![
        Asked::new(&SCORES, "scores", &partner).with("as_of", times.as_of).known(visit),
        Asked::new(&STATUS, "status", &partner).with("as_of", times.as_of).known(visit),
        Asked::new(&FORECAST, "forecast", &partner).with("from", times.as_of).with("until", until).known(visit),
        Asked::new(&FINDINGS, "findings", &partner).with_some("known_at", times.known_at),
    ];
    let mut answers = Vec::with_capacity(asked.len());
    for question in &asked {
        answers.push(question.ask(visit, session)?.items);
    }
    let [scores, statuses, forecasts, findings] =
        <[Vec<Value>; 4]>::try_from(answers).expect("each question has an answer");
    let lines = sparklines(visit, session, &partner)?;
    let needed = DayRules::read(visit, session, None)?.total_min;
    let own = visit.of_partner(&partner);
    let body = html! {
        ul.cards {
            @for (nth, (score, status)) in scores.iter().zip(&statuses).enumerate() {
                li { (card(visit, (score, status, needed), &own, lines.get(nth).map_or("", String::as_str))) }
            }
        }
        section aria-labelledby="ends" {
            h2 #ends { "What ends within " (AHEAD) " days" }
            (ends(&forecasts, &labels, visit))
        }
        section aria-labelledby="findings" {
            h2 #findings { "Contradictions in the data" }
            @if findings.is_empty() { p { "None." } }
            @for kind in findings.chunk_by(|one, other| one["code"] == other["code"]) { (findings_of_kind(kind, &labels)) }
        }
        @if visit.access.covers(Scope::Audit) {
            p.more {
                a href={ (own) "/entries?" (times.query()) } { "Entries of the partner" } " "
                a href={ (visit.at("/audit")) "?partner=" (encoded(partner.as_str())) "&" (times.query()) } { "Proofs of its scores" }
            }
        }
    };
    let qualified = scores.iter().filter(|score| score["qualified"] == true).count();
    let mut content = Content::new(format!("Partner {}", labels.title(&partner)), body);
    content.status = format!("{qualified} of {} areas qualify as of {}", scores.len(), times.as_of);
    content.crumbs = vec![(labels.partner(&partner), format!("{own}?{}", times.query()))];
    content.asked = asked;
    content.stream = Some(visit.stream(&partner));
    content.then = Area::ALL.iter().map(|area| (words::area(*area), why(visit, &partner, *area))).collect();
    Ok(content)
}

/// The findings of a kind, below what the kind means.
fn findings_of_kind(findings: &[Value], labels: &Labels) -> Markup {
    let code = findings.first().map(|finding| text(&finding["code"])).unwrap_or_default();
    let meaning = FINDING_KINDS.iter().find(|(kind, _)| *kind == code).map_or("", |(_, meaning)| *meaning);
    html! {
        p { (capitalised(meaning)) ":" }
        ul { @for finding in findings { li { bdi { (text(&finding["message"])) } " " (labels.entries(finding)) } } }
    }
}

/// A small timeline of each area over the year before.
fn sparklines(visit: &Visit, session: &mut Session<'_>, partner: &PartnerId) -> Result<Vec<String>, Problem> {
    let (to, known) = (visit.times.as_of, DaysKnown::At(visit.times.known_at));
    let from = months_before(session, to, MONTHS)?;
    let request = Request {
        partner: partner.clone(),
        areas: Vec::new(),
        axis: Axis::Days { from, to, step: DayStep::Change, known },
        basis: visit.parameters.basis()?,
        unmeasured: projection::Unmeasured::default(),
        beyond: Beyond::default(),
    };
    let answer = request.run(session, &mut std::io::empty())?;
    let lines = answer.areas.iter().map(|area| {
        let mut panel = panels::panel(&answer, area);
        panel.title = format!("{} from {from} to {to}", panel.title);
        sparkline(&panel, area.area.name())
    });
    Ok(lines.collect())
}

fn card(visit: &Visit, (score, status, needed): (&Value, &Value, u64), own: &str, line: &str) -> Markup {
    let (name, query) = (text(&score["area"]), visit.times.query());
    let title = Area::from_name(&name).map_or("", words::area);
    html! {
        article.card aria-labelledby={ "card-" (name) } {
            h2 id={ "card-" (name) } { a href={ (own) "/" (name) "?" (query) } { (title) } }
            p.total { span { strong { (score["points"]) } " of " (score["max"]) } (badge(status)) }
            meter min="0" max=(score["max"]) value=(score["points"]) aria-hidden="true" {}
            p { (capitalised(&verdict(score, needed))) "." }
            (window(status))
            figure.spark { (PreEscaped(line)) }
            p.more {
                a href={ (own) "/" (name) "/timeline?" (query) } { "Timeline" span.hidden { " of " (title) } } " "
                a href={ (own) "/" (name) "/ahead?" (query) } { "Ahead" span.hidden { " of " (title) } }
            }
        }
    }
}

/// Where a designation stands in its window, and what comes next.
fn window(status: &Value) -> Markup {
    let (window, days, best) = (&status["window"], &status["days"], &status["best"]);
    html! {
        p {
            "Qualified on " (days["qualified"]) " of " (days["asked"]) " days from " (text(&window["from"])) " to " (text(&window["to"])) "."
            @if best.is_object() { " Best " (best["points"]) " on " (text(&best["day"])) "." }
            @if let Some(until) = status["secured_until"].as_str() { " Secured until " time datetime=(until) { (until) } "." }
            @if let Some(next) = status["next"]["status"].as_str().and_then(Status::from_name) {
                " Then " (words::status(next)) " from " (text(&status["next"]["day"])) " on."
            }
        }
    }
}

/// What is known to end soon in any area, the first first.
fn ends(forecasts: &[Value], labels: &Labels, visit: &Visit) -> Markup {
    let mut ends: Vec<(&str, &Value)> = forecasts
        .iter()
        .flat_map(|area| items(&area["ends"]).iter().map(|end| (area["area"].as_str().unwrap_or_default(), end)))
        .collect();
    ends.sort_by(|(_, one), (_, other)| one["day"].as_str().cmp(&other["day"].as_str()));
    let title = |area: &str| Area::from_name(area).map_or("", words::area);
    if ends.is_empty() {
        return html! { p { "Nothing is known to end by then." } };
    }
    let rows = html! {
        tbody { @for (area, end) in &ends { tr { th scope="row" { (text(&end["day"])) } td { (title(area)) } (end_cells(end, labels)) } } }
    };
    let caption = format!("What is known to end after {}", visit.times.as_of);
    table("What ends", caption, &["Day", "Area", "What", "Whose", "Points", "Entries"], &rows)
}

/// What ends, whose, with which points and entries, as cells of a table.
pub(super) fn end_cells(end: &Value, labels: &Labels) -> Markup {
    html! {
        td { (end["kind"].as_str().and_then(EndKind::from_name).map_or("", words::end)) }
        td { (labels.subject(end)) @if end["track"].is_string() { " " (track(&end["track"])) } @if let Some(key) = end["key"].as_str() { (rules::name(key)) } }
        td.figure { (points(&end["points_exact"])) }
        td { (labels.entries(end)) }
    }
}
