//! What the rows of figures refer to by its place: customers, products and names, each once.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::Hash;

use ledger::{Amount, CustomerId, Name};
use serde::Serialize;

use crate::identity;

/// A place in a table.
pub(super) type ValueNumber = std::num::NonZero<u32>;

/// A report, whose customer, product and names stand as places in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FigureRow {
    pub(super) value: Amount,
    pub(super) seq: u64,
    pub(super) customer: ValueNumber,
    pub(super) product: ValueNumber,
    pub(super) subscription: Option<ValueNumber>,
    pub(super) offer: Option<ValueNumber>,
}

/// What rows refer to.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    customers: ValueTable<CustomerId>,
    products: ValueTable<Name>,
    /// The products as they are compared.
    folded: Vec<String>,
    /// Subscriptions and offers.
    names: ValueTable<Name>,
}

/// Values by their places, and their places by value once that is asked.
#[derive(Clone, Debug)]
struct ValueTable<T> {
    values: Vec<T>,
    places: Option<HashMap<T, ValueNumber>>,
}

impl<T> Default for ValueTable<T> {
    fn default() -> Self {
        Self { values: Vec::new(), places: None }
    }
}

impl<T: Clone + Hash + Ord> ValueTable<T> {
    fn of(values: Vec<T>) -> Self {
        Self { values, places: None }
    }

    /// The values, ascending, and the place among them of each place.
    fn ascending(&self) -> (Vec<&T>, HashMap<ValueNumber, ValueNumber>) {
        let mut values: Vec<(&T, ValueNumber)> = self.values.iter().zip((1..).filter_map(ValueNumber::new)).collect();
        values.sort_unstable();
        let places = values.iter().zip((1..).filter_map(ValueNumber::new)).map(|((_, old), new)| (*old, new)).collect();
        (values.into_iter().map(|(value, _)| value).collect(), places)
    }

    fn get(&self, place: ValueNumber) -> Option<&T> {
        self.values.get(place.get() as usize - 1)
    }

    /// The place of a value, which is taken in if it is new.
    fn place(&mut self, value: &T) -> ValueNumber {
        let Self { values, places } = self;
        let places =
            places.get_or_insert_with(|| values.iter().cloned().zip((1..).filter_map(ValueNumber::new)).collect());
        if let Some(place) = places.get(value) {
            return *place;
        }
        values.push(value.clone());
        let place = u32::try_from(values.len()).ok().and_then(ValueNumber::new);
        let place = place.expect("a partner has fewer than 2^32 entries");
        places.insert(value.clone(), place);
        place
    }
}

/// The places that rows refer to in tables whose values ascend.
pub(super) struct Numbering {
    customers: HashMap<ValueNumber, ValueNumber>,
    products: HashMap<ValueNumber, ValueNumber>,
    names: HashMap<ValueNumber, ValueNumber>,
}

impl Numbering {
    /// A row that refers to these tables.
    pub(super) fn row(&self, row: &FigureRow) -> FigureRow {
        let Self { customers, products, names } = self;
        let new = |places: &HashMap<ValueNumber, ValueNumber>, old| {
            *places.get(&old).expect("every place in a row has a new one")
        };
        FigureRow {
            customer: new(customers, row.customer),
            product: new(products, row.product),
            subscription: row.subscription.map(|old| new(names, old)),
            offer: row.offer.map(|old| new(names, old)),
            ..*row
        }
    }
}

impl Tables {
    pub(super) fn of((customers, products, names): (Vec<CustomerId>, Vec<Name>, Vec<Name>)) -> Self {
        let folded = products.iter().map(|name| identity::product(name.as_str())).collect();
        Self {
            customers: ValueTable::of(customers),
            products: ValueTable::of(products),
            folded,
            names: ValueTable::of(names),
        }
    }

    pub(super) fn customer(&mut self, customer: CustomerId) -> ValueNumber {
        self.customers.place(&customer)
    }

    pub(super) fn product(&mut self, product: &Name) -> ValueNumber {
        let place = self.products.place(product);
        if self.folded.len() < place.get() as usize {
            self.folded.push(identity::product(product.as_str()));
        }
        place
    }

    pub(super) fn name(&mut self, name: &Name) -> ValueNumber {
        self.names.place(name)
    }

    /// Whether everything that a row refers to is there.
    pub(super) fn has(&self, row: &FigureRow) -> bool {
        let has_name = |place: Option<ValueNumber>| place.is_none_or(|place| self.names.get(place).is_some());
        self.customers.get(row.customer).is_some()
            && self.products.get(row.product).is_some()
            && has_name(row.subscription)
            && has_name(row.offer)
    }

    /// Customers, products and names, ascending, and the places of rows among them: both follow from what the rows say.
    pub(super) fn ascending(&self) -> (impl Serialize, Numbering) {
        let (by_customer, customers) = self.customers.ascending();
        let (by_product, products) = self.products.ascending();
        let (by_name, names) = self.names.ascending();
        ((by_customer, by_product, by_name), Numbering { customers, products, names })
    }

    pub(super) fn customer_at(&self, place: ValueNumber) -> CustomerId {
        *self.customers.get(place).expect("rows refer to what is in their tables")
    }

    pub(super) fn product_at(&self, place: ValueNumber) -> &Name {
        self.products.get(place).expect("rows refer to what is in their tables")
    }

    pub(super) fn name_at(&self, place: ValueNumber) -> &Name {
        self.names.get(place).expect("rows refer to what is in their tables")
    }

    /// What a row's figure is: customer, product as it is compared, subscription.
    pub(super) fn key(&self, row: &FigureRow) -> (CustomerId, &str, Option<&Name>) {
        let subscription = row.subscription.map(|place| self.name_at(place));
        (self.customer_at(row.customer), self.folded_at(row.product), subscription)
    }

    /// The order of the figures of two rows.
    pub(super) fn compare(&self, one: &FigureRow, other: &FigureRow) -> Ordering {
        let by_customer = || self.customer_at(one.customer).cmp(&self.customer_at(other.customer));
        let by_product = || self.folded_at(one.product).cmp(self.folded_at(other.product));
        let name = |row: &FigureRow| row.subscription.map(|place| self.name_at(place));
        unless_same(&one.customer, &other.customer, by_customer)
            .then_with(|| unless_same(&one.product, &other.product, by_product))
            .then_with(|| unless_same(&one.subscription, &other.subscription, || name(one).cmp(&name(other))))
    }

    fn folded_at(&self, place: ValueNumber) -> &str {
        self.folded.get(place.get() as usize - 1).expect("every product is folded")
    }
}

/// Compares what is at two places, which is the same where the places are.
fn unless_same<P: PartialEq>(one: &P, other: &P, compare: impl FnOnce() -> Ordering) -> Ordering {
    if one == other { Ordering::Equal } else { compare() }
}
