//! A ledger and a service for tests.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ledger::{Event, Ledger, Timestamp, parse_event};
use uuid::Uuid;

use crate::settings::{Limits, Listen, Settings};
use crate::shared::Shared;
use crate::token::Tokens;

/// The partner of all events.
pub(crate) const PARTNER: &str = "6034453";

/// What records events for a test.
pub(crate) trait Events {
    /// Records so many events, whose ids are counted from a number on.
    fn append_some(&mut self, from: u64, count: u64);
}

impl Events for Ledger {
    fn append_some(&mut self, from: u64, count: u64) {
        let events: Vec<Event> = (from..from + count).map(event).collect();
        self.append(&events, now()).unwrap();
    }
}

fn event(number: u64) -> Event {
    let line = format!(
        r#"{{"id":"0195d3c0-0000-7000-8000-{number:012}","type":"customer_churned","partner":"{PARTNER}","effective_at":"2025-02-01","customer":"4fdbff88-9d6b-42e0-9713-{number:012}"}}"#
    );
    parse_event(&line, || None).unwrap()
}

/// The ledger in a directory, which is made if it is not there.
pub(crate) fn new_ledger(dir: &Path) -> Ledger {
    match Ledger::open(dir, &mut |_| {}) {
        Ok((ledger, _)) => ledger,
        Err(_) => Ledger::create(dir, "example.com/ledger").unwrap().0,
    }
}

/// The present instant of all tests.
pub(crate) fn now() -> Timestamp {
    Timestamp::parse("2025-03-01T12:00:00Z").unwrap()
}

/// A service of the ledger in a directory that listens at a port of this machine.
pub(crate) fn settings(ledger: &Path) -> Settings {
    let second = Duration::from_secs(1);
    Settings {
        ledger: ledger.to_owned(),
        listen: Listen::parse("127.0.0.1:8462").unwrap(),
        writes: true,
        tokens: None,
        oidc: None,
        tls: None,
        behind_proxy: false,
        hosts: Vec::new(),
        base_path: String::new(),
        build: "test".to_owned(),
        limits: Limits {
            body: 1 << 20,
            line: 1 << 20,
            address: 8 << 10,
            headers: 32 << 10,
            header_wait: second,
            request: 30 * second,
            report: 30 * second,
            connections: 8,
            streams: 2,
            scoring: 2,
            waiting: 2,
            rate: (50.0, 200.0),
            drain: second,
        },
        supervisor: None,
        now,
        new_id: Uuid::nil,
    }
}

/// What the requests of such a service share.
pub(crate) fn shared(settings: Settings, tokens: Tokens) -> Arc<Shared> {
    Arc::new(Shared::new(settings, tokens).unwrap())
}
