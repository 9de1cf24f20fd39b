//! Instants that no right clock gave.

use ledger::Timestamp;
use projection::Finding;

use crate::clock::{AHEAD, DAY, later};
use crate::error::Error;
use crate::known::Known;
use crate::text::counted;

/// The longest time, in microseconds, in which nothing is recorded in a ledger that is in use: five years.
const SILENCE: i64 = 5 * 365 * DAY;

/// The kind of the finding about instants that no right clock gave.
const CLOCK_JUMP: &str = "clock_jump";

/// Finds the instants that jump over more than [`SILENCE`], and those that are ahead of the clock.
///
/// A clock that was wrong by less leaves what an import leaves, too: many entries of almost one instant.
pub(super) fn find(known: &Known, clock: Timestamp) -> Result<Vec<Finding>, Error> {
    let mut jumps = Vec::new();
    let reader = &known.reader;
    let mut found =
        |entries: Vec<u64>, message: String| jumps.push(Finding { code: CLOCK_JUMP, entries, message: message.into() });
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
