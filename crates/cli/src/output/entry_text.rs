//! An entry on a line for people.

use std::fmt::Write as _;

use ledger::{AssociationTerms, CustomerId, Entry, Fact, Usage, UsageMetric, When};

use super::figure_text::{grouped, money};
use super::names;
use super::width::cut;
use app::text::plain;

/// The cells of an entry's line: seq, recorded, effective, partner, type, what.
pub(crate) fn cells(entry: &Entry, customer: Option<CustomerId>) -> [String; 6] {
    let event = &entry.event;
    let effective = match event.when {
        When::In(month) => month.to_string(),
        When::At(instant) => {
            let text = instant.to_string();
            text.strip_suffix("T00:00:00.000000Z").map_or_else(|| minute(&text), str::to_owned)
        }
    };
    let mut what = what(&event.fact, customer);
    if let Some(note) = &event.note {
        let _ = write!(what, " ({note})");
    }
    [
        entry.seq.to_string(),
        minute(&entry.recorded_at.to_string()),
        effective,
        event.partner.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
        event.fact.event_type().to_string(),
        plain(&what),
    ]
}

/// An entry in two lines: when it holds and what kind it is, and what it says.
pub(crate) fn about(entry: &Entry) -> Vec<String> {
    let [seq, _, effective, _, event_type, what] = cells(entry, None);
    vec![format!("entry {seq}, {event_type}, {effective}"), what]
}

/// An instant to the minute: `2025-03-01 09:00Z`.
fn minute(instant: &str) -> String {
    match (instant.get(..10), instant.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time}Z"),
        _ => instant.to_owned(),
    }
}

/// What the fact says, in words; `customer` is that of an association known from earlier entries.
pub(crate) fn what(fact: &Fact, customer: Option<CustomerId>) -> String {
    let with_reason = |text: String, reason: Option<&ledger::Remark>| match reason {
        Some(reason) => format!("{text}: {reason}"),
        None => text,
    };
    let ended = |association: &ledger::AssociationId, by: Option<ledger::By>| {
        let of = customer.map_or_else(String::new, |customer| format!("customer {customer}, "));
        let by = by.map_or_else(String::new, |by| format!(", by the {by}"));
        format!("{of}association {association}{by}")
    };
    let day = |what: &str, day: Option<ledger::Date>| day.map_or_else(String::new, |day| format!(", {what} {day}"));
    match fact {
        Fact::AssociationRequested(terms) | Fact::AssociationAccepted(terms) => terms_text(terms, customer),
        Fact::AssociationDeclined { association, by, reason }
        | Fact::AssociationRevoked { association, by, reason } => with_reason(ended(association, *by), reason.as_ref()),
        Fact::CustomerChurned { customer, areas, reason } => {
            let areas = areas.as_ref().map_or_else(String::new, |areas| {
                let names: Vec<&str> = areas.iter().map(|area| names::area(*area)).collect();
                format!(" in {}", names.join(", "))
            });
            with_reason(format!("customer {customer}{areas}"), reason.as_ref())
        }
        Fact::CustomerClassified { customer, segment } => format!("customer {customer} is {segment}"),
        Fact::UsageReported(usage) => usage_text(usage),
        Fact::CertificationLinked { person, certification, earned_on, expires_on } => {
            format!("{person} has {certification}{}{}", day("earned", *earned_on), day("expires", *expires_on))
        }
        Fact::CertificationEarned { person, certification, earned_on, expires_on } => {
            let expires = day("expires", *expires_on);
            format!("{person} holds {certification}, earned {earned_on}{expires}, and is not linked")
        }
        Fact::DesignationEnrolled { area, anniversary, track } => {
            let track = track.map_or_else(String::new, |track| format!(" on the {track} track"));
            format!("{} enrolled until {anniversary}{track}", names::area(*area))
        }
        Fact::ScorePublished { area, points, metrics } => {
            let mut text = format!("{} shows {points}", names::area(*area));
            for (metric, points) in metrics.iter().flat_map(ledger::ShownMetrics::iter) {
                let _ = write!(text, ", {} {points}", metric.title());
            }
            text
        }
        Fact::CertificationUnlinked { person, certification, reason } => {
            let which = certification.as_ref().map_or("any certification", |code| code.as_str());
            with_reason(format!("{person} no longer has {which}"), reason.as_ref())
        }
        Fact::EventRetracted { event, reason } => format!("event {event}: {reason}"),
        Fact::RulebookAdopted { rulebook, name } => {
            format!("{name}, {} bytes", rulebook.as_str().len())
        }
        Fact::KeyRotated(rotation) => format!("{} follows {}", rotation.new_key(), rotation.old_key()),
    }
}

fn terms_text(terms: &AssociationTerms, customer: Option<CustomerId>) -> String {
    let made = terms.mechanism.map(|mechanism| {
        let role = terms.role.map_or_else(String::new, |role| format!(" {role}"));
        let workload = terms.workload.as_ref().map_or_else(String::new, |workload| format!(" for {workload}"));
        format!("{mechanism}{role}{workload}")
    });
    let customer = terms.customer.or(customer).map(|customer| format!("customer {customer}"));
    let scope = [("subscription", &terms.subscription), ("principal", &terms.principal)];
    let scope = scope.into_iter().filter_map(|(what, name)| Some(format!("{what} {}", name.as_ref()?)));
    let association = format!("association {}", terms.association);
    let parts: Vec<String> = made.into_iter().chain(customer).chain(scope).chain([association]).collect();
    parts.join(", ")
}

fn usage_text(usage: &Usage) -> String {
    let value = match usage.metric {
        UsageMetric::AcrUsd | UsageMetric::RevenueUsd => money(&usage.value.to_string()),
        UsageMetric::PaidSeats | UsageMetric::ActiveUsers | UsageMetric::ActiveUnits => {
            grouped(&usage.value.to_string())
        }
    };
    let mut text = format!("{value} {} {}, customer {}", usage.metric, usage.product, usage.customer);
    if let Some(subscription) = &usage.subscription {
        let _ = write!(text, ", subscription {subscription}");
    }
    if let Some(offer) = &usage.offer {
        let _ = write!(text, ", offer {}", cut(offer.as_str(), 40));
    }
    text
}
