//! The schemas of answers, for the document of the API, are made from the page that lists their fields.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Map, Value, json};

use crate::repository::{text, top};

/// The page of answers for programs.
const ANSWERS: &str = "docs/answers.md";
/// Where the schemas stand.
const SCHEMAS: &str = "crates/service/src/openapi/schemas.json";
/// The sections of what the service answers.
const ANSWERED: [&str; 14] = [
    "pcs-score",
    "pcs-diff",
    "pcs-timeline",
    "pcs-forecast",
    "pcs-status",
    "pcs-advise",
    "pcs-reconcile",
    "pcs-check",
    "pcs-partners",
    "pcs-export",
    "pcs-rulebook-show",
    "pcs-checkpoint",
    "pcs-prove",
    "pcs-import",
];

/// The rows of the table under a heading: name, form, meaning.
fn rows<'p>(page: &'p str, section: &str) -> Vec<(&'p str, &'p str, &'p str)> {
    let mut rows = Vec::new();
    let mut is_inside = false;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("##") {
            is_inside = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-") == section;
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, name, form, meaning, _] = cells[..]
            && is_inside
            && name.starts_with('`')
        {
            rows.push((name, form, meaning));
        }
    }
    assert!(!rows.is_empty(), "{ANSWERS} has no section {section}");
    rows
}

/// The schema of a form; sections that it leads to are added to `linked`.
fn schema(form: &str, linked: &mut Vec<String>) -> Value {
    if let Some(form) = form.strip_prefix("list of ") {
        return json!({"type": "array", "items": schema(form, linked)});
    }
    if let Some(form) = form.strip_suffix(" by name") {
        return json!({"type": "object", "additionalProperties": schema(form, linked)});
    }
    let mut any: Vec<Value> = form.split(" or ").map(|form| one(form, linked)).collect();
    if any.len() == 1 { any.remove(0) } else { json!({"anyOf": any}) }
}

fn one(form: &str, linked: &mut Vec<String>) -> Value {
    let pattern = |pattern: &str| json!({"type": "string", "pattern": pattern});
    if let Some((_, section)) = form.split_once("](#") {
        let section = section.trim_end_matches(')').to_owned();
        let reference = json!({"$ref": format!("#/components/schemas/{section}")});
        linked.push(section);
        return reference;
    }
    match form {
        "null" => json!({"type": "null"}),
        "value" => json!({}),
        "text" => json!({"type": "string"}),
        "integer" => json!({"type": "integer"}),
        "points" => json!({"type": "number"}),
        "yes/no" => json!({"type": "boolean"}),
        "day" => json!({"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
        "month" => pattern("^[0-9]{4}-[0-9]{2}$"),
        "instant" => pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"),
        "UUID" => json!({"type": "string", "format": "uuid"}),
        "hex" => pattern("^[0-9a-f]{8,}$"),
        "base64" => pattern("^[A-Za-z0-9+/]{43}=$"),
        "fraction" => pattern("^-?[0-9]+/[1-9][0-9]*$"),
        "amount" => pattern("^-?[0-9]+(\\.[0-9]+)?$"),
        _ => panic!("{ANSWERS}: {form} is no form"),
    }
}

/// A text without its links.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for (nth, part) in text.split('[').enumerate() {
        match part.split_once("](").and_then(|(shown, rest)| Some((shown, rest.split_once(')')?.1))) {
            Some((shown, rest)) if nth > 0 => plain.extend([shown, rest]),
            _ => plain.extend([if nth > 0 { "[" } else { "" }, part]),
        }
    }
    plain
}

fn section(page: &str, name: &str, linked: &mut Vec<String>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (field, form, meaning) in rows(page, name) {
        let is_optional = field.ends_with('?');
        let field = field.trim_end_matches('?').trim_matches('`');
        let mut schema = match (name, field) {
            // Events have a page of their own.
            ("pcs-export", "event") => json!({"$ref": "#/components/schemas/event"}),
            _ => schema(form, linked),
        };
        schema["description"] = json!(plain(meaning));
        properties.insert(field.to_owned(), schema);
        if !is_optional {
            required.push(field);
        }
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

#[test]
fn the_schemas_of_answers_are_made_from_the_page() {
    let page = text(ANSWERS);
    let mut waiting: Vec<String> = ANSWERED.iter().rev().map(ToString::to_string).collect();
    let (mut schemas, mut seen) = (Map::new(), BTreeSet::new());
    while let Some(name) = waiting.pop() {
        if seen.insert(name.clone()) {
            schemas.insert(name.clone(), section(&page, &name, &mut waiting));
        }
    }
    let made = format!("{}\n", serde_json::to_string_pretty(&schemas).unwrap());
    if std::env::var_os("PCS_TEST_UPDATE").is_some() {
        fs::write(top().join(SCHEMAS), &made).unwrap();
    }
    assert!(text(SCHEMAS) == made, "{SCHEMAS} is not what {ANSWERS} says; PCS_TEST_UPDATE=1 writes it");
}
