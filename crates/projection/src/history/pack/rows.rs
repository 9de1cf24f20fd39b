//! The figures of a month, a row each.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::{Amount, CustomerId, Name};

use super::bytes::{Packer, Tables, Unpacker};
use crate::history::figures::{FigureKey, MonthFigures, Newest, Older, Version};

/// Writes the rows of one month after the other.
pub(super) struct RowPacker<'c> {
    places: &'c BTreeMap<CustomerId, u64>,
    bytes: Vec<u8>,
}

impl<'c> RowPacker<'c> {
    /// Customers are written by their places.
    pub(super) fn new(places: &'c BTreeMap<CustomerId, u64>) -> Self {
        Self { places, bytes: Vec::new() }
    }

    /// Writes a month with the names of a packer; the lengths of its newest reports and of the others.
    pub(super) fn pack(&mut self, figures: &MonthFigures, names: &mut Packer) -> (usize, usize) {
        let start = self.bytes.len();
        // The names are one table for all; so the packer lends its place for bytes.
        std::mem::swap(&mut names.bytes, &mut self.bytes);
        let mut before = Before::default();
        for (key, version) in figures.newest() {
            let customer = self.places.get(&key.customer).copied().unwrap_or(u64::MAX);
            names.number(customer - before.customer);
            before.customer = customer;
            names.optional_name(key.subscription.as_ref());
            before.pack(version, names);
        }
        let end_of_newest = names.bytes.len();
        let mut before = Before::default();
        for (nth, key) in (0_u64..).zip(figures.newest().keys()) {
            let Some(versions) = figures.older().get(key) else { continue };
            names.number(nth - before.figure);
            before.figure = nth;
            names.count(versions.len());
            for version in versions {
                before.pack(version, names);
            }
        }
        std::mem::swap(&mut names.bytes, &mut self.bytes);
        (end_of_newest - start, self.bytes.len() - end_of_newest)
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// What the row before had: most rows differ little from it.
#[derive(Default)]
struct Before {
    customer: u64,
    figure: u64,
    seq: i128,
}

impl Before {
    fn pack(&mut self, version: &Version, to: &mut Packer) {
        let seq = i128::from(version.seq);
        to.signed(seq - self.seq);
        self.seq = seq;
        to.signed(version.value.micros());
        to.name(&version.product);
        to.optional_name(version.offer.as_ref());
    }

    fn unpack<'a>(&mut self, from: &mut Unpacker<'a>) -> Option<Row<'a>> {
        self.seq += i128::from(from.signed()?);
        let value = Amount::from_micros(from.wide()?);
        let product = from.count()?;
        Some(Row {
            seq: u64::try_from(self.seq).ok()?,
            value,
            product: (product, from.tables.names.get(product)?),
            offer: from.optional_name()?.0,
        })
    }
}

/// A report as it is written.
struct Row<'a> {
    seq: u64,
    value: Amount,
    /// With its place.
    product: (usize, &'a Name),
    offer: Option<&'a Name>,
}

/// The newest report of a figure as it is written.
struct NewestRow<'a> {
    customer: CustomerId,
    subscription: Option<&'a Name>,
    row: Row<'a>,
}

/// The other reports of a figure as they are written.
struct OlderRows<'a> {
    /// The place of the figure among the newest.
    figure: u64,
    rows: Vec<Row<'a>>,
}

impl Row<'_> {
    fn version(&self) -> Version {
        let Self { seq, value, product: (_, product), offer } = self;
        Version { seq: *seq, value: *value, product: (*product).clone(), offer: offer.cloned() }
    }
}

/// The rows of a month in the bytes of a state.
#[derive(Clone, Debug, Default)]
pub(in crate::history) struct Packed {
    state: Arc<Vec<u8>>,
    tables: Arc<Tables>,
    start: usize,
    newest: usize,
    older: usize,
}

impl Packed {
    /// The rows that begin at a place and take so many bytes; `None` when they are not what was written.
    pub(super) fn new(
        state: &Arc<Vec<u8>>,
        tables: &Arc<Tables>,
        start: usize,
        newest: usize,
        older: usize,
    ) -> Option<Self> {
        let packed = Self { state: Arc::clone(state), tables: Arc::clone(tables), start, newest, older };
        state.get(start..)?.get(..newest.checked_add(older)?)?;
        let figures = packed.newest_rows().try_fold(0, |figures, row| row.map(|_| figures + 1))?;
        packed.older_rows().try_for_each(|row| row.filter(|row| row.figure < figures).map(drop))?;
        Some(packed)
    }

    /// The newest report of each figure.
    pub(in crate::history) fn newest(&self) -> Newest {
        let rows = self.newest_rows().map_while(|row| row);
        rows.filter_map(|NewestRow { customer, subscription, row }| {
            let product = self.tables.folded(row.product.0)?;
            Some((FigureKey { customer, product, subscription: subscription.cloned() }, row.version()))
        })
        .collect()
    }

    /// The other reports of the figures, which are given in the order of their keys.
    pub(in crate::history) fn older(&self, newest: &Newest) -> Older {
        let mut keys = (0..).zip(newest.keys());
        let rows = self.older_rows().map_while(|row| row);
        rows.filter_map(|OlderRows { figure, rows }| {
            let (_, key) = keys.find(|(nth, _)| *nth == figure)?;
            Some((key.clone(), rows.iter().map(Row::version).collect()))
        })
        .collect()
    }

    fn unpacker(&self, start: usize, len: usize) -> Unpacker<'_> {
        let bytes = self.state.get(start..).and_then(|rest| rest.get(..len)).unwrap_or_default();
        Unpacker::new(bytes, &self.tables)
    }

    fn newest_rows(&self) -> impl Iterator<Item = Option<NewestRow<'_>>> {
        let mut from = self.unpacker(self.start, self.newest);
        let mut before = Before::default();
        std::iter::from_fn(move || (!from.is_at_end()).then(|| newest_row(&mut from, &mut before)))
    }

    fn older_rows(&self) -> impl Iterator<Item = Option<OlderRows<'_>>> {
        let mut from = self.unpacker(self.start + self.newest, self.older);
        let mut before = Before::default();
        std::iter::from_fn(move || (!from.is_at_end()).then(|| older_rows(&mut from, &mut before)))
    }
}

fn newest_row<'a>(from: &mut Unpacker<'a>, before: &mut Before) -> Option<NewestRow<'a>> {
    before.customer = before.customer.checked_add(from.number()?)?;
    let customer = *from.tables.customers.get(usize::try_from(before.customer).ok()?)?;
    Some(NewestRow { customer, subscription: from.optional_name()?.0, row: before.unpack(from)? })
}

fn older_rows<'a>(from: &mut Unpacker<'a>, before: &mut Before) -> Option<OlderRows<'a>> {
    before.figure = before.figure.checked_add(from.number()?)?;
    let count = from.count()?;
    let rows = (0..count).map(|_| before.unpack(from)).collect::<Option<_>>()?;
    Some(OlderRows { figure: before.figure, rows })
}
