//! Names under short numbers, each kept once.

use std::collections::HashMap;

use ledger::{Name, PartnerId};
use projection::identity;

use crate::facts::numbered::{Number, NumberedValues};

/// The names of one file.
#[derive(Default)]
pub(super) struct Names {
    pub(super) texts: NumberedValues<Name>,
    pub(super) partners: NumberedValues<PartnerId>,
    /// The number of the first name that differs by the case of A-Z alone, by the number of the name.
    folded: Vec<Number>,
    by_folded: HashMap<String, Number>,
}

impl Names {
    /// The number of a product, and the one that all its spellings share.
    pub(super) fn product(&mut self, name: &Name) -> (Number, Number) {
        let number = self.texts.number(name);
        let place = usize::try_from(number).expect("a place in memory has 32 bits at least");
        if let Some(folded) = self.folded.get(place).filter(|folded| **folded > 0) {
            return (number, *folded);
        }
        if self.folded.len() <= place {
            self.folded.resize(place + 1, 0);
        }
        let folded = *self.by_folded.entry(identity::product(name.as_str())).or_insert(number);
        if let Some(slot) = self.folded.get_mut(place) {
            *slot = folded;
        }
        (number, folded)
    }
}
