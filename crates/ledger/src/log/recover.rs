//! Finds the committed end of the log, and tells a torn tail from damage.

use crate::disk::{DiskError, VolumeFile};
use crate::log::cursor::{Cursor, CursorStep};
use crate::log::error::{Corruption, Damage, ReadError};
use crate::log::reader::LogReader;
use crate::log::segment::{self, Place};

/// A boundary between frames from which the log is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// The boundary.
    pub(crate) place: Place,
    /// The entry that a frame there must begin with.
    pub(crate) seq: u64,
    /// The first entry of the group that a frame there must belong to; `seq` at the beginning of a group.
    pub(crate) group_first_seq: u64,
    /// When the entry before was recorded, in microseconds since 1970.
    pub(crate) recorded_at: Option<i64>,
}

impl Start {
    /// The beginning of the log.
    pub(crate) const LOG: Self = Self {
        place: Place { segment: 0, offset: segment::HEADER_LEN as u64 },
        seq: 0,
        group_first_seq: 0,
        recorded_at: None,
    };
}

/// A boundary between groups: everything before it is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommittedEnd {
    /// The boundary.
    pub(crate) place: Place,
    /// The number of entries before it.
    pub(crate) size: u64,
    /// When the newest entry before it was recorded, in microseconds since 1970.
    pub(crate) recorded_at: Option<i64>,
    /// Where the last group begins.
    pub(crate) group: Place,
}

/// What a walk over the log found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walk {
    /// The last boundary between groups; `None` when the walk began inside a group that never commits.
    pub(crate) committed: Option<CommittedEnd>,
    /// The first entry of the group after that boundary.
    pub(crate) group_first_seq: u64,
    /// Where the walk stopped.
    pub(crate) stop: Place,
    /// The entry that a frame at `stop` would begin with.
    pub(crate) stop_seq: u64,
}

/// Walks whole frames in order from a boundary until they end.
pub(crate) fn walk(log: &LogReader, start: Start) -> Result<Walk, DiskError> {
    let mut next = start;
    let mut group = start.place;
    let mut committed = (start.seq == start.group_first_seq).then_some(CommittedEnd {
        place: start.place,
        size: start.seq,
        recorded_at: start.recorded_at,
        group: start.place,
    });
    'segments: while let Some(mut cursor) = log.cursor(next.place)? {
        loop {
            next.place = cursor.place();
            match cursor.step()? {
                CursorStep::Frame(header) => {
                    let continues = header.first_seq == next.seq
                        && header.group_first_seq == next.group_first_seq
                        && next.recorded_at.is_none_or(|before| before < header.first_recorded_at);
                    if !continues {
                        break 'segments;
                    }
                    next.seq = header.end_seq();
                    next.place = cursor.place();
                    next.recorded_at = Some(header.last_recorded_at);
                    if header.commit {
                        next.group_first_seq = next.seq;
                        committed = Some(CommittedEnd {
                            place: next.place,
                            size: next.seq,
                            recorded_at: next.recorded_at,
                            group,
                        });
                        group = next.place;
                    }
                }
                CursorStep::End if next.place.segment < next.seq && log.has_segment(next.seq) => {
                    next.place = Place::first_in(next.seq);
                    continue 'segments;
                }
                CursorStep::End | CursorStep::NotFrame => break 'segments,
            }
        }
    }
    Ok(Walk { committed, group_first_seq: next.group_first_seq, stop: next.place, stop_seq: next.seq })
}

/// What lies after the committed end and is not part of the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Bytes that are not the zeros of pre-allocation.
    pub(crate) bytes: u64,
    /// Whole entries of the group that was not committed.
    pub(crate) entries: u64,
}

