//! Scans of the log that end at the first error.

use std::ops::ControlFlow;

use ledger::Reader;

use crate::error::Error;

/// The error that ended a scan, if one did.
#[derive(Default)]
pub(crate) struct FirstError(Option<Error>);

impl FirstError {
    /// Goes on after a success, and ends the scan at an error.
    pub(crate) fn flow(&mut self, step: Result<(), impl Into<Error>>) -> ControlFlow<()> {
        match step {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.0 = Some(error.into());
                ControlFlow::Break(())
            }
        }
    }

    /// What the scan came to.
    pub(crate) fn end(self) -> Result<(), Error> {
        self.0.map_or(Ok(()), Err)
    }
}

/// Hands over the lines of entries in their order, until one fails.
pub(crate) fn scan(
    reader: &Reader,
    start: u64,
    end: u64,
    take: &mut dyn FnMut(u64, &str) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut failure = FirstError::default();
    reader.scan(start, end, &mut |seq, line| failure.flow(take(seq, line)))?;
    failure.end()
}
