//! What comes: days on which the area crosses what is needed, what ends, what to change, and what would be if something
//! were added.

use app::ask::assume::Request;
use app::text::counted;
use app::{Session, words};
use axum::http::StatusCode;
use ledger::canonical_event;
use maud::{Markup, html};
use projection::{CandidateReason, ObstacleReason, Quantity};
use serde_json::Value;

use super::Visit;
use super::about::About;
use super::asked::{ADVICE, Asked, FORECAST, SCORES};
use super::assumed::{Assumed, said};
use super::labels::{Labels, change, items, points, table, text, title, track};
use super::layout::Content;
use super::partner::end_cells;
use super::timeline::spans;
use crate::answer::{Form, Produced, told_to};
use crate::problem::Problem;

/// Months that are looked ahead, unless it is told otherwise.
const MONTHS: u32 = 6;
/// Plans that are shown.
const PLANS: usize = 5;

pub(super) fn view(visit: &Visit, session: &mut Session<'_>) -> Result<Content, Problem> {
    let (about, as_of) = (About::of(visit)?, visit.times.as_of);
    let labels = Labels::of(session, visit);
    let usual = as_of.checked_add_months(chrono::Months::new(MONTHS)).unwrap_or(as_of);
    let until = visit.parameters.day("until")?.unwrap_or(usual);
    let (assumed, quantities, events) = assume(visit, session, &about)?;
    let of = |kind, name| Asked::new(kind, name, &about.partner).with("area", about.area).known(visit);
    let asked = [
        of(&FORECAST, "forecast").with("from", as_of).with("until", until),
        of(&ADVICE, "advice").with("as_of", as_of).with("limit", PLANS),
        of(&SCORES, "score").with("as_of", as_of).with("carry", "last"),
    ];
    let was = asked[2].ask(visit, session)?.first();
    let asked = asked.map(|asked| asked.assuming(&events));
    let ahead = asked[0].ask(visit, session)?.first();
    let advice = asked[1].ask(visit, session)?.first();
    let score = asked[2].ask(visit, session)?.first();
    let said = crossing(&ahead, &until.to_string());
    let body = html! {
        p.total { (said) "." }
        p.note { "Figures of months that nobody has reported yet are those of the newest month that is." }
        section aria-labelledby="what-if" {
            h2 #what-if { "What if" }
            @if !assumed.changes.is_empty() && assumed.wrong.is_empty() {
                p.total { "With " (assumed.said()) ": " strong { (score["points"]) } " instead of " (was["points"]) " points on " (as_of) ", " @if score["qualified"] == true { "which qualifies" } @else { "which does not qualify" } "." }
                p.note { "Assumed: " (counted(score["assumed"]["events"].as_u64().unwrap_or(0), "event")) ", of which nothing is recorded; all of this view stands on it. " a href=(visit.here(&[("assume", None)])) { "Assume nothing" } }
            }
            (assumed.form(visit, (&quantities, &until.to_string())))
        }
        section aria-labelledby="forecast" { h2 #forecast { "What the score will be" } (crossings(&ahead)) (spans(&ahead, &labels)) }
        section aria-labelledby="ends" { h2 #ends { "What ends" } (ends(&ahead, &labels)) }
        section aria-labelledby="plans" { h2 #plans { "What to change" } (other_class(&advice)) (plans(visit, &advice)) }
        section aria-labelledby="candidates" { h2 #candidates { "Who could supply it" } (candidates(&advice, &labels)) }
        section aria-labelledby="risk" { h2 #risk { "On whom the score rests" } (at_risk(&advice, &labels)) }
    };
    let title = format!("{} of {} ahead", words::area(about.area), labels.title(&about.partner));
    let mut content = about.content(visit, &labels, "/ahead", &title, &body);
    content.status = said;
    content.asked = asked.into();
    if !assumed.wrong.is_empty() {
        content.http = StatusCode::BAD_REQUEST;
    } else if !events.is_empty() {
        content.produced = Some(Produced::lines(events.lines().map(str::to_owned).collect()));
        content.forms = &[Form::JsonLines];
    }
    Ok(content)
}

/// What is assumed, what could be, and the events of it, a line each.
fn assume(visit: &Visit, session: &Session<'_>, about: &About) -> Result<(Assumed, Vec<Quantity>, String), Problem> {
    let request = Request {
        partner: about.partner.clone(),
        area: about.area,
        question: visit.parameters.question(visit.times.as_of, false)?,
        known_at: visit.times.known_at,
    };
    let quantities = request.quantities(session).map_err(|error| told_to(error, &visit.access))?;
    let mut assumed = Assumed::read(visit.parameters.text("assume"), &quantities);
    let mut lines = String::new();
    if !assumed.changes.is_empty() && assumed.wrong.is_empty() {
        match request.events(session, assumed.changes.clone()) {
            Ok(events) => events.iter().for_each(|event| lines.extend([canonical_event(event).as_str(), "\n"])),
            Err(error) => assumed.wrong.push(("assume".to_owned(), Problem::from(error).detail().to_owned())),
        }
    }
    Ok((assumed, quantities, lines))
}

/// The first day on which it is known to cross what is needed.
fn crossing(ahead: &Value, until: &str) -> String {
    match items(&ahead["crossings"]).first() {
        Some(first) if first["qualified"] == true => format!("It qualifies from {} on", text(&first["day"])),
        Some(first) => format!("It falls below what is needed on {}", text(&first["day"])),
        None => format!("Nothing that is known changes whether it qualifies up to {until}"),
    }
}

fn crossings(ahead: &Value) -> Markup {
    html! {
        @if !items(&ahead["crossings"]).is_empty() {
            ul { @for one in items(&ahead["crossings"]) { li { (text(&one["day"])) ": " @if one["qualified"] == true { "qualifies" } @else { "no longer qualifies" } ", with " (points(&one["points_exact"])) " points" } } }
        }
    }
}

fn ends(ahead: &Value, labels: &Labels) -> Markup {
    let ends = items(&ahead["ends"]);
    if ends.is_empty() {
        return html! { p { "Nothing is known to end." } };
    }
    let rows =
        html! { tbody { @for end in ends { tr { th scope="row" { (text(&end["day"])) } (end_cells(end, labels)) } } } };
    table("What ends", "What is known to end", &["Day", "What", "Whose", "Points", "Entries"], &rows)
}

/// What another class would come to.
fn other_class(advice: &Value) -> Markup {
    let (other, missing) = (&advice["class"]["other"], &advice["class"]["missing"]);
    html! {
        @if other.is_object() {
            p {
                "In " (track(&other["track"])) " it would have " (points(&other["points_exact"])) " points"
                @if other["qualified"] == true { " and qualify" }
                @if missing.as_u64().is_some_and(|missing| missing > 0) { "; " (missing) " customers without a class would have to be SMB for it" }
                "."
            }
        }
    }
}

fn plans(visit: &Visit, advice: &Value) -> Markup {
    let plans = items(&advice["plans"]);
    let changes = |plan: &Value| -> Vec<(String, String)> {
        plan["changes"].as_object().into_iter().flatten().map(|(name, count)| (name.clone(), text(count))).collect()
    };
    let assumed = |plan: &Value| {
        let all: Vec<String> = changes(plan).iter().map(|(name, count)| format!("{name}:{count}")).collect();
        visit.here(&[("assume", Some(&all.join(",")))])
    };
    html! {
        @if advice["reached"] == true { p { "The target of " (points(&advice["target"])) " is reached." } }
        @else if plans.is_empty() {
            p { "No change of customers, people or figures reaches the target of " (points(&advice["target"])) "." }
            ul { @for one in items(&advice["impossible"]) { li { (obstacle(one)) } } }
        }
        @else {
            p { "The target is " (points(&advice["target"])) ". Each of these is enough, the first " (plans.len()) " of " @if advice["count"].is_u64() { (advice["count"]) } @else { "more than " (advice["count_at_least"]) } ":" }
            ol {
                @for plan in plans {
                    li {
                        @for (nth, (name, count)) in changes(plan).iter().enumerate() { @if nth > 0 { ", " } (said(name)) " +" (count) }
                        ": " (points(&plan["points_exact"])) " points. "
                        a href=(assumed(plan)) { "Assume it" }
                    }
                }
            }
        }
    }
}

/// Why a track has no plan.
fn obstacle(one: &Value) -> String {
    let why = one["reason"].as_str().and_then(ObstacleReason::from_name).map_or("", words::obstacle);
    let track = track(&one["track"]);
    let until = one["until"].as_str().map(|until| format!(", until {until} is measured")).unwrap_or_default();
    match one["metric"].as_str() {
        Some(metric) => format!("{}, in {track}: {why}{until}", title(metric)),
        None => format!("In {track}: {why}"),
    }
}

fn candidates(advice: &Value, labels: &Labels) -> Markup {
    let candidates = items(&advice["candidates"]);
    if candidates.is_empty() {
        return html! { p { "No customer and no person that is known could supply it." } };
    }
    let reason = |one: &Value| one["reason"].as_str().and_then(CandidateReason::from_name).map_or("", words::candidate);
    let rows = html! {
        tbody {
            @for one in candidates {
                tr {
                    th scope="row" { (labels.subject(one)) }
                    td { (said(&text(&one["quantity"]))) }
                    td.figure { (one["figure"].as_str().unwrap_or("–")) }
                    td.figure { (one["missing"].as_str().unwrap_or("–")) }
                    td { (reason(one)) }
                    td { (labels.entries(one)) }
                }
            }
        }
    };
    let heads = ["Who", "What", "Figure", "Missing", "Why it does not count", "Entries"];
    table("Who could supply it", "Customers and people that could supply what plans need", &heads, &rows)
}

fn at_risk(advice: &Value, labels: &Labels) -> Markup {
    let risks = items(&advice["at_risk"]);
    if risks.is_empty() {
        return html! { p { "No single customer or person decides the score." } };
    }
    let rows = html! {
        tbody {
            @for one in risks {
                tr {
                    th scope="row" { (labels.subject(one)) }
                    td.figure { (points(&one["points_exact"])) }
                    td { @if one["qualified"] == true { "yes" } @else { "no" } }
                    td { @for (metric, lost) in one["metrics"].as_object().into_iter().flatten() { span.pair { (title(metric)) " " (change(lost)) } " " } }
                }
            }
        }
    };
    let heads = ["Without", "Points", "Qualifies", "What it costs"];
    table("On whom the score rests", "The score without each of these", &heads, &rows)
}
