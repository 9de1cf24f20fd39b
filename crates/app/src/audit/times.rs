//! Checks that a bundle holds nothing that came after it was made.

use ledger::proof::{Checkpoint, SignedCheckpoint};
use ledger::{Entry, Timestamp};

use super::statement::{Asking, Statement};
use crate::error::Error;

/// Checks the times in a bundle against the time of its making; the instant that was asked must have come by then.
///
/// # Errors
/// `made_earlier`.
pub(super) fn check_times<'e>(
    statement: &Statement,
    asking: &Asking,
    entries: impl Iterator<Item = &'e Entry>,
    own: &SignedCheckpoint,
    others: &[&SignedCheckpoint],
) -> Result<(), Error> {
    let made_at = statement.made_at()?;
    let refused =
        |what: String| Err(Error::disproved("made_earlier", format!("the bundle was made at {made_at}, and {what}")));
    let newest = own.checkpoint().claims.newest;
    if asking.known_at > made_at && newest.is_none_or(|newest| newest < asking.known_at) {
        return refused(format!("answers what is known at {}, which had not come", asking.known_at));
    }
    let of_entries = entries.map(|entry| (entry.seq, entry.recorded_at));
    let mut told = of_entries.chain(others.iter().chain([&own]).flat_map(|note| instants(note.checkpoint())));
    match told.find(|(lead, at)| is_after(*at, made_at, *lead)) {
        Some((_, at)) => refused(format!("holds what was recorded at {at}")),
        None => Ok(()),
    }
}

/// The instants of entries that a checkpoint claims, each with the place of its entry.
fn instants(told: &Checkpoint) -> impl Iterator<Item = (u64, Timestamp)> {
    let newest = told.claims.newest.map(|at| (told.size.saturating_sub(1), at));
    newest.into_iter().chain(told.claims.next.map(|at| (told.size, at)))
}

/// Whether an entry was recorded after an instant. Entries that are recorded at once have instants a microsecond apart
/// (L3), and so the one at a place may be as many microseconds ahead of the clock as there are entries before it.
fn is_after(at: Timestamp, made_at: Timestamp, lead: u64) -> bool {
    at.micros().saturating_sub(made_at.micros()) > i64::try_from(lead).unwrap_or(i64::MAX)
}
