//! What is asked of a service at most, each limit at its edge.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::client::{reply, sent};
use super::streams::Events;
use super::{Service, demo, token};
use crate::processes::{answer, events, ledger, run};

const LINES: (&str, &str) = ("Content-Type", "application/jsonl");

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Opens a connection, and waits for the answer to a question on it, which leaves it open.
fn connected(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    ask(&mut stream);
    assert!(is_answered(&mut stream));
    stream
}

fn ask(stream: &mut TcpStream) {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
}

fn is_answered(stream: &mut TcpStream) -> bool {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.next().is_some_and(|line| line == "HTTP/1.1 200 OK") && lines.any(|line| line == "ok")
}

#[test]
fn what_is_too_large_is_refused_and_what_just_fits_is_not() {
    let dir = ledger();
    let limits = ["--limit-body", "4KiB", "--limit-line", "1KiB", "--limit-address", "100", "--limit-headers", "600"];
    let service = Service::start(dir.path(), &[&["--write"], &limits[..]].concat());
    let post = |headers: &[(&str, &str)], body: &[u8]| {
        let reply = service.ask("POST", "/v1/events?dry_run=true", &[headers, &[LINES]].concat(), body);
        let code = if reply.status == 200 { String::new() } else { reply.code() };
        (reply.status, code, reply.text().to_owned())
    };
    let gzip = ("Content-Encoding", "gzip");
    let small = events(1, 3);
    let spaced = |length: usize| format!("{small}{}", "\n".repeat(length - small.len()));
    assert_eq!((post(&[], spaced(4_096).as_bytes()).0, post(&[gzip], &packed(spaced(4_096).as_bytes())).0), (200, 200));
    for (headers, body) in [(&[][..], spaced(4_097).into_bytes()), (&[gzip], packed(spaced(4_097).as_bytes()))] {
        let (status, code, text) = post(headers, &body);
        assert_eq!((status, code.as_str()), (413, "too_large"), "{text}");
    }
    // A small body that would be a large one.
    let bomb = packed(&vec![b'\n'; 2 << 20]);
    assert!(bomb.len() < 4_096, "{}", bomb.len());
    assert_eq!(post(&[gzip], &bomb).1, "too_large");
    let line = |length: usize| format!("{small}{}{}\n", " ".repeat(length - 2), "{}");
    let (status, code, text) = post(&[], line(1_025).as_bytes());
    assert_eq!((status, code.as_str()), (413, "too_large"));
    assert!(text.contains("\"line\":4") && text.contains("line 4 has 1025 bytes"), "{text}");
    assert_eq!(post(&[], line(1_024).as_bytes()).0, 400);
    let address = |length: usize| format!("{:x<length$}", "/v1/partners?q=");
    assert_eq!((service.get(&address(100)).status, service.get(&address(101)).status), (200, 414));
    let header = |length: usize| service.get_with("/healthz", &[("X-Long", &"x".repeat(length))]);
    assert_eq!((header(300).status, header(600).status, header(600).code()), (200, 431, "too_large".to_owned()));
    // What is far too large is refused before it is read to its end.
    let endless = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nX: {}", service.address, "x".repeat(1 << 20));
    assert_eq!(sent(&service.address, endless.as_bytes()).status, 431);
    let endless = format!("GET /{} HTTP/1.1\r\n", "x".repeat(1 << 20));
    assert!([414, 431].contains(&sent(&service.address, endless.as_bytes()).status));
    assert_eq!(service.get("/v1/ledger").json()["size"], 0);
}

