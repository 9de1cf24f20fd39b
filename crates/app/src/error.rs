//! What a command can fail with: its code, its exit status, what to do about it, and how all that is written.

mod conversions;

use std::fmt::{self, Display, Write as _};
use std::io;
use std::path::PathBuf;

use ledger::{Code, ErrorKind, LATER_VERSION};
use serde_json::{Map, Value, json};

use crate::text::plain;
use reports::ReportError;

/// What to do about days in the wrong order.
pub const EARLIER_DAY: &str = "`--from` names the earlier day, `--to` the later one";
/// What to do about instants in the wrong order.
pub const EARLIER_KNOWLEDGE: &str = "`--known-from` names the earlier instant; both are now unless given";

/// What to do about a forecast whose last day is too early or too late.
pub const LAST_DAY: &str =
    "`--until` names the last day; `--from` names the first one, which is the present day unless given";

/// What to do about days of which the last lies before the first.
pub const FIRST_DAY: &str = "`--from` names the first day, `--to` the last one";

/// What to do about a full disk, by a command that has recorded nothing.
const NOTHING_RECORDED: &str = "make room and try again: nothing of it was recorded";
/// What to do about a ledger that another process has.
const LOCKED: &str = "`--wait SECONDS` waits until the other process is done; commands that only read work meanwhile";
/// What to do about an answer that could not be written, by a command that changes nothing.
const NOT_WRITTEN: &str = "make room where the answer goes, or send it elsewhere, and ask again: nothing was changed";
/// What to do about a ledger that does not continue a checkpoint.
const CHANGED: &str = "keep the checkpoint: it shows that the ledger, or its copy, was changed or cut";

/// What to do about a ledger that was found not to hold.
pub(crate) const BROKEN: &str =
    "`pcs restore` makes a ledger of a backup; `pcs salvage` makes one of what is whole, and names what is lost";

/// Why a file is not made.
const THERE_ALREADY: &str = "something has that name already";
/// Why a text is not read.
pub(crate) const NO_TEXT: &str = "it is no text in UTF-8";

/// The code of a failure that has none of its own.
pub(crate) const FAILED: &str = "failed";

/// A code that several failures have, and what to do about each of them.
#[derive(Clone, Copy, Debug)]
pub struct Advice {
    code: &'static str,
    hint: Option<&'static str>,
}

/// The kind of what is damaged.
pub const CORRUPT: ErrorKind = ErrorKind::Corrupt;
pub(crate) const BAD_SIGNATURE: Advice = Advice::new(
    "bad_signature",
    "`--key VKEY` names the ledger's key that is trusted, `--witness VKEY` that of a witness",
);
pub(crate) const TOO_LARGE: Advice = Advice::new("too_large", "look whether it is the file that was meant");
pub(crate) const EXISTS: Advice = Advice::new("exists", "name a file that is not there yet");
pub(crate) const ENTRIES_LOST: Advice = Advice::new("entries_lost", CHANGED);
pub(crate) const OTHER_ROOT: Advice = Advice::new("other_root", CHANGED);
pub(crate) const OTHER_CLAIMS: Advice = Advice::new("other_claims", CHANGED);

impl Advice {
    const fn new(code: &'static str, hint: &'static str) -> Self {
        Self { code, hint: Some(hint) }
    }

    /// The code of a failure of the operating system.
    fn of_io(error: &io::Error) -> Self {
        match (ErrorKind::of(error), error.kind()) {
            (ErrorKind::Other, io::ErrorKind::NotFound) => "not_found".into(),
            (ErrorKind::Other, io::ErrorKind::AlreadyExists) => EXISTS,
            (ErrorKind::Other, io::ErrorKind::InvalidData) => Code::BadValue.name().into(),
            // Of what is read; that of the operating system is about what is written.
            (ErrorKind::Other, io::ErrorKind::FileTooLarge) if error.raw_os_error().is_none() => TOO_LARGE,
            (kind, _) => kind.into(),
        }
    }
}

