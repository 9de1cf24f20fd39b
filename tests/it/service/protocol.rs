//! HTTP/1 to the letter: where one request ends and the next begins is never a matter of opinion.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::client::{reply, sent};
use super::{Service, demo};
use crate::processes::{events, ledger};

/// Sends bytes on a connection, and reads all that comes back until the service closes it.
fn exchange(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("the service listens");
    stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a socket");
    drop(stream.write_all(bytes));
    let mut whole = Vec::new();
    drop(stream.read_to_end(&mut whole));
    String::from_utf8_lossy(&whole).into_owned()
}

/// The statuses of all answers.
fn statuses(text: &str) -> Vec<&str> {
    text.match_indices("HTTP/1.").filter_map(|(place, _)| text.get(place + 9..place + 12)).collect()
}

#[test]
fn a_request_of_doubtful_length_is_refused_and_nothing_behind_it_is_a_request() {
    let dir = ledger();
    let service = Service::start(dir.path(), &["--write"]);
    let head = format!(
        "POST /v1/events?dry_run=true HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/jsonl\r\n",
        service.address, service.token
    );
    let smuggled = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", service.address);
    for (what, headers) in [
        ("two lengths", "Content-Length: 0\r\nContent-Length: 5\r\n\r\n"),
        ("two lengths in one", "Content-Length: 0, 5\r\n\r\n"),
        ("a length with a sign", "Content-Length: +5\r\n\r\n"),
        ("a negative length", "Content-Length: -1\r\n\r\n"),
        ("a length in hexadecimal", "Content-Length: 0x5\r\n\r\n"),
        ("a length beyond numbers", "Content-Length: 99999999999999999999\r\n\r\n"),
        ("another encoding", "Transfer-Encoding: gzip\r\n\r\n"),
        ("chunks that are not last", "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        ("a chunk of no size", "Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n"),
        ("a chunk of a size with a sign", "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n"),
        ("a chunk beyond numbers", "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
        ("a chunk that goes on", "Transfer-Encoding: chunked\r\n\r\n1\r\nhello\r\n0\r\n\r\n"),
        ("a chunk whose line ends without a carriage return", "Transfer-Encoding: chunked\r\n\r\n0\n\n"),
        ("a folded header", "Content-Length:\r\n 5\r\n\r\n"),
        ("a space before the colon", "Content-Length : 0\r\n\r\n"),
        ("a carriage return within", "Content-Length: 0\rX: y\r\n\r\n"),
        ("a null within", "X: a\0b\r\nContent-Length: 0\r\n\r\n"),
    ] {
        let answered = exchange(&service.address, format!("{head}{headers}{smuggled}").as_bytes());
        let statuses = statuses(&answered);
        assert!(statuses.len() == 1 && statuses[0].starts_with('4'), "{what}: {answered}");
    }
    // Beside chunks a length does not count (RFC 9112, 6.3), and nothing is read behind such a request.
    for headers in
        ["Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5"]
    {
        let answered = exchange(&service.address, format!("{head}{headers}\r\n\r\n0\r\n\r\n{smuggled}").as_bytes());
        assert_eq!(statuses(&answered), ["200"], "{answered}");
        assert!(answered.contains("connection: close\r\n"), "{answered}");
    }
    assert_eq!(service.get("/v1/ledger").json()["size"], 0);
}

#[test]
fn requests_that_follow_each_other_are_answered_in_their_order() {
    let dir = demo();
    let service = Service::start(dir.path(), &["--write"]);
    let (host, token) = (&service.address, &service.token);
    let get = |path: &str, more: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{more}\r\n")
    };
    let body = events(1, 2);
    let (first, rest) = body.split_at(40);
    let chunked = format!(
        "POST /v1/events?dry_run=true HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/jsonl\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:X};a=b\r\n{rest}\r\n0\r\n\r\n",
        first.len(),
        rest.len()
    );
    let all = [get("/v1/ledger", ""), get("/nowhere", ""), chunked, get("/healthz", "Connection: close\r\n")].concat();
    let answered = exchange(host, all.as_bytes());
    assert_eq!(statuses(&answered), ["200", "404", "200", "200"], "{answered}");
    assert!(answered.contains("\"new\":2") && answered.ends_with("ok\n"), "{answered}");
}

#[test]
fn older_and_other_forms_of_requests_are_answered_as_they_are_meant() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let host = &service.address;
    // HTTP/1.0 has one request a connection, unless it asks for more.
    let old = exchange(host, format!("GET /healthz HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes());
    assert!(old.starts_with("HTTP/1.0 200 OK") && old.ends_with("\r\n\r\nok\n"), "{old}");
    // A line may end without its carriage return.
    let bare = exchange(host, format!("GET /healthz HTTP/1.1\nHost: {host}\nConnection: close\n\n").as_bytes());
    assert!(bare.starts_with("HTTP/1.1 200 OK"), "{bare}");
    let absolute = |named: &str| {
        let text = format!("GET http://{named}/healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        sent(host, text.as_bytes()).status
    };
    assert_eq!((absolute(host), absolute("evil.example"), absolute(&format!("{host}@evil.example"))), (200, 421, 421));
    for (text, status) in [
        ("GET /healthz HTTP/1.0\r\n\r\n".to_owned(), 421),
        (format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\nConnection: close\r\n\r\n"), 421),
        (format!("GET /healthz HTTP/2.0\r\nHost: {host}\r\n\r\n"), 400),
        (format!("GET healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), 421),
        (format!("CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), 421),
        (format!("OPTIONS * HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), 404),
        (format!("get /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), 405),
    ] {
        assert_eq!(reply(exchange(host, text.as_bytes()).as_bytes()).status, status, "{text}");
    }
    // Whoever begins to speak HTTP/2 would read no answer of HTTP/1.
    assert_eq!(exchange(host, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "");
}
