//! Sections of a run: blocks in the order of their keys, then fences that say where each block begins, then MACs: one of
//! each block, and one of the fences and those.

use std::sync::Arc;

use super::RunDamage;
use super::mac::{BEHIND_BLOCKS, MAC_LEN, Part, RunKey};
use crate::disk::bytes::{FieldReader, put_prefixed, put_varint};
use crate::disk::{DiskError, VolumeFile};

/// A block is ended when it has this many bytes; a single record may make it longer.
pub(crate) const BLOCK_BYTES: usize = 8 * 1024;

const BUFFER_BYTES: usize = 256 * 1024;

/// Where a section is. Its fences follow its blocks, and its MACs the fences.
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
    key: &'a RunKey,
    part: Part,
    start: u64,
    fences: Vec<u8>,
    macs: Vec<u8>,
    first_key: Vec<u8>,
    /// The records of the block so far.
    pub(crate) block: Vec<u8>,
}

impl<'a> SectionWriter<'a> {
    /// Begins a section where the output is.
    pub(crate) fn new(out: &'a mut Output, key: &'a RunKey, part: Part) -> Self {
        let start = out.offset();
        let (fences, macs, first_key, block) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { out, key, part, start, fences, macs, first_key, block }
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
        let number = u32::try_from(self.macs.len() / MAC_LEN).expect("a run has few blocks");
        self.macs.extend_from_slice(&self.key.mac(self.part, number, [&self.block, &[]]));
        self.out.put(&self.block)?;
        self.block.clear();
        Ok(())
    }

    /// Ends the section of one block that has no fence; the checksum is that of the block.
    pub(crate) fn finish_alone(mut self) -> Result<Section, DiskError> {
        let crc = crc32c::crc32c(&self.block);
        self.end_block()?;
        self.fences.clear();
        Ok(Section { crc, ..self.finish()? })
    }

    /// Ends the section with its fences and MACs.
    pub(crate) fn finish(mut self) -> Result<Section, DiskError> {
        self.end_block()?;
        let blocks_len = self.out.offset() - self.start;
        self.out.put(&self.fences)?;
        self.out.put(&self.macs)?;
        self.out.put(&self.key.mac(self.part, BEHIND_BLOCKS, [&self.fences, &self.macs]))?;
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
    /// The offset of the block in the file.
    pub(crate) offset: u64,
    len: usize,
    crc: u32,
    part: Part,
    number: u32,
    mac: [u8; MAC_LEN],
}

/// Reads the fences of a section. The filter has one block, and none stands in the file.
pub(crate) fn read_fences(
    file: &VolumeFile,
    key: &RunKey,
    part: Part,
    section: &Section,
) -> Result<Arc<[Fence]>, RunDamage> {
    let end = section.start.checked_add(section.blocks_len).ok_or(RunDamage)?;
    let (bytes, mut fences) = if part == Part::Filter {
        let len = usize::try_from(section.blocks_len).map_err(|_| RunDamage)?;
        let (key, mac) = (Box::default(), [0; MAC_LEN]);
        (Vec::new(), vec![Fence { key, offset: section.start, len, crc: section.crc, part, number: 0, mac }])
    } else {
        let bytes = read_checked(file, end, section.fences_len as usize, section.crc)?;
        let fences = parse_fences(&bytes, part, section.start, end).ok_or(RunDamage)?;
        (bytes, fences)
    };
    let macs = read_exact(file, end + bytes.len() as u64, (fences.len() + 1) * MAC_LEN)?;
    let (macs, own) = macs.split_last_chunk().ok_or(RunDamage)?;
    if !key.holds(part, BEHIND_BLOCKS, [&bytes, macs], *own) {
        return Err(RunDamage);
    }
    fences.iter_mut().zip(macs.as_chunks().0).for_each(|(fence, mac)| fence.mac = *mac);
    Ok(fences.into())
}

fn parse_fences(bytes: &[u8], part: Part, start: u64, end: u64) -> Option<Vec<Fence>> {
    let mut fields = FieldReader { rest: bytes };
    let mut fences = Vec::new();
    let mut offset = start;
    for number in 0.. {
        if fields.rest.is_empty() {
            break;
        }
        let key = fields.prefixed()?.into();
        let len = usize::try_from(fields.varint()?).ok()?;
        fences.push(Fence { key, offset, len, crc: fields.u32()?, part, number, mac: [0; MAC_LEN] });
        offset = offset.checked_add(len as u64)?;
    }
    (offset == end).then_some(fences)
}

/// Reads a block.
pub(crate) fn read_block(file: &VolumeFile, key: &RunKey, fence: &Fence) -> Result<Vec<u8>, RunDamage> {
    let block = read_checked(file, fence.offset, fence.len, fence.crc)?;
    if key.holds(fence.part, fence.number, [&block, &[]], fence.mac) { Ok(block) } else { Err(RunDamage) }
}

/// Reads bytes that have a checksum.
fn read_checked(file: &VolumeFile, offset: u64, len: usize, crc: u32) -> Result<Vec<u8>, RunDamage> {
    let bytes = read_exact(file, offset, len)?;
    if crc32c::crc32c(&bytes) == crc { Ok(bytes) } else { Err(RunDamage) }
}

fn read_exact(file: &VolumeFile, offset: u64, len: usize) -> Result<Vec<u8>, RunDamage> {
    let mut bytes = vec![0; len];
    let filled = file.read(&mut bytes, offset).map_err(|_| RunDamage)?;
    if filled == len { Ok(bytes) } else { Err(RunDamage) }
}
