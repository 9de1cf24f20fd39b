//! Scores after a closed year was imported again six times with changed figures.

use std::path::Path;
use std::time::Instant;

use ledger::{Area, Ledger, Reader, Timestamp};

use crate::Outcome;
use crate::events::{self, Layout, Partner, event_of};
use crate::questions::{self, Occasion};
use crate::row::Measurement;
use crate::stores::NOW;
use crate::target::Target;
use crate::timing::{median, millis, timed};
use crate::workbench::Workbench;

/// How often the year is imported again.
const TIMES: u64 = 6;
/// The months of 2023, counted from the first of a file.
const YEAR: std::ops::Range<u64> = 30..42;
/// Questions about a partner, and the seconds that they may take.
const QUESTIONS: u64 = 100;
const SECONDS: f64 = 2.0;
/// What is to be reached beside the answers before.
const OF_BEFORE: f64 = 1.5;

/// Measures it in the largest ledger, which has more events afterwards.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let events = bench.largest();
    let dir = bench.ledger(events)?;
    let layout = bench.layout(events);
    let reader = Reader::open(&dir)?;
    let mut before = Vec::new();
    for &partner in layout.asked() {
        before.push(ask(bench, &reader, partner, &[None])?);
    }
    let mut instants = vec![reader.recorded_at(reader.size() - 1)?];
    drop(reader);
    for time in 1..=TIMES {
        bench.say(&format!("  importing the year again, {time} of {TIMES}"));
        import_again(&dir, bench.seed, &layout, time)?;
        let reader = Reader::open(&dir)?;
        instants.push(reader.recorded_at(reader.size() - 1)?);
    }
    instants.pop();
    let old: Vec<Option<Timestamp>> = instants.into_iter().map(Some).collect();
    let reader = Reader::open(&dir)?;
    let mut rows = Vec::new();
    for (&partner, before) in layout.asked().iter().zip(&before) {
        for (when, known_at) in [("now", [None].as_slice()), ("at old instants", &old)] {
            let after = ask(bench, &reader, partner, known_at)?;
            let what = format!("six areas p50, {when}, partner of {}, ledger of {events}", partner.events);
            rows.push(
                Measurement::median(what, "ms", &after)
                    .beside("ours, before", median(before))
                    .reaching(Target::RatioAtMost(OF_BEFORE)),
            );
        }
    }
    Ok(rows)
}

/// Milliseconds of answers about a partner, as known at each instant in turn.
fn ask(bench: &Workbench, reader: &Reader, partner: Partner, known_at: &[Option<Timestamp>]) -> Outcome<Vec<f64>> {
    let mut times = Vec::new();
    for known_at in known_at {
        let asked = Occasion { known_at: *known_at, ..Occasion::nth(bench.seed, partner, 0)? };
        questions::score(reader, &asked, Area::ALL)?;
    }
    let start = Instant::now();
    let fewest = known_at.len().max(3) as u64;
    for (nth, known_at) in (0..bench.scaled(QUESTIONS).max(fewest)).zip(known_at.iter().cycle()) {
        if nth >= fewest && start.elapsed().as_secs_f64() > SECONDS {
            break;
        }
        let asked = Occasion { known_at: *known_at, ..Occasion::nth(bench.seed, partner, 1 + nth)? };
        times.push(millis(timed(|| questions::score(reader, &asked, Area::ALL))?.0));
    }
    Ok(times)
}

/// Imports the reports of the year once more, of the partners that are asked about, each with another figure.
fn import_again(dir: &Path, seed: u64, layout: &Layout, time: u64) -> Outcome<()> {
    let (mut ledger, _) = Ledger::open(dir, &mut |_| {})?;
    let mut batch = ledger.begin(NOW);
    for month in YEAR {
        for &partner in layout.asked() {
            for line in partner.nths(month).filter_map(|nth| events::restated(seed, partner, nth, month, time)) {
                batch.push(event_of(&line)?)?;
            }
        }
    }
    batch.commit()?;
    Ok(())
}
