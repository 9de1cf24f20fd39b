//! Files of events taken in: read, checked, each id once, hashed, indexed, durable. Each import is a process.

use crate::Outcome;
use crate::row::Row;
use crate::stores::Kind;
use crate::target::Target;
use crate::timing::{median, ratio};
use crate::workbench::Workbench;

/// The name in rows.
pub(super) const NAME: &str = "import";

/// Peers at every size, with what is to be reached beside them; the others take too long for more than the smallest.
const AT_EVERY_SIZE: [(Kind, f64); 2] = [(Kind::Sqlite, 2.0), (Kind::Fjall, 1.0)];
const AT_THE_SMALLEST: [Kind; 2] = [Kind::Redb, Kind::Sled];

/// Measures it.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for events in bench.sizes().to_vec() {
        let mut kinds = vec![Kind::Ours];
        kinds.extend(AT_EVERY_SIZE.map(|(kind, _)| kind));
        if events == bench.smallest() {
            kinds.extend(AT_THE_SMALLEST);
        }
        let mut rates: Vec<Vec<f64>> = vec![Vec::new(); kinds.len()];
        for _ in 0..bench.rounds(events) {
            for (kind, rates) in kinds.iter().zip(&mut rates) {
                let imported = bench.import(*kind, events)?;
                rates.push(events as f64 / imported.took.seconds);
            }
        }
        let Some((ours, theirs)) = rates.split_first() else { continue };
        for (peer, theirs) in kinds.iter().skip(1).zip(theirs) {
            let row = Row::new(NAME, format!("{events} events"), "events/s", median(ours));
            let row = row.beside(peer.name(), median(theirs)).with_ratio(ratio(ours, theirs)).of_samples(ours.len());
            let target = AT_EVERY_SIZE.iter().find(|(kind, _)| kind == peer);
            rows.push(match target {
                Some((_, ratio)) => row.reaching(Target::ratio_at_least(*ratio)),
                None => row,
            });
        }
    }
    Ok(rows)
}
