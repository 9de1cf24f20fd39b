//! Tiles that lead to a root.

use std::cell::RefCell;
use std::collections::HashMap;

use tlog_tiles::tile::{self, TileHashReader, TileReader};
use tlog_tiles::tlog::{Error as TreeError, Hash, HashReader as _, stored_hash_index};

use crate::error::ReadError;
use crate::proof::Tile;
use crate::reader::Reader;

/// The tiles of a tree, each of which leads to its root.
#[derive(Debug)]
pub struct ProvedTiles<'a> {
    source: Source<'a>,
    size: u64,
    root: [u8; 32],
}

/// Tiles as the index gives them.
#[derive(Debug)]
struct Source<'a> {
    reader: &'a Reader,
    /// Those that many others lead through.
    kept: RefCell<HashMap<tile::Tile, Vec<u8>>>,
    /// Those that led to the root last.
    proved: RefCell<HashMap<tile::Tile, Vec<u8>>>,
    failure: RefCell<Option<ReadError>>,
}

impl<'a> ProvedTiles<'a> {
    /// The tiles of the tree of the first `size` entries, which has a root.
    #[must_use]
    pub fn of(reader: &'a Reader, size: u64, root: [u8; 32]) -> Self {
        let source =
            Source { reader, kept: RefCell::default(), proved: RefCell::default(), failure: RefCell::default() };
        Self { source, size, root }
    }

    /// The hashes of a tile, one behind the other; `None` when they do not lead to the root.
    ///
    /// # Errors
    /// As [`Reader::tile`].
    pub fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, ReadError> {
        let index = stored_hash_index(tile.level() * Tile::HEIGHT, tile.inner().level_index() << Tile::HEIGHT);
        let read = TileHashReader::new(self.size, Hash(self.root), &self.source).read_hashes(&[index]);
        match (read, self.source.failure.take()) {
            (_, Some(failure)) => Err(failure),
            (Ok(_), None) => Ok(self.source.proved.take().remove(tile.inner())),
            (Err(_), None) => Ok(None),
        }
    }
}

impl TileReader for Source<'_> {
    fn height(&self) -> u8 {
        Tile::HEIGHT
    }

    fn read_tiles(&self, tiles: &[tile::Tile]) -> Result<Vec<Vec<u8>>, TreeError> {
        let read = tiles.iter().map(|tile| {
            if let Some(bytes) = self.kept.borrow().get(tile) {
                return Ok(bytes.clone());
            }
            self.reader.tile(&Tile::of(*tile)).map_err(|error| {
                self.failure.replace(Some(error));
                TreeError::IndexesNotInTree
            })
        });
        read.collect()
    }

    fn save_tiles(&self, tiles: &[tile::Tile], data: &[Vec<u8>]) {
        let pairs = || tiles.iter().copied().zip(data.iter().cloned());
        self.kept.borrow_mut().extend(pairs().filter(|(tile, _)| tile.level() > 0 || !Tile::of(*tile).is_full()));
        self.proved.replace(pairs().collect());
    }
}
