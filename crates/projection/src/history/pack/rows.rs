//! The figures of a month, a row each.

use std::collections::HashMap;
use std::sync::Arc;

use ledger::Amount;

use super::bytes::{Packer, Unpacker};
use super::facts::Pack;
use crate::history::figures::{FigureRow, Figures, MonthView};
use crate::history::tables::{Place, Tables};

/// The tables of figures as they are written: what is referred to, in an order that follows from the rows.
pub(super) struct Numbering {
    customers: HashMap<Place, u32>,
    products: HashMap<Place, u32>,
    names: HashMap<Place, u32>,
}

impl Numbering {
    /// Writes the tables: customers ascending, so that their places in the rows of a month ascend too; products and
    /// names ascending as well.
    pub(super) fn pack(figures: &Figures, to: &mut Packer) -> Self {
        let tables = figures.tables();
        let [customers, products, names] = tables.counts();
        let customers = ascending(customers, |place| tables.customer_at(place));
        let products = ascending(products, |place| tables.product_at(place));
        let names = ascending(names, |place| tables.name_at(place));
        to.count(customers.len());
        for place in &customers {
            tables.customer_at(*place).pack(to);
        }
        to.count(products.len());
        for place in &products {
            to.text(tables.product_at(*place).as_str());
        }
        to.count(names.len());
        for place in &names {
            to.text(tables.name_at(*place).as_str());
        }
        let numbered = |places: Vec<Place>| places.into_iter().zip(1..).collect();
        Self { customers: numbered(customers), products: numbered(products), names: numbered(names) }
    }

    /// Writes the rows of a month; the lengths of its newest reports and of the others.
    pub(super) fn pack_month(&self, month: MonthView<'_>, to: &mut Packer) -> (usize, usize) {
        let start = to.bytes.len();
        self.pack_rows(month.newest(), to);
        let middle = to.bytes.len();
        self.pack_rows(month.older(), to);
        (middle - start, to.bytes.len() - middle)
    }

    fn pack_rows<'r>(&self, rows: impl Iterator<Item = &'r FigureRow>, to: &mut Packer) {
        let mut before = PreviousRow::default();
        let place = |places: &HashMap<Place, u32>, place: Option<Place>| {
            place.map_or(0, |place| *places.get(&place).expect("every place in a row has a number"))
        };
        for row in rows {
            let customer = place(&self.customers, Some(row.customer));
            to.signed(i64::from(customer) - before.customer);
            let seq = i128::from(row.seq);
            to.signed(seq - before.seq);
            to.signed(row.value.micros());
            to.number(place(&self.products, Some(row.product)));
            to.number(place(&self.names, row.subscription));
            to.number(place(&self.names, row.offer));
            before = PreviousRow { customer: customer.into(), seq };
        }
    }
}

/// The places of a table in the order of its values.
fn ascending<T: Ord>(count: usize, value: impl Fn(Place) -> T) -> Vec<Place> {
    let mut places: Vec<Place> = (1..).filter_map(Place::new).take(count).collect();
    places.sort_by_key(|place| value(*place));
    places
}

/// What the row before had: most rows differ little from it.
#[derive(Default)]
struct PreviousRow {
    customer: i64,
    seq: i128,
}

/// The rows of a month in the bytes of a state.
#[derive(Clone, Debug)]
pub(in crate::history) struct PackedRows {
    state: Arc<Vec<u8>>,
    start: usize,
    newest: usize,
    older: usize,
}

impl PackedRows {
    /// The rows that begin at a place and take so many bytes; `None` when they are not what was written.
    pub(super) fn new(
        state: &Arc<Vec<u8>>,
        tables: &Tables,
        start: usize,
        newest: usize,
        older: usize,
    ) -> Option<Self> {
        state.get(start..)?.get(..newest.checked_add(older)?)?;
        let packed = Self { state: Arc::clone(state), start, newest, older };
        let are_rows = |bytes| rows(bytes).all(|row| row.is_some_and(|row| tables.has(&row)));
        let is_right = are_rows(packed.newest_bytes()) && are_rows(packed.older_bytes());
        is_right.then_some(packed)
    }

    /// The newest report of each figure, in the order of figures.
    pub(in crate::history) fn newest(&self) -> Vec<FigureRow> {
        rows(self.newest_bytes()).map_while(|row| row).collect()
    }

    /// The others, in the order of figures and seqs.
    pub(in crate::history) fn older(&self) -> Vec<FigureRow> {
        rows(self.older_bytes()).map_while(|row| row).collect()
    }

    fn newest_bytes(&self) -> &[u8] {
        self.state.get(self.start..self.start + self.newest).expect("the state has the rows")
    }

    fn older_bytes(&self) -> &[u8] {
        let start = self.start + self.newest;
        self.state.get(start..start + self.older).expect("the state has the rows")
    }
}

/// The rows of some bytes, up to one that is none.
fn rows(bytes: &[u8]) -> impl Iterator<Item = Option<FigureRow>> {
    let mut from = Unpacker::new(bytes, &[]);
    let mut before = PreviousRow::default();
    std::iter::from_fn(move || (!from.is_at_end()).then(|| row(&mut from, &mut before)))
}

fn row(from: &mut Unpacker<'_>, before: &mut PreviousRow) -> Option<FigureRow> {
    before.customer = before.customer.checked_add(from.signed()?)?;
    before.seq += i128::from(from.signed()?);
    Some(FigureRow {
        customer: place(u64::try_from(before.customer).ok()?)?,
        seq: u64::try_from(before.seq).ok()?,
        value: Amount::from_micros(from.wide()?),
        product: place(from.number()?)?,
        subscription: optional(from.number()?)?,
        offer: optional(from.number()?)?,
    })
}

fn place(number: u64) -> Option<Place> {
    u32::try_from(number).ok().and_then(Place::new)
}

#[expect(clippy::option_option, reason = "nothing is written, or a place, or what is none")]
fn optional(number: u64) -> Option<Option<Place>> {
    if number == 0 { Some(None) } else { place(number).map(Some) }
}
