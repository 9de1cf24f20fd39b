//! Reads frames of the log at known places.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::disk::secret::Secret;
use crate::disk::{Access, DiskError, Volume, VolumeFile};
use crate::log::cursor::{Cursor, CursorStep};
use crate::log::error::{Corruption, Damage, OpenError, ReadError};
use crate::log::frame::{self, FrameHeader, FrameRef, HEADER_LEN};
use crate::log::lines::{self, FrameLines};
use crate::log::segment::{self, Place, SegmentStart};

/// How many bytes of decoded frames are kept for the next read.
const KEPT_BYTES: usize = 1 << 20;
/// How many of them the writer keeps, who looks for each event that is known already in the frame that holds it.
const KEPT_BYTES_OF_WRITER: usize = 64 << 20;

/// What a walk does with each frame: its header, its place and its payload.
pub(crate) type FrameVisitor<'a> = &'a mut dyn FnMut(&FrameHeader, Place, &[u8]) -> Result<ControlFlow<()>, ReadError>;

/// The open log, for reading. Segments are opened when they are needed.
#[derive(Debug)]
pub(crate) struct LogReader {
    volume: Volume,
    ledger_dir: PathBuf,
    dir: PathBuf,
    secret: Option<Secret>,
    files: Mutex<BTreeMap<u64, Option<VolumeFile>>>,
    kept: Mutex<KeptFrames>,
}

/// Frames that were decoded and checked. Where they are too many bytes, the one that was read first goes first.
#[derive(Debug)]
struct KeptFrames {
    by_first_seq: BTreeMap<u64, Arc<FrameLines>>,
    /// The first entries of the frames, in the order of their reading.
    order: VecDeque<u64>,
    bytes: usize,
    most_bytes: usize,
}

impl KeptFrames {
    /// None yet.
    fn new(most_bytes: usize) -> Self {
        Self { by_first_seq: BTreeMap::new(), order: VecDeque::new(), bytes: 0, most_bytes }
    }

    /// The frame that holds an entry.
    fn of(&self, seq: u64) -> Option<&Arc<FrameLines>> {
        let (_, lines) = self.by_first_seq.range(..=seq).next_back()?;
        lines.line(seq).is_some().then_some(lines)
    }

    /// Keeps one more frame.
    fn keep(&mut self, lines: &Arc<FrameLines>) {
        let first_seq = lines.first_seq();
        if self.by_first_seq.insert(first_seq, Arc::clone(lines)).is_some() {
            // Another thread has read it meanwhile.
            return;
        }
        self.order.push_back(first_seq);
        self.bytes += lines.bytes().len();
        while self.bytes > self.most_bytes
            && let Some(gone) = self.order.pop_front().and_then(|first| self.by_first_seq.remove(&first))
        {
            self.bytes -= gone.bytes().len();
        }
    }
}

impl LogReader {
    /// Opens the log of a ledger's directory.
    pub(crate) fn open(volume: &Volume, ledger_dir: &Path) -> Result<Self, OpenError> {
        let log = Self::list(volume, ledger_dir)?;
        let corrupt = |damage| Err(OpenError::Corrupt(Corruption::at(Place { segment: 0, offset: 0 }, 0, damage)));
        let Some(first_file) = log.file(0)? else {
            return corrupt(Damage::SegmentMissing);
        };
        let first = segment::read_header(&first_file, 0)?;
        // A later version goes on in a new segment of its own format.
        for segment in log.segments().last().copied().into_iter().chain([0]) {
            if let Some(file) = log.file(segment)?
                && let SegmentStart::Version(found) = segment::read_header(&file, segment)?
            {
                return Err(OpenError::Version { path: log.path(segment), found, known: segment::FORMAT_VERSION });
            }
        }
        if first == SegmentStart::Whole { Ok(log) } else { corrupt(Damage::SegmentHeader) }
    }

