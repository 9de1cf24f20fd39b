//! The names of the programme's terms for people.

use ledger::{Area, Mechanism, Role, Timestamp};
use projection::rulebook::{MechanismRow, Metric, Rulebook, Track};
use projection::{CandidateReason, Cause, EndKind, ObstacleReason, Status};

use crate::ask::timeline::{DayStep, KnownStep, Place};
use crate::beyond::AssumedEvents;
use crate::text::counted;

/// An area's name.
#[must_use]
pub fn area(area: Area) -> &'static str {
    match area {
        Area::DataAi => "Data & AI",
        Area::Infrastructure => "Infrastructure",
        Area::DigitalApp => "Digital & App Innovation",
        Area::BusinessApplications => "Business Applications",
        Area::ModernWork => "Modern Work",
        Area::Security => "Security",
    }
}

/// Associations by the names that a rulebook gives them in its lists: a mechanism alone where all of its roles count.
#[must_use]
pub fn associations(listed: &[&str], book: &Rulebook) -> String {
    let mut said: Vec<String> = Vec::new();
    for mechanism in Mechanism::ALL {
        let rows = || book.mechanism_rows().iter().map(|row| &row.value).filter(|row| row.mechanism == *mechanism);
        let is_listed = |row: &&MechanismRow| row.names.iter().any(|name| listed.contains(&name.as_str()));
        let mut roles: Vec<&str> = rows().filter(is_listed).filter_map(|row| row.role).map(Role::name).collect();
        let name = mechanism.name().to_ascii_uppercase();
        if rows().all(|row| is_listed(&row)) && rows().next().is_some() {
            said.push(name);
        } else if !roles.is_empty() {
            roles.dedup();
            said.push(format!("{name} ({})", roles.join(", ").replace('_', " ")));
        }
    }
    said.join(", ")
}

/// What is assumed, in words.
#[must_use]
pub fn assumed(assumed: &AssumedEvents) -> String {
    format!("Assumed: {}, of which nothing is recorded", counted(assumed.events, "event"))
}

/// What is below its minimum: `total`, and metrics by their names.
#[must_use]
pub fn below(below: &[&'static str]) -> Vec<&'static str> {
    below.iter().map(|name| Metric::from_name(name).map_or(*name, Metric::title)).collect()
}

/// A day, or an instant as `--known-at` takes it: the day alone for its end, without decimals where they are zero.
#[must_use]
pub fn place(place: Place) -> String {
    match place {
        Place::Day(day) => day.to_string(),
        Place::At(at) => instant(at),
    }
}

/// An instant as `--known-at` takes it: the day alone for its end, without decimals where they are zero.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    if at == Timestamp::end_of(at.date()) { at.date().to_string() } else { short_instant(&at.to_string()) }
}

/// A track's name.
#[must_use]
pub fn track(track: Track) -> &'static str {
    match track {
        Track::Single => "the only track",
        Track::Enterprise => "the enterprise track",
        Track::Smb => "the SMB track",
    }
}

/// A status's name.
#[must_use]
pub fn status(status: Status) -> &'static str {
    match status {
        Status::InProgress => "in progress",
        Status::Qualified => "qualified",
        Status::Enrolled => "enrolled",
        Status::RenewalDue => "renewal due",
    }
}

/// What a cause is, in words.
#[must_use]
pub fn cause(cause: Cause) -> &'static str {
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

/// What ends, by its kind.
#[must_use]
pub fn end(kind: EndKind) -> &'static str {
    match kind {
        EndKind::Certification => "certification",
        EndKind::Credit => "credit for a certification",
        EndKind::Association => "association",
        EndKind::Enrolment => "enrolment",
        EndKind::Rules => "rules, which change",
    }
}

/// Why a customer or a person does not count and could.
#[must_use]
pub fn candidate(reason: CandidateReason) -> &'static str {
    match reason {
        CandidateReason::BelowBound => "the figure is too low",
        CandidateReason::AboveBound => "the figure is too high",
        CandidateReason::NotAssociated => "no association that counts",
        CandidateReason::AssociationEnded => "the association has ended",
        CandidateReason::Share => "too few of the seats are active",
        CandidateReason::Expired => "it counted within the last year and no longer does",
        CandidateReason::NotLinked => "it is earned, and not linked to the partner",
        CandidateReason::Prerequisite => "the step before is done, and this one is not",
    }
}

/// Why a track has no plan.
#[must_use]
pub fn obstacle(reason: ObstacleReason) -> &'static str {
    match reason {
        ObstacleReason::NoBaseline => "the year before has nothing to grow from",
        ObstacleReason::BelowMinimum => "a figure that nothing changes is out of the bounds of the rule",
        ObstacleReason::Margin => "no amount lifts it to the margin",
        ObstacleReason::NoList => "no certification of its list would count if it were earned now",
        ObstacleReason::Without => "what would lift it is not to be added",
        ObstacleReason::Target => "the target is out of reach",
    }
}

/// The bound of a rule that a figure crossed, as it holds or no longer does; `who` has the figure.
#[must_use]
pub fn crossed_bound(name: &str, is_held: bool, value: &str, who: &str) -> String {
    if value == "0" {
        return if is_held == (name == "above") { "above 0".to_owned() } else { "no longer above 0".to_owned() };
    }
    match (name, is_held) {
        ("min", false) => format!("below the {value} that {who} needs"),
        ("min", true) => format!("which reaches the {value} that {who} needs"),
        ("above", false) => format!("no longer above the {value} that {who} has to exceed"),
        ("above", true) => format!("above the {value} that {who} has to exceed"),
        (_, false) => format!("above the {value} that {who} may have"),
        (_, true) => format!("no longer above the {value} that {who} may have"),
    }
}

/// Of what each row of a timeline along days is one.
#[must_use]
pub fn day_step(step: DayStep) -> &'static str {
    match step {
        DayStep::Change => "change of the score",
        DayStep::Day => "day",
        DayStep::Month => "month",
    }
}

/// Of what each row of a timeline along what was known is one.
#[must_use]
pub fn known_step(step: KnownStep) -> &'static str {
    match step {
        KnownStep::Change => "day on which another score was known",
        KnownStep::Instant => "instant at which another score was known",
    }
}

/// What a note of a metric or an area means, and what a reader may do about it. The page has more of it.
#[must_use]
pub fn note(note: &str) -> &str {
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

/// The same of an answer about many days, for some of which it stands.
#[must_use]
pub fn note_of_days(name: &str) -> String {
    note(name).replace("this day", "some of these days")
}

/// An instant without its decimals where they are all zero.
#[must_use]
pub fn short_instant(instant: &str) -> String {
    instant.strip_suffix(".000000Z").map_or_else(|| instant.to_owned(), |short| format!("{short}Z"))
}
