//! A small deterministic generator of random numbers (splitmix64).

use chrono::{DateTime, Duration, NaiveDate, Utc};

/// The same seed throws the same numbers for ever.
pub struct Dice(u64);

impl Dice {
    /// Dice of a seed; `purpose` keeps the throws for different purposes apart.
    pub fn new(seed: u64, purpose: &str) -> Dice {
        let mixed = purpose.bytes().fold(seed, |mixed, byte| mixed.wrapping_mul(31).wrapping_add(byte.into()));
        let mut dice = Dice(mixed ^ seed.rotate_left(32));
        dice.next();
        dice
    }

    /// 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `end_exclusive`.
    pub fn below(&mut self, end_exclusive: usize) -> usize {
        (self.next() % end_exclusive as u64) as usize
    }

    /// A number of `from ..= to`.
    pub fn range(&mut self, from: i64, to: i64) -> i64 {
        from + (self.next() % (to - from + 1) as u64) as i64
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of some things.
    pub fn pick<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())]
    }

    /// Brings things into any order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }

    /// A UUID in canonical form.
    pub fn uuid(&mut self) -> String {
        uuid::Uuid::from_u64_pair(self.next(), self.next()).to_string()
    }

    /// An instant on a day: its first, its last, or any.
    pub fn instant_on(&mut self, day: NaiveDate) -> DateTime<Utc> {
        let first = day.and_hms_opt(0, 0, 0).expect("midnight exists").and_utc();
        let micros = match self.below(4) {
            0 | 1 => 0,
            2 => 86_399_999_999,
            _ => self.range(1, 86_399_999_998),
        };
        first + Duration::microseconds(micros)
    }
}
