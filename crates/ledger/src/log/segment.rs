//! Segment files: their names, their header, and places in them.

use std::path::{Path, PathBuf};

use crate::log::frame::{FieldReader, FieldWriter};
use crate::store::error::{DiskError, OpenError};
use crate::store::volume::VolumeFile;

/// The length of a segment's header in bytes; the first frame follows it.
pub(crate) const HEADER_LEN: usize = 32;

/// The version of the log's format.
pub(crate) const FORMAT_VERSION: u16 = 1;

const MAGIC: [u8; 8] = *b"\xF5PCS-LOG";
const SUFFIX: &str = ".log";

/// A place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The first sequence number of the segment, which names its file.
    pub(crate) segment: u64,
    /// The offset in the segment file in bytes.
    pub(crate) offset: u64,
}

impl Place {
    /// Where the first frame of a segment begins.
    pub(crate) fn first_in(segment: u64) -> Self {
        Self { segment, offset: HEADER_LEN as u64 }
    }
}

/// The directory of the segments in a ledger's directory.
pub(crate) fn log_dir(ledger_dir: &Path) -> PathBuf {
    ledger_dir.join("log")
}

/// The file name of the segment that begins with an entry: 20 digits and `.log`.
pub(crate) fn format_name(first_seq: u64) -> String {
    format!("{first_seq:020}{SUFFIX}")
}

/// The first entry of the segment with a file name; `None` when it is no segment's.
pub(crate) fn parse_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    let all_digits = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { digits.parse().ok() } else { None }
}

/// Writes the header of a segment: magic, version, first sequence number, CRC-32C.
pub(crate) fn format_header(first_seq: u64) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    let mut fields = FieldWriter { rest: &mut bytes };
    fields.put(&MAGIC);
    fields.put(&FORMAT_VERSION.to_le_bytes());
    fields.put(&[0; 6]);
    fields.put(&first_seq.to_le_bytes());
    let crc = checksum(&bytes);
    if let Some(last) = bytes.last_chunk_mut() {
        *last = crc.to_le_bytes();
    }
    bytes
}

/// What the beginning of a segment file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentStart {
    /// The header of the segment of that name.
    Whole,
    /// A header of another format version.
    Version(u16),
    /// Not a header.
    Broken,
}

/// Reads the header of the segment that begins with an entry.
pub(crate) fn read_header(file: &VolumeFile, first_seq: u64) -> Result<SegmentStart, DiskError> {
    let mut bytes = [0; HEADER_LEN];
    let len = file.read(&mut bytes, 0)?;
    Ok(if len < HEADER_LEN { SegmentStart::Broken } else { parse_header(&bytes, first_seq) })
}

fn parse_header(bytes: &[u8; HEADER_LEN], first_seq: u64) -> SegmentStart {
    let mut fields = FieldReader { rest: bytes };
    if fields.take::<8>() != Some(MAGIC) || bytes.last_chunk() != Some(&checksum(bytes).to_le_bytes()) {
        return SegmentStart::Broken;
    }
    let version = fields.take().map_or(0, u16::from_le_bytes);
    if version != FORMAT_VERSION {
        return SegmentStart::Version(version);
    }
    if fields.take::<6>() == Some([0; 6]) && fields.u64() == Some(first_seq) && fields.u32() == Some(0) {
        SegmentStart::Whole
    } else {
        SegmentStart::Broken
    }
}

/// The error for a segment of another version.
pub(crate) fn version_error(path: PathBuf, found: u16) -> OpenError {
    OpenError::Version { path, found, known: FORMAT_VERSION }
}

fn checksum(bytes: &[u8; HEADER_LEN]) -> u32 {
    crc32c::crc32c(bytes.get(..HEADER_LEN - 4).unwrap_or_default())
}
