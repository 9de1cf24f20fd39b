//! What the command takes of the world.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use app::interrupt::Interrupt;
use chrono::Utc;
use ledger::Timestamp;
use uuid::Uuid;

use reports::secrets;

use crate::output::width::folded;

/// The present instant by the system's clock.
#[expect(clippy::disallowed_methods, reason = "this is where the command asks the clock")]
pub(crate) fn system_now() -> Timestamp {
    Timestamp::from_micros(Utc::now().timestamp_micros())
}

/// A new id of version 7.
#[expect(clippy::disallowed_methods, reason = "this is where the command makes ids")]
pub(crate) fn system_id() -> Uuid {
    Uuid::now_v7()
}

/// The width of the terminal that a stream goes to; shells seldom hand `COLUMNS` on.
fn terminal_width(stream: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}

/// What the command takes of the world: a clock, ids, a secret, streams, and what it is told about the terminal.
pub struct Env {
    /// The present instant.
    pub now: Box<dyn FnMut() -> Timestamp>,
    /// A new id for an event that has none; of version 7 outside tests.
    pub new_id: Box<dyn FnMut() -> Uuid>,
    /// 32 bytes that nobody can guess, for the secret of pseudonyms.
    pub new_secret: Box<dyn FnMut() -> Result<[u8; 32], getrandom::Error>>,
    /// Standard input.
    pub stdin: Box<dyn Read + Send>,
    /// Standard output: the answer.
    pub stdout: Box<dyn Write>,
    /// Standard error: everything else.
    pub stderr: Stream,
    /// The width of a line in columns, if something tells it: `COLUMNS`, or the terminal that the answer goes to.
    pub width: Option<usize>,
    /// Whether the answer goes to a terminal.
    pub stdout_is_terminal: bool,
    /// Whether messages go to a terminal.
    pub stderr_is_terminal: bool,
    /// The environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// The directory from which relative paths start; empty for that of the process.
    pub dir: PathBuf,
    /// The commit of which the program was built, where the build knew it.
    pub commit: Option<&'static str>,
    /// Tells a command that records that it is to end.
    pub interrupt: Interrupt,
    /// Whether signals of the operating system interrupt.
    pub heeds_signals: bool,
}

impl Env {
    /// The world of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let variables: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        let columns = variables
            .get(&OsString::from("COLUMNS"))
            .and_then(|text| text.to_str()?.parse().ok().filter(|columns: &usize| *columns > 0));
        Self {
            now: Box::new(system_now),
            new_id: Box::new(system_id),
            new_secret: Box::new(|| {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map(|()| secret)
            }),
            stdin: Box::new(io::stdin()),
            stdout: Box::new(io::BufWriter::with_capacity(1 << 16, io::stdout())),
            stderr: Stream::new(io::stderr(), columns.or_else(|| terminal_width(io::stderr()))),
            width: columns.or_else(|| terminal_width(io::stdout())),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            variables,
            dir: PathBuf::new(),
            commit: None,
            interrupt: Interrupt::default(),
            heeds_signals: true,
        }
    }

    /// The value of an environment variable that is set to something.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&OsString> {
        self.variables.get(&OsString::from(name)).filter(|value| !value.is_empty())
    }
}

/// A stream that several may write to, one line at a time. It shows no secret, whoever writes it.
#[derive(Clone)]
pub struct Stream {
    writer: Arc<Mutex<dyn Write + Send>>,
    width: Option<usize>,
}

impl Stream {
    /// Shares a writer. Lines for people are folded at so many columns, if the width is known.
    #[must_use]
    pub fn new(writer: impl Write + Send + 'static, width: Option<usize>) -> Self {
        Self { writer: Arc::new(Mutex::new(writer)), width }
    }

    /// Tells people something: lines, folded where they do not fit. A failure to write them is ignored.
    pub(crate) fn tell(&mut self, text: &str) {
        let width = self.width.unwrap_or(usize::MAX);
        let lines = text.lines().flat_map(|line| folded(line, width)).map(|line| line + "\n");
        drop(self.write_all(lines.collect::<String>().as_bytes()));
        drop(self.flush());
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stream = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        match secrets::hidden(&String::from_utf8_lossy(bytes)) {
            Cow::Owned(text) => stream.write_all(text.as_bytes()).map(|()| bytes.len()),
            Cow::Borrowed(_) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}
