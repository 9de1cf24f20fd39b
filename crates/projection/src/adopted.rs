//! The rulebook that was adopted.

use ledger::{Date, Entry, Fact, Name, RulebookText, Timestamp, When};

use crate::rulebook::{Rulebook, RulebookErrors};

/// A rulebook that was adopted, as it was handed in.
#[derive(Clone, Copy, Debug)]
pub struct Adoption<'e> {
    /// Its place.
    pub seq: u64,
    /// When it came into force.
    pub at: Timestamp,
    /// The name under which it was adopted.
    pub name: &'e Name,
    /// Its text.
    pub text: &'e RulebookText,
}

/// The adoption by which scores of a day are computed, of what was known: the visible one with the highest seq (scoring
/// specification, section 1).
///
/// `shared` are the entries without a partner, in the order of their seq. None when no adoption is visible: then the
/// built-in rulebook is used.
#[must_use]
pub fn adoption_in_force(shared: &[Entry], day: Date) -> Option<Adoption<'_>> {
    let end = Timestamp::end_of(day);
    adoptions(shared).rev().find(|adoption| adoption.at <= end)
}

/// The rulebook of the adoption in force, with the name under which it was adopted.
///
/// # Errors
/// Those of a rulebook that does not load.
pub fn rulebook_in_force(shared: &[Entry], day: Date) -> Result<Option<(String, Rulebook)>, RulebookErrors> {
    let adopted = adoption_in_force(shared, day);
    adopted.map(|adopted| Ok((adopted.name.to_string(), Rulebook::parse(adopted.text.as_str())?))).transpose()
}

/// The adoptions among the entries without a partner, in the order of their seq.
pub(crate) fn adoptions(shared: &[Entry]) -> impl DoubleEndedIterator<Item = Adoption<'_>> {
    shared.iter().filter_map(|entry| match (&entry.event.fact, entry.event.when) {
        (Fact::RulebookAdopted { rulebook, name }, When::At(at)) => {
            Some(Adoption { seq: entry.seq, at, name, text: rulebook })
        }
        _ => None,
    })
}
