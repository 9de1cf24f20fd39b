//! `restore`: a fresh ledger from a backup.

use std::path::PathBuf;

use app::Error;
use app::keep::restore::Request;
use app::text::ToJson as _;
use ledger::proof::VerifierKey;

use crate::commands::Run;
use crate::console::Console;
use app::text::counted;

/// Makes a ledger from a backup, in a directory that is empty or not there yet
///
/// The ledger has its name only when everything was compared: the digest of the file, the signature of its checkpoint,
/// the entries with the checkpoint, and the whole ledger as `verify` does. Nothing is left when something differs. The
/// key that signs is not in a backup: without --key-file the ledger has its verifier key alone, and can be read and
/// appended to, but signs nothing until its key is put in its place or named with --key-file. `PCS_KEY` is not asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The backup
    file: PathBuf,
    /// A key that the ledger had when the backup was made, or before; changes of key in the entries are followed
    /// [default: the key that the backup names]
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse)]
    key: Option<VerifierKey>,
    /// The file of the ledger's signing key, which is copied into the ledger's directory
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { file, key, key_file } = self;
        let restored = Request { file, key, key_file }.run(&mut console.session)?;
        let line = format!("restored {}, root {}", counted(restored.size, "entry"), restored.root);
        console.answer(&restored.to_json(), |_| vec![line])?;
        if !restored.signs_here {
            console.remark(
                "the key that signs is not here: put its file in the place of `key`, or name it with --key-file",
            );
        }
        Ok(())
    }
}
