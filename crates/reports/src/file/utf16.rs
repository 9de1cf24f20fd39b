//! UTF-16 as UTF-8, as spreadsheets save text.

use std::io::{self, Read};

use crate::file::damage::Damage;

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 1 << 14;

/// The order of the two bytes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    LittleEndian,
    BigEndian,
}

impl ByteOrder {
    /// The order that a byte order mark tells, if the bytes begin with one.
    pub(crate) fn of_mark(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xfe, ..] => Some(Self::LittleEndian),
            [0xfe, 0xff, ..] => Some(Self::BigEndian),
            _ => None,
        }
    }
}

/// A reader that gives UTF-8 for UTF-16; the byte order mark is a character like others.
pub(crate) struct Utf16<R> {
    input: R,
    order: ByteOrder,
    /// The bytes of a character of which more must come.
    pending: Vec<u8>,
    decoded: Vec<u8>,
    given: usize,
}

impl<R> Utf16<R> {
    pub(crate) fn new(input: R, order: ByteOrder) -> Self {
        Self { input, order, pending: Vec::new(), decoded: Vec::new(), given: 0 }
    }

    fn take(&mut self, block: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(block);
        let unit = match self.order {
            ByteOrder::LittleEndian => u16::from_le_bytes,
            ByteOrder::BigEndian => u16::from_be_bytes,
        };
        let (pairs, _) = self.pending.as_chunks::<2>();
        let mut units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        // The first unit of a pair waits for the second.
        units.pop_if(|unit| (0xd800..0xdc00).contains(unit));
        self.pending.drain(..units.len() * 2);
        let text: Result<String, _> = char::decode_utf16(units).collect();
        let text = text.map_err(|_| Damage::error("it is not UTF-16 text, though it begins as such"))?;
        (self.decoded, self.given) = (text.into_bytes(), 0);
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() {
            let mut block = [0; BLOCK_BYTES];
            let length = self.input.read(&mut block)?;
            if length == 0 {
                return if self.pending.is_empty() {
                    Ok(0)
                } else {
                    Err(Damage::error("it ends within a UTF-16 character"))
                };
            }
            self.take(block.get(..length).expect("a reader gives no more than its buffer holds"))?;
        }
        let length = self.decoded.get(self.given..).expect("no more was given than was decoded").read(buffer)?;
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{ByteOrder, Utf16};

    fn encoded(text: &str, order: ByteOrder) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            ByteOrder::LittleEndian => unit.to_le_bytes(),
            ByteOrder::BigEndian => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn characters_of_every_length_are_decoded_however_the_bytes_come() {
        let text = "\u{feff}Month,Größe\r\n€,😀";
        for order in [ByteOrder::LittleEndian, ByteOrder::BigEndian] {
            let bytes = encoded(text, order);
            assert_eq!(ByteOrder::of_mark(&bytes), Some(order));
            for cut in 0..bytes.len() {
                let (first, second) = bytes.split_at(cut);
                let mut read = String::new();
                Utf16::new(first.chain(second), order).read_to_string(&mut read).expect("it is text");
                assert_eq!(read, text);
            }
        }
        assert_eq!(ByteOrder::of_mark(b"\xef\xbb\xbfa"), None);
        assert_eq!(ByteOrder::of_mark(b"\xff"), None);
    }

    #[test]
    fn what_is_cut_or_no_text_is_told() {
        let decode = |bytes: &[u8]| Utf16::new(bytes, ByteOrder::LittleEndian).read_to_string(&mut String::new());
        for bytes in [b"a\0b".as_slice(), b"a\0\x3d\xd8", b"\x3d\xd8a\0", b"\x00\xdea\0"] {
            assert!(decode(bytes).is_err(), "{bytes:?} was taken");
        }
        assert!(decode(b"a\0").is_ok());
    }
}
