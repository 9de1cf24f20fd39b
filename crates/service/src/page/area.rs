//! One area of a partner: its metrics with what counted, its scores over time, and why they changed.

use app::ask::{diff, timeline};
use app::beyond::Beyond;
use app::chart::panels;
use app::words;
use ledger::{Area, Date};
use maud::{Markup, PreEscaped, html};
use projection::rulebook::Metric;
use serde_json::Value;

use super::labels::Labels;
use super::layout::Content;
use super::partner::{below, scores};
use super::{Make, Times, Visit};
use crate::parameters::encoded;
use crate::problem::Problem;

/// Months that a timeline has, unless it is told otherwise.
const MONTHS: u32 = 12;

/// What every view of an area is about.
pub(super) struct About {
    pub(super) partner: ledger::PartnerId,
    pub(super) area: Area,
    pub(super) times: Times,
    pub(super) base: String,
}

impl About {
    pub(super) fn of(visit: &Visit) -> Result<Self, Problem> {
        let times = visit.times()?;
        Ok(Self { partner: visit.partner()?, area: visit.area()?, times, base: visit.at("") })
    }

    fn own(&self) -> String {
        format!("{}/p/{}", self.base, encoded(self.partner.as_str()))
    }

    pub(super) fn api(&self) -> String {
        format!("{}/v1/partners/{}", self.base, encoded(self.partner.as_str()))
    }

    /// A view of the area with where it belongs, and the way to the others.
    pub(super) fn content(&self, labels: &Labels, view: &str, title: &str, body: &Markup) -> Content {
        let (own, query, name) = (self.own(), self.times.query(), words::area(self.area));
        let address = |view: &str| format!("{own}/{}{view}?{query}", self.area);
        let views = [("", "Score"), ("/timeline", "Timeline"), ("/why", "Why"), ("/ahead", "Ahead")];
        let body = html! {
            nav.views aria-label="Views of the area" {
                @for (path, name) in views { a href=(address(path)) aria-current=[(path == view).then_some("page")] { (name) } " " }
            }
            (body)
        };
        let mut content = Content::new(title, body);
        content.crumbs =
            vec![(labels.partner(&self.partner), format!("{own}?{query}")), (html! { (name) }, address(""))];
        content.stream = Some(format!("{}/stream", self.api()));
        content
    }
}

