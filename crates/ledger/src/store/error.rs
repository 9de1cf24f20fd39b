//! What can go wrong in the store, by family of operation.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::log::segment::{self, Place};

/// A file operation that the operating system refused.
#[derive(Debug, Error)]
#[error("{action} {}", path.display())]
pub struct DiskError {
    /// What was tried: `read`, `write`, `sync` and so on.
    pub action: &'static str,
    /// The file or directory.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

impl DiskError {
    pub(crate) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self { action, path: path.to_owned(), source }
    }

    /// Whether there was no room: no space left, or over the quota.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }

    /// Whether it was not allowed: no permission, or a file system that is read only.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}

/// What is wrong with a place of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// A segment file does not begin with a whole header.
    SegmentHeader,
    /// A segment that the sequence needs is not there.
    SegmentMissing,
    /// There are no whole, checksummed frames where acknowledged entries were.
    Frame,
    /// A frame does not continue the one before (L1, L3).
    Order,
    /// The payload of a whole frame is not the lines that its header names.
    Payload,
    /// A line is not an entry, or not the one its place asks for (L1, L3).
    Entry,
    /// Fewer entries than were acknowledged (L5).
    Shorter,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SegmentHeader => "the segment has no whole header",
            Self::SegmentMissing => "a segment is missing",
            Self::Frame => "no whole frame where one must be",
            Self::Order => "a frame does not continue the one before",
            Self::Payload => "the payload of a frame is not the lines its header names",
            Self::Entry => "a line is not the entry of its place",
            Self::Shorter => "the log holds fewer entries than were acknowledged",
        })
    }
}

/// Damage of the log that is not a torn tail: names the first place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{damage}: segment {segment}, offset {offset}, seq {seq}")]
pub struct Corrupt {
    /// The file name of the segment.
    pub segment: String,
    /// The offset in the segment, in bytes.
    pub offset: u64,
    /// The first sequence number that cannot be read.
    pub seq: u64,
    /// What is wrong there.
    pub damage: Damage,
}

impl Corrupt {
    pub(crate) fn at(place: Place, seq: u64, damage: Damage) -> Self {
        Self { segment: segment::format_name(place.segment), offset: place.offset, seq, damage }
    }
}

/// Why a ledger was not created or opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no ledger in the directory.
    #[error("there is no ledger in {}", dir.display())]
    NoLedger {
        /// The directory.
        dir: PathBuf,
    },
    /// There is a ledger in the directory already.
    #[error("there is a ledger in {} already", dir.display())]
    Exists {
        /// The directory.
        dir: PathBuf,
    },
    /// Another process is writing to the ledger.
    #[error("another process has the ledger in {}", dir.display())]
    Locked {
        /// The directory.
        dir: PathBuf,
    },
    /// The log was written by a newer program.
    #[error("{} has format version {found}, this program knows {known}", path.display())]
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
    Corrupt(#[from] Corrupt),
    /// The checkpoint that closed an instant is damaged, or not signed by a key of the ledger.
    #[error("{} is not a checkpoint of this ledger that closed an instant", path.display())]
    Closing {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("a file operation failed")]
    Disk(#[from] DiskError),
}

/// Why entries were not read.
#[derive(Debug, Error)]
#[non_exhaustive]
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
    Corrupt(#[from] Corrupt),
    /// The operating system refused.
    #[error("a file operation failed")]
    Disk(#[from] DiskError),
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Corrupt(corrupt) => Self::Corrupt(corrupt),
            ReadError::Disk(disk) => Self::Disk(disk),
            ReadError::OutOfRange { seq, size } => {
                unreachable!("opening reads only what is there, not entry {seq} of {size}")
            }
        }
    }
}

/// Why entries were not staged, committed or rolled back.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppendError {
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
    /// An entry has a line break in it.
    #[error("an entry is one line, this one has a line break")]
    LineBreak,
    /// The instant of an entry is not after the newest one (L3).
    #[error("recorded_at {recorded_at} is not after {newest}")]
    NotAfter {
        /// The instant of the entry, in microseconds since 1970.
        recorded_at: i64,
        /// The instant of the newest entry, in microseconds since 1970.
        newest: i64,
    },
    /// The operating system refused; the handle is poisoned now.
    #[error("a file operation failed")]
    Disk(#[from] DiskError),
}

/// What `verify` found first.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Broken {
    /// The ledger cannot be opened or its log is damaged.
    #[error("the log does not hold")]
    Log(#[from] OpenError),
    /// The file `head` says something the log does not.
    #[error("{} does not fit the log", path.display())]
    Head {
        /// The file.
        path: PathBuf,
    },
    /// A run of the index does not say what the log says.
    #[error("{} does not fit the log: {section}", path.display())]
    Run {
        /// The file.
        path: PathBuf,
        /// The part of it: `header`, `frames`, `partners`, `keys`, `filter` or `nodes`.
        section: &'static str,
    },
}

impl From<DiskError> for Broken {
    fn from(error: DiskError) -> Self {
        Self::Log(OpenError::Disk(error))
    }
}
