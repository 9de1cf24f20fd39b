//! What the ledger holds and takes.

use ledger::{PartnerId, Stats, Timestamp};
use serde_json::json;

use crate::error::Error;
use crate::known::newest;
use crate::session::Session;

/// What the ledger holds and takes.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The counts.
    pub stats: Stats,
    /// When the newest entry was recorded.
    pub newest: Option<Timestamp>,
    /// The partners that are known.
    pub partners: Vec<PartnerId>,
}

/// Counts what the ledger holds and takes on disk.
pub fn run(session: &Session<'_>) -> Result<Answer, Error> {
    let reader = session.reader()?;
    let stats = reader.stats()?;
    Ok(Answer { stats, newest: newest(&reader)?, partners: reader.partners(reader.size())? })
}

impl Answer {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let stats = &self.stats;
        json!({
            "entries": stats.entries, "partners": stats.partners, "newest": self.newest.map(|at| at.to_string()),
            "segments": stats.segments, "log_bytes": stats.log_bytes,
            "index_runs": stats.runs, "index_bytes": stats.index_bytes,
            "cache_bytes": stats.cache_bytes, "cached_states": stats.cached_states,
        })
        .to_string()
    }
}
