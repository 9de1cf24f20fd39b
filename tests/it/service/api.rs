//! The document of the API says what the service answers: both ways.
//!
//! With `PCS_TEST_UPDATE` set, the examples and the two pages are written. Since the examples are a part of the program, the
//! pages follow with the next run.

mod document;
mod reference;

use std::fs;

use serde_json::{Map, Value, json};

use super::Service;
use super::client::Reply;
use crate::answers::lines;
use crate::histories::entries;
use crate::processes::AZURE;
use crate::repository::{text, top};
use crate::second_fold::size_of;
use crate::seeds;
use crate::session::Session;
use document::Document;

/// The document, and the page that is made of it.
const DOCUMENT: &str = "docs/openapi.json";
const PAGE: &str = "docs/api.md";
/// The examples of the document.
const EXAMPLES: &str = "crates/service/src/openapi/examples.json";
/// Histories whose answers are compared with the document.
const SEEDS: u64 = 4;

/// The questions whose answers are examples: the path of the document, and the address.
const EXAMPLED: [(&str, &str); 19] = [
    ("/v1/ledger", "/v1/ledger"),
    ("/v1/partners", "/v1/partners?limit=2"),
    ("/v1/scores", "/v1/scores?as_of=2025-02-28&sort=-points&limit=1"),
    ("/v1/partners/{partner}/scores", "/v1/partners/6034453/scores?as_of=2025-02-28&area=infrastructure"),
    (
        "/v1/partners/{partner}/timeline",
        "/v1/partners/6034453/timeline?from=2024-09-01&to=2024-10-30&area=infrastructure",
    ),
    ("/v1/partners/{partner}/diff", "/v1/partners/6034453/diff?from=2025-01-31&to=2025-02-28&area=infrastructure"),
    (
        "/v1/partners/{partner}/forecast",
        "/v1/partners/6034453/forecast?from=2025-03-01&until=2025-04-30&area=infrastructure",
    ),
    ("/v1/partners/{partner}/status", "/v1/partners/6034453/status?as_of=2025-02-28&area=infrastructure"),
    ("/v1/partners/{partner}/advice", "/v1/partners/6034453/advice?as_of=2025-02-28&area=infrastructure&limit=1"),
    ("/v1/partners/{partner}/reconciliation", "/v1/partners/6034453/reconciliation?area=infrastructure"),
    ("/v1/partners/{partner}/findings", "/v1/partners/6034453/findings"),
    ("/v1/partners/{partner}/instants", "/v1/partners/6099001/instants?known_at=2025-01-31"),
    ("/v1/partners/{partner}/entries", "/v1/partners/6034453/entries?limit=2"),
    ("/v1/entries", "/v1/entries?from_seq=7&limit=1"),
    ("/v1/entries/{seq}", "/v1/entries/7"),
    ("/v1/rulebook", "/v1/rulebook?as_of=2025-02-28&area=security"),
    ("/v1/checkpoint", "/v1/checkpoint?size=100"),
    ("/v1/proofs/{seq}", "/v1/proofs/7?size=100"),
    ("/v1/proofs/from/{size}", "/v1/proofs/from/50?size=100"),
];

/// The key of the example of the checksum database of Go, under the name of the demo.
const KEY: &str = "PRIVATE+KEY+demo+48635c04+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/// The demo with ids and a key that are the same whenever it is made.
fn example() -> Session {
    let session = Session::new();
    session.answer(&["demo", "--dir", "example", "--quiet"]);
    session.write("example/key", format!("{KEY}\n"));
    // What the other key remembers is not this one's.
    drop(fs::remove_file(session.path("example/key.signed")));
    session
}

/// Compares a file with what it should be, or writes it.
fn compare(file: &str, made: &str) {
    if std::env::var_os("PCS_TEST_UPDATE").is_some() {
        fs::write(top().join(file), made).unwrap();
    }
    assert!(text(file) == made, "{file} is not what the service says; PCS_TEST_UPDATE=1 writes it");
}

