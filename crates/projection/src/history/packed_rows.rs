//! Rows of figures in a state: they are all checked when it is read, and made values when somebody asks for them.

use std::sync::OnceLock;

use ledger::Amount;

use super::state_bytes::StateBytes;
use super::tables::{FigureRow, Numbering, Tables, ValueNumber};

/// Bytes of a number of 128 bits, seven in each.
const MOST_BYTES: u32 = 19;

/// Rows as bytes, one behind the other.
#[derive(Clone, Debug)]
pub(super) struct PackedRows {
    bytes: StateBytes,
    rows: OnceLock<Vec<FigureRow>>,
}

impl PackedRows {
    /// The rows of some bytes; `None` when they are not of rows, or refer to what the tables do not have.
    pub(super) fn new(bytes: StateBytes, tables: &Tables) -> Option<Self> {
        let is_right = unpacked(bytes.as_slice()).all(|row| row.is_some_and(|row| tables.has(&row)));
        is_right.then(|| Self { bytes, rows: OnceLock::new() })
    }

    pub(super) fn rows(&self) -> &[FigureRow] {
        self.rows.get_or_init(|| unpacked(self.bytes.as_slice()).map_while(|row| row).collect())
    }
}

/// What the row before had: most rows differ little from it.
#[derive(Default)]
struct PreviousRow {
    customer: i64,
    seq: i128,
}

/// Rows as bytes, by their places in tables whose values ascend.
pub(super) fn packed<'r>(rows: impl Iterator<Item = &'r FigureRow>, numbering: &Numbering) -> Vec<u8> {
    let mut before = PreviousRow::default();
    let number = |place: Option<ValueNumber>| place.map_or(0, ValueNumber::get);
    rows.fold(Vec::new(), |bytes, row| {
        let FigureRow { value, seq, customer, product, subscription, offer } = numbering.row(row);
        let (customer, seq) = (i64::from(customer.get()), i128::from(seq));
        let further = (customer - before.customer, seq - before.seq);
        before = PreviousRow { customer, seq };
        let row = (further, value, product, number(subscription), number(offer));
        postcard::to_extend(&row, bytes).expect("a row has a form, and memory takes it")
    })
}

/// The rows of some bytes, up to one that is none. Each is read by hand: all of them are, with every state.
fn unpacked(bytes: &[u8]) -> impl Iterator<Item = Option<FigureRow>> {
    let (mut from, mut before) = (Numbers(bytes), PreviousRow::default());
    std::iter::from_fn(move || (!from.0.is_empty()).then(|| row(&mut from, &mut before)))
}

fn row(from: &mut Numbers<'_>, before: &mut PreviousRow) -> Option<FigureRow> {
    before.customer = before.customer.checked_add(from.signed()?)?;
    before.seq += i128::from(from.signed()?);
    Some(FigureRow {
        customer: place(u64::try_from(before.customer).ok()?)??,
        seq: u64::try_from(before.seq).ok()?,
        value: Amount::from_micros(from.wide()?),
        product: place(from.number()?)??,
        subscription: place(from.number()?)?,
        offer: place(from.number()?)?,
    })
}

/// A place, or none where the number is 0.
#[expect(clippy::option_option, reason = "nothing is written, or a place, or what is none")]
fn place(number: u64) -> Option<Option<ValueNumber>> {
    u32::try_from(number).ok().map(ValueNumber::new)
}

/// Numbers that `postcard` wrote.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A number of up to 64 bits.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let mut number = u64::from(first & 0x7f);
        if first < 0x80 {
            return Some(number);
        }
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

    /// A number of either sign, of up to 64 bits.
    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A number of either sign, of up to 128 bits.
    fn wide(&mut self) -> Option<i128> {
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
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 129, 255, 256, 300, 16_383, 16_384, u64::MAX - 1, u64::MAX];
        let signed = [0, -1, 1, -64, 64, i64::MIN, i64::MAX];
        let wide = [0, -1, i128::from(i64::MIN) * 8, i128::MAX, i128::MIN, 999_999_999_999_999_999_999];
        let bytes = postcard::to_stdvec(&(numbers, signed, wide)).expect("numbers have a form");
        let mut from = Numbers(&bytes);
        assert!(numbers.iter().all(|number| from.number() == Some(*number)));
        assert!(signed.iter().all(|number| from.signed() == Some(*number)));
        assert!(wide.iter().all(|number| from.wide() == Some(*number)));
        assert!(from.0.is_empty());
    }

    #[test]
    fn a_number_that_is_too_long_or_cut_off_is_none() {
        for bytes in [&[0x80_u8; 11][..], &[0x80], &[], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]] {
            assert_eq!(Numbers(bytes).number(), None, "{bytes:?}");
        }
        assert_eq!(Numbers(&[0x80; 30]).wide(), None);
    }
}
