//! The lines that wait for their frame, and how they are packed into it.

use tlog_tiles::tlog::{self, Hash};

use crate::log::frame::{self, Codec, FrameHeader, HEADER_LEN, MAX_RAW_BYTES};
use crate::store::error::AppendError;

/// Fewer bytes of lines than this are stored as they are.
const MIN_COMPRESSED_BYTES: usize = 512;

/// The fastest level: an append waits for it.
const ZSTD_LEVEL: i32 = 1;

/// The lines that are staged and not yet in a frame, joined by line feeds.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    lines: Vec<u8>,
    ends: Vec<usize>,
    first_recorded_at: i64,
}

impl Pending {
    /// The number of lines.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// The length of the lines in bytes.
    pub(crate) fn raw_len(&self) -> usize {
        self.lines.len()
    }

    /// Adds a line.
    pub(crate) fn push(&mut self, line: &[u8], recorded_at: i64) {
        if self.ends.is_empty() {
            self.first_recorded_at = recorded_at;
            self.lines.reserve(MAX_RAW_BYTES);
        } else {
            self.lines.push(b'\n');
        }
        self.lines.extend_from_slice(line);
        self.ends.push(self.lines.len());
    }

    /// The line at a position.
    pub(crate) fn line(&self, at: usize) -> Option<&[u8]> {
        let end = *self.ends.get(at)?;
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(before)? + 1,
            None => 0,
        };
        self.lines.get(start..end)
    }

    fn leaves(&self) -> Vec<Hash> {
        let lines = (0..self.count()).filter_map(|at| self.line(at));
        lines.map(tlog::record_hash).collect()
    }
}

/// A frame that is ready to be written.
#[derive(Debug)]
pub(crate) struct Packed {
    /// What it says about itself; its `crc` is in the bytes alone.
    pub(crate) header: FrameHeader,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// The hashes of its lines, as leaves of the tree.
    pub(crate) leaves: Vec<Hash>,
}

/// What a frame says that its lines do not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameSpan {
    /// Whether it commits its group.
    pub(crate) commit: bool,
    /// Its first entry.
    pub(crate) first_seq: u64,
    /// The first entry of its group.
    pub(crate) group_first_seq: u64,
    /// When its last entry was recorded, in microseconds since 1970.
    pub(crate) last_recorded_at: i64,
}

/// Packs lines into frames.
pub(crate) struct Packer {
    /// Without it, frames are stored as they are.
    compressor: Option<zstd::bulk::Compressor<'static>>,
}

impl Packer {
    /// A packer that compresses where that pays.
    pub(crate) fn new() -> Self {
        Self { compressor: zstd::bulk::Compressor::new(ZSTD_LEVEL).ok() }
    }

    /// The frame of some lines.
    pub(crate) fn pack(&mut self, pending: &Pending, span: &FrameSpan) -> Result<Packed, AppendError> {
        let packed = self.compress(&pending.lines);
        let (codec, payload) = match &packed {
            Some(packed) => (Codec::Zstd, packed.as_slice()),
            None => (Codec::Raw, pending.lines.as_slice()),
        };
        let header = FrameHeader {
            codec,
            commit: span.commit,
            first_seq: span.first_seq,
            group_first_seq: span.group_first_seq,
            first_recorded_at: pending.first_recorded_at,
            last_recorded_at: span.last_recorded_at,
            count: field(pending.ends.len())?,
            raw_len: field(pending.lines.len())?,
            stored_len: field(payload.len())?,
            crc: 0,
        };
        let mut bytes = Vec::with_capacity(HEADER_LEN + payload.len());
        bytes.extend_from_slice(&frame::format(&header, payload));
        bytes.extend_from_slice(payload);
        Ok(Packed { header, bytes, leaves: pending.leaves() })
    }

    /// Compresses lines; `None` when that saves less than an eighth.
    fn compress(&mut self, lines: &[u8]) -> Option<Vec<u8>> {
        if lines.len() < MIN_COMPRESSED_BYTES {
            return None;
        }
        let packed = self.compressor.as_mut()?.compress(lines).ok()?;
        (packed.len() <= lines.len() - lines.len() / 8).then_some(packed)
    }
}

fn field(len: usize) -> Result<u32, AppendError> {
    let limit = u64::from(u32::MAX);
    u32::try_from(len).map_err(|_| AppendError::TooLong { len: len as u64, limit })
}
