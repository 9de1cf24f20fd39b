//! Entries as the frames of the log have them, one after the other.

use crate::log::error::{Corruption, Damage, ReadError};
use crate::log::frame::FrameHeader;
use crate::log::lines;
use crate::log::segment::Place;
use crate::runs::{Describer, Description, described};

/// Where a walk over the frames of the log is, which checks each frame and entry against those before (L1, L3).
#[derive(Debug)]
pub(crate) struct Sequence {
    describe: Describer,
    next_seq: u64,
    /// The first entry of the group that is being read.
    group_first_seq: u64,
    newest: Option<i64>,
}

impl Sequence {
    /// A walk from the end of a group on, behind the first `size` entries; `newest` is when the last of them was recorded.
    pub(crate) fn after(describe: Describer, size: u64, newest: Option<i64>) -> Self {
        Self { describe, next_seq: size, group_first_seq: size, newest }
    }

    /// Whether all groups up to here are whole, and end at a size.
    pub(crate) fn ends_at(&self, size: u64) -> bool {
        (self.next_seq, self.group_first_seq) == (size, size)
    }

    /// Takes the next frame, and hands over its entries.
    ///
    /// # Errors
    ///
    /// [`Damage`] when the frame or an entry does not continue what came before.
    pub(crate) fn frame(
        &mut self,
        header: &FrameHeader,
        place: Place,
        payload: &[u8],
        on_entry: &mut dyn FnMut(&[u8], &Description<'_>),
    ) -> Result<(), ReadError> {
        let corrupt = |seq, damage| Corruption::at(place, seq, damage);
        if (header.first_seq, header.group_first_seq) != (self.next_seq, self.group_first_seq) {
            return Err(corrupt(header.first_seq, Damage::Order).into());
        }
        let lines = lines::decode(header, place, payload)?;
        for (seq, line) in lines.iter() {
            let described = described(self.describe, line, place, seq)?;
            let is_after = self.newest.is_none_or(|newest| newest < described.recorded_at);
            let is_first = seq != header.first_seq || described.recorded_at == header.first_recorded_at;
            if !is_after || !is_first {
                return Err(corrupt(seq, Damage::Entry).into());
            }
            self.newest = Some(described.recorded_at);
            on_entry(line, &described);
        }
        if self.newest != Some(header.last_recorded_at) {
            return Err(corrupt(header.end_seq() - 1, Damage::Entry).into());
        }
        self.next_seq = header.end_seq();
        if header.commit {
            self.group_first_seq = self.next_seq;
        }
        Ok(())
    }
}
