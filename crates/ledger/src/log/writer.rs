//! Appends frames to the log, commits groups of them, and takes back what is not committed.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tlog_tiles::tlog::Hash;

use crate::disk::draft::{Durability, write_beside};
use crate::disk::{Access, DiskError, Volume, VolumeFile};
use crate::log::error::WriteError;
use crate::log::frame::{BOUNDARY, FrameHeader, FrameRef, MAX_ENTRY_BYTES, MAX_RAW_BYTES};
use crate::log::packing::Packing;
use crate::log::pending::{PackedFrame, PendingLines};
use crate::log::reader::LogReader;
use crate::log::recover::CommittedEnd;
use crate::log::segment::{self, Place};

/// How far a file is filled with zeros ahead of small commits, so that their sync has no metadata to write.
const AHEAD_BYTES: u64 = 256 * 1024;

/// A group that is larger is not small: zeros written ahead of it would only cost.
const SMALL_GROUP_BYTES: u64 = 64 * 1024;

/// Full frames that may be packed apart while the next are filled, before the first of them is waited for. All are
/// written before a run of the index is made of them.
const PACKED_AHEAD: usize = 4;

/// A frame that was written.
#[derive(Debug)]
pub(crate) struct WrittenFrame {
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
    log: Arc<LogReader>,
    segment_bytes: u64,
    segment: OpenSegment,
    committed: CommittedEnd,
    committed_allocated: u64,
    group_bytes: u64,
    new_segments: Vec<u64>,
    pending: PendingLines,
    next_seq: u64,
    newest: Option<i64>,
    packing: Packing,
    poisoned: bool,
}

/// Makes the log of a new ledger: the first segment appears whole or not at all. Opening makes its name durable.
pub(crate) fn create(volume: &Volume, ledger_dir: &Path) -> Result<(), DiskError> {
    let dir = segment::log_dir(ledger_dir);
    volume.create_own_dir(&dir)?;
    let (unfinished, path) = (dir.join("first.tmp"), dir.join(segment::format_name(0)));
    write_beside(volume, unfinished, &path, &segment::format_header(0), Durability::Bytes)
}

impl LogWriter {
    /// Opens the log for appending after a committed end; everything behind that has been cut.
    pub(crate) fn open(log: Arc<LogReader>, committed: CommittedEnd, segment_bytes: u64) -> Result<Self, DiskError> {
        let first_seq = committed.place.segment;
        let file = log.volume().open(&log.path(first_seq), Access::Write)?;
        log.add(first_seq, file.clone());
        let allocated = file.size()?;
        Ok(Self {
            log,
            segment_bytes,
            segment: OpenSegment { first_seq, file, end: committed.place.offset, allocated },
            committed,
            committed_allocated: allocated,
            group_bytes: 0,
            new_segments: Vec::new(),
            pending: PendingLines::new(committed.size, committed.size),
            next_seq: committed.size,
            newest: committed.recorded_at,
            packing: Packing::new(),
            poisoned: false,
        })
    }

    /// The last committed boundary.
    pub(crate) fn committed(&self) -> &CommittedEnd {
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
        self.pending.lines.line(seq).or_else(|| self.packing.line(seq))
    }

    /// Refuses everything after a failed write or sync.
    pub(crate) fn check(&self) -> Result<(), WriteError> {
        if self.poisoned { Err(WriteError::Poisoned) } else { Ok(()) }
    }

    /// Refuses what is too long for an entry, without changing anything.
    pub(crate) fn admit(&self, line: &[u8], recorded_at: i64) -> Result<(), WriteError> {
        self.check()?;
        let (len, limit) = (line.len() as u64, u64::from(MAX_ENTRY_BYTES));
        if len > limit {
            return Err(WriteError::TooLong { len, limit });
        }
        assert!(!line.contains(&b'\n'), "an entry is one line");
        assert!(self.newest.is_none_or(|newest| newest < recorded_at), "L3: an entry is recorded after the one before");
        Ok(())
    }

