//! Bytes of a state that are read later than the state.

use std::ops::Range;
use std::sync::Arc;

/// Some bytes of a state, which stay where they are.
#[derive(Clone, Debug, Default)]
pub(super) struct StateBytes {
    state: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl StateBytes {
    /// The bytes of a state that begin at a place.
    pub(super) fn from(state: Vec<u8>, start: usize) -> Self {
        Self { range: start..state.len(), state: Arc::new(state) }
    }

    /// Takes so many off the front; `None` where there are fewer.
    pub(super) fn take(&mut self, len: usize) -> Option<Self> {
        let middle = self.range.start.checked_add(len).filter(|middle| *middle <= self.range.end)?;
        let taken = Self { state: Arc::clone(&self.state), range: self.range.start..middle };
        self.range.start = middle;
        Some(taken)
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.state.get(self.range.clone()).expect("the range was compared with the state")
    }
}
