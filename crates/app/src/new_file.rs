//! A file that must not be there yet, and that has its name when it is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ledger::{Audience, DiskError, Draft, DraftFile};

use crate::error::Error;
use crate::session::Session;

/// The name of a file that is being written. Nothing is left if it is dropped before [`NewFile::publish`].
pub(crate) struct NewFile {
    path: PathBuf,
    draft: Draft,
}

impl NewFile {
    /// Begins a file; `typed` is how errors name it.
    ///
    /// # Errors
    /// `exists` when something has the name; the file cannot be made.
    pub(crate) fn create(session: &Session<'_>, typed: &Path) -> Result<(Self, DraftFile), Error> {
        let path = session.path(typed);
        if fs::symlink_metadata(&path).is_ok() {
            return Err(Error::file("create", typed)(io::ErrorKind::AlreadyExists.into()));
        }
        let failed = |error: DiskError| Error::file("create", typed)(error.source);
        let (draft, file) = Draft::create(&path, Audience::Usual).map_err(failed)?;
        Ok((Self { path, draft }, file))
    }

    /// Makes the file durable under its name.
    ///
    /// # Errors
    /// Something got the name meanwhile, and stays as it is; the file cannot be made durable.
    pub(crate) fn publish(self) -> io::Result<()> {
        self.draft.publish_new(&self.path).map_err(|error| error.source)?;
        tracing::info!("wrote {}", self.path.display());
        Ok(())
    }
}
