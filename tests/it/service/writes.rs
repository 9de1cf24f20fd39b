//! What is recorded over HTTP is durable, recorded once, and recorded beside other writers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Service, demo};
use crate::processes::{AZURE, answer, events, ledger, run};

const LINES: (&str, &str) = ("Content-Type", "application/jsonl");
const LIST: (&str, &str) = ("Content-Type", "application/json");

fn event(fields: &Value) -> Value {
    let mut event = json!({
        "type": "usage_reported", "partner": "6034450", "month": "2025-02",
        "customer": "4fdbff88-9d6b-42e0-9713-45c922ba8001", "product": "Storage", "metric": "acr_usd", "value": "1",
    });
    event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    event
}

#[test]
fn the_same_request_records_the_same_once() {
    let dir = ledger();
    let service = Service::start(dir.path(), &["--write"]);
    let (key, other) = (Uuid::from_u128(7).to_string(), Uuid::from_u128(8).to_string());
    let post = |key: &str, events: Value| {
        service.ask("POST", "/v1/events", &[LIST, ("Idempotency-Key", key)], events.to_string().as_bytes())
    };
    let two = json!([event(&json!({})), event(&json!({"month": "2025-03"}))]);
    let first = post(&key, two.clone());
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.json()["seqs"], json!([0, 1]));
    let again = post(&key, two.clone()).json();
    assert_eq!((&again["new"], &again["already"], &again["seqs"]), (&json!(0), &json!(2), &json!([0, 1])));
    let reused = post(&key, json!([event(&json!({"value": "2"}))]));
    assert_eq!((reused.status, reused.code()), (422, "id_reused".to_owned()));
    assert_eq!(post(&other, two).json()["new"], 2);
    let unnamed = service.ask("POST", "/v1/events", &[LIST], json!([event(&json!({}))]).to_string().as_bytes());
    assert_eq!((unnamed.status, unnamed.code()), (400, "missing_field".to_owned()));
    // One event more or less is other content.
    let three = json!([event(&json!({})), event(&json!({"month": "2025-03"})), event(&json!({"month": "2025-04"}))]);
    for other in [three, json!([event(&json!({}))])] {
        let reused = post(&key, other);
        assert_eq!((reused.status, reused.code()), (422, "id_reused".to_owned()), "{reused:?}");
    }
    for bad in ["seven", "{00000000-0000-0000-0000-000000000007}", "00000000000000000000000000000007"] {
        let bad_key = post(bad, json!([]));
        assert_eq!((bad_key.status, bad_key.code()), (400, "bad_value".to_owned()), "{bad}");
    }
    let headers = [LIST, ("Idempotency-Key", key.as_str()), ("Idempotency-Key", other.as_str())];
    let twice = service.ask("POST", "/v1/events", &headers, b"[]");
    assert_eq!((twice.status, twice.code()), (400, "malformed".to_owned()));
    let long =
        service.ask("POST", "/v1/events", &[LIST], format!("[{{\"x\":\"{}\"}}]", "x".repeat(1 << 20)).as_bytes());
    assert_eq!((long.status, long.code()), (413, "too_large".to_owned()));
    assert_eq!(answer(dir.path(), &["export"]).lines().count(), 4);
}