impl From<ErrorKind> for Advice {
    fn from(kind: ErrorKind) -> Self {
        let hint = match kind {
            ErrorKind::NoLedger => "`pcs init` makes one; `--ledger DIR` or PCS_LEDGER names another directory",
            ErrorKind::LedgerExists => "`--ledger DIR` names another directory",
            ErrorKind::Locked => LOCKED,
            ErrorKind::Corrupt => {
                "`pcs verify` names the first broken thing; take the ledger from a backup, or what is whole by `pcs salvage`"
            }
            ErrorKind::Later(code) => return Self::new(code, LATER_VERSION),
            ErrorKind::DiskFull => NOTHING_RECORDED,
            ErrorKind::Denied => {
                "look at the owner and the permissions of the path, and whether its file system is read only; questions need only read"
            }
            ErrorKind::NoKey => {
                "`--key-file FILE` or PCS_KEY names the key that signs; `--key VKEY` the one that checks"
            }
            ErrorKind::BadKey => {
                "a key is one line that begins with PRIVATE+KEY, as `pcs key make` wrote it, in a file that only its owner reads: chmod 600"
            }
            ErrorKind::OtherKey => "`pcs key show` prints the ledger's key and those before it",
            ErrorKind::EndOfTime => {
                "go on in a new ledger: `pcs export --to-seq N` of the entries before the wrong instants, `pcs --ledger NEW import --entries` there, and record the later events again"
            }
            ErrorKind::OutOfRange | ErrorKind::Refused(_) | ErrorKind::Other => {
                return kind.code().unwrap_or(FAILED).into();
            }
        };
        Self { code: kind.code().unwrap_or(FAILED), hint: Some(hint) }
    }
}

impl From<&'static str> for Advice {
    fn from(code: &'static str) -> Self {
        Self { code, hint: None }
    }
}

/// What a command failed with. The text completes "failed to ..." or says what is.
#[derive(Debug)]
pub struct Error(Box<Failure>);

#[derive(Debug, Default)]
struct Failure {
    code: &'static str,
    exit_code: u8,
    /// The line of the input, where there is one.
    line: Option<u64>,
    text: String,
    /// What programs are told instead of the text and what lies behind it.
    message: Option<String>,
    /// What lies behind it, a line each.
    causes: Vec<String>,
    /// What to do about it.
    hints: Vec<String>,
    /// What else programs are told.
    fields: Vec<(&'static str, Value)>,
    origin: Origin,
}

/// What failed, for callers that go on all the same or that say it in another way.
#[derive(Debug, Default)]
pub enum Origin {
    /// An operation on a file.
    File(io::Error),
    /// The writing of an answer.
    Output(io::Error),
    /// The reading of a report.
    Report(ReportError),
    /// There is no score to be had.
    NoScore,
    /// Lines of an import.
    RefusedLines,
    /// Anything else.
    #[default]
    Other,
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl Error {
    /// A command that was refused, found nothing or failed: it exits with 1.
    pub fn new(code: impl Into<Advice>, text: impl Into<String>) -> Self {
        let Advice { code, hint } = code.into();
        Self(Box::new(Failure {
            code,
            exit_code: 1,
            text: text.into(),
            hints: hint.into_iter().map(str::to_owned).collect(),
            ..Failure::default()
        }))
    }

    /// Wrong usage, which exits with 2.
    pub fn usage(text: impl Into<String>) -> Self {
        let mut error = Self::new("usage", text);
        error.0.exit_code = 2;
        error
    }

    /// A check that failed, which exits with 3.
    pub fn disproved(code: impl Into<Advice>, text: impl Into<String>) -> Self {
        let mut error = Self::new(code, text);
        error.0.exit_code = 3;
        error
    }

    /// An import that a signal ended: it exits as a shell says of programs that a signal ended, with 128 and the number of
    /// the signal.
    #[must_use]
    pub fn interrupted(signal: u8) -> Self {
        let mut error = Self::new("interrupted", "the import was interrupted: nothing was recorded");
        error.0.exit_code = signal.saturating_add(128);
        error.hint("the same import can be begun again at any time")
    }

    /// The same, and nothing is proved by what it is about.
    #[must_use]
    pub(crate) fn disproving(mut self) -> Self {
        self.0.exit_code = 3;
        self
    }

    /// Two ends in the wrong order.
    pub fn reversed(hint: &'static str, earlier: &dyn Display, later: &dyn Display) -> Self {
        Self::usage(format!("{later} lies before {earlier}, which is to be the earlier end")).hint(hint)
    }

    /// A file operation that failed.
    pub fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| {
            let text = format!("failed to {action} {}", path.display());
            let failure = Self::new(Advice::of_io(&error), text);
            let failure = if error.kind() == io::ErrorKind::AlreadyExists {
                failure.because([THERE_ALREADY])
            } else if error.kind() == io::ErrorKind::InvalidData && error.get_ref().is_none() {
                failure.because([NO_TEXT])
            } else {
                failure.behind(&error)
            };
            failure.of(Origin::File(error))
        }
    }

