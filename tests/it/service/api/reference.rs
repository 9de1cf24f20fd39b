//! The document of the API as a page for people.

use std::fmt::Write as _;

use serde_json::Value;

const HEAD: &str = "\
# The API

This page is made from the [document of the API](openapi.json) (OpenAPI 3.1), which the service also gives at \
`/openapi.json`, and a test compares the three. [The service](service.md) tells how it is started, who may ask what, and \
how long answers are kept; [answers](answers.md) has the fields of each object.
";

/// A cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What a schema allows, in words.
fn allowed(schema: &Value) -> String {
    let names = |schema: &Value| {
        let names: Vec<String> =
            schema["enum"].as_array().into_iter().flatten().map(|name| format!("`{}`", text(name))).collect();
        names.join(" ")
    };
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().map(allowed).collect::<Vec<_>>().join(" or ");
    }
    match (text(&schema["type"]), text(&schema["format"])) {
        ("array", _) => format!("a list of {}", allowed(&schema["items"])),
        ("boolean", _) => "`true` or `false`".to_owned(),
        ("integer", _) => match (schema["minimum"].as_u64(), schema["maximum"].as_u64()) {
            (Some(least), Some(most)) if most < u64::MAX => format!("{least} to {most}"),
            (least, _) => format!("a whole number from {} on", least.unwrap_or_default()),
        },
        (_, "date") => "a day".to_owned(),
        (_, "date-time") => "an instant".to_owned(),
        (_, "uuid") => "a UUID".to_owned(),
        _ if schema["enum"].is_array() => names(schema),
        _ if schema["pattern"].is_string() => format!("`{}`", text(&schema["pattern"])),
        _ => "a text".to_owned(),
    }
}

fn parameters(out: &mut String, operation: &Value) {
    let parameters = operation["parameters"].as_array().expect("a list");
    if parameters.is_empty() {
        return;
    }
    out.push_str("\n| parameter | needed | what it may be | what it says |\n|---|---|---|---|\n");
    for parameter in parameters {
        let (name, schema) = (text(&parameter["name"]), &parameter["schema"]);
        let place = match text(&parameter["in"]) {
            "query" => String::new(),
            place => format!(" ({place})"),
        };
        let needed = if parameter["required"] == true { "yes" } else { "" };
        let usual = schema.get("default").map(|usual| usual.as_str().map_or_else(|| usual.to_string(), str::to_owned));
        let usual = usual.map(|usual| format!("; `{usual}` without it")).unwrap_or_default();
        let about = text(&parameter["description"]);
        let _ =
            writeln!(out, "| `{name}`{place} | {needed} | {} | {} |", cell(&(allowed(schema) + &usual)), cell(about));
    }
}

/// The name of the schema of an answer, and whether it is in a list.
fn answered(schema: &Value) -> Option<(String, bool)> {
    let items = schema.pointer("/properties/items/items");
    let (schema, is_list) = (items.unwrap_or(schema), items.is_some());
    Some((text(&schema["$ref"]).rsplit('/').next().filter(|name| !name.is_empty())?.to_owned(), is_list))
}

fn answers(out: &mut String, operation: &Value) {
    let responses = operation["responses"].as_object().expect("responses");
    let (done, failed): (Vec<_>, Vec<_>) = responses.iter().partition(|(status, _)| status.as_str() < "400");
    out.push_str("\n| status | answer |\n|---|---|\n");
    for (status, response) in done {
        let told = response["content"].as_object().into_iter().flatten().map(|(media_type, told)| {
            match answered(&told["schema"]) {
                Some((name, true)) => format!("`{media_type}`: `items`, each a {}, and `next`", link(&name)),
                Some((name, false)) => format!("`{media_type}`: a {}", link(&name)),
                None => format!("`{media_type}`"),
            }
        });
        let told: Vec<String> = told.collect();
        let told = if told.is_empty() { text(&response["description"]).to_owned() } else { told.join("; ") };
        let _ = writeln!(out, "| {status} | {} |", cell(&told));
    }
    let failed: Vec<&str> = failed.iter().map(|(status, _)| status.as_str()).collect();
    let _ = writeln!(out, "| {} | a [problem](#failures) |", failed.join(" "));
}