#[test]
fn one_bad_event_records_none_and_names_its_line() {
    let dir = ledger();
    let service = Service::start(dir.path(), &["--write"]);
    let id = |number: u128| json!({"id": Uuid::from_u128(number)});
    let good = event(&id(1)).to_string();
    for (bad, code, status) in [
        ("{".to_owned(), "malformed", 400),
        (event(&json!({"id": Uuid::from_u128(2), "value": "much"})).to_string(), "bad_value", 400),
        (event(&json!({"id": Uuid::from_u128(2), "type": "nothing"})).to_string(), "unknown_type", 400),
        (event(&json!({"id": Uuid::from_u128(2), "more": 1})).to_string(), "unknown_field", 400),
        (event(&json!({"id": Uuid::from_u128(1), "value": "2"})).to_string(), "id_reused", 422),
        (
            json!({"id": Uuid::from_u128(3), "type": "event_retracted", "partner": "6034450",
                   "effective_at": "2025-01-01", "event": Uuid::from_u128(9), "reason": "x"})
            .to_string(),
            "unknown_event",
            422,
        ),
    ] {
        let body = format!("{good}\n\n{bad}\n");
        let refused = service.ask("POST", "/v1/events", &[LINES], body.as_bytes());
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{bad}: {refused:?}");
        assert_eq!(refused.json()["errors"][0]["line"], 3, "{refused:?}");
    }
    for list in ["[{", "[1]", "[\"x\",\n{}]"] {
        let refused = service.ask("POST", "/v1/events", &[LIST], list.as_bytes());
        assert_eq!((refused.status, refused.code().as_str()), (400, "malformed"), "{list}: {refused:?}");
        assert_eq!(refused.json()["errors"][0]["line"], 1, "{list}: {refused:?}");
    }
    let tried = service.ask("POST", "/v1/events?dry_run=true", &[LINES], good.as_bytes()).json();
    assert_eq!((&tried["new"], &tried["size"]), (&json!(1), &json!(0)));
    assert_eq!(answer(dir.path(), &["export"]), "");
    let packed = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, good.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let taken = service.ask("POST", "/v1/events", &[LINES, ("Content-Encoding", "gzip")], &packed);
    assert_eq!((taken.status, &taken.json()["new"]), (200, &json!(1)), "{taken:?}");
    assert_eq!(service.ask("POST", "/v1/events", &[LINES, ("Content-Encoding", "br")], &packed).status, 415);
}

#[test]
fn many_clients_and_an_import_beside_them_record_everything_once() {
    let dir = ledger();
    let dir = dir.path();
    let service = Service::start(dir, &["--write"]);
    std::fs::write(dir.join("events.jsonl"), events(1, 5_000)).unwrap();
    let counts: Vec<u64> = thread::scope(|scope| {
        let service = &service;
        let clients: Vec<_> = (0..16_u64)
            .map(|client| {
                scope.spawn(move || {
                    let mut new = 0;
                    for batch in 0..10 {
                        let body = events(2 + client * 10 + batch, 3);
                        let reply = service.ask("POST", "/v1/events", &[LINES], body.as_bytes());
                        assert_eq!(reply.status, 200, "{reply:?}");
                        new += reply.json()["new"].as_u64().unwrap();
                    }
                    new
                })
            })
            .collect();
        // The lock is held for the time of each commit alone.
        let imported = run(dir, &["--wait", "30", "import", "events.jsonl"]);
        assert_eq!(imported.status.code(), Some(0), "{}", String::from_utf8_lossy(&imported.stderr));
        clients.into_iter().map(|client| client.join().expect("it asks")).collect()
    });
    assert_eq!(counts, [30; 16]);
    assert_eq!(answer(dir, &["export"]).lines().count(), 5_000 + 16 * 30);
    answer(dir, &["verify"]);
}

