//! Which secret the pseudonyms of a ledger were made with.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use ledger::{Entry, EntryLine, EventId, EventType, LedgerDir, Reader};

use super::secret::{PERSON, PRINCIPAL, Secret, fingerprint};
use crate::error::Error;
use crate::known::retracted;
use crate::scan::FirstError;

/// What to do about pseudonyms of another secret.
const PUT_BACK: &str = "put `people.secret` back from where it was kept: under another, everybody would count twice";

/// Refuses a ledger that knows persons by pseudonyms, none of which was made with this secret.
///
/// One pseudonym of the secret is enough: the secret was right when it was made. Retracted entries do not count, so
/// that a ledger whose secret is lost for good can begin anew.
///
/// # Errors
/// `no_people_secret`, `other_people_secret`, and a log that cannot be read.
pub(crate) fn check_used(reader: &Reader, secret: Option<&Secret>, home: &LedgerDir) -> Result<(), Error> {
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
pub(crate) fn no_secret(path: &Path) -> Error {
    let text = format!(
        "the ledger knows persons or linked identities under pseudonyms, and the secret of them is not at {}",
        path.display()
    );
    Error::new("no_people_secret", text).hint(PUT_BACK)
}

/// The fingerprint of the newest pseudonym; `None` if there are no pseudonyms, or one has the given fingerprint.
fn other_in_use(reader: &Reader, fingerprint: Option<&str>) -> Result<Option<String>, Error> {
    let mut persons: BTreeMap<EventId, (u64, String)> = BTreeMap::new();
    let mut retractions: Vec<Entry> = Vec::new();
    let mut is_known = false;
    let mut failure = FirstError::default();
    reader.scan(0, reader.size(), &mut |seq, line| {
        let Some(parts) = EntryLine::split(line) else { return ControlFlow::Continue(()) };
        let of_person = fingerprint_in(parts);
        if of_person.is_none() && parts.event_type() != Some(EventType::EventRetracted) {
            return ControlFlow::Continue(());
        }
        is_known |= of_person.is_some() && of_person.as_deref() == fingerprint;
        let flow = failure.flow(Entry::parse(line).map(|entry| match of_person {
            Some(of_person) => drop(persons.insert(entry.event.id, (seq, of_person))),
            None => retractions.push(entry),
        }));
        if is_known { ControlFlow::Break(()) } else { flow }
    })?;
    failure.end()?;
    if is_known {
        return Ok(None);
    }
    let retracted = retracted(&retractions);
    persons.retain(|id, _| !retracted.contains(id));
    Ok(persons.into_values().max().map(|(_, of_person)| of_person))
}

/// The fingerprint of the pseudonym in a line that has one.
fn fingerprint_in(line: EntryLine<'_>) -> Option<String> {
    let in_field = |name, kind| fingerprint(kind, &line.text(name)?).map(str::to_owned);
    in_field("person", PERSON).or_else(|| in_field("principal", PRINCIPAL))
}
