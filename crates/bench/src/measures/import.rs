//! Files of events taken in: read, checked, each id once, hashed, indexed, durable. Each import is a process.

mod one_row;

use crate::Outcome;
use crate::row::Measurement;
use crate::stores::Kind;
use crate::target::Target;
use crate::timing::in_turns;
use crate::workbench::Workbench;

/// Peers at every size, with what is to be reached beside them; the others take too long for more than the smallest.
const AT_EVERY_SIZE: [(Kind, f64); 2] = [(Kind::Sqlite, 2.0), (Kind::Fjall, 1.0)];
const AT_THE_SMALLEST: [Kind; 2] = [Kind::Redb, Kind::Sled];

/// Measures it.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let mut rows = Vec::new();
    for events in bench.sizes().to_vec() {
        let mut kinds = vec![Kind::Ours];
        kinds.extend(AT_EVERY_SIZE.map(|(kind, _)| kind));
        if events == bench.smallest() {
            kinds.extend(AT_THE_SMALLEST);
        }
        let rates = in_turns(bench.rounds(events), &kinds, |kind| {
            Ok(events as f64 / bench.import(*kind, events)?.took.seconds)
        })?;
        let Some((ours, theirs)) = rates.split_first() else { continue };
        for (peer, theirs) in kinds.iter().skip(1).zip(theirs) {
            let row = Measurement::in_turns(format!("{events} events"), "events/s", ours, peer.name(), theirs);
            let target = AT_EVERY_SIZE.iter().find(|(kind, _)| kind == peer);
            rows.push(match target {
                Some((_, ratio)) => row.reaching(Target::RatioAtLeast(*ratio)),
                None => row,
            });
        }
    }
    rows.extend(one_row::run(bench)?);
    Ok(rows)
}
