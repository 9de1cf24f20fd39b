//! Partners as they were folded, kept in memory for the next questions about them: whoever drags a slider asks the same
//! partner again and again.

use std::sync::{Arc, Mutex, PoisonError};

use ledger::{Date, PartnerId};
use projection::{Claims, History};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::error::Error;
use crate::location_partners::LocationPartners;

/// Entries of all histories that are kept: some 40 MiB.
const MOST_ENTRIES: u64 = 200_000;
/// Histories that are expected.
const USUAL: usize = 256;
/// Counts of findings that are kept.
const COUNTS: usize = 4_096;

/// A partner by what was known of all: the root of a tree stands for its entries, in whichever ledger.
type Key = (PartnerId, [u8; 32]);

/// What all partners claim, by what was known and the digest of the rules.
type ClaimsKey = ([u8; 32], String);

/// Folded partners, and how many findings there are about them; those that were not asked for long make room. And the
/// locations that partners named, and what all of them claimed when that was asked last.
pub struct Folds {
    histories: Cache<Key, Arc<History>, Entries>,
    /// By the day, too, as of which they were found.
    counts: Cache<(Key, Date), usize>,
    locations: LocationPartners,
    claims: Mutex<Option<(ClaimsKey, Arc<Claims>)>>,
}

/// The weight of a history.
#[derive(Clone)]
struct Entries;

impl Weighter<Key, Arc<History>> for Entries {
    fn weight(&self, _: &Key, history: &Arc<History>) -> u64 {
        history.entry_count().max(1)
    }
}

impl Default for Folds {
    fn default() -> Self {
        Self {
            histories: Cache::with_weighter(USUAL, MOST_ENTRIES, Entries),
            counts: Cache::new(COUNTS),
            locations: LocationPartners::default(),
            claims: Mutex::default(),
        }
    }
}

impl Folds {
    /// The history that is kept, else the one that is made. Whoever asks for one that is being made waits for it.
    pub(crate) fn history(
        &self,
        key: &Key,
        make: impl FnOnce() -> Result<Arc<History>, Error>,
    ) -> Result<Arc<History>, Error> {
        self.histories.get_or_insert_with(key, make)
    }

    /// Which partners named which location accounts.
    pub(crate) fn location_partners(&self) -> &LocationPartners {
        &self.locations
    }

    /// What all partners claim, as it is kept or made. Whoever asks for what is being made waits for it.
    pub(crate) fn claims(
        &self,
        key: ClaimsKey,
        make: impl FnOnce() -> Result<Claims, Error>,
    ) -> Result<Arc<Claims>, Error> {
        let mut kept = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, claims)) = kept.as_ref().filter(|(own, _)| *own == key) {
            return Ok(Arc::clone(claims));
        }
        // Two at a time would need twice the memory.
        *kept = None;
        let claims = Arc::new(make()?);
        *kept = Some((key, Arc::clone(&claims)));
        Ok(claims)
    }

    /// The number of findings as of a day that is kept, else the one that is made.
    pub(crate) fn count(
        &self,
        key: Key,
        day: Date,
        make: impl FnOnce() -> Result<usize, Error>,
    ) -> Result<usize, Error> {
        self.counts.get_or_insert_with(&(key, day), make)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ledger::{Ledger, PartnerId, Timestamp};
    use projection::History;

    use super::Folds;
    use crate::known::Known;
    use crate::testing::churned;

    #[test]
    fn what_is_kept_is_of_what_was_known() {
        let dir = tempfile::tempdir().unwrap();
        let (mut ledger, _) = Ledger::create(&dir.path().join("ledger"), "test").unwrap();
        let (folds, partner) = (Arc::new(Folds::default()), PartnerId::new("1").unwrap());
        let mut known = Vec::new();
        for number in 1..=3 {
            let at = Timestamp::from_micros(number);
            ledger.append(&[churned(u128::try_from(number).unwrap(), "1", None)], at).unwrap();
            known.push(Known::of(ledger.reader(), Some(at)).unwrap().keeping(Arc::clone(&folds)));
        }
        let ask = |known: &Known| -> (Arc<History>, usize) {
            let history = known.history(&partner).unwrap();
            let rules = known.rules_of_findings().unwrap();
            let count = known.count_findings(&partner, &history, &rules.book).unwrap();
            (history, count)
        };
        let first: Vec<(Arc<History>, usize)> = known.iter().map(ask).collect();
        for (known, (history, count)) in known.iter().zip(&first) {
            let (again, same) = ask(known);
            assert!(Arc::ptr_eq(history, &again) && same == *count);
            assert_eq!((history.entry_count(), *count as u64), (known.end, known.end));
        }
        // Another ledger with as many entries is another.
        let (mut other, _) = Ledger::create(&dir.path().join("other"), "test").unwrap();
        other.append(&[churned(9, "1", None)], Timestamp::from_micros(1)).unwrap();
        let of_other = Known::of(other.reader(), None).unwrap().keeping(folds);
        assert!(!Arc::ptr_eq(&of_other.history(&partner).unwrap(), &first[0].0));
    }
}