#[test]
fn the_document_and_its_page_are_those_of_the_service() {
    let session = example();
    let service = Service::start(session.home(), &["--ledger", "example"]);
    let examples = EXAMPLED.map(|(path, address)| {
        let reply = service.get(address);
        assert_eq!(reply.status, 200, "{address}: {reply:?}");
        (path.to_owned(), json!({"address": address, "value": reply.json()}))
    });
    let examples = Value::from(Map::from_iter(examples));
    compare(EXAMPLES, &format!("{}\n", serde_json::to_string_pretty(&examples).unwrap()));
    let document = service.get_with("/openapi.json", &[("Authorization", "")]);
    assert_eq!((document.status, document.header("content-type")), (200, Some("application/json")));
    let document = document.json();
    compare(DOCUMENT, &format!("{}\n", serde_json::to_string_pretty(&document).unwrap()));
    compare(PAGE, &reference::page(&document));
}

/// Questions about a partner P and a day D, by the path of the document.
const QUESTIONS: [(&str, &str); 40] = [
    ("/v1/ledger", "/v1/ledger"),
    ("/v1/partners", "/v1/partners?limit=1"),
    ("/v1/partners", "/v1/partners?q=x&known_at=2024-06-30"),
    ("/v1/scores", "/v1/scores?as_of=D&limit=7"),
    ("/v1/scores", "/v1/scores?as_of=D&sort=-secured_until&status=in_progress,qualified"),
    ("/v1/scores", "/v1/scores?as_of=D&sort=points&format=csv"),
    ("/v1/partners/{partner}/scores", "/v1/partners/P/scores?as_of=D&explain=true"),
    ("/v1/partners/{partner}/scores", "/v1/partners/P/scores?as_of=D&carry=last&basis=published&unmeasured=include"),
    ("/v1/partners/{partner}/timeline", "/v1/partners/P/timeline?from=2024-06-30&to=D"),
    ("/v1/partners/{partner}/timeline", "/v1/partners/P/timeline?from=2024-11-30&to=D&step=month&known_at=then"),
    ("/v1/partners/{partner}/timeline", "/v1/partners/P/timeline?as_of=D&known_from=2024-06-30&known_to=2025-04-05"),
    ("/v1/partners/{partner}/timeline", "/v1/partners/P/timeline?from=2024-12-30&to=D&area=security&format=svg"),
    ("/v1/partners/{partner}/diff", "/v1/partners/P/diff?from=2024-06-30&to=D"),
    ("/v1/partners/{partner}/diff", "/v1/partners/P/diff?from=D&to=D&known_from=2024-12-31&explain=true"),
    ("/v1/partners/{partner}/forecast", "/v1/partners/P/forecast?from=D&until=2026-12-31"),
    ("/v1/partners/{partner}/status", "/v1/partners/P/status?as_of=D"),
    ("/v1/partners/{partner}/status", "/v1/partners/P/status?as_of=D&anniversary=2025-06-30"),
    ("/v1/partners/{partner}/advice", "/v1/partners/P/advice?as_of=D&area=data_ai&limit=3"),
    ("/v1/partners/{partner}/advice", "/v1/partners/P/advice?as_of=D&area=infrastructure&limit=3&margin=1.5"),
    ("/v1/partners/{partner}/advice", "/v1/partners/P/advice?as_of=D&area=digital_app&target=100&without=customer"),
    ("/v1/partners/{partner}/advice", "/v1/partners/P/advice?as_of=D&area=business_applications&price=customer=0.5"),
    ("/v1/partners/{partner}/advice", "/v1/partners/P/advice?as_of=D&area=modern_work&limit=1"),
    ("/v1/partners/{partner}/advice", "/v1/partners/P/advice?as_of=D&area=security&limit=1"),
    ("/v1/partners/{partner}/reconciliation", "/v1/partners/P/reconciliation?from=2024-01-01&to=D"),
    ("/v1/partners/{partner}/findings", "/v1/partners/P/findings"),
    ("/v1/partners/{partner}/instants", "/v1/partners/P/instants"),
    ("/v1/partners/{partner}/entries", "/v1/partners/P/entries?limit=1000"),
    ("/v1/partners/{partner}/bundle", "/v1/partners/P/bundle?as_of=D"),
    ("/v1/entries", "/v1/entries?limit=1000"),
    ("/v1/entries", "/v1/entries?type=usage_reported&limit=1&format=jsonl"),
    ("/v1/entries/{seq}", "/v1/entries/3"),
    ("/v1/rulebook", "/v1/rulebook?as_of=D"),
    ("/v1/checkpoint", "/v1/checkpoint"),
    ("/v1/proofs/{seq}", "/v1/proofs/3"),
    ("/v1/proofs/from/{size}", "/v1/proofs/from/3"),
    ("/tlog/checkpoint", "/tlog/checkpoint"),
    ("/tlog/tile/{level}/{place}", "/tlog/tile/0/000.p/2"),
    ("/tlog/tile/entries/{place}", "/tlog/tile/entries/000.p/2"),
    ("/healthz", "/healthz"),
    ("/readyz", "/readyz"),
];

