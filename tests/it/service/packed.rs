//! Answers as they are packed, and what `HEAD` and `OPTIONS` say of them.

use std::io::Read;

use super::client::Reply;
use super::streams::Events;
use super::{PARTNER, Service, demo};

const GZIP: (&str, &str) = ("Accept-Encoding", "gzip, br");

fn unpacked(reply: &Reply) -> Vec<u8> {
    assert_eq!(reply.header("content-encoding"), Some("gzip"), "{:?}", reply.headers);
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&reply.body[..]).read_to_end(&mut bytes).expect("it is packed");
    bytes
}

/// The headers that are the same whenever it is asked.
fn lasting(reply: &Reply) -> Vec<&(String, String)> {
    reply.headers.iter().filter(|(name, _)| name != "date" && name != "x-request-id").collect()
}

#[test]
fn an_answer_is_packed_for_those_who_take_it_and_keeps_its_tag() {
    let dir = demo();
    let service = Service::start(dir.path(), &["--write"]);
    let scores = format!("/v1/partners/{PARTNER}/scores?as_of=2025-02-28");
    for path in [scores.as_str(), "/?as_of=2025-02-28", "/style.css", "/openapi.json", "/problems/bad_value"] {
        let whole = service.get(path);
        let packed = service.get_with(path, &[GZIP]);
        assert_eq!((whole.status, packed.status), (200, 200), "{path}");
        assert!(whole.header("content-encoding").is_none(), "{path}");
        for reply in [&whole, &packed] {
            assert!(reply.header("vary").is_some_and(|vary| vary.contains("Accept-Encoding")), "{path}: {reply:?}");
            assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()), "{path}");
        }
        if whole.body.len() < 1_024 {
            assert_eq!(packed.header("content-encoding"), None, "{path}");
            continue;
        }
        assert!(packed.body.len() < whole.body.len() / 2, "{path}");
        assert_eq!(unpacked(&packed), whole.body, "{path}");
        assert_eq!(service.get_with(path, &[GZIP]).body, packed.body, "{path}");
    }
    // The bytes are others, and so the tag of what is packed is weak; either is known.
    let (whole, packed) = (service.get(&scores), service.get_with(&scores, &[GZIP]));
    let (strong, weak) = (whole.header("etag").expect("a tag"), packed.header("etag").expect("a tag"));
    assert_eq!(weak, format!("W/{strong}"));
    for known in [strong, weak] {
        for coding in ["gzip", "identity"] {
            let again = service.get_with(&scores, &[("If-None-Match", known), ("Accept-Encoding", coding)]);
            assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(known)), "{coding}");
        }
    }
    let either = service.get_with(&scores, &[("If-None-Match", "\"x\", *"), GZIP]);
    assert_eq!((either.status, either.header("content-encoding")), (304, None));
}

#[test]
fn what_is_taken_decides_and_nothing_short_is_packed_without_need() {
    let dir = demo();
    let service = Service::start(dir.path(), &["--write"]);
    let short = service.get_with("/v1/ledger", &[GZIP]);
    assert_eq!((short.status, short.header("content-encoding")), (200, None));
    let pressed = service.get_with("/v1/ledger", &[("Accept-Encoding", "gzip, identity;q=0")]);
    assert_eq!(unpacked(&pressed), short.body);
    let scores = format!("/v1/partners/{PARTNER}/scores?as_of=2025-02-28");
    for (said, coding) in [("gzip;q=0", None), ("br", None), ("identity, gzip;q=0.5", None), ("*", Some("gzip"))] {
        let reply = service.get_with(&scores, &[("Accept-Encoding", said)]);
        assert_eq!((reply.status, reply.header("content-encoding")), (200, coding), "{said}");
    }
    for said in ["identity;q=0", "*;q=0"] {
        let refused = service.get_with(&scores, &[("Accept-Encoding", said)]);
        assert_eq!((refused.status, refused.code().as_str()), (406, "bad_value"), "{said}");
    }
    // A long refusal is packed, a stream is not.
    let events = "{}\n".repeat(30);
    let headers = [GZIP, ("Content-Type", "application/jsonl")];
    let refused = service.ask("POST", "/v1/events", &headers, events.as_bytes());
    assert_eq!((refused.status, refused.header("content-type")), (400, Some("application/problem+json")));
    let problem: serde_json::Value = serde_json::from_slice(&unpacked(&refused)).expect("JSON");
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(20));
    let (entries, _) = Events::open(&service, "/v1/stream?from_seq=0", "Accept-Encoding: gzip\r\n").entries();
    assert_eq!(entries.len(), 732);
}

#[test]
fn head_says_what_get_says_and_options_what_there_is() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let scores = format!("/v1/partners/{PARTNER}/scores?as_of=2025-02-28");
    let page = format!("/p/{PARTNER}?as_of=2025-02-28");
    for path in [
        &scores,
        "/v1/ledger",
        "/v1/ledger?x=1",
        "/v1/entries/9999",
        "/nowhere",
        "/healthz",
        "/openapi.json",
        &page,
        "/",
        "/tlog/checkpoint",
        "/tlog/tile/0/000",
        "/problems/busy",
        "/page.js",
    ] {
        for coding in ["identity", "gzip"] {
            let [get, head] =
                ["GET", "HEAD"].map(|method| service.ask(method, path, &[("Accept-Encoding", coding)], b""));
            assert_eq!((get.status, lasting(&get)), (head.status, lasting(&head)), "{path} {coding}");
            assert!(head.body.is_empty() && !get.body.is_empty(), "{path}");
        }
        if path != "/nowhere" {
            let options = service.ask("OPTIONS", path, &[], b"");
            assert_eq!(options.status, 204, "{path}: {options:?}");
            assert!(options.header("allow").is_some_and(|allow| allow.starts_with("GET,HEAD,")), "{path}: {options:?}");
            let refused = service.ask("PUT", path, &[], b"");
            assert_eq!((refused.status, refused.header("allow")), (405, options.header("allow")), "{path}");
        }
    }
}
