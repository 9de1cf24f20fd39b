//! A history as bytes, from which questions are answered without reading the entries again.
//!
//! ```text
//! names │ seqs │ retractions, retracted │ dated facts │ customers, products, subscriptions and offers
//!       │ months: metric, month, lengths │ rows │ ids
//! ```
//!
//! The rows of a month are its newest reports in the order of their keys, then the others. Everything is checked when a
//! state is read; rows and ids are made values when they are needed. The same facts are the same bytes, in whatever
//! pieces they were folded.

mod bytes;
mod facts;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::{Month, Name, UsageMetric};

pub use self::bytes::{Packer, Unpacker};
pub use self::facts::Pack;
use self::rows::Numbering;
use super::History;
use super::entries::Entries;
use super::figures::{Figures, MonthFigures};
use super::tables::Tables;

pub(super) use self::rows::Packed;

/// What the bytes are. To be raised when they, or what is folded into them, change.
pub(super) const FORM: u32 = 2;

impl History {
    /// The history as bytes.
    pub(super) fn pack(&self) -> Vec<u8> {
        let Self { entries, associations, churns, classes, figures, people, ahead } = self;
        let entries = entries.in_order();
        let mut facts = Packer::default();
        pack_ascending(entries.seqs(), &mut facts);
        entries.retractions().pack(&mut facts);
        entries.retracted().seqs().pack(&mut facts);
        associations.pack(&mut facts);
        churns.pack(&mut facts);
        classes.pack(&mut facts);
        people.pack(&mut facts);
        ahead.pack(&mut facts);
        let numbering = Numbering::pack(figures, &mut facts);
        let mut rows = Packer::default();
        facts.count(figures.months().count());
        for (metric, month) in figures.months() {
            metric.pack(&mut facts);
            month.pack(&mut facts);
            let in_month = figures.of(metric, month);
            let (newest, older) = in_month.map_or((0, 0), |in_month| numbering.pack_month(in_month, &mut rows));
            facts.count(newest);
            facts.count(older);
        }
        let ((facts, names), (rows, _)) = (facts.into_parts(), rows.into_parts());
        let mut out = Packer::default();
        pack_names(&names, &mut out);
        out.bytes.reserve_exact(facts.len() + rows.len() + 16 * entries.seqs().len());
        out.bytes.extend(facts);
        out.bytes.extend(rows);
        for id in entries.ids() {
            id.pack(&mut out);
        }
        out.bytes
    }

    /// The history that was packed; `None` when the bytes are not of one.
    pub(super) fn unpack(bytes: Vec<u8>) -> Option<Self> {
        let state = Arc::new(bytes);
        let mut from = Unpacker::new(&state, &[]);
        let names = unpack_names(&mut from)?;
        let mut from = Unpacker::new(from.rest(), &names);
        let seqs = unpack_ascending(&mut from)?;
        let (retractions, retracted) = (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
        let (associations, churns, classes) =
            (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
        let (people, ahead) = (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
        let tables = Tables::of(Pack::unpack(&mut from)?, unpack_names(&mut from)?, unpack_names(&mut from)?);
        let months = from.count()?;
        let mut lengths = Vec::new();
        for _ in 0..months {
            let key = (UsageMetric::unpack(&mut from)?, Month::unpack(&mut from)?);
            lengths.push((key, from.count()?, from.count()?));
        }
        let mut start = state.len() - from.rest().len();
        let mut by_month = BTreeMap::new();
        for (key, newest, older) in lengths {
            let packed = Packed::new(&state, &tables, start, newest, older)?;
            start += newest + older;
            by_month.insert(key, MonthFigures::of_packed(packed));
        }
        let entries = Entries::of_state(seqs, retractions, retracted, &state, start)?;
        let figures = Figures::new(tables, by_month);
        Some(Self { entries, associations, churns, classes, figures, people, ahead })
    }
}

/// A value as bytes: its names, then the value.
#[must_use]
pub fn packed(value: &impl Pack) -> Vec<u8> {
    let mut body = Packer::default();
    value.pack(&mut body);
    let (body, names) = body.into_parts();
    let mut out = Packer::default();
    pack_names(&names, &mut out);
    out.bytes.extend(body);
    out.bytes
}

/// The value that was packed; `None` when the bytes are not of one.
#[must_use]
pub fn unpacked<T: Pack>(bytes: &[u8]) -> Option<T> {
    let mut from = Unpacker::new(bytes, &[]);
    let names = unpack_names(&mut from)?;
    let mut from = Unpacker::new(from.rest(), &names);
    let value = T::unpack(&mut from)?;
    from.is_at_end().then_some(value)
}

fn pack_names(names: &[Name], to: &mut Packer) {
    to.count(names.len());
    for name in names {
        to.text(name.as_str());
    }
}

fn unpack_names(from: &mut Unpacker<'_>) -> Option<Vec<Name>> {
    let count = from.count()?;
    (0..count).map(|_| Name::new(from.text()?).ok()).collect()
}

/// Writes ascending numbers by their distances.
fn pack_ascending(numbers: &[u64], to: &mut Packer) {
    to.count(numbers.len());
    let mut before = 0;
    for &number in numbers {
        to.number(number - before);
        before = number;
    }
}

fn unpack_ascending(from: &mut Unpacker<'_>) -> Option<Vec<u64>> {
    let count = from.count()?;
    // Each takes a byte at least.
    let mut numbers = Vec::with_capacity(count.min(from.rest().len()));
    let mut before = 0_u64;
    for _ in 0..count {
        before = before.checked_add(from.number()?)?;
        numbers.push(before);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests;
