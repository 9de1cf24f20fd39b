//! `checkpoint`: what the ledger says of itself, signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::Reader;
use ledger::proof::{SignedCheckpoint, SigningKey};
use serde_json::json;

use crate::console::Console;
use crate::keys::KeyArgs;
use app::Error;

/// Prints a signed checkpoint: the size of the ledger and the root of its tree
///
/// A C2SP tlog-checkpoint, with cosignatures of witnesses that are kept of it. Whoever keeps it can show later whether
/// the ledger was changed before it: `verify --checkpoint`, `prove --from-size`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Of the first N entries [default: all]
    #[arg(long, value_name = "N")]
    size: Option<u64>,
    #[command(flatten)]
    key: KeyArgs,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let reader = console.session.reader()?;
        let key = self.key.source(console).signing_key(&console.session, &reader)?;
        let signed = signed(&reader, &key, self.size)?;
        if !console.is_json() {
            return console.raw(signed.to_string().as_bytes());
        }
        let checkpoint = signed.checkpoint();
        let answer = json!({
            "origin": checkpoint.origin, "size": checkpoint.size, "root": STANDARD.encode(checkpoint.root),
            "partners": checkpoint.claims.partners.map(|root| STANDARD.encode(root)),
            "newest": checkpoint.claims.newest.map(|at| at.to_string()),
            "next": checkpoint.claims.next.map(|at| at.to_string()), "note": signed.to_string(),
        });
        console.line(&answer.to_string())
    }
}

/// The signed checkpoint of the first entries, or of all, with the cosignatures that are kept of it.
pub(crate) fn signed(reader: &Reader, key: &SigningKey, size: Option<u64>) -> Result<SignedCheckpoint, Error> {
    let size = size.unwrap_or(reader.size());
    if size > reader.size() {
        let (what, hint) = (format!("the ledger does not have {size} entries"), format!("it has {}", reader.size()));
        return Err(Error::new("out_of_range", what).hint(hint));
    }
    let mut signed = reader.checkpoint(key.name(), size)?.sign(key);
    for kept in reader.dir().witnessed()? {
        signed.add_cosignatures(&kept);
    }
    Ok(signed)
}
