//! What comes: days on which the area crosses what is needed, what ends, and what to change.

use app::ask::{advise, forecast};
use app::beyond::Beyond;
use app::words;
use maud::{Markup, html};
use serde_json::Value;

use super::area::About;
use super::labels::{Labels, points};
use super::layout::Content;
use super::{Make, Visit};
use crate::problem::Problem;

/// Months that are looked ahead, unless it is told otherwise.
const MONTHS: u32 = 6;
/// Plans that are shown.
const PLANS: usize = 5;

pub(super) fn view(visit: &Visit) -> Result<Make, Problem> {
    let about = About::of(visit)?;
    let months = chrono::Months::new(MONTHS);
    let until = visit
        .parameters
        .day("until")?
        .or_else(|| about.times.as_of.checked_add_months(months))
        .unwrap_or(about.times.as_of);
    let (basis, unmeasured) = (visit.parameters.basis()?, projection::Unmeasured::default());
    Ok(Box::new(move |session| {
        let labels = Labels::of(session);
        let request = forecast::Request {
            partner: about.partner.clone(),
            areas: vec![about.area],
            from: Some(about.times.as_of),
            until,
            known_at: about.times.known_at,
            basis,
            unmeasured,
            beyond: Beyond::default(),
        };
        let ahead = request.run(session, &mut std::io::empty())?.to_json();
        let ahead: Value = serde_json::from_str(&ahead).unwrap_or_default();
        let request = advise::Request {
            partner: about.partner.clone(),
            area: about.area,
            as_of: about.times.as_of,
            known_at: about.times.known_at,
            basis,
            unmeasured,
            beyond: Beyond::default(),
            target: None,
            margin: None,
            prices: [].into(),
            without: [].into(),
            limit: PLANS,
            events: None,
        };
        let advice = request.run(session, &mut std::io::empty())?.to_json();
        let advice: Value = serde_json::from_str(&advice).unwrap_or_default();
        let crossings = ahead["crossings"].as_array().map_or(&[][..], Vec::as_slice);
        let said = match crossings.first() {
            Some(first) if first["qualified"] == true => format!("It qualifies from {} on", day(first)),
            Some(first) => format!("It falls below what is needed on {}", day(first)),
            None => format!("Nothing that is known changes whether it qualifies up to {until}"),
        };
        let body = html! {
            p.total { (said) "." }
            p.note { "Figures of months that nobody has reported yet are those of the newest month that is." }
            section aria-labelledby="ends" { h2 #ends { "What ends" } (ends(&ahead, &labels)) }
            section aria-labelledby="plans" { h2 #plans { "What to change" } (plans(&advice)) }
            section aria-labelledby="candidates" { h2 #candidates { "Who could supply it" } (candidates(&advice, &labels)) }
            section aria-labelledby="risk" { h2 #risk { "On whom the score rests" } (at_risk(&advice, &labels)) }
        };
        let query = format!("area={}", about.area);
        let exports = vec![
            ("forecast", format!("{}/forecast?{query}&from={}&until={until}", about.api(), about.times.as_of)),
            ("advice", format!("{}/advice?{query}&{}", about.api(), about.times.query())),
        ];
        let command =
            format!("pcs advise --partner {} --area {} --as-of {}", about.partner, about.area, about.times.as_of);
        let title = format!("{} of {} ahead", words::area(about.area), about.partner);
        let content = about.content(&labels, "/ahead", &title, &body);
        Ok(Content { status: said, exports, command: Some(command), ..content })
    }))
}

fn day(of: &Value) -> &str {
    of["day"].as_str().unwrap_or_default()
}

fn ends(ahead: &Value, labels: &Labels) -> Markup {
    let ends = ahead["ends"].as_array().map_or(&[][..], Vec::as_slice);
    html! {
        @if ends.is_empty() { p { "Nothing is known to end." } }
        @else {
            ul { @for end in ends { li { (day(end)) ": " (end["kind"].as_str().unwrap_or_default()) " " (labels.subject(end)) ", " (points(&end["points_exact"])) " points" } } }
        }
    }
}

/// A quantity of a plan in words: `intermediate_certifications.people_1`.
fn quantity(name: &str) -> String {
    let (metric, unit) = name.split_once('.').unwrap_or((name, ""));
    let title = projection::rulebook::Metric::from_name(metric).map_or(metric, |metric| metric.title());
    format!("{} ({title})", unit.replace('_', " "))
}

fn plans(advice: &Value) -> Markup {
    let plans = advice["plans"].as_array().map_or(&[][..], Vec::as_slice);
    html! {
        @if advice["reached"] == true { p { "The target of " (points(&advice["target"])) " is reached." } }
        @else if plans.is_empty() { p { "No change of customers, people or figures reaches the target." } }
        @else {
            ol {
                @for plan in plans {
                    li {
                        @for (name, count) in plan["changes"].as_object().into_iter().flatten() { (count) " more: " (quantity(name)) "; " }
                        "then " (points(&plan["points_exact"])) " points"
                    }
                }
            }
        }
    }
}

fn candidates(advice: &Value, labels: &Labels) -> Markup {
    let candidates = advice["candidates"].as_array().map_or(&[][..], Vec::as_slice);
    html! {
        @if candidates.is_empty() { p { "Nobody who is known." } }
        @else {
            div.wide tabindex="0" role="region" aria-label="Candidates" {
                table {
                    caption { "Customers and people that could supply what plans need" }
                    thead { tr { th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "Figure" } th scope="col" { "Missing" } th scope="col" { "Why it does not count" } } }
                    tbody {
                        @for one in candidates {
                            tr {
                                th scope="row" { (labels.subject(one)) }
                                td { (quantity(one["quantity"].as_str().unwrap_or_default())) }
                                td.figure { (one["figure"].as_str().unwrap_or("–")) }
                                td.figure { (one["missing"].as_str().unwrap_or("–")) }
                                td { (one["reason"].as_str().unwrap_or_default().replace('_', " ")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn at_risk(advice: &Value, labels: &Labels) -> Markup {
    let risks = advice["at_risk"].as_array().map_or(&[][..], Vec::as_slice);
    html! {
        @if risks.is_empty() { p { "On nobody alone." } }
        @else { ul { @for one in risks { li { "Without " (labels.subject(one)) ": " (points(&one["points_exact"])) " points" } } } }
    }
}