    /// An answer that could not be written.
    #[must_use]
    pub fn output(error: io::Error) -> Self {
        let Advice { code, .. } = Advice::of_io(&error);
        let failure = Self::new(code, "the answer could not be written").hint(NOT_WRITTEN);
        failure.behind(&error).of(Origin::Output(error))
    }

    /// A report that cannot be read at all.
    #[must_use]
    pub fn report(file: &str, error: ReportError) -> Self {
        let code = if let ReportError::Io(error) = &error { Advice::of_io(error).code } else { error.code() };
        let mut failure = Self::new(code, format!("{file}: failed to {error}"));
        failure.0.causes = sources(std::error::Error::source(&error));
        failure.0.hints.extend(error.hint());
        failure.of(Origin::Report(error))
    }

    /// Several failures, each of which lies behind this one; the code is that of the first.
    pub(crate) fn several(text: String, failures: impl IntoIterator<Item = Self>) -> Self {
        failures.into_iter().fold(Self::new("", text), |mut several, failure| {
            if several.0.causes.is_empty() {
                several.0.code = failure.code();
            }
            several.0.causes.push(failure.whole());
            for hint in failure.0.hints {
                if !several.0.hints.contains(&hint) {
                    several.0.hints.push(hint);
                }
            }
            several
        })
    }

    /// A failure of the ledger.
    fn ledger(kind: ErrorKind, error: &dyn std::error::Error) -> Self {
        let mut failure = Self::new(kind, error.to_string());
        failure.0.causes = sources(error.source());
        if let ErrorKind::Later(_) = kind {
            // The entry says it all: nothing is wrong with the ledger.
            let last = failure.0.causes.drain(..).next_back();
            failure.0.text = last.unwrap_or(failure.0.text);
        }
        failure
    }

    /// The failure as an error of the standard library, for readers that can return no other.
    #[must_use]
    pub fn into_other(self) -> io::Error {
        io::Error::other(self.to_string())
    }

