//! The records inside the blocks of each section: written one after the other, read a block at a time.

use tlog_tiles::tlog::{HASH_SIZE, Hash};

use super::Fingerprint;
use super::block::{BLOCK_BYTES, SectionWriter};
use crate::disk::DiskError;
use crate::disk::bytes::{FieldReader, put_prefixed, put_varint};
use crate::log::frame::FrameRef;
use crate::log::segment::Place;

/// How many nodes a block holds.
pub(crate) const NODES_PER_BLOCK: usize = 128;

/// The key of a frames block: the first frame's first entry and last instant, both in ascending byte order.
pub(crate) fn frame_key(first_seq: u64, last_recorded_at: i64) -> [u8; 16] {
    let mut key = [0; 16];
    let (seq, micros) = key.split_at_mut(8);
    seq.copy_from_slice(&first_seq.to_be_bytes());
    micros.copy_from_slice(&(last_recorded_at.cast_unsigned() ^ (1 << 63)).to_be_bytes());
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

/// Appends frames, one after the other, to the section of a run.
pub(crate) fn put_frames() -> impl FnMut(&mut SectionWriter<'_>, FrameRef) -> Result<(), DiskError> {
    let mut before: Option<FrameRef> = None;
    move |section, frame| {
        let follows = before.is_some_and(|before| before.end() == frame.place);
        let key = frame_key(frame.first_seq, frame.last_recorded_at);
        if section.make_room(if follows { BLOCK_BYTES } else { 0 }, &key)? {
            section.block.extend_from_slice(&frame.place.segment.to_le_bytes());
            section.block.extend_from_slice(&frame.place.offset.to_le_bytes());
            before = None;
        }
        let micros_before = before.map_or(frame.last_recorded_at, |before| before.last_recorded_at);
        put_varint(&mut section.block, u64::from(frame.count));
        put_varint(&mut section.block, frame.len);
        put_varint(&mut section.block, frame.last_recorded_at.abs_diff(micros_before));
        before = Some(frame);
        Ok(())
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

/// Appends partners with their entries, both ascending, to the section of a run that begins with an entry.
pub(crate) fn put_partner(
    section: &mut SectionWriter<'_>,
    run_start: u64,
    partner: &str,
    seqs: &[u64],
) -> Result<(), DiskError> {
    let mut deltas = Vec::with_capacity(seqs.len() * 2);
    let mut before = run_start;
    for &seq in seqs {
        put_varint(&mut deltas, seq - before);
        before = seq;
    }
    // A partner with many entries has a block of its own.
    section.make_room(if deltas.len() >= BLOCK_BYTES { 0 } else { BLOCK_BYTES }, partner.as_bytes())?;
    put_prefixed(&mut section.block, partner.as_bytes());
    put_prefixed(&mut section.block, &deltas);
    Ok(())
}

/// Reads the partners of a block, each with its entries.
pub(crate) fn parse_partners(key: &[u8], block: &[u8], run_start: u64) -> Option<Vec<(String, Vec<u64>)>> {
    let mut fields = FieldReader { rest: block };
    let mut partners = Vec::new();
    while !fields.rest.is_empty() {
        let (partner, mut seqs) = (fields.prefixed()?, Vec::new());
        parse_postings(run_start, fields.prefixed()?, &mut seqs)?;
        partners.push((std::str::from_utf8(partner).ok()?.to_owned(), seqs));
    }
    let is_of_key = partners.first().is_none_or(|(first, _)| first.as_bytes() == key);
    is_of_key.then_some(partners)
}

/// Appends the entries of a partner in a block.
pub(crate) fn find_partner(block: &[u8], run_start: u64, partner: &str, out: &mut Vec<u64>) -> Option<()> {
    let mut fields = FieldReader { rest: block };
    while !fields.rest.is_empty() {
        let (name, deltas) = (fields.prefixed()?, fields.prefixed()?);
        if name == partner.as_bytes() {
            return parse_postings(run_start, deltas, out);
        }
    }
    Some(())
}

/// Appends the entries that a partner's bytes encode.
fn parse_postings(run_start: u64, deltas: &[u8], out: &mut Vec<u64>) -> Option<()> {
    let mut fields = FieldReader { rest: deltas };
    let mut seq = run_start;
    while !fields.rest.is_empty() {
        seq = seq.checked_add(fields.varint()?)?;
        out.push(seq);
    }
    Some(())
}

/// Appends fingerprints, ascending and each with its entry, to the section of a run that begins with an entry.
pub(crate) fn put_keys(
    run_start: u64,
) -> impl FnMut(&mut SectionWriter<'_>, (Fingerprint, u64)) -> Result<(), DiskError> {
    let mut before = 0;
    move |section, (Fingerprint(fingerprint), seq)| {
        if section.make_room(BLOCK_BYTES, &fingerprint.to_be_bytes())? {
            before = fingerprint;
        }
        put_varint(&mut section.block, fingerprint - before);
        put_varint(&mut section.block, seq - run_start);
        before = fingerprint;
        Ok(())
    }
}

/// Reads the fingerprints of a block.
pub(crate) fn parse_keys(key: &[u8], block: &[u8], run_start: u64) -> Option<Vec<(Fingerprint, u64)>> {
    let mut fields = FieldReader { rest: block };
    let mut fingerprint = u64::from_be_bytes(key.try_into().ok()?);
    // A record has six to nine bytes as a rule.
    let mut keys = Vec::with_capacity(block.len() / 6);
    while !fields.rest.is_empty() {
        fingerprint = fingerprint.checked_add(fields.varint()?)?;
        keys.push((Fingerprint(fingerprint), run_start.checked_add(fields.varint()?)?));
    }
    Some(keys)
}

/// Appends nodes, level by level from the lowest, to the section of a run.
pub(crate) fn put_nodes() -> impl FnMut(&mut SectionWriter<'_>, Hash) -> Result<(), DiskError> {
    let mut written = 0_u64;
    move |section, node| {
        section.make_room(NODES_PER_BLOCK * HASH_SIZE, &written.to_be_bytes())?;
        section.block.extend_from_slice(&node.0);
        written += 1;
        Ok(())
    }
}
