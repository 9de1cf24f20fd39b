//! A history as bytes, from which questions are answered without reading the entries again.
//!
//! ```text
//! names │ customers │ seqs │ retractions, retracted │ dated facts │ months: metric, month, lengths │ rows │ ids
//! ```
//!
//! The rows of a month are its newest reports in the order of their keys, then the others. Everything is checked when a
//! state is read; rows and ids are made values when they are needed. The same facts are the same bytes, in whatever
//! pieces they were folded.

mod bytes;
mod facts;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger::{CustomerId, Month, Name, UsageMetric};

use self::bytes::{Packer, Tables, Unpacker};
use self::facts::Pack;
use self::rows::RowPacker;
use super::History;
use super::entries::Entries;
use super::figures::{Figures, MonthFigures};

pub(super) use self::rows::Packed;

/// What the bytes are. To be raised when they, or what is folded into them, change.
pub(super) const FORM: u32 = 1;

impl History {
    /// The history as bytes.
    pub(super) fn pack(&self) -> Vec<u8> {
        let Self { entries, associations, churns, classes, figures, people, ahead } = self;
        let customers: BTreeSet<CustomerId> =
            figures.months().values().flat_map(|month| month.newest().keys()).map(|key| key.customer).collect();
        let places: BTreeMap<CustomerId, u64> = customers.iter().copied().zip(0..).collect();
        let mut facts = Packer::default();
        pack_ascending(entries.seqs(), &mut facts);
        entries.retractions().pack(&mut facts);
        entries.retracted().pack(&mut facts);
        associations.pack(&mut facts);
        churns.pack(&mut facts);
        classes.pack(&mut facts);
        people.pack(&mut facts);
        ahead.pack(&mut facts);
        facts.count(figures.months().len());
        let mut rows = RowPacker::new(&places);
        for ((metric, month), figures) in figures.months() {
            metric.pack(&mut facts);
            month.pack(&mut facts);
            let (newest, older) = rows.pack(figures, &mut facts);
            facts.count(newest);
            facts.count(older);
        }
        let rows = rows.into_bytes();
        let (facts, names) = facts.into_parts();
        let mut out = Packer::default();
        out.count(names.len());
        for name in &names {
            out.text(name.as_str());
        }
        out.count(customers.len());
        for customer in &customers {
            customer.pack(&mut out);
        }
        out.bytes.reserve_exact(facts.len() + rows.len() + 16 * entries.seqs().len());
        out.bytes.extend(facts);
        out.bytes.extend(rows);
        entries.ids().for_each(|id| id.pack(&mut out));
        out.bytes
    }

    /// The history that was packed; `None` when the bytes are not of one.
    pub(super) fn unpack(bytes: Vec<u8>) -> Option<Self> {
        let state = Arc::new(bytes);
        let (tables, rest) = unpack_tables(&state)?;
        let tables = Arc::new(tables);
        let mut from = Unpacker::new(state.get(state.len() - rest..)?, &tables);
        let seqs = unpack_ascending(&mut from)?;
        let (retractions, retracted) = (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
        let (associations, churns, classes) =
            (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
        let (people, ahead) = (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
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
        let figures = Figures::of_months(by_month);
        Some(Self { entries, associations, churns, classes, figures, people, ahead })
    }
}

/// The tables, and the number of bytes behind them.
fn unpack_tables(state: &[u8]) -> Option<(Tables, usize)> {
    let none = Tables::default();
    let mut from = Unpacker::new(state, &none);
    let count = from.count()?;
    let names = (0..count).map(|_| Name::new(from.text()?).ok()).collect::<Option<_>>()?;
    let customers = Vec::unpack(&mut from)?;
    Some((Tables::new(customers, names), from.rest().len()))
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
