//! The file `head`, which tells how many entries were acknowledged.
//!
//! Two slots are written in turn, each after the log is durable and never before. So a log that holds fewer entries
//! than the newer slot says is damaged, not torn (L5). The file is not synced with each commit: an old slot is no
//! harm. Without it, nothing changes but that this cannot be noticed.

use std::path::{Path, PathBuf};

use crate::disk::bytes::{FieldReader, FieldWriter};
use crate::disk::{Access, DiskError, Volume, VolumeFile};
use crate::log::recover::CommittedEnd;
use crate::log::segment::Place;

const SLOT_LEN: usize = 64;
const MAGIC: [u8; 4] = [0xF5, b'P', b'C', b'H'];
const VERSION: u32 = 1;

/// What a slot says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Counts the writes; the slot with the greater one is the newer.
    pub(crate) generation: u64,
    /// The number of acknowledged entries.
    pub(crate) size: u64,
    /// Where the log ended then.
    pub(crate) place: Place,
    /// When the newest of them was recorded, in microseconds since 1970; 0 when there are none.
    pub(crate) recorded_at: i64,
}

/// The path of the file in a ledger's directory.
pub(crate) fn head_path(ledger_dir: &Path) -> PathBuf {
    ledger_dir.join("head")
}

/// What the file was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeadFile {
    /// There is no file.
    Missing,
    /// No slot is whole.
    Damaged,
    /// The newer whole slot.
    Says(Head),
}

impl HeadFile {
    /// What it says, if it is there and whole.
    pub(crate) fn says(&self) -> Option<Head> {
        match self {
            Self::Says(head) => Some(*head),
            Self::Missing | Self::Damaged => None,
        }
    }

    /// The number of entries that it says were acknowledged; 0 when it does not know.
    pub(crate) fn size(&self) -> u64 {
        self.says().map_or(0, |head| head.size)
    }
}

/// Reads the file.
pub(crate) fn read(volume: &Volume, ledger_dir: &Path) -> Result<HeadFile, DiskError> {
    let file = match volume.open(&head_path(ledger_dir), Access::Read) {
        Ok(file) => file,
        Err(error) if error.is_not_found() => return Ok(HeadFile::Missing),
        Err(error) => return Err(error),
    };
    let mut bytes = [0; 2 * SLOT_LEN];
    let filled = file.read(&mut bytes, 0)?;
    let (slots, _) = bytes.get(..filled).expect("at most both slots are read").as_chunks::<SLOT_LEN>();
    let newest = slots.iter().filter_map(parse).max_by_key(|head| head.generation);
    Ok(newest.map_or(HeadFile::Damaged, HeadFile::Says))
}

/// The writing end.
#[derive(Debug)]
pub(crate) struct HeadWriter {
    file: VolumeFile,
    generation: u64,
}

impl HeadWriter {
    /// Opens the file, or makes it when it is missing or damaged, and says what is committed.
    pub(crate) fn open(
        volume: &Volume,
        ledger_dir: &Path,
        found: &HeadFile,
        committed: &CommittedEnd,
    ) -> Result<Self, DiskError> {
        let path = head_path(ledger_dir);
        let said = found.says();
        let (file, generation) = match said {
            Some(head) => (volume.open(&path, Access::Write)?, head.generation),
            None => (volume.create_anew(&path)?, 0),
        };
        let mut writer = Self { file, generation };
        if said.is_none_or(|head| head.size != committed.size) {
            writer.write(committed)?;
        }
        Ok(writer)
    }

    /// Says what is committed; the log is durable up to there.
    pub(crate) fn write(&mut self, committed: &CommittedEnd) -> Result<(), DiskError> {
        self.generation += 1;
        let head = Head {
            generation: self.generation,
            size: committed.size,
            place: committed.place,
            recorded_at: committed.recorded_at.unwrap_or(0),
        };
        let slot = self.generation % 2 * SLOT_LEN as u64;
        self.file.write(&format(&head), slot)
    }

    /// Makes the file durable, at a clean end.
    pub(crate) fn sync(&self) -> Result<(), DiskError> {
        self.file.sync_data()
    }
}

fn format(head: &Head) -> [u8; SLOT_LEN] {
    let mut fields = FieldWriter::new(&MAGIC);
    fields.put(&VERSION.to_le_bytes());
    let Place { segment, offset } = head.place;
    fields.put_u64s(&[head.generation, head.size, segment, offset, head.recorded_at.cast_unsigned()]);
    fields.sealed(&[])
}

fn parse(bytes: &[u8; SLOT_LEN]) -> Option<Head> {
    let mut fields = FieldReader::of_sealed(bytes, &MAGIC)?;
    fields.u32().filter(|version| *version == VERSION)?;
    Some(Head {
        generation: fields.u64()?,
        size: fields.u64()?,
        place: Place { segment: fields.u64()?, offset: fields.u64()? },
        recorded_at: fields.i64()?,
    })
}