    /// Lists the segments of a ledger's directory, without a look at what is in them.
    pub(crate) fn list(volume: &Volume, ledger_dir: &Path) -> Result<Self, OpenError> {
        let dir = segment::log_dir(ledger_dir);
        let names = volume.list(&dir)?.unwrap_or_default();
        let files: BTreeMap<u64, Option<VolumeFile>> =
            names.iter().filter_map(|name| segment::parse_name(name)).map(|first| (first, None)).collect();
        if files.is_empty() {
            return Err(OpenError::NoLedger(ledger_dir.to_owned()));
        }
        Ok(Self {
            volume: volume.clone(),
            ledger_dir: ledger_dir.to_owned(),
            dir,
            secret: Secret::read(volume, ledger_dir),
            files: Mutex::new(files),
            kept: Mutex::new(KeptFrames::new(KEPT_BYTES)),
        })
    }

    /// Keeps as many frames as a writer needs.
    pub(crate) fn keep_for_writer(&self) {
        *self.lock_kept() = KeptFrames::new(KEPT_BYTES_OF_WRITER);
    }

    /// The file system of the ledger.
    pub(crate) fn volume(&self) -> &Volume {
        &self.volume
    }

    /// The directory of the ledger, by the path by which it was opened.
    pub(crate) fn ledger_dir(&self) -> &Path {
        &self.ledger_dir
    }

    /// What tells who derived something from the log; none where nobody can tell.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// Makes another secret, if that can be. What was derived with the one before is of no use any more.
    pub(crate) fn renew_secret(&mut self) {
        let made = Secret::make(&self.volume, &self.ledger_dir);
        self.secret = made.inspect_err(|error| tracing::warn!(%error, "nothing derived is kept without a secret")).ok();
    }

    /// Makes the names of the segments durable.
    pub(crate) fn sync_dir(&self) -> Result<(), DiskError> {
        self.volume.sync_dir(&self.dir)
    }

    /// The path of the segment that begins with an entry.
    pub(crate) fn path(&self, segment: u64) -> PathBuf {
        self.dir.join(segment::format_name(segment))
    }

    /// The first entries of the segments, in order.
    pub(crate) fn segments(&self) -> Vec<u64> {
        self.lock_files().keys().copied().collect()
    }

    /// Whether there is a segment that begins with an entry.
    pub(crate) fn has_segment(&self, first_seq: u64) -> bool {
        self.lock_files().contains_key(&first_seq)
    }

    /// Adds a segment that the writer has made.
    pub(crate) fn add(&self, segment: u64, file: VolumeFile) {
        self.lock_files().insert(segment, Some(file));
    }

    /// Forgets the segments from an entry on, and all decoded frames: the writer takes them back.
    pub(crate) fn forget_from(&self, segment: u64) {
        self.lock_files().split_off(&segment);
        let mut kept = self.lock_kept();
        *kept = KeptFrames::new(kept.most_bytes);
    }

