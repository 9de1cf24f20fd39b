//! The records inside the blocks of each section: written one after the other, read a block at a time.

use tlog_tiles::tlog::{HASH_SIZE, Hash};

use super::Fingerprint;
use super::block::{BLOCK_BYTES, Output, Section, SectionWriter};
use crate::log::frame::{FieldReader, FrameRef, put_varint};
use crate::log::segment::Place;
use crate::store::error::DiskError;

/// How many nodes a block holds.
pub(crate) const NODES_PER_BLOCK: usize = 128;

/// Writes a section: collects a block, ends it when it is long enough.
struct Blocks<'a> {
    section: SectionWriter<'a>,
    first_key: Vec<u8>,
    block: Vec<u8>,
}

impl<'a> Blocks<'a> {
    fn new(out: &'a mut Output) -> Self {
        Self { section: SectionWriter::new(out), first_key: Vec::new(), block: Vec::new() }
    }

    fn end_block(&mut self) -> Result<(), DiskError> {
        if !self.block.is_empty() {
            self.section.block(&self.first_key, &self.block)?;
            self.block.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Section, DiskError> {
        self.end_block()?;
        self.section.finish()
    }
}

/// The key of a frames block: the first frame's first entry and last instant, both in ascending byte order.
pub(crate) fn frame_key(first_seq: u64, last_recorded_at: i64) -> [u8; 16] {
    let mut key = [0; 16];
    let (seq, micros) = key.split_at_mut(8);
    seq.copy_from_slice(&first_seq.to_be_bytes());
    micros.copy_from_slice(&ordered(last_recorded_at).to_be_bytes());
    key
}

/// The entry of a frames block's key.
pub(crate) fn frame_key_seq(key: &[u8]) -> u64 {
    key.first_chunk().map_or(u64::MAX, |bytes| u64::from_be_bytes(*bytes))
}

/// The instant of a frames block's key.
pub(crate) fn frame_key_micros(key: &[u8]) -> i64 {
    key.last_chunk().map_or(i64::MAX, |bytes| (u64::from_be_bytes(*bytes) ^ (1 << 63)).cast_signed())
}

fn ordered(micros: i64) -> u64 {
    micros.cast_unsigned() ^ (1 << 63)
}

/// Writes the frames of a run.
pub(crate) struct FramesWriter<'a> {
    blocks: Blocks<'a>,
    before: Option<FrameRef>,
}

impl<'a> FramesWriter<'a> {
    /// Begins the section.
    pub(crate) fn new(out: &'a mut Output) -> Self {
        Self { blocks: Blocks::new(out), before: None }
    }

    /// Appends the next frame.
    pub(crate) fn add(&mut self, frame: &FrameRef) -> Result<(), DiskError> {
        let follows = self.before.is_some_and(|before| {
            let end = Place { segment: before.place.segment, offset: before.place.offset + before.len };
            end == frame.place
        });
        if !follows || self.blocks.block.len() >= BLOCK_BYTES {
            self.blocks.end_block()?;
            self.blocks.first_key = frame_key(frame.first_seq, frame.last_recorded_at).to_vec();
            self.blocks.block.extend_from_slice(&frame.place.segment.to_le_bytes());
            self.blocks.block.extend_from_slice(&frame.place.offset.to_le_bytes());
            self.before = None;
        }
        let micros_before = self.before.map_or(frame.last_recorded_at, |before| before.last_recorded_at);
        put_varint(&mut self.blocks.block, u64::from(frame.count));
        put_varint(&mut self.blocks.block, frame.len);
        put_varint(&mut self.blocks.block, frame.last_recorded_at.abs_diff(micros_before));
        self.before = Some(*frame);
        Ok(())
    }

    /// Ends the section.
    pub(crate) fn finish(self) -> Result<Section, DiskError> {
        self.blocks.finish()
    }
}

/// Reads the frames of a block.
pub(crate) fn parse_frames(key: &[u8], block: &[u8]) -> Option<Vec<FrameRef>> {
    let mut fields = FieldReader { rest: block };
    let mut place = Place { segment: fields.u64()?, offset: fields.u64()? };
    let mut first_seq = frame_key_seq(key);
    let mut last_recorded_at = frame_key_micros(key);
    let mut frames = Vec::new();
    while !fields.rest.is_empty() {
        let count = u32::try_from(fields.varint()?).ok()?;
        let len = fields.varint()?;
        last_recorded_at = last_recorded_at.checked_add_unsigned(fields.varint()?)?;
        frames.push(FrameRef { first_seq, count, place, len, last_recorded_at });
        first_seq = first_seq.checked_add(u64::from(count))?;
        place.offset = place.offset.checked_add(len)?;
    }
    Some(frames)
}

/// Writes the partners of a run, each with its entries.
pub(crate) struct PartnersWriter<'a> {
    blocks: Blocks<'a>,
    run_start: u64,
}

impl<'a> PartnersWriter<'a> {
    /// Begins the section of a run that begins with an entry.
    pub(crate) fn new(out: &'a mut Output, run_start: u64) -> Self {
        Self { blocks: Blocks::new(out), run_start }
    }

