//! That an entry is in the ledger, or that the ledger continues an older state of itself.

use ledger::proof::{Checkpoint, EntryProof, GrowthProof, ProofError};
use serde::Serialize;

use super::signer::first;
use super::{KeySource, Signer, index_lies};
use crate::error::Error;
use crate::session::Session;
use crate::text::{base64, counted};

/// What is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// That the entry of this seq is in the ledger.
    Entry(u64),
    /// That the ledger continues its first entries, so many, as they were.
    Growth(u64),
}

/// A proof against a signed checkpoint.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_size: Option<u64>,
    size: u64,
    hashes: Vec<String>,
    /// The proof as it is handed on: a C2SP tlog-proof, or the request of a C2SP tlog-witness.
    pub proof: String,
}

/// Proves a claim against the checkpoint of the first `size` entries, or of all.
///
/// # Errors
/// `out_of_range` when the claim is of more entries than the checkpoint; `index_lies` when the hashes do not lead to what
/// is signed; failures of the key.
pub fn run(session: &Session<'_>, key: &KeySource, claim: Claim, size: Option<u64>) -> Result<Proof, Error> {
    let signer = Signer::open(session, key, &first(size))?;
    let (reader, size) = (&signer.reader, signer.told().size());
    let out_of_range = |what: String, hint: String| Err(Error::new("out_of_range", what).hint(hint));
    let lies = |error: ProofError| index_lies("the proof").behind(&error);
    let (seq, from_size, hashes, proof) = match claim {
        Claim::Entry(seq) if seq >= size => {
            let last = size.checked_sub(1).map(|last| format!("`--seq` is at most {last}"));
            let hint = last.unwrap_or_else(|| "nothing is recorded there".to_owned());
            return out_of_range(format!("entry {seq} is not among the first {}", counted(size, "entry")), hint);
        }
        Claim::Growth(from_size) if from_size > size => {
            let what = format!("{} cannot continue {from_size}", counted(size, "entry"));
            return out_of_range(what, format!("`--from-size` is at most {size}"));
        }
        Claim::Entry(seq) => {
            let (hashes, line) = (reader.prove_entry(size, seq)?, reader.line(seq)?);
            let proof = EntryProof { seq, hashes, checkpoint: signer.signed(session)? };
            proof.check(&line).map_err(lies)?;
            (Some(seq), None, proof.hashes.clone(), proof.to_string())
        }
        Claim::Growth(from_size) => {
            // Nothing is to be shown of the empty ledger, which every ledger continues.
            let hashes = if from_size == 0 { Vec::new() } else { reader.prove_growth(size, from_size)? };
            let proof = GrowthProof { from_size, hashes, checkpoint: signer.signed(session)? };
            // Hashes that lead to the signed root lead to no other root of the older state either.
            let older = Checkpoint { size: from_size, root: reader.root(from_size)?, ..signer.checkpoint() };
            proof.check(&older).map_err(lies)?;
            (None, Some(from_size), proof.hashes.clone(), proof.to_string())
        }
    };
    let hashes = hashes.iter().map(|hash| base64(hash)).collect();
    Ok(Proof { seq, from_size, size, hashes, proof })
}
