//! Bytes an event on disk, index included.

use ledger::Reader;

use crate::Outcome;
use crate::row::Measurement;
use crate::stores::Kind;
use crate::target::Target;
use crate::workbench::Workbench;

/// What is to be reached beside `SQLite`.
const OF_SQLITE: f64 = 0.25;

/// Measures what imports left on disk before anything was asked, so without the cache.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let mut rows = Vec::new();
    for events in bench.sizes().to_vec() {
        let ours = bench.imported(Kind::Ours, events)?.bytes as f64 / events as f64;
        for peer in [Kind::Sqlite, Kind::Fjall] {
            let theirs = bench.imported(peer, events)?.bytes as f64 / events as f64;
            let row = Measurement::new(format!("{events} events"), "bytes/event", ours).beside(peer.name(), theirs);
            rows.push(if peer == Kind::Sqlite { row.reaching(Target::RatioAtMost(OF_SQLITE)) } else { row });
        }
        let stats = Reader::open(&bench.ledger(events)?)?.stats()?;
        for (what, bytes) in [("log", stats.log_bytes), ("index", stats.index_bytes)] {
            let what = format!("{events} events, the {what} alone");
            rows.push(Measurement::new(what, "bytes/event", bytes as f64 / events as f64));
        }
    }
    Ok(rows)
}
