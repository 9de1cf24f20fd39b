//! The names of the programme's terms for people.

use app::beyond::AssumedEvents;
use app::text::counted;
use ledger::Area;
use projection::rulebook::Track;
use projection::{Cause, Status};

/// An area's name.
pub(crate) fn area(area: Area) -> &'static str {
    match area {
        Area::DataAi => "Data & AI",
        Area::Infrastructure => "Infrastructure",
        Area::DigitalApp => "Digital & App Innovation",
        Area::BusinessApplications => "Business Applications",
        Area::ModernWork => "Modern Work",
        Area::Security => "Security",
    }
}

/// What is assumed, in words.
pub(crate) fn assumed(assumed: &AssumedEvents) -> String {
    format!("Assumed: {}, of which nothing is recorded", counted(assumed.events as u64, "event"))
}

/// A track's name.
pub(crate) fn track(track: Track) -> &'static str {
    match track {
        Track::Single => "the only track",
        Track::Enterprise => "the enterprise track",
        Track::Smb => "the SMB track",
    }
}

/// A status's name.
pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::InProgress => "in progress",
        Status::Qualified => "qualified",
        Status::Enrolled => "enrolled",
        Status::RenewalDue => "renewal due",
    }
}

/// What a cause is, in words.
pub(crate) fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Retraction => "retracted",
        Cause::Restatement => "restated",
        Cause::LateFact => "known late",
        Cause::RuleChange => "rules changed",
        Cause::MonthRolled => "month rolled",
        Cause::Expiry => "expired",
        Cause::EnrolmentEnded => "enrolment ended",
        Cause::BecameTrue => "became true",
    }
}

/// What a note of a metric or an area means.
pub(crate) fn note(note: &str) -> &str {
    match note {
        "no_baseline" => "no growth in percent: the compared year has nothing to grow from",
        "below_minimum" => "no points for growth: the rule's minimum is not reached",
        "assumed_rules" => "assumed rules: no rule is known for this day, so the earliest known ones are used",
        "bounded_rules" => "bounded rules: newer rules may have held on this day already, their first day is not known",
        other => other,
    }
}
