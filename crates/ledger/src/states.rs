//! What a partner's entries were folded into, kept so that a question need not read them again.
//!
//! ```text
//! states/<first 16 hex digits of the SHA-256 of the partner>/<size, 16 hex digits>
//! magic │ form │ size │ root of that size │ partner │ CRC-32C │ bytes of the fold
//! ```
//!
//! The ledger does not know what a fold is (see [`Fold`]). A file holds the fold of a partner's entries before a size
//! of the ledger, its name. It is written beside its place and gets its name when it is whole; a reader takes no lock.
//! It is believed only when it is whole and was made from this ledger: the root of its size tells (L8). What is not
//! believed is made again from the log, so that everything here can be deleted at any time (L7).

use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

use crate::disk::draft::{Durability, write_beside};
use crate::disk::{Access, Audience, Kind, Volume};
use crate::entry::Entry;
use crate::error::{DiskError, ReadError};
use crate::store::Snapshot;

const MAGIC: &[u8; 8] = b"pcsstate";
const CRC_LEN: usize = 4;
const ROOT_LEN: usize = 32;

/// A question that folds so many further entries, or more, keeps what they were folded into.
const WORTH_KEEPING: usize = 16;
/// The most bytes of a file; a longer file is not one of ours.
const MOST_BYTES: u64 = 1 << 30;
/// The most states of a partner; the oldest makes room for another.
const OF_A_PARTNER: usize = 16;

/// What entries of a partner are folded into, one after the other in the order of their seqs.
///
/// The same entries give the same bytes. A fold that is read from bytes goes on as the fold that wrote them would.
pub trait Fold: Default {
    /// Which form the bytes have. Bytes of another form are not read.
    const FORM: u32;

    /// Folds a further entry.
    fn push(&mut self, entry: &Entry);

    /// The fold as bytes.
    fn to_bytes(&self) -> Vec<u8>;

    /// The fold of bytes; `None` where they are not of one.
    fn from_bytes(bytes: Vec<u8>) -> Option<Self>;
}

/// Hands over the entries of seqs.
pub(crate) type EntryReader<'a> = &'a dyn Fn(&[u64], &mut dyn FnMut(Entry)) -> Result<(), ReadError>;

/// A fold as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The size of the ledger before which the partner's entries were folded.
    pub size: u64,
    /// The fold.
    pub bytes: Vec<u8>,
}

/// The states of a ledger.
#[derive(Clone, Debug)]
pub(crate) struct States {
    volume: Volume,
    dir: PathBuf,
}

/// The directory of the states in a ledger's directory.
pub(crate) fn states_dir(ledger_dir: &Path) -> PathBuf {
    ledger_dir.join("states")
}

impl States {
    /// The states of the ledger in a directory.
    pub(crate) fn new(volume: &Volume, ledger_dir: &Path) -> Self {
        Self { volume: volume.clone(), dir: states_dir(ledger_dir) }
    }

    /// The fold of a partner's entries, which must be all that it has before some size. It goes on from the newest state,
    /// and is kept as another state when many entries came behind that.
    pub(crate) fn fold<F: Fold>(
        &self,
        snapshot: &Snapshot,
        partner: &str,
        seqs: &[u64],
        entries: EntryReader<'_>,
    ) -> Result<F, ReadError> {
        let end = size_behind(seqs);
        let held = self.newest(snapshot, partner, F::FORM, end)?;
        let held = held.and_then(|state| Some((state.size, F::from_bytes(state.bytes)?)));
        let (from, mut fold) = held.unwrap_or_default();
        let (_, further) = seqs.split_at(seqs.partition_point(|&seq| seq < from));
        entries(further, &mut |entry| fold.push(&entry))?;
        if further.len() >= WORTH_KEEPING {
            self.keep(snapshot, partner, F::FORM, &State { size: end, bytes: fold.to_bytes() })?;
        }
        Ok(fold)
    }

    /// Every state of a partner that would be believed, by size.
    pub(crate) fn all(&self, snapshot: &Snapshot, partner: &str, form: u32) -> Result<Vec<State>, ReadError> {
        let mut states = Vec::new();
        for size in self.sizes(partner) {
            states.extend(self.believed(snapshot, partner, form, size)?);
        }
        Ok(states)
    }

    /// The number of states, and their bytes; none where they cannot be counted, since no answer needs them.
    pub(crate) fn measure(&self) -> (u64, u64) {
        if self.is_link(&self.dir) { (0, 0) } else { self.volume.measure(&self.dir).unwrap_or_default() }
    }

    /// The newest state that would be believed, of those made from entries before `end` alone.
    fn newest(&self, snapshot: &Snapshot, partner: &str, form: u32, end: u64) -> Result<Option<State>, ReadError> {
        for size in self.sizes(partner).into_iter().rev().filter(|size| *size <= end) {
            if let Some(state) = self.believed(snapshot, partner, form, size)? {
                return Ok(Some(state));
            }
            tracing::debug!(partner, size, "a state is not of this ledger and form, or not whole: it is made again");
        }
        Ok(None)
    }

