//! That an entry is in the ledger, or that the ledger continues an older state of itself.

use ledger::proof::{EntryProof, GrowthProof};
use serde_json::json;

use super::{KeySource, Signer};
use crate::error::Error;
use crate::session::Session;
use crate::text::base64;

/// What is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// That the entry of this seq is in the ledger.
    Entry(u64),
    /// That the ledger continues its first entries, so many, as they were.
    Growth(u64),
}

/// A proof against a signed checkpoint.
#[derive(Clone, Debug)]
pub struct Proof {
    claim: Claim,
    size: u64,
    hashes: Vec<[u8; 32]>,
    /// The proof as it is handed on: a C2SP tlog-proof, or the request of a C2SP tlog-witness.
    pub text: String,
}

/// Proves a claim against the checkpoint of the first `size` entries, or of all.
///
/// # Errors
/// `out_of_range` when the claim is of more entries than the checkpoint; failures of the key.
pub fn run(session: &Session<'_>, key: &KeySource, claim: Claim, size: Option<u64>) -> Result<Proof, Error> {
    let signer = Signer::open(session, key)?;
    let checkpoint = signer.signed(size)?;
    let (reader, size) = (&signer.reader, checkpoint.checkpoint().size);
    let out_of_range = |what: String, hint: String| Err(Error::new("out_of_range", what).hint(hint));
    let (hashes, text) = match claim {
        Claim::Entry(seq) if seq >= size => {
            let last = size.checked_sub(1).map(|last| format!("`--seq` is at most {last}"));
            let hint = last.unwrap_or_else(|| "nothing is recorded there".to_owned());
            return out_of_range(format!("entry {seq} is not among the first {size} entries"), hint);
        }
        Claim::Growth(from_size) if from_size > size => {
            let what = format!("{size} entries do not continue {from_size} entries");
            return out_of_range(what, format!("`--from-size` is at most {size}"));
        }
        Claim::Entry(seq) => {
            let hashes = reader.prove_entry(size, seq)?;
            (hashes.clone(), EntryProof { seq, hashes, checkpoint }.to_string())
        }
        Claim::Growth(from_size) => {
            // Nothing is to be shown of the empty ledger, which every ledger continues.
            let hashes = if from_size == 0 { Vec::new() } else { reader.prove_growth(size, from_size)? };
            (hashes.clone(), GrowthProof { from_size, hashes, checkpoint }.to_string())
        }
    };
    Ok(Proof { claim, size, hashes, text })
}

impl Proof {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (name, number) = match self.claim {
            Claim::Entry(seq) => ("seq", seq),
            Claim::Growth(from_size) => ("from_size", from_size),
        };
        let hashes: Vec<String> = self.hashes.iter().map(|hash| base64(hash)).collect();
        json!({name: number, "size": self.size, "hashes": hashes, "proof": self.text}).to_string()
    }
}
