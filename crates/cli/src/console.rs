//! One run of the command: its world, its streams, and how its answer is written.

use std::io::{Read, Write};
use std::path::PathBuf;

use app::world::{Bar, Unit, Watch, World};
use app::{Error, Session};

use crate::args::{Color, Format, Global};
use crate::env::{Env, Stream};
use crate::output::Paint;
use crate::progress::ProgressOnTerminal;

/// Where a ledger is when nothing tells.
const DEFAULT_LEDGER: &str = "pcs-ledger";
/// The variable that names the directory of the ledger.
const LEDGER_VARIABLE: &str = "PCS_LEDGER";
/// The variable that names a file of mappings.
const MAP_VARIABLE: &str = "PCS_MAP";

/// One run of the command: its world, its streams, and how its answer is written.
pub(crate) struct Console<'a> {
    /// The ledger, and what operations on it take of the world.
    pub(crate) session: Session<'a>,
    pub(crate) format: Format,
    pub(crate) paint: Paint,
    /// The width of a line in characters.
    pub(crate) width: usize,
    pub(crate) stdout_is_terminal: bool,
    pub(crate) stdin: &'a mut Box<dyn Read + Send>,
    pub(crate) stdout: &'a mut Box<dyn Write>,
    variables: &'a Variables,
}

type Variables = std::collections::BTreeMap<std::ffi::OsString, std::ffi::OsString>;

impl<'a> Console<'a> {
    pub(crate) fn new(global: &Global, env: &'a mut Env) -> Self {
        let named = global.ledger.clone().or_else(|| env.variable(LEDGER_VARIABLE).map(PathBuf::from));
        let ledger_dir = env.path(&named.unwrap_or_else(|| PathBuf::from(DEFAULT_LEDGER)));
        let paint = Paint::new(match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => env.stdout_is_terminal && env.variable("NO_COLOR").is_none(),
        });
        let watch = Watcher {
            stderr: env.stderr.clone(),
            quiet: global.quiet,
            is_json: global.format == Format::Json,
            is_terminal: env.stderr_is_terminal,
        };
        let world = World {
            now: &mut *env.now,
            new_id: &mut *env.new_id,
            new_secret: &mut *env.new_secret,
            dir: env.dir.clone(),
            watch: Box::new(watch),
        };
        Self {
            session: Session::new(world, ledger_dir, global.now),
            format: global.format,
            paint,
            width: env.width,
            stdout_is_terminal: env.stdout_is_terminal,
            stdin: &mut env.stdin,
            stdout: &mut env.stdout,
            variables: &env.variables,
        }
    }

    /// Whether the answer is for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// The value of an environment variable that is set to something.
    pub(crate) fn variable(&self, name: &str) -> Option<&std::ffi::OsString> {
        self.variables.get(std::ffi::OsStr::new(name)).filter(|value| !value.is_empty())
    }

    /// The files of mappings that are named, and the one that the environment names.
    pub(crate) fn map_files(&self, named: &[PathBuf]) -> Vec<PathBuf> {
        let variable = self.variable(MAP_VARIABLE).map(PathBuf::from);
        named.iter().cloned().chain(variable.filter(|file| !named.contains(file))).collect()
    }

    /// Writes an answer: its JSON on a line, or its lines for people.
    pub(crate) fn answer(&mut self, json: &str, text: impl FnOnce(Paint) -> Vec<String>) -> Result<(), Error> {
        if self.is_json() {
            return self.line(json);
        }
        text(self.paint).iter().try_for_each(|line| self.line(line))
    }

    /// Writes a line of the answer.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Error> {
        write_line(self.stdout, line)
    }

    /// The session, and what writes a line of the answer while the session is at work.
    pub(crate) fn streaming(&mut self) -> (&mut Session<'a>, impl FnMut(&str) -> Result<(), Error>) {
        (&mut self.session, |line: &str| write_line(self.stdout, line))
    }

    /// Writes bytes of the answer, without a line end.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.stdout.write_all(bytes).map_err(Error::output)
    }

    /// Makes sure that the whole answer was written: a failure behind it needs to say nothing of what was done.
    pub(crate) fn answered(&mut self) -> Result<(), Error> {
        self.stdout.flush().map_err(Error::output)?;
        self.session.done = app::Done::default();
        Ok(())
    }

    /// Says something beside the answer, unless told to be quiet. What cannot be said is not said.
    pub(crate) fn say(&self, message: &str) {
        self.session.say(message);
    }
}

fn write_line(stdout: &mut dyn Write, line: &str) -> Result<(), Error> {
    stdout.write_all(line.as_bytes()).and_then(|()| stdout.write_all(b"\n")).map_err(Error::output)
}

/// Whoever runs the command, as far as they watch it.
struct Watcher {
    stderr: Stream,
    quiet: bool,
    is_json: bool,
    is_terminal: bool,
}

impl Watch for Watcher {
    fn say(&self, message: &str) {
        if !self.quiet {
            drop(writeln!(self.stderr.clone(), "{message}"));
        }
    }

    fn warn(&self, message: &str) {
        if !(self.quiet && self.is_json) {
            drop(writeln!(self.stderr.clone(), "warning: {message}"));
        }
    }

    fn begin(&self, what: &'static str, unit: Unit) -> Box<dyn Bar> {
        Box::new(ProgressOnTerminal::new(what, unit, self.is_terminal && !self.quiet))
    }
}
