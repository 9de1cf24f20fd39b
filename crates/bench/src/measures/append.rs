//! Durable appends, one at a time and in groups: the ledger and every store in turns.

use crate::Outcome;
use crate::events::EventLines;
use crate::row::Measurement;
use crate::stores::{Group, Kind, Store};
use crate::target::Target;
use crate::timing::{rate, timed};
use crate::workbench::Workbench;

/// Events of a group, and groups of a round.
const GROUPS: [(usize, u64); 4] = [(1, 400), (64, 40), (512, 12), (4_096, 3)];
const ROUNDS: u64 = 9;
/// More bytes than any line has.
const LINE_BYTES: usize = 512;

/// What is to be reached beside the raw file, one at a time.
const OF_RAW: f64 = 0.95;

/// Measures it.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let mut rows = Vec::new();
    for (events, groups) in GROUPS {
        rows.extend(in_groups(bench, events, bench.scaled(groups), bench.scaled(ROUNDS))?);
    }
    Ok(rows)
}

fn in_groups(bench: &Workbench, events: usize, groups: u64, rounds: u64) -> Outcome<Vec<Measurement>> {
    let lines = take(bench, events * usize::try_from(groups * rounds)?)?;
    let bytes = (lines.len() + events) * LINE_BYTES;
    let made: Vec<Group> = lines.chunks(events).map(|chunk| Group::of(chunk.to_vec())).collect::<Outcome<_>>()?;
    let kinds: Vec<Kind> = std::iter::once(Kind::Ours).chain(Kind::PEERS).collect();
    let mut stores: Vec<Box<dyn Store>> = kinds
        .iter()
        .map(|kind| kind.create(&bench.fresh(&format!("append-{kind:?}-{events}"))?, bytes))
        .collect::<Outcome<_>>()?;
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); kinds.len()];
    for round in made.chunks(usize::try_from(groups)?) {
        for (store, rates) in stores.iter_mut().zip(&mut rates) {
            let (took, ()) = timed(|| round.iter().try_for_each(|group| store.append(group)))?;
            rates.push(rate(round.iter().map(|group| group.events.len() as u64).sum(), took));
        }
    }
    let Some((ours, theirs)) = rates.split_first() else { return Ok(Vec::new()) };
    let what = if events == 1 { "one at a time".to_owned() } else { format!("in groups of {events}") };
    let rows = Kind::PEERS.iter().zip(theirs).map(|(peer, theirs)| {
        let row = Measurement::in_turns(&what, "events/s", ours, peer.name(), theirs);
        match (events, peer) {
            (1, Kind::Raw) => row.reaching(Target::RatioAtLeast(OF_RAW)),
            (1, Kind::Sled) => row.with_note("flush of sled calls no fdatasync: it promises less"),
            _ => row,
        }
    });
    Ok(rows.collect())
}

/// The first lines of the file of the largest ledger, as many as it has.
pub(super) fn take(bench: &Workbench, count: usize) -> Outcome<Vec<String>> {
    let mut file = EventLines::open(&bench.file(bench.largest())?)?;
    let mut lines = Vec::with_capacity(count);
    while lines.len() < count
        && let Some(line) = file.next()?
    {
        lines.push(line.to_owned());
    }
    Ok(lines)
}