    /// Ends the pending frame when an entry of `len` bytes has no room in it; returns the frames that were written.
    ///
    /// At a [`BOUNDARY`] these are all that were staged, elsewhere the last few are still packed.
    pub(crate) fn make_room(&mut self, len: usize) -> Result<Vec<WrittenFrame>, WriteError> {
        let is_full = self.pending.lines.bytes().len() + 1 + len > MAX_RAW_BYTES;
        let is_at_boundary = self.next_seq.is_multiple_of(BOUNDARY);
        if self.pending.lines.count() == 0 || !(is_full || is_at_boundary) {
            return Ok(Vec::new());
        }
        let full = std::mem::replace(&mut self.pending, PendingLines::new(self.next_seq, self.committed.size));
        self.packing.begin(full);
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
    /// Returns the frames that were written; none when nothing is staged.
    pub(crate) fn commit(&mut self) -> Result<Vec<WrittenFrame>, WriteError> {
        self.check()?;
        if !self.is_staged() {
            return Ok(Vec::new());
        }
        let group = self.committed.place;
        let last = self.packing.pack_last(&self.pending)?;
        let mut packed = self.packing.finish_all()?;
        packed.push(last);
        let written = self.write_frames(packed)?;
        self.make_durable().map_err(|error| self.poison(error))?;
        self.committed = CommittedEnd {
            place: Place { segment: self.segment.first_seq, offset: self.segment.end },
            size: self.next_seq,
            recorded_at: self.newest,
            group,
        };
        self.committed_allocated = self.segment.allocated;
        self.group_bytes = 0;
        self.new_segments.clear();
        self.pending = PendingLines::new(self.next_seq, self.next_seq);
        Ok(written)
    }

    /// Syncs the segment. Its file must still be one of a ledger when that is acknowledged.
    fn make_durable(&self) -> Result<(), DiskError> {
        self.segment.file.sync_data()?;
        if self.segment.file.has_name()? {
            return Ok(());
        }
        let removed = io::Error::new(io::ErrorKind::NotFound, "the file was removed while the ledger was in use");
        Err(self.segment.file.failed("write", removed))
    }

    /// Takes back everything staged: the log has the bytes that it had after the last commit.
    pub(crate) fn rollback(&mut self) -> Result<(), WriteError> {
        self.check()?;
        self.pending = PendingLines::new(self.committed.size, self.committed.size);
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
            self.log.volume().remove(&self.log.path(segment))?;
        }
        let file = self.log.volume().open(&self.log.path(first_seq), Access::Write)?;
        file.set_len(self.committed.place.offset)?;
        file.set_len(self.committed_allocated)?;
        self.log.sync_dir()?;
        self.log.add(first_seq, file.clone());
        let (end, allocated) = (self.committed.place.offset, self.committed_allocated);
        self.segment = OpenSegment { first_seq, file, end, allocated };
        self.group_bytes = 0;
        Ok(())
    }

    fn write_frames(&mut self, packed: Vec<PackedFrame>) -> Result<Vec<WrittenFrame>, WriteError> {
        let mut written = Vec::with_capacity(packed.len());
        for PackedFrame { header, bytes, leaves } in packed {
            let frame = self.put(&header, &bytes).map_err(|error| self.poison(error))?;
            written.push(WrittenFrame { frame, leaves });
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

    /// Writes zeros behind the end. Where there is no room for them, the log works without.
    fn fill_ahead(&mut self) {
        let end = self.segment.end;
        let goal = end.next_multiple_of(AHEAD_BYTES).min(self.segment_bytes).max(end);
        let zeros = vec![0; usize::try_from(goal - end).expect("at most AHEAD_BYTES")];
        if self.segment.file.write(&zeros, end).is_ok() {
            self.segment.allocated = goal;
        }
    }

    /// Ends the segment at its exact length, makes it durable, and begins the next.
    fn roll(&mut self, first_seq: u64) -> Result<(), DiskError> {
        self.segment.file.set_len(self.segment.end)?;
        self.segment.file.sync_all()?;
        let file = self.log.volume().create_anew(&self.log.path(first_seq))?;
        self.new_segments.push(first_seq);
        file.write(&segment::format_header(first_seq), 0)?;
        self.log.sync_dir()?;
        self.log.add(first_seq, file.clone());
        let end = segment::HEADER_LEN as u64;
        self.segment = OpenSegment { first_seq, file, end, allocated: end };
        Ok(())
    }

    fn poison(&mut self, error: DiskError) -> WriteError {
        self.poisoned = true;
        WriteError::Disk(error)
    }
}