#[test]
fn whoever_is_slow_is_not_waited_for() {
    let dir = ledger();
    let service = Service::start(dir.path(), &["--write", "--limit-request", "1s", "--limit-header-wait", "1s"]);
    let (host, token) = (&service.address, &service.token);
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/jsonl\r\n\
         Content-Length: 100\r\nConnection: close\r\n\r\n"
    );
    let late = sent(host, format!("{head}{{\"type\"").as_bytes());
    assert_eq!((late.status, late.code()), (408, "malformed".to_owned()));
    let mut slow = TcpStream::connect(host).unwrap();
    slow.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: ").unwrap();
    let mut answered = String::new();
    slow.read_to_string(&mut answered).unwrap();
    assert!(!answered.contains(" 200 "), "{answered}");
    // Nor is one that was answered, and asks nothing more.
    let mut idle = connected(host);
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_connection_too_many_waits_until_another_one_ends() {
    let dir = ledger();
    let service = Service::start(dir.path(), &["--limit-connections", "2"]);
    let (first, _second) = (connected(&service.address), connected(&service.address));
    let mut third = TcpStream::connect(&service.address).unwrap();
    ask(&mut third);
    third.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(third.read(&mut [0]).is_err());
    drop(first);
    third.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    assert!(is_answered(&mut third));
}

#[test]
fn whoever_asks_and_reads_no_answer_gives_the_place_back() {
    let dir = ledger();
    let service = Service::start(dir.path(), &["--limit-connections", "1", "--limit-request", "1s"]);
    let mut deaf = TcpStream::connect(&service.address).unwrap();
    deaf.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let many = b"GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000);
    // It asks until the service takes no more.
    while deaf.write_all(&many).is_ok() {}
    let mut next = TcpStream::connect(&service.address).unwrap();
    next.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    ask(&mut next);
    assert!(is_answered(&mut next));
    drop(deaf);
}

#[test]
fn a_stream_too_many_and_a_request_too_many_are_told_when_to_come_back() {
    let dir = ledger();
    let dir = dir.path();
    let service = Service::start(dir, &["--limit-streams", "1"]);
    let mut open = Events::open(&service, "/v1/stream", "");
    open.entries();
    let refused = service.get("/v1/stream");
    assert_eq!((refused.status, refused.code(), refused.header("retry-after")), (503, "busy".to_owned(), Some("1")));
    drop(open);
    drop(service);
    let shown = token(dir, &["--name", "one", "--scope", "read"]);
    let limits = ["--behind-proxy", "--tokens", "tokens", "--limit-rate", "1", "--limit-burst", "3"];
    let mut service = Service::start(dir, &limits);
    service.token = shown;
    let statuses: Vec<u16> = (0..4).map(|_| service.get("/v1/ledger").status).collect();
    assert_eq!(statuses, [200, 200, 200, 429]);
    assert_eq!(service.get("/v1/ledger").header("retry-after"), Some("1"));
    while service.get("/v1/ledger").status != 200 {}
}

#[test]
fn whoever_reads_a_stream_too_slowly_is_cut_off_and_resumes() {
    const ENTRIES: u64 = 40_000;
    let dir = ledger();
    let dir = dir.path();
    std::fs::write(dir.join("e.jsonl"), events(1, ENTRIES)).unwrap();
    answer(dir, &["import", "e.jsonl"]);
    let service = Service::start(dir, &["--limit-request", "1s"]);
    let mut slow = Events::open(&service, "/v1/stream?from_seq=0", "");
    let open = || {
        let figures = service.get("/metrics");
        figures.text().contains("\npcs_streams 1\n")
    };
    assert!(open());
    while open() {}
    let mut next = 0;
    while let Some((Some(seq), name, _)) = slow.next() {
        if name == "entry" {
            assert_eq!(seq, next);
            next += 1;
        }
    }
    assert!(0 < next && next < ENTRIES, "{next}");
    let (rest, (at, ..)) = Events::open(&service, "/v1/stream", &format!("Last-Event-ID: {}\r\n", next - 1)).entries();
    let seqs: Vec<u64> = rest.iter().map(|(seq, _)| *seq).collect();
    assert_eq!((seqs, at), ((next..ENTRIES).collect(), Some(ENTRIES - 1)));
}

