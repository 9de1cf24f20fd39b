//! What is told as it comes: each entry once, in order, past and new alike.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::{PARTNER, Service, demo};
use crate::processes::{answer, events, ledger};

/// More entries than wait for a client that reads none.
const ENTRIES: u64 = 40_000;

/// A stream that is read event by event.
pub(super) struct Events(BufReader<TcpStream>);

/// One event: its id, its name and its data.
pub(super) type Event = (Option<u64>, String, String);

impl Events {
    pub(super) fn open(service: &Service, path: &str, headers: &str) -> Events {
        let mut stream = TcpStream::connect(&service.address).expect("the service listens");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a socket");
        let (host, token) = (&service.address, &service.token);
        let text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{headers}\r\n");
        stream.write_all(text.as_bytes()).expect("it is sent");
        let mut events = Events(BufReader::new(stream));
        let mut line = String::new();
        events.0.read_line(&mut line).expect("a status");
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        while line != "\r\n" {
            line.clear();
            events.0.read_line(&mut line).expect("a header");
        }
        assert_eq!(events.line().as_deref(), Some("retry: 2000"));
        events
    }

    /// The next line that is no size of a chunk; `None` at the end.
    fn line(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            if !line.is_empty() && u64::from_str_radix(line, 16).is_err() {
                return Some(line.to_owned());
            }
            if line == "0" {
                return None;
            }
        }
    }

    pub(super) fn next(&mut self) -> Option<Event> {
        let mut event = (None, String::new(), String::new());
        loop {
            let line = self.line()?;
            let (name, value) = line.split_once(": ").expect("a field");
            match name {
                "id" => event.0 = Some(value.parse().expect("a seq")),
                "event" => value.clone_into(&mut event.1),
                "data" => {
                    value.clone_into(&mut event.2);
                    return Some(event);
                }
                other => panic!("{other} is no field"),
            }
        }
    }

    /// The entries up to the next event that says up to where all was looked at.
    pub(super) fn entries(&mut self) -> (Vec<(u64, String)>, Event) {
        let mut entries = Vec::new();
        loop {
            let event = self.next().expect("the stream goes on");
            if event.1 == "at" {
                return (entries, event);
            }
            assert_eq!(event.1, "entry");
            entries.push((event.0.expect("a seq"), event.2));
        }
    }
}

#[test]
fn past_and_new_entries_are_told_once_and_in_order_and_a_stream_resumes() {
    let dir = demo();
    let dir = dir.path();
    let service = Service::start(dir, &["--write"]);
    let mut all = Events::open(&service, "/v1/stream?from_seq=0", "");
    let (entries, (at, _, data)) = all.entries();
    let exported: Vec<(u64, String)> = (0..).zip(answer(dir, &["export"]).lines().map(str::to_owned)).collect();
    assert_eq!(entries, exported);
    assert_eq!((at, data.as_str()), (Some(731), r#"{"size":732,"new":732}"#));
    // Recorded by this service, and by another process.
    let lines = ("Content-Type", "application/jsonl");
    assert_eq!(service.ask("POST", "/v1/events", &[lines], events(1, 3).as_bytes()).status, 200);
    let (own, (at, ..)) = all.entries();
    assert_eq!((own.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), at), (vec![732, 733, 734], Some(734)));
    std::fs::write(dir.join("more.jsonl"), events(2, 600)).unwrap();
    answer(dir, &["import", "more.jsonl"]);
    let (foreign, _) = all.entries();
    assert_eq!((foreign.len(), foreign.first().map(|(seq, _)| *seq)), (600, Some(735)));
    // A stream that broke goes on where it was.
    let mut again = Events::open(&service, "/v1/stream", "Last-Event-ID: 733\r\n");
    let (rest, _) = again.entries();
    assert_eq!(rest.first().map(|(seq, _)| *seq), Some(734));
    assert_eq!(rest.len(), 601);
    let mut own = Events::open(&service, &format!("/v1/partners/{PARTNER}/stream?from_seq=0"), "");
    let (entries, (at, _, data)) = own.entries();
    assert_eq!(
        entries.iter().map(|(_, line)| format!("{line}\n")).collect::<String>(),
        answer(dir, &["export", "--partner", PARTNER])
    );
    let size = entries.len();
    assert_eq!((at, data), (Some(1_334), format!("{{\"size\":{size},\"new\":{size}}}")));
}

#[test]
fn an_entry_is_told_as_a_cloud_event() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let (entries, _) = Events::open(&service, "/v1/stream?from_seq=730&envelope=cloudevents", "").entries();
    let event: Value = serde_json::from_str(&entries[0].1).expect("JSON");
    let line = answer(dir.path(), &["export", "--from-seq", "730", "--to-seq", "730"]);
    let entry: Value = serde_json::from_str(&line).expect("JSON");
    let origin = &service.get("/v1/ledger").json()["origin"];
    let kind = format!("pcs.{}", entry["event"]["type"].as_str().unwrap());
    assert_eq!((&event["specversion"], &event["id"], &event["source"]), (&"1.0".into(), &"730".into(), origin));
    assert_eq!((&event["type"], &event["subject"]), (&kind.into(), &entry["event"]["partner"]));
    assert_eq!((&event["time"], &event["data"]), (&entry["recorded_at"], &entry));
}

#[test]
fn a_stream_ends_when_other_tokens_are_taken() {
    let dir = ledger();
    let dir = dir.path();
    let token = |name| answer(dir, &["token", "make", "--tokens", "tokens", "--name", name, "--scope", "audit"]);
    let shown = token("one").trim_end().to_owned();
    let mut service = Service::start(dir, &["--tokens", "tokens"]);
    service.token = shown;
    let mut stream = Events::open(&service, "/v1/stream", "");
    stream.entries();
    token("two");
    let pid = service.child.id().to_string();
    std::process::Command::new("kill").args(["-HUP", &pid]).status().unwrap();
    assert_eq!(stream.next(), None);
    // Whoever still has a token goes on.
    Events::open(&service, "/v1/stream?from_seq=0", "").entries();
}

#[test]
fn whoever_is_behind_reads_no_further_by_a_token_that_was_taken_back() {
    let dir = ledger();
    let dir = dir.path();
    std::fs::write(dir.join("e.jsonl"), events(1, ENTRIES)).unwrap();
    answer(dir, &["import", "e.jsonl"]);
    let token = |name| answer(dir, &["token", "make", "--tokens", "tokens", "--name", name, "--scope", "audit"]);
    let shown = token("one").trim_end().to_owned();
    let mut service = Service::start(dir, &["--tokens", "tokens"]);
    service.token = shown;
    let mut stream = Events::open(&service, "/v1/stream?from_seq=0", "");
    std::fs::write(dir.join("tokens"), "").unwrap();
    service.signal("-HUP");
    while service.get("/v1/ledger").status != 401 {}
    let mut told = 0;
    while stream.next().is_some() {
        told += 1;
    }
    assert!(told < ENTRIES, "{told}");
}

#[test]
fn a_service_that_ends_ends_its_streams_and_what_is_under_way() {
    let dir = ledger();
    let service = Service::start(dir.path(), &[]);
    let mut stream = Events::open(&service, "/v1/stream", "");
    let (entries, (at, ..)) = stream.entries();
    assert_eq!((entries.len(), at), (0, None));
    assert_eq!(service.end(), Some(0));
    assert_eq!(stream.next(), None);
}
