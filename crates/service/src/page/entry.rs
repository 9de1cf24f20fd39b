//! One entry: its event, the row of the report from which it was taken, what takes it back, and the proof that it is in the
//! ledger.

use app::ask::log;
use app::kept::{RequestOfEntry, RowsBehind};
use app::text::{base64, counted};
use app::{Error, Session};
use ledger::proof::leaf_hash;
use ledger::{EventId, EventType, Key, PartnerId};
use maud::{Markup, html};
use serde_json::Value;

use super::Visit;
use super::asked::{Asked, ENTRY, PROOF};
use super::labels::{Labels, items, text, wide};
use super::layout::Content;
use crate::problem::Problem;

/// Characters of a value that a view shows.
const SHOWN: usize = 2_000;

pub(super) fn view(visit: &Visit, session: &mut Session<'_>) -> Result<Content, Problem> {
    let (seq, times) = (visit.seq()?, &visit.times);
    let labels = Labels::of(session, visit);
    let own = Asked::new(&ENTRY, "entry", seq).by(format!("pcs export --from-seq {seq} --to-seq {seq}"));
    let line = own.ask(visit, session)?.produced.lines.concat();
    if seq >= times.size {
        let detail = format!("entry {seq} was not known then: {} entries were", times.size);
        return Err(Error::new("out_of_range", detail).hint("leave `known_at` out").into());
    }
    let entry: Value = serde_json::from_str(&line).unwrap_or_default();
    let event = &entry["event"];
    let partner = event["partner"].as_str().and_then(|partner| PartnerId::new(partner).ok());
    let prove = Asked::new(&PROOF, "proof", seq).with_some("size", times.known_at.map(|_| times.size));
    let proof = prove.ask(visit, session)?.first();
    let related = related(visit, session, event, partner.as_ref())?;
    let rows = RequestOfEntry { seq, file: None, maps: Vec::new() }.run(session);
    let body = html! {
        p { "Recorded at " time { (text(&entry["recorded_at"])) } ". " (labels.subject(event)) }
        (wide("What the entry says", &fields(event)))
        @if !related.is_empty() {
            section aria-labelledby="related" {
                h2 #related { "Retractions" }
                ul { @for (what, seq) in &related { li { (what) " " (labels.entry(*seq)) } } }
            }
        }
        (report(event, rows))
        section aria-labelledby="line" {
            h2 #line { "The line that is hashed" }
            pre tabindex="0" { (line) }
            p { "Its leaf in the tree: " code { (base64(&leaf_hash(&line))) } }
        }
        (proof_section(seq, &proof))
    };
    let mut content = Content::new(format!("Entry {seq}"), body);
    if let Some(partner) = &partner {
        let own = visit.of_partner(partner);
        let entries = format!("{own}/entries?{}&from_seq={seq}", times.query());
        content.crumbs =
            vec![(labels.partner(partner), format!("{own}?{}", times.query())), (html! { "Entries" }, entries)];
    }
    content.status = format!("Entry {seq} of {}: {}", times.size, text(&event["type"]).replace('_', " "));
    content.asked = vec![own, prove];
    Ok(content)
}