/// A link to where the fields of an object are told.
fn link(name: &str) -> String {
    match name {
        _ if name.starts_with("pcs-") => format!("[{}](answers.md#{name})", name.replace("pcs-", "")),
        _ => format!("[{name}](#{name})"),
    }
}

fn example(out: &mut String, operation: &Value) {
    let (Some(address), told) = (operation["x-example"].as_str(), &operation["responses"]["200"]["content"]) else {
        return;
    };
    let value = serde_json::to_string_pretty(&told["application/json"]["example"]).unwrap();
    let lines: Vec<&str> = value.lines().collect();
    let shown = if lines.len() > SHOWN { [&lines[..SHOWN], &["..."]].concat() } else { lines };
    let _ = writeln!(out, "\n`GET {address}`\n\n```json\n{}\n```", shown.join("\n"));
}

/// Lines of an example that are shown.
const SHOWN: usize = 60;

fn fields(out: &mut String, name: &str, schema: &Value) {
    let _ = writeln!(out, "\n### {name}\n\n| field | what it may be | what it says |\n|---|---|---|");
    let required = schema["required"].as_array().expect("a list");
    for (field, schema) in schema["properties"].as_object().expect("fields") {
        let mark = if required.iter().any(|name| name == field) { "" } else { "?" };
        let _ =
            writeln!(out, "| `{field}`{mark} | {} | {} |", cell(&allowed(schema)), cell(text(&schema["description"])));
    }
}

/// The page.
pub fn page(document: &Value) -> String {
    let mut out = format!(
        "{HEAD}\n{}\n\n| address | scope | what it answers |\n|---|---|---|\n",
        text(&document["info"]["description"])
    );
    let paths = document["paths"].as_object().expect("paths");
    let all = || {
        paths.iter().flat_map(|(path, methods)| {
            methods
                .as_object()
                .expect("methods")
                .iter()
                .map(move |(method, operation)| (path, method.to_uppercase(), operation))
        })
    };
    let anchor = |path: &str, method: &str| {
        let kept = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | ' ');
        format!("{method} {path}").to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
    };
    for (path, method, operation) in all() {
        let (scope, about) = (operation["x-scope"].as_str().unwrap_or("none"), cell(text(&operation["summary"])));
        let _ = writeln!(out, "| [`{method} {path}`](#{}) | {scope} | {about} |", anchor(path, &method));
    }
    for (path, method, operation) in all() {
        let scope = match operation["x-scope"].as_str() {
            Some(scope) => format!("Scope `{scope}`."),
            None => "No token is needed.".to_owned(),
        };
        let about = text(&operation["summary"]);
        let (first, rest) = about.split_at(1);
        let _ = writeln!(out, "\n## {method} {path}\n\n{}{rest}. {scope}", first.to_uppercase());
        let get = &document["paths"][path]["get"];
        if method == "POST" && get["parameters"] == operation["parameters"] {
            out.push_str("\nIts parameters are those of `GET`.\n");
        } else {
            parameters(&mut out, operation);
        }
        let bodies = operation["requestBody"]["content"].as_object().into_iter().flatten();
        let bodies: Vec<String> = bodies.map(|(media_type, _)| format!("`{media_type}`")).collect();
        if !bodies.is_empty() {
            let _ = writeln!(out, "\nThe body is {}, and may be packed by gzip.", bodies.join(" or "));
        }
        answers(&mut out, operation);
        example(&mut out, operation);
    }
    out.push_str("\n## Failures\n\nEach is an object [problem](#problem), `application/problem+json`.\n\n| status | when |\n|---|---|\n");
    for (status, response) in document["components"]["responses"].as_object().expect("responses") {
        let _ = writeln!(out, "| {status} | {} |", cell(text(&response["description"])));
    }
    out.push_str(
        "\n## Objects\n\nThose that the service alone answers; all others are on the page of [answers](answers.md).\n",
    );
    for name in ["ledger-now", "instant", "appended", "problem"] {
        fields(&mut out, name, &document["components"]["schemas"][name]);
    }
    out
}
