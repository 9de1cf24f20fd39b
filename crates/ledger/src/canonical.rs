//! The one way in which an event is written.
//!
//! Canonical bytes are made once, when an entry is appended, and never again from a struct (L2).

use std::fmt::Write as _;

use crate::event::{Event, When};
use crate::kinds::{FieldType, Visitor};
use crate::time::Timestamp;

/// The canonical form of an event: fixed field order, no white space, absent fields left out.
#[must_use]
pub fn canonical_event(event: &Event) -> String {
    let mut object = Object { out: String::with_capacity(320) };
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
    object.out.push('}');
    object.out
}

/// The canonical form of an entry: the event with its place and time in the ledger.
#[must_use]
pub fn canonical_entry(seq: u64, recorded_at: Timestamp, event: &Event) -> String {
    wrap_event(seq, recorded_at, &canonical_event(event))
}

/// The canonical form of an entry whose event is in its canonical form already.
pub(crate) fn wrap_event(seq: u64, recorded_at: Timestamp, canonical_event: &str) -> String {
    let mut line = String::with_capacity(canonical_event.len() + 96);
    let _ = write!(line, "{{\"seq\":{seq},\"recorded_at\":\"{recorded_at}\",\"event\":");
    line.push_str(canonical_event);
    line.push('}');
    line
}

/// An object under way.
struct Object {
    out: String,
}

impl Object {
    fn key(&mut self, name: &str) {
        self.out.push_str(if self.out.is_empty() { "{\"" } else { ",\"" });
        self.out.push_str(name);
        self.out.push_str("\":");
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

/// Writes a JSON string that escapes `"`, `\` and what is below U+0020, and nothing else.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(place) = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        let (plain, escaped) = rest.split_at(place);
        out.push_str(plain);
        rest = escaped.get(1..).unwrap_or_default();
        match escaped.bytes().next().unwrap_or_default() {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => {
                let _ = write!(out, "\\u{control:04x}");
            }
        }
    }
    out.push_str(rest);
    out.push('"');
}
