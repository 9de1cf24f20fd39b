//! Creates a ledger's storage, and opens it for writing.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::head::{self, HeadFile, HeadWriter};
use super::indexer::Indexer;
use super::locate::{self, LogEnd};
use super::options::{Options, Phase, Progress};
use super::writer::{Recovery, Writer};
use crate::disk::draft::Durability;
use crate::disk::{Access, Audience, DiskError, Kind, Volume, VolumeFile, directory_of, lock};
use crate::log::error::{Corruption, Damage, OpenError};
use crate::log::reader::LogReader;
use crate::log::recover::{self, CommittedEnd};
use crate::log::segment;
use crate::log::writer::{self, LogWriter};
use crate::runs::run::Run;
use crate::runs::{directory, format, piece};

/// The directory of the states of folds in a ledger's directory.
pub(crate) const STATES: &str = "states";

/// Makes an empty ledger. What `prepare` makes is there before the ledger is. No other process works there meanwhile.
pub(crate) fn create(
    dir: &Path,
    options: &Options,
    prepare: &mut dyn FnMut(&Volume) -> Result<(), DiskError>,
) -> Result<Writer, OpenError> {
    refuse_existing(&options.volume, dir)?;
    options.volume.create_dir(dir, Audience::Owner)?;
    let options = &options.holding(dir)?;
    let volume = &options.volume;
    let lock = acquire(options, dir)?;
    refuse_existing(volume, dir)?;
    volume.create_own_dir(&format::index_dir(dir))?;
    prepare(volume)?;
    writer::create(volume, dir)?;
    let opened = open_locked(dir, options, lock, &mut |_| {});
    if opened.is_err() {
        // Nobody was told of the ledger and its key: making one can be tried again.
        drop(volume.remove(&segment::log_dir(dir).join(segment::format_name(0))));
    }
    Ok(opened?.0)
}

fn acquire(options: &Options, dir: &Path) -> Result<VolumeFile, OpenError> {
    lock::acquire(&options.volume, dir, options.wait)?.ok_or_else(|| OpenError::Locked(dir.to_owned()))
}

/// Takes the lock again for a writer that let it go; `false` when the ledger is to be opened anew, since another writer had
/// it meanwhile, or another directory its path.
pub(super) fn resume(writer: &mut Writer, wait: Duration) -> Result<bool, OpenError> {
    let (volume, dir) = (writer.volume().clone(), writer.dir().to_owned());
    let lock = lock::acquire(&volume, &dir, wait)?.ok_or_else(|| OpenError::Locked(dir.clone()))?;
    let is_last = volume.has_its_path() && lock::is_stamped(&lock, &writer.stamp)?;
    writer.lock = is_last.then_some(lock);
    Ok(is_last)
}

fn refuse_existing(volume: &Volume, dir: &Path) -> Result<(), OpenError> {
    let names = volume.list(&segment::log_dir(dir))?.unwrap_or_default();
    if names.iter().any(|name| segment::parse_name(name).is_some()) {
        return Err(OpenError::Exists(dir.to_owned()));
    }
    Ok(())
}

/// Opens a ledger for writing.
pub(crate) fn open(
    dir: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Writer, Recovery), OpenError> {
    let options = &options.holding(dir)?;
    // Before the lock, so that nothing is made where there is no ledger.
    LogReader::open(&options.volume, dir)?;
    let lock = acquire(options, dir)?;
    open_locked(dir, options, lock, progress)
}

fn open_locked(
    dir: &Path,
    options: &Options,
    lock: VolumeFile,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Writer, Recovery), OpenError> {
    let volume = &options.volume;
    let stamp = lock::stamp(&lock)?;
    volume.create_own_dir(&format::index_dir(dir))?;
    volume.create_own_dir(&segment::log_dir(dir))?;
    let mut log = LogReader::open(volume, dir)?;
    if log.secret().is_none() {
        // Before there is another secret, with which all of it would look forged.
        directory::remove_others(&log, &[])?;
        remove_states(volume, dir)?;
        log.renew_secret();
    }
    log.keep_for_writer();
    let log = Arc::new(log);
    let head = head::read(volume, dir)?;
    if head.says().is_none() {
        make_names_durable(&log)?;
    }
    let end = locate::committed_end(&log, head.size())?;
    let committed = end.committed;
    check_head(&head, &committed)?;
    let mut recovery = Recovery { head_made: head.says().is_none(), ..Recovery::default() };
    cut_tail(&log, &end, &mut recovery)?;
    if head.size() < committed.size {
        make_durable(&log, &committed)?;
    }
    let runs = without_gaps(end.runs);
    if let Err(error) = directory::remove_others(&log, &runs) {
        tracing::warn!(%error, "index runs that are of no use were not removed");
    }
    let mut indexer = Indexer::new(Arc::clone(&log), options.describe, runs);
    recovery.indexed_entries = index_rest(&log, options, &mut indexer, committed.size, progress)?;
    let head = HeadWriter::open(volume, dir, &head, &committed)?;
    let log = LogWriter::open(log, committed, options.segment_bytes)?;
    let staged = indexer.snapshot(committed.size);
    Ok((Writer { log, head, indexer, committed: staged.clone(), staged, lock: Some(lock), stamp }, recovery))
}

