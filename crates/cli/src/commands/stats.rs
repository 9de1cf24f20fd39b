//! `stats`: what the ledger holds and takes.

use serde_json::json;

use crate::console::Console;
use crate::output::table::Table;
use app::Error;
use app::text::counted;

/// Partners that the text names.
const NAMED_PARTNERS: usize = 20;

/// Shows what the ledger holds and takes on disk
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

impl Args {
    #[expect(clippy::unused_self, reason = "every command runs by its arguments")]
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let reader = console.session.reader()?;
        let stats = reader.stats()?;
        let newest = reader.size().checked_sub(1).map(|newest| reader.recorded_at(newest)).transpose()?;
        let newest = newest.map(|instant| instant.to_string());
        if console.is_json() {
            let answer = json!({
                "entries": stats.entries, "partners": stats.partners, "newest": newest,
                "segments": stats.segments, "log_bytes": stats.log_bytes,
                "index_runs": stats.runs, "index_bytes": stats.index_bytes,
                "cache_bytes": stats.cache_bytes, "cached_states": stats.cached_states,
            });
            return console.line(&answer.to_string());
        }
        let partners = reader.partners(reader.size())?;
        let mut named: Vec<&str> = partners.iter().take(NAMED_PARTNERS).map(AsRef::as_ref).collect();
        if partners.len() > named.len() {
            named.push("...");
        }
        let mut table = Table::default();
        table.row(["entries", &stats.entries.to_string(), ""]);
        table.row(["newest", newest.as_deref().unwrap_or("-"), ""]);
        table.row(["partners", &stats.partners.to_string(), &named.join(" ")]);
        table.row(["log", &bytes(stats.log_bytes), &counted(stats.segments, "segment")]);
        table.row(["index", &bytes(stats.index_bytes), &counted(stats.runs, "run")]);
        table.row(["cache", &bytes(stats.cache_bytes), &counted(stats.cached_states, "state")]);
        for line in table.lines("") {
            console.line(&line)?;
        }
        Ok(())
    }
}

/// A number of bytes in a unit that people read.
fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} bytes"),
        10_240..10_485_760 => format!("{} KiB", bytes / 1_024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
