//! Answers that were given, by their tags. A tag stands for the build, the address and what was known, so that what is kept
//! under it never changes.

use axum::body::Bytes;
use axum::http::HeaderMap;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// Bytes of all answers that are kept.
const MOST_BYTES: u64 = 32 << 20;
/// Bytes of one that is kept.
const MOST_OF_ONE: usize = 1 << 20;
/// Answers that are expected.
const USUAL: usize = 4_096;

/// An answer with the headers that go with it.
#[derive(Clone)]
pub(crate) struct KeptAnswer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The answers that are kept; those that were not asked for long make room.
pub(crate) struct KeptAnswers(Cache<String, KeptAnswer, Weight>);

#[derive(Clone)]
struct Weight;

impl Weighter<String, KeptAnswer> for Weight {
    fn weight(&self, tag: &String, answer: &KeptAnswer) -> u64 {
        let headers = answer.headers.values().map(|value| value.len() as u64 + 64);
        headers.sum::<u64>() + (tag.len() + answer.body.len()) as u64
    }
}

impl Default for KeptAnswers {
    fn default() -> Self {
        Self(Cache::with_weighter(USUAL, MOST_BYTES, Weight))
    }
}

impl KeptAnswers {
    pub(crate) fn get(&self, tag: &str) -> Option<KeptAnswer> {
        self.0.get(tag)
    }

    /// Keeps an answer, unless it is long.
    pub(crate) fn keep(&self, tag: String, answer: &KeptAnswer) {
        if answer.body.len() <= MOST_OF_ONE {
            self.0.insert(tag, answer.clone());
        }
    }
}
