//! Sections of a run: blocks in the order of their keys, then fences that say where each block begins.

use std::sync::Arc;

use super::RunDamage;
use crate::disk::bytes::{FieldReader, put_prefixed, put_varint};
use crate::disk::{DiskError, VolumeFile};

/// A block is ended when it has this many bytes; a single record may make it longer.
pub(crate) const BLOCK_BYTES: usize = 8 * 1024;

const BUFFER_BYTES: usize = 256 * 1024;

/// Where a section is. Its fences follow its blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Section {
    /// The offset of the first block in the file.
    pub(crate) start: u64,
    /// The length of all blocks in bytes.
    pub(crate) blocks_len: u64,
    /// The length of the fences in bytes.
    pub(crate) fences_len: u32,
    /// The CRC-32C of the fences; for the filter, which has none, of its only block.
    pub(crate) crc: u32,
}

/// A file that is written from front to back.
#[derive(Debug)]
pub(crate) struct Output {
    file: VolumeFile,
    written: u64,
    buffer: Vec<u8>,
}

impl Output {
    /// Begins at an offset of a file.
    pub(crate) fn new(file: VolumeFile, offset: u64) -> Self {
        Self { file, written: offset, buffer: Vec::with_capacity(BUFFER_BYTES) }
    }

    /// The offset of the next byte.
    pub(crate) fn offset(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Appends bytes.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        if self.buffer.len() + bytes.len() > BUFFER_BYTES {
            self.flush()?;
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Hands everything to the operating system.
    pub(crate) fn flush(&mut self) -> Result<(), DiskError> {
        self.file.write(&self.buffer, self.written)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

/// A section that is being written: collects a block, and ends it when it is long enough.
#[derive(Debug)]
pub(crate) struct SectionWriter<'a> {
    out: &'a mut Output,
    start: u64,
    fences: Vec<u8>,
    first_key: Vec<u8>,
    /// The records of the block so far.
    pub(crate) block: Vec<u8>,
}

impl<'a> SectionWriter<'a> {
    /// Begins a section where the output is.
    pub(crate) fn new(out: &'a mut Output) -> Self {
        let start = out.offset();
        Self { out, start, fences: Vec::new(), first_key: Vec::new(), block: Vec::new() }
    }

    /// Makes room for a record: ends the block when it has `most` bytes, and begins the next with a key of at most 255
    /// bytes. Returns whether it begins a block.
    pub(crate) fn make_room(&mut self, most: usize, key: &[u8]) -> Result<bool, DiskError> {
        if self.block.len() >= most {
            self.end_block()?;
        }
        if self.block.is_empty() {
            self.first_key = key.to_vec();
        }
        Ok(self.block.is_empty())
    }

    fn end_block(&mut self) -> Result<(), DiskError> {
        if self.block.is_empty() {
            return Ok(());
        }
        put_prefixed(&mut self.fences, &self.first_key);
        put_varint(&mut self.fences, self.block.len() as u64);
        self.fences.extend_from_slice(&crc32c::crc32c(&self.block).to_le_bytes());
        self.out.put(&self.block)?;
        self.block.clear();
        Ok(())
    }

    /// Ends the section with its fences.
    pub(crate) fn finish(mut self) -> Result<Section, DiskError> {
        self.end_block()?;
        let blocks_len = self.out.offset() - self.start;
        self.out.put(&self.fences)?;
        Ok(Section {
            start: self.start,
            blocks_len,
            fences_len: u32::try_from(self.fences.len()).expect("the fences of a run are short"),
            crc: crc32c::crc32c(&self.fences),
        })
    }
}

/// Where a block is and with which key it begins.
#[derive(Debug)]
pub(crate) struct Fence {
    /// The key of the block's first record.
    pub(crate) key: Box<[u8]>,
    offset: u64,
    len: usize,
    crc: u32,
}

/// Reads the fences of a section.
pub(crate) fn read_fences(file: &VolumeFile, section: &Section) -> Result<Arc<[Fence]>, RunDamage> {
    let end = section.start.checked_add(section.blocks_len).ok_or(RunDamage)?;
    let bytes = read_checked(file, end, section.fences_len as usize, section.crc)?;
    parse_fences(&bytes, section.start, end).map(Into::into).ok_or(RunDamage)
}

fn parse_fences(bytes: &[u8], start: u64, end: u64) -> Option<Vec<Fence>> {
    let mut fields = FieldReader { rest: bytes };
    let mut fences = Vec::new();
    let mut offset = start;
    while !fields.rest.is_empty() {
        let key = fields.prefixed()?.into();
        let len = usize::try_from(fields.varint()?).ok()?;
        fences.push(Fence { key, offset, len, crc: fields.u32()? });
        offset = offset.checked_add(len as u64)?;
    }
    (offset == end).then_some(fences)
}

/// Reads a block.
pub(crate) fn read_block(file: &VolumeFile, fence: &Fence) -> Result<Vec<u8>, RunDamage> {
    read_checked(file, fence.offset, fence.len, fence.crc)
}

/// Reads bytes that have a checksum.
pub(crate) fn read_checked(file: &VolumeFile, offset: u64, len: usize, crc: u32) -> Result<Vec<u8>, RunDamage> {
    let mut bytes = vec![0; len];
    let filled = file.read(&mut bytes, offset).map_err(|_| RunDamage)?;
    if filled == len && crc32c::crc32c(&bytes) == crc { Ok(bytes) } else { Err(RunDamage) }
}
