//! `key`: the key that signs for the ledger.

use std::path::PathBuf;

use clap::Subcommand;
use ledger::proof::SigningKey;
use ledger::{Fact, LedgerKey};
use serde_json::json;

use crate::args::Force;
use crate::console::Console;
use crate::keys::KeyArgs;
use app::Error;
use app::keys::signing_key;

/// Shows, changes and makes keys
///
/// The key of a ledger signs its checkpoints. Whoever has it can sign in the ledger's name; the verifier key, which
/// `key show` prints, only checks.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
    Rotate(Rotate),
    Make(Make),
}

/// Prints the key by which the ledger's signatures are checked, and the ones before it
#[derive(Debug, clap::Args)]
struct Show {}

/// Changes the ledger's key
///
/// Records an entry that the old key signs and that names the new one: whoever trusts the old key can follow. The new
/// key takes the place of the old one in the ledger's directory, where the old one is gone.
#[derive(Debug, clap::Args)]
struct Rotate {
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
struct Make {
    /// The name that stands in its signatures, by custom a URL without a scheme
    name: String,
    /// The file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        match &self.command {
            Command::Show(_) => show(console),
            Command::Rotate(rotate) => rotate.run(console),
            Command::Make(make) => make.run(console),
        }
    }
}

fn show(console: &mut Console<'_>) -> Result<(), Error> {
    let reader = console.session.reader()?;
    let key = LedgerKey::of(&console.session.ledger_dir, &reader)?;
    let (verifier, is_here) = (key.verifier(), matches!(key, LedgerKey::Here(_)));
    let mut changes = Vec::new();
    for entry in reader.shared_entries(reader.size())? {
        if let Fact::KeyRotated(rotation) = entry.event.fact {
            changes.push((entry.seq, entry.recorded_at, rotation));
        }
    }
    if console.is_json() {
        let changes = changes.iter().map(|(seq, at, rotation)| {
            let (old_key, new_key) = (rotation.old_key().to_string(), rotation.new_key().to_string());
            json!({"seq": seq, "recorded_at": at.to_string(), "old_key": old_key, "new_key": new_key})
        });
        let changes: Vec<_> = changes.collect();
        let answer = json!({"verifier_key": verifier.to_string(), "signs_here": is_here, "changes": changes});
        return console.line(&answer.to_string());
    }
    console.line(&verifier.to_string())?;
    for (seq, at, rotation) in changes.iter().rev() {
        console.say(&format!("entry {seq} of {at}: {} followed {}", rotation.new_key(), rotation.old_key()));
    }
    if !is_here {
        console.say("the key that signs is kept elsewhere");
    }
    Ok(())
}

impl Rotate {
    fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let now = console.session.writing_at(self.force.force)?;
        let mut ledger = console.session.ledger_at(now)?;
        let reader = ledger.reader();
        let old = self.key.source(console).signing_key(&console.session, &reader)?;
        let new = match &self.new_key_file {
            Some(path) => LedgerKey::Elsewhere(signing_key(&console.session, path)?.verifier()),
            None => LedgerKey::Here(SigningKey::generate(old.name())?),
        };
        let id = console.session.new_id();
        let (old_key, new_key) = (old.verifier().to_string(), new.verifier().to_string());
        let rotated = ledger.rotate_key(&old, &new, id, now);
        // The entry changes the key, though what follows it may fail.
        if ledger.reader().size() > reader.size() {
            console
                .session
                .done
                .add(format!("the key is {new_key} now"), "`pcs key show` prints the key and those before it");
        }
        let seq = rotated?;
        if console.is_json() {
            return console.line(&json!({"seq": seq, "old_key": old_key, "new_key": new_key}).to_string());
        }
        console.line(&new_key)?;
        console.say(&format!("entry {seq} says that it follows {old_key}; give both to those who check"));
        Ok(())
    }
}

impl Make {
    fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let key = SigningKey::generate(&self.name)?;
        key.write_new(&console.session.path(&self.out))
            .map_err(|error| Error::file(error.action, &self.out)(error.source))?;
        let (signs, cosigns) = (key.verifier().to_string(), key.cosigner().to_string());
        let out = self.out.display();
        console.session.done.add(
            format!("the key is in {out}"),
            format!("{signs} checks what it signs as a ledger, {cosigns} what it cosigns as a witness"),
        );
        if console.is_json() {
            return console.line(&json!({"verifier_key": signs, "witness_key": cosigns}).to_string());
        }
        console.line(&signs)?;
        console.line(&cosigns)?;
        console.say("the first checks what it signs as a ledger, the second what it cosigns as a witness");
        Ok(())
    }
}
