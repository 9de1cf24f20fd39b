//! UTF-16 as UTF-8, as spreadsheets save text.

use std::io::{self, Read};

use super::damage::Damage;

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 1 << 14;

/// The order of the two bytes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    LittleEndian,
    BigEndian,
}

impl Order {
    /// The order that a byte order mark tells, if the bytes begin with one.
    pub(super) fn of_mark(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xfe, ..] => Some(Self::LittleEndian),
            [0xfe, 0xff, ..] => Some(Self::BigEndian),
            _ => None,
        }
    }
}

/// A reader that gives UTF-8 for UTF-16; the byte order mark is a character like others.
pub(super) struct Utf16<R> {
    input: R,
    order: Order,
    /// The first byte of a unit whose second has not come.
    half: Option<u8>,
    /// The first unit of a pair whose second has not come.
    lead: Option<u16>,
    decoded: Vec<u8>,
    given: usize,
}

impl<R> Utf16<R> {
    pub(super) fn new(input: R, order: Order) -> Self {
        Self { input, order, half: None, lead: None, decoded: Vec::new(), given: 0 }
    }

    fn take(&mut self, block: &[u8]) -> io::Result<()> {
        for &byte in block {
            let Some(first) = self.half.take() else {
                self.half = Some(byte);
                continue;
            };
            let unit = match self.order {
                Order::LittleEndian => u16::from_le_bytes([first, byte]),
                Order::BigEndian => u16::from_be_bytes([first, byte]),
            };
            self.take_unit(unit)?;
        }
        Ok(())
    }

    fn take_unit(&mut self, unit: u16) -> io::Result<()> {
        let lead = self.lead.take();
        if lead.is_none() && (0xd800..0xdc00).contains(&unit) {
            self.lead = Some(unit);
            return Ok(());
        }
        for decoded in char::decode_utf16(lead.into_iter().chain([unit])) {
            let character = decoded.map_err(|_| Damage::error("it is not UTF-16 text, though it begins as such"))?;
            self.decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() {
            self.decoded.clear();
            self.given = 0;
            let mut block = [0; BLOCK_BYTES];
            let length = self.input.read(&mut block)?;
            if length == 0 {
                let is_whole = self.half.is_none() && self.lead.is_none();
                return if is_whole { Ok(0) } else { Err(Damage::error("it ends within a UTF-16 character")) };
            }
            self.take(block.get(..length).unwrap_or_default())?;
        }
        let length = self.decoded.get(self.given..).unwrap_or_default().read(buffer)?;
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Order, Utf16};

    fn encoded(text: &str, order: Order) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            Order::LittleEndian => unit.to_le_bytes(),
            Order::BigEndian => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn characters_of_every_length_are_decoded_however_the_bytes_come() {
        let text = "\u{feff}Month,Größe\r\n€,😀";
        for order in [Order::LittleEndian, Order::BigEndian] {
            let bytes = encoded(text, order);
            assert_eq!(Order::of_mark(&bytes), Some(order));
            for cut in 0..bytes.len() {
                let (first, second) = bytes.split_at(cut);
                let mut read = String::new();
                Utf16::new(first.chain(second), order).read_to_string(&mut read).expect("it is text");
                assert_eq!(read, text);
            }
        }
        assert_eq!(Order::of_mark(b"\xef\xbb\xbfa"), None);
        assert_eq!(Order::of_mark(b"\xff"), None);
    }

    #[test]
    fn what_is_cut_or_no_text_is_told() {
        let decode = |bytes: &[u8]| Utf16::new(bytes, Order::LittleEndian).read_to_string(&mut String::new());
        for bytes in [b"a\0b".as_slice(), b"a\0\x3d\xd8", b"\x3d\xd8a\0", b"\x00\xdea\0"] {
            assert!(decode(bytes).is_err(), "{bytes:?} was taken");
        }
        assert!(decode(b"a\0").is_ok());
    }
}
