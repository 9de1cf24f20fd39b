//! Appends frames to the log, commits groups of them, and takes back what is not committed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tlog_tiles::tlog::Hash;

use crate::log::frame::{BOUNDARY, FrameHeader, FrameRef, MAX_ENTRY_BYTES, MAX_RAW_BYTES};
use crate::log::packing::Packing;
use crate::log::pending::{FrameSpan, Packed, Pending};
use crate::log::reader::LogReader;
use crate::log::recover::Committed;
use crate::log::segment::{self, Place};
use crate::store::disk::Access;
use crate::store::error::{AppendError, DiskError};
use crate::store::volume::{Volume, VolumeFile};

/// How far a file is filled with zeros ahead of small commits, so that their sync has no metadata to write.
const AHEAD_BYTES: u64 = 256 * 1024;

/// A group that is larger is not small: zeros written ahead of it would only cost.
const SMALL_GROUP_BYTES: u64 = 64 * 1024;

/// Full frames that may be packed apart while the next are filled, before the first of them is waited for. All are
/// written before a run of the index is made of them.
const PACKED_AHEAD: usize = 4;

/// A frame that was written.
#[derive(Debug)]
pub(crate) struct Written {
    /// Where it is.
    pub(crate) frame: FrameRef,
    /// The leaves of its entries.
    pub(crate) leaves: Vec<Hash>,
}

/// The segment that is written to.
#[derive(Debug)]
struct OpenSegment {
    first_seq: u64,
    file: VolumeFile,
    end: u64,
    allocated: u64,
}

/// The writing end of the log. After a failed write or sync it refuses everything.
pub(crate) struct LogWriter {
    volume: Volume,
    dir: PathBuf,
    log: Arc<LogReader>,
    segment_bytes: u64,
    segment: OpenSegment,
    committed: Committed,
    committed_allocated: u64,
    group_bytes: u64,
    new_segments: Vec<u64>,
    pending: Pending,
    next_seq: u64,
    newest: Option<i64>,
    packing: Packing,
    poisoned: bool,
}

/// Makes the log of a new ledger: the first segment appears whole or not at all. Opening makes its name durable.
pub(crate) fn create(volume: &Volume, ledger_dir: &Path) -> Result<(), DiskError> {
    let dir = segment::log_dir(ledger_dir);
    volume.create_own_dir(&dir)?;
    let temporary = dir.join("first.tmp");
    let file = volume.create_anew(&temporary)?;
    file.write(&segment::format_header(0), 0)?;
    file.sync_all()?;
    volume.rename(&temporary, &dir.join(segment::format_name(0)))
}

impl LogWriter {
    /// Opens the log for appending after a committed end; everything behind that has been cut.
    pub(crate) fn open(
        volume: &Volume,
        ledger_dir: &Path,
        log: Arc<LogReader>,
        committed: Committed,
        segment_bytes: u64,
    ) -> Result<Self, DiskError> {
        let dir = segment::log_dir(ledger_dir);
        let first_seq = committed.place.segment;
        let file = volume.open(&dir.join(segment::format_name(first_seq)), Access::Write)?;
        log.add(first_seq, file.clone());
        let allocated = file.size()?;
        Ok(Self {
            volume: volume.clone(),
            dir,
            log,
            segment_bytes,
            segment: OpenSegment { first_seq, file, end: committed.place.offset, allocated },
            committed,
            committed_allocated: allocated,
            group_bytes: 0,
            new_segments: Vec::new(),
            pending: Pending::default(),
            next_seq: committed.size,
            newest: committed.recorded_at,
            packing: Packing::new(),
            poisoned: false,
        })
    }

    /// The last committed boundary.
    pub(crate) fn committed(&self) -> &Committed {
        &self.committed
    }

    /// The number of entries, staged ones included.
    pub(crate) fn size(&self) -> u64 {
        self.next_seq
    }

    /// When the newest entry, staged ones included, was recorded, in microseconds since 1970.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// Whether anything is staged.
    pub(crate) fn is_staged(&self) -> bool {
        self.next_seq > self.committed.size
    }

