//! Recording one event, typed by a person.

use ledger::{Code, Entry, Event, EventType, Fact, Outcome, Refusal, Timestamp, parse_event};
use projection::rulebook::{Certification, Rulebook};
use projection::{Finding, History};
use serde_json::{Map, Value};

use crate::ask::check::text;
use crate::bounds;
use crate::error::Error;
use crate::file_kind::{FileKind, or_other_kind, refuse_other_kind};
use crate::import::check_event;
use crate::judged_batch::JudgedBatch;
use crate::known::{Known, Rules};
use crate::session::Session;
use crate::text::plain;

/// Kinds of findings that tell of a gap, not of a contradiction: they are said, and the event is recorded.
const GAPS: &[&str] = &[
    "counts_nowhere",
    "csp_usage_without_reseller",
    "earned_not_linked",
    "more_users_than_seats",
    "pal_on_global_account",
    "tpor_masked_by_dpor",
    "uncovered_usage",
];
/// The seq of an event that is not recorded yet, behind all others.
const NOT_YET: u64 = u64::MAX;
/// Codes of certifications that a hint names.
const NAMED_CODES: usize = 3;

/// An event that is to be recorded.
#[derive(Debug)]
pub struct Request {
    /// The type of the event.
    pub event_type: EventType,
    /// The fields that were given, in their order.
    pub fields: Vec<(&'static str, Vec<String>)>,
    /// Whether it is recorded though it contradicts what is known, or its instant is far ahead of the clock.
    pub force: bool,
}

/// An event that the ledger has.
#[derive(Debug)]
pub struct Record {
    /// The number of its entry.
    pub seq: u64,
    /// The entry as the ledger keeps it, which is the object for programs.
    pub line: String,
    /// Whether it was recorded just now.
    pub is_new: bool,
}

impl Request {
    /// Records the event.
    ///
    /// # Errors
    /// An event that is not well formed; one that is not forced and contradicts what is known, or names a certification
    /// that the catalogue lacks.
    pub fn run(&self, session: &mut Session<'_>) -> Result<Record, Error> {
        let now = session.writing_at(self.force)?;
        let event = self.event(session)?;
        let gaps = if self.force { Vec::new() } else { new_gaps(session, &event, now)? };
        check_event(&event)?;
        let mut ledger = session.ledger_at(now)?;
        let mut batch = JudgedBatch::begin(&mut ledger, now);
        let outcome = batch.push(event)?;
        let size = batch.commit()?.size;
        let is_new = matches!(outcome, Outcome::New { .. });
        let (Outcome::New { seq } | Outcome::Already { seq }) = outcome;
        session.done.recorded(u64::from(is_new), size);
        for gap in gaps {
            session.say(&format!("note: {}", text(&about(gap, Some(seq)))));
        }
        Ok(Record { seq, line: ledger.reader().line(seq)?, is_new })
    }

