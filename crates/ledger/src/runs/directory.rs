//! The directory of the runs: which of its files to use.

use std::sync::Arc;

use super::Unusable;
use super::format::{RunName, index_dir};
use super::run::Run;
use crate::disk::DiskError;
use crate::log::reader::LogReader;

/// How often the directory is listed again when a run was merged away meanwhile.
const LISTINGS: usize = 5;

/// Opens the runs up to entry `limit` that fit the log, ascending, without overlap, the largest where there is a choice.
///
/// Damaged, stale and foreign runs are passed over; there may be gaps.
pub(crate) fn open_runs(log: &LogReader, limit: u64) -> Result<Vec<Arc<Run>>, DiskError> {
    let mut chosen = Vec::new();
    for _ in 0..LISTINGS {
        chosen.clear();
        let mut names = list(log)?;
        names.sort_unstable_by_key(|name| (name.start, std::cmp::Reverse(name.tier)));
        let (mut covered, mut gone) = (0, false);
        for name in names {
            if name.start < covered || name.end() > limit {
                continue;
            }
            match Run::open(log, name) {
                Ok(run) if fits(&run, log)? => {
                    covered = name.end();
                    chosen.push(Arc::new(run));
                }
                Ok(run) => {
                    tracing::debug!(run = %run.path().display(), "run does not fit the log");
                }
                Err(Unusable::Gone) => gone = true,
                Err(Unusable::Foreign) => {
                    tracing::debug!(run = %name.format(), "run is of another version or secret");
                }
                Err(Unusable::Damaged) => {
                    tracing::warn!(run = %name.format(), "run is damaged, going on without it");
                }
            }
        }
        if !gone {
            break;
        }
    }
    Ok(chosen)
}

/// The names of the runs in the directory.
pub(crate) fn list(log: &LogReader) -> Result<Vec<RunName>, DiskError> {
    let names = log.volume().list(&index_dir(log.ledger_dir()))?.unwrap_or_default();
    Ok(names.iter().filter_map(|name| RunName::parse(name)).collect())
}

/// Removes every file of the directory but the runs that are used.
pub(crate) fn remove_others(log: &LogReader, used: &[Arc<Run>]) -> Result<(), DiskError> {
    let (volume, dir) = (log.volume(), index_dir(log.ledger_dir()));
    for name in volume.list(&dir)?.unwrap_or_default() {
        let is_used = RunName::parse(&name).is_some_and(|name| used.iter().any(|run| run.name() == name));
        let path = dir.join(name);
        let is_ours = path.extension().is_some_and(|ending| ending == "idx" || ending == "tmp");
        if !is_used && is_ours {
            volume.remove(&path)?;
        }
    }
    Ok(())
}

/// Whether the last frame of a run stands in the log as the run says.
pub(crate) fn fits(run: &Run, log: &LogReader) -> Result<bool, DiskError> {
    let header = run.header();
    let found = log.header_at(header.last_frame.place)?;
    Ok(found.is_some_and(|frame| {
        frame.at(header.last_frame.place) == header.last_frame && frame.crc == header.last_frame_crc
    }))
}
