//! The simplest client: a request a connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The code of a problem.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        let id = self.header("x-request-id").expect("an id");
        assert_eq!(problem["instance"], format!("urn:uuid:{id}"), "{self:?}");
        problem["code"].as_str().expect("a code").to_owned()
    }
}

/// Sends a request, and reads what comes back.
pub fn request(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let length = body.len().to_string();
    let mut all = vec![("Connection", "close")];
    if !headers.iter().any(|(name, _)| *name == "Host") {
        all.push(("Host", address));
    }
    all.extend(headers);
    if !body.is_empty() || method == "POST" {
        all.push(("Content-Length", &length));
    }
    let headers: String = all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("{method} {path} HTTP/1.1\r\n{headers}\r\n");
    sent(address, &[head.as_bytes(), body].concat())
}

/// Sends bytes as they are, and reads what comes back.
pub fn sent(address: &str, bytes: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(address).expect("the service listens");
    stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a socket");
    // A service may refuse before it has read everything.
    drop(stream.write_all(bytes));
    let mut whole = Vec::new();
    drop(stream.read_to_end(&mut whole));
    reply(&whole)
}

/// Reads an answer.
pub fn reply(whole: &[u8]) -> Reply {
    let end = whole.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| {
        panic!("no whole answer: {:?}", String::from_utf8_lossy(whole));
    });
    let head = std::str::from_utf8(&whole[..end]).expect("headers are text");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|text| text.parse().ok());
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Reply {
        status: status.expect("a status"),
        headers: lines.filter_map(header).collect(),
        body: whole[end + 4..].to_vec(),
    }
}
