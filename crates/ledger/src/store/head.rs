//! The file `head`: a witness of how many entries were acknowledged.
//!
//! Two slots are written in turn, each after the log is durable and never before. So a log that holds fewer entries
//! than the newer slot says is damaged, not torn (L5). The file is not synced with each commit: an old slot is no
//! harm. Without it, nothing changes but that this cannot be noticed.

use std::path::{Path, PathBuf};

use super::disk::Access;
use super::error::DiskError;
use super::volume::{Volume, VolumeFile};
use crate::log::frame::{FieldReader, FieldWriter};
use crate::log::recover::Committed;
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
pub(crate) enum Witness {
    /// There is no file.
    Missing,
    /// No slot is whole.
    Damaged,
    /// The newer whole slot.
    Says(Head),
}

impl Witness {
    /// The number of entries that it has seen acknowledged; 0 when it does not know.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Says(head) => head.size,
            Self::Missing | Self::Damaged => 0,
        }
    }
}

/// Reads the file.
pub(crate) fn read(volume: &Volume, ledger_dir: &Path) -> Result<Witness, DiskError> {
    let file = match volume.open(&head_path(ledger_dir), Access::Read) {
        Ok(file) => file,
        Err(error) if error.is_not_found() => return Ok(Witness::Missing),
        Err(error) => return Err(error),
    };
    let mut bytes = [0; 2 * SLOT_LEN];
    let filled = file.read(&mut bytes, 0)?;
    let (slots, _) = bytes.get(..filled).unwrap_or_default().as_chunks::<SLOT_LEN>();
    let newest = slots.iter().filter_map(parse).max_by_key(|head| head.generation);
    Ok(newest.map_or(Witness::Damaged, Witness::Says))
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
        witness: &Witness,
        committed: &Committed,
    ) -> Result<Self, DiskError> {
        let path = head_path(ledger_dir);
        let mut writer = match witness {
            Witness::Says(head) => Self { file: volume.open(&path, Access::Write)?, generation: head.generation },
            Witness::Missing | Witness::Damaged => Self { file: volume.create_anew(&path)?, generation: 0 },
        };
        match witness {
            Witness::Says(head) if head.size == committed.size => {}
            Witness::Says(_) | Witness::Missing | Witness::Damaged => writer.write(committed)?,
        }
        Ok(writer)
    }

    /// Says what is committed; the log is durable up to there.
    pub(crate) fn write(&mut self, committed: &Committed) -> Result<(), DiskError> {
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
    let mut bytes = [0; SLOT_LEN];
    let mut fields = FieldWriter { rest: &mut bytes };
    fields.put(&MAGIC);
    fields.put(&VERSION.to_le_bytes());
    fields.put(&head.generation.to_le_bytes());
    fields.put(&head.size.to_le_bytes());
    fields.put(&head.place.segment.to_le_bytes());
    fields.put(&head.place.offset.to_le_bytes());
    fields.put(&head.recorded_at.to_le_bytes());
    let crc = checksum(&bytes);
    if let Some(last) = bytes.last_chunk_mut() {
        *last = crc.to_le_bytes();
    }
    bytes
}

fn parse(bytes: &[u8; SLOT_LEN]) -> Option<Head> {
    let mut fields = FieldReader { rest: bytes };
    let known = fields.take()? == MAGIC
        && fields.u32()? == VERSION
        && bytes.last_chunk() == Some(&checksum(bytes).to_le_bytes());
    let head = Head {
        generation: fields.u64()?,
        size: fields.u64()?,
        place: Place { segment: fields.u64()?, offset: fields.u64()? },
        recorded_at: fields.i64()?,
    };
    known.then_some(head)
}

fn checksum(bytes: &[u8; SLOT_LEN]) -> u32 {
    crc32c::crc32c(bytes.get(..SLOT_LEN - 4).unwrap_or_default())
}
