//! The reference of the events, made from the ledger's table of their kinds.

use std::fmt::Write as _;

use ledger::{EventType, Field};

/// What holds for the events of all types.
const ABOUT_ALL: &str = "\
# Events

This page is made from the program's own table of events. It says what a line of events is, for whoever writes one: \
`pcs import FILE` reads them, and `--assume FILE` takes them as if they had happened. `pcs record TYPE` makes one from \
options of the same names ([commands](cli.md#pcs-record)).

An event is one JSON object on a line, in UTF-8, of at most 1 MiB. The order of its fields does not matter. A field \
that is not needed is left out: `null`, an unknown field, an unknown type and a field that stands twice are refused, \
each with its code ([errors](errors.md)), its line and its column. Blank lines are passed over.

- `type` says what kind of event it is, and so which fields it has.
- `id` tells an event from all others. The same event with the same `id` may be imported again: it is `already` there. \
Another event with that `id` is refused (`id_reused`). Where it is left out, `pcs` makes one; then a second import of \
the line makes a second event.
- A date in place of an instant is its first instant in UTC.
- Lengths are counted in characters (Unicode scalar values).
- Everything in a file is recorded, or nothing is.

The ledger adds `seq`, the place from 0, and `recorded_at`, when it accepted the event, and writes the event in one \
canonical form: `{\"seq\":0,\"recorded_at\":\"...\",\"event\":{...}}`, as `pcs export` prints it. The fields stand in the \
order of the tables below. Ids are in lower case, instants in UTC with six decimals, amounts as texts without trailing \
zeros. [Format](format.md) has the rules to the byte.
";

/// All types of event with their fields, as Markdown: the text of `docs/events.md`.
#[must_use]
pub fn event_reference() -> String {
    let mut out = format!("{ABOUT_ALL}\n| type | says |\n|---|---|\n");
    for event_type in EventType::ALL {
        let (name, about) = (event_type.name(), event_type.about());
        let _ = writeln!(out, "| [`{name}`](#{name}) | {about} |");
    }
    for event_type in EventType::ALL {
        describe(&mut out, *event_type);
    }
    out
}

fn describe(out: &mut String, event_type: EventType) {
    let (name, about, more) = (event_type.name(), event_type.about(), more(event_type));
    let _ = writeln!(out, "\n## {name}\n\n{about}. {more}");
    out.push_str("\n| field | needed | meaning | form |\n|---|---|---|---|\n");
    for field in event_type.fields() {
        let needed = if field.is_needed { "yes" } else { "" };
        let _ = writeln!(out, "| `{}` | {needed} | {} | {} |", field.name, meaning(&field), field.form());
    }
    if let Some(example) = example(event_type) {
        let _ = writeln!(out, "\n```json\n{example}\n```");
    }
}

/// What a field holds, where that is said of the options of `record` otherwise.
fn meaning(field: &Field) -> String {
    match field.name {
        "effective_at" => "When it became true".to_owned(),
        "mechanism" => "What ties the partner to the customer".to_owned(),
        "metric" => "What the figure counts".to_owned(),
        "rulebook" => "The rulebook's text".to_owned(),
        "segment" => "The segment".to_owned(),
        "metrics" => "The points of its metrics".to_owned(),
        _ => field.help().replace("--effective-at", "`effective_at`"),
    }
}

/// What the table of fields does not say.
fn more(event_type: EventType) -> &'static str {
    match event_type {
        EventType::AssociationRequested => {
            "A `cpor` or `csp` needs a `role`. A `cpor` needs a `workload` or a `subscription`, a `dpor` or `tpor` a \
             `subscription`, a `pal` a `principal`."
        }
        EventType::AssociationAccepted => {
            "All but `association` may be left out when the ledger, or an earlier line of the file, has the request. \
             Without a request it needs what a request needs."
        }
        EventType::AssociationDeclined | EventType::AssociationRevoked => {
            "The association never restarts: who comes back has a new one."
        }
        EventType::CustomerChurned => "It ends the associations with the customer that began until then.",
        EventType::CustomerClassified => "It holds until the customer is classified again.",
        EventType::UsageReported => {
            "It has a `month` and no `effective_at`. A newer report with the same customer, product, metric, month and \
             subscription takes the place of an older one. Amounts in USD may be negative."
        }
        EventType::CertificationLinked => {
            "A renewal is a new link with a later `expires_on`. Without `expires_on` the rulebook says how long it \
             holds. A code that the rulebook's catalogue lacks is recorded, and counts nowhere."
        }
        EventType::CertificationUnlinked => "What the person has counts no longer, until it is linked again.",
        EventType::CertificationEarned => {
            "It counts nowhere: `pcs check` and `pcs advise` say that a link of it would."
        }
        EventType::DesignationEnrolled => {
            "In the Azure areas its `track`, if it has one, is held up to the anniversary."
        }
        EventType::ScorePublished => {
            "`pcs reconcile` compares it with the score that follows from the facts. Points are at most the \
             `total_max` of the rulebook."
        }
        EventType::EventRetracted => {
            "The other event counts nowhere from then on, for whatever day is asked. A retraction can be retracted."
        }
        EventType::RulebookAdopted => "It is of no partner, and holds for all. `pcs rulebook adopt FILE` makes it.",
        EventType::KeyRotated => {
            "It is of no partner. `pcs key rotate` makes it; no import takes one that the ledger's key did not sign."
        }
    }
}

