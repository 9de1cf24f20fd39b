//! Where designations stand, for people to read.

use std::collections::BTreeSet;

use app::ask::status::Answer;
use app::known::Rules;
use app::text::{counted, plain};
use projection::{AreaStatus, Basis, QualifyingWindow, Status, WindowKind};

use super::names;
use super::names::short_instant;

/// One line: the partner where there are many, area, status and what it rests on.
pub(crate) fn cells(answer: &Answer<'_>, names_partner: bool) -> Vec<String> {
    let partner = names_partner.then(|| plain(answer.subject.partner.as_str()));
    let status = answer.status;
    let area = names::area(answer.area).to_owned();
    partner.into_iter().chain([area, names::status(status.status).to_owned(), grounds(status)]).collect()
}

/// Up to when a status holds, the days that it rests on, the score of the day, and what comes next.
fn grounds(status: &AreaStatus) -> String {
    let until = match (status.status, status.anniversary, status.secured_until) {
        (Status::InProgress, ..) => None,
        (Status::Enrolled, Some(anniversary), Some(renewable)) => {
            Some(format!("until {anniversary}, renewable until {renewable}"))
        }
        (Status::RenewalDue, Some(anniversary), renewable) => {
            let renewable = renewable.map(|day| format!(", renewable until {day}")).unwrap_or_default();
            Some(format!("since {anniversary}{renewable}"))
        }
        (Status::Qualified, _, day) | (Status::Enrolled | Status::RenewalDue, day, _) => {
            day.map(|day| format!("until {day}"))
        }
    };
    let today = format!("today {}", status.today.score.points.shown());
    [until, Some(days(status)), Some(today), next(status)].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// The days of the window that qualify, or that none does, and the best.
fn days(status: &AreaStatus) -> String {
    let QualifyingWindow { first, last, .. } = status.window;
    let best = status.best.as_ref();
    match (status.qualifying, best) {
        (Some((day, last)), Some(best)) if day == last => format!("1 day, {day}, best {}", best.points.shown()),
        (Some((first, last)), Some(best)) => {
            let days = counted(status.days.qualified, "day");
            format!("{days} from {first} to {last}, best {}", best.points.shown())
        }
        (None, Some(best)) => {
            let left = match status.days.left {
                0 => String::new(),
                left => format!(", {} left", counted(left, "day")),
            };
            let until = last.min(status.today.as_of);
            let asked = if first == until { format!("on {until}") } else { format!("from {first} to {until}") };
            let on = if best.points.is_zero() {
                String::new()
            } else {
                format!(", best {} on {}", best.points.shown(), best.day)
            };
            format!("no qualifying day {asked}{on}{left}")
        }
        (_, None) => format!("its window is from {first} to {last}"),
    }
}

/// What comes next, unless it follows from what is said before.
fn next(status: &AreaStatus) -> Option<String> {
    let said = match status.status {
        Status::Qualified => status.secured_until,
        Status::Enrolled => status.anniversary,
        Status::InProgress | Status::RenewalDue => None,
    };
    match &status.next {
        Some(next) if next.day.pred_opt() == said => match (status.status, next.status) {
            (Status::Qualified, Status::InProgress) | (Status::Enrolled, Status::RenewalDue) => None,
            (_, then) => Some(format!("then {}", names::status(then))),
        },
        Some(next) => {
            let is_later = (status.status, next.status) == (Status::Qualified, Status::InProgress);
            // Whatever happens, the qualifying days so far hold it up to the day that is said before.
            let why = is_later.then(|| {
                format!(" if nothing happens, since days after {} are expected to qualify too", status.today.as_of)
            });
            Some(format!("{} from {}{}", names::status(next.status), next.day, why.unwrap_or_default()))
        }
        None => (status.status == Status::Qualified).then(|| "still qualified in a year if nothing happens".to_owned()),
    }
}

/// What is said once about all areas of a partner.
#[derive(Default)]
pub(crate) struct Context {
    asked: Option<String>,
    windows: BTreeSet<String>,
    notes: BTreeSet<&'static str>,
}

impl Context {
    pub(crate) fn add(&mut self, answer: &Answer<'_>) {
        let Answer { subject, rules: Rules { name, book }, status, .. } = answer;
        let basis = match answer.basis {
            Basis::Live => "live",
            Basis::Published => "as published",
        };
        self.asked.get_or_insert_with(|| {
            let (partner, known_at) = (plain(subject.partner.as_str()), short_instant(&subject.known.at.to_string()));
            let sha256 = book.sha256().get(..12).unwrap_or_default();
            let as_of = status.today.as_of;
            let rules = format!("rulebook {} ({sha256})", plain(name));
            format!("{partner} as of {as_of}, as known at {known_at} ({basis}), {rules}")
        });
        let QualifyingWindow { kind, first, last } = status.window;
        self.windows.insert(match (kind, status.anniversary) {
            (WindowKind::Enrolled, Some(anniversary)) => {
                format!("Enrolled until {anniversary}: a qualifying day from {first} to {last} renews")
            }
            (WindowKind::NotEnrolled | WindowKind::Enrolled, _) if first == last => {
                format!("Not enrolled: the score of {last} itself decides")
            }
            (WindowKind::NotEnrolled | WindowKind::Enrolled, _) => {
                format!("Not enrolled: one qualifying day from {first} to {last} is enough")
            }
        });
        self.notes.extend(&status.notes);
    }

    /// The lines, with an empty one before them; none where nothing was added.
    pub(crate) fn lines(&self) -> Vec<String> {
        let gap = self.asked.is_some().then(String::new);
        let said = self.windows.iter().chain(&self.asked).map(|text| format!("  {text}"));
        let notes = self.notes.iter().map(|note| format!("  Note: {}", names::note_of_days(note)));
        gap.into_iter().chain(said).chain(notes).collect()
    }
}