/// What is refused, by the path of the document, with the status.
const REFUSED: [(&str, &str, &str, u16); 24] = [
    ("GET", "/v1/partners/{partner}/scores", "/v1/partners/P/scores", 400),
    ("GET", "/v1/partners/{partner}/scores", "/v1/partners/P/scores?as_of=2025-02-30", 400),
    ("GET", "/v1/partners/{partner}/scores", "/v1/partners/P/scores?as_of=D&as_of=D", 400),
    ("GET", "/v1/partners/{partner}/scores", "/v1/partners/P/scores?as_of=D&x=1", 400),
    ("GET", "/v1/partners/{partner}/scores", "/v1/partners/P/scores?as_of=2020-01-01", 422),
    ("GET", "/v1/partners/{partner}/scores", "/v1/partners/none/scores?as_of=D", 404),
    ("GET", "/v1/partners/{partner}/scores", "/v1/partners/P/scores?as_of=D&build=0", 409),
    ("GET", "/v1/partners/{partner}/timeline", "/v1/partners/P/timeline?from=2010-01-01&to=D", 400),
    ("GET", "/v1/partners/{partner}/timeline", "/v1/partners/P/timeline?from=D&to=2023-01-01", 400),
    ("GET", "/v1/partners/{partner}/advice", "/v1/partners/P/advice?as_of=D", 400),
    ("GET", "/v1/partners/{partner}/bundle", "/v1/partners/P/bundle?as_of=D&known_at=2999-01-01", 404),
    ("GET", "/v1/scores", "/v1/scores?as_of=D&after=x", 400),
    ("GET", "/v1/entries", "/v1/entries?limit=1001", 400),
    ("GET", "/v1/entries/{seq}", "/v1/entries/99999999", 404),
    ("GET", "/v1/entries/{seq}", "/v1/entries/x", 400),
    ("GET", "/v1/proofs/{seq}", "/v1/proofs/3?size=2", 404),
    ("GET", "/v1/rulebook", "/v1/rulebook", 400),
    ("GET", "/tlog/tile/{level}/{place}", "/tlog/tile/7/000", 404),
    ("GET", "/v1/stream", "/v1/stream?from_seq=99999999", 409),
    ("POST", "/v1/partners/{partner}/scores", "/v1/partners/P/scores?as_of=D", 415),
    ("POST", "/v1/events", "/v1/events", 415),
    ("POST", "/v1/events", "/v1/events?x=1", 400),
    ("POST", "/v1/reports", "/v1/reports?kind=none", 400),
    ("POST", "/v1/reports", "/v1/reports?name=a/b", 400),
];

