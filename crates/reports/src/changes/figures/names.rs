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
    folded: HashMap<Number, Number>,
    by_folded: HashMap<String, Number>,
}

impl Names {
    /// The number of a product, and the one that all its spellings share.
    pub(super) fn product(&mut self, name: &Name) -> (Number, Number) {
        let number = self.texts.number(name);
        if let Some(folded) = self.folded.get(&number) {
            return (number, *folded);
        }
        let folded = *self.by_folded.entry(identity::product(name.as_str())).or_insert(number);
        self.folded.insert(number, folded);
        (number, folded)
    }
}
