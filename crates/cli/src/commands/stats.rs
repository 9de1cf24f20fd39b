//! `stats`: what the ledger holds and takes.

use app::Error;
use app::ask::stats::{self, Answer};
use app::text::counted;

use crate::commands::Run;
use crate::console::Console;
use crate::output::table::Table;

/// The most partners that the text names.
const NAMED_PARTNERS: usize = 20;

/// Shows what the ledger holds and takes on disk
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let answer = stats::run(&console.session)?;
        let width = console.width;
        console.answer(&answer.to_json(), |_| table(&answer).lines_within("", width))
    }
}

fn table(answer: &Answer) -> Table {
    let Answer { stats, newest, partners } = answer;
    let mut named: Vec<&str> = partners.iter().take(NAMED_PARTNERS).map(AsRef::as_ref).collect();
    if partners.len() > named.len() {
        named.push("...");
    }
    let newest = newest.map_or_else(|| "-".to_owned(), |instant| instant.to_string());
    let cached = counted(stats.cached_states, "state");
    let mut table = Table::default();
    table.row(["entries", &stats.entries.to_string(), ""]);
    table.row(["newest", &newest, ""]);
    table.row(["partners", &stats.partners.to_string(), &named.join(" ")]);
    table.row(["log", &bytes(stats.log_bytes), &counted(stats.segments, "segment")]);
    table.row(["index", &bytes(stats.index_bytes), &counted(stats.runs, "run")]);
    table.row(["cache", &bytes(stats.cache_bytes), &cached]);
    table
}

/// A number of bytes in a unit that people read.
fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} bytes"),
        10_240..10_485_760 => format!("{} KiB", bytes / 1_024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
