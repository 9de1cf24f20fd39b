//! A filter over the fingerprints of a run: a Bloom filter in blocks of one cache line.
//!
//! An event's id is asked of every run before it is appended, and nearly always of runs that do not have it. So a
//! question touches one cache line of each, and what it looks for there is made once for all of them.

use super::Fingerprint;

/// Bits a key: about one miss in a thousand reads a block in vain.
const BITS_PER_KEY: u64 = 16;
/// The words of a block, in each of which a key sets one bit.
const WORDS: usize = 8;
const BLOCK_BYTES: usize = WORDS * 8;

/// Spreads a number evenly over 64 bits (the finalizer of splitmix64).
pub(crate) fn spread(key: u64) -> u64 {
    let x = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// What is looked for in filters: a fingerprint, and its bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    /// The fingerprint.
    pub(crate) fingerprint: Fingerprint,
    /// Which block, as a fraction of 2⁶⁴ of all of them.
    place: u64,
    /// The bit of each word of the block.
    mask: [u64; WORDS],
}

impl Probe {
    /// What to look for to find a fingerprint.
    pub(crate) fn new(fingerprint: Fingerprint) -> Self {
        let place = spread(fingerprint.0);
        let bits = spread(place);
        let mut mask = [0; WORDS];
        for (word, shift) in mask.iter_mut().zip((0..).step_by(6)) {
            *word = 1 << (bits >> shift & 63);
        }
        Self { fingerprint, place, mask }
    }

    /// Whether a filter may hold the fingerprint.
    pub(crate) fn may_be_in(&self, filter: &[u8]) -> bool {
        let blocks: &[[u8; BLOCK_BYTES]] = filter.as_chunks().0;
        let Some(block) = blocks.get(self.block(blocks.len())) else { return false };
        let words: &[[u8; 8]] = block.as_chunks().0;
        let missing =
            words.iter().zip(self.mask).fold(0, |missing, (word, bit)| missing | bit & !u64::from_le_bytes(*word));
        missing == 0
    }

    fn block(&self, blocks: usize) -> usize {
        let scaled = (u128::from(self.place) * blocks as u128) >> 64;
        usize::try_from(scaled).expect("it is below the number of blocks")
    }
}

/// A filter that is being filled.
#[derive(Debug)]
pub(crate) struct FilterBuilder(Vec<u8>);

impl FilterBuilder {
    /// A filter for a number of keys.
    pub(crate) fn new(keys: u64) -> Self {
        Self::of_len(keys * BITS_PER_KEY / 8)
    }

    /// A filter of at least so many bytes: that of merged runs is as long as theirs together.
    pub(crate) fn of_len(bytes: u64) -> Self {
        let bytes = usize::try_from(bytes).expect("a filter fits into memory");
        Self(vec![0; bytes.next_multiple_of(BLOCK_BYTES).max(BLOCK_BYTES)])
    }

    /// Adds a fingerprint.
    pub(crate) fn insert(&mut self, fingerprint: Fingerprint) {
        let probe = Probe::new(fingerprint);
        let blocks: &mut [[u8; BLOCK_BYTES]] = self.0.as_chunks_mut().0;
        let at = probe.block(blocks.len());
        let Some(block) = blocks.get_mut(at) else { return };
        let words: &mut [[u8; 8]] = block.as_chunks_mut().0;
        for (word, bit) in words.iter_mut().zip(probe.mask) {
            *word = (u64::from_le_bytes(*word) | bit).to_le_bytes();
        }
    }

    /// The bytes of the filter.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{FilterBuilder, Probe, spread};
    use crate::runs::Fingerprint;

    #[test]
    fn what_was_added_is_held_and_little_else() {
        for keys in [0, 1, 7, 1_024, 50_000] {
            let mut builder = FilterBuilder::new(keys);
            (0..keys).for_each(|key| builder.insert(Fingerprint(spread(key) >> 24)));
            let filter = builder.finish();
            assert!(filter.len() as u64 <= keys * 2 + 64);
            let holds = |key: u64| Probe::new(Fingerprint(spread(key) >> 24)).may_be_in(&filter);
            assert!((0..keys).all(holds), "{keys}");
            let wrong = (1_000_000..1_100_000).filter(|&key| holds(key)).count();
            assert!(wrong < 200, "{wrong} of 100,000 at {keys}");
        }
    }

    #[test]
    fn an_empty_filter_holds_nothing() {
        assert!(!Probe::new(Fingerprint(1)).may_be_in(&[]));
    }
}