/// An event of the type; `None` for those that only a command can make.
fn example(event_type: EventType) -> Option<&'static str> {
    Some(match event_type {
        EventType::AssociationRequested => {
            r#"{"id":"0195d3c0-0000-7000-8000-000000000001","type":"association_requested","partner":"6034453","effective_at":"2025-02-20T09:30:00+01:00","association":"0195d3c0-0000-7000-8000-00000000000a","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","mechanism":"cpor","role":"osu","workload":"Teams"}"#
        }
        EventType::AssociationAccepted => {
            r#"{"id":"0195d3c0-0000-7000-8000-000000000002","type":"association_accepted","partner":"6034453","effective_at":"2025-03-01","association":"0195d3c0-0000-7000-8000-00000000000a"}"#
        }
        EventType::AssociationDeclined => {
            r#"{"type":"association_declined","partner":"6034453","effective_at":"2025-04-10","association":"0195d3c0-0000-7000-8000-00000000000a","by":"customer","reason":"another partner was chosen"}"#
        }
        EventType::AssociationRevoked => {
            r#"{"type":"association_revoked","partner":"6034453","effective_at":"2025-05-01","association":"0195d3c0-0000-7000-8000-00000000000a","by":"partner"}"#
        }
        EventType::CustomerChurned => {
            r#"{"type":"customer_churned","partner":"6034453","effective_at":"2025-06-30","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","areas":["modern_work","security"]}"#
        }
        EventType::CustomerClassified => {
            r#"{"type":"customer_classified","partner":"6034453","effective_at":"2025-01-01","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","segment":"smb"}"#
        }
        EventType::UsageReported => {
            r#"{"type":"usage_reported","partner":"6034453","month":"2025-02","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","product":"SQL Database","metric":"acr_usd","value":"1040.25","subscription":"21000001-0000-4000-8000-000000000001"}"#
        }
        EventType::CertificationLinked => {
            r#"{"type":"certification_linked","partner":"6034453","effective_at":"2025-02-15","person":"p-17","certification":"AZ-104","earned_on":"2025-02-10","expires_on":"2026-02-10"}"#
        }
        EventType::CertificationUnlinked => {
            r#"{"type":"certification_unlinked","partner":"6034453","effective_at":"2025-07-01","person":"p-17","reason":"left the company"}"#
        }
        EventType::CertificationEarned => {
            r#"{"type":"certification_earned","partner":"6034453","effective_at":"2025-02-10","person":"p-18","certification":"AZ-305","earned_on":"2025-02-10"}"#
        }
        EventType::DesignationEnrolled => {
            r#"{"type":"designation_enrolled","partner":"6034453","effective_at":"2025-03-15","area":"infrastructure","anniversary":"2026-03-15","track":"smb"}"#
        }
        EventType::ScorePublished => {
            r#"{"type":"score_published","partner":"6034453","effective_at":"2025-03-21","area":"infrastructure","points":"62.0","metrics":{"net_customer_adds":"20","deployments":"10"}}"#
        }
        EventType::EventRetracted => {
            r#"{"type":"event_retracted","partner":"6034453","effective_at":"2025-03-02","event":"0195d3c0-0000-7000-8000-000000000002","reason":"it was another customer"}"#
        }
        EventType::RulebookAdopted | EventType::KeyRotated => return None,
    })
}