#[test]
fn what_is_under_way_when_the_service_ends_is_answered_and_nothing_else_is_taken() {
    let dir = ledger();
    let dir = dir.path();
    let service = Service::start(dir, &["--write"]);
    let (host, token, body) = (service.address.clone(), &service.token, events(1, 5));
    let (first, rest) = body.split_at(100);
    let mut stream = TcpStream::connect(&host).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/jsonl\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The service says that it waits for the body.
    let mut said = [0; 25];
    stream.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(first.as_bytes()).unwrap();
    service.signal("-TERM");
    while TcpStream::connect(&host).is_ok() {}
    stream.write_all(rest.as_bytes()).unwrap();
    let mut whole = Vec::new();
    stream.read_to_end(&mut whole).unwrap();
    let reply = reply(&whole);
    assert_eq!((reply.status, &reply.json()["new"]), (200, &5.into()), "{reply:?}");
    assert_eq!(service.end(), Some(0));
    assert_eq!(answer(dir, &["export"]).lines().count(), 5);
}

#[test]
fn a_request_that_never_ends_does_not_keep_a_service_that_is_to_end() {
    let dir = ledger();
    let service = Service::start(dir.path(), &["--write", "--limit-drain", "1s"]);
    let (host, token) = (&service.address, &service.token);
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/jsonl\r\n\
         Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.read_exact(&mut [0; 25]).unwrap();
    assert_eq!(service.end(), Some(0));
}

#[test]
fn a_disk_that_never_answers_does_not_keep_a_service_that_is_to_end() {
    let dir = ledger();
    let head = dir.path().join("pcs-ledger/head");
    let service = Service::start(dir.path(), &["--limit-drain", "1s"]);
    std::fs::remove_file(&head).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&head).status().unwrap().success());
    // Whoever opens it waits until the service reads it, and then the service waits for what is written.
    let _silent = std::fs::File::options().write(true).open(&head).unwrap();
    assert_eq!(service.end(), Some(0));
}

#[test]
fn a_socket_of_the_file_system_is_asked_like_an_address_and_is_taken_over() {
    let dir = demo();
    let dir = dir.path();
    let socket = dir.join("pcs.sock");
    let listen = format!("unix:{}", socket.display());
    let service = Service::start(dir, &["--listen", &listen]);
    let ask = |token: &str, host: &str| {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let text = format!(
            "GET /v1/ledger HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut whole = Vec::new();
        stream.read_to_end(&mut whole).unwrap();
        reply(&whole)
    };
    assert!(service.token.starts_with("pcs_"), "{}", service.token);
    assert_eq!(run(dir, &["serve", "--listen", &listen, "--open"]).status.code(), Some(2));
    let ledger = ask(&service.token, "localhost");
    assert_eq!((ledger.status, &ledger.json()["size"]), (200, &732.into()));
    assert_eq!((ask(&service.token, "evil.example").status, ask("pcs_x", "localhost").status), (421, 401));
    let check = || run(dir, &["serve", "--listen", &listen, "--check"]).status.code();
    assert_eq!(check(), Some(0));
    // A second service does not push the first one aside.
    assert_eq!(run(dir, &["serve", "--listen", &listen]).status.code(), Some(1));
    assert_eq!(check(), Some(0));
    // One that was killed leaves its socket behind, which the next one takes over.
    service.signal("-KILL");
    drop(service);
    assert!(std::fs::symlink_metadata(&socket).unwrap().file_type().is_socket());
    let next = Service::start(dir, &["--listen", &listen]);
    assert_eq!((check(), ask(&next.token, "localhost").status), (Some(0), 200));
    assert_eq!(next.end(), Some(0));
    assert!(!socket.exists());
    // What is no socket stays.
    std::fs::write(&socket, "text").unwrap();
    assert_eq!(run(dir, &["serve", "--listen", &listen]).status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&socket).unwrap(), "text");
    assert_eq!(check(), Some(1));
}
