//! Turns, medians and percentiles.

use std::process::Command;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::Outcome;

/// Tells on the last line of stderr how many seconds the processor worked for a process, and for the system meanwhile.
const TIMED: &str = r#"TIMEFORMAT="%3U %3S"; time "$@""#;

/// Runs something and says how long it took.
pub(crate) fn timed<T>(run: impl FnOnce() -> Outcome<T>) -> Outcome<(Duration, T)> {
    let start = Instant::now();
    let value = run()?;
    Ok((start.elapsed(), value))
}

/// Runs something and says how long the processor worked for this process, on all threads. Others on the machine change
/// it less than they change the time that passes.
pub(crate) fn worked<T>(run: impl FnOnce() -> Outcome<T>) -> Outcome<(Duration, T)> {
    let start = processor_time();
    let value = run()?;
    Ok((processor_time().saturating_sub(start), value))
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The seconds of the processor that a command takes, those of all its threads and of the system.
pub(crate) fn seconds_of_processor(command: &Command) -> Outcome<f64> {
    let mut timed = Command::new("bash");
    timed.env("LC_ALL", "C").args(["-c", TIMED, "bash"]).arg(command.get_program()).args(command.get_args());
    let output = timed.output()?;
    let said = String::from_utf8(output.stderr)?;
    if !output.status.success() {
        return Err(format!("{timed:?}: {}: {said}", output.status).into());
    }
    let seconds = said.lines().last().ok_or("bash tells no times")?;
    Ok(seconds.split(' ').map(str::parse::<f64>).sum::<Result<_, _>>()?)
}

/// Measures some things in turns, so many times each, and returns the figures of each.
pub(crate) fn in_turns<T>(
    times: usize,
    things: &[T],
    mut measure: impl FnMut(&T) -> Outcome<f64>,
) -> Outcome<Vec<Vec<f64>>> {
    let mut figures = vec![Vec::with_capacity(times); things.len()];
    for _ in 0..times {
        for (thing, figures) in things.iter().zip(&mut figures) {
            figures.push(measure(thing)?);
        }
    }
    Ok(figures)
}

/// The middle of some figures; 0 of none.
pub(crate) fn median(figures: &[f64]) -> f64 {
    percentile(figures, 50)
}

/// The figure that so many in a hundred do not exceed; 0 of none.
pub(crate) fn percentile(figures: &[f64], percent: usize) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// The median of the ratios of figures that were measured in turns.
pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    let ratios: Vec<f64> =
        ours.iter().zip(theirs).filter(|(_, peer)| **peer > 0.0).map(|(our, peer)| our / peer).collect();
    median(&ratios)
}

/// So many a second.
pub(crate) fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// Milliseconds.
pub(crate) fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}
