//! The ledger as files that any web server can serve (C2SP tlog-tiles).

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ledger::proof::leaf_hash;
use ledger::{Audience, DiskError, Draft, ProvedTiles, Reader, Tile, create_dir};
use serde::Serialize;

use super::signer::first;
use super::{KeySource, Signer, extends, index_lies};
use crate::error::Error;
use crate::keep::target::occupied;
use crate::session::Session;
use crate::text::{base64, counted, plain};
use crate::world::Unit;

/// A directory of tiles, which no other process writes meanwhile.
struct Mirror<'a> {
    typed: &'a Path,
    dir: PathBuf,
    /// The number of entries that its checkpoint speaks of, whose files are whole.
    size: u64,
    /// Locked as long as it is open.
    _lock: File,
}

/// The tiles of a ledger, and how many of the files were written for that.
#[derive(Clone, Debug, Serialize)]
pub struct Tiles {
    /// The number of entries.
    pub size: u64,
    /// The root of their tree, in base64.
    pub root: String,
    /// The files that were written, without the checkpoint.
    pub files: u64,
    /// Bundles of entries that are written as lines.
    pub line_bundles: u64,
}

/// Writes the tiles of the first entries, or of all, that are not in a directory yet; the checkpoint last.
///
/// # Errors
/// `older_checkpoint`, `other_ledger` and `occupied` for a directory with other files; `index_lies` before a tile or an
/// entry is written that does not lead to what is signed; failures of the key.
pub fn run(session: &mut Session<'_>, key: &KeySource, dir: &Path, size: Option<u64>) -> Result<Tiles, Error> {
    let signer = Signer::open(session, key, &first(size))?;
    let checkpoint = signer.signed(session)?;
    let told = checkpoint.checkpoint();
    let mut tiles = Tiles { size: told.size, root: base64(&told.root), files: 0, line_bundles: 0 };
    let (reader, size, place) = (&signer.reader, told.size, dir.display());
    let mirror = Mirror::open(session, dir, reader, &told.origin)?;
    if mirror.size > size {
        let text = format!("{place} holds the tiles of {}, more than {size}", counted(mirror.size, "entry"));
        return Err(Error::new("older_checkpoint", text));
    }
    let proved = ProvedTiles::of(reader, size, told.root);
    let bar = session.progress("writing tiles", Unit::Entries);
    let written = Tile::of_growth(0, size).into_iter().try_for_each(|tile| {
        mirror.write_tile(reader, &proved, &tile, &mut tiles)?;
        bar.at(tile.end_exclusive(), Some(size));
        Ok(())
    });
    let written = written.and_then(|()| mirror.replace("checkpoint", checkpoint.to_string().as_bytes()));
    drop(bar);
    if written.is_ok() {
        session.done.add(format!("{place} has the tiles of {}", counted(size, "entry")), "its checkpoint says so");
    } else if tiles.files > 0 {
        let files = counted(tiles.files, "file");
        let what = format!("{place} has {files} more, and the checkpoint that it had");
        session.done.add(what, "the same command goes on from there");
    }
    written.map(|()| tiles)
}

/// The hashes of a tile, one behind the other: the bytes of its file.
///
/// # Errors
/// A tile of entries that the ledger does not have.
pub fn hashes(reader: &Reader, tile: &Tile) -> Result<Vec<u8>, Error> {
    Ok(reader.tile(tile)?)
}

/// The entries under a tile of level 0: the bytes of their file among `entries`, or else, when one of them is too long for
/// that form, among `lines`. `None` for the other one of the two, which is not written.
///
/// # Errors
/// A tile of entries that the ledger does not have; `index_lies` when they are not those of the tile.
pub fn bundle(reader: &Reader, tile: &Tile, is_lines: bool) -> Result<Option<Vec<u8>>, Error> {
    let Bundle { entries, lines, hashes } = Bundle::read(reader, tile)?;
    if hashes != reader.tile(tile)? {
        return Err(index_lies("a bundle of entries"));
    }
    Ok(match entries {
        Some(entries) => (!is_lines).then_some(entries),
        None => is_lines.then_some(lines),
    })
}