    fn believed(&self, snapshot: &Snapshot, partner: &str, form: u32, size: u64) -> Result<Option<State>, ReadError> {
        if size > snapshot.size() {
            return Ok(None);
        }
        let Some(dir) = self.dir_of(partner) else { return Ok(None) };
        let Some(file) = self.read(&dir.join(name_of(size))) else { return Ok(None) };
        let head = head(form, size, &snapshot.root(size)?.0, partner);
        let Some(rest) = file.strip_prefix(&*head) else { return Ok(None) };
        let Some((crc, bytes)) = rest.split_first_chunk::<CRC_LEN>() else { return Ok(None) };
        let is_whole = u32::from_le_bytes(*crc) == checksum(&head, bytes);
        Ok(is_whole.then(|| State { size, bytes: bytes.to_vec() }))
    }

    /// Keeps a state if possible. It is not made durable, since one that is lost is made again.
    fn keep(&self, snapshot: &Snapshot, partner: &str, form: u32, state: &State) -> Result<(), ReadError> {
        let Some(dir) = self.dir_of(partner) else { return Ok(()) };
        let head = head(form, state.size, &snapshot.root(state.size)?.0, partner);
        let crc = checksum(&head, &state.bytes).to_le_bytes();
        if let Err(error) = self.write(&dir, state.size, &[&*head, &crc, &state.bytes].concat()) {
            tracing::debug!(partner, %error, "a state was not kept");
            return Ok(());
        }
        self.make_room(&dir);
        Ok(())
    }

    /// The sizes of a partner's states, ascending.
    fn sizes(&self, partner: &str) -> Vec<u64> {
        let names = self.dir_of(partner).map(|dir| self.names(&dir)).unwrap_or_default();
        let names = names.iter().filter(|name| name.len() == 16);
        let mut sizes: Vec<u64> = names.filter_map(|name| u64::from_str_radix(name, 16).ok()).collect();
        sizes.sort_unstable();
        sizes
    }

    /// Where a partner's states are; `None` behind a symbolic link, where something outside of the ledger could be.
    fn dir_of(&self, partner: &str) -> Option<PathBuf> {
        let hash: [u8; 32] = Sha256::digest(partner).into();
        let dir = self.dir.join(name_of(hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))));
        (!self.is_link(&self.dir) && !self.is_link(&dir)).then_some(dir)
    }

    fn is_link(&self, path: &Path) -> bool {
        self.volume.about(path).is_ok_and(|about| about.is_some_and(|about| about.kind == Kind::Link))
    }

    /// The files in a directory.
    fn names(&self, dir: &Path) -> Vec<String> {
        self.volume.list(dir).ok().flatten().unwrap_or_default()
    }

    /// The bytes of a file; `None` of what is no regular file or too long.
    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let about = self.volume.about(path).ok()??;
        if about.kind != Kind::File || about.len > MOST_BYTES {
            return None;
        }
        self.volume.open(path, Access::Read).and_then(|file| file.read_first(MOST_BYTES)).ok()
    }

    fn write(&self, dir: &Path, size: u64, bytes: &[u8]) -> Result<(), DiskError> {
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        self.volume.make_dir(&self.dir, Audience::Owner)?;
        self.volume.make_dir(dir, Audience::Owner)?;
        let nth = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let beside = dir.join(format!("{}-{nth}.new", process::id()));
        write_beside(&self.volume, beside, &dir.join(name_of(size)), bytes, Durability::Nothing)
    }

    /// Deletes the oldest states where there are too many, and what a process left that ended while it wrote.
    fn make_room(&self, dir: &Path) {
        let paths = self.names(dir).into_iter().map(|name| dir.join(name));
        let mut files: Vec<_> =
            paths.filter_map(|path| Some((self.volume.about(&path).ok()??.modified, path))).collect();
        files.sort_unstable();
        let too_many = files.len().saturating_sub(OF_A_PARTNER);
        for (_, path) in files.into_iter().take(too_many) {
            if let Err(error) = self.volume.remove(&path) {
                tracing::debug!(%error, "a state was not deleted");
            }
        }
    }
}

fn head(form: u32, size: u64, root: &[u8; ROOT_LEN], partner: &str) -> Vec<u8> {
    let len = partner.len() as u64;
    [MAGIC, &form.to_le_bytes()[..], &size.to_le_bytes(), root, &len.to_le_bytes(), partner.as_bytes()].concat()
}

fn checksum(head: &[u8], bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(head), bytes)
}

/// The size of the ledger just behind the last of some entries.
fn size_behind(seqs: &[u64]) -> u64 {
    seqs.last().map_or(0, |last| last + 1)
}

/// Sixteen hex digits.
fn name_of(number: u64) -> String {
    format!("{number:016x}")
}

#[cfg(test)]
mod tests;
