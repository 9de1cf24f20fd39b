//! `pcs export --parquet` of all entries, beside the export of their lines.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::Outcome;
use crate::machine::peak_kib_of;
use crate::row::Measurement;
use crate::target::Target;
use crate::timing::{in_turns, timed};
use crate::workbench::Workbench;

/// What is to be reached, in entries a second.
const RATE: f64 = 500_000.0;
/// What is to be reached, in MiB.
const MEMORY: f64 = 256.0;
/// How often the memory of the command is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// Measures it in the largest ledger.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let events = bench.largest();
    let dir = bench.ledger(events)?;
    let what = format!("export of {events}");
    if !bench.pcs.exists() {
        return Ok(vec![Measurement::without_figure(what, "entries/s").with_note(Workbench::WITHOUT_PCS)]);
    }
    let file = bench.fresh("rows")?.with_extension("parquet");
    let mut most = 0;
    let forms: [&[&str]; 3] = [&["--parquet"], &["--line", "--parquet"], &[]];
    let rates = in_turns(bench.rounds(events), &forms, |form| {
        let mut command = Command::new(&bench.pcs);
        command.arg("--quiet").arg("--ledger").arg(&dir).arg("export").args(*form);
        if !form.is_empty() {
            command.arg(&file);
        }
        let (took, peak) = timed(|| finish(&mut command))?;
        most = most.max(if form.is_empty() { 0 } else { peak });
        remove(&file)?;
        Ok(events as f64 / took.as_secs_f64())
    })?;
    let [table, with_lines, lines] = rates.as_slice() else { return Err("three forms have three rates".into()) };
    let row = |what: String, ours: &[f64]| {
        Measurement::in_turns(what, "entries/s", ours, "lines of JSON", lines).reaching(Target::AtLeast(RATE))
    };
    Ok(vec![
        row(what.clone(), table),
        row(format!("{what} with --line"), with_lines),
        Measurement::new(format!("{what}, memory"), "MiB", most as f64 / 1024.0).reaching(Target::AtMost(MEMORY)),
    ])
}

/// Runs a command to its end; returns the most memory that it was seen to have, in KiB.
fn finish(command: &mut Command) -> Outcome<u64> {
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let mut peak = 0;
    let status = loop {
        // The kernel keeps the peak itself, so that only what comes after the last look is missed.
        peak = peak.max(peak_kib_of(&child.id().to_string()).unwrap_or(0));
        match child.try_wait()? {
            Some(status) => break status,
            None => thread::sleep(LOOK),
        }
    };
    if status.success() { Ok(peak) } else { Err(format!("{command:?}: {status}").into()) }
}

fn remove(file: &Path) -> Outcome<()> {
    if file.exists() {
        std::fs::remove_file(file)?;
    }
    Ok(())
}
