//! A history as bytes, from which questions are answered without reading the entries again.
//!
//! ```text
//! seqs │ ids │ retractions, retracted │ dated facts │ customers, products, subscriptions and offers
//!      │ months: metric, month, rows
//! ```
//!
//! All of it is in the form of `postcard`. The rows of a month are its newest reports in the order of their keys, then
//! the others. Everything is checked when a state is read; rows and ids are made values when they are needed. The same
//! facts are the same bytes, in whatever pieces they were folded.

use super::History;
use super::entries::Entries;
use super::figures::Figures;

/// What the bytes are. To be raised when they, or what is folded into them, change.
pub(super) const FORM: u32 = 3;

impl History {
    /// The history as bytes.
    pub(super) fn pack(&self) -> Vec<u8> {
        let Self { entries, associations, churns, classes, figures, people, ahead } = self;
        let entries = entries.in_order();
        let entries = (entries.seqs(), entries.ids(), entries.retractions(), entries.retracted());
        let facts = (associations, churns, classes, people, ahead);
        postcard::to_stdvec(&(entries, facts, figures.packed()))
            .expect("all of these have a form, and memory takes them")
    }

    /// The history that was packed; `None` when the bytes are not of one.
    pub(super) fn unpack(bytes: &[u8]) -> Option<Self> {
        let ((entries, facts, (tables, months)), rest) = postcard::take_from_bytes(bytes).ok()?;
        let (seqs, ids, retractions, retracted) = entries;
        let (associations, churns, classes, people, ahead) = facts;
        let entries = Entries::of_state(seqs, ids, retractions, retracted)?;
        let figures = Figures::of_packed(tables, months)?;
        rest.is_empty().then_some(Self { entries, associations, churns, classes, figures, people, ahead })
    }
}

#[cfg(test)]
mod tests;
