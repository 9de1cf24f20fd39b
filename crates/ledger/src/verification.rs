//! Reads everything and compares it: what the store verifies, and that the lines are entries with ids of their own.

mod log_fold;
mod tally;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use crate::attest::FoldedLog;
use crate::entry::{Entry, Key};
use crate::error::VerifyError;
use crate::event::Fact;
use crate::ledger_dir::LedgerDir;
use crate::prefix::{EntryLine, describe, later_entry};
use crate::proof::{Checkpoint, CheckpointFold, Claims};
use crate::reader::Reader;
use crate::store::options::{Options, Phase, Progress};

pub use log_fold::Verification;
#[cfg(test)]
pub(crate) use log_fold::verify as verify_store;

/// Ids whose fingerprints are held at a time: 64 MiB.
const IDS_AT_A_TIME: u64 = 8 << 20;
/// Entries from one call of `progress` to the next.
const PROGRESS_ENTRIES: u64 = 1 << 14;

/// Reads and compares everything; writes nothing. Takes a bounded amount of memory, whatever the size.
///
/// # Errors
/// [`VerifyError`] with the first thing that does not hold: the log (L1, L3, L5), a line that is not canonical (L2), an
/// event id that occurs twice (L4), a change of key of another history, the index (L7).
pub fn verify(dir: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Verification, VerifyError> {
    verify_on(dir, &Options::new(describe), progress)
}

impl LedgerDir {
    /// Reads and compares everything, as [`verify`] does.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn verify(&self, progress: &mut dyn FnMut(Progress)) -> Result<Verification, VerifyError> {
        verify_on(self.path(), &self.options(), progress)
    }
}

pub(crate) fn verify_on(
    dir: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verification, VerifyError> {
    let options = &options.holding(dir)?;
    let verified = log_fold::verify(dir, options, progress)?;
    let reader = Reader::open_on(dir, options)?;
    check_entries(&reader, verified.size, progress)?;
    check_ids(&reader, verified.size, IDS_AT_A_TIME)?;
    check_rotations(&reader)?;
    Ok(verified)
}

/// Checks that each line is the canonical form of the entry that it says.
fn check_entries(reader: &Reader, size: u64, progress: &mut dyn FnMut(Progress)) -> Result<(), VerifyError> {
    let mut broken = None;
    reader.scan(0, size, &mut |seq, line| {
        if let Err(refusal) = Entry::parse(line) {
            let later = later_entry(line).filter(|later| later.seq == seq);
            broken = Some(later.map_or(VerifyError::Entry { seq, refusal }, VerifyError::from));
            return ControlFlow::Break(());
        }
        if (seq + 1).is_multiple_of(PROGRESS_ENTRIES) || seq + 1 == size {
            progress(Progress { phase: Phase::VerifyingEntries, done: seq + 1, total: size });
        }
        ControlFlow::Continue(())
    })?;
    broken.map_or(Ok(()), Err)
}

/// Checks that each change of key tells the state of the ledger before it.
fn check_rotations(reader: &Reader) -> Result<(), VerifyError> {
    let mut told: BTreeMap<u64, Checkpoint> = BTreeMap::new();
    for entry in reader.shared_entries(reader.size())? {
        if let Fact::KeyRotated(rotation) = &entry.event.fact {
            told.insert(entry.seq, rotation.checkpoint().checkpoint().clone());
        }
    }
    let (seqs, mut broken) = (told.keys().copied().collect::<Vec<_>>(), None);
    if seqs.is_empty() {
        return Ok(());
    }
    let mut on_size = |fold: CheckpointFold| {
        let seq = fold.size();
        let Some(told) = told.get(&seq) else { return };
        let mut expected = fold.checkpoint(&told.origin);
        // Nothing came after it when it was signed.
        expected.claims = Claims { next: None, next_key: told.claims.next_key.clone(), ..expected.claims };
        if expected != *told {
            broken.get_or_insert(VerifyError::Rotation(seq));
        }
    };
    reader.fold_log(FoldedLog::default(), &seqs, &mut on_size, &mut |_| {})?;
    broken.map_or(Ok(()), Err)
}

/// Checks that no id occurs twice (L4): part by part of the fingerprints, as many as `at_a_time` allows.
fn check_ids(reader: &Reader, size: u64, at_a_time: u64) -> Result<(), VerifyError> {
    let parts = size.div_ceil(at_a_time);
    for part in 0..parts {
        let mut fingerprints = Vec::new();
        reader.scan(0, size, &mut |_, line| {
            let key = EntryLine::split(line).and_then(|line| line.id()).map(Key::event);
            fingerprints.extend(key.map(|key| key.0).filter(|key| key % parts == part));
            ControlFlow::Continue(())
        })?;
        fingerprints.sort_unstable();
        for pair in fingerprints.array_windows::<2>() {
            let [one, next] = *pair;
            if one == next {
                check_fingerprint(reader, Key(one))?;
            }
        }
    }
    Ok(())
}

/// Compares the ids of the entries that share a fingerprint.
fn check_fingerprint(reader: &Reader, key: Key) -> Result<(), VerifyError> {
    let mut known = Vec::new();
    for second in reader.find(key, u64::MAX)? {
        let line = reader.line(second)?;
        let Some(id) = EntryLine::split(&line).and_then(|line| line.id()) else { continue };
        if let Some(&(_, first)) = known.iter().find(|&&(other, _)| other == id) {
            return Err(VerifyError::IdTwice { id, first, second });
        }
        known.push((id, second));
    }
    Ok(())
}

#[cfg(test)]
mod of_store;
#[cfg(test)]
mod tests;
