//! The instants of what is written, beside the system's clock and beside what was recorded before.
//!
//! An entry is recorded after the one before it, so one wrong clock decides the instants of everything that follows: what
//! is behind the newest entry is told, and what is far ahead of the clock is refused.

use ledger::Timestamp;

use crate::error::Error;

/// A day in microseconds.
pub(crate) const DAY: i64 = 86_400_000_000;
/// How far an instant may be ahead of the clock, in microseconds.
pub(crate) const AHEAD: i64 = DAY;
/// How far an instant may be behind the newest entry before a warning, in microseconds.
const BEHIND: i64 = 60_000_000;

/// Refuses to write an instant that is far ahead of the clock.
///
/// # Errors
/// `clock_ahead`.
pub(crate) fn check(at: Timestamp, clock: Timestamp) -> Result<(), Error> {
    if at <= later(clock, AHEAD) {
        return Ok(());
    }
    let text = format!("{at} is more than a day ahead of the clock, which says {clock}: nothing was written");
    Err(Error::new("clock_ahead", text).hint(
        "set the clock or `--now` right; `--force` writes it all the same, and everything later gets an instant behind it",
    ))
}

/// Whether an instant is so far behind the newest entry that it has to be said.
pub(crate) fn is_behind(now: Timestamp, newest: Timestamp) -> bool {
    later(now, BEHIND) < newest
}

/// An instant so many microseconds later.
pub(crate) fn later(at: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(at.micros().saturating_add(micros))
}
