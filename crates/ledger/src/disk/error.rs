//! What the operating system refused.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A file operation that the operating system refused.
#[derive(Debug, Error)]
#[error("{action} {}", path.display())]
pub struct DiskError {
    /// What was tried: `read`, `write`, `sync` and so on.
    pub action: &'static str,
    /// The file or directory.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

impl DiskError {
    pub(crate) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self { action, path: path.to_owned(), source }
    }

    /// Whether there was no room: no space left, or over the quota.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }

    /// Whether it was not allowed: no permission, or a file system that is read only.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }

    /// The code that scripts rely on: `disk_full`, `denied`, or none.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        if self.is_disk_full() { Some("disk_full") } else { self.is_denied().then_some("denied") }
    }
}
