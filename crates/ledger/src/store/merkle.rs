//! The tree of hashes (RFC 6962) over the entries, read from the index and the log.
//!
//! The arithmetic is `tlog_tiles`'s. Nodes below level 6 are hashed from at most 64 entries when they are asked for.

use std::cell::RefCell;

use tlog_tiles::tlog::{self, HASH_SIZE, Hash, HashReader};

use super::Snapshot;
use crate::log::error::ReadError;
use crate::proof::{Tile, middle};
use crate::runs::format::NODE_LEVEL;

impl Snapshot {
    /// The root of the first `size` entries; that of a size never changes (L8).
    ///
    /// # Errors
    ///
    /// [`ReadError`] when there are fewer entries, or the log cannot be read.
    pub(crate) fn root(&self, size: u64) -> Result<Hash, ReadError> {
        self.ask_tree(size, |tree| tlog::tree_hash(size, tree))
    }

    /// The hashes that prove that an entry is in the tree of the first `size` entries.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the entry is not among them, there are fewer entries, or the log cannot be read.
    pub(crate) fn prove_entry(&self, size: u64, seq: u64) -> Result<Vec<[u8; HASH_SIZE]>, ReadError> {
        self.check_size(size)?;
        if seq >= size {
            return Err(ReadError::OutOfRange { seq, size });
        }
        self.ask_tree(size, |tree| tlog::prove_record(size, seq, tree)).map(bytes)
    }

    /// The hashes that prove that the tree of `size` entries continues the tree of the first `from_size`, at least one.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when `from_size` is 0 or greater than `size`, there are fewer entries, or the log cannot be read.
    pub(crate) fn prove_growth(&self, size: u64, from_size: u64) -> Result<Vec<[u8; HASH_SIZE]>, ReadError> {
        self.check_size(size)?;
        if from_size == 0 || from_size > size {
            return Err(ReadError::OutOfRange { seq: from_size, size });
        }
        self.ask_tree(size, |tree| tlog::prove_tree(size, from_size, tree)).map(bytes)
    }

    /// The hashes between some entries, ascending and all among the first `size`, from left to right: with the
    /// entries' own they make the root.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when an entry is not among them, there are fewer entries, or the log cannot be read.
    pub(crate) fn prove_entries(&self, size: u64, seqs: &[u64]) -> Result<Vec<[u8; HASH_SIZE]>, ReadError> {
        self.check_size(size)?;
        if let Some(&seq) = seqs.iter().find(|&&seq| seq >= size) {
            return Err(ReadError::OutOfRange { seq, size });
        }
        let mut between = Vec::new();
        if size > 0 {
            Tree::of(self).collect_between(0, size, seqs, &mut between)?;
        }
        Ok(bytes(between))
    }

    /// The hashes of a tile, one behind the other.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the tile stands for entries that are not there, or the log cannot be read.
    pub(crate) fn tile(&self, tile: &Tile) -> Result<Vec<u8>, ReadError> {
        self.ask_tree(tile.end_exclusive(), |tree| tile.inner().read_data(tree))
    }

    fn check_size(&self, size: u64) -> Result<(), ReadError> {
        size.checked_sub(1).map_or(Ok(()), |last| self.check(last))
    }

    /// Asks the tree of the first `size` entries, which are to be there.
    fn ask_tree<T>(
        &self,
        size: u64,
        question: impl FnOnce(&Tree<'_>) -> Result<T, tlog::Error>,
    ) -> Result<T, ReadError> {
        self.check_size(size)?;
        let tree = Tree::of(self);
        question(&tree).map_err(|error| match tree.failure.into_inner() {
            Some(failure) => failure,
            None => unreachable!("the sizes were checked before: {error}"),
        })
    }
}

fn bytes(hashes: Vec<Hash>) -> Vec<[u8; HASH_SIZE]> {
    hashes.into_iter().map(|hash| hash.0).collect()
}

/// The nodes of a snapshot's tree. The trait's error has no room for ours, which is kept beside it.
struct Tree<'a> {
    snapshot: &'a Snapshot,
    failure: RefCell<Option<ReadError>>,
    /// The hashes of the entries of one node of level 6, and the first of them.
    leaves: RefCell<Option<(u64, Vec<Hash>)>>,
}

impl HashReader for Tree<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        let nodes = indexes.iter().map(|&index| {
            let (level, n) = tlog::split_stored_hash_index(index);
            self.node(level, n)
        });
        nodes.collect::<Result<_, _>>().map_err(|failure| {
            *self.failure.borrow_mut() = Some(failure);
            tlog::Error::IndexesNotInTree
        })
    }
}

impl<'a> Tree<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, failure: RefCell::new(None), leaves: RefCell::new(None) }
    }

    fn collect_between(&self, start: u64, end: u64, seqs: &[u64], out: &mut Vec<Hash>) -> Result<(), ReadError> {
        if seqs.is_empty() {
            out.push(self.stretch(start, end)?);
        } else if end - start > 1 {
            let middle = middle(start, end);
            let (left, right) = seqs.split_at(seqs.partition_point(|&seq| seq < middle));
            self.collect_between(start, middle, left, out)?;
            self.collect_between(middle, end, right, out)?;
        }
        Ok(())
    }

    /// The hash of the tree of `[start, end)`, which is one of those that [`middle`] parts a tree into.
    fn stretch(&self, start: u64, end: u64) -> Result<Hash, ReadError> {
        let count = end - start;
        if count.is_power_of_two() {
            let level = count.ilog2();
            return self.node(u8::try_from(level).expect("a power of two has at most 63 zeros"), start >> level);
        }
        let middle = middle(start, end);
        Ok(tlog::node_hash(self.stretch(start, middle)?, self.stretch(middle, end)?))
    }

    fn node(&self, level: u8, n: u64) -> Result<Hash, ReadError> {
        let first = n << level;
        let kept = self.snapshot.ask_at(first, |index| index.node(level, n))?;
        match kept {
            Some(hash) => Ok(hash),
            None if level == 0 => self.leaf(n),
            None => Ok(tlog::node_hash(self.node(level - 1, 2 * n)?, self.node(level - 1, 2 * n + 1)?)),
        }
    }

    fn leaf(&self, seq: u64) -> Result<Hash, ReadError> {
        let first = seq >> NODE_LEVEL << NODE_LEVEL;
        let mut leaves = self.leaves.borrow_mut();
        if leaves.as_ref().is_none_or(|(held, _)| *held != first) {
            let end = (first + (1 << NODE_LEVEL)).min(self.snapshot.size);
            let seqs: Vec<u64> = (first..end).collect();
            let mut hashes = Vec::with_capacity(seqs.len());
            self.snapshot.read_many(&seqs, &mut |_, line| {
                hashes.push(tlog::record_hash(line));
                Ok(())
            })?;
            *leaves = Some((first, hashes));
        }
        let at = usize::try_from(seq - first).expect("a node of level 6 has 64 leaves");
        let found = leaves.as_ref().and_then(|(_, hashes)| hashes.get(at)).copied();
        found.ok_or(ReadError::OutOfRange { seq, size: self.snapshot.size })
    }
}
