//! Writes runs: all sections from front to back, the header last, the name after that.

use tlog_tiles::tlog::Hash;

use super::block::{Output, Section, SectionWriter};
use super::filter::FilterBuilder;
use super::format::{self, HEADER_LEN, NODE_LEVEL, RunHeader, RunName, Sections};
use super::mac::{Part, RunKey};
use super::memory::MemoryIndex;
use super::{Fingerprint, RunDamage, records};
use crate::disk::DiskError;
use crate::disk::draft::{Draft, Durability};
use crate::log::frame::FrameRef;
use crate::log::reader::LogReader;

/// Why a run was not written. Nothing depends on it: what it would cover stays as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// A run that it is made of is damaged.
    #[error("a run is damaged")]
    Damaged,
    /// Nobody could tell later who wrote it.
    #[error("the ledger has no secret")]
    NoSecret,
    /// The operating system refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl From<RunDamage> for RunError {
    fn from(_: RunDamage) -> Self {
        Self::Damaged
    }
}

/// The parts of a header that are known before the sections are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding {
    /// The hash of the node that covers the run.
    pub(crate) root: Hash,
    /// The run's last frame.
    pub(crate) last_frame: FrameRef,
    /// The checksum of that frame.
    pub(crate) last_frame_crc: u32,
}

/// What a run says, each kind of record in its order.
pub(crate) struct Records<F, P, K, N> {
    /// The frames that hold the entries.
    pub(crate) frames: F,
    /// The partners with their entries.
    pub(crate) partners: P,
    /// The fingerprints with their entries.
    pub(crate) keys: K,
    /// The nodes of the tree, level by level from the lowest.
    pub(crate) nodes: N,
}

/// Writes a run of a log: its records and an empty filter that they fill, and then the header. It has a temporary name
/// until it is whole.
pub(crate) fn write<P: AsRef<str>, S: AsRef<[u64]>>(
    log: &LogReader,
    name: RunName,
    durability: Durability,
    binding: &Binding,
    mut filter: FilterBuilder,
    records: Records<
        impl Iterator<Item = Result<FrameRef, RunDamage>>,
        impl Iterator<Item = Result<(P, S), RunDamage>>,
        impl Iterator<Item = Result<(Fingerprint, u64), RunDamage>>,
        impl Iterator<Item = Result<Hash, RunDamage>>,
    >,
) -> Result<(), RunError> {
    let key = &RunKey::new(log.secret().ok_or(RunError::NoSecret)?, name, binding.root);
    let path = name.path(log.ledger_dir());
    let draft = Draft::create_alone(log.volume(), path.with_extension("tmp"))?;
    let out = &mut Output::new(draft.file().clone(), HEADER_LEN as u64);
    let frames = section(SectionWriter::new(out, key, Part::Frames), records.frames, records::put_frames())?;
    let partners = SectionWriter::new(out, key, Part::Partners);
    let partners = section(partners, records.partners, |section, (partner, seqs)| {
        records::put_partner(section, name.start, partner.as_ref(), seqs.as_ref())
    })?;
    let mut put_key = records::put_keys(name.start);
    let keys = section(SectionWriter::new(out, key, Part::Keys), records.keys, |section, key| {
        filter.insert(key.0);
        put_key(section, key)
    })?;
    let nodes = section(SectionWriter::new(out, key, Part::Nodes), records.nodes, records::put_nodes())?;
    let mut bits = SectionWriter::new(out, key, Part::Filter);
    bits.block = filter.finish();
    let filter = bits.finish_alone()?;
    let file_len = out.offset();
    out.flush()?;
    let &Binding { root, last_frame, last_frame_crc } = binding;
    let sections = Sections { frames, partners, keys, nodes, filter };
    let header = RunHeader { name, root, last_frame, last_frame_crc, sections, file_len };
    draft.file().write(&format::format(&header, key), 0)?;
    Ok(draft.publish_as(&path, durability)?)
}

fn section<T>(
    mut section: SectionWriter<'_>,
    records: impl Iterator<Item = Result<T, RunDamage>>,
    mut put: impl FnMut(&mut SectionWriter<'_>, T) -> Result<(), DiskError>,
) -> Result<Section, RunError> {
    for record in records {
        put(&mut section, record?)?;
    }
    Ok(section.finish()?)
}

/// Writes the run of tier 0 that a full index in memory describes.
pub(crate) fn write_base(
    log: &LogReader,
    index: &MemoryIndex,
    binding: &Binding,
    durability: Durability,
) -> Result<RunName, RunError> {
    let name = RunName { start: index.start(), tier: 0 };
    assert!(index.end() == name.end(), "a base run is written of exactly its entries (L7)");
    let records = Records {
        frames: index.frames().iter().copied().map(Ok),
        partners: index.by_partner().iter().map(Ok),
        keys: index.keys().iter().copied().map(Ok),
        nodes: (NODE_LEVEL..=name.root_level()).flat_map(|level| index.level(level)).copied().map(Ok),
    };
    let filter = FilterBuilder::new(index.keys().len() as u64);
    write(log, name, durability, binding, filter, records)?;
    Ok(name)
}