    /// Appends the next partner with its entries, both ascending.
    pub(crate) fn add(&mut self, partner: &str, seqs: &[u64]) -> Result<(), DiskError> {
        let mut deltas = Vec::with_capacity(seqs.len() * 2);
        let mut before = self.run_start;
        for &seq in seqs {
            put_varint(&mut deltas, seq - before);
            before = seq;
        }
        let block_len = self.blocks.block.len();
        if block_len >= BLOCK_BYTES || (block_len > 0 && deltas.len() >= BLOCK_BYTES) {
            self.blocks.end_block()?;
        }
        if self.blocks.block.is_empty() {
            self.blocks.first_key = partner.as_bytes().to_vec();
        }
        put_varint(&mut self.blocks.block, partner.len() as u64);
        self.blocks.block.extend_from_slice(partner.as_bytes());
        put_varint(&mut self.blocks.block, deltas.len() as u64);
        self.blocks.block.append(&mut deltas);
        Ok(())
    }

    /// Ends the section.
    pub(crate) fn finish(self) -> Result<Section, DiskError> {
        self.blocks.finish()
    }
}

/// Takes the next partner and its encoded entries from a block.
pub(crate) fn take_partner<'a>(fields: &mut FieldReader<'a>) -> Option<(&'a str, &'a [u8])> {
    let len = usize::try_from(fields.varint()?).ok()?;
    let partner = std::str::from_utf8(fields.bytes(len)?).ok()?;
    let deltas_len = usize::try_from(fields.varint()?).ok()?;
    Some((partner, fields.bytes(deltas_len)?))
}

/// Appends the entries that a partner's bytes encode.
pub(crate) fn parse_postings(run_start: u64, deltas: &[u8], out: &mut Vec<u64>) -> Option<()> {
    let mut fields = FieldReader { rest: deltas };
    let mut seq = run_start;
    while !fields.rest.is_empty() {
        seq = seq.checked_add(fields.varint()?)?;
        out.push(seq);
    }
    Some(())
}

/// Writes the fingerprints of a run, each with its entry.
pub(crate) struct KeysWriter<'a> {
    blocks: Blocks<'a>,
    run_start: u64,
    before: u64,
}

impl<'a> KeysWriter<'a> {
    /// Begins the section of a run that begins with an entry.
    pub(crate) fn new(out: &'a mut Output, run_start: u64) -> Self {
        Self { blocks: Blocks::new(out), run_start, before: 0 }
    }

    /// Appends the next fingerprint; ascending by fingerprint, then by entry.
    pub(crate) fn add(&mut self, key: (Fingerprint, u64)) -> Result<(), DiskError> {
        let (Fingerprint(fingerprint), seq) = key;
        if self.blocks.block.len() >= BLOCK_BYTES {
            self.blocks.end_block()?;
        }
        if self.blocks.block.is_empty() {
            self.blocks.first_key = fingerprint.to_be_bytes().to_vec();
            self.before = fingerprint;
        }
        put_varint(&mut self.blocks.block, fingerprint - self.before);
        put_varint(&mut self.blocks.block, seq - self.run_start);
        self.before = fingerprint;
        Ok(())
    }

    /// Ends the section.
    pub(crate) fn finish(self) -> Result<Section, DiskError> {
        self.blocks.finish()
    }
}

/// Reads the fingerprints of a block.
pub(crate) fn parse_keys(key: &[u8], block: &[u8], run_start: u64) -> Option<Vec<(Fingerprint, u64)>> {
    let mut fields = FieldReader { rest: block };
    let mut fingerprint = u64::from_be_bytes(key.try_into().ok()?);
    let mut keys = Vec::new();
    while !fields.rest.is_empty() {
        fingerprint = fingerprint.checked_add(fields.varint()?)?;
        keys.push((Fingerprint(fingerprint), run_start.checked_add(fields.varint()?)?));
    }
    Some(keys)
}

/// Appends the entries of one fingerprint in a block.
pub(crate) fn find_key(
    key: &[u8],
    block: &[u8],
    run_start: u64,
    wanted: Fingerprint,
    out: &mut Vec<u64>,
) -> Option<()> {
    let mut fields = FieldReader { rest: block };
    let mut fingerprint = u64::from_be_bytes(key.try_into().ok()?);
    while !fields.rest.is_empty() {
        fingerprint = fingerprint.checked_add(fields.varint()?)?;
        if fingerprint > wanted.0 {
            break;
        }
        let seq = run_start.checked_add(fields.varint()?)?;
        if fingerprint == wanted.0 {
            out.push(seq);
        }
    }
    Some(())
}

/// Writes the nodes of a run, level by level from the lowest.
pub(crate) struct NodesWriter<'a> {
    blocks: Blocks<'a>,
    written: u64,
}

impl<'a> NodesWriter<'a> {
    /// Begins the section.
    pub(crate) fn new(out: &'a mut Output) -> Self {
        Self { blocks: Blocks::new(out), written: 0 }
    }

    /// Appends the next node.
    pub(crate) fn add(&mut self, node: Hash) -> Result<(), DiskError> {
        if self.blocks.block.len() >= NODES_PER_BLOCK * HASH_SIZE {
            self.blocks.end_block()?;
        }
        if self.blocks.block.is_empty() {
            self.blocks.first_key = self.written.to_be_bytes().to_vec();
        }
        self.blocks.block.extend_from_slice(&node.0);
        self.written += 1;
        Ok(())
    }

    /// Ends the section.
    pub(crate) fn finish(self) -> Result<Section, DiskError> {
        self.blocks.finish()
    }
}
