//! Events that come with a question: the answer is that of the command with `--assume`, and nothing is recorded.

use std::io::Write;

use super::{PARTNER, Service, demo};
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
