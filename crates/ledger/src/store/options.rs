//! What a ledger is opened with, and what is told while it opens.

use std::path::Path;
use std::time::Duration;

use crate::disk::Volume;
use crate::log::error::OpenError;
use crate::runs::Describer;

/// The greatest length of a segment file unless told otherwise: 64 MiB.
pub(crate) const SEGMENT_BYTES: u64 = 64 << 20;

/// What a ledger is opened with.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The length in bytes at which a new segment is begun; one frame may be longer.
    pub(crate) segment_bytes: u64,
    /// Reads what an entry is found by from its line.
    pub(crate) describe: Describer,
    /// The file system.
    pub(crate) volume: Volume,
    /// How long to wait for another process that has the ledger.
    pub(crate) wait: Duration,
}

impl Options {
    /// Segments of [`SEGMENT_BYTES`] on the operating system's file system.
    pub(crate) fn new(describe: Describer) -> Self {
        Self { segment_bytes: SEGMENT_BYTES, describe, volume: Volume::real(), wait: Duration::ZERO }
    }

    /// The same, with the directory of a ledger held open.
    ///
    /// # Errors
    ///
    /// [`OpenError::NoLedger`] when there is no directory.
    pub(crate) fn holding(&self, dir: &Path) -> Result<Self, OpenError> {
        Ok(Self { volume: hold(&self.volume, dir)?, ..self.clone() })
    }
}

/// A file system with the directory of a ledger held open.
///
/// # Errors
///
/// [`OpenError::NoLedger`] when there is no directory.
pub(crate) fn hold(volume: &Volume, dir: &Path) -> Result<Volume, OpenError> {
    volume.hold(dir).map_err(|error| {
        if error.is_not_found() { OpenError::NoLedger(dir.to_owned()) } else { OpenError::Disk(error) }
    })
}

/// What is being done that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Making the index again from the log.
    Indexing,
    /// Reading and checking the log.
    VerifyingLog,
    /// Reading each entry and looking for ids that occur twice.
    VerifyingEntries,
    /// Reading and checking the index.
    VerifyingIndex,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// The number of entries done.
    pub done: u64,
    /// The number of entries in all.
    pub total: u64,
}
