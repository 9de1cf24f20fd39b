//! Values under short numbers, each kept once.

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The number of a value. Number 0 stands for none.
pub(crate) type Number = u32;

/// Values that are asked for by their numbers.
#[derive(Clone, Debug)]
pub(crate) struct NumberedValues<T> {
    numbers: HashMap<T, Number>,
    all: Vec<T>,
}

impl<T> Default for NumberedValues<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), all: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> NumberedValues<T> {
    /// The number of a value, which it keeps.
    pub(crate) fn number(&mut self, value: &T) -> Number {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        self.all.push(value.clone());
        let number = Number::try_from(self.all.len()).expect("a file or a partner has fewer than 2^32 names");
        self.numbers.insert(value.clone(), number);
        number
    }

    /// The number of a value, or of none.
    pub(crate) fn number_or_none(&mut self, value: Option<&T>) -> Number {
        value.map_or(0, |value| self.number(value))
    }

    /// The number of a value that has one, or of none.
    pub(crate) fn known(&self, value: Option<&T>) -> Option<Number> {
        value.map_or(Some(0), |value| self.numbers.get(value).copied())
    }

    /// The value of a number.
    pub(crate) fn value(&self, number: Number) -> Option<&T> {
        self.all.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

impl<T: Serialize> Serialize for NumberedValues<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(to)
    }
}

impl<'de, T: Clone + Eq + Hash + Deserialize<'de>> Deserialize<'de> for NumberedValues<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let all = Vec::deserialize(from)?;
        let numbers = (1..).zip(&all).map(|(number, value): (Number, &T)| (value.clone(), number)).collect();
        Ok(Self { numbers, all })
    }
}
