//! Names under short numbers, each kept once.

use std::collections::HashMap;

use ledger::{Name, PartnerId};

use crate::numbered::{Number, Numbered};

/// The names of one file.
#[derive(Default)]
pub(super) struct Names {
    texts: Numbered<Name>,
    partners: Numbered<PartnerId>,
    /// The number of the first name that differs by the case of A-Z alone, by the number of the name.
    folded: Vec<Number>,
    by_folded: HashMap<String, Number>,
}

impl Names {
    /// The number of a name, or of none.
    pub(super) fn number(&mut self, name: Option<&Name>) -> Number {
        self.texts.number_or_none(name)
    }

    /// The number of a product, and the one that all its spellings share.
    pub(super) fn product(&mut self, name: &Name) -> (Number, Number) {
        let number = self.texts.number(name);
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(folded) = self.folded.get(place).filter(|folded| **folded > 0) {
            return (number, *folded);
        }
        if self.folded.len() <= place {
            self.folded.resize(place + 1, 0);
        }
        let folded = *self.by_folded.entry(name.as_str().to_ascii_lowercase()).or_insert(number);
        if let Some(slot) = self.folded.get_mut(place) {
            *slot = folded;
        }
        (number, folded)
    }

    pub(super) fn partner(&mut self, partner: &PartnerId) -> Number {
        self.partners.number(partner)
    }

    pub(super) fn name(&self, number: Number) -> Option<&Name> {
        self.texts.value(number)
    }

    pub(super) fn partner_of(&self, number: Number) -> Option<&PartnerId> {
        self.partners.value(number)
    }
}
