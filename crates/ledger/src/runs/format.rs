//! The header of a run, and the names of runs.

use std::path::{Path, PathBuf};

use tlog_tiles::tlog::Hash;

use super::Unusable;
use super::block::Section;
use super::mac::{Part, RunKey};
use crate::disk::bytes::{FieldReader, FieldWriter};
use crate::disk::secret::Secret;
use crate::log::frame::{BOUNDARY, FrameRef};
use crate::log::segment::Place;

/// The length of a run's header in bytes.
pub(crate) const HEADER_LEN: usize = 256;

/// The number of entries of a run of tier 0.
pub(crate) const BASE_COUNT: u64 = BOUNDARY;

/// How many runs of a tier make one of the next.
pub(crate) const FAN_IN: usize = 8;

/// The highest tier, of 4,194,304 entries: merging more would hold up the append that causes it for too long.
pub(crate) const MAX_TIER: u8 = 4;

/// The lowest level of the tree whose nodes are kept: below it, 64 entries are read and hashed.
pub(crate) const NODE_LEVEL: u8 = 6;

const MAGIC: [u8; 8] = *b"\xF5PCS-RUN";
pub(crate) const VERSION: u16 = 3;
const SUFFIX: &str = ".idx";

/// The directory of the runs in a ledger's directory.
pub(crate) fn index_dir(ledger_dir: &Path) -> PathBuf {
    ledger_dir.join("index")
}

/// Which entries a run covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RunName {
    /// The first entry; a multiple of the run's count.
    pub(crate) start: u64,
    /// The tier.
    pub(crate) tier: u8,
}

impl RunName {
    /// The number of entries: 1024 times 8 to the power of the tier.
    pub(crate) fn count(self) -> u64 {
        BASE_COUNT << (3 * u32::from(self.tier))
    }

    /// The entry after the last.
    pub(crate) fn end(self) -> u64 {
        self.start + self.count()
    }

    /// The level of the node that covers the run.
    pub(crate) fn root_level(self) -> u8 {
        10 + 3 * self.tier
    }

    /// The name of the run's file.
    pub(crate) fn format(self) -> String {
        format!("run-{:020}-{}{SUFFIX}", self.start, self.tier)
    }

    /// The path of the run's file in a ledger's directory.
    pub(crate) fn path(self, ledger_dir: &Path) -> PathBuf {
        index_dir(ledger_dir).join(self.format())
    }

    /// Reads the name of a run's file; `None` when it is not one.
    pub(crate) fn parse(file_name: &str) -> Option<Self> {
        let (start, tier) = file_name.strip_prefix("run-")?.strip_suffix(SUFFIX)?.split_once('-')?;
        let name = Self { start: start.parse().ok()?, tier: tier.parse().ok().filter(|&tier| tier <= MAX_TIER)? };
        let aligned = name.start.is_multiple_of(name.count()) && name.start.checked_add(name.count()).is_some();
        (aligned && name.format() == file_name).then_some(name)
    }
}

/// What a run says about itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RunHeader {
    /// Which entries it covers.
    pub(crate) name: RunName,
    /// The hash of the node that covers it.
    pub(crate) root: Hash,
    /// Its last frame.
    pub(crate) last_frame: FrameRef,
    /// The checksum of its last frame, which binds the run to the log.
    pub(crate) last_frame_crc: u32,
    /// Where what it says is.
    pub(crate) sections: Sections,
    /// The length of the file in bytes.
    pub(crate) file_len: u64,
}

/// The sections of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sections {
    /// The frames that hold the entries.
    pub(crate) frames: Section,
    /// The partners and their entries.
    pub(crate) partners: Section,
    /// The fingerprints and their entries.
    pub(crate) keys: Section,
    /// The nodes of the tree.
    pub(crate) nodes: Section,
    /// The filter over the fingerprints.
    pub(crate) filter: Section,
}

/// Writes a header with its MAC and its checksum.
pub(crate) fn format(header: &RunHeader, key: &RunKey) -> [u8; HEADER_LEN] {
    let RunHeader { name, last_frame: last, .. } = header;
    let mut fields = FieldWriter::<HEADER_LEN>::new(&MAGIC);
    fields.put(&VERSION.to_le_bytes());
    fields.put(&[name.tier, 0, 0, 0, 0, 0]);
    fields.put_u64s(&[name.start]);
    fields.put(&header.root.0);
    fields.put_u64s(&[last.first_seq, last.place.segment, last.place.offset, last.len]);
    fields.put(&last.last_recorded_at.to_le_bytes());
    fields.put(&last.count.to_le_bytes());
    fields.put(&header.last_frame_crc.to_le_bytes());
    let Sections { frames, partners, keys, nodes, filter } = header.sections;
    for section in [frames, partners, keys, nodes, filter] {
        fields.put_u64s(&[section.start, section.blocks_len]);
        fields.put(&section.fences_len.to_le_bytes());
        fields.put(&section.crc.to_le_bytes());
    }
    fields.put_u64s(&[header.file_len]);
    let mac = key.mac(Part::Header, 0, [fields.filled(), &[]]);
    fields.put(&mac);
    fields.sealed(&[])
}

/// Reads the header of a run of the ledger that has the secret.
pub(crate) fn parse(bytes: &[u8; HEADER_LEN], secret: &Secret) -> Result<(RunHeader, RunKey), Unusable> {
    let mut fields = FieldReader::of_sealed(bytes, &MAGIC).ok_or(Unusable::Damaged)?;
    if fields.take() != Some(VERSION.to_le_bytes()) {
        return Err(Unusable::Foreign);
    }
    let header = parse_fields(&mut fields).ok_or(Unusable::Damaged)?;
    let key = RunKey::new(secret, header.name, header.root);
    let (covered, _) = bytes.split_at(HEADER_LEN - fields.rest.len());
    let mac = fields.take().ok_or(Unusable::Damaged)?;
    if key.holds(Part::Header, 0, [covered, &[]], mac) { Ok((header, key)) } else { Err(Unusable::Damaged) }
}

fn parse_fields(fields: &mut FieldReader<'_>) -> Option<RunHeader> {
    let [tier, 0, 0, 0, 0, 0] = fields.take::<6>()? else {
        return None;
    };
    let name = RunName { start: fields.u64()?, tier };
    let root = Hash(fields.take()?);
    let first_seq = fields.u64()?;
    let place = Place { segment: fields.u64()?, offset: fields.u64()? };
    let len = fields.u64()?;
    let last_recorded_at = fields.i64()?;
    let last_frame = FrameRef { first_seq, count: fields.u32()?, place, len, last_recorded_at };
    let last_frame_crc = fields.u32()?;
    let mut section = || {
        let (start, blocks_len) = (fields.u64()?, fields.u64()?);
        Some(Section { start, blocks_len, fences_len: fields.u32()?, crc: fields.u32()? })
    };
    let (frames, partners, keys) = (section()?, section()?, section()?);
    let sections = Sections { frames, partners, keys, nodes: section()?, filter: section()? };
    Some(RunHeader { name, root, last_frame, last_frame_crc, sections, file_len: fields.u64()? })
}

/// Where a level of the tree begins among the nodes of a run; levels from [`NODE_LEVEL`] up, each from left to right.
pub(crate) fn level_offset(count: u64, level: u8) -> u64 {
    (NODE_LEVEL..level).map(|below| count >> below).sum()
}
