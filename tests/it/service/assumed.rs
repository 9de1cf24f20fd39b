//! Events that come with a question: the answer is that of the command with `--assume`, and nothing is recorded.

use std::io::Write;

use serde_json::{Value, json};

use super::client::{Reply, request};
use super::{PARTNER, Service, demo, token};
use crate::processes::answer;

const LINES: (&str, &str) = ("Content-Type", "application/jsonl");

#[test]
fn every_question_that_takes_events_answers_as_the_command_that_assumes_them() {
    let dir = demo();
    let dir = dir.path();
    let service = Service::start(dir, &[]);
    let events = format!(
        "{{\"type\":\"customer_churned\",\"partner\":\"{PARTNER}\",\"effective_at\":\"2025-01-01\",\
         \"customer\":\"4fdbff88-9d6b-42e0-9713-45c922ba8001\"}}\n\
         {{\"type\":\"score_published\",\"partner\":\"{PARTNER}\",\"effective_at\":\"2025-02-20\",\
         \"area\":\"infrastructure\",\"points\":\"51.0\"}}\n"
    );
    std::fs::write(dir.join("assumed.jsonl"), &events).unwrap();
    for (path, line) in [
        ("scores?as_of=2025-02-28&explain=true", "score --as-of 2025-02-28 --explain"),
        (
            "timeline?from=2024-12-30&to=2025-02-28&area=infrastructure",
            "timeline --from 2024-12-30 --to 2025-02-28 --area infrastructure",
        ),
        (
            "diff?from=2025-01-31&to=2025-02-28&area=infrastructure",
            "diff --from 2025-01-31 --to 2025-02-28 --area infrastructure",
        ),
        (
            "forecast?from=2025-03-01&until=2025-06-30&area=infrastructure",
            "forecast --from 2025-03-01 --until 2025-06-30 --area infrastructure",
        ),
        ("status?as_of=2025-02-28&area=infrastructure", "status --as-of 2025-02-28 --area infrastructure"),
        ("advice?as_of=2025-02-28&area=infrastructure", "advise --as-of 2025-02-28 --area infrastructure"),
        ("reconciliation?area=infrastructure", "reconcile --area infrastructure"),
    ] {
        let form = ["--partner", PARTNER, "--assume", "assumed.jsonl", "--format", "json", "-q"];
        let wanted = answer(dir, &[&line.split(' ').collect::<Vec<_>>()[..], &form].concat());
        assert!(wanted.contains("\"assumed\":"), "{wanted}");
        let path = format!("/v1/partners/{PARTNER}/{path}&format=jsonl");
        let reply = service.ask("POST", &path, &[LINES], events.as_bytes());
        assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")), "{path}: {reply:?}");
        assert!(reply.text() == wanted, "{path}\n{}\n{wanted}", reply.text());
        assert_eq!((reply.header("etag"), reply.header("content-location")), (None, None), "{path}");
        let packed = {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(events.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        let reply = service.ask("POST", &path, &[LINES, ("Content-Encoding", "gzip")], &packed);
        assert!(reply.text() == wanted, "{path}");
        let list = service.ask("POST", &path, &[("Content-Type", "application/json")], b"[]");
        assert_eq!((list.status, list.code().as_str()), (415, "malformed"), "{path}");
        let bad = service.ask("POST", &path, &[LINES], format!("{events}{{\"type\":\"nothing\"}}\n").as_bytes());
        assert_eq!((bad.status, bad.code().as_str()), (400, "unknown_type"), "{path}: {bad:?}");
        assert_eq!(bad.json()["errors"][0]["line"], 3, "{path}: {bad:?}");
    }
    // Those that answer of what is recorded alone take none.
    for path in ["findings", "instants", "entries"] {
        let path = format!("/v1/partners/{PARTNER}/{path}");
        assert_eq!(service.ask("POST", &path, &[LINES], events.as_bytes()).status, 405, "{path}");
    }
    assert_eq!(service.get("/v1/ledger").json()["size"], 732);
}

/// The other partner of the demo.
const OTHER: &str = "6099001";

#[test]
fn assumed_events_tell_nothing_of_partners_that_a_token_does_not_see() {
    let dir = demo();
    let dir = dir.path();
    let own = token(dir, &["--name", "own", "--scope", "read", "--partner", OTHER]);
    let all = token(dir, &["--name", "all", "--scope", "read"]);
    let service = Service::start(dir, &["--tokens", "tokens"]);
    let assume = |token: &str, event: &Value| -> Reply {
        let path = format!("/v1/partners/{OTHER}/scores?as_of=2025-02-28&area=security");
        let shown = format!("Bearer {token}");
        request(&service.address, "POST", &path, &[LINES, ("Authorization", &shown)], event.to_string().as_bytes())
    };
    let exported = answer(dir, &["export", "--partner", PARTNER]);
    let theirs: Vec<Value> =
        exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone()).collect();
    let known = &theirs[0];
    let refused = assume(&own, known);
    assert_eq!((refused.status, refused.code().as_str()), (404, "unknown_partner"), "{refused:?}");
    assert_eq!(refused.json()["errors"][0]["line"], 1, "{refused:?}");
    assert_eq!(assume(&all, known).status, 200);
    // The id of another partner's event is free, and cannot be retracted.
    let (id, free) = (known["id"].as_str().unwrap(), "0195d7a2-0000-7000-8000-00000000ffff");
    let churned = |id: &str| {
        json!({"id": id, "type": "customer_churned", "partner": OTHER, "effective_at": "2025-01-01",
               "customer": "4fdbff88-9d6b-42e0-9713-45c922baffff"})
    };
    assert_eq!((assume(&own, &churned(id)).status, assume(&own, &churned(free)).status), (200, 200));
    assert_eq!(assume(&all, &churned(id)).status, 422);
    let retracted = |event: &str| {
        let reply = assume(
            &own,
            &json!({"type": "event_retracted", "partner": OTHER, "effective_at": "2025-01-01", "event": event,
                    "reason": "x"}),
        );
        (reply.status, reply.json()["detail"].as_str().unwrap().replace(event, ""))
    };
    assert_eq!(retracted(id), retracted(free));
    // Whether another partner claims the same person is told of what is recorded alone.
    let linked = theirs.iter().rfind(|event| event["type"] == "certification_linked").unwrap();
    let mut linked = linked.clone();
    linked["partner"] = json!(OTHER);
    linked["id"] = json!(free);
    let findings = |token: &str, person: &Value| {
        let mut linked = linked.clone();
        linked["person"] = person.clone();
        let reply = assume(token, &linked);
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["items"][0]["findings"].as_u64().unwrap()
    };
    let (theirs, nobody) = (&linked["person"], &json!("p-0000000000000000"));
    assert_eq!(findings(&own, theirs), findings(&own, nobody));
    assert!(findings(&all, theirs) > findings(&all, nobody));
}
