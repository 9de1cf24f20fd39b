//! How many seeds a test takes, and how it spreads them over two threads.

use std::env;
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

/// Runs a check of each seed; the answers come in no order. A panic of a check is the caller's.
pub fn on_two_threads<T: Send>(seeds: &[u64], check: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let check = &check;
    thread::scope(|scope| {
        let run = |rest: usize| {
            scope.spawn(move || seeds.iter().skip(rest).step_by(2).map(|seed| check(*seed)).collect::<Vec<T>>())
        };
        let threads = [run(0), run(1)];
        let mut answers = Vec::new();
        for thread in threads {
            answers.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        answers
    })
}
