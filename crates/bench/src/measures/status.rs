//! `pcs status --all-partners` beside `pcs score --all-partners`, each time a new process: in seconds of the processor.

use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::events::{Layout, write_file};
use crate::row::Measurement;
use crate::target::Target;
use crate::timing::{in_turns, seconds_of_processor};
use crate::workbench::Workbench;

/// The entries of each partner.
const EACH: u64 = 1_000;
/// The day that is asked about: in the last month that has figures.
const AS_OF: &str = "2025-06-30";
/// What is to be reached beside the scores.
const OF_SCORES: f64 = 4.0;

/// Measures it in a ledger as large as the largest, of partners of the same size.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let each = EACH.min(bench.largest());
    let partners = bench.largest() / each;
    let what = format!("status of all partners, {partners} of {each}");
    if !bench.pcs.exists() {
        let row = Measurement::without_figure(what, "s").reaching(Target::RatioAtMost(OF_SCORES));
        return Ok(vec![row.with_note(Workbench::WITHOUT_PCS)]);
    }
    let (dir, file) = (bench.fresh("status")?, bench.fresh("status.jsonl")?);
    write_file(&file, bench.seed, &Layout::even(partners, each))?;
    seconds_of_processor(pcs(bench, &dir).arg("init"))?;
    seconds_of_processor(pcs(bench, &dir).arg("import").arg(&file))?;
    std::fs::remove_file(file)?;
    let rounds = bench.rounds(bench.largest()).max(3);
    let figures = in_turns(rounds, &["status", "score"], |question| {
        let mut command = pcs(bench, &dir);
        seconds_of_processor(command.args(["--format", "json", question, "--all-partners", "--as-of", AS_OF]))
    })?;
    let [statuses, scores] = &figures[..] else { return Err("two commands were measured".into()) };
    let row = Measurement::in_turns(what, "s", statuses, "score of all partners", scores);
    Ok(vec![row.reaching(Target::RatioAtMost(OF_SCORES))])
}

fn pcs(bench: &Workbench, ledger: &Path) -> Command {
    let mut command = Command::new(&bench.pcs);
    command.arg("--quiet").arg("--ledger").arg(ledger);
    command
}
