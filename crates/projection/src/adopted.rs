//! The rulebook that was adopted.

use ledger::{Date, Entry, Fact, Timestamp, When};

use crate::rulebook::{Rulebook, RulebookErrors};

/// The adoption by which scores of a day are computed, of what was known: the visible one with the highest seq (scoring
/// specification, section 1).
///
/// `shared` are the entries without a partner, in the order of their seq. None when no adoption is visible: then the
/// built-in rulebook is used.
#[must_use]
pub fn adoption_in_force(shared: &[Entry], day: Date) -> Option<&Entry> {
    let end = Timestamp::end_of(day);
    let is_visible = |entry: &&Entry| match (&entry.event.fact, entry.event.when) {
        (Fact::RulebookAdopted { .. }, When::At(at)) => at <= end,
        _ => false,
    };
    shared.iter().rfind(is_visible)
}

/// The rulebook of the adoption in force, with the name under which it was adopted.
///
/// # Errors
/// Those of a rulebook that does not load.
pub fn rulebook_in_force(shared: &[Entry], day: Date) -> Result<Option<(String, Rulebook)>, RulebookErrors> {
    match adoption_in_force(shared, day).map(|entry| &entry.event.fact) {
        Some(Fact::RulebookAdopted { rulebook, name }) => {
            Ok(Some((name.to_string(), Rulebook::parse(rulebook.as_str())?)))
        }
        _ => Ok(None),
    }
}
