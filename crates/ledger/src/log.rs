//! The log: segment files of checksummed frames, the truth from which everything else is derived.
//!
//! A *frame* holds the lines of up to [`frame::MAX_RAW_BYTES`] bytes of entries. A *group* is the frames from one
//! commit to the next; the commit flag of its last frame commits all of it. `docs/format.md` draws every byte.

pub(crate) mod cursor;
pub(crate) mod error;
pub(crate) mod frame;
pub(crate) mod lines;
pub(crate) mod packing;
pub(crate) mod pending;
pub(crate) mod reader;
pub(crate) mod recover;
pub(crate) mod segment;
pub(crate) mod whole_frames;
pub(crate) mod writer;
