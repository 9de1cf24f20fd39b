//! Turns, medians and percentiles.

use std::time::{Duration, Instant};

use crate::Outcome;

/// Runs something and says how long it took.
pub(crate) fn timed<T>(run: impl FnOnce() -> Outcome<T>) -> Outcome<(Duration, T)> {
    let start = Instant::now();
    let value = run()?;
    Ok((start.elapsed(), value))
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
