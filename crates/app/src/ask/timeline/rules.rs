//! The rulebooks in force along an axis.

use ledger::{Date, Entry, Timestamp};
use projection::adoption_in_force;

use super::{Place, SpanRules};
use crate::error::Error;
use crate::known::rules_of;

/// Those of the days of a range; `known_on` tells how many of the entries are known on each.
pub(super) fn of_days(
    shared: &[Entry],
    (from, to): (Date, Date),
    known_on: impl Fn(Date) -> usize,
) -> Result<Vec<SpanRules>, Error> {
    let days = from.iter_days().take_while(|day| *day <= to);
    each(shared, days.map(|day| (Place::Day(day), day, known_on(day))))
}

/// Those of a day at some instants, each with how many of the entries are known then.
pub(super) fn of_instants(
    shared: &[Entry],
    day: Date,
    instants: impl Iterator<Item = (Timestamp, usize)>,
) -> Result<Vec<SpanRules>, Error> {
    each(shared, instants.map(|(at, known)| (Place::At(at), day, known)))
}

fn each(shared: &[Entry], places: impl Iterator<Item = (Place, Date, usize)>) -> Result<Vec<SpanRules>, Error> {
    let mut all: Vec<SpanRules> = Vec::new();
    let mut before = None;
    for (from, day, known) in places {
        let known = shared.get(..known).unwrap_or(shared);
        let adopted = Some(adoption_in_force(known, day).map(|adoption| adoption.seq));
        if adopted != before {
            before = adopted;
            let rules = rules_of(known, day)?;
            all.push(SpanRules { from, name: rules.name, sha256: rules.book.sha256().to_string() });
        }
    }
    Ok(all)
}
