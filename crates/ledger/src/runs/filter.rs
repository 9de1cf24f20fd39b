//! A Bloom filter over the fingerprints of a run.

use super::Fingerprint;

/// Bits a key: about three misses in a thousand read a block in vain.
const BITS_PER_KEY: u64 = 12;
const PROBES: u64 = 8;

/// Spreads a number evenly over 64 bits (the finalizer of splitmix64).
pub(crate) fn spread(key: u64) -> u64 {
    let x = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A filter that is being filled.
#[derive(Debug)]
pub(crate) struct FilterBuilder(Vec<u8>);

impl FilterBuilder {
    /// A filter for a number of keys.
    pub(crate) fn new(keys: u64) -> Self {
        Self::of_len((keys * BITS_PER_KEY).div_ceil(8).max(8))
    }

    /// A filter of a number of bytes: that of merged runs is as long as theirs together.
    pub(crate) fn of_len(bytes: u64) -> Self {
        Self(vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)])
    }

    /// Adds a fingerprint.
    pub(crate) fn insert(&mut self, fingerprint: Fingerprint) {
        let bits = self.0.len() as u64 * 8;
        for bit in probes(fingerprint, bits) {
            if let Some(byte) = usize::try_from(bit / 8).ok().and_then(|at| self.0.get_mut(at)) {
                *byte |= 1 << (bit % 8);
            }
        }
    }

    /// The bytes of the filter.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Whether a filter may hold a fingerprint.
pub(crate) fn may_hold(filter: &[u8], fingerprint: Fingerprint) -> bool {
    probes(fingerprint, filter.len() as u64 * 8).all(|bit| {
        usize::try_from(bit / 8).ok().and_then(|at| filter.get(at)).is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
    })
}

fn probes(fingerprint: Fingerprint, bits: u64) -> impl Iterator<Item = u64> {
    let first = spread(fingerprint.0);
    let step = spread(first) | 1;
    (0..PROBES).map(move |i| {
        let hash = first.wrapping_add(step.wrapping_mul(i));
        let scaled = (u128::from(hash) * u128::from(bits)) >> 64;
        u64::try_from(scaled).unwrap_or_default()
    })
}
