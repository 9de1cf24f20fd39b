//! Keeps the files of an import: they are written while they are read, and named when the import has succeeded.

use std::collections::BTreeSet;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use ledger::{Draft, DraftFile, DurableDraft, LedgerDir, Timestamp};
use sha2::{Digest as _, Sha256};

use super::file::KeptFile;
use crate::bounds;
use crate::error::Error;
use crate::text::ToJson as _;

/// How many files are written before they are made durable together. So many are open at once.
const BATCH_FILES: usize = 64;

/// The files of one import. Nothing is left if it is dropped before they have names. The ledger must be locked.
pub struct Keeper {
    home: LedgerDir,
    dir: PathBuf,
    now: Timestamp,
    /// The file that is read now.
    current: Option<PendingFile>,
    /// Files that are written and not durable yet.
    written: Vec<Pair<Draft>>,
    durable: Vec<Pair<DurableDraft>>,
    /// The digests of the files that are read, and of those that are kept as a whole.
    read: BTreeSet<String>,
    whole: BTreeSet<String>,
}

/// The bytes of a kept file and what describes it, without their names, each with its place.
type Pair<D> = [(D, PathBuf); 2];

/// A file under way.
struct PendingFile {
    name: String,
    kind: String,
    copy: Shared,
    draft: Draft,
}

type Shared = Arc<Mutex<Copy>>;

/// What is read, and where a copy of it goes.
struct Copy {
    input: Box<dyn Read + Send>,
    gzip: GzEncoder<DraftFile>,
    sha256: Sha256,
    bytes: u64,
}

/// The input of a file that is kept: whatever is read from it is written too.
pub struct KeptInput(Shared);

impl Read for KeptInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(buffer)
    }
}

impl Read for Copy {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        let read = buffer.get(..length).unwrap_or_default();
        self.sha256.update(read);
        self.bytes += length as u64;
        // The kind of the error tells a full disk.
        let written = self.gzip.write_all(read);
        written.map_err(|error| io::Error::new(error.kind(), format!("failed to keep the file: {error}")))?;
        Ok(length)
    }
}

impl Keeper {
    /// Begins an import at an instant.
    pub fn begin(home: &LedgerDir, now: Timestamp) -> Result<Self, Error> {
        let dir = KeptFile::dir(home);
        home.create_dir(&dir)?;
        let (written, durable, read, whole) = Default::default();
        Ok(Self { home: home.clone(), dir, now, current: None, written, durable, read, whole })
    }

    /// Keeps a file. Its bytes, as they came, are read from the returned input.
    pub fn keep(&mut self, name: &str, kind: &str, input: Box<dyn Read + Send>) -> Result<KeptInput, Error> {
        self.end_file()?;
        // Its digest is not known yet.
        let (draft, file) = self.home.draft(&self.dir.join(self.read.len().to_string()))?;
        // An import should not wait for its copy.
        let gzip = GzEncoder::new(file, Compression::fast());
        let copy = Arc::new(Mutex::new(Copy { input, gzip, sha256: Sha256::new(), bytes: 0 }));
        let kept = KeptInput(Arc::clone(&copy));
        self.current = Some(PendingFile { name: name.to_owned(), kind: kind.to_owned(), copy, draft });
        Ok(kept)
    }

    /// Notes a file that is kept as a whole; returns whether it is the first of its digest in this import.
    pub fn is_new(&mut self, sha256: &str) -> bool {
        self.whole.insert(sha256.to_owned())
    }

    /// Ends the file that is read. One that is kept already, and whole, stays as it is.
    fn end_file(&mut self) -> Result<(), Error> {
        let Some(PendingFile { name, kind, copy, draft }) = self.current.take() else { return Ok(()) };
        let failed = |error| Error::file("keep", &name)(error);
        let (sha256, bytes) = {
            let mut copy = copy.lock().unwrap_or_else(PoisonError::into_inner);
            // The rest of the file, which its reader did not need, is kept too.
            io::copy(&mut *copy, &mut io::sink()).and_then(|_| copy.gzip.try_finish()).map_err(failed)?;
            (hex::encode(copy.sha256.clone().finalize()), copy.bytes)
        };
        if !self.read.insert(sha256.clone()) {
            return Ok(());
        }
        let (path, about) = (KeptFile::bytes_path(&self.dir, &sha256), KeptFile::json_path(&self.dir, &sha256));
        let known = self.home.read(&about)?.and_then(|about| bounds::read_all_text(about, bounds::KEPT_NOTE).ok());
        let known = known.and_then(|text| KeptFile::parse(&sha256, &text));
        if known.as_ref().is_some_and(|known| known.copy(&self.home, &mut io::sink()).is_ok()) {
            return Ok(());
        }
        let file = known.unwrap_or(KeptFile { sha256, name: name.clone(), kind, imported_at: self.now, bytes });
        let (note, mut text) = self.home.draft(&about)?;
        writeln!(text, "{}", file.to_json()).map_err(failed)?;
        self.written.push([(draft, path), (note, about)]);
        if self.written.len() < BATCH_FILES { Ok(()) } else { self.sync() }
    }

    /// Makes the files durable that are written.
    fn sync(&mut self) -> Result<(), Error> {
        let (drafts, places): (Vec<Draft>, Vec<PathBuf>) =
            std::mem::take(&mut self.written).into_iter().flatten().unzip();
        let mut durable = Draft::sync_all(drafts)?.into_iter().zip(places);
        while let (Some(bytes), Some(about)) = (durable.next(), durable.next()) {
            self.durable.push([bytes, about]);
        }
        Ok(())
    }

    /// Makes all files durable, without their names: what can fail should fail before the events are committed.
    pub fn finish(mut self) -> Result<DurableFiles, Error> {
        self.end_file()?;
        self.sync()?;
        Ok(DurableFiles { home: self.home, dir: self.dir, files: self.durable })
    }
}

/// Files that are durable and have no names yet.
pub struct DurableFiles {
    home: LedgerDir,
    dir: PathBuf,
    files: Vec<Pair<DurableDraft>>,
}

impl DurableFiles {
    /// Gives the files their names.
    pub fn publish(self) -> Result<(), Error> {
        // In this order: what describes a file stands for the whole file.
        let (bytes, about) = self.files.into_iter().map(|[bytes, about]| (bytes, about)).unzip();
        self.home.publish_all(&self.dir, bytes)?;
        Ok(self.home.publish_all(&self.dir, about)?)
    }
}