impl<'a> Mirror<'a> {
    /// Opens a directory, or makes it, and checks that what is in it is of an older state of this ledger.
    fn open(session: &Session<'_>, typed: &'a Path, reader: &Reader, origin: &str) -> Result<Self, Error> {
        let dir = session.path(typed);
        create_dir(&dir).map_err(|error| Error::file("create", typed)(error.source))?;
        let lock = File::open(&dir).map_err(Error::file("read", typed))?;
        // A file system without locks is used without.
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(Error::file("lock", typed)(io::ErrorKind::WouldBlock.into()));
        }
        let path = typed.join("checkpoint");
        let mut size = 0;
        if fs::symlink_metadata(session.path(&path)).is_ok() {
            let kept = extends::read(session, &path)?;
            let told = kept.checkpoint();
            if told.origin != origin {
                let (place, origin) = (typed.display(), plain(&told.origin));
                let text = format!("{place} holds the tiles of {origin:?}, another ledger");
                return Err(Error::new("other_ledger", text));
            }
            extends::check(session, reader, &kept, None)?;
            size = told.size;
        } else {
            // Without a checkpoint there may be what an export that was killed left.
            for entry in fs::read_dir(&dir).map_err(Error::file("read", typed))? {
                let name = entry.map_err(Error::file("read", typed))?.file_name();
                if name != "tile" && name != UNFINISHED_CHECKPOINT {
                    return Err(occupied(typed, "a directory of other files"));
                }
            }
        }
        Ok(Self { typed, dir, size, _lock: lock })
    }

    /// Writes a tile, and the bundle of the entries under one of level 0, unless they are there since the last time.
    fn write_tile(
        &self,
        reader: &Reader,
        proved: &ProvedTiles<'_>,
        tile: &Tile,
        tiles: &mut Tiles,
    ) -> Result<(), Error> {
        let place = tile.place();
        let is_there = |name: &str| tile.end_exclusive() <= self.size && self.dir.join(name).is_file();
        let name = format!("tile/{}/{place}", tile.level());
        let (entries, lines) = (format!("tile/entries/{place}"), format!("tile/lines/{place}"));
        let has_bundle = tile.level() > 0 || is_there(&entries) || is_there(&lines);
        let has_tile = is_there(&name);
        if has_tile && has_bundle {
            return Ok(());
        }
        let hashes = proved.tile(tile)?.ok_or_else(|| index_lies("a tile"))?;
        if !has_bundle {
            let bundle = Bundle::read(reader, tile)?;
            if bundle.hashes != hashes {
                return Err(index_lies("a bundle of entries"));
            }
            if let Some(bytes) = bundle.entries {
                self.replace(&entries, &bytes)?;
            } else {
                self.replace(&lines, &bundle.lines)?;
                tiles.line_bundles += 1;
            }
            tiles.files += 1;
        }
        if !has_tile {
            self.replace(&name, &hashes)?;
            tiles.files += 1;
        }
        Ok(())
    }

    /// Writes a file that is there as a whole or not at all, also when the power goes: the checkpoint after its tiles.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.dir.join(name);
        let written = || -> io::Result<()> {
            let failed = |error: DiskError| error.source;
            create_dir(path.parent().unwrap_or(&self.dir)).map_err(failed)?;
            let (draft, mut file) = Draft::create(&path, Audience::Usual).map_err(failed)?;
            file.write_all(bytes)?;
            draft.publish(&path).map_err(failed)
        };
        written().map_err(Error::file("write", self.typed.join(name)))
    }
}

const UNFINISHED_CHECKPOINT: &str = "checkpoint.unfinished";

/// The entries under a tile of level 0.
#[derive(Default)]
struct Bundle {
    /// Each behind its length in two bytes, unless one is too long for that.
    entries: Option<Vec<u8>>,
    /// Each before a line feed.
    lines: Vec<u8>,
    /// Their hashes, one behind the other.
    hashes: Vec<u8>,
}

impl Bundle {
    fn read(reader: &Reader, tile: &Tile) -> Result<Self, Error> {
        let mut bundle = Self { entries: Some(Vec::new()), ..Self::default() };
        reader.scan(tile.start(), tile.end_exclusive(), &mut |_, line| {
            bundle.lines.extend_from_slice(line.as_bytes());
            bundle.lines.push(b'\n');
            bundle.hashes.extend_from_slice(&leaf_hash(line));
            let len = u16::try_from(line.len()).ok();
            bundle.entries = bundle.entries.take().zip(len).map(|(mut entries, len)| {
                entries.extend_from_slice(&len.to_be_bytes());
                entries.extend_from_slice(line.as_bytes());
                entries
            });
            ControlFlow::Continue(())
        })?;
        Ok(bundle)
    }
}