/// What an entry takes back, and what takes it back, each with its seq.
fn related(
    visit: &Visit,
    session: &mut Session<'_>,
    event: &Value,
    partner: Option<&PartnerId>,
) -> Result<Vec<(&'static str, u64)>, Problem> {
    let (mut found, reader) = (Vec::new(), session.reader()?);
    if let Some(taken) = event["event"].as_str().and_then(ledger::parse_uuid).map(EventId) {
        for seq in reader.find(Key::event(taken), visit.times.size).map_err(Error::from)? {
            let other = reader.entry(seq).map_err(Error::from)?;
            if other.event.id == taken && other.event.partner.as_ref() == partner {
                found.push(("It takes back entry", seq));
            }
        }
    }
    if let Some(partner) = partner {
        let (partner, event_type) = (Some(partner.clone()), Some(EventType::EventRetracted));
        let request = log::Request { partner, event_type, ..log::Request::default() };
        request.run(session, &mut |answer| {
            let other: Value = serde_json::from_str(&answer.line).unwrap_or_default();
            if other["event"]["event"] == event["id"] && answer.entry.seq < visit.times.size {
                found.push(("It is taken back by entry", answer.entry.seq));
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// The fields of an event, a row each.
fn fields(event: &Value) -> Markup {
    html! {
        table.fields {
            caption { "What it says" }
            thead { tr { th scope="col" { "Field" } th scope="col" { "Value" } } }
            tbody {
                @for (name, value) in event.as_object().into_iter().flatten() {
                    tr { th scope="row" { (name) } td { bdi { (text(value).chars().take(SHOWN).collect::<String>()) } } }
                }
            }
        }
    }
}

/// The rows of the report from which an entry was taken, or why they are not shown.
fn report(event: &Value, rows: Result<RowsBehind, Error>) -> Markup {
    let why = |error: &Error| match error.code() {
        // Where a file lies, and what the system says of it, is for the operator.
        "out_of_range" | "unknown_file" | "unknown_rows" | "ambiguous" => format!("{error}."),
        code => format!("They cannot be read ({code})."),
    };
    html! {
        @if event["source"].is_string() {
            section aria-labelledby="report" {
                h2 #report { "The rows of the report" }
                p { "Its source: " bdi { (text(&event["source"])) } }
                @match rows {
                    Err(error) => {
                        p { "The rows are not shown: " bdi { (why(&error)) } }
                        p.note { code { "pcs import --keep" } " keeps reports, so that their rows can be shown." }
                    }
                    Ok(rows) => {
                        p {
                            (counted(rows.texts.rows.len() as u64, "row")) " of "
                            @if let Some(member) = &rows.member { bdi { (member) } " in " }
                            bdi { (rows.kept.name) } @if let Some(rule) = rows.rule { ", by the rule “" (rule.phrase()) "”" } "; SHA-256 " code { (rows.kept.sha256) }
                        }
                        @for (line, row) in &rows.texts.rows { (wide("A row of the report", &cells(&rows, *line, row))) }
                        @if let Some((sum, figure)) = rows.sum().zip(rows.figure()) {
                            p { "Together " strong { (sum) } @if sum == figure { ", the figure of the entry." } @else { "; the figure of the entry is " (figure) ", since what several rows say alike counts once." } }
                        }
                    }
                }
            }
        }
    }
}

/// The cells of a row, each behind the name of its column.
fn cells(rows: &RowsBehind, line: u64, row: &[u8]) -> Markup {
    let part = rows.parts.iter().find(|part| part.line == line);
    let cells =
        rows.texts.cells(row).unwrap_or_else(|| vec![("row".to_owned(), String::from_utf8_lossy(row).into_owned())]);
    html! {
        table {
            caption {
                "Line " (line)
                @if let Some(part) = part { ", which adds " (part.value) @if rows.is_left_out(part) { " and is left out: an excluded offer" } }
            }
            thead { tr { th scope="col" { "Column" } th scope="col" { "Cell" } } }
            tbody { @for (name, cell) in cells { tr { th scope="row" { bdi { (name) } } td { bdi { (cell.chars().take(SHOWN).collect::<String>()) } } } } }
        }
    }
}

fn proof_section(seq: u64, proof: &Value) -> Markup {
    let hashes = items(&proof["hashes"]);
    html! {
        section aria-labelledby="proof" {
            h2 #proof { "The proof that it is in the ledger" }
            p {
                "These " (hashes.len()) " hashes lead from the leaf to the root of the first " (proof["size"]) " entries (RFC 6962, section 2.1.1), which the checkpoint signs. "
                "Any program for Certificate Transparency checks it, and " code { "pcs verify" } " checks the whole ledger."
            }
            ol { @for hash in hashes { li { code { (text(hash)) } } } }
            details {
                summary { "The proof as it is handed on (C2SP tlog-proof), entry " (seq) }
                pre tabindex="0" { (text(&proof["proof"])) }
            }
        }
    }
}
