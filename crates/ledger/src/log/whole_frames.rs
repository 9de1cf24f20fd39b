//! Finds the frames of a log that are whole, wherever they stand, and tells which of them were committed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::disk::{Access, DiskError, Volume};
use crate::log::cursor::Cursor;
use crate::log::frame::{FrameHeader, FrameRef};
use crate::log::segment::{self, Place};

/// A whole frame of a committed group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WholeFrame {
    /// What it says of itself.
    pub(crate) header: FrameHeader,
    /// Where it is.
    pub(crate) place: Place,
}

impl WholeFrame {
    /// Its place and extent.
    pub(crate) fn at(&self) -> FrameRef {
        self.header.at(self.place)
    }
}

/// The whole frames of committed groups in every segment file, by their entries, each once.
///
/// A frame is looked for behind every damaged place by its magic and believed by its checksum; the header and the name
/// of a segment do not matter. `acknowledged` is the number of entries that are known to have been there.
pub(crate) fn find(volume: &Volume, ledger_dir: &Path, acknowledged: u64) -> Result<Vec<WholeFrame>, DiskError> {
    let dir = segment::log_dir(ledger_dir);
    let mut found = Vec::new();
    for name in volume.list(&dir)?.unwrap_or_default() {
        let Some(segment) = segment::parse_name(&name) else { continue };
        let file = volume.open(&dir.join(name), Access::Read)?;
        let mut cursor = Cursor::new(file, Place { segment, offset: 0 })?;
        while let Some((place, header)) = cursor.next_whole()? {
            found.push(WholeFrame { header, place });
        }
    }
    retain_committed(&mut found, acknowledged);
    found.sort_unstable_by_key(|frame| (frame.header.first_seq, frame.header.crc, frame.place));
    found.dedup_by_key(|frame| (frame.header.first_seq, frame.header.crc));
    Ok(found)
}

/// Leaves out the frames of groups that were never committed, and what a group that was taken back has left.
fn retain_committed(frames: &mut Vec<WholeFrame>, acknowledged: u64) {
    let groups: BTreeSet<u64> = frames.iter().map(|frame| frame.header.group_first_seq).collect();
    let commits = frames.iter().filter(|frame| frame.header.commit);
    let ends: BTreeMap<u64, u64> =
        commits.map(|frame| (frame.header.group_first_seq, frame.header.end_seq())).collect();
    frames.retain(|frame| {
        let group = frame.header.group_first_seq;
        // A group ends where its commit says. Without that, it ended before the next one began: that one is only begun
        // when this one is durable.
        let end = ends.get(&group).or_else(|| groups.range(group + 1..).next()).copied();
        frame.header.end_seq() <= end.unwrap_or(acknowledged)
    });
}
