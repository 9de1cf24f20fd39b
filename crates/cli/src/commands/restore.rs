//! `restore`: a fresh ledger from a backup.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::proof::{Checkpoint, VerifierKey, current_key};
use ledger::{Ledger, LedgerKey, Outcome, PushError, Reader};
use serde_json::json;

use super::backup::{Header, MOST_ENTRY_BYTES, MOST_HEADER_BYTES, bad_backup};
use crate::console::Console;
use app::Error;
use app::error::{BAD_SIGNATURE, ENTRIES_LOST};
use app::extends;
use app::keys::{other_key, signing_key};
use app::sealed::{self, read_line};
use app::target::Target;
use app::text::counted;
use app::world::Unit;

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

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let target = Target::of(&console.session.ledger_dir, "restoring")?;
        let mut text = sealed::open(&console.session, &self.file)?;
        let header = self.header(&mut text)?;
        let key = self.ledger_key(console, &header)?;
        if self.key.is_none() {
            let key = &header.key;
            tracing::warn!("{key} is only what the backup names: compare it with the key that you trust, or use --key");
        }
        for left in target.left_overs() {
            tracing::warn!("{} was left by a restore that did not end, and can be deleted", left.display());
        }
        let id = console.session.new_id().0.simple().to_string();
        let building = target.begin(&id)?;
        self.build(console, building.dir(), &header, &key, &mut text)?;
        building.finish()?;

        let Checkpoint { size, root, .. } = *header.checkpoint.checkpoint();
        let place = console.session.ledger_dir.display().to_string();
        let what = format!("a ledger of {} was made in {place}", counted(size, "entry"));
        console.session.done.add(what, "`pcs verify` reads it and prints its root");
        let (root, is_here) = (STANDARD.encode(root), matches!(key, LedgerKey::Here(_)));
        if console.is_json() {
            let answer = json!({
                "ledger": place, "size": size, "root": root, "verifier_key": header.key.to_string(), "signs_here": is_here,
            });
            return console.line(&answer.to_string());
        }
        console.line(&format!("restored {size} entries, root {root}"))?;
        if !is_here {
            console
                .say("the key that signs is not here: put its file in the place of `key`, or name it with --key-file");
        }
        Ok(())
    }

    /// Reads the first line, and checks that the checkpoint is signed.
    fn header(&self, text: &mut impl BufRead) -> Result<Header, Error> {
        let bad = |what: String| bad_backup(&self.file, &what);
        let line = read_line(text, MOST_HEADER_BYTES).map_err(|error| match error.kind() {
            kind if is_content(kind) => bad("its first line cannot be read".to_owned()),
            _ => Error::file("read", &self.file)(error),
        })?;
        let header = Header::parse(&line.unwrap_or_default()).map_err(bad)?;
        header.checkpoint.verify(&header.key).map_err(extends::bad_note(&self.file))?;
        Ok(header)
    }

    /// The key as the restored ledger has it.
    fn ledger_key(&self, console: &Console<'_>, header: &Header) -> Result<LedgerKey, Error> {
        let Some(path) = &self.key_file else { return Ok(LedgerKey::Elsewhere(header.key.clone())) };
        let key = signing_key(&console.session, path)?;
        if key.verifier() != header.key {
            return Err(other_key(&header.key));
        }
        Ok(LedgerKey::Here(key))
    }

    /// Makes the whole ledger in a directory.
    fn build(
        &self,
        console: &mut Console<'_>,
        dir: &Path,
        header: &Header,
        key: &LedgerKey,
        text: &mut impl BufRead,
    ) -> Result<(), Error> {
        let now = console.session.now();
        let size = header.checkpoint.checkpoint().size;
        let mut ledger = Ledger::create_with(dir, key)?;
        let bar = console.session.progress("restoring", Unit::Entries);
        let mut batch = ledger.begin(now);
        let mut seq = 0;
        while let Some(line) = read_line(text, MOST_ENTRY_BYTES).map_err(|error| self.unreadable(seq, error))? {
            if seq == size {
                return Err(self.other_entry(seq, &format!("the checkpoint is of {size} entries")));
            }
            match batch.push_entry(&line) {
                Ok(Outcome::New { .. }) => {}
                Ok(Outcome::Already { seq: first }) => {
                    return Err(self.other_entry(seq, &format!("it repeats entry {first}")));
                }
                Err(PushError::Refused(refusal)) => return Err(self.other_entry(seq, &refusal.to_string())),
                Err(error) => return Err(error.into()),
            }
            seq += 1;
            bar.at(seq, Some(size));
        }
        bar.end();
        if seq < size {
            let what = format!("{} ends behind {seq} of {size} entries", self.file.display());
            return Err(Error::disproved(ENTRIES_LOST, what));
        }
        batch.commit()?;
        let home = ledger.dir();
        drop(ledger);
        self.compare(&home.reader()?, header)?;
        for note in &header.witnessed {
            home.keep_witnessed(note)?;
        }
        let bar = console.session.progress("verifying", Unit::Entries);
        let verified = home.verify(&mut |at| bar.at(at.done, Some(at.total)));
        bar.end();
        Ok(verified.map(|_| ())?)
    }

    /// Checks that the entries are those of the checkpoints, and the key is theirs.
    fn compare(&self, reader: &Reader, header: &Header) -> Result<(), Error> {
        let key = &header.key;
        let shared = reader.shared_entries(reader.size())?;
        let current = current_key(self.key.as_ref().unwrap_or(key), &shared);
        if current != *key {
            let what = format!("the backup is signed by {key}, and by its entries the key was {current}");
            return Err(Error::disproved(BAD_SIGNATURE, what));
        }
        let keys = extends::keys_of(key.clone(), reader)?;
        for note in header.witnessed.iter().chain([&header.checkpoint]) {
            extends::check_root(reader, note, &keys)?;
        }
        // Of itself a backup says everything, and nothing that its entries do not say.
        let told = header.checkpoint.checkpoint();
        if *told != reader.checkpoint(key.name(), told.size)? {
            return Err(extends::other_claims());
        }
        Ok(())
    }

    fn other_entry(&self, seq: u64, what: &str) -> Error {
        // The header has the first line.
        let what = format!("{}, line {}: {what}", self.file.display(), seq + 2);
        Error::disproved("other_entries", what)
            .hint("take another backup: these are not the entries that its checkpoint was signed for")
    }

    fn unreadable(&self, seq: u64, error: io::Error) -> Error {
        if is_content(error.kind()) {
            return self.other_entry(seq, "it is no line of an entry");
        }
        Error::file("read", &self.file)(error)
    }
}

/// Whether an error is about what a file holds, and not about reading it.
fn is_content(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof)
}
