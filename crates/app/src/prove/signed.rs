//! What a signing key remembers beside itself: the log as it was when the key signed last.
//!
//! ```text
//! {"format":"pcs-signed","version":1,"key":...}      the folded log, see docs/format.md
//! <the key's seal of that line, base64>
//! ```

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::proof::{CheckpointFold, SigningKey, VerifierKey};
use ledger::{FoldedLog, LedgerDir, Reader};

use super::{KeySource, other_key};
use crate::error::Error;
use crate::session::Session;
use crate::text::{base64, counted, plain};
use crate::world::Unit;

/// What the name of the file ends with, behind that of the key's.
const ENDING: &str = ".signed";
/// The most bytes of the file that are read.
const MOST_BYTES: u64 = 1 << 30;

/// Keeps other processes from signing with the key in a file; waits until none does. A file system without locks, and a
/// file that cannot be read, are used without.
pub(super) fn lock(key_file: &Path) -> Option<File> {
    loop {
        let file = File::open(key_file).ok()?;
        file.lock().ok()?;
        // A change of key has put another file in its place, unless it has its name still.
        if file.metadata().ok()?.nlink() > 0 {
            return Some(file);
        }
    }
}

/// The memory of a signing key.
pub(crate) struct SignerMemory {
    dir: LedgerDir,
    path: PathBuf,
    /// How errors and remarks name the file.
    typed: PathBuf,
    kept: Option<FoldedLog>,
}

/// The log as a signing key may sign it.
pub(super) struct Folded {
    /// All entries.
    pub(super) all: FoldedLog,
    /// The entries that are signed for.
    pub(super) told: CheckpointFold,
}

impl SignerMemory {
    /// Reads what a key remembers: beside its file, or in the ledger's directory for a key that has none.
    ///
    /// # Errors
    /// `bad_memory` for a file that is damaged, or that another wrote; a file that cannot be read.
    pub(crate) fn open(session: &Session<'_>, source: &KeySource) -> Result<Self, Error> {
        let Some(typed) = &source.file else { return Self::in_dir(session.dir()?) };
        // Beside the key itself, whatever name leads to it.
        let key_file = fs::canonicalize(session.path(typed)).map_err(Error::file("read", typed))?;
        let dir = LedgerDir::open(key_file.parent().unwrap_or(Path::new("/")))?;
        Self::read(dir, with_ending(&key_file), with_ending(typed))
    }

    /// Reads what the key of a ledger remembers in the ledger's directory.
    ///
    /// # Errors
    /// As [`SignerMemory::open`].
    pub(crate) fn in_dir(dir: &LedgerDir) -> Result<Self, Error> {
        let path = with_ending(&dir.path().join("key"));
        Self::read(dir.clone(), path.clone(), path)
    }

    fn read(dir: LedgerDir, path: PathBuf, typed: PathBuf) -> Result<Self, Error> {
        let mut memory = Self { dir, path, typed, kept: None };
        if let Some(file) = memory.dir.read(&memory.path)? {
            let mut text = Vec::new();
            file.take(MOST_BYTES).read_to_end(&mut text).map_err(Error::file("read", &memory.typed))?;
            memory.kept = Some(parse(&text).ok_or_else(|| memory.bad("it was changed or cut"))?);
        }
        Ok(memory)
    }

    /// Whether the key remembers anything.
    pub(super) fn is_begun(&self) -> bool {
        self.kept.is_some()
    }

