//! Codes that need a ledger, a body or a header of their own.

use std::fs;

use ledger::LedgerDir;

use super::client::{request, sent};
use super::{PARTNER, Service, demo};
use crate::processes::answer;

/// A zip with a text that is no report.
const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\0\x43\xbe\xb7\xe8\x01\0\0\0\x01\0\0\0\x05\0\0\0a.txta\
    PK\x01\x02\x14\x03\x14\0\0\0\0\0\0\0\x21\0\x43\xbe\xb7\xe8\x01\0\0\0\x01\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\x80\x01\0\0\0\0a.txt\
    PK\x05\x06\0\0\0\0\x01\0\x01\0\x33\0\0\0\x24\0\0\0\0\0";

#[test]
fn a_body_without_its_length_or_beyond_the_bound_is_refused_before_it_is_read() {
    let dir = demo();
    let service = Service::start(dir.path(), &["--write"]);
    let (address, token) = (&service.address, &service.token);
    let head = format!(
        "Host: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\nContent-Type: application/jsonl\r\n"
    );
    let scores = format!("/v1/partners/{PARTNER}/scores?as_of=2025-02-28");
    for path in ["/v1/events", "/v1/reports", "/session", scores.as_str()] {
        let unsaid = sent(address, format!("POST {path} HTTP/1.1\r\n{head}\r\n").as_bytes());
        assert_eq!((unsaid.status, unsaid.code().as_str()), (411, "malformed"), "{path}");
    }
    for path in ["/v1/events", "/v1/reports", scores.as_str()] {
        let length = (64 << 20) + 1;
        let large = sent(address, format!("POST {path} HTTP/1.1\r\n{head}Content-Length: {length}\r\n\r\n").as_bytes());
        assert_eq!((large.status, large.code().as_str()), (413, "too_large"), "{path}");
    }
    // A body in chunks is as long as it is.
    let chunks = format!("POST {scores} HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert_eq!(sent(address, chunks.as_bytes()).status, 200);
    // What is packed has the same bound as what is not.
    let zeros = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), (64 << 20) + 1), &mut encoder).unwrap();
        encoder.finish().unwrap()
    };
    let headers = [("Content-Type", "application/jsonl"), ("Content-Encoding", "gzip")];
    let large = service.ask("POST", "/v1/events", &headers, &zeros);
    assert_eq!((large.status, large.code().as_str()), (413, "too_large"));
    let broken = service.ask("POST", "/v1/events", &headers, b"nothing");
    assert_eq!((broken.status, broken.code().as_str()), (400, "malformed"));
}

#[test]
fn a_report_that_nobody_knows_is_told_as_such() {
    let dir = demo();
    let service = Service::start(dir.path(), &["--write"]);
    let unknown = service.ask("POST", "/v1/reports", &[], b"one,two\n1,2\n");
    assert_eq!((unknown.status, unknown.code().as_str()), (422, "unknown_report"), "{unknown:?}");
    let empty = service.ask("POST", "/v1/reports?name=a.zip", &[], ZIP);
    assert_eq!((empty.status, empty.code().as_str()), (422, "no_report"), "{empty:?}");
    for name in ["..", "a/b", &"x".repeat(256), ""] {
        let refused = service.ask("POST", &format!("/v1/reports?name={name}"), &[], b"one,two\n1,2\n");
        assert_eq!((refused.status, refused.code().as_str()), (400, "bad_value"), "{name}: {refused:?}");
    }
    let packed = service.ask("POST", "/v1/reports", &[("Content-Encoding", "deflate")], b"one,two\n1,2\n");
    assert_eq!((packed.status, packed.code().as_str()), (415, "malformed"));
}

