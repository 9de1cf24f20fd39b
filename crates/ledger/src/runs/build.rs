//! Writes runs: all sections from front to back, the header last, the name after that.

use std::path::{Path, PathBuf};

use tlog_tiles::tlog::Hash;

use super::block::{Output, Section, SectionWriter};
use super::filter::FilterBuilder;
use super::format::{self, HEADER_LEN, NODE_LEVEL, RunHeader, RunName, Sections};
use super::memory::MemoryIndex;
use super::{Fingerprint, RunDamage, records};
use crate::disk::draft::{Draft, Lasting};
use crate::disk::{DiskError, Volume};
use crate::log::frame::FrameRef;

/// Why a run was not written. Nothing depends on it: what it would cover stays as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// A run that it is made of is damaged.
    #[error("a run is damaged")]
    Damaged,
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

/// A run that is being written under a temporary name.
#[derive(Debug)]
pub(crate) struct RunFile {
    draft: Draft,
    path: PathBuf,
    name: RunName,
    lasting: Lasting,
    out: Output,
}

impl RunFile {
    /// Begins a run in the index directory.
    pub(crate) fn create(volume: &Volume, dir: &Path, name: RunName, lasting: Lasting) -> Result<Self, DiskError> {
        let path = dir.join(name.format());
        let draft = Draft::create_alone(volume, path.with_extension("tmp"))?;
        let out = Output::new(draft.file().clone(), HEADER_LEN as u64);
        Ok(Self { draft, path, name, lasting, out })
    }

    /// Writes the records and an empty filter that they fill, and then the header; gives the run its name, which need
    /// not last.
    pub(crate) fn write<P: AsRef<str>, S: AsRef<[u64]>>(
        mut self,
        binding: &Binding,
        mut filter: FilterBuilder,
        records: Records<
            impl Iterator<Item = Result<FrameRef, RunDamage>>,
            impl Iterator<Item = Result<(P, S), RunDamage>>,
            impl Iterator<Item = Result<(Fingerprint, u64), RunDamage>>,
            impl Iterator<Item = Result<Hash, RunDamage>>,
        >,
    ) -> Result<(), RunError> {
        let start = self.name.start;
        let frames = self.section(records.frames, records::put_frames())?;
        let partners = self.section(records.partners, |section, (partner, seqs)| {
            records::put_partner(section, start, partner.as_ref(), seqs.as_ref())
        })?;
        let mut put_key = records::put_keys(start);
        let keys = self.section(records.keys, |section, key| {
            filter.insert(key.0);
            put_key(section, key)
        })?;
        let nodes = self.section(records.nodes, records::put_nodes())?;
        let filter = self.filter(filter)?;
        let file_len = self.out.offset();
        self.out.flush()?;
        let &Binding { root, last_frame, last_frame_crc } = binding;
        let sections = Sections { frames, partners, keys, nodes, filter };
        let header = RunHeader { name: self.name, root, last_frame, last_frame_crc, sections, file_len };
        self.draft.file().write(&format::format(&header), 0)?;
        Ok(self.draft.publish_as(&self.path, self.lasting)?)
    }

    fn section<T>(
        &mut self,
        records: impl Iterator<Item = Result<T, RunDamage>>,
        mut put: impl FnMut(&mut SectionWriter<'_>, T) -> Result<(), DiskError>,
    ) -> Result<Section, RunError> {
        let mut section = SectionWriter::new(&mut self.out);
        for record in records {
            put(&mut section, record?)?;
        }
        Ok(section.finish()?)
    }

    fn filter(&mut self, filter: FilterBuilder) -> Result<Section, DiskError> {
        let bytes = filter.finish();
        let start = self.out.offset();
        self.out.put(&bytes)?;
        Ok(Section { start, blocks_len: bytes.len() as u64, fences_len: 0, crc: crc32c::crc32c(&bytes) })
    }
}

/// Writes the run of tier 0 that a full index in memory describes.
pub(crate) fn write_base(
    volume: &Volume,
    dir: &Path,
    index: &MemoryIndex,
    binding: &Binding,
    lasting: Lasting,
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
    RunFile::create(volume, dir, name, lasting)?.write(binding, filter, records)?;
    Ok(name)
}
