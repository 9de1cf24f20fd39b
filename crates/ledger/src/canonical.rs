//! The one way in which an event is written.
//!
//! Canonical bytes are made once, when an entry is appended, and never again from a struct (L2).

use std::io::Write as _;

use crate::event::{Event, When};
use crate::kinds::{FieldType, Visitor};
use crate::time::Timestamp;

/// The canonical form of an event: fixed field order, no white space, absent fields left out.
#[must_use]
pub fn canonical_event(event: &Event) -> String {
    let mut object = Object { out: Vec::with_capacity(320) };
    object.field("id", &event.id);
    object.key("type");
    let _ = write!(object.out, "\"{}\"", event.fact.event_type());
    object.field("partner", &event.partner);
    object.field("location", &event.location);
    match event.when {
        When::At(instant) => object.field("effective_at", &instant),
        When::In(month) => object.field("month", &month),
    }
    event.fact.each_field(&mut object);
    object.field("note", &event.note);
    object.field("source", &event.source);
    object.out.push(b'}');
    String::from_utf8(object.out).expect("every field is written as JSON, which is text")
}

/// The canonical form of an entry: the event with its place and time in the ledger.
#[must_use]
pub fn canonical_entry(seq: u64, recorded_at: Timestamp, event: &Event) -> String {
    wrap_event(seq, recorded_at, &canonical_event(event))
}

/// The canonical form of an entry whose event is in its canonical form already.
pub(crate) fn wrap_event(seq: u64, recorded_at: Timestamp, canonical_event: &str) -> String {
    format!("{{\"seq\":{seq},\"recorded_at\":\"{recorded_at}\",\"event\":{canonical_event}}}")
}

/// An object under way.
struct Object {
    out: Vec<u8>,
}

impl Object {
    fn key(&mut self, name: &str) {
        self.out.extend_from_slice(if self.out.is_empty() { b"{\"" } else { b",\"" });
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }
}

impl Visitor for Object {
    fn field(&mut self, name: &'static str, value: &impl FieldType) {
        if value.is_present() {
            self.key(name);
            value.write(&mut self.out);
        }
    }
}
