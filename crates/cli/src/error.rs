//! What a command can fail with, its code, its exit status, and how it is written.

use std::error::Error as _;
use std::fmt::{Display, Write as _};
use std::io;
use std::path::PathBuf;

use ledger::proof::{NoteError, VerifierKey};
use ledger::{
    AppendError, Broken, Code, CreateError, DiskError, KeyError, OpenError, PartnerId, PushError, ReadError, Refusal,
    RotateError, StoreError, Timestamp, WitnessedError,
};
use projection::rulebook::{Rulebook, RulebookErrors};
use projection::{BeforeProgram, DiffError};
use serde_json::{Value, json};
use thiserror::Error;

use crate::done::Done;
use crate::hints::{NOTHING_RECORDED, hint_of};
use crate::kept::KeptError;
use crate::output::plain;
use crate::people::PeopleError;
pub(crate) use crate::refused_line::RefusedLine;
use reports::{MapErrors, Nearest, ReportError};

/// Bad lines that an error names.
pub(crate) const NAMED_LINES: usize = 20;

/// What to do about days in the wrong order.
pub(crate) const EARLIER_DAY: &str = "`--from` names the earlier day, `--to` the later one";
/// What to do about instants in the wrong order.
pub(crate) const EARLIER_KNOWLEDGE: &str = "`--known-from` names the earlier instant; both are now unless given";

/// What to do about an answer that could not be written, by a command that changes nothing.
const NOT_WRITTEN: &str = "make room where the answer goes, or send it elsewhere, and ask again: nothing was changed";

/// The code of a failure that has none of its own.
const FAILED: &str = "failed";

