//! The reading end of a ledger: a prefix that stays as it is.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use crate::cache::{Cache, cache_dir};
use crate::entry::{Entry, Key};
use crate::error::{OpenError, ReadError, VerifyError};
use crate::folds::Folds;
use crate::ids::PartnerId;
use crate::ledger_dir::LedgerDir;
use crate::log::segment;
use crate::prefix::{describe, later_entry};
use crate::proof::Tile;
use crate::runs::format;
use crate::states::{Fold, State, States};
use crate::store::Snapshot;
use crate::store::options::Options;
use crate::time::Timestamp;

/// A committed prefix of a ledger that stays as it is, whatever is appended meanwhile.
///
/// It takes no lock and can be used while another process appends. Clones are cheap, and can be used from several
/// threads. Sequence numbers ascend from 0; an end is exclusive, and one beyond the prefix means its end.
#[derive(Clone, Debug)]
pub struct Reader {
    snapshot: Snapshot,
    states: Arc<States>,
}

/// How much a ledger holds, and how much room it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// The number of entries.
    pub entries: u64,
    /// The number of partners.
    pub partners: u64,
    /// The number of segment files.
    pub segments: u64,
    /// The bytes of the log, pre-allocated ones included.
    pub log_bytes: u64,
    /// The number of index runs.
    pub runs: u64,
    /// The bytes of the index.
    pub index_bytes: u64,
    /// The bytes of the states of folds, and of the cache.
    pub cache_bytes: u64,
    /// The number of states of folds.
    pub cached_states: u64,
}

/// Where the entries of a partner are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartnerEntries {
    /// How many they are, at least one.
    pub count: u64,
    /// The seq of the first.
    pub first: u64,
    /// The seq of the newest.
    pub last: u64,
}

/// Lines of a partner that are read before it is asked whether more are wanted.
const AT_ONCE: usize = 256;

