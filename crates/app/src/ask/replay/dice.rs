//! Numbers that look random, the same for a seed on every machine.

/// The numbers that follow from a seed (`SplitMix64`).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of `[start, end_exclusive)`; `start` when there is none.
    pub(super) fn within(&mut self, start: u64, end_exclusive: u64) -> u64 {
        let width = u128::from(end_exclusive.saturating_sub(start));
        let offset = (u128::from(self.next()) * width) >> 64;
        start + u64::try_from(offset).expect("the upper half of a product of two u64 is a u64")
    }

    /// One of two.
    pub(super) fn either<T>(&mut self, one: T, other: T) -> T {
        if self.within(0, 2) == 0 { one } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn a_seed_gives_the_same_numbers_and_all_of_them() {
        let roll = |seed| {
            let mut dice = Dice::new(seed);
            (0..200).map(|_| dice.within(3, 9)).collect::<Vec<_>>()
        };
        assert_eq!(roll(7), roll(7));
        assert_ne!(roll(7), roll(8));
        for number in 0..12 {
            assert_eq!(roll(7).contains(&number), (3..9).contains(&number), "{number}");
        }
        assert_eq!(Dice::new(1).within(5, 5), 5);
    }

    #[test]
    fn the_numbers_are_those_of_the_published_algorithm() {
        let mut dice = Dice::new(1_234_567);
        let numbers = [dice.next(), dice.next()];
        assert_eq!(numbers, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }
}
