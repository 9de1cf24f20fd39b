//! `witness`: cosignatures of others on checkpoints.

mod memory;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat};
use clap::Subcommand;
use ledger::Reader;
use ledger::proof::{Checkpoint, Cosignature, GrowthProof, SignedCheckpoint, VerifierKey};
use serde_json::json;

use super::checkpoint::signed;
use crate::args::Force;
use crate::console::Console;
use crate::keys::KeyArgs;
use crate::output::table::Table;
use app::Error;
use app::error::OTHER_ROOT;
use app::extends;
use app::keys::signing_key;
use app::text::{counted, plain};
use memory::{ENDING, Memory};

/// Adds and lists cosignatures of witnesses
///
/// A witness says with a cosignature (C2SP tlog-cosignature) that it saw a checkpoint at a time, and that it continues
/// what the witness saw before. A ledger that shows different histories to different people needs witnesses that agree.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Add),
    List(List),
}

/// Adds a cosignature to a checkpoint of this ledger, keeps it beside the ledger, and prints the note
///
/// Either the key of the witness is here and cosigns now, or a cosigned checkpoint comes from elsewhere in a file. A
/// witness remembers what it cosigned last of each ledger, in a file beside its key whose name ends with .cosigned: it
/// cosigns nothing smaller, no other root of the same size, and nothing larger that does not continue it.
#[derive(Debug, clap::Args)]
struct Add {
    /// The key of the witness, which cosigns the checkpoint; `key make` makes one
    #[arg(long, value_name = "FILE", required_unless_present = "cosigned", conflicts_with = "cosigned")]
    witness_key: Option<PathBuf>,
    /// A checkpoint that was cosigned elsewhere
    #[arg(long, value_name = "FILE", requires = "witness")]
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
struct List {}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        match &self.command {
            Command::Add(add) => add.run(console),
            Command::List(_) => list(console),
        }
    }
}

impl Add {
    fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let reader = console.session.reader()?;
        let cosigned = match (&self.cosigned, &self.witness_key) {
            (Some(path), _) => {
                let note = extends::read(&console.session, path)?;
                extends::check(&console.session, &reader, &note, None)?;
                if let Some(witness) = &self.witness {
                    note.cosigned_by(witness).map_err(extends::bad_note(path))?;
                }
                note
            }
            (None, witness_key) => {
                let mut note = match &self.checkpoint {
                    Some(path) => {
                        let note = extends::read(&console.session, path)?;
                        extends::check(&console.session, &reader, &note, None)?;
                        note
                    }
                    None => signed(&reader, &self.key.source(console).signing_key(&console.session, &reader)?, None)?,
                };
                let path = witness_key.as_ref().expect("clap: required unless `cosigned`");
                let witness = signing_key(&console.session, path)?;
                let now = console.session.writing_at(self.force.force)?;
                remember(console, path, &witness.cosigner(), &reader, &note)?;
                let seconds = u64::try_from(now.micros().div_euclid(1_000_000)).unwrap_or_default();
                note.cosign(&witness, seconds);
                note
            }
        };
        let kept = reader.dir().keep_witnessed(&cosigned)?;
        let size = counted(kept.checkpoint().size, "entry");
        console.session.done.add(format!("a cosigned checkpoint of {size} is kept"), "`pcs witness list` shows it");
        if console.is_json() {
            return console.line(&json_text(&kept));
        }
        console.raw(kept.to_string().as_bytes())
    }
}

/// Has the witness remember what it is about to cosign, when that continues what it cosigned last.
fn remember(
    console: &mut Console<'_>,
    key: &Path,
    witness: &VerifierKey,
    reader: &Reader,
    note: &SignedCheckpoint,
) -> Result<(), Error> {
    let memory = Memory::open(&console.session.path(key), witness.clone())?;
    let told = note.checkpoint();
    // Before it had a memory, it cosigned what the ledger keeps.
    let last = match memory.last(&told.origin) {
        Some(last) => Some(last),
        None => kept_of(console, witness, &told.origin)?,
    };
    if let Some(last) = last {
        refuse_other_history(reader, note, &last)?;
    }
    if memory.keep(told)? {
        let path = plain(&format!("{}{ENDING}", key.display()));
        console.say(&format!("made {path}, in which the witness remembers what it cosigned; keep it with the key"));
    }
    Ok(())
}

/// The largest checkpoint of a ledger that is kept with a witness's cosignature.
fn kept_of(console: &Console<'_>, witness: &VerifierKey, origin: &str) -> Result<Option<Checkpoint>, Error> {
    let kept = cosigned(console)?.into_iter().filter(|kept| kept.cosigned_by(witness).is_ok());
    let own = kept.map(|kept| kept.checkpoint().clone()).filter(|kept| kept.origin == origin);
    Ok(own.max_by_key(|kept| kept.size))
}

/// Refuses a checkpoint that does not continue what the witness cosigned last.
fn refuse_other_history(reader: &Reader, note: &SignedCheckpoint, last: &Checkpoint) -> Result<(), Error> {
    let size = note.checkpoint().size;
    if size < last.size {
        let text = format!("the witness has cosigned {} entries, and this checkpoint is of {size}", last.size);
        return Err(Error::new("older_checkpoint", text));
    }
    let is_shown = last.size == 0 || size == last.size;
    let hashes = if is_shown { Vec::new() } else { reader.prove_growth(size, last.size)? };
    let proof = GrowthProof { from_size: last.size, hashes, checkpoint: note.clone() };
    proof.check(last).map_err(|_| {
        let root = STANDARD.encode(last.root);
        let what = format!(
            "the witness has cosigned {} entries of {} with the root {root}, which this checkpoint does not continue",
            last.size,
            plain(&last.origin)
        );
        Error::disproved(OTHER_ROOT, what)
    })
}

/// The checkpoints that are kept with cosignatures.
fn cosigned(console: &Console<'_>) -> Result<Vec<SignedCheckpoint>, Error> {
    let mut kept = console.session.dir()?.witnessed()?;
    kept.retain(|note| !note.cosignatures().is_empty());
    Ok(kept)
}

fn list(console: &mut Console<'_>) -> Result<(), Error> {
    let kept = cosigned(console)?;
    if console.is_json() {
        return kept.iter().try_for_each(|note| console.line(&json_text(note)));
    }
    let mut table = Table::default();
    table.row(["entries", "witness", "key", "cosigned at"]);
    for note in &kept {
        for Cosignature { name, id, seconds } in note.cosignatures() {
            table.row([note.checkpoint().size.to_string(), plain(&name), format!("{id:08x}"), instant(seconds)]);
        }
    }
    if kept.is_empty() {
        return console.line("no checkpoint is cosigned");
    }
    table.lines("").iter().try_for_each(|line| console.line(line))
}

fn json_text(note: &SignedCheckpoint) -> String {
    let seen = note.cosignatures().into_iter().map(
        |seen| json!({"witness": seen.name, "key": format!("{:08x}", seen.id), "cosigned_at": instant(seen.seconds)}),
    );
    let seen: Vec<_> = seen.collect();
    json!({"size": note.checkpoint().size, "cosignatures": seen, "note": note.to_string()}).to_string()
}

/// A time in whole seconds since 1970.
fn instant(seconds: u64) -> String {
    let at = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    at.map_or_else(|| format!("{seconds} s"), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
