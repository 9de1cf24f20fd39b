//! Numbers as few bytes, and names that are written once.

use std::collections::HashMap;

use ledger::Name;

/// Bytes of a number of 128 bits, seven in each.
const MOST_BYTES: u32 = 19;

/// Writes a state.
#[derive(Default)]
pub struct Packer {
    pub(in crate::history) bytes: Vec<u8>,
    names: HashMap<Name, u64>,
    in_order: Vec<Name>,
}

impl Packer {
    /// Writes a number, the fewer bytes the smaller it is.
    pub fn number(&mut self, number: impl Into<u128>) {
        let mut rest: u128 = number.into();
        while rest >= 0x80 {
            self.bytes.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest.to_le_bytes()[0]);
    }

    /// Writes a number of either sign.
    pub fn signed(&mut self, number: impl Into<i128>) {
        let number = number.into();
        self.number(((number << 1) ^ (number >> 127)).cast_unsigned());
    }

    /// Writes a length or an index.
    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// Writes the place of a name among the names.
    pub fn name(&mut self, name: &Name) {
        let place = self.place_of(name);
        self.number(place);
    }

    /// Writes the place of a name, behind zero for none.
    pub(super) fn optional_name(&mut self, name: Option<&Name>) {
        let place = name.map_or(0, |name| self.place_of(name) + 1);
        self.number(place);
    }

    fn place_of(&mut self, name: &Name) -> u64 {
        if let Some(place) = self.names.get(name) {
            return *place;
        }
        let place = self.in_order.len() as u64;
        self.names.insert(name.clone(), place);
        self.in_order.push(name.clone());
        place
    }

    /// Writes a text where it stands.
    pub fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// The names that were written, in the order of their places.
    pub(super) fn into_parts(self) -> (Vec<u8>, Vec<Name>) {
        (self.bytes, self.in_order)
    }
}

/// A name that need not be there.
pub(super) struct OptionalName<'a>(pub(super) Option<&'a Name>);

/// Reads a state. Everything is `None` where the bytes are not what was written.
#[derive(Clone)]
pub struct Unpacker<'a> {
    bytes: &'a [u8],
    names: &'a [Name],
}

impl<'a> Unpacker<'a> {
    /// Names are found by their places among these.
    pub(super) fn new(bytes: &'a [u8], names: &'a [Name]) -> Self {
        Self { bytes, names }
    }

    /// The bytes that are left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next bytes as they are.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    /// A number of up to 64 bits.
    pub fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(u64::from(first));
        }
        let mut number = u64::from(first & 0x7f);
        for nth in 1..10 {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            let shifted = part << (7 * nth);
            if shifted >> (7 * nth) != part {
                return None;
            }
            number |= shifted;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A number of either sign, of up to 128 bits.
    pub fn wide(&mut self) -> Option<i128> {
        let mut number = 0_u128;
        for nth in 0..MOST_BYTES {
            let byte = self.byte()?;
            number |= u128::from(byte & 0x7f) << (7 * nth);
            if byte < 0x80 {
                return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
            }
        }
        None
    }

    /// A number of either sign.
    pub fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A length or an index.
    pub fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// A name by its place.
    pub fn name(&mut self) -> Option<&'a Name> {
        let place = self.count()?;
        self.names.get(place)
    }

    /// A name by its place, or none.
    pub(super) fn optional_name(&mut self) -> Option<OptionalName<'a>> {
        let name = match self.count()?.checked_sub(1) {
            Some(place) => Some(self.names.get(place)?),
            None => None,
        };
        Some(OptionalName(name))
    }

    /// A text.
    pub fn text(&mut self) -> Option<&'a str> {
        let count = self.count()?;
        std::str::from_utf8(self.take(count)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Packer, Unpacker};

    #[test]
    fn numbers_come_back() {
        let mut packer = Packer::default();
        let numbers = [0, 1, 127, 128, 129, 255, 256, 300, 16_383, 16_384, u64::MAX - 1, u64::MAX];
        let signed = [0, -1, 1, -64, 64, i64::MIN, i64::MAX];
        let wide = [0, -1, i128::from(i64::MIN) * 8, i128::MAX >> 2, i128::MIN >> 2, 999_999_999_999_999_999_999];
        for number in &numbers {
            packer.number(*number);
        }
        for number in &signed {
            packer.signed(*number);
        }
        for number in &wide {
            packer.signed(*number);
        }
        let (bytes, _) = packer.into_parts();
        let mut unpacker = Unpacker::new(&bytes, &[]);
        assert!(numbers.iter().all(|number| unpacker.number() == Some(*number)));
        assert!(signed.iter().all(|number| unpacker.signed() == Some(*number)));
        assert!(wide.iter().all(|number| unpacker.wide() == Some(*number)));
        assert!(unpacker.is_at_end());
    }

    #[test]
    fn a_number_that_is_too_long_or_cut_off_is_none() {
        for bytes in [&[0x80_u8; 11][..], &[0x80], &[], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]] {
            assert_eq!(Unpacker::new(bytes, &[]).number(), None, "{bytes:?}");
        }
        assert_eq!(Unpacker::new(&[0x80; 30], &[]).wide(), None);
    }
}
