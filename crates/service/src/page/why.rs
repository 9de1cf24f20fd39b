//! Why the score of an area changed, from one day to another, or from what was known then to what is known now.

use app::text::counted;
use app::{Session, words};
use ledger::Timestamp;
use maud::{Markup, html};
use serde_json::Value;

use super::Visit;
use super::about::About;
use super::asked::{Asked, DIFF};
use super::labels::{Labels, change, items, points, table, text, title};
use super::layout::{Content, INSTANT};
use super::timeline::cause;
use crate::problem::Problem;

pub(super) fn view(visit: &Visit, session: &mut Session<'_>) -> Result<Content, Problem> {
    let about = About::of(visit)?;
    let labels = Labels::of(session, visit);
    let (parameters, times) = (&visit.parameters, &visit.times);
    let to = parameters.day("to")?.unwrap_or(times.as_of);
    let from = parameters.day("from")?.or_else(|| to.checked_sub_months(chrono::Months::new(1))).unwrap_or(to);
    let known = [parameters.instant("known_from")?, parameters.instant("known_to")?].map(|at| at.or(times.known_at));
    let asked = Asked::new(&DIFF, "change", &about.partner).with("from", from).with("to", to).with("area", about.area);
    let asked = asked.with_some("known_from", known[0]).with_some("known_to", known[1]).on_basis(visit);
    let asked = asked.with("explain", true);
    let line = asked.ask(visit, session)?.first();
    let end = |name: &str| format!("{} on {}", line[name]["points"], text(&line[name]["as_of"]));
    let (change, name) = (change(&line["change"]), words::area(about.area));
    let said = format!("{} to {}: {change}", end("from"), end("to"));
    let (moved, still): (Vec<&Value>, Vec<&Value>) =
        items(&line["metrics"]).iter().partition(|metric| !items(&metric["contributions"]).is_empty());
    let body = html! {
        p.total { (said) }
        p.note { "Known at " (text(&line["from"]["known_at"])) " before, and at " (text(&line["to"]["known_at"])) " after." }
        (form(visit, (&from.to_string(), &to.to_string()), known))
        (sums(&line))
        @for metric in &moved { (metric_section(metric, &labels)) }
        @if !still.is_empty() {
            section aria-labelledby="unchanged" {
                h2 #unchanged { "What stayed as it was" }
                ul { @for metric in still { li { (title(&text(&metric["metric"]))) ": " (points(&metric["to"])) " points" } } }
            }
        }
        @if !items(&line["without_effect"]).is_empty() {
            section aria-labelledby="without" {
                h2 #without { "What was recorded and moved nothing" }
                p { (counted(items(&line["without_effect"]).len() as u64, "entry")) ": " (labels.entries(&line)) }
            }
        }
    };
    let mut content = about.content(
        visit,
        &labels,
        "/why",
        &format!("Why {name} of {} changed", labels.title(&about.partner)),
        &body,
    );
    content.status = said;
    content.asked = vec![asked];
    Ok(content)
}

fn form(visit: &Visit, (from, to): (&str, &str), known: [Option<Timestamp>; 2]) -> Markup {
    let [known_from, known_to] = known.map(|at| at.map(|at| at.to_string()));
    html! {
        form.range method="get" aria-label="The two ends" {
            (visit.times.hidden(&["known_at"]))
            label for="from" { "From" } input #from type="date" name="from" value=(from) required;
            label for="known_from" { "as known at" } input #known_from type="text" name="known_from" value=[known_from] placeholder="now" spellcheck="false" aria-describedby=(INSTANT);
            label for="to" { "To" } input #to type="date" name="to" value=(to) required;
            label for="known_to" { "as known at" } input #known_to type="text" name="known_to" value=[known_to] placeholder="now" spellcheck="false" aria-describedby=(INSTANT);
            button type="submit" { "Show" }
        }
    }
}

/// The points of each metric before and after, with their sums.
fn sums(line: &Value) -> Markup {
    let rows = html! {
        tbody {
            @for metric in items(&line["metrics"]) {
                tr {
                    th scope="row" { (title(&text(&metric["metric"]))) }
                    td.figure { (points(&metric["from"])) } td.figure { (points(&metric["to"])) } td.figure { (change(&metric["change"])) }
                }
            }
        }
        tfoot {
            tr {
                th scope="row" { "Together" }
                td.figure { (points(&line["from"]["points_exact"])) } td.figure { (points(&line["to"]["points_exact"])) } td.figure { (change(&line["change"])) }
            }
        }
    };
    let caption = "What each metric came to, before and after";
    table("What each metric came to", caption, &["Metric", "Before", "After", "Change"], &rows)
}

/// What moved the points of a metric, with the old value and the new one of all that did.
fn metric_section(metric: &Value, labels: &Labels) -> Markup {
    let name = text(&metric["metric"]);
    html! {
        section.metric aria-labelledby=(name) {
            h2 id=(name) { (title(&name)) ": " (change(&metric["change"])) }
            ul.plain { @for one in items(&metric["contributions"]) { li { (cause(one, labels)) (moves(one, labels)) } } }
        }
    }
}

/// The figures and the units that moved the points.
fn moves(contribution: &Value, labels: &Labels) -> Markup {
    let (figures, units) = (items(&contribution["figures"]), items(&contribution["units"]));
    let side = |side: &Value| {
        let figure = side["figure"].as_str().unwrap_or("–");
        let month = text(&side["month"]);
        if side["counted"] == true {
            return format!("{figure} in {month}, counted");
        }
        side["reason"].as_str().map_or_else(
            || format!("nothing in {month}"),
            |reason| format!("{figure} in {month}, not counted: {reason}"),
        )
    };
    let bound = |unit: &Value| {
        let who = match unit {
            unit if unit["person"].is_string() => "a person",
            unit if unit["product"].is_string() => "a product",
            _ => "a customer",
        };
        let (bound, is_held) = (&unit["bound"], unit["bound"]["held"] == true);
        bound["name"].as_str().map(|name| words::crossed_bound(name, is_held, &text(&bound["value"]), who))
    };
    let figure_rows = html! {
        tbody {
            @for figure in figures {
                tr {
                    th scope="row" { (labels.subject(figure)) }
                    td { (text(&figure["month"])) }
                    td.figure { (figure["from"].as_str().unwrap_or("–")) } td.figure { (figure["to"].as_str().unwrap_or("–")) }
                }
            }
        }
    };
    let unit_rows = html! {
        tbody {
            @for unit in units {
                tr {
                    th scope="row" { (labels.subject(unit)) }
                    td { @if unit["at"] == "then" { "a year before" } @else { "now" } }
                    td { bdi { (side(&unit["from"])) } } td { bdi { (side(&unit["to"])) } }
                    td { @if let Some(bound) = bound(unit) { (bound) } }
                }
            }
        }
    };
    let (changed, moved) = ("Figures that changed", "Units that moved the points");
    html! {
        @if !figures.is_empty() { (table(changed, changed, &["Whose", "Month", "Before", "After"], &figure_rows)) }
        @if !units.is_empty() { (table(moved, moved, &["Who", "When", "Before", "After", "Bound crossed"], &unit_rows)) }
    }
}
