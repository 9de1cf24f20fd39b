//! The rules that a score of an area is computed by, each with its row of the rulebook and its source.

use maud::{Markup, html};
use serde_json::Value;

use super::about::DayRules;
use super::labels::{items, table, text, title};

/// The rows of the area, with their sources below.
pub(super) fn section(rules: &DayRules, is_open: bool) -> Markup {
    let told = &rules.told;
    let caption =
        html! { "Rows of the rulebook " bdi { (text(&told["name"])) } " that hold on " (text(&told["as_of"])) };
    let rows = html! { tbody { @for row in items(&told["rows"]) { (row_of(row)) } } };
    html! {
        section aria-labelledby="rules" {
            h2 #rules { "By which rules" }
            details open[is_open] data-open="rules" {
                summary { (items(&told["rows"]).len()) " rows, each with its source" }
                (table("Rules", caption, &["Rule", "What it says", "Holds", "Row and source"], &rows))
                dl {
                    @for source in items(&told["sources"]) {
                        dt id={ "source-" (text(&source["name"])) } { bdi { (text(&source["name"])) } }
                        dd { bdi { (text(&source["title"])) } " " (address(&text(&source["address"]))) }
                    }
                    @for grade in items(&told["grades"]) { dt { bdi { (text(&grade["name"])) } } dd { bdi { (text(&grade["meaning"])) } } }
                }
                p.fine { "SHA-256 of its text: " code { (text(&told["sha256"])) } }
            }
        }
    }
}

fn row_of(row: &Value) -> Markup {
    let keys: Vec<String> = items(&row["keys"]).iter().map(|key| name(&text(key))).collect();
    html! {
        tr {
            th scope="row" {
                (name(&text(&row["table"]))) @if !keys.is_empty() { ": " (keys.join(", ")) }
                @if let Some(track) = row["track"].as_str() { ", " (track) }
            }
            td {
                ul.plain { @for (field, value) in row["rule"].as_object().into_iter().flatten() { li { (name(field)) ": " bdi { (said(value)) } } } }
                @if let Some(note) = row["note"].as_str() { p.note { bdi { (note) } } }
            }
            td {
                "from " (text(&row["from"])) @if let Some(to) = row["to"].as_str() { " up to " (to) }
                p.note { (name(&text(&row["from_basis"]))) @if row["assumed"] == true { "; assumed" } @if row["bounded"] == true { "; newer ones may hold" } }
            }
            td { "line " (row["line"]) ", " bdi { (text(&row["source"])) } ", " bdi { (text(&row["conf"])) } }
        }
    }
}

/// The address of a source, as a link where it is one of the web.
fn address(address: &str) -> Markup {
    html! {
        @if address.starts_with("https://") { a href=(address) rel="noreferrer noopener" { (address) } }
        @else { bdi { (address) } }
    }
}

/// A name of the rulebook in words: `azure.net_customer_adds` is that metric of Azure.
pub(super) fn name(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((family, metric)) => format!("{} of {}", title(metric), family.replace('_', " ")),
        None => name.replace('_', " "),
    }
}

/// A value of a rule in words.
fn said(value: &Value) -> String {
    match value {
        Value::Array(all) => all.iter().map(said).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(field, value)| format!("{} {}", name(field), said(value)));
            fields.collect::<Vec<_>>().join(", ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => text(value),
    }
}
