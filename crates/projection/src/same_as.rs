//! What tells that two persons may be one: a remark in the note of a link, which names the other by its pseudonym.
//!
//! Whoever reads a list sees the ids behind pseudonyms, and the ledger does not. So the remark says what was seen, in one
//! form that is written and read here alone, and the finding `person_of_two_ids` follows from entries.

use std::fmt;

use ledger::PersonId;
use serde::{Deserialize, Serialize};

/// What stands between the remarks of a note, and between them and its other parts.
const BETWEEN: &str = "; ";

ledger::named! {
    /// What two persons share.
    #[derive(Serialize, Deserialize)]
    Shared {
        /// The id of the work account in its directory.
        DirectoryId = "directory id",
        /// The address of the work account.
        WorkAddress = "work address",
    }
}

/// The remark that a person shares something with another, in the same list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SameAs {
    /// What they share.
    pub shared: Shared,
    /// The other person.
    pub other: PersonId,
}

impl SameAs {
    /// The remarks of a note.
    ///
    /// # Examples
    /// ```
    /// use projection::SameAs;
    /// let note = "ActivationStatus: Active; shares its directory id with p5830-a158561b9c126ec0a54d8271";
    /// let remarks: Vec<SameAs> = SameAs::of_note(note).collect();
    /// assert!(note.ends_with(&remarks[0].to_string()));
    /// assert_eq!(SameAs::of_note("by hand").count(), 0);
    /// ```
    pub fn of_note(note: &str) -> impl Iterator<Item = Self> + '_ {
        note.split(BETWEEN).filter_map(|part| {
            let (shared, other) = part.strip_prefix("shares its ")?.split_once(" with ")?;
            Some(Self { shared: Shared::from_name(shared)?, other: PersonId::new(other).ok()? })
        })
    }

    /// A note with remarks behind what else it says.
    #[must_use]
    pub fn note<'a>(other_part: Option<&str>, remarks: impl IntoIterator<Item = &'a Self>) -> String {
        let parts = other_part.map(str::to_owned).into_iter();
        parts.chain(remarks.into_iter().map(Self::to_string)).collect::<Vec<_>>().join(BETWEEN)
    }
}

impl fmt::Display for SameAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shares its {} with {}", self.shared, self.other)
    }
}
