//! Finds the committed end of the log, starting from the newest run that can be trusted.

use std::sync::Arc;

use crate::disk::DiskError;
use crate::log::cursor::CursorStep;
use crate::log::reader::LogReader;
use crate::log::recover::{self, CommittedEnd, Start, Walk};
use crate::log::segment::Place;
use crate::runs::directory;
use crate::runs::run::Run;

/// The committed end, and the runs before it.
#[derive(Debug)]
pub(crate) struct LogEnd {
    /// The runs that fit the log, ascending; there may be gaps.
    pub(crate) runs: Vec<Arc<Run>>,
    /// The committed end.
    pub(crate) committed: CommittedEnd,
    /// How the walk that found it ended.
    pub(crate) walk: Walk,
}

/// Walks the log from the end of the newest run on.
///
/// A run may lie in a group that was never committed: then the runs of that group are left out, and the walk begins
/// earlier. It also begins earlier when the last group may be torn, although its commit flag and a run in it are whole: a
/// power cut loses any sector of what was not synced. Groups before the last were durable before it began, and so were
/// the `acknowledged` entries.
pub(crate) fn committed_end(log: &LogReader, acknowledged: u64) -> Result<LogEnd, DiskError> {
    let mut limit = u64::MAX;
    let mut is_walked_again = false;
    loop {
        let mut runs = directory::open_runs(log, limit)?;
        let newest_start = runs.last().map_or(0, |run| run.name().start);
        let start = match runs.last() {
            None => Some(Start::LOG),
            Some(run) => after(log, run)?,
        };
        let Some(start) = start else {
            limit = newest_start;
            continue;
        };
        let walk = recover::walk(log, start)?;
        match walk.committed {
            Some(committed) if committed.size > acknowledged && !is_last_group_walked(&start, &committed) => {
                limit = newest_start;
                is_walked_again = true;
            }
            Some(committed) => {
                if is_walked_again {
                    runs = directory::open_runs(log, committed.size)?;
                }
                return Ok(LogEnd { runs, committed, walk });
            }
            None => limit = walk.group_first_seq,
        }
    }
}

/// Whether a walk saw every frame of the last committed group.
fn is_last_group_walked(start: &Start, committed: &CommittedEnd) -> bool {
    let began_at_a_group = start.seq == start.group_first_seq;
    *start == Start::LOG || committed.group != start.place || (began_at_a_group && committed.size > start.seq)
}

/// The boundary after the last frame of a run; `None` when the frame is not whole.
fn after(log: &LogReader, run: &Run) -> Result<Option<Start>, DiskError> {
    let frame = run.header().last_frame;
    let Some(mut cursor) = log.cursor(frame.place)? else {
        return Ok(None);
    };
    let CursorStep::Frame(header) = cursor.step()? else {
        return Ok(None);
    };
    Ok(Some(Start {
        place: cursor.place(),
        seq: header.end_seq(),
        group_first_seq: if header.commit { header.end_seq() } else { header.group_first_seq },
        recorded_at: Some(header.last_recorded_at),
    }))
}

/// Where the frame after a run begins, or the log when there is no run.
pub(crate) fn place_after(last_run: Option<&Arc<Run>>) -> Place {
    last_run.map_or(Start::LOG.place, |run| run.header().last_frame.end())
}
