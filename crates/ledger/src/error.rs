//! What can go wrong, by family of operation, and the codes that scripts rely on.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

pub use crate::disk::DiskError;
pub use crate::log::error::{Corruption, Damage, LaterEntry, OpenError, ReadError, WriteError};

use crate::disk::is_denied;
use crate::ids::EventId;
use crate::proof::{NoteError, VerifierKey};
use crate::refusal::{Code, Refusal};

/// Why a ledger was not created.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The origin cannot be the name of a key.
    #[error("{0:?} cannot be an origin: it is empty, or has white space or a plus sign")]
    Origin(String),
    /// The operating system has no random bytes for the key.
    #[error("no key was made: {0}")]
    Random(getrandom::Error),
    /// There is a ledger already, another process is making one, or the operating system refused.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Why the key of a ledger was not read.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The ledger has no key file.
    #[error("there is no key {}", .0.display())]
    Missing(PathBuf),
    /// The key file does not hold a C2SP signer key or verifier key.
    #[error("{} holds no Ed25519 key", .0.display())]
    Malformed(PathBuf),
    /// Others than the owner may read or change the file of a key that signs.
    #[error("{} can be read or changed by others: its mode is {mode:03o}", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The ledger has changed its key, and the directory has only the old one.
    #[error("the key in {} was retired, the ledger's is {current}", path.display())]
    Retired {
        /// The file.
        path: PathBuf,
        /// The key by which the ledger's signatures are checked now.
        current: VerifierKey,
    },
    /// The ledger was not read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The operating system refused.
    #[error("the key was not read")]
    Disk(#[from] DiskError),
}

/// Why the key of a ledger was not changed.
#[derive(Debug, Error)]
pub enum RotateError {
    /// The key that signs is not the ledger's, whose signatures are checked by this one.
    #[error("the key that signs is not the ledger's, which is {0}")]
    OtherKey(VerifierKey),
    /// The new key has another name than the ledger.
    #[error("the new key is of {name:?}, and the ledger is {origin:?}")]
    OtherName {
        /// The name of the ledger.
        origin: String,
        /// The name of the key.
        name: String,
    },
    /// The new key is the one that the ledger has.
    #[error("the new key is the one that the ledger has")]
    SameKey,
    /// A key was not read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The entry was not appended.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The ledger was not read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A key file was not written.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Why the cosigned checkpoints of a ledger were not read or kept.
#[derive(Debug, Error)]
pub enum WitnessedError {
    /// A file is no checkpoint.
    #[error("{} holds no checkpoint", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: NoteError,
    },
    /// The operating system refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Why the store did not do what an append needs. Producers that shared a commit share its failure.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// Standing entries were not read.
    #[error("the ledger was not read")]
    Read(#[source] Arc<ReadError>),
    /// Entries were not written.
    #[error("the ledger was not written")]
    Write(#[source] Arc<WriteError>),
    /// The newest entry was recorded at the end of the year 9999, and no instant comes after it (L3).
    #[error("no instant comes after that of the newest entry")]
    EndOfTime,
}

impl From<ReadError> for StoreError {
    fn from(error: ReadError) -> Self {
        Self::Read(Arc::new(error))
    }
}

impl From<WriteError> for StoreError {
    fn from(error: WriteError) -> Self {
        Self::Write(Arc::new(error))
    }
}

/// Why a batch of events was not appended: nothing of it is in the ledger.
///
/// After a [`StoreError::Write`] that alone is not certain before the ledger is opened again.
#[derive(Clone, Debug, Error)]
pub enum AppendError {
    /// An event was refused, and the batch with it.
    #[error("event {index} of the batch was refused")]
    Refused {
        /// Its place in the batch, from 0.
        index: usize,
        /// Why.
        #[source]
        refusal: Refusal,
    },
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// The store failed in an earlier push to the same batch.
    #[error("an earlier push to the batch failed")]
    Abandoned,
    /// The appender was closed.
    #[error("the appender is closed")]
    Closed,
}

impl<E: Into<StoreError>> From<E> for AppendError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// Why an event was not staged.
#[derive(Clone, Debug, Error)]
pub enum PushError {
    /// The event was refused; the batch is as it was, and can be used further.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed; the batch cannot be committed any more.
    #[error(transparent)]
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for PushError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// What [`crate::verify`] found first.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The ledger cannot be opened or its log is damaged.
    #[error("the log does not hold")]
    Log(#[source] OpenError),
    /// The file `head` says something the log does not.
    #[error("{} does not fit the log", .0.display())]
    Head(PathBuf),
    /// A run of the index does not say what the log says.
    #[error("{} does not fit the log: {section}", path.display())]
    Run {
        /// The file.
        path: PathBuf,
        /// The part of it: `header`, `frames`, `partners`, `keys`, `filter` or `nodes`.
        section: &'static str,
    },
    /// A state of a fold is not what was kept.
    #[error("{} is not what was kept", .0.display())]
    State(PathBuf),
    /// A line is not the canonical line of an entry (L2).
    #[error("entry {seq} is not canonical")]
    Entry {
        /// The entry.
        seq: u64,
        /// What is wrong with it.
        #[source]
        refusal: Refusal,
    },
    /// An event id occurs twice (L4).
    #[error("the entries {first} and {second} have the event id {id}")]
    IdTwice {
        /// The id.
        id: EventId,
        /// The earlier entry.
        first: u64,
        /// The later entry.
        second: u64,
    },
    /// A change of key, the entry at this place, does not tell the state of the ledger before it.
    #[error(
        "the change of key at {0} is of another history: the checkpoint in it is not that of the entries before it"
    )]
    Rotation(u64),
}

impl<E: Into<OpenError>> From<E> for VerifyError {
    fn from(error: E) -> Self {
        Self::Log(error.into())
    }
}

/// The code of a file in a format that a later version has.
pub const LATER_FORMAT: &str = "later_format";

/// What kind of failure it is, for whoever does something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no ledger.
    NoLedger,
    /// There is a ledger already.
    LedgerExists,
    /// Another process has the ledger.
    Locked,
    /// What is on disk is not what was written.
    Corrupt,
    /// A later version wrote it: the code of what is not known.
    Later(&'static str),
    /// There is no room.
    DiskFull,
    /// The operating system does not allow it.
    Denied,
    /// There is no such entry.
    OutOfRange,
    /// There is no key.
    NoKey,
    /// A key file holds none, or is open to others.
    BadKey,
    /// The key is another than the ledger's.
    OtherKey,
    /// No instant comes after that of the newest entry.
    EndOfTime,
    /// An event was refused.
    Refused(Code),
    /// Anything else, which has no code.
    Other,
}

impl ErrorKind {
    /// The kind of a failure of the operating system.
    #[must_use]
    pub fn of(error: &io::Error) -> Self {
        let kind = error.kind();
        if matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Self::DiskFull
        } else if is_denied(kind) {
            Self::Denied
        } else {
            Self::Other
        }
    }

