//! The document of the API (`OpenAPI` 3.1), made from the tables that requests are read by.
//!
//! `schemas.json` has the schemas of what commands answer, which a test makes from the page that lists the fields of all
//! answers; `own.json` has those of what the service alone answers; `examples.json` has answers about the demo, which a test
//! gets by asking. What is about events comes from the ledger's own table of them.
#![allow(clippy::indexing_slicing, reason = "a value of JSON has null for what it lacks")]

use axum::http::StatusCode;
use ledger::EventType;
use serde_json::{Map, Value, json};

use crate::answer::Form;
use crate::parameter_table::{PARTNER, parameter};
use crate::route_table::{OPERATIONS, Operation, ROUTES, Route};
use crate::token::Scope;

const SCHEMAS: [&str; 2] = [include_str!("openapi/schemas.json"), include_str!("openapi/own.json")];
const EXAMPLES: &str = include_str!("openapi/examples.json");

/// What holds for every request.
const ABOUT: &str = "What the commands of `pcs` answer, over HTTP. A parameter is the option of the command with `_` for \
    `-`; a list has commas between its values; one that there is not, or that stands there twice, is refused. The header \
    `Accept`, or `format`, says in which form an answer comes: one object, the lines of the command byte for byte, a table, \
    a picture. `HEAD` and `OPTIONS` work at every address; another method is 405 with `Allow`. Answers from 1 KiB on are \
    packed by gzip for those who take it. Fields and parameters are only added within `v1`.";

/// What a request fails with, by its status.
const PROBLEMS: [(u16, &str); 18] = [
    (
        400,
        "a parameter, a header or what came with the request is wrong: `malformed`, `unknown_type`, `unknown_field`, `missing_field`, `bad_value`, and what a report is refused for",
    ),
    (401, "no token, or one that is not taken: `unauthenticated`"),
    (403, "the token does not let do this: `forbidden`"),
    (404, "there is no such partner, entry, tile or place: `unknown_partner`, `out_of_range`"),
    (406, "no form or coding of the answer is taken"),
    (408, "the body takes too long"),
    (
        409,
        "another build, an id that the ledger does not have yet, a ledger without its signing key: `wrong_build`, `ahead_of_ledger`, `no_key`",
    ),
    (411, "the length of the body is not said"),
    (413, "the body is too large: `too_large`"),
    (414, "the address is too long: `too_large`"),
    (415, "the media type or the coding of the body is another"),
    (421, "the request is for another host: `forbidden`"),
    (
        422,
        "what is well written cannot be answered or recorded: `before_program`, `unknown_event`, `id_reused`, `unknown_report`",
    ),
    (429, "the token asks too often: `too_many`"),
    (431, "the headers are too large: `too_large`"),
    (500, "the service or the ledger is broken: `failed`, `corrupt`"),
    (503, "it is worth trying again: `busy`, `locked`, `issuer_unreachable`"),
    (507, "the disk is full: `disk_full`"),
];

/// What every request may fail with, what one with a token, a question, and one with a body.
const OF_ALL: &[u16] = &[400, 406, 414, 421, 431, 500, 503];
const OF_TOKENS: &[u16] = &[401, 403, 429];
const OF_QUESTIONS: &[u16] = &[404, 409, 422];
const OF_BODIES: &[u16] = &[408, 411, 413, 415, 422];
const OF_WRITES: &[u16] = &[507];

/// The document, for a service at a path.
pub(crate) fn document(base_path: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut add = |path: &str, method: &str, operation: Value| {
        let path = path.replace("{*", "{");
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        methods.as_object_mut().map(|methods| methods.insert(method.to_owned(), operation))
    };
    let examples: Value = serde_json::from_str(EXAMPLES).unwrap_or_default();
    for route in ROUTES {
        add(route.path, "get", question(route, false, examples.get(route.path)));
        if route.assumes {
            add(route.path, "post", question(route, true, None));
        }
    }
    for operation in &OPERATIONS {
        let method = if operation.posts { "post" } else { "get" };
        add(operation.path, method, other(operation, examples.get(operation.path)));
    }
    let responses = PROBLEMS.iter().map(|(status, about)| {
        let content = json!({"application/problem+json": {"schema": reference("schemas", "problem")}});
        (status.to_string(), json!({"description": about, "content": content}))
    });
    let responses: Map<String, Value> = responses.collect();
    let url = if base_path.is_empty() { "/" } else { base_path };
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "pcs", "version": "1", "summary": "A ledger of what a Partner Capability Score is made of",
            "description": ABOUT, "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "responses": responses,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "a token of `pcs token make`, with the scope that `x-scope` names"},
                "session": {"type": "apiKey", "in": "cookie", "name": "pcs", "description": "the session of the page, which reads and never writes; `__Host-pcs` where the connection is encrypted"},
            },
        },
    })
}