impl Reader {
    /// Opens a ledger as it is committed now. Never creates anything.
    ///
    /// # Errors
    /// [`OpenError::NoLedger`], [`OpenError::Corrupt`] and others.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        Self::open_on(dir, &Options::new(describe))
    }

    pub(crate) fn open_on(dir: &Path, options: &Options) -> Result<Self, OpenError> {
        Ok(Self::of(Snapshot::open(dir, options)?))
    }

    pub(crate) fn of(snapshot: Snapshot) -> Self {
        let states = Arc::new(States::of(&snapshot));
        Self { snapshot, states }
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The directory of the ledger that is read.
    #[must_use]
    pub fn dir(&self) -> LedgerDir {
        LedgerDir::held(self.snapshot.volume(), self.snapshot.dir())
    }

    /// The number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.snapshot.size()
    }

    /// The number of entries recorded at or before an instant.
    pub fn size_at(&self, known_at: Timestamp) -> Result<u64, ReadError> {
        self.snapshot.size_at(known_at.micros())
    }

    /// When an entry was recorded.
    pub fn recorded_at(&self, seq: u64) -> Result<Timestamp, ReadError> {
        self.snapshot.recorded_at(seq).map(Timestamp::from_micros)
    }

    /// The root of the tree of the first `size` entries (RFC 6962); that of a size never changes (L8).
    pub fn root(&self, size: u64) -> Result<[u8; 32], ReadError> {
        self.snapshot.root(size).map(|root| root.0)
    }

    /// The hashes that prove that an entry is in the tree of the first `size` entries (RFC 6962, section 2.1.1).
    pub fn prove_entry(&self, size: u64, seq: u64) -> Result<Vec<[u8; 32]>, ReadError> {
        self.snapshot.prove_entry(size, seq)
    }

    /// The hashes that prove that the tree of `size` entries continues that of the first `from_size`, at least one
    /// (RFC 6962, section 2.1.2).
    pub fn prove_growth(&self, size: u64, from_size: u64) -> Result<Vec<[u8; 32]>, ReadError> {
        self.snapshot.prove_growth(size, from_size)
    }

    /// The canonical line of an entry, without a line feed: the leaf of the tree.
    pub fn line(&self, seq: u64) -> Result<String, ReadError> {
        let line = self.snapshot.read(seq)?;
        String::from_utf8(line).map_err(|_| self.snapshot.broken_entry(seq))
    }

    /// An entry.
    pub fn entry(&self, seq: u64) -> Result<Entry, ReadError> {
        self.parse(seq, &self.snapshot.read(seq)?)
    }

    /// Hands over the lines of `[from, end_exclusive)` in order, until told to break.
    pub fn scan(
        &self,
        from: u64,
        end_exclusive: u64,
        on_line: &mut dyn FnMut(u64, &str) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let mut broken = None;
        self.snapshot.scan(from, end_exclusive.min(self.size()), &mut |seq, line| {
            let Ok(line) = std::str::from_utf8(line) else {
                broken = Some(seq);
                return ControlFlow::Break(());
            };
            on_line(seq, line)
        })?;
        broken.map_or(Ok(()), |seq| Err(self.snapshot.broken_entry(seq)))
    }

    /// Maps the lines of `[from, end_exclusive)` on as many threads as there are cores, and hands the results over in
    /// the order of the lines, until told to break. Few lines are under way at a time.
    ///
    /// For those who read much: what [`Reader::scan`] hands over, up to an error, in less time.
    pub fn map<T: Send>(
        &self,
        from: u64,
        end_exclusive: u64,
        map: &(dyn Fn(u64, &str) -> T + Sync),
        take: &mut dyn FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let map_bytes = |seq, line: &[u8]| match std::str::from_utf8(line) {
            Ok(line) => Ok(map(seq, line)),
            Err(_) => Err(self.snapshot.broken_entry(seq)),
        };
        self.snapshot.map(from, end_exclusive.min(self.size()), &map_bytes, take)
    }

    /// The entries of a partner before `end_exclusive`, in their order.
    pub fn entries(&self, partner: &str, end_exclusive: u64) -> Result<Vec<Entry>, ReadError> {
        self.parse_all(&self.postings(partner, end_exclusive)?)
    }

    /// Hands over the entries of a partner in `[from, end_exclusive)` one at a time, for those who need not hold them
    /// all; returns how many they are.
    pub fn each_entry(
        &self,
        partner: &str,
        from: u64,
        end_exclusive: u64,
        on_entry: &mut dyn FnMut(Entry),
    ) -> Result<usize, ReadError> {
        let seqs = self.postings(partner, end_exclusive)?;
        let (_, seqs) = seqs.split_at(seqs.partition_point(|&seq| seq < from));
        self.each(seqs, on_entry)?;
        Ok(seqs.len())
    }

    /// Hands over the lines of a partner's entries in `[from, end_exclusive)` in order, until told to break.
    pub fn scan_partner(
        &self,
        partner: &str,
        (from, end_exclusive): (u64, u64),
        on_line: &mut dyn FnMut(u64, &str) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let seqs = self.postings(partner, end_exclusive)?;
        let (_, seqs) = seqs.split_at(seqs.partition_point(|&seq| seq < from));
        let mut flow = ControlFlow::Continue(());
        for seqs in seqs.chunks(AT_ONCE) {
            self.snapshot.read_many(seqs, &mut |seq, line| {
                if flow.is_continue() {
                    flow = on_line(seq, std::str::from_utf8(line).map_err(|_| self.snapshot.broken_entry(seq))?);
                }
                Ok(())
            })?;
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The number of a partner's entries before `end_exclusive`.
    pub fn count(&self, partner: &str, end_exclusive: u64) -> Result<usize, ReadError> {
        Ok(self.postings(partner, end_exclusive)?.len())
    }

    /// The seq of a partner's first entry; `None` when there is none.
    pub fn first(&self, partner: &str) -> Result<Option<u64>, ReadError> {
        Ok(self.postings(partner, self.size())?.first().copied())
    }

    /// What is kept of partners with many entries for the one who writes; one process has it at a time.
    #[must_use]
    pub fn folds(&self) -> Folds {
        Folds::new(self.clone(), Cache::open)
    }

    /// A copy of what is kept for the one who writes, for those who change nothing.
    #[must_use]
    pub fn copy_of_folds(&self) -> Folds {
        Folds::new(self.clone(), Cache::open_copy)
    }

    /// The fold of a partner's entries before `end_exclusive`; `None` when there is none.
    ///
    /// It is made from the newest state that was kept of it, and of the entries behind that; when these are many, the
    /// new state is kept too if it can be. The answer is that of folding [`Reader::entries`] (L7).
    pub fn folded<F: Fold>(&self, partner: &str, end_exclusive: u64) -> Result<Option<F>, ReadError> {
        let seqs = self.postings(partner, end_exclusive)?;
        if seqs.is_empty() {
            return Ok(None);
        }
        self.states.fold(&self.snapshot, partner, &seqs, &|seqs, on_entry| self.each(seqs, on_entry)).map(Some)
    }

    /// The states that are kept of a partner's fold and that [`Reader::folded`] would believe, by size.
    ///
    /// # Errors
    /// [`VerifyError::State`] names a file that was not written with the ledger's secret; no question believes it.
    pub fn states<F: Fold>(&self, partner: &str) -> Result<Vec<State>, VerifyError> {
        self.states.all(&self.snapshot, partner, F::FORM)
    }

    /// The entries before `end_exclusive` that hold for all partners, in their order: adopted rulebooks.
    pub fn shared_entries(&self, end_exclusive: u64) -> Result<Vec<Entry>, ReadError> {
        self.parse_all(&self.snapshot.postings("", end_exclusive)?)
    }

    /// The partners with an entry before `end_exclusive`, ascending.
    pub fn partners(&self, end_exclusive: u64) -> Result<Vec<PartnerId>, ReadError> {
        let names = self.snapshot.partners(end_exclusive)?;
        // What is in the index was read from canonical lines; another name would have been refused there.
        Ok(names.iter().filter_map(|name| PartnerId::new(name).ok()).collect())
    }

    /// The partners with an entry before `end_exclusive`, ascending, each with where its entries are.
    pub fn partner_entries(&self, end_exclusive: u64) -> Result<BTreeMap<PartnerId, PartnerEntries>, ReadError> {
        let mut found: BTreeMap<PartnerId, PartnerEntries> = BTreeMap::new();
        self.snapshot.all_postings(end_exclusive, &mut |name, seqs| {
            // Those that hold for all partners come under the empty name.
            let (Ok(partner), Some(&first), Some(&last)) = (PartnerId::new(&name), seqs.first(), seqs.last()) else {
                return;
            };
            let of = found.entry(partner).or_insert(PartnerEntries { count: 0, first, last });
            of.count += seqs.len() as u64;
            of.last = last;
        })?;
        Ok(found)
    }

    /// The entries before `end_exclusive` that may have a key, ascending; fingerprints collide, so the caller compares.
    pub fn find(&self, key: Key, end_exclusive: u64) -> Result<Vec<u64>, ReadError> {
        let mut seqs = self.snapshot.find(key.0)?;
        seqs.retain(|&seq| seq < end_exclusive);
        Ok(seqs)
    }

    /// How much the ledger holds, and how much room it takes on disk now.
    pub fn stats(&self) -> Result<Stats, ReadError> {
        let (volume, dir) = (self.snapshot.volume(), self.snapshot.dir());
        let (segments, log_bytes) = volume.measure(&segment::log_dir(dir))?;
        let (runs, index_bytes) = volume.measure(&format::index_dir(dir))?;
        let (states, state_bytes) = self.states.measure();
        let cached_bytes = volume.measure(&cache_dir(dir)).map_or(0, |(_, bytes)| bytes);
        Ok(Stats {
            entries: self.size(),
            partners: self.snapshot.partners(self.size())?.len() as u64,
            segments,
            log_bytes,
            runs,
            index_bytes,
            cache_bytes: state_bytes + cached_bytes,
            cached_states: states,
        })
    }

    /// The hashes of a tile, one behind the other.
    ///
    /// # Errors
    /// [`ReadError::OutOfRange`] when the tile stands for entries that are not there, and as other reads.
    pub fn tile(&self, tile: &Tile) -> Result<Vec<u8>, ReadError> {
        self.snapshot.tile(tile)
    }

    /// Where the entries of a partner are; nothing without a name, under which those of all partners stand.
    fn postings(&self, partner: &str, end_exclusive: u64) -> Result<Vec<u64>, ReadError> {
        if partner.is_empty() { Ok(Vec::new()) } else { self.snapshot.postings(partner, end_exclusive) }
    }

    fn parse(&self, seq: u64, line: &[u8]) -> Result<Entry, ReadError> {
        let entry = std::str::from_utf8(line).ok().and_then(|line| Entry::read(line).ok());
        entry.filter(|entry| entry.seq == seq).ok_or_else(|| unreadable(&self.snapshot, seq, line))
    }

    fn parse_all(&self, seqs: &[u64]) -> Result<Vec<Entry>, ReadError> {
        let mut entries = Vec::with_capacity(seqs.len());
        self.each(seqs, &mut |entry| entries.push(entry))?;
        Ok(entries)
    }

    /// Hands over entries from the log.
    fn each(&self, seqs: &[u64], on_entry: &mut dyn FnMut(Entry)) -> Result<(), ReadError> {
        self.snapshot.read_many(seqs, &mut |seq, line| {
            on_entry(self.parse(seq, line)?);
            Ok(())
        })
    }
}

/// The error for an entry whose line cannot be read.
pub(crate) fn unreadable(snapshot: &Snapshot, seq: u64, line: &[u8]) -> ReadError {
    let later = std::str::from_utf8(line).ok().and_then(later_entry).filter(|later| later.seq == seq);
    later.map_or_else(|| snapshot.broken_entry(seq), ReadError::from)
}

impl LedgerDir {
    /// Opens the ledger for reading, as [`Reader::open`] does.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn reader(&self) -> Result<Reader, OpenError> {
        Reader::open_on(self.path(), &self.options())
    }
}

/// Readers go to other threads.
const _: () = {
    const fn is_shared<T: Send + Sync + Clone>() {}
    is_shared::<Reader>();
};