#[test]
fn a_report_is_imported_as_the_command_imports_it() {
    let (dir, other) = (demo(), demo());
    let service = Service::start(dir.path(), &["--write"]);
    let path = "/v1/reports?name=azure.csv&partner=6034450&downloaded=2025-02-03";
    let tried = service.ask("POST", &format!("{path}&dry_run=true"), &[], AZURE.as_bytes());
    assert_eq!(tried.status, 200, "{tried:?}");
    let taken = service.ask("POST", path, &[], AZURE.as_bytes());
    assert_eq!(taken.status, 200, "{taken:?}");
    std::fs::write(other.path().join("azure.csv"), AZURE).unwrap();
    let args = ["import", "azure.csv", "--partner", "6034450", "--downloaded", "2025-02-03", "--format", "json"];
    let imported: Value = serde_json::from_str(&answer(other.path(), &args)).unwrap();
    assert_eq!((&taken.json()["new"], &taken.json()["size"]), (&imported["new"], &imported["size"]));
    let events = |dir: &std::path::Path| -> Vec<Value> {
        let lines = answer(dir, &["export", "--partner", "6034450"]);
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone()).collect()
    };
    assert_eq!(events(dir.path()), events(other.path()));
    let again = service.ask("POST", path, &[], AZURE.as_bytes()).json();
    assert_eq!(again["new"], 0);
    for (path, status, code) in [
        ("/v1/reports?name=../x.csv", 400, "bad_value"),
        ("/v1/reports?kind=nothing", 400, "bad_value"),
        ("/v1/reports?kind=azure-usage", 400, "bad_report"),
    ] {
        let refused = service.ask("POST", path, &[], b"one,two\n1,2\n");
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{refused:?}");
    }
}

#[test]
fn an_import_that_takes_too_long_is_interrupted_and_records_nothing() {
    let dir = ledger();
    let service = Service::start(dir.path(), &["--write", "--limit-reports", "1s"]);
    let (header, row) = AZURE.split_once('\n').unwrap();
    let rows = (0..300_000).map(|number| row.replace("922ba8001", &format!("{number:09}")));
    let large: String = std::iter::once(format!("{header}\n")).chain(rows).collect();
    let path = "/v1/reports?name=azure.csv&partner=6034450&downloaded=2025-02-03";
    let ended = service.ask("POST", path, &[], large.as_bytes());
    assert_eq!((ended.status, ended.code().as_str(), ended.header("retry-after")), (503, "busy", Some("1")));
    assert_eq!(service.get("/v1/ledger").json()["size"], 0);
    // The place is free again, and the service is in order.
    let taken = service.ask("POST", path, &[], AZURE.as_bytes());
    assert_eq!((taken.status, service.get("/readyz").status), (200, 200), "{taken:?}");
}

#[test]
fn nothing_acknowledged_is_lost_when_the_service_is_killed() {
    let dir = ledger();
    let dir = dir.path();
    let mut acknowledged = 0;
    for round in 0..3_u64 {
        let mut service = Service::start(dir, &["--write"]);
        let count = &AtomicU64::new(0);
        let posted: u64 = thread::scope(|scope| {
            let (address, token) = (service.address.clone(), format!("Bearer {}", service.token));
            let clients: Vec<_> = (0..4_u64)
                .map(|client| {
                    let (address, token) = (address.clone(), token.clone());
                    scope.spawn(move || {
                        let mut done = 0;
                        for batch in 0..200 {
                            let body = events(2 + round * 1_000 + client * 200 + batch, 1);
                            let headers = [("Authorization", token.as_str()), LINES];
                            let asked = std::panic::catch_unwind(|| {
                                super::client::request(&address, "POST", "/v1/events", &headers, body.as_bytes())
                            });
                            match asked {
                                Ok(reply) if reply.status == 200 => {
                                    done += 1;
                                    count.fetch_add(1, Ordering::AcqRel);
                                }
                                _ => break,
                            }
                        }
                        done
                    })
                })
                .collect();
            while count.load(Ordering::Acquire) < 20 + 15 * round {
                thread::yield_now();
            }
            service.child.kill().unwrap();
            service.child.wait().unwrap();
            clients.into_iter().map(|client| client.join().expect("it asks")).sum()
        });
        acknowledged += posted;
        let recorded = answer(dir, &["export"]).lines().count() as u64;
        // One request of each client may have been recorded without an answer.
        assert!(
            (acknowledged..=acknowledged + 4).contains(&recorded),
            "{acknowledged} acknowledged, {recorded} recorded"
        );
        acknowledged = recorded;
        answer(dir, &["verify"]);
    }
    assert!(acknowledged > 0, "nothing was recorded");
}