fn schemas() -> Map<String, Value> {
    let read = SCHEMAS.into_iter().filter_map(|text| serde_json::from_str::<Map<String, Value>>(text).ok());
    let mut schemas: Map<String, Value> = read.flatten().collect();
    let of_type = |event_type: &EventType| {
        let name = event_type.name();
        (format!("event-{}", name.replace('_', "-")), event(*event_type))
    };
    let events: Vec<(String, Value)> = EventType::ALL.iter().map(of_type).collect();
    let any: Vec<Value> = events.iter().map(|(name, _)| reference("schemas", name)).collect();
    // A change of key is made by its command alone.
    let is_made = |event: &&Value| **event != reference("schemas", "event-key-rotated");
    let new: Vec<Value> = any.iter().filter(is_made).cloned().collect();
    schemas.insert("event".to_owned(), json!({"oneOf": any}));
    schemas.insert("new-event".to_owned(), json!({"oneOf": new}));
    schemas.extend(events);
    schemas
}

/// An event of a type, as it is recorded and as it is told.
fn event(event_type: EventType) -> Value {
    let mut properties = Map::new();
    properties.insert("type".to_owned(), json!({"const": event_type.name()}));
    let mut required = vec!["type"];
    for field in event_type.fields() {
        let mut schema = field.schema();
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), json!(field.help()));
        }
        properties.insert(field.name.to_owned(), schema);
        required.extend(field.is_needed.then_some(field.name));
    }
    json!({
        "type": "object", "description": event_type.about(), "properties": properties, "required": required,
        "additionalProperties": false,
    })
}

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

fn question(route: &Route, posts: bool, example: Option<&Value>) -> Value {
    let mut parameters = in_path(route.path);
    let names = route.needed.iter().chain(route.optional).map(|name| (*name, route.needed.contains(name)));
    parameters.extend(names.map(|(name, needed)| query(route.path, name, needed)));
    if route.forms.len() > 1 {
        let names: Vec<&str> = route.forms.iter().map(|form| form.name()).collect();
        let mut format = query(route.path, "format", false);
        if let Some(format) = format.as_object_mut() {
            format.insert("schema".to_owned(), json!({"type": "string", "enum": names}));
        }
        parameters.push(format);
    }
    parameters.push(query(route.path, "build", false));
    let content: Map<String, Value> = route.forms.iter().map(|form| told(route, *form, example)).collect();
    let mut answer = json!({"description": "the answer", "content": content});
    let mut statuses: Vec<u16> = [OF_ALL, OF_TOKENS, OF_QUESTIONS].concat();
    if posts {
        statuses.extend(OF_BODIES);
    } else {
        let text = json!({"type": "string"});
        answer["headers"] = json!({
            "ETag": {"schema": text, "description": "stands for the build, the address and what was known"},
            "Cache-Control": {"schema": text, "description": "how long the answer may be kept"},
            "Content-Location": {"schema": text, "description": "the same answer with its instants, which holds for ever"},
            "Link": {"schema": text, "description": "where a list goes on: `rel=\"next\"`"},
        });
    }
    let mut responses = failures(&mut statuses);
    responses.insert("200".to_owned(), answer);
    let mut about = route.about.to_owned();
    if posts {
        about += ", with events that are taken to be recorded, too: `--assume`";
    } else {
        responses.insert("304".to_owned(), json!({"description": "the answer is the one that `If-None-Match` names"}));
    }
    let mut operation = json!({
        "operationId": id(route.path, posts), "summary": about, "x-scope": route.scope.name(),
        "security": security(Some(route.scope)), "parameters": parameters,
        "responses": responses,
    });
    if posts {
        operation["requestBody"] = body(&["application/jsonl"]);
    }
    if let Some(example) = example {
        operation["x-example"] = example["address"].clone();
    }
    operation
}

/// A form of an answer, with an example of it.
fn told(route: &Route, form: Form, example: Option<&Value>) -> (String, Value) {
    let object = reference("schemas", route.schema);
    let schema = match form {
        Form::Json if route.is_list => json!({
            "type": "object", "required": ["items"], "additionalProperties": false,
            "properties": {
                "items": {"type": "array", "items": object},
                "next": {"type": "string", "description": "what `after` of the next part is; absent in the last one"},
            },
        }),
        Form::Json => object,
        Form::JsonLines | Form::Csv | Form::Svg | Form::File(_) => json!({"type": "string"}),
    };
    let mut told = json!({"schema": schema});
    if let Some(example) = example.filter(|_| form == Form::Json) {
        told["example"] = example["value"].clone();
    }
    (form.media_type().split(';').next().unwrap_or_default().to_owned(), told)
}

