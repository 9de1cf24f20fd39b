//! All entries in a file, with what proves them.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;

use ledger::proof::{GrowingTree, SignedCheckpoint, leaf_hash};
use serde::Serialize;

use super::header::Header;
use crate::error::Error;
use crate::file_kind::FileKind;
use crate::prove::{ALL, KeySource, Signer, extends, index_lies};
use crate::sealed::{Closed, Sealer};
use crate::session::Session;
use crate::text::base64;
use crate::world::Unit;

/// The most bytes of the first line of a backup.
pub(super) const MOST_HEADER_BYTES: u64 = 1 << 24;
/// The most bytes of an entry in a backup.
pub(super) const MOST_ENTRY_BYTES: u64 = 1 << 26;

/// A backup that was written.
#[derive(Clone, Debug, Serialize)]
pub struct Backup {
    /// The file, as it was typed.
    pub out: String,
    /// The number of entries.
    pub size: u64,
    /// The root of their tree, in base64.
    pub root: String,
    /// The length of the file in bytes.
    pub bytes: u64,
}

/// A backup from which no ledger can be made.
pub(super) fn bad_backup(path: &Path, what: &str) -> Error {
    Error::new("bad_backup", format!("{} is no backup that can be restored: {what}", path.display()))
}

/// Writes all entries and a signed checkpoint of them into a file, which must not be there yet.
///
/// # Errors
/// `bad_backup` for what `restore` would not read; `index_lies` for entries that are not those that are signed;
/// `bad_signature` and `other_root` for a cosigned checkpoint that is not of them; the file cannot be written; failures of
/// the key.
pub fn run(session: &mut Session<'_>, out: &Path, key: &KeySource) -> Result<Backup, Error> {
    let signer = Signer::open(session, key, ALL)?;
    let (reader, checkpoint) = (&signer.reader, signer.signed(session)?);
    let (size, root) = (checkpoint.checkpoint().size, base64(&checkpoint.checkpoint().root));
    let mut witnessed = reader.dir().witnessed()?;
    // One of more entries was cosigned since, and cannot be compared with these.
    witnessed.retain(|note| note.checkpoint().size <= size);
    let keys = extends::keys_of(signer.verifier(), reader)?;
    witnessed.iter().try_for_each(|note| keys.check(note, "a cosigned checkpoint"))?;
    let header = Header { key: signer.verifier(), checkpoint, witnessed };

    let mut sealer = Sealer::create(session, out)?;
    let mut write = |line: &str, most: u64| {
        if line.len() as u64 > most {
            return Err(bad_backup(out, &format!("a line of {} bytes is longer than a backup may have", line.len())));
        }
        let written = sealer.write_all(line.as_bytes()).and_then(|()| sealer.write_all(b"\n"));
        written.map_err(Error::file("write", out))
    };
    write(&header.text(), MOST_HEADER_BYTES)?;
    let bar = session.progress("backing up", Unit::Entries);
    let (mut tree, mut written) = (GrowingTree::default(), Ok(()));
    let mut notes = header.witnessed.iter().map(SignedCheckpoint::checkpoint).peekable();
    let mut compare = |tree: &GrowingTree| {
        while let Some(told) = notes.next_if(|told| told.size == tree.size()) {
            extends::compare_root(told, tree.root())?;
        }
        Ok(())
    };
    reader.scan(0, size, &mut |seq, line| {
        written = compare(&tree).and_then(|()| write(line, MOST_ENTRY_BYTES));
        tree.push(leaf_hash(line));
        bar.at(seq + 1, Some(size));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    drop(bar);
    written.and_then(|()| compare(&tree))?;
    if tree.root() != header.checkpoint.checkpoint().root {
        return Err(index_lies("the backup"));
    }
    let bytes = sealer.close().and_then(Closed::publish).map_err(Error::file("write", out))?;
    let place = out.display();
    session.done.add(format!("the backup is in {place}"), FileKind::Backup.hint(out));
    Ok(Backup { out: place.to_string(), size, root, bytes })
}