/// Judges what comes after the committed end.
///
/// A group is durable before the next one begins, so only the last group can be torn: a frame of a later group
/// behind the place where the walk stopped means that the log is damaged there (L5, L6).
pub(crate) fn judge(log: &LogReader, walk: &Walk, committed: &CommittedEnd) -> Result<Tail, ReadError> {
    if later_group_after(log, walk)? {
        return Err(Corruption::at(walk.stop, walk.stop_seq, Damage::Frame).into());
    }
    let mut tail = Tail { bytes: 0, entries: walk.stop_seq - committed.size };
    for segment in log.segments() {
        if segment < committed.place.segment {
            continue;
        }
        let from = if segment == committed.place.segment { committed.place.offset } else { 0 };
        if let Some(file) = log.file(segment)? {
            tail.bytes += written_after(&file, from)?;
        }
    }
    Ok(tail)
}

fn later_group_after(log: &LogReader, walk: &Walk) -> Result<bool, DiskError> {
    for segment in log.segments().into_iter().filter(|&segment| segment >= walk.stop.segment) {
        let Some(file) = log.file(segment)? else {
            continue;
        };
        let at_stop = segment == walk.stop.segment;
        // A frame that does not continue the sequence may stand at the very place.
        let mut cursor = Cursor::new(file, if at_stop { walk.stop } else { Place { segment, offset: 0 } })?;
        while let Some((_, header)) = cursor.next_whole()? {
            if header.group_first_seq > walk.group_first_seq {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The number of bytes from an offset to the last one that is not zero.
fn written_after(file: &VolumeFile, from: u64) -> Result<u64, DiskError> {
    let mut buf = vec![0; 64 * 1024];
    let mut offset = from;
    let mut written = 0;
    loop {
        let filled = file.read(&mut buf, offset)?;
        let Some(bytes) = buf.get(..filled).filter(|bytes| !bytes.is_empty()) else {
            return Ok(written);
        };
        if let Some(last) = bytes.iter().rposition(|&byte| byte != 0) {
            written = offset - from + last as u64 + 1;
        }
        offset += filled as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::disk::memory::MemoryDisk;
    use crate::disk::{Access, Volume};
    use crate::log::frame::{self, Codec, FrameHeader};
    use crate::log::writer;

    /// A frame of one entry that commits.
    fn frame(first_seq: u64, group_first_seq: u64, recorded_at: i64) -> FrameHeader {
        let (first_recorded_at, last_recorded_at) = (recorded_at, recorded_at);
        let (codec, commit, count, raw_len, stored_len, crc) = (Codec::Raw, true, 1, 1, 1, 0);
        FrameHeader {
            codec,
            commit,
            first_seq,
            group_first_seq,
            first_recorded_at,
            last_recorded_at,
            count,
            raw_len,
            stored_len,
            crc,
        }
    }

    #[test]
    fn a_whole_frame_that_does_not_continue_the_one_before_ends_the_log() {
        for (next, size) in [
            (frame(1, 1, 20), 2),
            // Entry 1 is missing, or there twice.
            (frame(2, 1, 20), 1),
            (frame(0, 1, 20), 1),
            // Another group's.
            (frame(1, 0, 20), 1),
            (frame(1, 2, 20), 1),
            // Recorded before the one before, or with it.
            (frame(1, 1, 9), 1),
            (frame(1, 1, 10), 1),
        ] {
            let (volume, dir) = (Volume::new(Arc::new(MemoryDisk::default())), Path::new("/ledger"));
            volume.create_own_dir(dir).unwrap();
            writer::create(&volume, dir).unwrap();
            let file = volume.open(&dir.join("log/00000000000000000000.log"), Access::Write).unwrap();
            let mut end = file.size().unwrap();
            for header in [frame(0, 0, 10), next] {
                let bytes = [&frame::format(&header, b"x")[..], b"x"].concat();
                file.write(&bytes, end).unwrap();
                end += bytes.len() as u64;
            }
            let walked = walk(&LogReader::open(&volume, dir).unwrap(), Start::LOG).unwrap();
            assert_eq!(walked.committed.unwrap().size, size, "{next:?}");
        }
    }
}
