//! The store: a log of lines that is the truth, and what is derived from it.
//!
//! [`Writer`] is the one writing end of a ledger's directory, [`Snapshot`] a reading end, of which there may be many,
//! in this process and others. The store knows lines, partners, keys and instants, which its caller gives it; it does
//! not know what an event is.
//!
//! What it promises: an acknowledged commit survives a power cut (L5); after a crash there is a prefix of what was
//! committed, never a part of a group (L6); the bytes of an entry never change (L2); sequence numbers are contiguous
//! from 0 (L1), and instants ascend (L3); the root of a size never changes (L8); the index and the file `head` can be
//! deleted at any time without changing an answer (L7). `docs/format.md` draws every byte.

pub(crate) mod head;
mod indexer;
mod locate;
mod mapping;
mod merkle;
mod opening;
pub(crate) mod options;
mod questions;
pub(crate) mod sequence;
mod snapshot;
pub(crate) mod writer;

pub(crate) use opening::STATES;
pub(crate) use snapshot::Snapshot;
pub(crate) use writer::Writer;

#[cfg(test)]
mod crashes;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod laws;
#[cfg(test)]
pub(crate) mod power_cut;
#[cfg(test)]
pub(crate) mod testing;