    /// Begins the memory of a key that has signed nothing, unless it has one.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn begin(&self, key: &SigningKey) -> Result<(), Error> {
        if self.is_begun() { Ok(()) } else { self.keep(&FoldedLog::of_key(key.verifier()), key) }
    }

    /// Begins the memory of a key in a ledger that was made of entries that were there before.
    ///
    /// # Errors
    /// The log cannot be read, the key was retired by it, the memory cannot be written.
    pub(crate) fn begin_at(&self, session: &Session<'_>, reader: &Reader, key: &SigningKey) -> Result<(), Error> {
        self.keep(&self.fold(session, reader, &key.verifier(), reader.size())?.all, key)
    }

    /// Folds the log from where the key signed last, or else from the start.
    ///
    /// # Errors
    /// `signed_otherwise` when the log is not the one that the key signed, `bad_memory` when the memory is of another
    /// ledger, `other_key` when the key was retired.
    pub(super) fn fold(
        &self,
        session: &Session<'_>,
        reader: &Reader,
        key: &VerifierKey,
        size: u64,
    ) -> Result<Folded, Error> {
        let kept = self.kept.as_ref();
        let from = kept.filter(|kept| kept.fold().key() == Some(key) && kept.fold().size() <= size);
        let from =
            from.map(|kept| reader.has_frame_of(kept).map(|has| has.then(|| kept.clone()))).transpose()?.flatten();
        let is_on = from.is_some();
        let first_key = kept.and_then(|kept| kept.fold().key()).unwrap_or(key).clone();
        let known = kept.map_or(0, |kept| kept.fold().size());

        let (mut told, mut then) = (None, None);
        let bar = session.progress("reading the log", Unit::Entries);
        let mut on_size = |fold: CheckpointFold| {
            if fold.size() == known {
                then = Some(fold.clone());
            }
            if fold.size() == size {
                told = Some(fold);
            }
        };
        let from = from.unwrap_or_else(|| FoldedLog::of_key(first_key));
        let all = reader.fold_log(from, &[known, size], &mut on_size, &mut |done| bar.at(done, Some(reader.size())));
        drop(bar);
        let all = all?;
        if let Some(kept) = kept
            && !then.as_ref().is_some_and(|then| is_on || is_same(then, kept.fold()))
        {
            return Err(self.signed_otherwise(kept.fold(), then.as_ref(), all.fold()));
        }
        match all.fold().key() {
            Some(last) if last == key => {}
            Some(_) if kept.is_some_and(|kept| kept.fold().key() != Some(key)) => {
                return Err(self.bad("it is of another ledger"));
            }
            last => return Err(other_key(last.unwrap_or(key))),
        }
        Ok(Folded { all, told: told.expect("the entries that are signed for are among those that are read") })
    }

    /// Remembers the log as it is signed, durably, and tells when the whole log was read for that.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn remember(&self, session: &Session<'_>, all: &FoldedLog, key: &SigningKey) -> Result<(), Error> {
        self.keep(all, key)?;
        if self.kept.is_none() && all.fold().size() > 0 {
            let (path, entries) = (plain(&self.typed.display().to_string()), counted(all.fold().size(), "entry"));
            session.say(&format!(
                "read {entries} of the log anew, since {path} was not there; it remembers from now on what the key signed"
            ));
        }
        Ok(())
    }

    /// Remembers the log as it is signed, durably, unless nothing is new.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn keep(&self, all: &FoldedLog, key: &SigningKey) -> Result<(), Error> {
        let line = |folded: &FoldedLog| folded.to_json().expect("the key with which it was begun is known");
        let text = line(all);
        if self.kept.as_ref().is_some_and(|kept| line(kept) == text) {
            return Ok(());
        }
        let (draft, mut file) = self.dir.draft(&self.path)?;
        let seal = STANDARD.encode(key.seal(text.as_bytes()));
        write!(file, "{text}\n{seal}\n").map_err(Error::file("write", &self.typed))?;
        Ok(draft.publish(&self.path)?)
    }

    fn signed_otherwise(&self, kept: &CheckpointFold, then: Option<&CheckpointFold>, all: &CheckpointFold) -> Error {
        let (size, root) = (kept.size(), base64(&kept.root()));
        let has = match then {
            Some(then) => {
                format!("of the {} in the log the first {size} have the root {}", all.size(), base64(&then.root()))
            }
            None => format!("the log has {}, with the root {}", all.size(), base64(&all.root())),
        };
        let what = format!("the key has signed {} with the root {root}, and {has}", counted(size, "entry"));
        let path = self.typed.display();
        Error::disproved("signed_otherwise", what)
            .hint("keep the log and every checkpoint: something has changed or cut the log since the key signed")
            .hint(format!(
                "where an older ledger was restored on purpose, move {path} away: the log is read anew then, and the command says so"
            ))
    }

    fn bad(&self, what: &str) -> Error {
        let text = format!("{} is not what the key remembers: {what}", self.typed.display());
        let hint = "put back the copy that is kept with the key, or move the file away: the log is read anew then, and the command says so";
        Error::disproved("bad_memory", text).hint(hint)
    }
}

/// Whether the log says of its entries what was kept of them.
fn is_same(then: &CheckpointFold, kept: &CheckpointFold) -> bool {
    let (then, kept) = (then.checkpoint(""), kept.checkpoint(""));
    then.root == kept.root && (then.claims.partners, then.claims.newest) == (kept.claims.partners, kept.claims.newest)
}

/// Reads the text that a key has sealed.
fn parse(text: &[u8]) -> Option<FoldedLog> {
    let text = std::str::from_utf8(text).ok()?;
    let (line, seal) = text.strip_suffix('\n')?.split_once('\n')?;
    let kept = FoldedLog::parse(line)?;
    kept.fold().key()?.has_sealed(line.as_bytes(), &STANDARD.decode(seal).ok()?).then_some(kept)
}

fn with_ending(key_file: &Path) -> PathBuf {
    let mut name = key_file.as_os_str().to_owned();
    name.push(ENDING);
    PathBuf::from(name)
}
