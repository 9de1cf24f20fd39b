//! Keeps the files of an import: they are written while they are read, and named when the import has succeeded.

use std::collections::BTreeSet;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use ledger::{Draft, DraftFile, LedgerDir, Timestamp};
use sha2::{Digest as _, Sha256};

use super::file::KeptFile;
use crate::error::Error;
use crate::text::ToJson as _;

/// The files of one import. Nothing is left if it is dropped before they have names. The ledger must be locked.
pub struct Keeper {
    home: LedgerDir,
    dir: PathBuf,
    now: Timestamp,
    copies: Vec<PendingFile>,
    /// The digests of files that are kept as a whole.
    whole: BTreeSet<String>,
}

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
        Ok(Self { home: home.clone(), dir, now, copies: Vec::new(), whole: BTreeSet::new() })
    }

    /// Keeps a file. Its bytes, as they came, are read from the returned input.
    pub fn keep(&mut self, name: &str, kind: &str, input: Box<dyn Read + Send>) -> Result<KeptInput, Error> {
        // Its digest is not known yet.
        let (draft, file) = self.home.draft(&self.dir.join(self.copies.len().to_string()))?;
        // An import should not wait for its copy.
        let gzip = GzEncoder::new(file, Compression::fast());
        let copy = Arc::new(Mutex::new(Copy { input, gzip, sha256: Sha256::new(), bytes: 0 }));
        let kept = KeptInput(Arc::clone(&copy));
        self.copies.push(PendingFile { name: name.to_owned(), kind: kind.to_owned(), copy, draft });
        Ok(kept)
    }

    /// Notes a file that is kept as a whole; returns whether it is the first of its digest in this import.
    pub fn is_new(&mut self, sha256: &str) -> bool {
        self.whole.insert(sha256.to_owned())
    }

    /// Makes all files durable, without their names: what can fail should fail before the events are committed.
    pub fn finish(self) -> Result<DurableFiles, Error> {
        let Self { home, dir, now, copies, .. } = self;
        let mut files = Vec::with_capacity(copies.len());
        for PendingFile { name, kind, copy, draft } in copies {
            let mut copy = copy.lock().unwrap_or_else(PoisonError::into_inner);
            // The rest of the file, which its reader did not need, is kept too.
            let rest = io::copy(&mut *copy, &mut io::sink());
            rest.and_then(|_| copy.gzip.try_finish()).map_err(Error::file("keep", &name))?;
            draft.sync()?;
            let sha256 = hex::encode(copy.sha256.clone().finalize());
            files.push((KeptFile { sha256, name, kind, imported_at: now, bytes: copy.bytes }, draft));
        }
        Ok(DurableFiles { home, dir, files })
    }
}

/// Files that are durable and have no names yet.
pub struct DurableFiles {
    home: LedgerDir,
    dir: PathBuf,
    files: Vec<(KeptFile, Draft)>,
}

impl DurableFiles {
    /// Gives the files their names. A file that is kept already, and whole, stays as it is.
    pub fn publish(self) -> Result<(), Error> {
        for (file, draft) in self.files {
            let (bytes, about) =
                (KeptFile::bytes_path(&self.dir, &file.sha256), KeptFile::json_path(&self.dir, &file.sha256));
            let known = self.home.read(&about)?.and_then(|about| io::read_to_string(about).ok());
            let known = known.and_then(|text| KeptFile::parse(&file.sha256, &text));
            if known.as_ref().is_some_and(|known| known.copy(&self.home, &mut io::sink()).is_ok()) {
                continue;
            }
            draft.publish(&bytes)?;
            let text = format!("{}\n", known.unwrap_or(file).to_json());
            self.home.write_draft(&about, text.as_bytes())?.publish(&about)?;
        }
        Ok(())
    }
}