/// Removes every state of a fold.
fn remove_states(volume: &Volume, dir: &Path) -> Result<(), DiskError> {
    let (dir, mut files) = (dir.join(STATES), Vec::new());
    if volume.about(&dir)?.is_some_and(|about| about.kind == Kind::Dir) {
        volume.each_below(&dir, &mut |path, about| {
            files.extend((about.kind == Kind::File).then(|| path.to_owned()));
        })?;
    }
    files.iter().try_for_each(|file| volume.remove(file))
}

/// Makes the names durable by which a ledger is found. The process that made it may have been killed before they were;
/// then `head`, which comes after them, is missing.
fn make_names_durable(log: &LogReader) -> Result<(), DiskError> {
    log.sync_dir()?;
    log.volume().sync_dir(log.ledger_dir())?;
    log.volume().sync_dir(directory_of(log.ledger_dir()))
}

/// Compares the committed end with what was acknowledged (L5).
pub(crate) fn check_head(head: &HeadFile, committed: &CommittedEnd) -> Result<(), Corruption> {
    if committed.size < head.size() {
        return Err(Corruption::at(committed.place, committed.size, Damage::Shorter));
    }
    Ok(())
}

fn cut_tail(log: &LogReader, end: &LogEnd, recovery: &mut Recovery) -> Result<(), OpenError> {
    let tail = recover::judge(log, &end.walk, &end.committed)?;
    let end = end.committed.place;
    let later: Vec<u64> = log.segments().into_iter().filter(|&segment| segment > end.segment).collect();
    if tail.bytes == 0 && later.is_empty() {
        return Ok(());
    }
    recovery.cut_bytes = tail.bytes;
    recovery.cut_entries = tail.entries;
    // From the newest on, so that what is left after a crash in between is judged as before.
    for &segment in later.iter().rev() {
        log.volume().remove(&log.path(segment))?;
    }
    if let Some(&first) = later.first() {
        log.forget_from(first);
    }
    let file = log.volume().open(&log.path(end.segment), Access::Write)?;
    file.set_len(end.offset)?;
    file.sync_all()?;
    log.sync_dir()?;
    Ok(())
}

/// Writes the last group again and syncs it: a sync that failed before may have left it in memory only.
fn make_durable(log: &LogReader, committed: &CommittedEnd) -> Result<(), DiskError> {
    let mut buf = vec![0; 1 << 20];
    let (from, to) = (committed.group, committed.place);
    for segment in log.segments().into_iter().filter(|segment| (from.segment..=to.segment).contains(segment)) {
        let file = log.volume().open(&log.path(segment), Access::Write)?;
        let mut offset = if segment == from.segment { from.offset } else { 0 };
        let end = if segment == to.segment { to.offset } else { file.size()? };
        while offset < end {
            let wanted = usize::try_from(end - offset).unwrap_or(usize::MAX).min(buf.len());
            let filled = file.read(buf.get_mut(..wanted).expect("at most the whole buffer"), offset)?;
            let Some(bytes) = buf.get(..filled).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            file.write(bytes, offset)?;
            offset += filled as u64;
        }
        file.sync_all()?;
    }
    log.sync_dir()
}

/// The runs that cover the beginning of the ledger; the writer makes the others again.
fn without_gaps(runs: Vec<Arc<Run>>) -> Vec<Arc<Run>> {
    let mut end = 0;
    let contiguous = runs.into_iter().take_while(|run| {
        let follows = run.name().start == end;
        end = run.name().end();
        follows
    });
    contiguous.collect()
}

fn index_rest(
    log: &LogReader,
    options: &Options,
    indexer: &mut Indexer,
    size: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64, OpenError> {
    let from = indexer.tail_start();
    indexer.commit(from);
    if from >= size {
        return Ok(0);
    }
    let start = locate::place_after(indexer.last_run().as_ref());
    let mut runs_made = 0;
    log.walk(start, from, size, &mut |header, place, payload| {
        indexer.change(|tail| piece::push_frame(options.describe, tail, header, place, payload))?;
        // Everything here is committed: what a merge replaces can go at once.
        if indexer.seal(Durability::Bytes) {
            runs_made += 1;
            indexer.commit(header.end_seq());
            progress(Progress { phase: Phase::Indexing, done: header.end_seq() - from, total: size - from });
        }
        Ok(ControlFlow::Continue(()))
    })?;
    indexer.commit(size);
    Ok(if runs_made == 0 { 0 } else { indexer.tail_start() - from })
}