#[test]
fn a_ledger_that_another_process_has_is_locked_and_a_broken_one_corrupt() {
    let dir = demo();
    let service = Service::start(dir.path(), &["--write"]);
    let path = dir.path().join("pcs-ledger");
    let held = LedgerDir::open(&path).unwrap();
    let held = held.ledger(std::time::Duration::ZERO, &mut |_| {}).unwrap();
    let event = format!(
        "{{\"id\":\"0195d7a2-0000-7000-8000-000000000001\",\"type\":\"customer_churned\",\"partner\":\"{PARTNER}\",\
         \"effective_at\":\"2025-01-01\",\"customer\":\"4fdbff88-9d6b-42e0-9713-45c922ba8001\"}}\n"
    );
    let post = || service.ask("POST", "/v1/events", &[("Content-Type", "application/jsonl")], event.as_bytes());
    let locked = post();
    assert_eq!((locked.status, locked.code().as_str(), locked.header("retry-after")), (503, "locked", Some("1")));
    let path_of_ledger = "pcs-ledger";
    assert!(!locked.text().contains(path_of_ledger), "{locked:?}");
    // It comes back by itself, so that it does not tell against the service.
    assert_eq!(service.get("/readyz").status, 200);
    drop(held);
    assert_eq!(post().status, 200);
    // The service says why it is not ready, and is ready again by itself.
    fs::rename(&path, dir.path().join("elsewhere")).unwrap();
    let readiness = || service.get("/readyz");
    while readiness().status == 200 {}
    assert_eq!((readiness().status, readiness().code().as_str()), (503, "no_ledger"));
    fs::rename(dir.path().join("elsewhere"), &path).unwrap();
    while readiness().status != 200 {}
    let log = fs::read_dir(path.join("log")).unwrap().map(|file| file.unwrap().path()).min().unwrap();
    let mut bytes = fs::read(&log).unwrap();
    bytes[20_000..20_064].iter_mut().for_each(|byte| *byte ^= 0x55);
    fs::write(&log, bytes).unwrap();
    let broken = service.get("/v1/entries?limit=1000");
    assert_eq!((broken.status, broken.code().as_str()), (500, "corrupt"), "{broken:?}");
    assert!(!broken.text().contains(path_of_ledger), "{broken:?}");
}

#[test]
fn a_limit_and_the_years_of_a_timeline_have_bounds() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let own = format!("/v1/partners/{PARTNER}");
    for (path, status) in [
        (format!("{own}/entries?limit=1"), 200),
        (format!("{own}/entries?limit=1000"), 200),
        (format!("{own}/entries?limit=0"), 400),
        (format!("{own}/entries?limit=1001"), 400),
        (format!("{own}/entries?limit=%2B5"), 400),
        (format!("{own}/advice?as_of=2025-02-28&area=security&limit=1000"), 200),
        (format!("{own}/advice?as_of=2025-02-28&area=security&limit=0"), 400),
        (format!("{own}/advice?as_of=2025-02-28&area=security,infrastructure"), 400),
        (format!("{own}/timeline?from=2024-01-01&to=2034-01-01&area=security"), 200),
        (format!("{own}/timeline?from=2024-01-01&to=2034-01-02&area=security"), 400),
        (format!("{own}/timeline?as_of=2025-02-28&known_from=2024-06-30&known_to=2034-06-30&area=security"), 200),
        (format!("{own}/timeline?as_of=2025-02-28&known_from=2024-06-30&known_to=2034-07-01&area=security"), 400),
        (format!("{own}/entries?customer=4fdbff889d6b42e0971345c922ba8001"), 400),
        (format!("/v1/partners?q={}", "x".repeat(1_025)), 400),
    ] {
        let reply = service.get(&path);
        assert_eq!(reply.status, status, "{path}: {reply:?}");
    }
}

#[test]
fn a_trace_is_logged_and_made_where_there_is_none() {
    let dir = demo();
    let dir = dir.path();
    let made = answer(dir, &["token", "make", "--tokens", "tokens", "--name", "one", "--scope", "read"]);
    let mut service = Service::start(dir, &["-v", "--tokens", "tokens"]);
    service.token = made.trim_end().to_owned();
    let log = std::io::BufReader::new(service.child.stderr.take().expect("it is piped"));
    let mut lines = std::io::BufRead::lines(log).map_while(Result::ok);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let zeros = "0".repeat(32);
    for (said, kept) in [
        (Some(format!("00-{trace}-00f067aa0ba902b7-01")), true),
        (Some(format!("00-{zeros}-00f067aa0ba902b7-01")), false),
        (Some(format!("00-{trace}-{}-01", "0".repeat(16))), false),
        (Some("nonsense".to_owned()), false),
        (None, false),
    ] {
        let headers: Vec<(&str, &str)> = said.iter().map(|said| ("traceparent", said.as_str())).collect();
        let reply = service.get_with("/v1/partners?q=a-secret", &headers);
        assert_eq!(reply.status, 200);
        let own = reply.header("x-request-id").expect("an id").replace('-', "");
        let line = lines.find(|line| line.contains("/v1/partners")).expect("the request is logged");
        assert!(line.contains(if kept { trace } else { own.as_str() }), "{said:?}: {line}");
        assert!(!line.contains("a-secret") && !line.contains(&service.token), "{line}");
    }
}

/// Whatever is asked of an address, the request has an id.
#[test]
fn every_response_has_the_id_of_its_request() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let mut ids = Vec::new();
    for path in ["/healthz", "/nowhere", "/v1/ledger", "/"] {
        let reply = request(&service.address, "GET", path, &[], b"");
        ids.push(reply.header("x-request-id").expect("an id").to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}
