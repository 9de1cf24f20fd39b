//! The keys that a ledger has and had, and up to which size each of them signed.

use ledger::proof::{SignedCheckpoint, VerifierKey};
use ledger::{Entry, Fact};

use crate::error::Error;

/// The keys of one ledger. A key that was retired signs nothing of more entries than there were before its change.
pub(crate) struct Keyring(Vec<Held>);

struct Held {
    key: VerifierKey,
    /// The most entries of a checkpoint that it signed.
    most: u64,
}

impl Keyring {
    /// One key, which signs for any size.
    pub(crate) fn of_one(key: VerifierKey) -> Self {
        Self(vec![Held { key, most: u64::MAX }])
    }

    /// The key that a ledger has, and those that became it by the changes among its entries, which ascend.
    pub(crate) fn of<'e, I>(current: VerifierKey, entries: I) -> Self
    where
        I: IntoIterator<Item = &'e Entry, IntoIter: DoubleEndedIterator>,
    {
        let mut keys = Self::of_one(current);
        for entry in entries.into_iter().rev() {
            if let Fact::KeyRotated(rotation) = &entry.event.fact
                && keys.0.iter().any(|held| held.key == *rotation.new_key())
            {
                keys.0.push(Held { key: rotation.old_key().clone(), most: entry.seq });
            }
        }
        keys
    }

    /// Checks that one of the keys signed a checkpoint of the ledger while it was the ledger's key; `what` is how an
    /// error calls the checkpoint.
    ///
    /// # Errors
    /// [`Error::Disproved`] with the code `bad_signature`.
    pub(crate) fn check(&self, note: &SignedCheckpoint, what: &str) -> Result<(), Error> {
        let told = note.checkpoint();
        let refused = |what: String| Err(Error::Disproved { code: "bad_signature", what });
        let mut signers = self.0.iter().filter(|held| note.verify(&held.key).is_ok()).peekable();
        if let Some(first) = signers.peek() {
            let (key, most) = (&first.key, first.most);
            if signers.any(|held| told.size <= held.most) {
                return Ok(());
            }
            return refused(format!("{what} is of {} entries, and {key} was retired after {most}", told.size));
        }
        let keys: Vec<String> = self.0.iter().map(|held| held.key.to_string()).collect();
        let of = if self.0.iter().any(|held| held.key.name() == told.origin) {
            String::new()
        } else {
            format!(": it is of the ledger {:?}", told.origin)
        };
        refused(format!("{what} is not signed by {}{of}", keys.join(" or ")))
    }
}
