//! A fresh ledger from a backup.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use ledger::proof::{VerifierKey, current_key};
use ledger::{Ledger, LedgerKey, Outcome, PushError, Reader};
use serde::Serialize;

use super::backup::{MOST_ENTRY_BYTES, MOST_HEADER_BYTES, bad_backup};
use super::header::{Header, VERSION};
use super::target::Target;
use crate::error::{BAD_SIGNATURE, ENTRIES_LOST, Error};
use crate::file_kind::{FileKind, or_other_sealed};
use crate::formats::later_format;
use crate::prove::{SignerMemory, extends, other_key, signing_key};
use crate::sealed::{self, read_line};
use crate::session::Session;
use crate::text::{base64, counted, for_shell};
use crate::world::Unit;

/// What is restored.
#[derive(Clone, Debug)]
pub struct Request {
    /// The backup.
    pub file: PathBuf,
    /// A key that the ledger had when the backup was made, or before; the one that the backup names without it.
    pub key: Option<VerifierKey>,
    /// The file of the ledger's signing key, which is copied into the ledger's directory.
    pub key_file: Option<PathBuf>,
}

/// A ledger that was restored.
#[derive(Clone, Debug, Serialize)]
pub struct Restored {
    /// Its directory.
    pub ledger: String,
    /// The number of entries.
    pub size: u64,
    /// The root of their tree, in base64.
    pub root: String,
    /// The key by which its signatures are checked.
    pub verifier_key: String,
    /// Whether the key that signs is in its directory.
    pub signs_here: bool,
}

impl Request {
    /// Makes the ledger, in a directory that is empty or not there yet.
    ///
    /// # Errors
    /// The first thing that does not hold; nothing is left then.
    pub fn run(&self, session: &mut Session<'_>) -> Result<Restored, Error> {
        let target = Target::of(&session.ledger_dir, "restoring")?;
        let mut text = sealed::open(session, &self.file, FileKind::Backup)?;
        let header = self.header(&mut text).map_err(or_other_sealed(session, &self.file, FileKind::Backup))?;
        let key = self.ledger_key(session, &header)?;
        if self.key.is_none() {
            let key = &header.key;
            tracing::warn!("{key} is only what the backup names: compare it with the key that you trust, or use --key");
        }
        for left in target.left_overs() {
            tracing::warn!("{} was left by a restore that did not end, and can be deleted", left.display());
        }
        let building = target.begin(session.new_id())?;
        self.build(session, building.dir(), &header, &key, &mut text)?;
        building.finish()?;

        let told = header.checkpoint.checkpoint();
        let (size, root) = (told.size, base64(&told.root));
        let ledger = session.ledger_dir.display().to_string();
        let what = format!("a ledger of {} was made in {ledger}", counted(size, "entry"));
        session.done.add(what, format!("`pcs --ledger {} verify` reads it and prints its root", for_shell(&ledger)));
        let signs_here = matches!(key, LedgerKey::Here(_));
        Ok(Restored { ledger, size, root, verifier_key: header.key.to_string(), signs_here })
    }

    /// Reads the first line, and checks that the checkpoint is signed.
    fn header(&self, text: &mut impl BufRead) -> Result<Header, Error> {
        let bad = |what: String| bad_backup(&self.file, &what);
        let line = read_line(text, MOST_HEADER_BYTES).map_err(|error| match error.kind() {
            kind if is_content(kind) => bad("its first line cannot be read, or is longer than 16 MiB".to_owned()),
            _ => Error::file("read", &self.file)(error),
        })?;
        let line = line.unwrap_or_default();
        if let Some(found) = Header::later_version(&line) {
            return Err(later_format(&self.file.display().to_string(), &found, VERSION));
        }
        let header = Header::parse(&line).map_err(bad)?;
        header.checkpoint.verify(&header.key).map_err(extends::bad_note(&self.file))?;
        Ok(header)
    }

    /// The key as the restored ledger has it.
    fn ledger_key(&self, session: &Session<'_>, header: &Header) -> Result<LedgerKey, Error> {
        let Some(path) = &self.key_file else { return Ok(LedgerKey::Elsewhere(header.key.clone())) };
        let key = signing_key(session, path)?;
        if key.verifier() != header.key {
            let hint =
                "`--key-file` names the key of this ledger; without it the ledger is restored, and signs nothing";
            return Err(other_key(&header.key).hint_alone(hint.to_owned()));
        }
        Ok(LedgerKey::Here(key))
    }

    /// Makes the whole ledger in a directory.
    fn build(
        &self,
        session: &mut Session<'_>,
        dir: &Path,
        header: &Header,
        key: &LedgerKey,
        text: &mut impl BufRead,
    ) -> Result<(), Error> {
        let now = session.now();
        let size = header.checkpoint.checkpoint().size;
        let mut ledger = Ledger::create_with(dir, key)?;
        let bar = session.progress("restoring", Unit::Entries);
        let mut batch = ledger.begin(now);
        let mut seq = 0;
        while let Some(line) = read_line(text, MOST_ENTRY_BYTES).map_err(|error| self.unreadable(seq, error))? {
            if seq == size {
                return Err(self.other_entry(seq, &format!("the checkpoint is of {}", counted(size, "entry"))));
            }
            match batch.push_entry(&line) {
                Ok(Outcome::New { .. }) => {}
                Ok(Outcome::Already { seq: first }) => {
                    return Err(self.other_entry(seq, &format!("it repeats entry {first}")));
                }
                Err(PushError::Refused(refusal)) => {
                    return Err(Error::entry(refusal, |refusal| self.other_entry(seq, &refusal.to_string())));
                }
                Err(error) => return Err(error.into()),
            }
            seq += 1;
            bar.at(seq, Some(size));
        }
        drop(bar);
        if seq < size {
            let what = format!("{} ends behind {seq} of {}", self.file.display(), counted(size, "entry"));
            return Err(Error::disproved(ENTRIES_LOST, what));
        }
        batch.commit()?;
        let home = ledger.dir();
        drop(ledger);
        let reader = home.reader()?;
        self.compare(&reader, header)?;
        if let LedgerKey::Here(key) = key {
            SignerMemory::in_dir(&home)?.begin_at(session, &reader, key)?;
        }
        for note in &header.witnessed {
            home.keep_witnessed(note)?;
        }
        session.verify(&home).map(drop)
    }

    /// Checks that the entries are those of the checkpoints, and the key is theirs.
    fn compare(&self, reader: &Reader, header: &Header) -> Result<(), Error> {
        let key = &header.key;
        let shared = reader.shared_entries(reader.size())?;
        let current = current_key(self.key.as_ref().unwrap_or(key), &shared);
        if current != *key {
            let what = match &self.key {
                Some(trusted) => format!(
                    "the backup is signed by {key}, and {trusted} is trusted: no changes of key in the backup lead from \
                     the trusted key to the one that signed"
                ),
                None => format!("the backup is signed by {key}, and by its entries the key was {current}"),
            };
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
            return self.other_entry(seq, "it is no line of an entry, or longer than 64 MiB");
        }
        Error::file("read", &self.file)(error)
    }
}

/// Whether an error is about what a file holds, and not about reading it.
fn is_content(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof)
}
