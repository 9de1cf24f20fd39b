//! What is to be said of a kind of report, and what its reader is given.

use crate::context::Context;
use crate::error::ReportError;
use crate::file::bytes::Bytes;
use crate::formats::{Format, Formats};
use crate::kind::Kind;
use crate::output::Output;

/// The reader of a kind: a row of the table of readers.
pub(crate) struct Reader {
    /// What the kind is, in a few words.
    pub(crate) help: &'static str,
    pub(crate) format: Format,
    pub(crate) read: fn(&mut Report<'_, '_>) -> Result<(), ReportError>,
}

/// A report that is read: its bytes, what is known beside it, and where its events go.
pub(crate) struct Report<'a, 'o> {
    pub(crate) kind: Kind,
    pub(crate) formats: Formats,
    pub(crate) input: Bytes<'a>,
    pub(crate) context: &'a Context<'a>,
    pub(crate) output: Output<'o>,
}
