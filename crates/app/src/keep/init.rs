//! Makes a ledger.

use ledger::proof::SigningKey;
use ledger::{Ledger, LedgerKey};
use serde::Serialize;

use crate::error::Error;
use crate::prove::KeySource;
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

/// Makes a new, empty ledger of a name, and its key unless one is named.
///
/// # Errors
/// There is one already; the key is of another name.
pub fn run(session: &mut Session<'_>, origin: Option<&str>, key: &KeySource) -> Result<Made, Error> {
    let key = match (key.named(session)?, origin) {
        (Some(key), Some(origin)) if key.name() != origin => {
            return Err(Error::usage(format!("--origin is {origin:?}, and the key is of {:?}", key.name())));
        }
        (Some(key), _) => LedgerKey::Elsewhere(key.verifier()),
        (None, origin) => LedgerKey::Here(SigningKey::generate(origin.unwrap_or(ORIGIN))?),
    };
    Ledger::create_with(&session.ledger_dir, &key)?;
    let ledger = session.ledger_dir.display().to_string();
    session.done.add(format!("a ledger was made in {ledger}"), "`pcs key show` prints its verifier key");
    Ok(Made { ledger, verifier_key: key.verifier().to_string() })
}
