//! What is wrong with a file that was cut or changed.

use std::fmt;
use std::io;

/// What is wrong, carried by an [`io::Error`] through the readers between a file and its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage(String);

impl Damage {
    /// The error of a reader; `what` is a clause, such as `it ends too early`.
    pub(super) fn error(what: impl Into<String>) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Self(what.into()))
    }

    /// What an error carries, if it is damage.
    pub(super) fn of(error: &io::Error) -> Option<&str> {
        error.get_ref()?.downcast_ref::<Self>().map(|damage| damage.0.as_str())
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Damage {}
