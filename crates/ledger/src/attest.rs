//! What a ledger proves of itself, read from its prefix. What it signs is folded from the log's own bytes, without the
//! index; the hashes of proofs come from the index, since whoever checks them notices a wrong one.

mod tiles;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Corruption, Damage, ReadError};
use crate::log::frame::FrameRef;
use crate::log::recover::Start;
use crate::log::segment::Place;
use crate::proof::{Checkpoint, CheckpointFold, FoldForm, VerifierKey};
use crate::reader::Reader;
use crate::store::sequence::Sequence;
use crate::time::Timestamp;

pub use tiles::ProvedTiles;

/// The log of a ledger, folded from its own bytes up to the end of a group, and what binds it to those bytes.
#[derive(Clone, Debug, Default)]
pub struct FoldedLog {
    fold: CheckpointFold,
    /// The frame that ends there; none of an empty log.
    last: Option<LastFrame>,
}

/// A frame of the log, and what its bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LastFrame {
    segment: u64,
    offset: u64,
    len: u64,
    /// Of its bytes, in hexadecimal.
    sha256: String,
}

/// What is kept of a folded log.
#[derive(Serialize, Deserialize)]
struct Form {
    format: String,
    version: u64,
    key: String,
    #[serde(flatten)]
    fold: FoldForm,
    last_frame: Option<LastFrame>,
}

impl FoldedLog {
    const FORMAT: &str = "pcs-signed";
    const VERSION: u64 = 1;

    /// The empty log of a ledger that begins with a key.
    #[must_use]
    pub fn of_key(key: VerifierKey) -> Self {
        Self { fold: CheckpointFold::of_key(key), last: None }
    }

    /// What its entries come to.
    #[must_use]
    pub fn fold(&self) -> &CheckpointFold {
        &self.fold
    }

    /// What is kept of it, a line of JSON. `None` when it was not said with which key the ledger began.
    #[must_use]
    pub fn to_json(&self) -> Option<String> {
        let form = Form {
            format: Self::FORMAT.to_owned(),
            version: Self::VERSION,
            key: self.fold.key()?.to_string(),
            fold: self.fold.to_form(),
            last_frame: self.last.clone(),
        };
        serde_json::to_string(&form).ok()
    }

    /// Reads what was kept; `None` when it is none, or not written in the one way.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Form { key, fold, last_frame, .. } = serde_json::from_str(text).ok()?;
        let fold = CheckpointFold::of_form(fold, VerifierKey::parse(&key).ok()?)?;
        let read = Self { fold, last: last_frame };
        (read.to_json()? == text).then_some(read)
    }

    /// Where the log goes on.
    fn end(&self) -> Place {
        let place = |last: &LastFrame| Place { segment: last.segment, offset: last.offset.saturating_add(last.len) };
        self.last.as_ref().map_or(Start::LOG.place, place)
    }
}

impl Reader {
    /// What the ledger says of its first `size` entries, read from the log alone.
    ///
    /// It follows from the entries, but for [`crate::proof::Claims::next`], which is there once an entry came after them.
    pub fn checkpoint(&self, origin: &str, size: u64) -> Result<Checkpoint, ReadError> {
        let mut found = None;
        let end = size.saturating_add(1).min(self.size());
        self.fold_to(
            end,
            FoldedLog::default(),
            &[size],
            &mut |fold| found = Some(fold.checkpoint(origin)),
            &mut |_| {},
        )?;
        found.ok_or(ReadError::OutOfRange { seq: size, size: self.size() })
    }

    /// Folds the log on from where it was folded, up to the end of what is read. `on_size` is handed the fold of each of
    /// `sizes` that is reached, with the instant of the entry after it, and `on_frame` how far it is after each frame.
    ///
    /// # Errors
    /// [`ReadError`], also when the log was not folded up to there, or holds less.
    pub fn fold_log(
        &self,
        from: FoldedLog,
        sizes: &[u64],
        on_size: &mut dyn FnMut(CheckpointFold),
        on_frame: &mut dyn FnMut(u64),
    ) -> Result<FoldedLog, ReadError> {
        self.fold_to(self.size(), from, sizes, on_size, on_frame)
    }

