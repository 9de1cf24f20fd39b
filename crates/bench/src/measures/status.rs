//! `pcs status --all-partners` beside `pcs score --all-partners`, each time a new process.

use std::process::{Command, Stdio};

use crate::Outcome;
use crate::row::Measurement;
use crate::target::Target;
use crate::timing::{in_turns, millis, timed};
use crate::workbench::Workbench;

/// The day that is asked about: in the last month that has figures.
const AS_OF: &str = "2025-06-30";
/// What is to be reached beside the scores.
const OF_SCORES: f64 = 4.0;

/// Measures it in the largest ledger.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let events = bench.largest();
    let what = format!("status of all partners, ledger of {events}");
    let target = Target::RatioAtMost(OF_SCORES);
    if !bench.pcs.exists() {
        let row = Measurement::without_figure(what, "ms").reaching(target);
        return Ok(vec![row.with_note(Workbench::WITHOUT_PCS)]);
    }
    let dir = bench.ledger(events)?;
    let figures = in_turns(bench.rounds(events).max(3), &["status", "score"], |question| {
        let mut command = Command::new(&bench.pcs);
        command.arg("--quiet").arg("--ledger").arg(&dir).args(["--format", "json", question]);
        command.args(["--all-partners", "--as-of", AS_OF]);
        let (took, status) = timed(|| Ok(command.stdout(Stdio::null()).status()?))?;
        if status.success() { Ok(millis(took)) } else { Err(format!("{command:?}: {status}").into()) }
    })?;
    let [statuses, scores] = &figures[..] else { return Err("two commands were measured".into()) };
    Ok(vec![Measurement::in_turns(what, "ms", statuses, "score of all partners", scores).reaching(target)])
}
