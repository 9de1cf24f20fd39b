//! What is wrong with kept files, or with a question about them.

/// A kept file that is not there, or not whole.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// No kept file has this digest.
    #[error("no kept file has the SHA-256 {prefix}")]
    Unknown { prefix: String },
    /// Several do.
    #[error("{count} kept files have a SHA-256 that begins with {prefix}")]
    Ambiguous { prefix: String, count: usize },
    /// No row begins on the line.
    #[error("no row of {name} begins on line {line}")]
    NoRow { name: String, line: u64 },
    /// A file in a zip is asked for that it does not have.
    #[error("{name} has no {file} in it")]
    NoMember { name: String, file: String, has: Vec<String> },
    /// A row is asked for of a zip with several reports.
    #[error("{name} has {} files in it", has.len())]
    SeveralMembers { name: String, has: Vec<String> },
    /// A file in it is asked for, and it is no zip.
    #[error("{name} is no zip")]
    NoZip { name: String },
    /// An import was cut off.
    #[error("an import that was cut off left {}", names.join(", "))]
    LeftOver { names: Vec<String> },
    /// More than one is damaged, or left.
    #[error("{} kept files are damaged or left over", findings.len())]
    Several { findings: Vec<String> },
    /// The bytes are not those of the digest, or what says what they are cannot be read.
    #[error("the kept file {sha256} is damaged: {what}")]
    Damaged { sha256: String, what: String },
}

impl KeptError {
    /// The code that scripts can rely on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_file",
            Self::Ambiguous { .. } => "ambiguous",
            Self::NoRow { .. } | Self::NoMember { .. } | Self::SeveralMembers { .. } | Self::NoZip { .. } => {
                "out_of_range"
            }
            Self::LeftOver { .. } | Self::Several { .. } | Self::Damaged { .. } => "damaged",
        }
    }

    /// Whether the files are not as they were kept.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::LeftOver { .. } | Self::Several { .. } | Self::Damaged { .. })
    }

    /// What lies behind it, a line each.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        match self {
            Self::NoMember { has, .. } | Self::SeveralMembers { has, .. } => {
                vec![format!("it has {}", if has.is_empty() { "none".to_owned() } else { has.join(", ") })]
            }
            Self::Several { findings } => findings.clone(),
            Self::Unknown { .. }
            | Self::Ambiguous { .. }
            | Self::NoRow { .. }
            | Self::NoZip { .. }
            | Self::LeftOver { .. }
            | Self::Damaged { .. } => Vec::new(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "`pcs kept list` prints the files that are kept; `import --keep` keeps one",
            Self::Ambiguous { .. } => "give more of its digits: `pcs kept list` prints them",
            Self::NoRow { .. } => "a `source` names the line on which a row begins; the column names have the first",
            Self::NoMember { .. } | Self::SeveralMembers { .. } => {
                "`--file NAME` names the file in it: of `a.zip/b.csv` in a `source`, `b.csv`"
            }
            Self::NoZip { .. } => "leave `--file` out: it names a file in a zip",
            Self::LeftOver { .. } => "the next import removes it, and so does `pcs people forget`",
            Self::Several { .. } | Self::Damaged { .. } => {
                "`import --keep` of the same file puts it in order, `pcs kept forget` erases it"
            }
        }
    }
}