    /// Whether the log has the frame up to which it was folded.
    ///
    /// Of the frames before it that says nothing: see `docs/security.md`.
    pub fn has_frame_of(&self, folded: &FoldedLog) -> Result<bool, ReadError> {
        let Some(last) = &folded.last else { return Ok(true) };
        let found = self.last_frame(Place { segment: last.segment, offset: last.offset }, last.len)?;
        Ok(found.as_ref() == Some(last))
    }

    fn fold_to(
        &self,
        end_exclusive: u64,
        from: FoldedLog,
        sizes: &[u64],
        on_size: &mut dyn FnMut(CheckpointFold),
        on_frame: &mut dyn FnMut(u64),
    ) -> Result<FoldedLog, ReadError> {
        let (snapshot, place) = (self.snapshot(), from.end());
        let FoldedLog { mut fold, mut last } = from;
        let begin = fold.size();
        let mut sequence = Sequence::after(snapshot.describe, begin, fold.newest().map(Timestamp::micros));
        let mut last_read: Option<FrameRef> = None;
        if begin < end_exclusive {
            snapshot.log.walk(place, begin, end_exclusive, &mut |header, place, payload| {
                sequence.frame(header, place, payload, &mut |line, described| {
                    let recorded_at = Timestamp::from_micros(described.recorded_at);
                    if sizes.contains(&fold.size()) {
                        on_size(fold.followed_at(recorded_at));
                    }
                    let line = std::str::from_utf8(line).expect("what describes itself is text");
                    fold.push(line, described.partner, recorded_at);
                })?;
                last_read = Some(header.at(place));
                on_frame(fold.size());
                Ok(ControlFlow::Continue(()))
            })?;
        }
        if end_exclusive == self.size() && !sequence.ends_at(end_exclusive) {
            return Err(Corruption::at(place, begin, Damage::Order).into());
        }
        if sizes.contains(&fold.size()) {
            on_size(fold.clone());
        }
        if let Some(frame) = last_read {
            last = self.last_frame(frame.place, frame.len)?;
        }
        Ok(FoldedLog { fold, last })
    }

    /// The bytes at a place of the log as they are remembered; `None` when the log does not have so many there.
    fn last_frame(&self, place: Place, len: u64) -> Result<Option<LastFrame>, ReadError> {
        let Some(file) = self.snapshot().log.file(place.segment)? else { return Ok(None) };
        let is_there = place.offset.checked_add(len).is_some_and(|end| file.size().is_ok_and(|size| end <= size));
        let Some(len_in_memory) = usize::try_from(len).ok().filter(|_| is_there) else { return Ok(None) };
        let mut bytes = vec![0; len_in_memory];
        file.read(&mut bytes, place.offset)?;
        let sha256 = format!("{:x}", Sha256::digest(&bytes));
        Ok(Some(LastFrame { segment: place.segment, offset: place.offset, len, sha256 }))
    }

    /// The hashes between some entries in the tree of the first `size` entries, from left to right: with the entries'
    /// own they make the root. `seqs` ascend.
    pub fn prove_entries(&self, size: u64, seqs: &[u64]) -> Result<Vec<[u8; 32]>, ReadError> {
        self.snapshot().prove_entries(size, seqs)
    }

    /// The sequence numbers of the entries of a partner before `end_exclusive`, ascending; for the empty name, of those
    /// that hold for all.
    pub fn seqs(&self, partner: &str, end_exclusive: u64) -> Result<Vec<u64>, ReadError> {
        self.snapshot().postings(partner, end_exclusive)
    }
}

#[cfg(test)]
mod tests;
