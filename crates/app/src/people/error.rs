//! What is wrong with the secret of the pseudonyms, or with the map.

use std::path::PathBuf;

/// A secret or a map of persons that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The ledger has pseudonyms, and the secret is gone.
    #[error("the ledger knows persons or linked identities under pseudonyms, and the secret of them is not at {}", path.display())]
    NoSecret { path: PathBuf },
    /// The ledger has pseudonyms, and none of this secret.
    #[error(
        "the pseudonyms of the ledger begin with p{used}, and those of {} would begin with p{fingerprint}",
        path.display()
    )]
    OtherSecret { path: PathBuf, used: String, fingerprint: String },
    /// The file is no secret.
    #[error("{} holds no secret of pseudonyms", path.display())]
    MalformedSecret { path: PathBuf },
    /// Others may read the secret.
    #[error("{} can be read by others: its mode is {mode:03o}", path.display())]
    ExposedSecret { path: PathBuf, mode: u32 },
    /// The operating system gave no random bytes.
    #[error("failed to make a secret of pseudonyms")]
    Random(#[source] getrandom::Error),
    /// The map cannot be read.
    #[error("{} is no map of persons: {what}", path.display())]
    MalformedMap { path: PathBuf, what: String },
    /// The source of an entry is not sealed, or of a file as a whole.
    #[error("the source of entry {seq} names no sealed row")]
    NotSealed { seq: u64 },
    /// No kept file is the one of a sealed source.
    #[error("no kept file is the one that the source of entry {seq} is of")]
    NoKeptFile { seq: u64 },
    /// A file is not the one of a sealed source.
    #[error("the source of entry {seq} is of another file")]
    OtherFile { seq: u64 },
    /// Nobody goes by this pseudonym in the map.
    #[error("the map of persons has no {person}")]
    UnknownPerson { person: String },
}

impl PeopleError {
    /// The code that scripts can rely on.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::NoSecret { .. } => Some("no_people_secret"),
            Self::OtherSecret { .. } => Some("other_people_secret"),
            Self::MalformedSecret { .. } | Self::ExposedSecret { .. } => Some("bad_people_secret"),
            Self::Random(_) => None,
            Self::MalformedMap { .. } => Some("bad_people"),
            Self::UnknownPerson { .. } => Some("unknown_person"),
            Self::NotSealed { .. } => Some("out_of_range"),
            Self::NoKeptFile { .. } | Self::OtherFile { .. } => Some("unknown_file"),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSecret { .. } | Self::OtherSecret { .. } => {
                Some("put `people.secret` back from where it was kept: under another, everybody would count twice")
            }
            Self::MalformedSecret { .. } => Some("put `people.secret` back from where it was kept; it is two lines"),
            Self::ExposedSecret { .. } => Some("let only its owner read it: chmod 600"),
            Self::Random(_) => None,
            Self::MalformedMap { .. } => Some("`pcs people forget --all` erases it; `import --people` makes it again"),
            Self::NotSealed { .. } => {
                Some("`pcs log` shows what it says; `pcs kept show` prints the row of a kept file")
            }
            Self::NoKeptFile { .. } => Some("name the file: `pcs people source SEQ FILE`"),
            Self::OtherFile { .. } => Some("name the file as it was imported, byte for byte"),
            Self::UnknownPerson { .. } => Some("`pcs people list` prints the pseudonyms, and who is in the map"),
        }
    }
}
