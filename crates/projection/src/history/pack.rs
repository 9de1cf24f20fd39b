//! A history as bytes, from which questions are answered without reading the entries again.
//!
//! ```text
//! seqs │ retractions, retracted │ dated facts │ customers, products, subscriptions and offers
//!      │ months: metric, month, lengths │ rows │ ids
//! ```
//!
//! All before the rows is in the form of `postcard`. The rows of a month are its newest reports in the order of their
//! keys, then the others. Everything is checked when a state is read; rows and ids are made values when they are needed.
//! The same facts are the same bytes, in whatever pieces they were folded.

use super::History;
use super::entries::Entries;
use super::figures::Figures;
use super::state_bytes::StateBytes;

/// What the bytes are. To be raised when they, or what is folded into them, change.
pub(super) const FORM: u32 = 4;

impl History {
    /// The history as bytes.
    pub(super) fn pack(&self) -> Vec<u8> {
        let Self {
            entries,
            associations,
            churns,
            classes,
            figures,
            people,
            earned,
            own_account,
            enrolments,
            published,
            ahead,
            ..
        } = self;
        let entries = entries.in_order();
        let known = (entries.distances(), entries.retractions(), entries.retracted());
        let facts = (associations, churns, classes, people, (earned, own_account, enrolments, published), ahead);
        let (figures, rows) = figures.packed();
        let head =
            postcard::to_stdvec(&(known, facts, figures)).expect("all of these have a form, and memory takes them");
        [head, rows, entries.ids()].concat()
    }

    /// The history that was packed; `None` when the bytes are not of one.
    pub(super) fn unpack(bytes: Vec<u8>) -> Option<Self> {
        let (head, rest) = postcard::take_from_bytes(&bytes).ok()?;
        let start = bytes.len() - rest.len();
        let ((distances, retractions, retracted), facts, (tables, months)) = head;
        let (associations, churns, classes, people, (earned, own_account, enrolments, published), ahead) = facts;
        let mut rest = StateBytes::from(bytes, start);
        let figures = Figures::of_packed(tables, months, &mut rest)?;
        let entries = Entries::of_state(distances, rest, retractions, retracted)?;
        let told = Self { earned, own_account, enrolments, published, ahead, ..Self::default() };
        Some(Self { entries, associations, churns, classes, figures, people, ..told })
    }
}

#[cfg(test)]
mod tests;
