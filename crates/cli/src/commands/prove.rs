//! `prove`: that an entry is in the ledger, or that the ledger continues an older state of itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::proof::{EntryProof, GrowthProof};
use serde_json::json;

use super::checkpoint::signed;
use crate::console::Console;
use crate::keys::KeyArgs;
use app::Error;

/// Prints a proof against a signed checkpoint
///
/// With `--seq`, that an entry is in the ledger: a C2SP tlog-proof. With `--from-size`, that the ledger continues the
/// first N entries as they were: the hashes of RFC 6962 in the form in which a C2SP tlog-witness takes them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    what: What,
    /// Against the checkpoint of the first N entries [default: all]
    #[arg(long, value_name = "N")]
    size: Option<u64>,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// The entry that is in it
    #[arg(long, value_name = "N")]
    seq: Option<u64>,
    /// The number of entries of the older state
    #[arg(long, value_name = "N")]
    from_size: Option<u64>,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let reader = console.session.reader()?;
        let key = self.key.source(console).signing_key(&console.session, &reader)?;
        let checkpoint = signed(&reader, &key, self.size)?;
        let size = checkpoint.checkpoint().size;
        let (name, number, hashes, text) = match (self.what.seq, self.what.from_size) {
            (Some(seq), _) if seq >= size => {
                let what = format!("entry {seq} is not among the first {size} entries");
                let hint = size.checked_sub(1).map(|last| format!("`--seq` is at most {last}"));
                let hint = hint.unwrap_or("nothing is recorded there".to_owned());
                return Err(Error::new("out_of_range", what).hint(hint));
            }
            (None, Some(from_size)) if from_size > size => {
                let what = format!("{size} entries do not continue {from_size} entries");
                return Err(Error::new("out_of_range", what).hint(format!("`--from-size` is at most {size}")));
            }
            (Some(seq), _) => {
                let hashes = reader.prove_entry(size, seq)?;
                let proof = EntryProof { seq, hashes: hashes.clone(), checkpoint };
                ("seq", seq, hashes, proof.to_string())
            }
            (None, from_size) => {
                let from_size = from_size.unwrap_or_default();
                // Nothing is to be shown of the empty ledger, which every ledger continues.
                let hashes = if from_size == 0 { Vec::new() } else { reader.prove_growth(size, from_size)? };
                let proof = GrowthProof { from_size, hashes: hashes.clone(), checkpoint };
                ("from_size", from_size, hashes, proof.to_string())
            }
        };
        if !console.is_json() {
            return console.raw(text.as_bytes());
        }
        let hashes: Vec<String> = hashes.iter().map(|hash| STANDARD.encode(hash)).collect();
        console.line(&json!({name: number, "size": size, "hashes": hashes, "proof": text}).to_string())
    }
}
