//! An import, or a question about many partners, that is told to end before it is done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::Error;

/// Nobody interrupted, and nothing is being committed.
const UNDER_WAY: u8 = 0;
/// What was read is being committed: it is too late to interrupt. No signal has this number.
const COMMITTING: u8 = u8::MAX;

/// Tells an import, or a question, that it is to end. Clones tell, and are told, the same.
///
/// Up to its commit an import leaves nothing when it ends, so it can be interrupted; from there on it goes to its end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicU8>);

impl Interrupt {
    /// Interrupts by a signal of the operating system, whose number is above 0; returns whether it was not too late.
    #[must_use]
    pub fn raise(&self, signal: u8) -> bool {
        let before = self.0.compare_exchange(UNDER_WAY, signal, Ordering::SeqCst, Ordering::SeqCst);
        before != Err(COMMITTING)
    }

    /// Ends what was interrupted.
    ///
    /// # Errors
    /// `interrupted`.
    pub fn check(&self) -> Result<(), Error> {
        match self.0.load(Ordering::Relaxed) {
            UNDER_WAY | COMMITTING => Ok(()),
            signal => Err(Error::interrupted(signal)),
        }
    }

    /// Ends an import that was interrupted; otherwise nothing interrupts it from here on.
    ///
    /// # Errors
    /// `interrupted`.
    pub(crate) fn begin_commit(&self) -> Result<(), Error> {
        match self.0.compare_exchange(UNDER_WAY, COMMITTING, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) | Err(COMMITTING) => Ok(()),
            Err(signal) => Err(Error::interrupted(signal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Interrupt;

    #[test]
    fn what_is_interrupted_before_its_commit_ends_and_nothing_interrupts_it_behind_that() {
        let early = Interrupt::default();
        assert!(early.check().is_ok());
        assert!(early.raise(15), "it was not too late");
        assert_eq!(early.check().unwrap_err().exit_code(), 143);
        assert_eq!(early.begin_commit().unwrap_err().code(), "interrupted");
        let late = Interrupt::default();
        assert!(late.begin_commit().is_ok());
        assert!(!late.raise(2), "it is too late");
        assert!(late.check().is_ok() && late.begin_commit().is_ok());
    }
}
