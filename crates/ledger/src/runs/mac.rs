//! The MACs of a run: each says of which run, part and block the bytes are, so that none holds in another place.

use tlog_tiles::tlog::Hash;

use super::format::RunName;
use crate::disk::secret::{MacKey, Secret};

/// The length of a MAC in bytes.
pub(crate) const MAC_LEN: usize = 16;
/// The number of what follows the blocks of a section: its fences and the MACs of its blocks.
pub(crate) const BEHIND_BLOCKS: u32 = u32::MAX;

/// What the key is derived for.
const USAGE: &str = "pcs run 3";

/// A part of a run: a section, in their order, or the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The frames.
    Frames = 0,
    /// The partners.
    Partners = 1,
    /// The fingerprints.
    Keys = 2,
    /// The nodes of the tree.
    Nodes = 3,
    /// The filter.
    Filter = 4,
    /// The header.
    Header = 255,
}

/// Makes and checks the MACs of one run.
#[derive(Debug, Clone)]
pub(crate) struct RunKey {
    key: MacKey,
    name: RunName,
    root: Hash,
}

impl RunKey {
    /// The key of a run of the ledger that has the secret.
    pub(crate) fn new(secret: &Secret, name: RunName, root: Hash) -> Self {
        Self { key: secret.key(USAGE), name, root }
    }

    /// The MAC of the bytes of a block, the two parts one behind the other.
    pub(crate) fn mac(&self, part: Part, number: u32, [head, tail]: [&[u8]; 2]) -> [u8; MAC_LEN] {
        self.key.mac(&[&self.place(part, number), head, tail])
    }

    /// Whether a MAC is that of the bytes.
    pub(crate) fn holds(&self, part: Part, number: u32, [head, tail]: [&[u8]; 2], mac: [u8; MAC_LEN]) -> bool {
        self.key.holds(&[&self.place(part, number), head, tail], &mac)
    }

    /// The run, the part and the number of a block.
    fn place(&self, part: Part, number: u32) -> Vec<u8> {
        let RunName { start, tier } = self.name;
        [&start.to_le_bytes()[..], &[tier], &self.root.0, &[part as u8], &number.to_le_bytes()].concat()
    }
}
