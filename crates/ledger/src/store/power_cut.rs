//! The power goes: every state that a disk may hold at every moment of a history, each opened and checked.
//!
//! `PCS_TEST_STATES` is how many states are tried at a moment, where there are more.

mod cut;
mod histories;
mod ways;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::disk::memory::{Image, MemoryDisk, Op};
pub(crate) use cut::Cut;

/// How many states of a moment are tried when the variable is not set.
const STATES: usize = 8;

/// One in so many distinct states is cut again while it is mended.
const CUT_AGAIN: usize = 16;

/// What was tried.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TrialCount {
    moments: usize,
    states: usize,
    distinct: usize,
    again: usize,
}

/// A history and what is to be true of it after a power cut.
pub(crate) struct History<'a> {
    /// What the history is called.
    pub(crate) name: &'a str,
    /// What was done.
    pub(crate) ops: Vec<Op>,
    /// How much was acknowledged after each number of operations, ascending.
    pub(crate) acknowledged: Vec<(usize, u64)>,
    /// Opens the ledger as a writer does, and no more.
    pub(crate) mend: &'a dyn Fn(&MemoryDisk),
    /// Checks a disk that holds so much at least; `None` when not even an empty ledger was acknowledged.
    pub(crate) check: &'a dyn Fn(&MemoryDisk, Option<u64>),
}

impl History<'_> {
    /// Cuts the power after every operation, checks the states, and prints how many there were.
    pub(crate) fn cut_everywhere(&self) -> TrialCount {
        let most = std::env::var("PCS_TEST_STATES").ok().map_or(STATES, |most| most.parse().unwrap());
        let mut tried = TrialCount::default();
        let mut seen = HashSet::new();
        self.cut_from(&Image::default(), &self.ops, most, &mut seen, &mut tried, true);
        println!(
            "{}: {} moments, {} states, {} of them distinct, {} states of cuts while mending",
            self.name, tried.moments, tried.states, tried.distinct, tried.again
        );
        tried
    }

    fn cut_from(
        &self,
        base: &Image,
        ops: &[Op],
        most: usize,
        seen: &mut HashSet<(u64, Option<u64>)>,
        tried: &mut TrialCount,
        is_first: bool,
    ) {
        let mut numbers = fastrand::Rng::with_seed(0x5EED);
        let mut cut = Cut::of(base);
        let mut least = None;
        for done in 0..=ops.len() {
            if let Some(op) = done.checked_sub(1).and_then(|at| ops.get(at)) {
                cut.apply(op);
            }
            let acknowledged = self.acknowledged.iter().take_while(|(at, _)| is_first && *at <= done).last();
            least = acknowledged.map_or(least, |&(_, size)| Some(size));
            let doubts = cut.doubts();
            for ways in ways::choices(&doubts, most, &mut numbers) {
                let image = cut.image(&ways);
                tried.states += 1;
                if !seen.insert((hash(&image), least)) {
                    continue;
                }
                tried.distinct += 1;
                let checked = catch_unwind(AssertUnwindSafe(|| (self.check)(&MemoryDisk::of(image.clone()), least)));
                if let Err(panic) = checked {
                    println!("{}: after {done} operations, in doubt were:\n{}", self.name, cut.describe(&ways));
                    resume_unwind(panic);
                }
                if is_first && tried.distinct.is_multiple_of(CUT_AGAIN) {
                    self.cut_again(&image, least, most, tried);
                }
            }
            tried.moments += 1;
        }
    }

    /// Cuts the power while a state is mended.
    fn cut_again(&self, image: &Image, least: Option<u64>, most: usize, tried: &mut TrialCount) {
        let disk = MemoryDisk::of(image.clone());
        (self.mend)(&disk);
        let mut again = TrialCount::default();
        let check = |disk: &MemoryDisk, _: Option<u64>| (self.check)(disk, least);
        let history = History { name: "", ops: disk.ops(), acknowledged: Vec::new(), mend: self.mend, check: &check };
        let fewer = most.div_ceil(8);
        history.cut_from(image, &history.ops, fewer, &mut HashSet::new(), &mut again, false);
        tried.again += again.states;
    }
}

fn hash(image: &Image) -> u64 {
    let mut hasher = DefaultHasher::new();
    image.hash(&mut hasher);
    hasher.finish()
}