    /// The open file of a segment; `None` when there is none.
    pub(crate) fn file(&self, segment: u64) -> Result<Option<VolumeFile>, DiskError> {
        let mut files = self.lock_files();
        let Some(slot) = files.get_mut(&segment) else {
            return Ok(None);
        };
        if slot.is_none() {
            match self.volume.open(&self.path(segment), Access::Read) {
                Ok(file) => *slot = Some(file),
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(slot.clone())
    }

    /// A cursor at a place; `None` when there is no such segment or it has no whole header.
    pub(crate) fn cursor(&self, place: Place) -> Result<Option<Cursor>, DiskError> {
        let Some(file) = self.file(place.segment)? else {
            return Ok(None);
        };
        match segment::read_header(&file, place.segment)? {
            SegmentStart::Whole => Ok(Some(Cursor::new(file, place)?)),
            SegmentStart::Version(_) | SegmentStart::Broken => Ok(None),
        }
    }

    /// The lines of the frame that holds an entry, if they were decoded before and are still kept.
    pub(crate) fn kept_lines(&self, seq: u64) -> Option<Arc<FrameLines>> {
        self.lock_kept().of(seq).cloned()
    }

    /// The lines of a frame; decoded once for the next few reads.
    pub(crate) fn lines(&self, frame: &FrameRef) -> Result<Arc<FrameLines>, ReadError> {
        if let Some(lines) = self.kept_lines(frame.first_seq) {
            return Ok(lines);
        }
        let lines = Arc::new(self.read_lines(frame)?);
        self.lock_kept().keep(&lines);
        Ok(lines)
    }

    fn read_lines(&self, frame: &FrameRef) -> Result<FrameLines, ReadError> {
        let damaged = |damage| Corruption::at(frame.place, frame.first_seq, damage);
        let file = self.file(frame.place.segment)?.ok_or_else(|| damaged(Damage::SegmentMissing))?;
        let mut bytes = vec![0; usize::try_from(frame.len).map_err(|_| damaged(Damage::Frame))?];
        let filled = file.read(&mut bytes, frame.place.offset)?;
        bytes.truncate(filled);
        let (header_bytes, payload) = bytes.split_at_checked(HEADER_LEN).ok_or_else(|| damaged(Damage::Frame))?;
        let header = frame::parse(header_bytes)
            .filter(|header| frame::is_whole(header, header_bytes, payload) && header.at(frame.place) == *frame);
        let header = header.ok_or_else(|| damaged(Damage::Frame))?;
        Ok(lines::decode(&header, frame.place, payload)?)
    }

    /// The header at a place, when one stands there; the payload's checksum is not looked at.
    pub(crate) fn header_at(&self, place: Place) -> Result<Option<FrameHeader>, DiskError> {
        let Some(file) = self.file(place.segment)? else {
            return Ok(None);
        };
        let mut bytes = [0; HEADER_LEN];
        let filled = file.read(&mut bytes, place.offset)?;
        Ok(bytes.get(..filled).and_then(frame::parse))
    }

    /// Walks the frames that hold `[from, end_exclusive)`, starting at a frame at or before `from`.
    ///
    /// # Errors
    ///
    /// [`Damage`] at the first place that does not continue the sequence.
    pub(crate) fn walk(
        &self,
        start: Place,
        from: u64,
        end_exclusive: u64,
        on_frame: FrameVisitor<'_>,
    ) -> Result<(), ReadError> {
        let mut next_seq: Option<u64> = None;
        let mut place = start;
        loop {
            let seq = next_seq.unwrap_or(from);
            let mut cursor = self.cursor(place)?.ok_or_else(|| Corruption::at(place, seq, Damage::SegmentHeader))?;
            loop {
                let at = cursor.place();
                let seq = next_seq.unwrap_or(from);
                match cursor.step()? {
                    CursorStep::Frame(header) => {
                        if next_seq.is_some_and(|next| next != header.first_seq) {
                            return Err(Corruption::at(at, seq, Damage::Order).into());
                        }
                        next_seq = Some(header.end_seq());
                        if header.end_seq() > from && on_frame(&header, at, cursor.payload())?.is_break() {
                            return Ok(());
                        }
                        if header.end_seq() >= end_exclusive {
                            return Ok(());
                        }
                    }
                    // The start may be the end of its segment.
                    CursorStep::End if seq > at.segment && self.has_segment(seq) => {
                        place = Place::first_in(seq);
                        break;
                    }
                    CursorStep::End | CursorStep::NotFrame => {
                        return Err(Corruption::at(at, seq, Damage::Frame).into());
                    }
                }
            }
        }
    }

    /// The beginning of the segment that holds an entry, if the log holds it.
    pub(crate) fn segment_of(&self, seq: u64) -> Place {
        let segment = self.lock_files().range(..=seq).next_back().map_or(0, |(&first, _)| first);
        Place::first_in(segment)
    }

    fn lock_kept(&self) -> std::sync::MutexGuard<'_, KeptFrames> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_files(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Option<VolumeFile>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
