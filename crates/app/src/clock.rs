//! The instants of what is written, beside the system's clock and beside what was recorded before.
//!
//! An entry is recorded after the one before it, so one wrong clock decides the instants of everything that follows: what
//! is behind the newest entry is said, and what is far ahead of the clock is refused.

use ledger::Timestamp;
use projection::Finding;

use crate::error::Error;
use crate::known::Known;
use crate::text::counted;

const DAY: i64 = 86_400_000_000;
/// How far an instant may be ahead of the clock, in microseconds.
const AHEAD: i64 = DAY;
/// How far an instant may be behind the newest entry without a word, in microseconds.
const BEHIND: i64 = 60_000_000;
/// How long a ledger that is in use is silent at the most, in microseconds: five years.
const SILENCE: i64 = 5 * 365 * DAY;

/// The kind of the finding about instants that no right clock gave.
const CLOCK_JUMP: &str = "clock_jump";

/// Refuses to write an instant that is far ahead of the clock; without a clock none is.
///
/// # Errors
/// `clock_ahead`.
pub(crate) fn check(at: Timestamp, clock: Option<Timestamp>) -> Result<(), Error> {
    match clock {
        Some(clock) if at > later(clock, AHEAD) => Err(clock_ahead(at, clock)),
        Some(_) | None => Ok(()),
    }
}

fn clock_ahead(at: Timestamp, clock: Timestamp) -> Error {
    let text = format!("{at} is more than a day ahead of the clock, which says {clock}: nothing was written");
    Error::new("clock_ahead", text).hint(
        "set the clock or `--now` right; `--force` writes it all the same, and everything later gets an instant behind it",
    )
}

/// Whether an instant is so far behind the newest entry that it has to be said.
pub(crate) fn is_behind(now: Timestamp, newest: Timestamp) -> bool {
    later(now, BEHIND) < newest
}

fn later(at: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(at.micros().saturating_add(micros))
}

/// Where instants of the whole ledger jump: over more years than it can have been silent, or ahead of the clock.
///
/// What a clock that was wrong by less has left cannot be told from an import: both give many entries one instant.
pub fn jumps(known: &Known, clock: Timestamp) -> Result<Vec<Finding>, Error> {
    let mut jumps = Vec::new();
    let reader = &known.reader;
    let mut found = |entries: Vec<u64>, message: String| jumps.push(Finding { code: CLOCK_JUMP, entries, message });
    let mut at = if known.end == 0 { return Ok(Vec::new()) } else { reader.recorded_at(0)? };
    let ahead = reader.size_at(later(clock, AHEAD))?;
    loop {
        let next = reader.size_at(later(at, SILENCE))?;
        if next >= known.end {
            break;
        }
        let (before, after) = (reader.recorded_at(next - 1)?, reader.recorded_at(next)?);
        if later(before, SILENCE) >= after {
            at = before;
            continue;
        }
        if next != ahead {
            found(
                vec![next - 1, next],
                format!("it was recorded at {after}, years after the entry before, at {before}"),
            );
        }
        at = after;
    }
    if ahead < known.end {
        let first = reader.recorded_at(ahead)?;
        let after = match known.end - ahead - 1 {
            0 => String::new(),
            more => format!(", and {} after it", counted(more, "entry")),
        };
        found(vec![ahead], format!("it was recorded at {first}, ahead of the clock{after}"));
    }
    Ok(jumps)
}
