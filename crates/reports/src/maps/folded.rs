//! Texts as they are compared: without case and without anything but letters and digits.

use std::collections::BTreeMap;

/// The longest text that is folded without memory of its own, in bytes.
const SHORT: usize = 128;

/// A text as it is compared.
pub(super) struct FoldedText {
    short: [u8; SHORT],
    len: usize,
    long: Option<Vec<u8>>,
}

impl FoldedText {
    pub(super) fn of(text: &str) -> Self {
        let mut folded = Self { short: [0; SHORT], len: 0, long: None };
        if text.len() > SHORT || !text.is_ascii() {
            let long: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
            folded.long = Some(long.into_bytes());
            return folded;
        }
        let kept = text.bytes().filter(u8::is_ascii_alphanumeric);
        for (slot, byte) in folded.short.iter_mut().zip(kept) {
            *slot = byte.to_ascii_lowercase();
            folded.len += 1;
        }
        folded
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match &self.long {
            Some(long) => long,
            None => self.short.get(..self.len).expect("no more was folded than is short"),
        }
    }

    /// Whether nothing is left to compare.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }
}

/// Values by folded texts. The first value of a text stays.
#[derive(Clone, Debug)]
pub(super) struct Index<V>(BTreeMap<Box<[u8]>, V>);

impl<V> Default for Index<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<V> Index<V> {
    /// Adds a value, unless the text has one already.
    pub(super) fn add(&mut self, text: &str, value: V) {
        self.0.entry(FoldedText::of(text).bytes().into()).or_insert(value);
    }

    /// Adds the values of another index, except for texts that have one already.
    pub(super) fn add_all(&mut self, other: Self) {
        for (folded, value) in other.0 {
            self.0.entry(folded).or_insert(value);
        }
    }

    pub(super) fn get(&self, text: &str) -> Option<&V> {
        self.get_folded(FoldedText::of(text).bytes())
    }

    pub(super) fn get_folded(&self, folded: &[u8]) -> Option<&V> {
        self.0.get(folded)
    }
}

#[cfg(test)]
mod tests {
    use super::{FoldedText, Index};

    #[test]
    fn letters_and_digits_are_compared_without_case() {
        for (text, folded) in [
            ("Small, Medium & Corporate - SMB", "smallmediumcorporatesmb"),
            ("PartnerAdminLink", "partneradminlink"),
            ("CSP\u{a0}T1", "cspt1"),
            ("Größe – Ä", "größeä"),
            (" - ", ""),
        ] {
            assert_eq!(FoldedText::of(text).bytes(), folded.as_bytes(), "{text}");
        }
        assert_eq!(FoldedText::of(&"A b".repeat(100)).bytes(), "ab".repeat(100).as_bytes());
        assert_eq!(FoldedText::of(&"x".repeat(128)).bytes().len(), 128);
        assert!(FoldedText::of("&").is_empty());
    }

    #[test]
    fn the_first_value_of_a_text_stays() {
        let mut index = Index::default();
        index.add("CSP T1", 1);
        index.add("csp-t1", 2);
        assert_eq!((index.get("Csp T1"), index.get("CSP T2")), (Some(&1), None));
    }
}