/// Asks everything about a partner on a day.
fn ask_all(document: &mut Document, service: &Service, partner: &str, day: &str) {
    let asked = |address: &str| address.replace("/P/", &format!("/{partner}/")).replace("=D", &format!("={day}"));
    for (path, address) in QUESTIONS {
        let address = asked(address);
        let reply = service.get(&address);
        // Then it may not have been known.
        let is_unknown = address.contains("known_") && reply.status == 404;
        assert!(reply.status == 200 || is_unknown, "{address}: {reply:?}");
        document.check("get", path, &address, &reply);
        let known = reply.header("etag").map(str::to_owned);
        if let Some(known) = known {
            let again = service.get_with(&address, &[("If-None-Match", &known)]);
            assert_eq!(again.status, 304, "{address}");
            document.check("get", path, &address, &again);
        }
    }
    for (method, path, address, status) in REFUSED {
        let address = asked(address);
        let reply = service.ask(method, &address, &[], b"");
        assert_eq!(reply.status, status, "{method} {address}: {reply:?}");
        document.check(&method.to_lowercase(), path, &address, &reply);
    }
}

fn document(service: &Service) -> Document {
    Document::new(service.get("/openapi.json").json())
}

#[test]
fn every_answer_and_every_refusal_is_as_the_document_says() {
    let session = example();
    let service = Service::start(session.home(), &["--ledger", "example", "--write"]);
    let mut document = document(&service);
    for day in ["2025-02-28", "2025-03-31"] {
        ask_all(&mut document, &service, "6034453", day);
    }
    for (path, address, headers, body) in [
        ("/v1/partners/{partner}/scores", "/v1/partners/6034453/scores?as_of=2025-02-28", &LINES[..], CHURNED),
        ("/v1/events", "/v1/events?dry_run=true", &LINES, CHURNED),
        ("/v1/events", "/v1/events", &LINES, CHURNED),
        ("/v1/reports", "/v1/reports?partner=6034450&downloaded=2025-02-03&dry_run=true", &[], AZURE),
        ("/v1/reports", "/v1/reports?partner=6034450&downloaded=2025-02-03", &[], AZURE),
        ("/session", "/session", &[], ""),
    ] {
        let reply = service.ask("POST", address, headers, body.as_bytes());
        assert!(reply.status < 300, "{address}: {reply:?}");
        document.check("post", path, address, &reply);
    }
    let refused = service.ask("POST", "/v1/events", &LINES, "{}\n{}\n".as_bytes());
    document.check("post", "/v1/events", "two bad lines", &refused);
    for (headers, status) in [
        (&[("Authorization", "Bearer x")][..], 401),
        (&[("Host", "other.example")], 421),
        (&[("Accept", "image/png")], 406),
    ] {
        let reply = service.get_with("/v1/ledger", headers);
        assert_eq!(reply.status, status);
        document.check("get", "/v1/ledger", "by another header", &reply);
    }
    assert_eq!(document.unseen(), ["get /tlog/tile/lines/{place}"]);
}

const LINES: [(&str, &str); 1] = [("Content-Type", "application/jsonl")];
const CHURNED: &str = "{\"id\":\"0195d7a2-0000-7000-8000-000000000001\",\"type\":\"customer_churned\",\
    \"partner\":\"6034453\",\"effective_at\":\"2025-01-01\",\"customer\":\"4fdbff88-9d6b-42e0-9713-45c922ba8001\"}\n";

#[test]
fn the_answers_about_any_history_are_as_the_document_says() {
    for seed in seeds::asked(SEEDS) {
        let session = Session::new();
        let values = entries(seed, size_of(seed));
        session.import_entries("pcs-ledger", &lines(&values));
        let service = Service::start(session.home(), &["--write"]);
        let partner = values.iter().find_map(|entry| entry["event"]["partner"].as_str()).expect("a partner");
        ask_all(&mut document(&service), &service, partner, "2025-03-31");
    }
}
