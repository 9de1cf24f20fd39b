//! Fields of files as bytes: little-endian numbers, and numbers of as many bytes as they need; headers that end with a
//! checksum.

/// Puts fields into a header of `N` bytes, one after the other. What is not filled is zero.
pub(crate) struct FieldWriter<const N: usize> {
    bytes: [u8; N],
    filled: usize,
}

impl<const N: usize> FieldWriter<N> {
    /// Begins with a magic.
    pub(crate) fn new(magic: &[u8]) -> Self {
        let mut fields = Self { bytes: [0; N], filled: 0 };
        fields.put(magic);
        fields
    }

    /// Puts a field; the header has room for all of its fields.
    pub(crate) fn put(&mut self, field: &[u8]) {
        let end = self.filled + field.len();
        let place = self.bytes.get_mut(self.filled..end).expect("a header has room for all of its fields");
        place.copy_from_slice(field);
        self.filled = end;
    }

    /// Puts 64-bit numbers.
    pub(crate) fn put_u64s(&mut self, numbers: &[u64]) {
        for number in numbers {
            self.put(&number.to_le_bytes());
        }
    }

    /// What was put so far.
    pub(crate) fn filled(&self) -> &[u8] {
        self.bytes.split_at(self.filled).0
    }

    /// The header, which ends with the checksum of it and of the bytes that follow it.
    pub(crate) fn sealed(mut self, behind: &[u8]) -> [u8; N] {
        let crc = checksum(&self.bytes, behind);
        *self.bytes.last_chunk_mut().expect("a header has room for its checksum") = crc.to_le_bytes();
        self.bytes
    }
}

/// The checksum of a header, whose own place does not count, and of the bytes that follow it (CRC-32C).
pub(crate) fn checksum(header: &[u8], behind: &[u8]) -> u32 {
    let covered = header.split_last_chunk::<4>().map_or(header, |(covered, _)| covered);
    crc32c::crc32c_append(crc32c::crc32c(covered), behind)
}

/// Takes little-endian fields from bytes, one after the other; `None` at their end.
pub(crate) struct FieldReader<'a> {
    /// What is still to be read.
    pub(crate) rest: &'a [u8],
}

impl<'a> FieldReader<'a> {
    /// The fields of a header behind its magic; `None` when it has another magic, or not the checksum that it ends with.
    pub(crate) fn of_sealed(header: &'a [u8], magic: &[u8]) -> Option<Self> {
        let is_whole = header.last_chunk() == Some(&checksum(header, &[]).to_le_bytes());
        Some(Self { rest: header.strip_prefix(magic).filter(|_| is_whole)? })
    }

    /// The next `N` bytes.
    pub(crate) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*head)
    }

    /// The next `len` bytes.
    pub(crate) fn bytes(&mut self, len: u64) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(usize::try_from(len).ok()?)?;
        self.rest = rest;
        Some(head)
    }

    /// The next 64-bit number.
    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    /// The next signed 64-bit number.
    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.take().map(i64::from_le_bytes)
    }

    /// The next 32-bit number.
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    /// The next number of seven bits a byte, the lowest first (LEB128).
    pub(crate) fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.take::<1>()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// The next bytes, which have their length in front of them as a varint.
    pub(crate) fn prefixed(&mut self) -> Option<&'a [u8]> {
        let len = self.varint()?;
        self.bytes(len)
    }
}

/// Appends a number of seven bits a byte, the lowest first (LEB128).
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7F) as u8);
}

/// Appends bytes with their length in front of them as a varint.
pub(crate) fn put_prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