fn other(operation: &Operation, example: Option<&Value>) -> Value {
    let mut statuses = OF_ALL.to_vec();
    if operation.scope.is_some() {
        statuses.extend(OF_TOKENS);
    }
    if operation.path.contains("/stream") {
        statuses.extend(OF_QUESTIONS);
    }
    if operation.path.contains('{') {
        statuses.push(404);
    }
    if operation.posts {
        statuses.extend(OF_BODIES);
    }
    if operation.scope == Some(Scope::Write) {
        statuses.extend(OF_WRITES);
    }
    let mut responses = failures(&mut statuses);
    let mut answer = json!({"description": "done"});
    if !operation.media_type.is_empty() {
        let schema = match (operation.schema, operation.media_type) {
            ("", "application/json") => json!({"type": "object"}),
            ("", "text/event-stream") => stream_event(),
            ("", _) => json!({"type": "string"}),
            (schema, _) => reference("schemas", schema),
        };
        let mut told = json!({"schema": schema});
        if let Some(example) = example {
            told["example"] = example["value"].clone();
        }
        answer["content"] = json!({operation.media_type: told});
    }
    responses.insert(operation.status.as_str().to_owned(), answer);
    if operation.status == StatusCode::NO_CONTENT {
        responses.insert("303".to_owned(), json!({"description": "the same, for a form of the page"}));
    }
    let mut parameters = in_path(operation.path);
    parameters.extend(operation.optional.iter().map(|name| query(operation.path, name, false)));
    parameters.extend(headers(operation));
    let mut described = json!({
        "operationId": id(operation.path, operation.posts), "summary": operation.about,
        "security": security(operation.scope), "parameters": parameters,
        "responses": responses,
    });
    if let Some(scope) = operation.scope {
        described["x-scope"] = json!(scope.name());
    }
    if !operation.bodies.is_empty() {
        described["requestBody"] = body(operation.bodies);
    }
    described
}

/// An event of a stream, by the fields of its text.
fn stream_event() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": "^[0-9]+$", "description": "the seq up to which all was told"},
            "event": {"type": "string", "enum": ["entry", "at"]},
            "data": {"type": "string", "description": "of `entry`: the line of the entry, or its CloudEvent; of `at`: `{\"size\",\"new\"}`"},
            "retry": {"type": "integer", "description": "milliseconds after which a stream that broke is opened again"},
        },
        "required": ["event", "data"],
        "additionalProperties": false,
    })
}

fn failures(statuses: &mut Vec<u16>) -> Map<String, Value> {
    statuses.sort_unstable();
    statuses.dedup();
    statuses.iter().map(|status| (status.to_string(), reference("responses", &status.to_string()))).collect()
}

/// What comes with a request, by its media type.
fn body(media_types: &[&str]) -> Value {
    let content = media_types.iter().map(|media_type| {
        let schema = match *media_type {
            "application/json" => json!({"type": "array", "items": reference("schemas", "new-event")}),
            "application/jsonl" => json!({"type": "string", "description": "an event a line"}),
            _ => json!({"type": "string", "format": "binary"}),
        };
        ((*media_type).to_owned(), json!({"schema": schema}))
    });
    json!({"required": true, "content": content.collect::<Map<String, Value>>()})
}

fn security(scope: Option<Scope>) -> Value {
    match scope {
        None => json!([]),
        Some(Scope::Read | Scope::Audit) => json!([{"token": []}, {"session": []}]),
        Some(Scope::Write) => json!([{"token": []}]),
        // Those on the machine of the service need none.
        Some(Scope::Metrics) => json!([{}, {"token": []}]),
    }
}

fn query(path: &str, name: &str, needed: bool) -> Value {
    let parameter = parameter(path, name);
    let mut query = json!({
        "name": name, "in": "query", "required": needed, "description": parameter.about, "schema": parameter.schema(),
    });
    if parameter.is_list() {
        query["style"] = json!("form");
        query["explode"] = json!(false);
    }
    query
}

/// The parts of a path.
fn in_path(path: &str) -> Vec<Value> {
    let parts = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let part = |part: &str| {
        let name = part.trim_start_matches('*');
        let (schema, about) = match name {
            "partner" => (json!({"type": "string", "pattern": PARTNER}), "the partner"),
            "code" => (json!({"type": "string", "pattern": "^[a-z_]{1,64}$"}), "the code"),
            "place" => (
                json!({"type": "string", "pattern": "^[0-9]{3}$"}),
                "the place of a tile; from 1,000 on it is `x001/234`, and `000.p/7` of a tile that is not full, with slashes as \
                 they are, which this document cannot say",
            ),
            _ => (parameter(path, name).schema(), parameter(path, name).about),
        };
        json!({"name": name, "in": "path", "required": true, "description": about, "schema": schema})
    };
    parts.map(part).collect()
}

/// The headers that an operation reads.
fn headers(operation: &Operation) -> Vec<Value> {
    let header = |name: &str, about: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": about, "schema": schema});
    let uuid = json!({"type": "string", "format": "uuid"});
    match operation.path {
        "/v1/events" => vec![header(
            "Idempotency-Key",
            "under the same key the same request changes nothing, and events need no `id`",
            uuid,
        )],
        path if path.ends_with("/stream") => {
            vec![header("Last-Event-ID", "the stream goes on behind this entry", parameter(path, "seq").schema())]
        }
        _ => Vec::new(),
    }
}

/// The name of an operation: the words of its path.
fn id(path: &str, posts: bool) -> String {
    let words: Vec<&str> =
        path.split(['/', '{', '}', '*', '.']).filter(|word| !word.is_empty() && *word != "v1").collect();
    format!("{}_{}", if posts { "post" } else { "get" }, words.join("_"))
}
