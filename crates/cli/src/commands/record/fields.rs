//! What the help of `record` says of each type and field.

use ledger::EventType;

/// What a type of event says.
pub(super) fn about(event_type: EventType) -> &'static str {
    match event_type {
        EventType::AssociationRequested => "The partner asked for an association",
        EventType::AssociationAccepted => "The association came into force",
        EventType::AssociationDeclined => "The association was declined",
        EventType::AssociationRevoked => "The association was ended",
        EventType::CustomerChurned => "The customer left the partner",
        EventType::CustomerClassified => "The customer was put into a segment",
        EventType::UsageReported => "A report gave a figure of usage",
        EventType::CertificationLinked => "A person's certification was linked to the partner",
        EventType::CertificationUnlinked => "A person's certifications were unlinked from the partner",
        EventType::EventRetracted => "An earlier event of the same partner was wrong",
        EventType::RulebookAdopted => "From now on scores are computed by this rulebook",
        EventType::KeyRotated => "The ledger signs with another key from now on",
    }
}

/// The sign of a field's value.
pub(super) fn value_name(field: &str) -> &'static str {
    match field {
        "partner" => "P",
        "id" | "association" | "customer" | "event" => "UUID",
        "effective_at" => "INSTANT",
        "earned_on" | "expires_on" => "DATE",
        "month" => "YYYY-MM",
        "value" => "NUMBER",
        "areas" => "AREA,...",
        "mechanism" | "role" | "by" | "segment" | "metric" | "certification" => "NAME",
        _ => "TEXT",
    }
}

/// What a field is.
pub(super) fn help(event_type: EventType, field: &str) -> &'static str {
    match field {
        "id" => "The event's id; a new one when it is left out",
        "partner" => "The partner's global account",
        "location" => "The partner's location account",
        "effective_at" => "When it became true: an instant with offset, a date, `today` or `now`",
        "month" => "The month of the figure",
        "association" => "The association",
        "customer" => "The customer's tenant",
        "mechanism" => "`cpor`, `dpor`, `pal`, `csp` or `tpor`",
        "role" => "cpor: `osu`, `osa`, `revrec`; csp: `direct_bill`, `indirect_provider`, `indirect_reseller`",
        "workload" => "The workload to which it is limited",
        "subscription" if event_type == EventType::UsageReported => "The subscription of the figure",
        "subscription" => "The subscription to which it is limited",
        "principal" => "The linked identity of a partner admin link",
        "by" => "Who did it: `customer`, `program` or `partner`",
        "reason" => "Why",
        "areas" => "Only for these areas; all when it is left out",
        "segment" => "`smb` or `enterprise`",
        "product" => "The product as it was reported",
        "metric" => "`acr_usd`, `revenue_usd`, `paid_seats`, `active_users` or `active_units`",
        "value" => "The figure",
        "offer" => "The kind of offer",
        "person" => "The person, best under a pseudonym",
        "certification" if event_type == EventType::CertificationUnlinked => {
            "The certification's code; all of the person's when it is left out"
        }
        "certification" => "The certification's code, such as AZ-305",
        "earned_on" => "The day on which it was earned; that of --effective-at when it is left out",
        "expires_on" => "The last day on which it is valid",
        "event" => "The id of the event that was wrong",
        "rulebook" => "The rulebook's text, or @FILE",
        "name" => "The rulebook's name",
        "note" => "A remark",
        "source" => "Where the fact was taken from",
        _ => "",
    }
}

/// Whether an event of the type must have the field.
pub(super) fn is_required(event_type: EventType, field: &str) -> bool {
    match field {
        "partner" | "effective_at" | "month" | "association" | "segment" | "metric" | "value" | "product"
        | "person" | "event" | "rulebook" | "name" => true,
        "customer" | "mechanism" => event_type != EventType::AssociationAccepted,
        "certification" => event_type == EventType::CertificationLinked,
        "reason" => event_type == EventType::EventRetracted,
        _ => false,
    }
}
