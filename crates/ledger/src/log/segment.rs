//! Segment files: their names, their header, and places in them.

use std::path::{Path, PathBuf};

use crate::disk::bytes::{FieldReader, FieldWriter};
use crate::disk::{DiskError, VolumeFile};

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
    let mut fields = FieldWriter::new(&MAGIC);
    fields.put(&FORMAT_VERSION.to_le_bytes());
    fields.put(&[0; 6]);
    fields.put_u64s(&[first_seq]);
    fields.sealed(&[])
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
    let fields = FieldReader::of_sealed(&bytes, &MAGIC).filter(|_| len == HEADER_LEN);
    Ok(match fields.and_then(|mut fields| fields.take()).map(u16::from_le_bytes) {
        Some(FORMAT_VERSION) if bytes == format_header(first_seq) => SegmentStart::Whole,
        Some(FORMAT_VERSION) | None => SegmentStart::Broken,
        Some(other) => SegmentStart::Version(other),
    })
}
