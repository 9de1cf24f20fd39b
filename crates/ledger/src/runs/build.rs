//! Writes runs: all sections from front to back, the header last, the name after that.

use std::path::{Path, PathBuf};

use tlog_tiles::tlog::Hash;

use super::block::{Output, Section};
use super::filter::FilterBuilder;
use super::format::{self, HEADER_LEN, NODE_LEVEL, RunHeader, RunName};
use super::memory::MemoryIndex;
use super::records::{FramesWriter, KeysWriter, NodesWriter, PartnersWriter};
use crate::log::frame::FrameRef;
use crate::store::error::DiskError;
use crate::store::volume::{Volume, VolumeFile};

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

/// When a run is made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durable {
    /// Before it has its name: its entries are committed, and nobody would look at the whole of it again.
    Named,
    /// Before its entries are committed, since most of the runs of a large group are merged away until then.
    Committed,
}

/// The sections of a run.
#[derive(Debug, Clone, Copy)]
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

/// A run that is being written under a temporary name.
#[derive(Debug)]
pub(crate) struct RunFile {
    file: VolumeFile,
    temporary: PathBuf,
    path: PathBuf,
    name: RunName,
    durable: Durable,
    /// Where the sections go.
    pub(crate) out: Output,
}

impl RunFile {
    /// Begins a run in the index directory.
    pub(crate) fn create(volume: &Volume, dir: &Path, name: RunName, durable: Durable) -> Result<Self, DiskError> {
        let path = dir.join(name.format());
        let temporary = path.with_extension("tmp");
        let file = volume.create_anew(&temporary)?;
        let out = Output::new(file.clone(), HEADER_LEN as u64);
        Ok(Self { file, temporary, path, name, durable, out })
    }

    /// Writes the filter over the fingerprints.
    pub(crate) fn filter(&mut self, filter: FilterBuilder) -> Result<Section, DiskError> {
        let bytes = filter.finish();
        let start = self.out.offset();
        self.out.put(&bytes)?;
        Ok(Section { start, blocks_len: bytes.len() as u64, fences_len: 0, crc: crc32c::crc32c(&bytes) })
    }

    /// Ends the run: writes its header, makes it durable and gives it its name, which need not last.
    pub(crate) fn finish(mut self, volume: &Volume, binding: &Binding, sections: &Sections) -> Result<(), DiskError> {
        let file_len = self.out.offset();
        self.out.flush()?;
        let header = RunHeader {
            name: self.name,
            root: binding.root,
            last_frame: binding.last_frame,
            last_frame_crc: binding.last_frame_crc,
            frames: sections.frames,
            partners: sections.partners,
            keys: sections.keys,
            nodes: sections.nodes,
            filter: sections.filter,
            file_len,
        };
        self.file.write(&format::format(&header), 0)?;
        match self.durable {
            Durable::Named => self.file.sync_all()?,
            Durable::Committed => {}
        }
        volume.rename(&self.temporary, &self.path)
    }
}

/// Writes the run of tier 0 that a full index in memory describes.
pub(crate) fn write_base(
    volume: &Volume,
    dir: &Path,
    index: &MemoryIndex,
    binding: &Binding,
    durable: Durable,
) -> Result<RunName, DiskError> {
    let name = RunName { start: index.start(), tier: 0 };
    assert!(index.end() == name.end(), "a base run is written of exactly its entries (L7)");
    let mut run = RunFile::create(volume, dir, name, durable)?;
    let mut frames = FramesWriter::new(&mut run.out);
    for frame in index.frames() {
        frames.add(frame)?;
    }
    let frames = frames.finish()?;
    let mut partners = PartnersWriter::new(&mut run.out, name.start);
    for (partner, seqs) in index.by_partner() {
        partners.add(partner, seqs)?;
    }
    let partners = partners.finish()?;
    let mut filter = FilterBuilder::new(index.keys().len() as u64);
    let mut keys = KeysWriter::new(&mut run.out, name.start);
    for &key in index.keys() {
        filter.insert(key.0);
        keys.add(key)?;
    }
    let keys = keys.finish()?;
    let mut nodes = NodesWriter::new(&mut run.out);
    for level in NODE_LEVEL..=name.root_level() {
        for &node in index.level(level) {
            nodes.add(node)?;
        }
    }
    let nodes = nodes.finish()?;
    let filter = run.filter(filter)?;
    run.finish(volume, binding, &Sections { frames, partners, keys, nodes, filter })?;
    Ok(name)
}