/// The score of the area.
pub(super) fn view(visit: &Visit) -> Result<Make, Problem> {
    let about = About::of(visit)?;
    let options = app::ask::score::Options { areas: vec![about.area], ..visit.parameters.options()? };
    Ok(Box::new(move |session| {
        let labels = Labels::of(session);
        let all = scores(session, &about.partner, &about.times, options)?;
        let score = all.first().cloned().unwrap_or_default();
        let name = words::area(about.area);
        let verdict =
            if score["qualified"] == true { "it qualifies".to_owned() } else { format!("below: {}", below(&score)) };
        let body = html! {
            p.total { strong { (score["points"]) } " of " (score["max"]) ", " (verdict) }
            p {
                "Measured in " (score["measured_month"].as_str().unwrap_or_default()) ", compared with "
                (score["compared_month"].as_str().unwrap_or_default()) ", by the rules " (score["rulebook"]["name"].as_str().unwrap_or_default())
                ", as " (score["track"].as_str().unwrap_or_default()) "."
            }
            @for note in score["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) { p.note { (words::note(note)) } }
            @for metric in score["metrics"].as_array().into_iter().flatten() { (metric_section(metric, &labels, &about.base)) }
        };
        let status = format!("{name}: {} of {} points, {verdict}", score["points"], score["max"]);
        let query = format!("{}&area={}", about.times.query(), about.area);
        let exports = ["json", "jsonl", "csv"]
            .map(|form| (form, format!("{}/scores?{query}&explain=true&format={form}", about.api())));
        let command = format!(
            "pcs score --partner {} --area {} --as-of {} --explain",
            about.partner, about.area, about.times.as_of
        );
        let content = about.content(&labels, "", &format!("{name} of {}", about.partner), &body);
        Ok(Content { status, exports: exports.to_vec(), command: Some(command), ..content })
    }))
}

fn metric_section(metric: &Value, labels: &Labels, base: &str) -> Markup {
    let name = metric["metric"].as_str().unwrap_or_default();
    let title = Metric::from_name(name).map_or(name, |metric| metric.title());
    let units = || metric["because"].as_array().into_iter().flatten();
    let figures = [("now", "now"), ("then", "a year before"), ("net", "net"), ("people", "people")];
    html! {
        section.metric aria-labelledby=(name) {
            h2 id=(name) { (title) ": " (metric["points"]) " of " (metric["max"]) }
            meter min="0" max=(metric["max"]) value=(metric["points"]) aria-hidden="true" {}
            p {
                @for (field, word) in figures {
                    @if metric[field].is_number() || metric[field].is_string() { span.pair { (word) " " strong { (text(&metric[field])) } } " " }
                }
            }
            @for note in metric["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) { p.note { (words::note(note)) } }
            @if units().next().is_some() {
                details {
                    summary { "What counted, and what nearly did: " (units().count()) }
                    div.wide tabindex="0" role="region" aria-label={ "Units of " (title) } {
                        table {
                            caption { "Units of " (title) }
                            thead { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "Figure" } th scope="col" { "Counts" } th scope="col" { "Entries" } } }
                            tbody {
                                @for unit in units() {
                                    tr {
                                        td { (unit["at"].as_str().unwrap_or_default()) }
                                        th scope="row" { (labels.subject(unit)) }
                                        td.figure { (text(&unit["figure"])) }
                                        td { @if unit["counted"] == true { "yes" } @else { "no: " (unit["reason"].as_str().unwrap_or_default()) } }
                                        td { (entries(unit, base)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A value without the marks of a text.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Ways to entries, as many as one looks at.
fn entries(value: &Value, base: &str) -> Markup {
    const SHOWN: usize = 6;
    let seqs: Vec<u64> = ["seqs", "entries"]
        .iter()
        .filter_map(|field| value[*field].as_array())
        .flatten()
        .filter_map(Value::as_u64)
        .collect();
    html! {
        @for seq in seqs.iter().take(SHOWN) { a href={ (base) "/entries/" (seq) } { (seq) } " " }
        @if seqs.len() > SHOWN { "and " (seqs.len() - SHOWN) " more" }
    }
}

/// The scores over time.
pub(super) fn timeline(visit: &Visit) -> Result<Make, Problem> {
    let about = About::of(visit)?;
    let months = chrono::Months::new(MONTHS);
    let from = visit
        .parameters
        .day("from")?
        .or_else(|| about.times.as_of.checked_sub_months(months))
        .unwrap_or(about.times.as_of);
    let to = visit.parameters.day("to")?.unwrap_or(about.times.as_of);
    let step =
        visit.parameters.named("step", timeline::DayStep::NAMES, timeline::DayStep::from_name)?.unwrap_or_default();
    let basis = visit.parameters.basis()?;
    Ok(Box::new(move |session| {
        let labels = Labels::of(session);
        let known = timeline::DaysKnown::At(about.times.known_at);
        let request = timeline::Request {
            partner: about.partner.clone(),
            areas: vec![about.area],
            axis: timeline::Axis::Days { from, to, step, known },
            basis,
            unmeasured: projection::Unmeasured::default(),
            beyond: Beyond::default(),
        };
        let answer = request.run(session, &mut std::io::empty())?;
        let line: Value = serde_json::from_str(&answer.to_json()).unwrap_or_default();
        let summary = answer.areas.first().map(|area| panels::summary(&answer, area)).unwrap_or_default();
        let svg = element(&panels::svg(&answer));
        let name = words::area(about.area);
        let body = html! {
            p { (summary) "." }
            (range_form(&about.times, from, to))
            figure.chart { (PreEscaped(svg)) }
            (spans(&line, &labels, &about.base))
        };
        let query = format!("from={from}&to={to}&area={}&step={step}", about.area);
        let known =
            about.times.known_at.map(|at| format!("&known_at={}", encoded(&at.to_string()))).unwrap_or_default();
        let exports = ["json", "jsonl", "csv", "svg"]
            .map(|form| (form, format!("{}/timeline?{query}{known}&format={form}", about.api())));
        let command = format!("pcs timeline --partner {} --area {} --from {from} --to {to}", about.partner, about.area);
        let content = about.content(&labels, "/timeline", &format!("{name} of {} over time", about.partner), &body);
        Ok(Content { status: summary, exports: exports.to_vec(), command: Some(command), ..content })
    }))
}

/// A document of SVG as an element of a page: its style is in a file of the page's own, which allows no other.
fn element(document: &str) -> String {
    let svg = document.split_once("?>\n").map_or(document, |(_, svg)| svg);
    let style = svg.split_once("<style").and_then(|(before, rest)| Some((before, rest.split_once("</style>")?.1)));
    style.map_or_else(|| svg.to_owned(), |(before, behind)| format!("{before}{}", behind.trim_start()))
}

fn range_form(times: &Times, from: Date, to: Date) -> Markup {
    html! {
        form.range method="get" {
            input type="hidden" name="as_of" value=(times.as_of);
            @if let Some(at) = times.known_at { input type="hidden" name="known_at" value=(at); }
            label for="from" { "From" } input #from type="date" name="from" value=(from) required;
            label for="to" { "To" } input #to type="date" name="to" value=(to) required;
            button type="submit" { "Show" }
        }
    }
}

/// The spans, each with what changed it.
fn spans(line: &Value, labels: &Labels, base: &str) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="The same as a table" {
            table {
                caption { "The same as a table: days with the same score, and what changed it" }
                thead { tr { th scope="col" { "Days" } th scope="col" { "Points" } th scope="col" { "Qualifies" } th scope="col" { "What changed it" } } }
                tbody {
                    @for span in line["spans"].as_array().into_iter().flatten() {
                        tr {
                            th scope="row" { (span["first"].as_str().unwrap_or_default()) @if span["first"] != span["last"] { " to " (span["last"].as_str().unwrap_or_default()) } }
                            td.figure { (span["points"]) }
                            td { @if span["qualified"] == true { "yes" } @else { "no" } }
                            td { (causes(span, labels, base)) }
                        }
                    }
                }
            }
        }
    }
}

/// What moved points, each with its entries.
fn causes(of: &Value, labels: &Labels, base: &str) -> Markup {
    let contributions = of["contributions"].as_array();
    html! {
        @if let Some(contributions) = contributions.filter(|all| !all.is_empty()) {
            ul.plain {
                @for one in contributions {
                    li {
                        strong { (text(&one["points"])) } " "
                        @if let Some(metric) = one["metric"].as_str() { (Metric::from_name(metric).map_or(metric, |metric| metric.title())) ": " }
                        (projection::Cause::from_name(one["cause"].as_str().unwrap_or_default()).map_or("", words::cause)) " "
                        bdi { (one["subject"].as_str().unwrap_or_default()) } " " (labels.subject(one)) " " (entries(one, base))
                    }
                }
            }
        }
    }
}

/// Why the score changed.
pub(super) fn why(visit: &Visit) -> Result<Make, Problem> {
    let about = About::of(visit)?;
    let month = chrono::Months::new(1);
    let to = visit.parameters.day("to")?.unwrap_or(about.times.as_of);
    let from = visit.parameters.day("from")?.or_else(|| to.checked_sub_months(month)).unwrap_or(to);
    let known_from = visit.parameters.instant("known_from")?.or(about.times.known_at);
    let known_to = visit.parameters.instant("known_to")?.or(about.times.known_at);
    let ends = [(from, known_from), (to, known_to)];
    let [from_question, to_question] = ends.map(|(day, _)| visit.parameters.question(day, true));
    let (from_question, to_question) = (from_question?, to_question?);
    Ok(Box::new(move |session| {
        let labels = Labels::of(session);
        let request = diff::Request {
            partner: about.partner.clone(),
            from: (from_question, known_from),
            to: (to_question, known_to),
            areas: vec![about.area],
            assume: Vec::new(),
        };
        let line: Value =
            serde_json::from_str(&request.run(session, &mut std::io::empty())?.to_json()).unwrap_or_default();
        let points = |end: &str| text(&line[end]["points"]);
        let said = format!("{} on {from}, {} on {to}", points("from"), points("to"));
        let body = html! {
            p.total { (said) }
            (range_form(&about.times, from, to))
            @for metric in line["metrics"].as_array().into_iter().flatten() {
                @let name = metric["metric"].as_str().unwrap_or_default();
                section.metric aria-labelledby=(name) {
                    h2 id=(name) { (Metric::from_name(name).map_or(name, |metric| metric.title())) ": " (super::labels::points(&metric["change"])) }
                    @if metric["contributions"].as_array().is_none_or(Vec::is_empty) { p { "Nothing moved it." } }
                    (causes(metric, &labels, &about.base))
                }
            }
        };
        let query = format!("from={from}&to={to}&area={}&explain=true", about.area);
        let exports = ["json", "jsonl"].map(|form| (form, format!("{}/diff?{query}&format={form}", about.api())));
        let command = format!("pcs diff --partner {} --area {} --from {from} --to {to}", about.partner, about.area);
        let name = words::area(about.area);
        let content = about.content(&labels, "/why", &format!("Why {name} of {} changed", about.partner), &body);
        Ok(Content { status: said, exports: exports.to_vec(), command: Some(command), ..content })
    }))
}
