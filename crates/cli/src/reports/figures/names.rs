//! Names under short numbers, each kept once.

use std::collections::HashMap;

use ledger::{Name, PartnerId};

/// The number of a name. Number 0 stands for none.
pub(super) type Number = u32;

/// The names of one file.
#[derive(Default)]
pub(super) struct Names {
    texts: Numbered<Name>,
    partners: Numbered<PartnerId>,
    /// The number of the first name that differs by the case of A-Z alone, by the number of the name.
    folded: Vec<Number>,
    by_folded: HashMap<String, Number>,
}

struct Numbered<T> {
    numbers: HashMap<T, Number>,
    all: Vec<T>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), all: Vec::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    fn number(&mut self, text: &T) -> Number {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        self.all.push(text.clone());
        let number = Number::try_from(self.all.len()).expect("a file has fewer than 2^32 names");
        self.numbers.insert(text.clone(), number);
        number
    }

    fn text(&self, number: Number) -> Option<&T> {
        self.all.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

impl Names {
    /// The number of a name, or of none.
    pub(super) fn number(&mut self, name: Option<&Name>) -> Number {
        name.map_or(0, |name| self.texts.number(name))
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
        self.texts.text(number)
    }

    pub(super) fn partner_of(&self, number: Number) -> Option<&PartnerId> {
        self.partners.text(number)
    }
}
