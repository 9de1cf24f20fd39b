//! What is wrong with kept files, or with a question about them.

/// A kept file that is not there, or not whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeptError {
    /// No kept file has this digest.
    #[error("no kept file has the SHA-256 {prefix}")]
    Unknown { prefix: String },
    /// Several do.
    #[error("{count} kept files have a SHA-256 that begins with {prefix}")]
    Ambiguous { prefix: String, count: usize },
    /// No row begins on the line.
    #[error("no row of {name} begins on line {line}")]
    NoRow { name: String, line: u64 },
    /// The bytes are not those of the digest, or what says what they are cannot be read.
    #[error("the kept file {sha256} is damaged: {what}")]
    Damaged { sha256: String, what: String },
}

impl KeptError {
    /// The code that scripts can rely on.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_file",
            Self::Ambiguous { .. } => "ambiguous",
            Self::NoRow { .. } => "out_of_range",
            Self::Damaged { .. } => "damaged",
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "`pcs kept list` prints the files that are kept; `import --keep` keeps one",
            Self::Ambiguous { .. } => "give more of its digits: `pcs kept list` prints them",
            Self::NoRow { .. } => "a `source` names the line on which a row begins; the column names have the first",
            Self::Damaged { .. } => "`import --keep` of the same file puts it in order, `pcs kept forget` erases it",
        }
    }
}