    /// Reads the event from a line of JSON made of the fields, so that every rule of events holds here too.
    fn event(&self, session: &mut Session<'_>) -> Result<Event, Error> {
        let mut line = Map::new();
        line.insert("type".to_owned(), self.event_type.name().into());
        for (name, values) in &self.fields {
            line.insert((*name).to_owned(), value(session, name, values)?);
        }
        let new_id = session.new_id();
        parse_event(&Value::Object(line).to_string(), || Some(new_id))
            .map_err(|refusal| Refusal { column: None, ..refusal }.into())
    }
}

/// The JSON of a field, by its values as they were typed.
fn value(session: &mut Session<'_>, name: &str, values: &[String]) -> Result<Value, Error> {
    if name == "areas" {
        return Ok(values.iter().flat_map(|value| value.split(',')).map(str::trim).collect());
    }
    if name == "metrics" {
        let mut metrics = Map::new();
        for pair in values.iter().flat_map(|value| value.split(',')) {
            let (metric, points) = pair.split_once('=').unwrap_or((pair, ""));
            let metric = metric.trim();
            if metrics.insert(metric.to_owned(), points.trim().into()).is_some() {
                return Err(Refusal::new(Code::Malformed, format!("`metrics` names {metric:?} twice")).into());
            }
        }
        return Ok(Value::Object(metrics));
    }
    let value = values.first().map_or("", String::as_str);
    Ok(Value::from(match (name, value, value.strip_prefix('@')) {
        ("effective_at", "now", _) => session.now().to_string(),
        ("effective_at" | "earned_on" | "expires_on" | "anniversary", "today", _) => session.now().date().to_string(),
        ("rulebook", _, Some(path)) => {
            let other = or_other_kind(session, path.as_ref(), FileKind::Rulebook);
            let text = bounds::read_text(&session.path(path.as_ref()), bounds::RULEBOOK);
            let text = text.map_err(|error| other(Error::file("read", path)(error)))?;
            if Rulebook::parse(&text).is_err() {
                refuse_other_kind(session, path.as_ref(), FileKind::Rulebook)?;
            }
            text
        }
        _ => value.to_owned(),
    }))
}

/// Refuses an event that gives a finding which the partner does not have without it. Returns the findings that tell of a
/// gap: in them, the event has the seq of [`NOT_YET`].
fn new_gaps(session: &Session<'_>, event: &Event, now: Timestamp) -> Result<Vec<Finding>, Error> {
    let Some(partner) = &event.partner else { return Ok(Vec::new()) };
    let mut known = Known::open(session, None)?;
    known.at = known.at.max(now);
    let mut entries = known.reader.entries(partner.as_str(), known.end)?;
    if entries.iter().any(|entry| entry.event.id == event.id) {
        return Ok(Vec::new());
    }
    let rules = known.rules_in_force(now.date())?;
    check_certification(event, &rules)?;
    let before = known.findings(partner, &History::fold(&entries), &rules.book)?;
    entries.push(Entry { seq: NOT_YET, recorded_at: now, event: event.clone() });
    let mut new = known.findings(partner, &History::fold(&entries), &rules.book)?;
    // Findings are sorted.
    new.retain(|finding| before.binary_search(finding).is_err());
    let (gaps, contradictions): (Vec<_>, Vec<_>) = new.into_iter().partition(|finding| GAPS.contains(&finding.code));
    if contradictions.is_empty() {
        return Ok(gaps);
    }
    Err(Error::new("contradiction", "the event contradicts what is known")
        .because(contradictions.into_iter().map(|finding| text(&about(finding, None))))
        .hint("record it all the same with `--force`"))
}

/// A finding that names the event by the seq of its entry; not at all where there is none.
fn about(finding: Finding, seq: Option<u64>) -> Finding {
    let entries =
        finding.entries.iter().filter_map(|entry| if *entry == NOT_YET { seq } else { Some(*entry) }).collect();
    Finding { entries, ..finding }
}

/// Refuses a certification that the catalogue lacks: whoever types one has most likely mistyped it.
fn check_certification(event: &Event, Rules { name, book }: &Rules) -> Result<(), Error> {
    let (Fact::CertificationLinked { certification: code, .. }
    | Fact::CertificationEarned { certification: code, .. }
    | Fact::CertificationUnlinked { certification: Some(code), .. }) = &event.fact
    else {
        return Ok(());
    };
    let code = code.as_str();
    if book.certification(code).is_some() {
        return Ok(());
    }
    let near: Vec<String> = nearest(code, book.certifications()).into_iter().map(plain).collect();
    let text = format!("{} is in no catalogue of certifications of the rulebook {}", plain(code), plain(name));
    Err(Error::new("unknown_certification", text)
        .hint(format!("the nearest in the catalogue: {}", near.join(", ")))
        .hint("record it all the same with `--force`: it counts nowhere until a rulebook has it"))
}

/// The codes of the certifications whose code or name is the most like a text, the nearest first; one that differs in the
/// case of letters only stands alone.
fn nearest<'c>(text: &str, catalogue: &'c [Certification]) -> Vec<&'c str> {
    let text = text.to_ascii_lowercase();
    let far = |other: &String| changes_between(&text, &other.to_ascii_lowercase());
    let mut all: Vec<(usize, &str)> = Vec::new();
    for entry in catalogue {
        let names = [&entry.code, &entry.name].into_iter().chain(&entry.other_codes).chain(&entry.old_names);
        all.extend(names.map(far).min().map(|far| (far, entry.code.as_str())));
    }
    all.sort_unstable();
    if let Some((0, code)) = all.first() {
        return vec![*code];
    }
    all.into_iter().take(NAMED_CODES).map(|(_, code)| code).collect()
}

/// How many letters must be put in, taken out or replaced to make one text of the other.
fn changes_between(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut before = line;
        let mut left = line + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(other.chars()) {
            let replaced = before + usize::from(letter != other);
            before = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use projection::rulebook::Rulebook;

    use super::{changes_between, nearest};

    #[test]
    fn the_distance_of_two_texts_is_the_number_of_changed_letters() {
        for (one, other, far) in [
            ("", "", 0),
            ("az-104", "az-104", 0),
            ("az-14", "az-104", 1),
            ("az-401", "az-104", 2),
            ("abc", "", 3),
            ("", "é", 1),
        ] {
            assert_eq!((changes_between(one, other), changes_between(other, one)), (far, far), "{one} {other}");
        }
    }

    #[test]
    fn the_nearest_certifications_are_found_by_code_and_by_name() {
        let catalogue = Rulebook::builtin().certifications();
        assert_eq!(nearest("az104", catalogue).first(), Some(&"AZ-104"));
        assert_eq!(nearest("Azure Administrator Assoc.", catalogue).first(), Some(&"AZ-104"));
        assert_eq!(nearest("az-104", catalogue), ["AZ-104"]);
        assert_eq!(nearest("x", catalogue).len(), 3);
    }
}