/// What a command failed with. The text completes "failed to ..." or says what is.
#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Usage(String),
    #[error("{place} holds a secret, which is not shown and not used")]
    SecretGiven { place: String },
    #[error("{later} lies before {earlier}, which is to be the earlier end")]
    Reversed { hint: &'static str, earlier: String, later: String },
    #[error("{} is one of the files that are imported, and the refused lines would replace it", path.display())]
    RejectsInput { path: PathBuf },
    #[error("{0}")]
    Refused(Refusal),
    #[error("{file}: {total} {} refused, nothing was appended", if *.total == 1 { "line is" } else { "lines are" })]
    RefusedFile {
        file: String,
        total: u64,
        first: Vec<RefusedLine>,
        /// What the file looks like instead.
        looks_like: Option<String>,
    },
    #[error("{file} is no report that is known")]
    UnknownReport { file: String, found: Vec<String>, nearest: Option<Nearest> },
    #[error("{what}")]
    NoReport { what: String, reasons: Vec<String> },
    #[error("the event contradicts what is known")]
    Contradiction { findings: Vec<String> },
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Append(AppendError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Rotate(#[from] RotateError),
    #[error(transparent)]
    Witnessed(#[from] WitnessedError),
    #[error(transparent)]
    People(#[from] PeopleError),
    #[error(transparent)]
    Kept(#[from] KeptError),
    #[error("{name} holds no Ed25519 signing key")]
    KeyVariable { name: &'static str },
    #[error("the signing key of {key} is not here")]
    NoSigningKey { key: VerifierKey },
    #[error("the key is not the ledger's, which is {current}")]
    OtherKey { current: VerifierKey },
    #[error("the witness has cosigned {newest} entries, and this checkpoint is of {size}")]
    OlderCheckpoint { size: u64, newest: u64 },
    #[error("{} is not what the witness remembers: {what}", path.display())]
    WitnessMemory { path: PathBuf, what: &'static str },
    #[error("{} is no checkpoint that holds", path.display())]
    BadNote { path: PathBuf, source: NoteError },
    #[error("{} is no backup that can be restored: {what}", path.display())]
    BadBackup { path: PathBuf, what: String },
    #[error("there is {what} at {}", path.display())]
    Occupied { path: PathBuf, what: &'static str },
    #[error("{} holds the tiles of {origin:?}, another ledger", path.display())]
    OtherTiles { path: PathBuf, origin: String },
    #[error("{} holds the tiles of {newest} entries, more than {size}", path.display())]
    NewerTiles { path: PathBuf, size: u64, newest: u64 },
    #[error("{what}")]
    OutOfRange { what: String, hint: String },
    #[error("{what}")]
    Disproved { code: &'static str, what: String },
    #[error("{file}: failed to {source}")]
    Report { file: String, source: ReportError },
    #[error("the ledger knows no partner {partner} at {known_at}")]
    UnknownPartner { partner: PartnerId, known_at: Timestamp },
    #[error(transparent)]
    BeforeProgram(#[from] BeforeProgram),
    #[error("{} is no valid rulebook", path.display())]
    RulebookFile { path: PathBuf, source: RulebookErrors },
    #[error("failed to read {}", name.display())]
    UnknownRulebook { name: PathBuf, source: io::Error },
    #[error("the mappings cannot be read")]
    Maps(#[from] MapErrors),
    #[error("{file} maps {text:?} already, in line {line}")]
    MappedAlready { file: String, text: String, line: usize },
    #[error("an adopted rulebook cannot be read")]
    AdoptedRulebook { source: RulebookErrors },
    #[error("failed to {action} {}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error("the answer could not be written")]
    Output(#[source] io::Error),
    #[error("{failure}; {}", done.what().join(", "))]
    Afterwards {
        /// What is durable all the same.
        done: Done,
        failure: Box<Error>,
    },
    #[error("{at} is more than a day ahead of the clock, which says {clock}: nothing was written")]
    ClockAhead { at: Timestamp, clock: Timestamp },
    #[error("the ledger does not hold")]
    Broken(#[source] Broken),
    #[error("the replayed score of {partner} in {area} is not the ordinary one")]
    ReplayDiffers {
        partner: PartnerId,
        area: &'static str,
        replayed: String,
        ordinary: String,
        /// The commands that ask it again.
        again: Vec<String>,
    },
    #[error("what was kept of {partner} is not what the log folds to: that of the first {size} entries differs")]
    KeptDiffers { partner: PartnerId, size: u64, dir: &'static str },
}

impl From<DiffError> for Error {
    fn from(error: DiffError) -> Self {
        match error {
            DiffError::DaysReversed { from, to } => Self::reversed(EARLIER_DAY, &from, &to),
            DiffError::KnowledgeReversed { from, to } => Self::reversed(EARLIER_KNOWLEDGE, &from, &to),
            DiffError::BeforeProgram(error) => Self::BeforeProgram(error),
            DiffError::Rulebook(source) => Self::AdoptedRulebook { source },
        }
    }
}

impl From<DiskError> for Error {
    fn from(error: DiskError) -> Self {
        Self::File { action: error.action, path: error.path, source: error.source }
    }
}

impl From<PushError> for Error {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Refused(refusal) => Self::Refused(refusal),
            PushError::Store(error) => Self::Store(error),
            _ => Self::Append(AppendError::Abandoned),
        }
    }
}

impl From<AppendError> for Error {
    fn from(error: AppendError) -> Self {
        if let AppendError::Refused { refusal, .. } = error {
            return Self::Refused(refusal);
        }
        if let AppendError::Store(error) = error {
            return Self::Store(error);
        }
        Self::Append(error)
    }
}

impl Error {
    /// Two ends in the wrong order.
    pub(crate) fn reversed(hint: &'static str, earlier: &dyn Display, later: &dyn Display) -> Self {
        Self::Reversed { hint, earlier: earlier.to_string(), later: later.to_string() }
    }

    /// A file operation that failed.
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }

    /// A note that is none, or not signed as it should be.
    pub(crate) fn bad_note(path: impl Into<PathBuf>) -> impl FnOnce(NoteError) -> Self {
        let path = path.into();
        move |source| Self::BadNote { path, source }
    }

    /// Whether the reader of the answer went away, which is no failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit code.
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever is neither wrong usage nor a failed check is 1")]
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::SecretGiven { .. } | Self::Reversed { .. } | Self::RejectsInput { .. } => 2,
            Self::ReplayDiffers { .. } | Self::KeptDiffers { .. } | Self::BadNote { .. } | Self::Disproved { .. } => 3,
            Self::Kept(error) if error.is_damage() => 3,
            Self::Afterwards { failure, .. } => failure.exit_code(),
            Self::Broken(error) if error.code() == Some("corrupt") => 3,
            _ => 1,
        }
    }

    /// The code that scripts can rely on.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) | Self::SecretGiven { .. } | Self::Reversed { .. } | Self::RejectsInput { .. } => "usage",
            Self::Refused(refusal) => refusal.code.name(),
            Self::RefusedFile { first, .. } => first.first().map_or("malformed", |line| line.refusal.code.name()),
            Self::Contradiction { .. } => "contradiction",
            Self::Create(error) => error.code().unwrap_or(FAILED),
            Self::Open(error) => error.code().unwrap_or(FAILED),
            Self::Read(error) => error.code().unwrap_or(FAILED),
            Self::Store(error) => error.code().unwrap_or(FAILED),
            Self::Append(error) => error.code().unwrap_or(FAILED),
            Self::Broken(error) => error.code().unwrap_or(FAILED),
            Self::Key(error) => error.code().unwrap_or(FAILED),
            Self::Rotate(error) => error.code().unwrap_or(FAILED),
            Self::Witnessed(error) => error.code().unwrap_or(FAILED),
            Self::People(error) => error.code().unwrap_or(FAILED),
            Self::Kept(error) => error.code(),
            Self::KeyVariable { .. } => "bad_key",
            Self::NoSigningKey { .. } => "no_key",
            Self::OtherKey { .. } => "other_key",
            Self::OlderCheckpoint { .. } | Self::NewerTiles { .. } => "older_checkpoint",
            Self::WitnessMemory { .. } => "bad_witness",
            Self::BadBackup { .. } => "bad_backup",
            Self::Occupied { .. } => "occupied",
            Self::OtherTiles { .. } => "other_ledger",
            Self::BadNote { source: NoteError::Malformed | NoteError::NoCheckpoint { .. }, .. } => "bad_note",
            Self::BadNote { .. } => "bad_signature",
            Self::Disproved { code, .. } => code,
            Self::OutOfRange { .. } => "out_of_range",
            Self::Report { source: ReportError::Io(error), .. } => io_code(error),
            Self::Report { source, .. } => source.code(),
            Self::UnknownReport { .. } => "unknown_report",
            Self::NoReport { .. } => "no_report",
            Self::UnknownPartner { .. } => "unknown_partner",
            Self::BeforeProgram(_) => "before_program",
            Self::RulebookFile { .. } | Self::AdoptedRulebook { .. } => Code::BadValue.name(),
            Self::Maps(_) => "bad_map",
            Self::MappedAlready { .. } => "mapped_already",
            Self::ClockAhead { .. } => "clock_ahead",
            Self::File { source, .. } | Self::UnknownRulebook { source, .. } | Self::Output(source) => io_code(source),
            Self::Afterwards { failure, .. } => failure.code(),
            Self::ReplayDiffers { .. } | Self::KeptDiffers { .. } => "differs",
        }
    }

    /// The line of the input, where there is one.
    #[expect(clippy::wildcard_enum_match_arm, reason = "few errors are about a line")]
    fn line(&self) -> Option<u64> {
        match self {
            Self::Refused(refusal) => refusal.line,
            Self::RefusedFile { first, .. } => first.first().and_then(|line| line.refusal.line),
            Self::RulebookFile { source, .. } => source.errors().first().map(|error| error.line as u64),
            Self::Maps(source) => source.errors().first().map(|error| error.line as u64),
            Self::MappedAlready { line, .. } => Some(*line as u64),
            Self::Afterwards { failure, .. } => failure.line(),
            _ => None,
        }
    }

    /// What lies behind it, a line each.
    #[expect(clippy::wildcard_enum_match_arm, reason = "few errors have causes of their own kind")]
    fn causes(&self) -> Vec<String> {
        match self {
            Self::RefusedFile { total, first, .. } => {
                let mut causes: Vec<String> = first.iter().map(ToString::to_string).collect();
                let rest = total.saturating_sub(first.len() as u64);
                if rest > 0 {
                    causes.push(format!("and {rest} more"));
                }
                causes
            }
            Self::Contradiction { findings } => findings.clone(),
            Self::UnknownReport { found, nearest, .. } => {
                let has = std::iter::once(format!("it has {}", found.join(", ")));
                has.chain(nearest.as_ref().map(ToString::to_string)).collect()
            }
            Self::NoReport { reasons, .. } => reasons.clone(),
            Self::Afterwards { failure, .. } => failure.causes(),
            Self::Kept(error) => error.causes(),
            Self::RulebookFile { source, .. } | Self::AdoptedRulebook { source } => {
                source.errors().iter().map(ToString::to_string).collect()
            }
            Self::Maps(source) => source.errors().iter().map(ToString::to_string).collect(),
            Self::Report { source, .. } => sources(source.source()),
            Self::ReplayDiffers { replayed, ordinary, .. } => {
                vec![format!("replayed: {replayed}"), format!("ordinary: {ordinary}")]
            }
            other => sources(other.source()),
        }
    }

    /// What to do about it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the code tells what most errors need")]
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Refused(refusal) => refusal.hint.iter().cloned().collect(),
            Self::RefusedFile { first, looks_like, .. } => {
                let mut hints: Vec<String> = Vec::new();
                for RefusedLine { file, refusal } in first {
                    let file = file.as_ref().map_or_else(String::new, |file| format!("{file}, "));
                    let hint = refusal.hint.as_ref().map(|hint| match refusal.line {
                        Some(line) => format!("{file}line {line}: {hint}"),
                        None => hint.clone(),
                    });
                    hints.extend(hint);
                }
                if let Some(looks_like) = looks_like {
                    return vec![looks_like.clone()];
                }
                hints.push("`--skip-bad` appends the good lines and writes the bad ones to a file".to_owned());
                hints
            }
            Self::SecretGiven { .. } => vec![
                "`--key` and `--witness` take the verifier key, which `pcs key show` prints; the key that signs is read from \
                 the file of `--key-file` or from PCS_KEY"
                    .to_owned(),
                "others may have read it here: a key that was shown is changed by `pcs key rotate`".to_owned(),
            ],
            Self::Contradiction { .. } => vec!["record it all the same with `--force`".to_owned()],
            Self::Report { source, .. } => source.hint().into_iter().collect(),
            Self::People(error) => error.hint().into_iter().map(str::to_owned).collect(),
            Self::Kept(error) => vec![error.hint().to_owned()],
            Self::Reversed { hint, .. } => vec![(*hint).to_owned()],
            Self::RejectsInput { .. } => vec!["name another file with `--rejected`".to_owned()],
            Self::OutOfRange { hint, .. } => vec![hint.clone()],
            Self::UnknownRulebook { .. } => {
                let names: Vec<&str> = Rulebook::builtin_names().collect();
                vec![format!("built-in rulebooks are {}", names.join(" and "))]
            }
            Self::UnknownPartner { .. } => vec!["`pcs stats` names the partners that are known".to_owned()],
            Self::ReplayDiffers { again, .. } => {
                again.iter().map(|command| format!("`pcs {command}` asks it again")).collect()
            }
            Self::KeptDiffers { dir, .. } => {
                vec![format!("the ledger's directory `{dir}` can be deleted at any time, and is made again")]
            }
            Self::Output(_) => vec![NOT_WRITTEN.to_owned()],
            Self::Afterwards { done, failure } => {
                let look = done.look().iter();
                if let Self::Output(_) = **failure {
                    return look.map(|look| format!("it need not be done again: {look}")).collect();
                }
                let own = failure.hints().into_iter().filter(|hint| hint != NOTHING_RECORDED);
                own.chain(look.cloned()).collect()
            }
            other => hint_of(other.code()).into_iter().map(str::to_owned).collect(),
        }
    }

    /// The text for people: what, why, and what to do.
    pub(crate) fn to_text(&self) -> String {
        let mut out = format!("error: {}\n", plain(&self.to_string()));
        for cause in self.causes() {
            let _ = writeln!(out, "caused by: {}", plain(&cause));
        }
        for hint in self.hints() {
            let _ = writeln!(out, "hint: {}", plain(&hint));
        }
        out
    }

    /// The object for programs, on one line.
    pub(crate) fn to_json(&self) -> String {
        let mut message = self.to_string();
        if let Self::Refused(refusal) = self {
            message.clone_from(&refusal.message);
        }
        for cause in self.causes().into_iter().filter(|_| !matches!(self, Self::RefusedFile { .. })) {
            let _ = write!(message, ": {cause}");
        }
        let mut error = json!({"code": self.code(), "line": self.line(), "message": message});
        if let (Self::RefusedFile { first, total, .. }, Some(error)) = (self, error.as_object_mut()) {
            error.insert("refused".to_owned(), (*total).into());
            error.insert("first".to_owned(), first.iter().map(RefusedLine::to_json).collect::<Vec<Value>>().into());
        }
        if let (Self::Afterwards { done, .. }, Some(error)) = (self, error.as_object_mut()) {
            error.insert("done".to_owned(), done.what().into());
        }
        let hints = self.hints();
        if let Some(error) = error.as_object_mut().filter(|_| !hints.is_empty()) {
            error.insert("hints".to_owned(), hints.into());
        }
        format!("{}\n", json!({"error": error}))
    }
}

fn io_code(error: &io::Error) -> &'static str {
    let kind = error.kind();
    if kind == io::ErrorKind::StorageFull || kind == io::ErrorKind::QuotaExceeded {
        "disk_full"
    } else if matches!(kind, io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) {
        "denied"
    } else if kind == io::ErrorKind::NotFound {
        "not_found"
    } else if kind == io::ErrorKind::InvalidData {
        Code::BadValue.name()
    } else {
        FAILED
    }
}

/// The chain of errors below one.
fn sources(first: Option<&(dyn std::error::Error + 'static)>) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = first;
    while let Some(error) = next {
        causes.push(error.to_string());
        next = error.source();
    }
    causes
}
