//! One run of the command: its world, its streams, and how its answer is written.

use std::cell::OnceCell;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use app::names::Names;
use app::world::{Bar, Unit, Watch, World};
use app::{Error, Session};

use crate::args::{Format, Global};
use crate::env::{Env, Stream};
use crate::interrupt;
use crate::output::Paint;
use crate::output::labels::Labels;
use crate::output::table::Table;
use crate::progress::ProgressOnTerminal;

/// The directory of the ledger, unless an option or the environment names one.
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
    /// Whether a part of what was asked is not done.
    pub(crate) is_partial: bool,
    stderr: Stream,
    heeds_signals: bool,
    variables: &'a Variables,
    /// Whether customers and partners are shown by their ids alone.
    ids: bool,
    labels: OnceCell<Rc<Labels>>,
}

type Variables = std::collections::BTreeMap<std::ffi::OsString, std::ffi::OsString>;

impl<'a> Console<'a> {
    pub(crate) fn new(global: &Global, env: &'a mut Env) -> Self {
        let named = global.ledger.clone().or_else(|| env.variable(LEDGER_VARIABLE).map(PathBuf::from));
        let ledger_dir = env.dir.join(named.unwrap_or_else(|| PathBuf::from(DEFAULT_LEDGER)));
        let paint = Paint::new(global.color.is_used(env.stdout_is_terminal, env));
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
            interrupt: env.interrupt.clone(),
        };
        Self {
            session: Session::new(world, ledger_dir, global.now).waiting(Duration::from_secs(global.wait.into())),
            format: global.format,
            paint,
            width: env.width,
            stdout_is_terminal: env.stdout_is_terminal,
            stdin: &mut env.stdin,
            stdout: &mut env.stdout,
            is_partial: false,
            stderr: env.stderr.clone(),
            heeds_signals: env.heeds_signals,
            variables: &env.variables,
            ids: global.ids,
            labels: OnceCell::new(),
        }
    }

    /// Lets signals interrupt the import that follows.
    pub(crate) fn heed_interrupts(&self) {
        if self.heeds_signals {
            interrupt::heed(&self.session, self.format, self.stderr.clone());
        }
    }

    /// Whether the answer is for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// The labels of customers and partners in texts, by the names that stand beside the ledger. Programs get ids.
    pub(crate) fn labels(&self) -> Rc<Labels> {
        Rc::clone(self.labels.get_or_init(|| {
            let names = if self.ids || self.is_json() { Names::default() } else { Names::of(&self.session) };
            Rc::new(Labels::new(&names))
        }))
    }

    /// Shows these names, of another ledger than that of the session.
    pub(crate) fn show_names(&mut self, names: &Names) {
        if !(self.ids || self.is_json()) {
            self.labels = OnceCell::from(Rc::new(Labels::new(names)));
        }
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
        self.lines(&text(self.paint))
    }

    /// Writes an answer of many: the JSON of each on a line, or a table of them all.
    pub(crate) fn list<T>(&mut self, items: &[T], json: impl Fn(&T) -> String, table: &Table) -> Result<(), Error> {
        if self.is_json() {
            return items.iter().try_for_each(|item| self.line(&json(item)));
        }
        self.lines(&table.lines(""))
    }

    /// Writes an answer: its JSON on a line, or the text that people hand on as it is.
    pub(crate) fn answer_whole(&mut self, json: &str, text: &str) -> Result<(), Error> {
        if self.is_json() { self.line(json) } else { self.raw(text.as_bytes()) }
    }

    /// Says something beside an answer for people; programs find it in the answer.
    pub(crate) fn remark(&self, message: &str) {
        if !self.is_json() {
            self.say(message);
        }
    }

    /// Writes a line of the answer; of a text with names in the place of ids.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Error> {
        let labels = self.labels();
        write_line(self.stdout, &labels.labelled(line))
    }

    /// Writes lines of the answer.
    pub(crate) fn lines(&mut self, lines: &[String]) -> Result<(), Error> {
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// The session, standard input, and what writes a line of the answer while the session is at work.
    pub(crate) fn streaming(&mut self) -> (&mut Session<'a>, &mut dyn Read, impl FnMut(&str) -> Result<(), Error>) {
        let (labels, stdout) = (self.labels(), &mut *self.stdout);
        (&mut self.session, self.stdin, move |line: &str| write_line(stdout, &labels.labelled(line)))
    }

    /// Writes bytes of the answer, without a line end.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.stdout.write_all(bytes).map_err(Error::output)
    }

    /// Makes sure that the whole answer was written, so that a later failure need not say what was done.
    pub(crate) fn answered(&mut self) -> Result<(), Error> {
        self.stdout.flush().map_err(Error::output)?;
        self.session.done = app::Done::default();
        Ok(())
    }

    /// Says something beside the answer, unless told to be quiet. A failure to say it is ignored.
    pub(crate) fn say(&self, message: &str) {
        self.session.say(message);
    }
}

/// Writes a line as it is.
pub(crate) fn write_line(stdout: &mut dyn Write, line: &str) -> Result<(), Error> {
    stdout.write_all(line.as_bytes()).and_then(|()| stdout.write_all(b"\n")).map_err(Error::output)
}

/// Tells those who run the command what goes on.
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
