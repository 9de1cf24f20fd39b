//! The lines that wait for their frame, and how they are packed into it.

use tlog_tiles::tlog::{self, Hash};

use crate::log::error::WriteError;
use crate::log::frame::{self, Codec, FrameHeader, HEADER_LEN};
use crate::log::lines::FrameLines;

/// Fewer bytes of lines than this are stored as they are.
const MIN_COMPRESSED_BYTES: usize = 512;

/// The fastest level: an append waits for it.
const ZSTD_LEVEL: i32 = 1;

/// The lines that are staged and not yet in a frame. Instants are in microseconds since 1970.
#[derive(Debug)]
pub(crate) struct PendingLines {
    pub(crate) lines: FrameLines,
    group_first_seq: u64,
    first_recorded_at: i64,
    last_recorded_at: i64,
}

impl PendingLines {
    /// No lines yet, of the entries from `first_seq` on, in the group that begins with another.
    pub(crate) fn new(first_seq: u64, group_first_seq: u64) -> Self {
        Self { lines: FrameLines::new(first_seq), group_first_seq, first_recorded_at: 0, last_recorded_at: 0 }
    }

    /// Adds a line.
    pub(crate) fn push(&mut self, line: &[u8], recorded_at: i64) {
        if self.lines.count() == 0 {
            self.first_recorded_at = recorded_at;
        }
        self.last_recorded_at = recorded_at;
        self.lines.push(line);
    }
}

/// A frame that is ready to be written.
#[derive(Debug)]
pub(crate) struct PackedFrame {
    /// What it says about itself; its `crc` is in the bytes alone.
    pub(crate) header: FrameHeader,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// The hashes of its lines, as leaves of the tree.
    pub(crate) leaves: Vec<Hash>,
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

    /// The frame of some lines, which may commit its group.
    pub(crate) fn pack(&mut self, pending: &PendingLines, commit: bool) -> Result<PackedFrame, WriteError> {
        let lines = &pending.lines;
        let compressed = self.compress(lines.bytes());
        let (codec, payload) = match &compressed {
            Some(compressed) => (Codec::Zstd, compressed.as_slice()),
            None => (Codec::Raw, lines.bytes()),
        };
        let header = FrameHeader {
            codec,
            commit,
            first_seq: lines.first_seq(),
            group_first_seq: pending.group_first_seq,
            first_recorded_at: pending.first_recorded_at,
            last_recorded_at: pending.last_recorded_at,
            count: field(lines.count())?,
            raw_len: field(lines.bytes().len())?,
            stored_len: field(payload.len())?,
            crc: 0,
        };
        let mut bytes = Vec::with_capacity(HEADER_LEN + payload.len());
        bytes.extend_from_slice(&frame::format(&header, payload));
        bytes.extend_from_slice(payload);
        let leaves = lines.iter().map(|(_, line)| tlog::record_hash(line)).collect();
        Ok(PackedFrame { header, bytes, leaves })
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

fn field(len: usize) -> Result<u32, WriteError> {
    let limit = u64::from(u32::MAX);
    u32::try_from(len).map_err(|_| WriteError::TooLong { len: len as u64, limit })
}