    /// The line of an entry that is staged and not yet in a frame that is written.
    pub(crate) fn pending_line(&self, seq: u64) -> Option<&[u8]> {
        let first = self.next_seq - self.pending.count() as u64;
        match seq.checked_sub(first) {
            Some(at) => self.pending.line(usize::try_from(at).ok()?),
            None => self.packing.line(seq),
        }
    }

    /// Refuses everything after a failed write or sync.
    pub(crate) fn check(&self) -> Result<(), AppendError> {
        if self.poisoned { Err(AppendError::Poisoned) } else { Ok(()) }
    }

    /// Refuses what cannot be the next entry, without changing anything.
    pub(crate) fn admit(&self, line: &[u8], recorded_at: i64) -> Result<(), AppendError> {
        self.check()?;
        let (len, limit) = (line.len() as u64, u64::from(MAX_ENTRY_BYTES));
        if len > limit {
            return Err(AppendError::TooLong { len, limit });
        }
        if line.contains(&b'\n') {
            return Err(AppendError::LineBreak);
        }
        match self.newest {
            Some(newest) if newest >= recorded_at => Err(AppendError::NotAfter { recorded_at, newest }),
            Some(_) | None => Ok(()),
        }
    }

    /// Ends the pending frame when an entry of `len` bytes has no room in it; returns the frames that were written.
    ///
    /// At a [`BOUNDARY`] these are all that were staged, elsewhere the last few are still packed.
    pub(crate) fn make_room(&mut self, len: usize) -> Result<Vec<Written>, AppendError> {
        let is_full = self.pending.raw_len() + 1 + len > MAX_RAW_BYTES;
        let is_at_boundary = self.next_seq.is_multiple_of(BOUNDARY);
        if self.pending.count() == 0 || !(is_full || is_at_boundary) {
            return Ok(Vec::new());
        }
        let (pending, span) = self.take_pending(false);
        self.packing.begin(pending, span);
        let packed =
            if is_at_boundary { self.packing.finish_all()? } else { self.packing.finish_until(PACKED_AHEAD)? };
        self.write_frames(packed)
    }

    /// Stages an admitted entry, for which room was made.
    pub(crate) fn push(&mut self, line: &[u8], recorded_at: i64) {
        self.pending.push(line, recorded_at);
        self.next_seq += 1;
        self.newest = Some(recorded_at);
    }

    /// Commits what is staged: its last frame with the commit flag, then one sync (L5).
    ///
    /// Returns the frames that were written; nothing staged is no frame.
    pub(crate) fn commit(&mut self) -> Result<Vec<Written>, AppendError> {
        self.check()?;
        if !self.is_staged() {
            return Ok(Vec::new());
        }
        let group = self.committed.place;
        let (pending, span) = self.take_pending(true);
        let last = self.packing.pack(&pending, &span)?;
        let mut packed = self.packing.finish_all()?;
        packed.push(last);
        let written = self.write_frames(packed)?;
        self.make_durable().map_err(|error| self.poison(error))?;
        self.committed = Committed {
            place: Place { segment: self.segment.first_seq, offset: self.segment.end },
            size: self.next_seq,
            recorded_at: self.newest,
            group,
        };
        self.committed_allocated = self.segment.allocated;
        self.group_bytes = 0;
        self.new_segments.clear();
        Ok(written)
    }

    /// Syncs the segment, which is to be one of a ledger still when that is acknowledged.
    fn make_durable(&self) -> Result<(), DiskError> {
        self.segment.file.sync_data()?;
        if self.segment.file.has_name()? {
            return Ok(());
        }
        let removed = io::Error::new(io::ErrorKind::NotFound, "the file was removed while the ledger was in use");
        Err(self.segment.file.failed("write", removed))
    }

