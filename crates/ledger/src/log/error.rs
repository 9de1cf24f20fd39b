//! What can go wrong with the log, and with all that stands on it, by family of operation.

use std::path::PathBuf;

use thiserror::Error;

use crate::disk::DiskError;
use crate::log::segment::{self, Place};

/// What is wrong with a place of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Damage {
    /// A segment file does not begin with a whole header.
    #[error("the segment has no whole header")]
    SegmentHeader,
    /// A segment that the sequence needs is not there.
    #[error("a segment is missing")]
    SegmentMissing,
    /// There are no whole, checksummed frames where acknowledged entries were.
    #[error("no whole frame where one must be")]
    Frame,
    /// A frame does not continue the one before (L1, L3).
    #[error("a frame does not continue the one before")]
    Order,
    /// The payload of a whole frame is not the lines that its header names.
    #[error("the payload of a frame is not the lines its header names")]
    Payload,
    /// A line is not an entry, or not the one its place asks for (L1, L3).
    #[error("a line is not the entry of its place")]
    Entry,
    /// Fewer entries than were acknowledged (L5).
    #[error("the log holds fewer entries than were acknowledged")]
    Shorter,
}

/// Damage of the log that is not a torn tail: names the first place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{damage}: segment {segment}, offset {offset}, seq {seq}")]
pub struct Corruption {
    /// The file name of the segment.
    pub segment: String,
    /// The offset in the segment, in bytes.
    pub offset: u64,
    /// The first sequence number that cannot be read.
    pub seq: u64,
    /// What is wrong there.
    pub damage: Damage,
}

impl Corruption {
    pub(crate) fn at(place: Place, seq: u64, damage: Damage) -> Self {
        Self { segment: segment::format_name(place.segment), offset: place.offset, seq, damage }
    }
}

/// An entry that is whole and says something that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("entry {seq} {what}, which pcs {} does not know: a later version wrote it", env!("CARGO_PKG_VERSION"))]
pub struct LaterEntry {
    /// The entry.
    pub seq: u64,
    /// What it says, such as `is of the type x`.
    pub what: String,
    /// The code of what is not known: `unknown_type` or `unknown_field`.
    pub code: &'static str,
}

/// Why a ledger was not created or opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// There is no ledger in the directory.
    #[error("there is no ledger in {}", .0.display())]
    NoLedger(PathBuf),
    /// There is a ledger in the directory already.
    #[error("there is a ledger in {} already", .0.display())]
    Exists(PathBuf),
    /// Another process is writing to the ledger.
    #[error("another process has the ledger in {}", .0.display())]
    Locked(PathBuf),
    /// The log was written by a newer program.
    #[error(
        "{} has format {found}, and pcs {} reads formats up to {known}: a later version wrote it",
        path.display(),
        env!("CARGO_PKG_VERSION")
    )]
    Version {
        /// The segment file.
        path: PathBuf,
        /// The version in the file.
        found: u16,
        /// The newest version known here.
        known: u16,
    },
    /// The log is damaged.
    #[error("the ledger is corrupt")]
    Corrupt(#[from] Corruption),
    /// A later version wrote an entry.
    #[error(transparent)]
    Later(#[from] LaterEntry),
    /// The checkpoint that closed an instant is damaged, or not signed by a key of the ledger.
    #[error("{} is not a checkpoint of this ledger that closed an instant", .0.display())]
    Closing(PathBuf),
    /// The operating system refused.
    #[error("a file operation failed")]
    Disk(#[from] DiskError),
}

/// Why entries were not read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// No such entry.
    #[error("there is no entry {seq}, the size is {size}")]
    OutOfRange {
        /// The sequence number asked for.
        seq: u64,
        /// The number of entries.
        size: u64,
    },
    /// The log is damaged.
    #[error("the ledger is corrupt")]
    Corrupt(#[from] Corruption),
    /// A later version wrote an entry.
    #[error(transparent)]
    Later(#[from] LaterEntry),
    /// The operating system refused.
    #[error("a file operation failed")]
    Disk(#[from] DiskError),
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Corrupt(corrupt) => Self::Corrupt(corrupt),
            ReadError::Later(later) => Self::Later(later),
            ReadError::Disk(disk) => Self::Disk(disk),
            ReadError::OutOfRange { seq, size } => {
                unreachable!("opening reads only what is there, not entry {seq} of {size}")
            }
        }
    }
}

/// Why entries were not staged, committed or rolled back.
#[derive(Debug, Error)]
pub enum WriteError {
    /// An earlier write failed; the ledger must be opened again.
    #[error("an earlier write failed, the ledger must be opened again")]
    Poisoned,
    /// An entry is longer than a frame can say.
    #[error("an entry of {len} bytes is too long, the limit is {limit}")]
    TooLong {
        /// The length of the entry in bytes.
        len: u64,
        /// The greatest length in bytes.
        limit: u64,
    },
    /// The operating system refused; the handle is poisoned now.
    #[error("a file operation failed")]
    Disk(#[from] DiskError),
}
