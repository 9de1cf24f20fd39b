//! What is wrong with a file that was cut or changed, or that needs more memory than it may have.

use std::fmt;
use std::io;

use crate::error::ReportError;

/// What is wrong, carried by an [`io::Error`] through the readers between a file and its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    what: String,
    /// Whether the file may be whole, and has more of something than is read.
    is_bound: bool,
}

impl Damage {
    /// The error of a reader; `what` is a clause, such as `it ends too early`.
    pub(crate) fn error(what: impl Into<String>) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Self { what: what.into(), is_bound: false })
    }

    /// The error of a reader that has read as much as it may; `what` is a clause that says how much.
    pub(crate) fn bound(what: impl Into<String>) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Self { what: what.into(), is_bound: true })
    }

    /// What an error carries, if it is damage.
    pub(crate) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref::<Self>()
    }
}

impl From<&Damage> for ReportError {
    fn from(Damage { what, is_bound }: &Damage) -> Self {
        let what = what.clone();
        if *is_bound { Self::TooLarge { what } } else { Self::Damaged { what } }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Damage {}
