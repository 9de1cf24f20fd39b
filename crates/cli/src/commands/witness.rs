//! `witness`: cosignatures of others on checkpoints.

use std::path::PathBuf;

use app::Error;
use app::prove::witness::{self, instant};
use app::text::plain;
use clap::ArgGroup;
use ledger::proof::{Cosignature, VerifierKey};

use super::{Run, commands};
use crate::args::Force;
use crate::console::Console;
use crate::keys::KeyArgs;
use crate::output::table::Table;

commands! {
    /// Adds and lists cosignatures of witnesses
    ///
    /// A witness says with a cosignature (C2SP tlog-cosignature) that it saw a checkpoint at a time, and that it continues
    /// what the witness saw before. A ledger that shows different histories to different people needs witnesses that agree.
    enum Command {
        Add(Add),
        List(List),
    }
}

/// Adds a cosignature to a checkpoint of this ledger, keeps it beside the ledger, and prints the note
///
/// Either the key of the witness is here and cosigns now, or a cosigned checkpoint comes from elsewhere in a file. A
/// witness remembers what it cosigned last of each ledger, in a file beside its key whose name ends with .cosigned: it
/// cosigns nothing smaller, no other root of the same size, and nothing larger that does not continue it.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("who").required(true))]
pub(crate) struct Add {
    /// The key of the witness, which cosigns the checkpoint; `key make` makes one
    #[arg(long, value_name = "FILE", group = "who")]
    witness_key: Option<PathBuf>,
    /// A checkpoint that was cosigned elsewhere
    #[arg(long, value_name = "FILE", group = "who", requires = "witness")]
    cosigned: Option<PathBuf>,
    /// The verifier key of the witness that cosigned elsewhere
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse)]
    witness: Option<VerifierKey>,
    /// The checkpoint that is cosigned [default: that of all entries]
    #[arg(long, value_name = "FILE", conflicts_with = "cosigned")]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    force: Force,
}

/// Lists the cosigned checkpoints that are kept
#[derive(Debug, clap::Args)]
pub(crate) struct List {}

impl Run for Add {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let key = self.key.source(console);
        let session = &mut console.session;
        let kept = match (&self.cosigned, &self.witness_key) {
            (Some(cosigned), _) => witness::add(session, cosigned, self.witness.as_ref())?,
            (None, path) => {
                let path = path.as_ref().expect("clap: one of the two is required");
                witness::cosign(session, path, self.checkpoint.as_deref(), &key, self.force.force)?
            }
        };
        console.answer_whole(&witness::to_json(&kept), &kept.to_string())
    }
}

impl Run for List {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let kept = witness::list(&console.session)?;
        if kept.is_empty() && !console.is_json() {
            return console.line("no checkpoint is cosigned");
        }
        let mut table = Table::headed(["entries", "witness", "key", "cosigned at"]);
        for note in &kept {
            for Cosignature { name, id, seconds } in note.cosignatures() {
                table.row([note.checkpoint().size.to_string(), plain(&name), format!("{id:08x}"), instant(seconds)]);
            }
        }
        console.list(&kept, witness::to_json, &table)
    }
}