    /// Notes what failed.
    pub(crate) fn of(mut self, origin: Origin) -> Self {
        self.0.origin = origin;
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Adds what lies behind it.
    #[must_use]
    pub fn because(mut self, causes: impl IntoIterator<Item = impl Display>) -> Self {
        self.0.causes.extend(causes.into_iter().map(|cause| cause.to_string()));
        self
    }

    /// Adds an error that lies behind it, with what lies behind that.
    #[must_use]
    pub fn behind(self, error: &(dyn std::error::Error + 'static)) -> Self {
        self.because(sources(Some(error)))
    }

    /// Adds the line of the input.
    #[must_use]
    pub fn on_line(mut self, line: Option<u64>) -> Self {
        self.0.line = line;
        self
    }

    /// Adds a field in which programs are told what lies behind the failure.
    pub(crate) fn with_field(mut self, name: &'static str, value: Value) -> Self {
        self.0.message = Some(self.0.text.clone());
        self.0.fields.push((name, value));
        self
    }

    /// Marks the failure as a refusal of lines, and adds the fields in which programs find them.
    pub(crate) fn of_lines(mut self, fields: [(&'static str, Value); 2]) -> Self {
        self.0.message = Some(self.0.text.clone());
        self.0.fields = fields.into();
        self.of(Origin::RefusedLines)
    }

    /// The same, with the exit code of another failure.
    pub(crate) fn exits_as(mut self, other: &Self) -> Self {
        self.0.exit_code = other.0.exit_code;
        self
    }

    /// The same, with each hint as it is changed.
    #[must_use]
    pub fn map_hints(mut self, change: impl Fn(&str) -> String) -> Self {
        self.0.hints.iter_mut().for_each(|hint| *hint = change(hint));
        self
    }

    /// Puts one hint in the place of all others.
    pub(crate) fn hint_alone(mut self, hint: String) -> Self {
        self.0.hints = vec![hint];
        self
    }

    /// The same failure, which also says what is done and stays: in clauses, and in sentences that say how to see it.
    pub(crate) fn behind_done(mut self, done: &[String], look: Vec<String>) -> Self {
        let failure = &mut *self.0;
        failure.text = format!("{}; {}", failure.text, done.join(", "));
        failure.message = None;
        failure.fields = vec![("done", done.into())];
        if let Origin::Output(_) = failure.origin {
            failure.hints = look.into_iter().map(|look| format!("it need not be done again: {look}")).collect();
        } else {
            failure.hints.retain(|hint| hint != NOTHING_RECORDED);
            failure.hints.extend(look);
        }
        self
    }

    /// Whether what was handed over is at fault: lines were refused, or a report cannot be read.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match &self.0.origin {
            Origin::RefusedLines => true,
            Origin::Report(error) => !matches!(error, ReportError::Io(_) | ReportError::Temporary(_)),
            Origin::File(_) | Origin::Output(_) | Origin::NoScore | Origin::Other => false,
        }
    }

    /// Whether the reader of the answer went away, which is no failure.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(&self.0.origin, Origin::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What failed.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// What is wrong with a report or a file, if that is what failed.
    ///
    /// # Errors
    /// The same failure, where it is another.
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else failed is handed on")]
    pub(crate) fn into_report(self) -> Result<ReportError, Self> {
        match self.0.origin {
            Origin::Report(error) => Ok(error),
            Origin::File(error) => Ok(ReportError::Io(error)),
            origin => Err(Self(Box::new(Failure { origin, ..*self.0 }))),
        }
    }

    /// The exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.0.exit_code
    }

    /// The code that scripts can rely on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The line of the input, where it is known.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.0.line
    }

    /// The text for people: what, why, and what to do.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("error: {}\n", plain(&self.0.text));
        for cause in &self.0.causes {
            let _ = writeln!(out, "caused by: {}", plain(cause));
        }
        for hint in &self.0.hints {
            let _ = writeln!(out, "hint: {}", plain(hint));
        }
        out
    }

    /// The text with what lies behind it.
    fn whole(&self) -> String {
        self.0.causes.iter().fold(self.0.text.clone(), |text, cause| format!("{text}: {cause}"))
    }

    /// The object for programs, on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Failure { code, line, message, hints, fields, .. } = &*self.0;
        let message = message.clone().unwrap_or_else(|| self.whole());
        let mut error = Map::new();
        let all = [("code", json!(code)), ("line", json!(line)), ("message", json!(message))];
        error.extend(all.into_iter().chain(fields.clone()).map(|(name, value)| (name.to_owned(), value)));
        if !hints.is_empty() {
            error.insert("hints".to_owned(), json!(hints));
        }
        format!("{}\n", json!({"error": error}))
    }
}

/// What to do about a directory in which nothing is but what is derived.
pub(crate) fn made_again(directory: &str) -> String {
    format!("the ledger's directory `{directory}` can be deleted at any time, and is made again")
}

/// The texts of an error and of those that caused it.
fn sources(first: Option<&(dyn std::error::Error + 'static)>) -> Vec<String> {
    std::iter::successors(first, |error| error.source()).map(ToString::to_string).collect()
}
