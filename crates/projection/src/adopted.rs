//! The rulebook that was adopted.

use ledger::{Date, Entry, Fact, Timestamp, When};

use crate::rulebook::{Rulebook, RulebookErrors};

/// The rulebook that scores of a day are computed by, of what was known: that of the visible adoption with the
/// highest seq (scoring specification, section 1), with the name under which it was adopted.
///
/// `shared` are the entries without a partner, in the order of their seq. None when no adoption is visible: then the
/// built-in one is used.
///
/// # Errors
/// Those of a rulebook that does not load.
pub fn rulebook_in_force(shared: &[Entry], day: Date) -> Result<Option<(String, Rulebook)>, RulebookErrors> {
    let end = Timestamp::end_of(day);
    let adopted = shared.iter().rev().find_map(|entry| match (&entry.event.fact, entry.event.when) {
        (Fact::RulebookAdopted { rulebook, name }, When::At(at)) if at <= end => Some((name, rulebook)),
        _ => None,
    });
    adopted.map(|(name, text)| Ok((name.to_string(), Rulebook::parse(text.as_str())?))).transpose()
}
