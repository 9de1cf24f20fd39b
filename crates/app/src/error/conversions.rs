//! What failed elsewhere, as a failure of a command.

use ledger::{
    AppendError, Code, CreateError, DiskError, ErrorKind, KeyError, OpenError, PushError, ReadError, Refusal,
    RotateError, StoreError, VerifyError, WitnessedError,
};
use projection::rulebook::RulebookErrors;
use projection::{BeforeProgram, DiffError};
use reports::MapErrors;

use super::{BROKEN, EARLIER_DAY, EARLIER_KNOWLEDGE, Error, Origin, made_again};

/// Errors of the ledger that tell their kind.
macro_rules! of_ledger {
    ($($error:ty),*) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::ledger(error.kind(), &error)
            }
        })*
    };
}

of_ledger!(AppendError, CreateError, OpenError, ReadError, StoreError, KeyError, RotateError, WitnessedError);

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Self {
        let mut failure = Self::ledger(error.kind(), &error);
        if let ErrorKind::Later(_) = error.kind() {
            return failure;
        }
        failure.0.exit_code = if error.kind() == ErrorKind::Corrupt { 3 } else { 1 };
        failure.0.causes.insert(0, std::mem::replace(&mut failure.0.text, "the ledger does not hold".to_owned()));
        let hint = match error {
            VerifyError::Run { .. } => made_again("index"),
            VerifyError::State(_) => made_again("states"),
            VerifyError::Log(_)
            | VerifyError::Head(_)
            | VerifyError::Entry { .. }
            | VerifyError::IdTwice { .. }
            | VerifyError::Rotation(_) => {
                if error.kind() != ErrorKind::Corrupt {
                    return failure;
                }
                BROKEN.to_owned()
            }
        };
        failure.hint_alone(hint)
    }
}

impl From<DiskError> for Error {
    fn from(error: DiskError) -> Self {
        Self::file(error.action, error.path)(error.source)
    }
}

impl From<PushError> for Error {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Refused(refusal) => refusal.into(),
            PushError::Store(error) => error.into(),
        }
    }
}

impl Error {
    /// What refuses an entry: one that a later version wrote is refused as everywhere, for another there is `or`.
    pub(crate) fn entry(refusal: Refusal, or: impl FnOnce(&Refusal) -> Self) -> Self {
        if refusal.is_later() { refusal.into() } else { or(&refusal) }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let mut failure = Self::new(refusal.code.name(), refusal.to_string()).on_line(refusal.line);
        failure.0.message = Some(refusal.message);
        failure.0.hints.extend(refusal.hint);
        failure
    }
}

impl From<BeforeProgram> for Error {
    fn from(error: BeforeProgram) -> Self {
        Self::new("before_program", error.to_string()).of(Origin::NoScore)
    }
}

impl From<RulebookErrors> for Error {
    /// An adopted rulebook that cannot be read.
    fn from(errors: RulebookErrors) -> Self {
        Self::new(Code::BadValue.name(), "an adopted rulebook cannot be read")
            .because(errors.errors())
            .of(Origin::NoScore)
    }
}

impl From<DiffError> for Error {
    fn from(error: DiffError) -> Self {
        match error {
            DiffError::DaysReversed { from, to } => Self::reversed(EARLIER_DAY, &from, &to),
            DiffError::KnowledgeReversed { from, to } => Self::reversed(EARLIER_KNOWLEDGE, &from, &to),
            DiffError::BeforeProgram(error) => error.into(),
            DiffError::Rulebook(errors) => errors.into(),
        }
    }
}

impl From<MapErrors> for Error {
    fn from(errors: MapErrors) -> Self {
        let line = errors.errors().first().map(|error| error.line as u64);
        Self::new("bad_map", "the mappings cannot be read")
            .because(errors.errors())
            .on_line(line)
            .hint("`pcs map show` prints the built-in entries, `pcs map check FILE` checks a file")
    }
}
