//! The bytes of a frame: a header of 56 bytes, then the payload.

use crate::disk::bytes::{FieldReader, FieldWriter, checksum};
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

    /// The place behind it.
    pub(crate) fn end(&self) -> Place {
        Place { segment: self.place.segment, offset: self.place.offset + self.len }
    }
}

/// Writes a header with its checksum; its `crc` is not looked at.
pub(crate) fn format(header: &FrameHeader, payload: &[u8]) -> [u8; HEADER_LEN] {
    let codec = match header.codec {
        Codec::Raw => 0,
        Codec::Zstd => 1,
    };
    let mut fields = FieldWriter::new(&MAGIC);
    fields.put(&[VERSION, codec, u8::from(header.commit), 0]);
    let instants = [header.first_recorded_at, header.last_recorded_at].map(i64::cast_unsigned);
    fields.put_u64s(&[header.first_seq, header.group_first_seq]);
    fields.put_u64s(&instants);
    for number in [header.count, header.raw_len, header.stored_len] {
        fields.put(&number.to_le_bytes());
    }
    fields.sealed(payload)
}

/// Reads a header. `None` when the bytes are not one; the checksum is not looked at.
pub(crate) fn parse(bytes: &[u8]) -> Option<FrameHeader> {
    let mut fields = FieldReader { rest: bytes.strip_prefix(&MAGIC)? };
    let [VERSION, codec @ 0..=1, commit @ 0..=1, 0] = fields.take::<4>()? else {
        return None;
    };
    let header = FrameHeader {
        codec: if codec == 0 { Codec::Raw } else { Codec::Zstd },
        commit: commit == 1,
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
