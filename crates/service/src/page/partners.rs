//! All partners: where each stands in each area.

use app::ask::{partners, status};
use app::{beyond::Beyond, words};
use ledger::{Area, Date, PartnerId};
use maud::{Markup, html};
use projection::Question;
use serde_json::Value;

use super::labels::Labels;
use super::layout::Content;
use super::{Make, Times, Visit};
use crate::parameters::encoded;
use crate::problem::Problem;

/// Partners on a page.
const ON_A_PAGE: usize = 25;

pub(super) fn view(visit: &Visit) -> Result<Make, Problem> {
    let times = visit.times()?;
    let (basis, access, base) = (visit.parameters.basis()?, visit.access.clone(), visit.at(""));
    let wanted = visit.parameters.text("q").unwrap_or_default().to_owned();
    let after = visit.parameters.text("after").map(str::to_owned);
    Ok(Box::new(move |session| {
        let labels = Labels::of(session);
        let folded = wanted.to_lowercase();
        let known = partners::run(session, times.known_at)?;
        let is_wanted = |partner: &PartnerId| {
            let name = labels.partner(partner).into_string().to_lowercase();
            access.sees(partner) && (partner.as_str().to_lowercase().contains(&folded) || name.contains(&folded))
        };
        let mut shown: Vec<PartnerId> = known.into_iter().map(|one| one.partner).filter(is_wanted).collect();
        shown.retain(|partner| after.as_ref().is_none_or(|after| partner.as_str() > after.as_str()));
        let has_more = shown.len() > ON_A_PAGE;
        shown.truncate(ON_A_PAGE);
        let mut rows: Vec<(PartnerId, Vec<Value>)> = Vec::new();
        for partner in &shown {
            let request = status::Request {
                partner: Some(partner.clone()),
                question: Question { as_of: times.as_of, basis, ..question(times.as_of) },
                anniversary: None,
                areas: Vec::new(),
                known_at: times.known_at,
                beyond: Beyond::default(),
            };
            let mut areas = Vec::new();
            request.run(session, &mut std::io::empty(), &mut |answer| {
                areas.push(serde_json::from_str(&answer.to_json()).unwrap_or_default());
                Ok(())
            })?;
            rows.push((partner.clone(), areas));
        }
        let next = shown
            .last()
            .filter(|_| has_more)
            .map(|last| format!("{}&q={}&after={}", times.query(), encoded(&wanted), encoded(last.as_str())));
        let body = html! {
            form.search method="get" role="search" {
                input type="hidden" name="as_of" value=(times.as_of);
                @if let Some(at) = times.known_at { input type="hidden" name="known_at" value=(at); }
                label for="q" { "Find a partner" }
                input #q type="search" name="q" value=(wanted);
                button type="submit" { "Find" }
            }
            @if rows.is_empty() { p { "No partner is known. " code { "pcs import" } " records reports as they come." } }
            @else { (table(&rows, &labels, &times, &base)) }
            @if let Some(next) = next { p { a href={ "?" (next) } { "More partners" } } }
        };
        let status = format!("{} partners as of {}", rows.len(), times.as_of);
        let exports = vec![
            ("JSON", format!("{base}/v1/scores?{}", times.query())),
            ("CSV", format!("{base}/v1/scores?{}&format=csv", times.query())),
        ];
        let command = Some(format!("pcs status --all-partners --as-of {}", times.as_of));
        Ok(Content {
            status,
            exports,
            command,
            stream: Some(format!("{base}/v1/stream")),
            ..Content::new("Partners", body)
        })
    }))
}

fn question(as_of: Date) -> Question {
    Question {
        as_of,
        basis: projection::Basis::default(),
        unmeasured: projection::Unmeasured::default(),
        explain: false,
    }
}

fn table(rows: &[(PartnerId, Vec<Value>)], labels: &Labels, times: &Times, base: &str) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Partners and their points" {
            table {
                caption { "Points of 100 as of " (times.as_of) ", and what they come to" }
                thead { tr { th scope="col" { "Partner" } @for area in Area::ALL { th scope="col" { (words::area(*area)) } } th scope="col" { "First that ends" } } }
                tbody {
                    @for (partner, areas) in rows {
                        tr {
                            th scope="row" { a href={ (base) "/p/" (encoded(partner.as_str())) "?" (times.query()) } { (labels.partner(partner)) } }
                            @for area in areas {
                                td.points {
                                    a href={ (base) "/p/" (encoded(partner.as_str())) "/" (area["area"].as_str().unwrap_or_default()) "?" (times.query()) } { (area["today"]["points"]) }
                                    br; (badge(area))
                                }
                            }
                            td { (areas.iter().filter_map(|area| area["secured_until"].as_str()).min().unwrap_or("–")) }
                        }
                    }
                }
            }
        }
    }
}

/// What the points come to, in words.
pub(super) fn badge(status: &Value) -> Markup {
    let name = status["status"].as_str().unwrap_or_default();
    let (class, text) = match name {
        "qualified" => ("good", "qualified"),
        "enrolled" => ("good", "enrolled"),
        "renewal_due" => ("due", "renewal due"),
        _ => ("open", "in progress"),
    };
    html! { span class={ "badge " (class) } { (text) } }
}
