//! The one way in which an event is written.
//!
//! Canonical bytes are made once, when an entry is appended, and never again from a struct (L2).

use std::fmt::Write as _;

use uuid::Uuid;

use crate::event::{Area, AssociationTerms, Event, Fact, Usage, When};
use crate::time::Timestamp;

/// The canonical form of an event: fixed field order, no white space, absent fields left out.
#[must_use]
pub fn canonical_event(event: &Event) -> String {
    let mut out = String::with_capacity(320);
    write_event(&mut out, event);
    out
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

fn write_event(out: &mut String, event: &Event) {
    let mut object = Object { out, first: true };
    object.out.push('{');
    object.uuid("id", Some(event.id.0));
    object.text("type", Some(event.fact.event_type().name()));
    object.text("partner", event.partner.as_ref().map(AsRef::as_ref));
    object.text("location", event.location.as_ref().map(AsRef::as_ref));
    match event.when {
        When::At(instant) => object.display("effective_at", Some(instant)),
        When::In(month) => object.display("month", Some(month)),
    }
    write_fact(&mut object, &event.fact);
    object.text("note", event.note.as_ref().map(AsRef::as_ref));
    object.text("source", event.source.as_ref().map(AsRef::as_ref));
    object.out.push('}');
}

fn write_fact(object: &mut Object<'_>, fact: &Fact) {
    match fact {
        Fact::AssociationRequested(terms) | Fact::AssociationAccepted(terms) => write_terms(object, terms),
        Fact::AssociationDeclined { association, by } => {
            object.display("association", Some(association));
            object.display("by", by.as_ref());
        }
        Fact::AssociationRevoked { association, by, reason } => {
            object.display("association", Some(association));
            object.display("by", by.as_ref());
            object.text("reason", reason.as_ref().map(AsRef::as_ref));
        }
        Fact::CustomerChurned { customer, areas, reason } => {
            object.display("customer", Some(customer));
            object.areas(areas.as_deref());
            object.text("reason", reason.as_ref().map(AsRef::as_ref));
        }
        Fact::CustomerClassified { customer, segment } => {
            object.display("customer", Some(customer));
            object.display("segment", Some(segment));
        }
        Fact::UsageReported(usage) => write_usage(object, usage),
        Fact::CertificationLinked { person, certification, earned_on, expires_on } => {
            object.text("person", Some(person.as_str()));
            object.text("certification", Some(certification.as_str()));
            object.display("earned_on", earned_on.as_ref());
            object.display("expires_on", expires_on.as_ref());
        }
        Fact::CertificationUnlinked { person, certification, reason } => {
            object.text("person", Some(person.as_str()));
            object.text("certification", certification.as_ref().map(AsRef::as_ref));
            object.text("reason", reason.as_ref().map(AsRef::as_ref));
        }
        Fact::EventRetracted { event, reason } => {
            object.display("event", Some(event));
            object.text("reason", Some(reason.as_str()));
        }
        Fact::RulebookAdopted { rulebook, name } => {
            object.text("rulebook", Some(rulebook.as_str()));
            object.text("name", Some(name.as_str()));
        }
        Fact::KeyRotated(rotation) => {
            object.text("old_key", Some(&rotation.old_key().to_string()));
            object.text("new_key", Some(&rotation.new_key().to_string()));
            object.text("checkpoint", Some(&rotation.checkpoint().to_string()));
        }
    }
}

fn write_terms(object: &mut Object<'_>, terms: &AssociationTerms) {
    object.uuid("association", Some(terms.association.0));
    object.uuid("customer", terms.customer.map(|customer| customer.0));
    object.display("mechanism", terms.mechanism);
    object.display("role", terms.role);
    object.text("workload", terms.workload.as_ref().map(AsRef::as_ref));
    object.text("subscription", terms.subscription.as_ref().map(AsRef::as_ref));
    object.text("principal", terms.principal.as_ref().map(AsRef::as_ref));
}

fn write_usage(object: &mut Object<'_>, usage: &Usage) {
    object.uuid("customer", Some(usage.customer.0));
    object.text("product", Some(usage.product.as_str()));
    object.text("metric", Some(usage.metric.name()));
    object.display("value", Some(usage.value));
    object.text("subscription", usage.subscription.as_ref().map(AsRef::as_ref));
    object.text("offer", usage.offer.as_ref().map(AsRef::as_ref));
}

/// An object under way.
struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

impl Object<'_> {
    fn key(&mut self, name: &str) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    /// Writes a field whose text needs no escapes.
    fn display(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.key(name);
            let _ = write!(self.out, "\"{value}\"");
        }
    }

    fn uuid(&mut self, name: &str, value: Option<Uuid>) {
        if let Some(value) = value {
            self.key(name);
            let mut buffer = Uuid::encode_buffer();
            self.out.push('"');
            self.out.push_str(value.as_hyphenated().encode_lower(&mut buffer));
            self.out.push('"');
        }
    }

    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.key(name);
            write_string(self.out, value);
        }
    }

    fn areas(&mut self, areas: Option<&[Area]>) {
        let Some(areas) = areas else { return };
        self.key("areas");
        let names: Vec<String> = areas.iter().map(|area| format!("\"{area}\"")).collect();
        let _ = write!(self.out, "[{}]", names.join(","));
    }
}

/// Writes a JSON string that escapes `"`, `\` and what is below U+0020, and nothing else.
fn write_string(out: &mut String, text: &str) {
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
