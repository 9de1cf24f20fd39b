//! Entries of a partner, filtered and in parts.

use app::Session;
use app::text::{counted, for_shell};
use ledger::{EventType, PartnerId};
use maud::{Markup, html};
use serde_json::Value;

use super::Visit;
use super::asked::{Asked, ENTRIES};
use super::labels::{Labels, table, text};
use super::layout::Content;
use crate::problem::Problem;

/// Entries on a page.
const ON_A_PAGE: usize = 100;
/// Entries of a part for programs, the most that there are.
const IN_A_PART: usize = 1_000;

/// Which entries are wanted.
struct Filter {
    event_type: Option<EventType>,
    customer: Option<String>,
    from_seq: Option<u64>,
    to_seq: Option<u64>,
}

impl Filter {
    /// What was asked, up to what was known then.
    fn of(visit: &Visit) -> Result<Self, Problem> {
        let (parameters, times) = (&visit.parameters, &visit.times);
        let known = times.known_at.map(|_| times.size.saturating_sub(1));
        let to_seq = parameters.whole("to_seq")?;
        Ok(Self {
            event_type: parameters.named("type", EventType::NAMES, EventType::from_name)?,
            customer: parameters.text("customer").map(|text| text.trim().to_owned()),
            from_seq: parameters.whole("from_seq")?,
            to_seq: to_seq.into_iter().chain(known).min(),
        })
    }

    fn asked(&self, partner: &PartnerId, limit: usize) -> Asked {
        Asked::new(&ENTRIES, "entries", partner)
            .with_some("type", self.event_type)
            .with_some("customer", self.customer.as_ref())
            .with_some("from_seq", self.from_seq)
            .with_some("to_seq", self.to_seq)
            .with("limit", limit)
    }

    /// The command of the same entries. Where they are filtered by what they say and by their place, a second one does that.
    fn command(&self, partner: &PartnerId) -> String {
        let options = |options: &[(&str, Option<String>)]| -> String {
            let given = options.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
            given
                .flat_map(|(name, value)| [" --".to_owned(), (*name).to_owned(), " ".to_owned(), for_shell(value)])
                .collect()
        };
        let seq = |seq: Option<u64>| seq.map(|seq| seq.to_string());
        let says = [("type", self.event_type.map(|kind| kind.to_string())), ("customer", self.customer.clone())];
        if says.iter().all(|(_, value)| value.is_none()) {
            let place = [("from-seq", seq(self.from_seq)), ("to-seq", seq(self.to_seq))];
            return format!("pcs export --partner {partner}{}", options(&place));
        }
        let log = format!("pcs log --partner {partner}{} --format json", options(&says));
        let (from, to) = (self.from_seq.map(|seq| format!("$2>={seq}")), self.to_seq.map(|seq| format!("$2<={seq}")));
        match from.into_iter().chain(to).collect::<Vec<_>>().join(" && ") {
            place if place.is_empty() => log,
            place => format!("{log} | awk -F'[:,]' '{place}'"),
        }
    }
}

pub(super) fn view(visit: &Visit, session: &mut Session<'_>) -> Result<Content, Problem> {
    let (partner, times) = (visit.partner()?, &visit.times);
    let labels = Labels::of(session, visit);
    let filter = Filter::of(visit)?;
    let shown = filter.asked(&partner, ON_A_PAGE).with_some("after", visit.parameters.text("after"));
    let answered = if times.size == 0 { None } else { Some(shown.ask(visit, session)?) };
    let next = answered.as_ref().and_then(|answered| answered.produced.next.clone());
    let entries = answered.map_or_else(Vec::new, |answered| answered.items);
    let next = next.map(|next| visit.here(&[("after", Some(&next))]));
    let body = html! {
        (form(visit, &filter))
        @if entries.is_empty() { p { "No entry of the partner is as you ask. " a href={ "?" (times.query()) } { "All entries" } } }
        @else { (entry_table(visit, &entries, &labels)) }
        @if let Some(next) = next { p { a href=(next) { "More entries" } } }
    };
    let mut content = Content::new(format!("Entries of {}", labels.title(&partner)), body);
    let own = visit.of_partner(&partner);
    let here = format!("{own}/entries?{}", times.query());
    content.crumbs = vec![(labels.partner(&partner), format!("{own}?{}", times.query())), (html! { "Entries" }, here)];
    content.asked = vec![filter.asked(&partner, IN_A_PART).by(filter.command(&partner))];
    content.stream = Some(visit.stream(&partner));
    content.status = format!("Shown: {}", counted(entries.len() as u64, "entry"));
    Ok(content)
}

fn form(visit: &Visit, filter: &Filter) -> Markup {
    html! {
        form.range method="get" aria-label="Which entries" {
            (visit.times.hidden(&[]))
            label for="type" { "Type" }
            select #type name="type" {
                option value="" { "all" }
                @for kind in EventType::NAMES { option value=(kind) selected[filter.event_type == EventType::from_name(kind)] { (kind.replace('_', " ")) } }
            }
            label for="customer" { "Customer" } input #customer type="text" name="customer" value=[filter.customer.as_ref()] placeholder="any" spellcheck="false";
            label for="from_seq" { "From entry" } input #from_seq type="number" min="0" name="from_seq" value=[filter.from_seq];
            label for="to_seq" { "to" } input #to_seq type="number" min="0" name="to_seq" value=[visit.parameters.text("to_seq")];
            button type="submit" { "Show" }
        }
    }
}

fn entry_table(visit: &Visit, entries: &[Value], labels: &Labels) -> Markup {
    let rows = html! {
        tbody {
            @for entry in entries {
                @let event = &entry["event"];
                tr {
                    th scope="row" { a href={ (visit.at("/entries")) "/" (entry["seq"]) "?" (visit.times.query()) } { (entry["seq"]) } }
                    td { time { (text(&entry["recorded_at"])) } }
                    td { (text(&event["type"]).replace('_', " ")) }
                    td { time { (event["effective_at"].as_str().or(event["month"].as_str()).unwrap_or_default()) } }
                    td { (labels.subject(event)) }
                }
            }
        }
    };
    let heads = ["Entry", "Recorded at", "What", "When it was true", "Of whom"];
    table("Entries", "Entries of the partner, the oldest first", &heads, &rows)
}
