//! What is proved to somebody who has no ledger: checkpoints, their signatures, and proofs against them.
//!
//! Everything here is a function of its arguments, and most come in pairs that invert each other:
//!
//! | made by | checked by |
//! |---|---|
//! | [`Checkpoint::sign`], [`SignedCheckpoint::cosign`] | [`SignedCheckpoint::verify`], [`SignedCheckpoint::cosigned_by`] |
//! | [`crate::Reader::prove_entry`] | [`EntryProof::check`] |
//! | [`crate::Reader::prove_growth`] | [`GrowthProof::check`] |
//! | [`crate::Reader::prove_entries`] | [`root_of_entries`] |
//! | [`CheckpointFold::partner_paths`] | [`PartnerEntries::root`] |
//! | [`Rotation::sign`] | [`Rotation::new`], [`current_key`] |
//!
//! The formats are those of C2SP (signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof and, for the proof of
//! growth, the request of tlog-witness), the tree is that of RFC 6962. `docs/format.md` draws what is ours.

mod checkpoint;
mod fold;
mod keys;
mod partners;
mod rotation;
mod tile;
mod tree;

pub use checkpoint::{Checkpoint, Claims, Cosignature, NoteError, SignedCheckpoint};
pub use fold::CheckpointFold;
pub(crate) use fold::Form as FoldForm;
pub use keys::{MalformedKey, SigningKey, VerifierKey};
pub use partners::PartnerEntries;
pub use rotation::{Rotation, RotationError, current_key, signers};
pub use tile::Tile;
pub(crate) use tree::middle;
pub use tree::{EntryProof, GrowingTree, GrowthProof, ProofError, leaf_hash, root_of_entries};
