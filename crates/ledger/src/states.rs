//! What a partner's entries were folded into, kept so that a question need not read them again.
//!
//! ```text
//! states/<first 16 hex digits of the SHA-256 of the partner>/<size, 16 hex digits>
//! magic │ form │ size │ root of that size │ partner │ MAC │ bytes of the fold
//! ```
//!
//! The ledger does not know what a fold is (see [`Fold`]). A file holds the fold of a partner's entries before a size
//! of the ledger, its name. It is written beside its place and gets its name when it is whole; a reader takes no lock.
//! It is believed only when it was made from this ledger, as the root of its size tells (L8), and with the ledger's secret,
//! as the MAC does. What is not believed is made again from the log, so that everything here can be deleted at any time
//! (L7).

use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

use crate::disk::draft::{Durability, write_beside};
use crate::disk::secret::MacKey;
use crate::disk::{Access, Audience, Kind, Volume};
use crate::entry::Entry;
use crate::error::{DiskError, ReadError, VerifyError};
use crate::store::{STATES, Snapshot};

const MAGIC: &[u8; 8] = b"pcsstat2";
/// What the key of the MACs is derived for.
const USAGE: &str = "pcs state 2";
const MAC_LEN: usize = 32;
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

/// What a file is to those who look for a state.
enum Found {
    /// A state that is believed.
    Whole(State),
    /// Nothing, or something of another form or ledger.
    Foreign,
    /// It says that it is what is looked for, and was not written with the ledger's secret.
    Broken(PathBuf),
}

/// The states of a ledger.
#[derive(Clone, Debug)]
pub(crate) struct States {
    volume: Volume,
    dir: PathBuf,
    /// None when nobody can tell who made a state: then none is believed or kept.
    key: Option<MacKey>,
}

impl States {
    /// The states of the ledger that is read.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let key = snapshot.log.secret().map(|secret| secret.key(USAGE));
        Self { volume: snapshot.volume().clone(), dir: snapshot.dir().join(STATES), key }
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
    ///
    /// # Errors
    /// [`VerifyError::State`] for a file that only looks like one.
    pub(crate) fn all(&self, snapshot: &Snapshot, partner: &str, form: u32) -> Result<Vec<State>, VerifyError> {
        let mut states = Vec::new();
        for size in self.sizes(partner) {
            match self.find(snapshot, partner, form, size)? {
                Found::Whole(state) => states.push(state),
                Found::Foreign => {}
                Found::Broken(path) => return Err(VerifyError::State(path)),
            }
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
            if let Found::Whole(state) = self.find(snapshot, partner, form, size)? {
                return Ok(Some(state));
            }
            tracing::debug!(partner, size, "a state is not of this ledger and form, or not whole: it is made again");
        }
        Ok(None)
    }

    fn find(&self, snapshot: &Snapshot, partner: &str, form: u32, size: u64) -> Result<Found, ReadError> {
        let Some(key) = self.key.as_ref().filter(|_| size <= snapshot.size()) else { return Ok(Found::Foreign) };
        let Some(path) = self.dir_of(partner).map(|dir| dir.join(name_of(size))) else { return Ok(Found::Foreign) };
        let Some(file) = self.read(&path) else { return Ok(Found::Foreign) };
        let head = head(form, size, &snapshot.root(size)?.0, partner);
        let Some(rest) = file.strip_prefix(&*head) else { return Ok(Found::Foreign) };
        Ok(match rest.split_at_checked(MAC_LEN) {
            Some((mac, bytes)) if key.holds(&[&head, bytes], mac) => {
                Found::Whole(State { size, bytes: bytes.to_vec() })
            }
            Some(_) | None => Found::Broken(path),
        })
    }

    /// Keeps a state if possible. All of it is durable before it has its name, so that no power cut leaves one in part.
    fn keep(&self, snapshot: &Snapshot, partner: &str, form: u32, state: &State) -> Result<(), ReadError> {
        let (Some(dir), Some(key)) = (self.dir_of(partner), &self.key) else { return Ok(()) };
        let head = head(form, state.size, &snapshot.root(state.size)?.0, partner);
        let mac: [u8; MAC_LEN] = key.mac(&[&head, &state.bytes]);
        if let Err(error) = self.write(&dir, state.size, &[&*head, &mac, &state.bytes].concat()) {
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
        write_beside(&self.volume, beside, &dir.join(name_of(size)), bytes, Durability::Bytes)
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
