//! The simplest client that keeps its connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use crate::Outcome;

/// A connection on which one request follows the other.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    host: String,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: String,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// The value of a header, whose name is in small letters.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.headers.lines().filter_map(|line| line.split_once(": "));
        pairs.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Client {
    pub(super) fn connect(host: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(Self { stream: BufReader::new(stream), host: host.to_owned() })
    }

    /// Asks, with headers that end with a line feed each.
    pub(super) fn get(&mut self, path: &str, headers: &str) -> Outcome<Reply> {
        let host = &self.host;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        self.send(request.as_bytes())
    }

    pub(super) fn post(&mut self, path: &str, headers: &str, body: &str) -> Outcome<Reply> {
        let (host, length) = (&self.host, body.len());
        let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n{headers}\r\n");
        self.send(&[head.as_bytes(), body.as_bytes()].concat())
    }

    fn send(&mut self, request: &[u8]) -> Outcome<Reply> {
        self.stream.get_mut().write_all(request)?;
        let headers = self.head()?;
        let status = headers.split(' ').nth(1).and_then(|text| text.parse().ok()).ok_or("no status")?;
        let mut reply = Reply { status, headers, body: Vec::new() };
        let length = reply.header("content-length").map_or(Ok(0), str::parse)?;
        reply.body.resize(length, 0);
        self.stream.read_exact(&mut reply.body)?;
        Ok(reply)
    }

    fn head(&mut self) -> Outcome<String> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err("the connection ended".into());
            }
        }
        Ok(head)
    }

    /// Begins a stream.
    pub(super) fn begin(&mut self, path: &str, headers: &str) -> Outcome<()> {
        write!(self.stream.get_mut(), "GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.host)?;
        self.head().map(drop)
    }

    /// Begins a stream, and hands over each line of it until `on_line` says that it is enough.
    pub(super) fn each_line(mut self, path: &str, headers: &str, on_line: &mut dyn FnMut(&str) -> bool) -> Outcome<()> {
        self.begin(path, headers)?;
        let mut line = String::new();
        while self.stream.read_line(&mut line)? > 0 {
            if !on_line(line.trim_end()) {
                break;
            }
            line.clear();
        }
        Ok(())
    }
}

/// Lets so many clients do something at once, each so many times; returns how long that took.
pub(super) fn at_once(
    host: &str,
    clients: usize,
    each: usize,
    ask: &(dyn Fn(&mut Client, usize) -> Outcome<()> + Sync),
) -> Outcome<Duration> {
    let barrier = &Barrier::new(clients + 1);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..clients)
            .map(|nth| {
                scope.spawn(move || {
                    let connected = Client::connect(host);
                    barrier.wait();
                    let mut client = connected?;
                    (0..each).try_for_each(|time| ask(&mut client, nth * each + time))
                })
            })
            .collect();
        barrier.wait();
        let start = Instant::now();
        for client in running {
            client.join().map_err(|_| "a client panicked")??;
        }
        Ok(start.elapsed())
    })
}
