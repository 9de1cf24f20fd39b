//! The keys that a ledger has and had, and up to which size each of them signed.

use ledger::Entry;
use ledger::proof::{SignedCheckpoint, VerifierKey, signers};

use crate::error::{BAD_SIGNATURE, Error};
use crate::text::counted;

/// The keys of one ledger, each with the most entries of a checkpoint that it signed.
pub(crate) struct Keyring(Vec<(VerifierKey, u64)>);

impl Keyring {
    /// One key, which signs for any size.
    pub(crate) fn of_one(key: VerifierKey) -> Self {
        Self(vec![(key, u64::MAX)])
    }

    /// The key that a ledger has, and those that became it by the changes among its entries, which ascend.
    pub(crate) fn of<'e, I>(current: VerifierKey, entries: I) -> Self
    where
        I: IntoIterator<Item = &'e Entry, IntoIter: DoubleEndedIterator>,
    {
        Self(signers(current, entries))
    }

    /// Checks that one of the keys signed a checkpoint of the ledger while it was the ledger's key; `what` is how an
    /// error calls the checkpoint.
    ///
    /// # Errors
    /// `bad_signature`.
    pub(crate) fn check(&self, note: &SignedCheckpoint, what: &str) -> Result<(), Error> {
        let told = note.checkpoint();
        let refused = |what: String| Err(Error::disproved(BAD_SIGNATURE, what));
        let mut signers = self.0.iter().filter(|(key, _)| note.verify(key).is_ok()).peekable();
        if let Some((key, most)) = signers.peek().copied() {
            if signers.any(|(_, most)| told.size <= *most) {
                return Ok(());
            }
            return refused(format!(
                "{what} is of {}, and {key} was retired after {most}",
                counted(told.size, "entry")
            ));
        }
        let keys: Vec<String> = self.0.iter().map(|(key, _)| key.to_string()).collect();
        let of = if self.0.iter().any(|(key, _)| key.name() == told.origin) {
            String::new()
        } else {
            format!(": it is of the ledger {:?}", told.origin)
        };
        refused(format!("{what} is not signed by {}{of}", keys.join(" or ")))
    }
}
