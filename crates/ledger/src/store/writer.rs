//! The writing end of a ledger: stages entries, commits them as one, and takes back what is not committed.

use std::path::Path;
use std::time::Duration;

use super::Snapshot;
use super::head::HeadWriter;
use super::indexer::Indexer;
use super::opening;
use super::options::{Options, Progress};
use crate::disk::draft::Durability;
use crate::disk::lock::Stamp;
use crate::disk::{DiskError, Volume, VolumeFile};
use crate::log::error::{OpenError, ReadError, WriteError};
use crate::log::writer::{LogWriter, WrittenFrame};

/// What opening a ledger for writing had to mend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The bytes of a torn tail that were cut off, not counting zeros at the end.
    pub cut_bytes: u64,
    /// The whole entries in them; they were never acknowledged.
    pub cut_entries: u64,
    /// The entries that were indexed again because runs were missing, stale or damaged.
    pub indexed_entries: u64,
    /// Whether the file `head` was missing or damaged, and made again.
    pub head_made: bool,
}

/// The one writer of a ledger. A failed write or sync poisons it: it refuses everything from then on.
pub(crate) struct Writer {
    pub(super) log: LogWriter,
    pub(super) head: HeadWriter,
    pub(super) indexer: Indexer,
    pub(super) committed: Snapshot,
    pub(super) staged: Snapshot,
    /// The writer's lock; none while others may write.
    pub(super) lock: Option<VolumeFile>,
    /// What tells in the file of the lock whether another writer came meanwhile.
    pub(super) stamp: Stamp,
}

impl Writer {
    /// Makes an empty ledger in a directory, which is made too.
    ///
    /// # Errors
    ///
    /// [`OpenError::Exists`] when there is a ledger, [`OpenError::Locked`] when another process is making one.
    #[cfg(test)]
    pub(crate) fn create(dir: &Path, options: &Options) -> Result<Self, OpenError> {
        Self::create_after(dir, options, &mut |_| Ok(()))
    }

    /// Makes an empty ledger in a directory, which is made too.
    ///
    /// `prepare` runs under the lock before the ledger is there, and is given the file system with the directory held:
    /// when it fails, or the process dies in it, there is no ledger, and making one can be tried again.
    ///
    /// # Errors
    ///
    /// [`OpenError::Exists`] when there is a ledger, [`OpenError::Locked`] when another process is making one.
    pub(crate) fn create_after(
        dir: &Path,
        options: &Options,
        prepare: &mut dyn FnMut(&Volume) -> Result<(), DiskError>,
    ) -> Result<Self, OpenError> {
        opening::create(dir, options, prepare)
    }

    /// Opens a ledger, cuts off a torn tail, and makes what is missing of the index.
    ///
    /// # Errors
    ///
    /// [`OpenError::NoLedger`], [`OpenError::Locked`], [`OpenError::Corrupt`] when the log is damaged before its tail
    /// or holds less than was acknowledged.
    pub(crate) fn open(
        dir: &Path,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Self, Recovery), OpenError> {
        opening::open(dir, options, progress)
    }

    /// The file system of the ledger.
    pub(crate) fn volume(&self) -> &Volume {
        self.committed.volume()
    }

    /// The directory of the ledger, by the path by which it was opened.
    pub(crate) fn dir(&self) -> &Path {
        self.committed.dir()
    }

    /// The number of entries, staged ones included.
    pub(crate) fn size(&self) -> u64 {
        self.log.size()
    }

    /// The number of committed entries.
    pub(crate) fn committed_size(&self) -> u64 {
        self.committed.size
    }

    /// When the newest entry, staged ones included, was recorded, in microseconds since 1970.
    pub(crate) fn last_recorded_at(&self) -> Option<i64> {
        self.log.newest()
    }

    /// Refuses everything after a failed write or sync: what was staged then may be neither in memory nor in the log.
    pub(crate) fn check(&self) -> Result<(), WriteError> {
        self.log.check()
    }

