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

    pub(crate) fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}

/// Whether something was not allowed: no permission, or a file system that is read only.
pub(crate) fn is_denied(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}
