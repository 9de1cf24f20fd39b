//! Makes a ledger.

use ledger::proof::SigningKey;
use ledger::{Ledger, LedgerDir, LedgerKey};
use serde::Serialize;

use super::target::refuse_occupied;
use crate::error::Error;
use crate::prove::{KeySource, SignerMemory};
use crate::session::Session;

/// The name of a ledger if none is given.
const ORIGIN: &str = "pcs-ledger";

/// A ledger that was made.
#[derive(Clone, Debug, Serialize)]
pub struct Made {
    /// Its directory.
    pub ledger: String,
    /// The key by which its signatures are checked.
    pub verifier_key: String,
}

/// Makes a new, empty ledger of a name, and its key unless one is named. The key remembers from then on what it signs.
///
/// # Errors
/// There is one already; `occupied` for a place where something else stands; the key is of another name; the key cannot remember.
pub fn run(session: &mut Session<'_>, origin: Option<&str>, source: &KeySource) -> Result<Made, Error> {
    let named = source.named(session)?;
    let key = match (&named, origin) {
        (Some(key), Some(origin)) if key.name() != origin => {
            return Err(Error::usage(format!("--origin is {origin:?}, and the key is of {:?}", key.name())));
        }
        (Some(key), _) => key.clone(),
        (None, origin) => SigningKey::generate(origin.unwrap_or(ORIGIN))?,
    };
    let verifier = key.verifier();
    let kept = if named.is_some() { LedgerKey::Elsewhere(verifier.clone()) } else { LedgerKey::Here(key.clone()) };
    refuse_occupied(&session.ledger_dir)?;
    Ledger::create_with(&session.ledger_dir, &kept)?;
    let ledger = session.ledger_dir.display().to_string();
    session.done.add(format!("a ledger was made in {ledger}"), "`pcs key show` prints its verifier key");
    SignerMemory::open(session, source)?.begin(&key)?;
    Ok(Made { ledger, verifier_key: verifier.to_string() })
}

/// Begins the memory of the key in the directory of a ledger that was made just now, as [`run`] does.
///
/// # Errors
/// The key cannot be read, or cannot remember.
pub fn remember(dir: &LedgerDir) -> Result<(), Error> {
    match dir.key()? {
        LedgerKey::Here(key) => SignerMemory::in_dir(dir)?.begin(&key),
        LedgerKey::Elsewhere(_) => Ok(()),
    }
}
