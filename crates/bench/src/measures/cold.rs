//! `pcs score`, each time a new process.

use std::process::{Command, Stdio};

use crate::Outcome;
use crate::questions::Occasion;
use crate::row::Measurement;
use crate::target::Target;
use crate::timing::{millis, timed};
use crate::workbench::Workbench;

const QUESTIONS: u64 = 15;
/// What is to be reached.
const MILLIS: f64 = 30.0;

/// Measures it. Pages of the files are in memory; the process and what it keeps are new.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let mut rows = Vec::new();
    for events in bench.sizes().to_vec() {
        let dir = bench.ledger(events)?;
        for &partner in bench.layout(events).asked() {
            let what = format!("pcs score p50, partner of {}, ledger of {events}", partner.events);
            if !bench.pcs.exists() {
                let row = Measurement::without_figure(what, "ms").reaching(Target::AtMost(MILLIS));
                rows.push(row.with_note(Workbench::WITHOUT_PCS));
                continue;
            }
            let mut times = Vec::new();
            for nth in 0..bench.scaled(QUESTIONS).max(3) {
                let asked = Occasion::nth(bench.seed, partner, nth)?;
                let mut command = Command::new(&bench.pcs);
                command.arg("--quiet").arg("--ledger").arg(&dir).args(["--format", "json", "score"]);
                command.args(["--partner", &asked.partner, "--as-of", &asked.as_of.to_string()]);
                let (took, status) = timed(|| Ok(command.stdout(Stdio::null()).status()?))?;
                if !status.success() {
                    return Err(format!("{command:?}: {status}").into());
                }
                times.push(millis(took));
            }
            rows.push(Measurement::median(what, "ms", &times).reaching(Target::AtMost(MILLIS)));
        }
    }
    Ok(rows)
}
