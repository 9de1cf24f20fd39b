//! The bytes of a frame: a header of 56 bytes, then the payload.

use crate::log::segment::Place;

/// The length of a frame's header in bytes.
pub(crate) const HEADER_LEN: usize = 56;

/// The most bytes of lines in one frame, unless a single entry is longer.
///
/// A random read decompresses one frame; a larger one compresses better.
pub(crate) const MAX_RAW_BYTES: usize = 32 * 1024;

/// The longest entry in bytes: 2 GiB less one byte.
pub(crate) const MAX_ENTRY_BYTES: u32 = (1 << 31) - 1;

/// A frame never crosses a multiple of this sequence number, so that a run of the index ends with a frame.
pub(crate) const BOUNDARY: u64 = 1024;

/// The first bytes of a frame. 0xF5 is in no UTF-8 text, so no line can look like a frame.
pub(crate) const MAGIC: [u8; 4] = [0xF5, b'P', b'C', b'F'];

const VERSION: u8 = 1;
const FLAG_COMMIT: u8 = 1;

/// How a payload is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// As it is.
    Raw,
    /// One zstd frame.
    Zstd,
}

/// What a frame says about itself. Instants are in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// How the payload is stored.
    pub(crate) codec: Codec,
    /// Whether this frame ends its group and commits it.
    pub(crate) commit: bool,
    /// The first entry of the frame.
    pub(crate) first_seq: u64,
    /// The first entry of the group: the number of entries committed before it.
    pub(crate) group_first_seq: u64,
    /// When the first entry was recorded.
    pub(crate) first_recorded_at: i64,
    /// When the last entry was recorded.
    pub(crate) last_recorded_at: i64,
    /// The number of entries, at least one.
    pub(crate) count: u32,
    /// The length of the lines, joined by line feeds.
    pub(crate) raw_len: u32,
    /// The length of the payload as stored.
    pub(crate) stored_len: u32,
    /// The CRC-32C over the header before it and the payload.
    pub(crate) crc: u32,
}

impl FrameHeader {
    /// The entry after the frame's last.
    pub(crate) fn end_seq(&self) -> u64 {
        self.first_seq.saturating_add(u64::from(self.count))
    }

    /// The length of the whole frame in bytes.
    pub(crate) fn frame_len(&self) -> u64 {
        HEADER_LEN as u64 + u64::from(self.stored_len)
    }

    /// The frame's place and extent, as an index remembers it.
    pub(crate) fn at(&self, place: Place) -> FrameRef {
        FrameRef {
            first_seq: self.first_seq,
            count: self.count,
            place,
            len: self.frame_len(),
            last_recorded_at: self.last_recorded_at,
        }
    }
}

/// Where a frame is and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameRef {
    /// The first entry.
    pub(crate) first_seq: u64,
    /// The number of entries.
    pub(crate) count: u32,
    /// Where the header begins.
    pub(crate) place: Place,
    /// The length of header and payload in bytes.
    pub(crate) len: u64,
    /// When the last entry was recorded, in microseconds since 1970.
    pub(crate) last_recorded_at: i64,
}

impl FrameRef {
    /// The entry after the last.
    pub(crate) fn end_seq(&self) -> u64 {
        self.first_seq + u64::from(self.count)
    }
}

/// Writes a header with its checksum; its `crc` is not looked at.
pub(crate) fn format(header: &FrameHeader, payload: &[u8]) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    let codec = match header.codec {
        Codec::Raw => 0,
        Codec::Zstd => 1,
    };
    let flags = if header.commit { FLAG_COMMIT } else { 0 };
    let mut fields = FieldWriter { rest: &mut bytes };
    fields.put(&MAGIC);
    fields.put(&[VERSION, codec, flags, 0]);
    fields.put(&header.first_seq.to_le_bytes());
    fields.put(&header.group_first_seq.to_le_bytes());
    fields.put(&header.first_recorded_at.to_le_bytes());
    fields.put(&header.last_recorded_at.to_le_bytes());
    fields.put(&header.count.to_le_bytes());
    fields.put(&header.raw_len.to_le_bytes());
    fields.put(&header.stored_len.to_le_bytes());
    let crc = checksum(&bytes, payload);
    if let Some(last) = bytes.last_chunk_mut() {
        *last = crc.to_le_bytes();
    }
    bytes
}

/// Reads a header. `None` when the bytes are not one; the checksum is not looked at.
pub(crate) fn parse(bytes: &[u8]) -> Option<FrameHeader> {
    let mut fields = FieldReader { rest: bytes };
    if fields.take::<4>()? != MAGIC {
        return None;
    }
    let [VERSION, codec, flags, 0] = fields.take::<4>()? else {
        return None;
    };
    let header = FrameHeader {
        codec: match codec {
            0 => Codec::Raw,
            1 => Codec::Zstd,
            _ => return None,
        },
        commit: match flags {
            0 => false,
            FLAG_COMMIT => true,
            _ => return None,
        },
        first_seq: fields.u64()?,
        group_first_seq: fields.u64()?,
        first_recorded_at: fields.i64()?,
        last_recorded_at: fields.i64()?,
        count: fields.u32()?,
        raw_len: fields.u32()?,
        stored_len: fields.u32()?,
        crc: fields.u32()?,
    };
    let last_seq = header.first_seq.checked_add(u64::from(header.count.checked_sub(1)?))?;
    let whole = header.group_first_seq <= header.first_seq
        && header.first_recorded_at <= header.last_recorded_at
        && header.first_seq / BOUNDARY == last_seq / BOUNDARY
        && (header.raw_len as usize <= MAX_RAW_BYTES || (header.count == 1 && header.raw_len <= MAX_ENTRY_BYTES))
        && (header.codec == Codec::Zstd || header.raw_len == header.stored_len);
    whole.then_some(header)
}

/// Whether header and payload carry the checksum that the header says.
pub(crate) fn is_whole(header: &FrameHeader, header_bytes: &[u8], payload: &[u8]) -> bool {
    checksum(header_bytes, payload) == header.crc
}

fn checksum(header_bytes: &[u8], payload: &[u8]) -> u32 {
    let covered = header_bytes.get(..HEADER_LEN - 4).unwrap_or_default();
    crc32c::crc32c_append(crc32c::crc32c(covered), payload)
}

/// Puts little-endian fields into a fixed header, one after the other.
pub(crate) struct FieldWriter<'a> {
    /// What is still to be filled.
    pub(crate) rest: &'a mut [u8],
}

impl FieldWriter<'_> {
    /// Puts a field; the header has room for all of its fields.
    pub(crate) fn put(&mut self, field: &[u8]) {
        let rest = std::mem::take(&mut self.rest);
        if let Some((head, rest)) = rest.split_at_mut_checked(field.len()) {
            head.copy_from_slice(field);
            self.rest = rest;
        }
    }
}

/// Takes little-endian fields from bytes, one after the other; `None` at their end.
pub(crate) struct FieldReader<'a> {
    /// What is still to be read.
    pub(crate) rest: &'a [u8],
}

impl<'a> FieldReader<'a> {
    /// The next `N` bytes.
    pub(crate) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*head)
    }

    /// The next `len` bytes.
    pub(crate) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(len)?;
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
}

/// Appends a number of seven bits a byte, the lowest first (LEB128).
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7F) as u8);
}
