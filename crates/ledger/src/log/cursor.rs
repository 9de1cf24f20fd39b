//! Walks the frames of one segment from a place on, each with its checksum.

use std::ops::Range;

use crate::disk::{DiskError, VolumeFile};
use crate::log::frame::{self, FrameHeader, HEADER_LEN, MAGIC};
use crate::log::segment::Place;

/// How many bytes are read ahead at a time.
const WINDOW_BYTES: usize = 256 * 1024;

/// What is at a place of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CursorStep {
    /// A frame whose checksum is right.
    Frame(FrameHeader),
    /// The end of the file, or a header's length of zeros (or fewer, up to the end of the file).
    End,
    /// Something else.
    NotFrame,
}

/// A place in a segment, with bytes read ahead.
#[derive(Debug)]
pub(crate) struct Cursor {
    file: VolumeFile,
    file_len: u64,
    place: Place,
    window: Vec<u8>,
    window_start: u64,
    payload: Range<usize>,
}

impl Cursor {
    /// A cursor at a place of an open segment.
    pub(crate) fn new(file: VolumeFile, place: Place) -> Result<Self, DiskError> {
        let file_len = file.size()?;
        Ok(Self { file, file_len, place, window: Vec::new(), window_start: 0, payload: 0..0 })
    }

    /// Where the next step looks.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// The payload of the last frame that [`Self::step`] found.
    pub(crate) fn payload(&self) -> &[u8] {
        self.loaded(self.payload.clone())
    }

    /// Looks at what is here. Moves on when it is a frame, otherwise stays.
    pub(crate) fn step(&mut self) -> Result<CursorStep, DiskError> {
        let offset = self.place.offset;
        let header_bytes = self.load(offset, HEADER_LEN)?;
        let header_slice = self.loaded(header_bytes);
        if header_slice.iter().all(|&byte| byte == 0) {
            return Ok(CursorStep::End);
        }
        let Some(header) = frame::parse(header_slice) else {
            return Ok(CursorStep::NotFrame);
        };
        let end = offset.checked_add(header.frame_len()).filter(|&end| end <= self.file_len);
        let Some((end, frame_len)) = end.and_then(|end| Some((end, usize::try_from(end - offset).ok()?))) else {
            return Ok(CursorStep::NotFrame);
        };
        let frame_range = self.load(offset, frame_len)?;
        let frame_bytes = self.loaded(frame_range.clone());
        let Some((header_bytes, payload)) = frame_bytes.split_at_checked(HEADER_LEN) else {
            return Ok(CursorStep::NotFrame);
        };
        if !frame::is_whole(&header, header_bytes, payload) {
            return Ok(CursorStep::NotFrame);
        }
        self.payload = frame_range.start + HEADER_LEN..frame_range.end;
        self.place.offset = end;
        Ok(CursorStep::Frame(header))
    }

    /// Moves behind the next whole frame, wherever it stands; returns its place and header, and `None` at the end.
    pub(crate) fn next_whole(&mut self) -> Result<Option<(Place, FrameHeader)>, DiskError> {
        loop {
            let place = self.place;
            if let CursorStep::Frame(header) = self.step()? {
                return Ok(Some((place, header)));
            }
            if !self.seek_magic()? {
                return Ok(None);
            }
        }
    }

    /// Moves to the next place after this one where the magic of a frame stands; `false` at the end.
    fn seek_magic(&mut self) -> Result<bool, DiskError> {
        let mut offset = self.place.offset.saturating_add(1);
        loop {
            let range = self.load(offset, WINDOW_BYTES)?;
            let bytes = self.loaded(range);
            if bytes.len() < MAGIC.len() {
                return Ok(false);
            }
            if let Some(at) = bytes.windows(MAGIC.len()).position(|window| window == MAGIC) {
                self.place.offset = offset + at as u64;
                return Ok(true);
            }
            offset += (bytes.len() - (MAGIC.len() - 1)) as u64;
        }
    }

    /// Bytes that [`Self::load`] has made present.
    fn loaded(&self, range: Range<usize>) -> &[u8] {
        self.window.get(range).expect("what was loaded is in the window")
    }

    /// Makes up to `len` bytes from `offset` on present; returns where they are in the window.
    fn load(&mut self, offset: u64, len: usize) -> Result<Range<usize>, DiskError> {
        let available = usize::try_from(self.file_len.saturating_sub(offset)).unwrap_or(usize::MAX).min(len);
        let window_end = self.window_start + self.window.len() as u64;
        if offset < self.window_start || offset + available as u64 > window_end {
            let ahead = usize::try_from(self.file_len.saturating_sub(offset)).unwrap_or(usize::MAX);
            self.window.resize(ahead.min(available.max(WINDOW_BYTES)), 0);
            let filled = self.file.read(&mut self.window, offset)?;
            self.window.truncate(filled);
            self.window_start = offset;
        }
        let start = usize::try_from(offset - self.window_start).expect("the offset is in the window");
        Ok(start..start.saturating_add(available).min(self.window.len()).max(start))
    }
}
