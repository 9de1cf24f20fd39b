//! Everything read from the log: checksums, hashes, entries, fold. Each replay is a process.

use clap::ValueEnum;

use crate::Outcome;
use crate::replay::Depth;
use crate::row::Measurement;
use crate::step::Step;
use crate::target::Target;
use crate::timing::{in_turns, median};
use crate::workbench::Workbench;

/// What is to be reached, a second.
const A_SECOND: f64 = 5_000_000.0;

/// Measures it, and how much of it each part takes.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let mut rows = Vec::new();
    for events in bench.sizes().to_vec() {
        let dir = bench.ledger(events)?;
        let depths = Depth::value_variants();
        let seconds = in_turns(bench.rounds(events), depths, |depth| {
            Ok(Step::Replay { dir: dir.clone(), depth: *depth }.run_apart()?.seconds)
        })?;
        let medians: Vec<f64> = seconds.iter().map(|seconds| median(seconds)).collect();
        let whole = medians.last().copied().unwrap_or_default();
        let mut before = 0.0;
        let mut parts = Vec::new();
        for (depth, took) in depths.iter().zip(&medians) {
            parts.push(format!("{} {:.0}%", depth.part(), 100.0 * (took - before) / whole));
            before = *took;
        }
        let row = Measurement::new(format!("{events} events"), "events/s", events as f64 / whole);
        rows.push(
            row.of_samples(bench.rounds(events))
                .reaching(Target::AtLeast(A_SECOND))
                .with_note(format!("of its time: {}", parts.join(", "))),
        );
    }
    Ok(rows)
}
