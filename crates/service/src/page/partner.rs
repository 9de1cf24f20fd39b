//! One partner: six cards, what ends soon, and what contradicts.

use app::ask::{check, forecast, score, status};
use app::{Error, Session, beyond::Beyond, words};
use ledger::{Area, PartnerId};
use maud::{Markup, html};
use serde_json::Value;

use super::labels::{Labels, points};
use super::layout::Content;
use super::partners::badge;
use super::{Make, Times, Visit};
use crate::parameters::encoded;
use crate::problem::Problem;

/// Days ahead of which it is told what ends.
const AHEAD: u64 = 90;

pub(super) fn view(visit: &Visit) -> Result<Make, Problem> {
    let times = visit.times()?;
    let (partner, options, base) = (visit.partner()?, visit.parameters.options()?, visit.at(""));
    let question = visit.parameters.question(times.as_of, false)?;
    let sees_all = visit.access.partners.is_empty();
    Ok(Box::new(move |session| {
        let labels = Labels::of(session);
        let scores = scores(session, &partner, &times, options)?;
        let mut statuses: Vec<Value> = Vec::new();
        let (known_at, beyond) = (times.known_at, Beyond::default());
        let request = status::Request {
            partner: Some(partner.clone()),
            question,
            anniversary: None,
            areas: Vec::new(),
            known_at,
            beyond,
        };
        request.run(session, &mut std::io::empty(), &mut |answer| {
            statuses.push(serde_json::from_str(&answer.to_json()).unwrap_or_default());
            Ok(())
        })?;
        let ends = ends(session, &partner, &times)?;
        let mut findings: Vec<(String, String)> = Vec::new();
        check::run(session, Some(&partner), times.known_at, &mut |answer| {
            findings.push((answer.finding.code.to_owned(), answer.finding.message.clone()));
            Ok(())
        })?;
        let own = format!("{base}/p/{}", encoded(partner.as_str()));
        let body = html! {
            ul.cards {
                @for (score, status) in scores.iter().zip(&statuses) { li { (card(score, status, &own, &times)) } }
            }
            section aria-labelledby="ends" {
                h2 #ends { "What ends within " (AHEAD) " days" }
                (ends_table(&ends, &labels, &times))
            }
            section aria-labelledby="findings" {
                h2 #findings { "What contradicts" }
                @if findings.is_empty() { p { "Nothing." } }
                @else if sees_all {
                    ul { @for (code, message) in &findings { li { code { (code) } ": " bdi { (message) } } } }
                } @else {
                    p { (findings.len()) " findings; " a href={ (base) "/v1/partners/" (encoded(partner.as_str())) "/findings" } { "what your token lets see of them" } }
                }
            }
        };
        let qualified = scores.iter().filter(|score| score["qualified"] == true).count();
        let status = format!("{qualified} of {} areas qualify as of {}", scores.len(), times.as_of);
        let api = format!("{base}/v1/partners/{}", encoded(partner.as_str()));
        let exports =
            ["json", "jsonl", "csv"].map(|form| (form, format!("{api}/scores?{}&format={form}", times.query())));
        let command = Some(format!("pcs score --partner {partner} --as-of {}", times.as_of));
        let mut content = Content::new(format!("Partner {partner}"), body);
        content.crumbs = vec![(labels.partner(&partner), format!("{own}?{}", times.query()))];
        Ok(Content { status, exports: exports.to_vec(), command, stream: Some(format!("{api}/stream")), ..content })
    }))
}

/// The scores of a partner as programs get them.
pub(super) fn scores(
    session: &mut Session<'_>,
    partner: &PartnerId,
    times: &Times,
    options: score::Options,
) -> Result<Vec<Value>, Error> {
    let explain = options.areas.len() == 1;
    let (beyond, partner) = (Beyond::default(), Some(partner.clone()));
    let request = score::Request { partner, as_of: times.as_of, options, beyond, explain, plans: false };
    let mut scores = Vec::new();
    request.run(session, &mut std::io::empty(), &mut |answer| {
        scores.push(serde_json::from_str(&answer.to_json()).unwrap_or_default());
        Ok(())
    })?;
    Ok(scores)
}

/// What is known to end soon, by area.
fn ends(session: &mut Session<'_>, partner: &PartnerId, times: &Times) -> Result<Vec<(Area, Value)>, Error> {
    let request = forecast::Request {
        partner: partner.clone(),
        areas: Vec::new(),
        from: Some(times.as_of),
        until: times.as_of.checked_add_days(chrono::Days::new(AHEAD)).unwrap_or(times.as_of),
        known_at: times.known_at,
        basis: projection::Basis::default(),
        unmeasured: projection::Unmeasured::default(),
        beyond: Beyond::default(),
    };
    let answer = request.run(session, &mut std::io::empty())?;
    let mut all = Vec::new();
    for line in answer.to_json().lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        let area = line["area"].as_str().and_then(Area::from_name);
        all.extend(area.into_iter().flat_map(|area| {
            line["ends"].as_array().cloned().unwrap_or_default().into_iter().map(move |end| (area, end))
        }));
    }
    all.sort_by(|(_, one), (_, other)| one["day"].as_str().cmp(&other["day"].as_str()));
    Ok(all)
}

fn ends_table(ends: &[(Area, Value)], labels: &Labels, times: &Times) -> Markup {
    html! {
        @if ends.is_empty() { p { "Nothing is known to end by then." } }
        @else {
            div.wide tabindex="0" role="region" aria-label="What ends" {
                table {
                    caption { "What is known to end behind " (times.as_of) }
                    thead { tr { th scope="col" { "Day" } th scope="col" { "Area" } th scope="col" { "What" } th scope="col" { "Whose" } th scope="col" { "Points" } } }
                    tbody {
                        @for (area, end) in ends {
                            tr {
                                td { (end["day"].as_str().unwrap_or_default()) }
                                td { (words::area(*area)) }
                                td { (end["kind"].as_str().unwrap_or_default()) }
                                td { (labels.subject(end)) }
                                td.figure { (points(&end["points_exact"])) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn card(score: &Value, status: &Value, own: &str, times: &Times) -> Markup {
    let name = score["area"].as_str().unwrap_or_default();
    let title = Area::from_name(name).map_or("", words::area);
    html! {
        article.card {
            h2 { a href={ (own) "/" (name) "?" (times.query()) } { (title) } }
            p.total { span { strong { (score["points"]) } " of " (score["max"]) } (badge(status)) }
            meter min="0" max=(score["max"]) value=(score["points"]) aria-hidden="true" {}
            p {
                @if score["qualified"] == true { "It qualifies." }
                @else { "Below what is needed: " (below(score)) "." }
            }
            @if let Some(until) = status["secured_until"].as_str() { p { "Secured until " time datetime=(until) { (until) } } }
            p.more {
                a href={ (own) "/" (name) "/timeline?" (times.query()) } { "Timeline" span.hidden { " of " (title) } } " "
                a href={ (own) "/" (name) "/ahead?" (times.query()) } { "Ahead" span.hidden { " of " (title) } }
            }
        }
    }
}

/// What is below its minimum, in words.
pub(super) fn below(score: &Value) -> String {
    let names = score["below"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let titles = names.map(|name| projection::rulebook::Metric::from_name(name).map_or(name, |metric| metric.title()));
    titles.collect::<Vec<_>>().join(", ")
}
