//! `export --tiles`: the ledger as files that any web server can serve (C2SP tlog-tiles).

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::{Audience, DiskError, Draft, Reader, Tile, create_dir};
use serde_json::json;

use crate::commands::checkpoint::signed;
use crate::console::Console;
use crate::keys::KeyArgs;
use app::Error;
use app::extends;
use app::target::occupied;
use app::text::{counted, plain};
use app::world::Unit;

/// A directory of tiles, which no other process writes meanwhile.
struct Mirror<'a> {
    typed: &'a Path,
    dir: PathBuf,
    /// The number of entries that its checkpoint speaks of, whose files are whole.
    size: u64,
    /// Locked as long as it is open.
    _lock: File,
}

/// What was written.
#[derive(Default)]
struct Counts {
    files: u64,
    /// Bundles that are written as lines.
    lines: u64,
}

/// Writes the tiles of the first entries, or of all, that are not there yet; the checkpoint last.
pub(super) fn write(console: &mut Console<'_>, typed: &Path, size: Option<u64>, key: &KeyArgs) -> Result<(), Error> {
    let (reader, key) = key.source(console).open(&console.session)?;
    let checkpoint = signed(&reader, &key, size)?;
    let (size, root) = (checkpoint.checkpoint().size, STANDARD.encode(checkpoint.checkpoint().root));
    let mirror = Mirror::open(console, typed, &reader, key.name())?;
    if mirror.size > size {
        let text = format!("{} holds the tiles of {} entries, more than {size}", typed.display(), mirror.size);
        return Err(Error::new("older_checkpoint", text));
    }
    let bar = console.session.progress("writing tiles", Unit::Entries);
    let mut counts = Counts::default();
    let written = Tile::of_growth(0, size).into_iter().try_for_each(|tile| {
        mirror.write_tile(&reader, &tile, &mut counts)?;
        bar.at(tile.end_exclusive(), Some(size));
        Ok(())
    });
    let written = written.and_then(|()| mirror.replace("checkpoint", checkpoint.to_string().as_bytes()));
    bar.end();
    let Counts { files, lines } = counts;
    let place = typed.display();
    match &written {
        Ok(()) => {
            console.session.done.add(format!("{place} has the tiles of {size} entries"), "its checkpoint says so");
        }
        Err(_) if files > 0 => console.session.done.add(
            format!("{place} has {} more, and the checkpoint that it had", counted(files, "file")),
            "the same command goes on from there",
        ),
        Err(_) => {}
    }
    written?;

    if console.is_json() {
        let answer = json!({"size": size, "root": root, "files": files, "line_bundles": lines});
        return console.line(&answer.to_string());
    }
    let place = plain(&typed.display().to_string());
    console.line(&format!("{place}: {size} entries, root {root}, {files} files written"))?;
    if lines > 0 {
        console.say(&format!("bundles in tile/lines, for an entry of more than 65,535 bytes: {lines}"));
    }
    Ok(())
}

impl<'a> Mirror<'a> {
    /// Opens a directory, or makes it, and checks that what is in it is of an older state of this ledger.
    fn open(console: &Console<'_>, typed: &'a Path, reader: &Reader, origin: &str) -> Result<Self, Error> {
        let dir = console.session.path(typed);
        create_dir(&dir).map_err(|error| Error::file("create", typed)(error.source))?;
        let lock = File::open(&dir).map_err(Error::file("read", typed))?;
        // A file system without locks is used without.
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(Error::file("lock", typed)(io::ErrorKind::WouldBlock.into()));
        }
        let path = typed.join("checkpoint");
        let mut size = 0;
        if fs::symlink_metadata(console.session.path(&path)).is_ok() {
            let kept = extends::read(&console.session, &path)?;
            let told = kept.checkpoint();
            if told.origin != origin {
                let (place, origin) = (typed.display(), plain(&told.origin));
                let text = format!("{place} holds the tiles of {origin:?}, another ledger");
                return Err(Error::new("other_ledger", text));
            }
            extends::check(&console.session, reader, &kept, None)?;
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
    fn write_tile(&self, reader: &Reader, tile: &Tile, counts: &mut Counts) -> Result<(), Error> {
        let place = tile.place();
        let is_there = |name: &str| tile.end_exclusive() <= self.size && self.dir.join(name).is_file();
        let name = format!("tile/{}/{place}", tile.level());
        if !is_there(&name) {
            self.replace(&name, &reader.tile(tile)?)?;
            counts.files += 1;
        }
        let (entries, lines) = (format!("tile/entries/{place}"), format!("tile/lines/{place}"));
        if tile.level() > 0 || is_there(&entries) || is_there(&lines) {
            return Ok(());
        }
        let bundle = Bundle::read(reader, tile)?;
        match &bundle.entries {
            Some(bytes) => self.replace(&entries, bytes)?,
            None => self.replace(&lines, &bundle.lines)?,
        }
        counts.files += 1;
        counts.lines += u64::from(bundle.entries.is_none());
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
struct Bundle {
    /// Each behind its length in two bytes; none when one is too long for that.
    entries: Option<Vec<u8>>,
    /// Each before a line feed.
    lines: Vec<u8>,
}

impl Bundle {
    fn read(reader: &Reader, tile: &Tile) -> Result<Self, Error> {
        let mut bundle = Self { entries: Some(Vec::new()), lines: Vec::new() };
        reader.scan(tile.start(), tile.end_exclusive(), &mut |_, line| {
            bundle.lines.extend_from_slice(line.as_bytes());
            bundle.lines.push(b'\n');
            match (u16::try_from(line.len()), &mut bundle.entries) {
                (Ok(len), Some(entries)) => {
                    entries.extend_from_slice(&len.to_be_bytes());
                    entries.extend_from_slice(line.as_bytes());
                }
                _ => bundle.entries = None,
            }
            ControlFlow::Continue(())
        })?;
        Ok(bundle)
    }
}
