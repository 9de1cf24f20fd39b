//! Entries, one entry with its proof, and how all of it is checked.

use app::Error;
use app::ask::log;
use app::prove::{KeySource, checkpoint, key, proof};
use ledger::EventType;
use maud::{Markup, html};
use serde_json::Value;

use super::labels::Labels;
use super::layout::Content;
use super::{Make, Visit};
use crate::parameters::encoded;
use crate::problem::Problem;

/// Entries on a page.
const ON_A_PAGE: usize = 100;

pub(super) fn of_partner(visit: &Visit) -> Result<Make, Problem> {
    let (partner, base) = (visit.partner()?, visit.at(""));
    let times = visit.times()?;
    let event_type = visit.parameters.named("type", EventType::NAMES, EventType::from_name)?;
    let customer = visit.parameters.optional("customer", |text| uuid::Uuid::parse_str(text).map(ledger::CustomerId))?;
    let after = visit.parameters.optional("after", str::parse::<u64>)?;
    Ok(Box::new(move |session| {
        let labels = Labels::of(session);
        let request = log::Request { partner: Some(partner.clone()), customer, event_type, ..log::Request::default() };
        let mut shown: Vec<(u64, Value)> = Vec::new();
        request.run(session, &mut |answer| {
            let seq = answer.entry.seq;
            if seq < times.size && after.is_none_or(|after| seq > after) && shown.len() <= ON_A_PAGE {
                shown.push((seq, serde_json::from_str(&answer.line).unwrap_or_default()));
            }
            Ok(())
        })?;
        let has_more = shown.len() > ON_A_PAGE;
        shown.truncate(ON_A_PAGE);
        let next = shown.last().filter(|_| has_more).map(|(seq, _)| format!("?{}&after={seq}", times.query()));
        let body = html! {
            div.wide tabindex="0" role="region" aria-label="Entries" {
                table {
                    caption { "Entries of the partner, the oldest first" }
                    thead { tr { th scope="col" { "Entry" } th scope="col" { "Recorded at" } th scope="col" { "What" } th scope="col" { "When it was true" } th scope="col" { "Of whom" } } }
                    tbody {
                        @for (seq, entry) in &shown {
                            @let event = &entry["event"];
                            tr {
                                th scope="row" { a href={ (base) "/entries/" (seq) } { (seq) } }
                                td { (entry["recorded_at"].as_str().unwrap_or_default()) }
                                td { (event["type"].as_str().unwrap_or_default().replace('_', " ")) }
                                td { (event["effective_at"].as_str().or(event["month"].as_str()).unwrap_or_default()) }
                                td { (labels.subject(event)) }
                            }
                        }
                    }
                }
            }
            @if let Some(next) = next { p { a href=(next) { "More entries" } } }
        };
        let mut content = Content::new(format!("Entries of {partner}"), body);
        let own = format!("{base}/p/{}", encoded(partner.as_str()));
        content.crumbs = vec![(labels.partner(&partner), format!("{own}?{}", times.query()))];
        content.exports =
            vec![("jsonl", format!("{base}/v1/partners/{}/entries?format=jsonl", encoded(partner.as_str())))];
        content.command = Some(format!("pcs log --partner {partner}"));
        content.status = format!("{} entries are shown", shown.len());
        Ok(content)
    }))
}

pub(super) fn one(visit: &Visit) -> Result<Make, Problem> {
    let (seq, access, base) = (visit.seq()?, visit.access.clone(), visit.at(""));
    Ok(Box::new(move |session| {
        let reader = session.reader()?;
        let is_there =
            seq < reader.size() && reader.entry(seq)?.event.partner.is_none_or(|partner| access.sees(&partner));
        if !is_there {
            return Err(Error::new(
                "out_of_range",
                format!("the ledger has {} entries, and no entry {seq}", reader.size()),
            ));
        }
        let labels = Labels::of(session);
        let line = reader.line(seq)?;
        let entry: Value = serde_json::from_str(&line).unwrap_or_default();
        let event = &entry["event"];
        let proof = proof::run(session, &KeySource { file: None, text: None }, proof::Claim::Entry(seq), None)?;
        let body = html! {
            p { "Recorded at " time { (entry["recorded_at"].as_str().unwrap_or_default()) } ". " (labels.subject(event)) }
            (fields(event))
            section aria-labelledby="line" { h2 #line { "The line that is hashed" } pre tabindex="0" { (line) } }
            section aria-labelledby="proof" {
                h2 #proof { "The proof that it is in the ledger" }
                p { code { "pcs prove" } " makes it, and a program of your own checks it: see " a href={ (base) "/audit" } { "Audit" } "." }
                pre tabindex="0" { (proof.proof) }
            }
        };
        let mut content = Content::new(format!("Entry {seq}"), body);
        content.exports =
            vec![("json", format!("{base}/v1/entries/{seq}")), ("proof", format!("{base}/v1/proofs/{seq}"))];
        content.command = Some(format!("pcs export --from-seq {seq} --to-seq {seq}"));
        content.has_times = false;
        Ok(content)
    }))
}

/// The fields of an event, a row each.
fn fields(event: &Value) -> Markup {
    html! {
        table.fields {
            caption { "What it says" }
            tbody {
                @for (name, value) in event.as_object().into_iter().flatten() {
                    tr {
                        th scope="row" { (name) }
                        td { @if let Some(text) = value.as_str() { bdi { (text.chars().take(2_000).collect::<String>()) } } @else { (value) } }
                    }
                }
            }
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every view is read in this way")]
pub(super) fn audit(visit: &Visit) -> Result<Make, Problem> {
    let base = visit.at("");
    Ok(Box::new(move |session| {
        let keys = key::show(session)?;
        let signed = checkpoint::run(session, &KeySource { file: None, text: None }, None)?.to_string();
        let body = html! {
            p { "Whoever keeps this checkpoint can tell later whether the ledger was changed behind it." }
            section aria-labelledby="key" { h2 #key { "The key that checks" } pre tabindex="0" { (keys.verifier_key) } }
            section aria-labelledby="checkpoint" { h2 #checkpoint { "The checkpoint" } pre tabindex="0" { (signed) } }
            section aria-labelledby="how" {
                h2 #how { "How to check" }
                p { code { "pcs verify --checkpoint FILE --key KEY" } " says whether a ledger continues it; " code { "pcs audit export" } " makes a bundle that proves one score, and " code { "pcs audit verify" } " checks it without the ledger." }
            }
        };
        let mut content = Content::new("Audit", body);
        content.exports = vec![("json", format!("{base}/v1/checkpoint"))];
        content.command = Some("pcs checkpoint".to_owned());
        content.has_times = false;
        Ok(content)
    }))
}
