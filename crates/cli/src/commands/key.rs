//! `key`: the key that signs for the ledger.

use std::path::PathBuf;

use clap::Subcommand;
use ledger::proof::SigningKey;
use ledger::{Fact, LedgerKey};
use serde_json::json;

use crate::clock::Force;
use crate::error::Error;
use crate::keys::{KeyArgs, signing_key};
use crate::session::Session;

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
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        match &self.command {
            Command::Show(_) => show(session),
            Command::Rotate(rotate) => rotate.run(session),
            Command::Make(make) => make.run(session),
        }
    }
}

fn show(session: &mut Session<'_>) -> Result<(), Error> {
    let reader = session.reader()?;
    let key = LedgerKey::of(&session.ledger_dir, &reader)?;
    let (verifier, is_here) = (key.verifier(), matches!(key, LedgerKey::Here(_)));
    let mut changes = Vec::new();
    for entry in reader.shared_entries(reader.size())? {
        if let Fact::KeyRotated(rotation) = entry.event.fact {
            changes.push((entry.seq, entry.recorded_at, rotation));
        }
    }
    if session.is_json() {
        let changes = changes.iter().map(|(seq, at, rotation)| {
            let (old_key, new_key) = (rotation.old_key().to_string(), rotation.new_key().to_string());
            json!({"seq": seq, "recorded_at": at.to_string(), "old_key": old_key, "new_key": new_key})
        });
        let changes: Vec<_> = changes.collect();
        let answer = json!({"verifier_key": verifier.to_string(), "signs_here": is_here, "changes": changes});
        return session.line(&answer.to_string());
    }
    session.line(&verifier.to_string())?;
    for (seq, at, rotation) in changes.iter().rev() {
        session.say(&format!("entry {seq} of {at}: {} followed {}", rotation.new_key(), rotation.old_key()));
    }
    if !is_here {
        session.say("the key that signs is kept elsewhere");
    }
    Ok(())
}

impl Rotate {
    fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let now = session.writing_at(self.force)?;
        let mut ledger = session.ledger_at(now)?;
        let reader = ledger.reader();
        let old = self.key.signing_key(session, &reader)?;
        let new = match &self.new_key_file {
            Some(path) => LedgerKey::Elsewhere(signing_key(session, path)?.verifier()),
            None => LedgerKey::Here(SigningKey::generate(old.name())?),
        };
        let id = session.new_id();
        let (old_key, new_key) = (old.verifier().to_string(), new.verifier().to_string());
        let rotated = ledger.rotate_key(&old, &new, id, now);
        // The entry changes the key, though what follows it may fail.
        if ledger.reader().size() > reader.size() {
            session.done.add(format!("the key is {new_key} now"), "`pcs key show` prints the key and those before it");
        }
        let seq = rotated?;
        if session.is_json() {
            return session.line(&json!({"seq": seq, "old_key": old_key, "new_key": new_key}).to_string());
        }
        session.line(&new_key)?;
        session.say(&format!("entry {seq} says that it follows {old_key}; give both to those who check"));
        Ok(())
    }
}

impl Make {
    fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let key = SigningKey::generate(&self.name)?;
        key.write_new(&session.env.path(&self.out))
            .map_err(|error| Error::file(error.action, &self.out)(error.source))?;
        let (signs, cosigns) = (key.verifier().to_string(), key.cosigner().to_string());
        let out = self.out.display();
        session.done.add(
            format!("the key is in {out}"),
            format!("{signs} checks what it signs as a ledger, {cosigns} what it cosigns as a witness"),
        );
        if session.is_json() {
            return session.line(&json!({"verifier_key": signs, "witness_key": cosigns}).to_string());
        }
        session.line(&signs)?;
        session.line(&cosigns)?;
        session.say("the first checks what it signs as a ledger, the second what it cosigns as a witness");
        Ok(())
    }
}
