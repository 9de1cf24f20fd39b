//! The lines of a frame.

use std::cell::RefCell;

use zstd::bulk::Decompressor;

use crate::log::error::{Corruption, Damage};
use crate::log::frame::{Codec, FrameHeader, MAX_RAW_BYTES};
use crate::log::segment::Place;

/// The lines of one frame, joined by line feeds.
#[derive(Debug)]
pub(crate) struct FrameLines {
    first_seq: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl FrameLines {
    /// No lines yet, of the entries from `first_seq` on.
    pub(crate) fn new(first_seq: u64) -> Self {
        Self { first_seq, bytes: Vec::new(), ends: Vec::new() }
    }

    /// Splits the raw payload of a frame; `None` when it has not as many lines as its header says.
    pub(crate) fn split(header: &FrameHeader, bytes: Vec<u8>) -> Option<Self> {
        // No more room than the bytes can need, whatever the header says.
        let mut ends = Vec::with_capacity((header.count as usize).min(bytes.len() + 1));
        ends.extend(memchr::memchr_iter(b'\n', &bytes));
        ends.push(bytes.len());
        (ends.len() == header.count as usize).then_some(Self { first_seq: header.first_seq, bytes, ends })
    }

    /// Adds the line of the next entry.
    pub(crate) fn push(&mut self, line: &[u8]) {
        if self.ends.is_empty() {
            self.bytes.reserve(MAX_RAW_BYTES);
        } else {
            self.bytes.push(b'\n');
        }
        self.bytes.extend_from_slice(line);
        self.ends.push(self.bytes.len());
    }

    /// The first entry.
    pub(crate) fn first_seq(&self) -> u64 {
        self.first_seq
    }

    /// The number of lines.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// The lines with the line feeds between them: the raw payload.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The line of an entry; `None` when the frame does not hold it.
    pub(crate) fn line(&self, seq: u64) -> Option<&[u8]> {
        let at = usize::try_from(seq.checked_sub(self.first_seq)?).ok()?;
        let end = *self.ends.get(at)?;
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(before)? + 1,
            None => 0,
        };
        self.bytes.get(start..end)
    }

    /// The lines with their sequence numbers, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        (self.first_seq..).map_while(|seq| self.line(seq).map(|line| (seq, line)))
    }
}

/// The lines of the frame at a place.
///
/// # Errors
///
/// [`Damage::Payload`] when the payload does not come out as the header says.
pub(crate) fn decode(header: &FrameHeader, place: Place, payload: &[u8]) -> Result<FrameLines, Corruption> {
    let raw_len = header.raw_len as usize;
    let raw = match header.codec {
        Codec::Raw => Some(payload.to_vec()),
        Codec::Zstd => unpack(payload, raw_len),
    };
    let lines = raw.filter(|raw| raw.len() == raw_len).and_then(|raw| FrameLines::split(header, raw));
    lines.ok_or_else(|| Corruption::at(place, header.first_seq, Damage::Payload))
}

/// Undoes the compression. Each thread keeps a decompressor, which takes longer to make than to use.
fn unpack(payload: &[u8], raw_len: usize) -> Option<Vec<u8>> {
    thread_local! {
        static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    UNPACKER.with_borrow_mut(|unpacker| {
        if unpacker.is_none() {
            *unpacker = Decompressor::new().ok();
        }
        unpacker.as_mut()?.decompress(payload, raw_len).ok()
    })
}