    /// Takes back everything staged: the log has the bytes that it had after the last commit.
    pub(crate) fn rollback(&mut self) -> Result<(), AppendError> {
        self.check()?;
        self.pending = Pending::default();
        self.packing.abandon();
        self.next_seq = self.committed.size;
        self.newest = self.committed.recorded_at;
        if self.group_bytes == 0 {
            return Ok(());
        }
        self.cut().map_err(|error| self.poison(error))
    }

    fn cut(&mut self) -> Result<(), DiskError> {
        let first_seq = self.committed.place.segment;
        self.log.forget_from(first_seq);
        for segment in std::mem::take(&mut self.new_segments) {
            self.volume.remove(&self.dir.join(segment::format_name(segment)))?;
        }
        let file = self.volume.open(&self.dir.join(segment::format_name(first_seq)), Access::Write)?;
        file.set_len(self.committed.place.offset)?;
        file.set_len(self.committed_allocated)?;
        self.volume.sync_dir(&self.dir)?;
        self.log.add(first_seq, file.clone());
        let (end, allocated) = (self.committed.place.offset, self.committed_allocated);
        self.segment = OpenSegment { first_seq, file, end, allocated };
        self.group_bytes = 0;
        Ok(())
    }

    /// The lines of the pending frame, which are no longer pending, and what the frame says beside them.
    fn take_pending(&mut self, commit: bool) -> (Pending, FrameSpan) {
        let pending = std::mem::take(&mut self.pending);
        let span = FrameSpan {
            commit,
            first_seq: self.next_seq - pending.count() as u64,
            group_first_seq: self.committed.size,
            last_recorded_at: self.newest.unwrap_or_default(),
        };
        (pending, span)
    }

    fn write_frames(&mut self, packed: Vec<Packed>) -> Result<Vec<Written>, AppendError> {
        let mut written = Vec::with_capacity(packed.len());
        for Packed { header, bytes, leaves } in packed {
            let frame = self.put(&header, &bytes).map_err(|error| self.poison(error))?;
            written.push(Written { frame, leaves });
        }
        Ok(written)
    }

    fn put(&mut self, header: &FrameHeader, bytes: &[u8]) -> Result<FrameRef, DiskError> {
        let len = bytes.len() as u64;
        if self.segment.end + len > self.segment_bytes && self.segment.end > segment::HEADER_LEN as u64 {
            self.roll(header.first_seq)?;
        }
        self.group_bytes += len;
        let place = Place { segment: self.segment.first_seq, offset: self.segment.end };
        let end = place.offset + len;
        self.segment.file.write(bytes, place.offset)?;
        self.segment.end = end;
        if end > self.segment.allocated {
            self.segment.allocated = end;
            if header.commit && self.group_bytes <= SMALL_GROUP_BYTES {
                self.fill_ahead();
            }
        }
        Ok(header.at(place))
    }

    /// Fills with zeros behind the end. Without room for them the log does as well.
    fn fill_ahead(&mut self) {
        let end = self.segment.end;
        let goal = end.next_multiple_of(AHEAD_BYTES).min(self.segment_bytes).max(end);
        let zeros = vec![0; usize::try_from(goal - end).unwrap_or_default()];
        if self.segment.file.write(&zeros, end).is_ok() {
            self.segment.allocated = goal;
        }
    }

    /// Ends the segment at its exact length, makes it durable, and begins the next.
    fn roll(&mut self, first_seq: u64) -> Result<(), DiskError> {
        self.segment.file.set_len(self.segment.end)?;
        self.segment.file.sync_all()?;
        let file = self.volume.create_anew(&self.dir.join(segment::format_name(first_seq)))?;
        self.new_segments.push(first_seq);
        file.write(&segment::format_header(first_seq), 0)?;
        self.volume.sync_dir(&self.dir)?;
        self.log.add(first_seq, file.clone());
        let end = segment::HEADER_LEN as u64;
        self.segment = OpenSegment { first_seq, file, end, allocated: end };
        Ok(())
    }

    fn poison(&mut self, error: DiskError) -> AppendError {
        self.poisoned = true;
        AppendError::Disk(error)
    }
}
