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
        Cause::NotReported => "not reported",
        Cause::Expiry => "expired",
        Cause::EnrolmentEnded => "enrolment ended",
        Cause::BecameTrue => "became true",
    }
}

/// A number of people.
pub(crate) fn people(number: i64) -> String {
    if number == 1 { "1 person".to_owned() } else { format!("{number} people") }
}

/// What a note of a metric or an area means, and what a reader may do about it. The page has more of it.
pub(crate) fn note(note: &str) -> &str {
    match note {
        "no_baseline" => {
            "no growth in percent: the compared year has no usage; import its reports if there was some \
             (docs/questions.md)"
        }
        "below_minimum" => {
            "no points for growth: usage is below the rule's minimum, and has to reach it first (docs/questions.md)"
        }
        "assumed_rules" => {
            "no rule is known for this day: the earliest ones are used, so take the points as a guess (docs/questions.md)"
        }
        "bounded_rules" => {
            "newer rules may hold on this day already: see what Partner Center shows if a few points matter \
             (docs/questions.md)"
        }
        other => other,
    }
}