    /// Stages an entry, whose sequence number is [`Self::size`]: its line without a line feed, its partner (empty for
    /// none), at most [`crate::runs::MAX_KEYS`] keys, and when it is recorded, in microseconds since 1970 and after the
    /// entry before (L3).
    ///
    /// It can be read and found here, and is not part of the ledger before [`Self::commit`].
    pub(crate) fn stage(
        &mut self,
        line: &[u8],
        partner: &str,
        keys: &[u64],
        recorded_at: i64,
    ) -> Result<(), WriteError> {
        self.settle();
        self.log.admit(line, recorded_at)?;
        let written = self.log.make_room(line.len())?;
        if !written.is_empty() {
            self.index(&written);
            if self.indexer.seal(Durability::Nothing) {
                self.staged = self.indexer.snapshot(self.size());
            }
        }
        self.log.push(line, recorded_at);
        self.indexer.change(|tail| tail.push(partner, keys));
        self.staged.size = self.log.size();
        Ok(())
    }

    fn index(&self, written: &[WrittenFrame]) {
        self.indexer.change(|tail| {
            for WrittenFrame { frame, leaves } in written {
                tail.push_leaves(leaves);
                tail.push_frame(*frame);
            }
        });
    }

    /// The entries, staged ones included, that may have a key, ascending; the caller compares.
    pub(crate) fn find(&self, key: u64) -> Result<Vec<u64>, ReadError> {
        self.staged.find(key)
    }

    /// The line of an entry, staged ones included.
    pub(crate) fn read(&self, seq: u64) -> Result<Vec<u8>, ReadError> {
        match self.log.pending_line(seq) {
            Some(line) => Ok(line.to_vec()),
            None => self.staged.read(seq),
        }
    }

    /// Makes what is staged part of the ledger, durably (L5). When nothing is staged, nothing is done.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; whether the entries are in the ledger is then known only after opening it again.
    pub(crate) fn commit(&mut self) -> Result<(), WriteError> {
        self.make_durable()?;
        self.settle();
        Ok(())
    }

    /// The part of a commit that those who wait for it have to wait for (L5).
    ///
    /// # Errors
    ///
    /// As [`Self::commit`].
    pub(crate) fn make_durable(&mut self) -> Result<(), WriteError> {
        self.indexer.sync_staged();
        let written = self.log.commit()?;
        if written.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.head.write(self.log.committed()) {
            tracing::warn!(%error, "the file head was not written");
        }
        self.index(&written);
        self.indexer.commit(self.log.size());
        self.committed = self.staged.clone();
        Ok(())
    }

    /// Makes the run that became whole with the last commit, if one did: the rest of a commit.
    ///
    /// It comes before anything else is staged, at the latest by [`Self::stage`].
    pub(crate) fn settle(&mut self) {
        if !self.log.is_staged() && self.indexer.seal(Durability::Bytes) {
            // The runs that were merged are not needed any more: all that is indexed is committed.
            self.indexer.commit(self.log.size());
            self.staged = self.indexer.snapshot(self.log.size());
            self.committed = self.staged.clone();
        }
    }

    /// Takes back everything staged: the log has the bytes that it had after the last commit.
    pub(crate) fn rollback(&mut self) -> Result<(), WriteError> {
        self.log.rollback()?;
        self.indexer.rollback(&self.committed);
        self.staged = self.committed.clone();
        Ok(())
    }

    /// Lets others write until [`Self::resume`]. What is staged is taken back.
    ///
    /// # Errors
    ///
    /// [`WriteError`], when it is of no use any more.
    pub(crate) fn rest(&mut self) -> Result<(), WriteError> {
        if self.log.is_staged() {
            self.rollback()?;
        }
        self.check()?;
        self.lock = None;
        Ok(())
    }

    /// Takes the lock again; `false` when the ledger is to be opened anew.
    ///
    /// # Errors
    ///
    /// [`OpenError::Locked`] when another process has it all the time that is waited.
    pub(crate) fn resume(&mut self, wait: Duration) -> Result<bool, OpenError> {
        opening::resume(self, wait)
    }

    /// The committed entries, for reading; it stays as it is whatever is appended.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.committed.clone()
    }
}

impl Drop for Writer {
    /// Takes back what is staged and makes `head` durable; what fails is mended when the ledger is opened again.
    fn drop(&mut self) {
        if self.log.is_staged() && self.rollback().is_err() {
            return;
        }
        drop(self.head.sync());
    }
}
