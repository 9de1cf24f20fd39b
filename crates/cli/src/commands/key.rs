//! `key`: the key that signs for the ledger.

use std::path::PathBuf;

use app::Error;
use app::prove::key;
use app::text::ToJson as _;

use super::{Run, commands};
use crate::args::Force;
use crate::console::Console;
use crate::keys::KeyArgs;

commands! {
    /// Shows, changes and makes keys
    ///
    /// The key of a ledger signs its checkpoints. Whoever has it can sign in the ledger's name; the verifier key, which
    /// `key show` prints, only checks.
    enum Command {
        Show(Show),
        Rotate(Rotate),
        Make(Make),
    }
}

/// Prints the key by which the ledger's signatures are checked, and the ones before it
#[derive(Debug, clap::Args)]
pub(crate) struct Show {}

/// Changes the ledger's key
///
/// Records an entry that the old key signs and that names the new one: whoever trusts the old key can follow. The new
/// key takes the place of the old one in the ledger's directory, where the old one is gone.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    /// The file of the new key, which stays where it is; without it a new key is made in the ledger's directory
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    force: Force,
}

/// Makes a key in a file of its own: for a witness, or for a ledger whose key is kept elsewhere
///
/// Prints two verifier keys: the first checks signatures, the second cosignatures.
#[derive(Debug, clap::Args)]
pub(crate) struct Make {
    /// The name that stands in its signatures, by custom a URL without a scheme
    name: String,
    /// The file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Run for Show {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let keys = key::show(&console.session)?;
        console.answer(&keys.to_json(), |_| vec![keys.verifier_key.clone()])?;
        for key::Change { seq, recorded_at, old_key, new_key } in keys.changes.iter().rev() {
            let at = recorded_at.as_deref().unwrap_or("now");
            console.remark(&format!("entry {seq} of {at}: {new_key} followed {old_key}"));
        }
        if !keys.signs_here {
            console.remark("the key that signs is kept elsewhere");
        }
        Ok(())
    }
}

impl Run for Rotate {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let key = self.key.source(console);
        let change = key::rotate(&mut console.session, self.new_key_file.as_deref(), &key, self.force.force)?;
        console.answer(&change.to_json(), |_| vec![change.new_key.clone()])?;
        let (seq, old_key) = (change.seq, &change.old_key);
        console.remark(&format!("entry {seq} says that it follows {old_key}; give both to those who check"));
        Ok(())
    }
}

impl Run for Make {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let pair = key::make(&mut console.session, &self.name, &self.out)?;
        console.answer(&pair.to_json(), |_| vec![pair.verifier_key.clone(), pair.witness_key.clone()])?;
        console.remark("the first checks what it signs as a ledger, the second what it cosigns as a witness");
        Ok(())
    }
}
