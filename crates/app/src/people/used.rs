//! Which secret the pseudonyms of a ledger were made with.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use ledger::{Entry, EventId, Fact, LedgerDir, Reader};

use super::secret::{Secret, fingerprint_of, fingerprint_of_principal};
use crate::error::Error;

/// What every entry of a person, and of a linked identity, has, unless the text is escaped, and so no pseudonym.
const PERSON: &str = "\"person\":\"";
const PRINCIPAL: &str = "\"principal\":\"";
const RETRACTION: &str = "\"type\":\"event_retracted\"";

/// What to do about pseudonyms of another secret.
const PUT_BACK: &str = "put `people.secret` back from where it was kept: under another, everybody would count twice";

/// Refuses a ledger that knows persons under pseudonyms, and none of this secret.
///
/// One pseudonym of the secret will do: it was right when that was made. Entries that are retracted do not count, so
/// that a ledger whose secret is lost for good can begin anew.
///
/// # Errors
/// `no_people_secret`, `other_people_secret`, and a log that cannot be read.
pub fn check_used(reader: &Reader, secret: Option<&Secret>, home: &LedgerDir) -> Result<(), Error> {
    let fingerprint = secret.map(Secret::fingerprint);
    let path = Secret::path(home);
    match (other_in_use(reader, fingerprint.as_deref())?, fingerprint) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(no_secret(&path)),
        (Some(used), Some(fingerprint)) => {
            let path = path.display();
            let text = format!(
                "the pseudonyms of the ledger begin with p{used}, and those of {path} would begin with p{fingerprint}"
            );
            Err(Error::new("other_people_secret", text).hint(PUT_BACK))
        }
    }
}

/// A ledger with pseudonyms whose secret is gone.
#[must_use]
pub fn no_secret(path: &Path) -> Error {
    let text = format!(
        "the ledger knows persons or linked identities under pseudonyms, and the secret of them is not at {}",
        path.display()
    );
    Error::new("no_people_secret", text).hint(PUT_BACK)
}

/// The fingerprint of the newest pseudonym, unless there is none, or one with the given fingerprint.
fn other_in_use(reader: &Reader, fingerprint: Option<&str>) -> Result<Option<String>, Error> {
    let mut persons: BTreeMap<EventId, (u64, String)> = BTreeMap::new();
    let mut retractions: Vec<(EventId, EventId)> = Vec::new();
    let mut is_known = false;
    let mut refused = None;
    reader.scan(0, reader.size(), &mut |seq, line| {
        let of_person = fingerprint_in(line);
        if of_person.is_none() && !line.contains(RETRACTION) {
            return ControlFlow::Continue(());
        }
        is_known |= of_person.is_some() && of_person == fingerprint;
        match Entry::parse(line) {
            Err(refusal) => refused = Some(refusal),
            Ok(Entry { event, .. }) => match (of_person, event.fact) {
                (_, Fact::EventRetracted { event: target, .. }) => retractions.push((event.id, target)),
                (Some(of_person), _) => {
                    persons.insert(event.id, (seq, of_person.to_owned()));
                }
                _ => {}
            },
        }
        if is_known || refused.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if let Some(refusal) = refused {
        return Err(refusal.into());
    }
    if is_known {
        return Ok(None);
    }
    let retracted = projection::retracted(retractions.into_iter());
    persons.retain(|id, _| !retracted.contains_key(id));
    Ok(persons.into_values().max().map(|(_, of_person)| of_person))
}

/// The fingerprint of the pseudonym in a line that has one.
fn fingerprint_in(line: &str) -> Option<&str> {
    // The event's own field stands before any text that could look like one.
    let text_of = |field: &str| Some(line.split_once(field)?.1.split_once('"')?.0);
    text_of(PERSON).and_then(fingerprint_of).or_else(|| text_of(PRINCIPAL).and_then(fingerprint_of_principal))
}