    /// The code that scripts rely on.
    #[must_use]
    pub fn code(self) -> Option<&'static str> {
        Some(match self {
            Self::NoLedger => "no_ledger",
            Self::LedgerExists => "ledger_exists",
            Self::Locked => "locked",
            Self::Corrupt => "corrupt",
            Self::Later(code) => code,
            Self::DiskFull => "disk_full",
            Self::Denied => "denied",
            Self::OutOfRange => "out_of_range",
            Self::NoKey => "no_key",
            Self::BadKey => "bad_key",
            Self::OtherKey => "other_key",
            Self::EndOfTime => "end_of_time",
            Self::Refused(code) => code.name(),
            Self::Other => return None,
        })
    }
}

/// Says for each error of which kind it is.
macro_rules! kinds {
    ($($error:ident { $($variant:pat => $kind:expr,)* })*) => {$(
        impl $error {
            /// The kind of failure.
            #[must_use]
            pub fn kind(&self) -> ErrorKind {
                match self {
                    $($variant => $kind,)*
                }
            }

            /// The code that scripts rely on.
            #[must_use]
            pub fn code(&self) -> Option<&'static str> {
                self.kind().code()
            }
        }
    )*};
}

kinds! {
    DiskError {
        Self { source, .. } => ErrorKind::of(source),
    }
    OpenError {
        Self::NoLedger(_) => ErrorKind::NoLedger,
        Self::Exists(_) => ErrorKind::LedgerExists,
        Self::Locked(_) => ErrorKind::Locked,
        Self::Corrupt(_) | Self::Closing(_) => ErrorKind::Corrupt,
        Self::Later(later) => ErrorKind::Later(later.code),
        Self::Version { .. } => ErrorKind::Later(LATER_FORMAT),
        Self::Disk(disk) => disk.kind(),
    }
    ReadError {
        Self::OutOfRange { .. } => ErrorKind::OutOfRange,
        Self::Corrupt(_) => ErrorKind::Corrupt,
        Self::Later(later) => ErrorKind::Later(later.code),
        Self::Disk(disk) => disk.kind(),
    }
    WriteError {
        Self::Disk(disk) => disk.kind(),
        Self::Poisoned | Self::TooLong { .. } => ErrorKind::Other,
    }
    CreateError {
        Self::Open(error) => error.kind(),
        Self::Origin(_) | Self::Random(_) => ErrorKind::Other,
    }
    KeyError {
        Self::Disk(disk) => disk.kind(),
        Self::Read(error) => error.kind(),
        Self::Missing(_) => ErrorKind::NoKey,
        Self::Malformed(_) | Self::Exposed { .. } => ErrorKind::BadKey,
        Self::Retired { .. } => ErrorKind::OtherKey,
    }
    RotateError {
        Self::OtherKey(_) | Self::OtherName { .. } | Self::SameKey => ErrorKind::OtherKey,
        Self::Key(error) => error.kind(),
        Self::Append(error) => error.kind(),
        Self::Read(error) => error.kind(),
        Self::Disk(error) => error.kind(),
    }
    WitnessedError {
        Self::Malformed { .. } => ErrorKind::Corrupt,
        Self::Disk(disk) => disk.kind(),
    }
    StoreError {
        Self::Read(error) => error.kind(),
        Self::Write(error) => error.kind(),
        Self::EndOfTime => ErrorKind::EndOfTime,
    }
    AppendError {
        Self::Refused { refusal, .. } => ErrorKind::Refused(refusal.code),
        Self::Store(error) => error.kind(),
        Self::Abandoned | Self::Closed => ErrorKind::Other,
    }
    PushError {
        Self::Refused(refusal) => ErrorKind::Refused(refusal.code),
        Self::Store(error) => error.kind(),
    }
    VerifyError {
        Self::Log(error) => error.kind(),
        Self::Head(_) | Self::Run { .. } | Self::State(_) => ErrorKind::Corrupt,
        Self::Entry { .. } | Self::IdTwice { .. } | Self::Rotation(_) => ErrorKind::Corrupt,
    }
}
