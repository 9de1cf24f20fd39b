//! How many seeds a test takes, and how it spreads them over two threads.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// The histories on which the two folds are compared without the variable.
pub const USUAL: u64 = 200;

/// The seeds of a test that usually takes so many, from `PCS_TEST_FIRST_SEED` on.
///
/// `PCS_TEST_SEEDS` is how many the comparison of the two folds takes; the others take more in the same measure.
pub fn asked(usual: u64) -> Vec<u64> {
    let first = number("PCS_TEST_FIRST_SEED").unwrap_or(0);
    let count = number("PCS_TEST_SEEDS").map_or(usual, |seeds| (usual * seeds / USUAL).max(1));
    (first..first + count).collect()
}

/// An environment variable that is a number.
pub fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {text:?}")))
}

/// Runs a check of each seed; the answers come in no order. Where checks panic, the rest still runs, and then this panics
/// with their seeds.
pub fn on_two_threads<T: Send>(seeds: &[u64], check: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let try_one = |seed: &u64| catch_unwind(AssertUnwindSafe(|| check(*seed))).map_err(|_| *seed);
    let answers: Vec<Result<T, u64>> = thread::scope(|scope| {
        let run = |rest: usize| {
            let own = seeds.iter().skip(rest).step_by(2);
            scope.spawn(move || own.map(try_one).collect::<Vec<_>>())
        };
        [run(0), run(1)].into_iter().flat_map(|thread| thread.join().expect("its panics are caught")).collect()
    });
    let failed: Vec<&u64> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(failed.is_empty(), "{} of {} seeds failed: {failed:?}", failed.len(), seeds.len());
    answers.into_iter().flatten().collect()
}
