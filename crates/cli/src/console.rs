//! One run of the command: its world, its streams, and how its answer is written.

use std::cell::OnceCell;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use app::names::Names;
use app::world::{Bar, Unit, Watch, World};
use app::{Error, Session};

use crate::args::{Format, Global};
use crate::env::{Env, Stream};
use crate::hints::Hints;
use crate::interrupt;
use crate::output::Paint;
use crate::output::labels::Labels;
use crate::output::table::Table;
use crate::output::width::folded;
use crate::progress::ProgressOnTerminal;

/// The directory of the ledger, unless an option or the environment names one.
const DEFAULT_LEDGER: &str = "pcs-ledger";
/// The width of a chart where nothing tells it, in columns.
const CHART_WIDTH: usize = 100;
/// The variable that names the directory of the ledger.
const LEDGER_VARIABLE: &str = "PCS_LEDGER";
/// The variable that names a file of mappings.
const MAP_VARIABLE: &str = "PCS_MAP";

/// One run of the command: its world, its streams, and how its answer is written.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(crate) struct Console<'a> {
    /// The ledger, and what operations on it take of the world.
    pub(crate) session: Session<'a>,
    pub(crate) format: Format,
    /// Whether nothing is to be said but the answer and errors.
    pub(crate) quiet: bool,
    pub(crate) paint: Paint,
    /// The columns into which the lines of a text are to fit; lines are left as they are where nothing tells it, and
    /// those for programs always.
    pub(crate) width: Option<usize>,
    pub(crate) stdin: &'a mut Box<dyn Read + Send>,
    pub(crate) stdout: &'a mut Box<dyn Write>,
    /// How hints name the ledger.
    pub(crate) hints: Hints,
    /// Whether a part of what was asked is not done.
    pub(crate) is_partial: bool,
    /// The commit of which the program was built, where the build knew it.
    pub(crate) commit: Option<&'static str>,
    stderr: Stream,
    heeds_signals: bool,
    variables: &'a Variables,
    /// Whether customers and partners are shown by their ids alone.
    ids: bool,
    labels: OnceCell<Rc<Labels>>,
}

type Variables = std::collections::BTreeMap<std::ffi::OsString, std::ffi::OsString>;

impl<'a> Console<'a> {
    pub(crate) fn new(global: &Global, hints: Hints, env: &'a mut Env) -> Self {
        let named = global.ledger.clone().or_else(|| env.variable(LEDGER_VARIABLE).map(PathBuf::from));
        let ledger_dir = env.dir.join(named.unwrap_or_else(|| PathBuf::from(DEFAULT_LEDGER)));
        let paint = Paint::new(global.color.is_used(env.stdout_is_terminal, env));
        let watch = Watcher {
            stderr: env.stderr.clone(),
            quiet: global.quiet,
            is_json: global.format == Format::Json,
            is_terminal: env.stderr_is_terminal,
            hints: hints.clone(),
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
            quiet: global.quiet,
            paint,
            width: env.width.filter(|_| global.format == Format::Text),
            stdin: &mut env.stdin,
            stdout: &mut env.stdout,
            hints,
            is_partial: false,
            commit: env.commit,
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
            Rc::new(Labels::new(&names, self.hints.clone()))
        }))
    }

    /// Shows the names of the ledger that a command has made at a path, and hints at that one.
    pub(crate) fn show(&mut self, typed: &Path, names: &Names) {
        self.hints = Hints::about(typed);
        self.show_names(names);
    }

    /// Shows these names, and no others.
    pub(crate) fn show_names(&mut self, names: &Names) {
        if !(self.ids || self.is_json()) {
            self.labels = OnceCell::from(Rc::new(Labels::new(names, self.hints.clone())));
        }
    }

    /// The value of an environment variable that is set to something.
    pub(crate) fn variable(&self, name: &str) -> Option<&std::ffi::OsString> {
        self.variables.get(std::ffi::OsStr::new(name)).filter(|value| !value.is_empty())
    }

    /// The file of mappings that the environment names.
    pub(crate) fn usual_map(&self) -> Option<PathBuf> {
        self.variable(MAP_VARIABLE).map(PathBuf::from)
    }

    /// The files of mappings that are named, and the one that the environment names.
    pub(crate) fn map_files(&self, named: &[PathBuf]) -> Vec<PathBuf> {
        named.iter().cloned().chain(self.usual_map().filter(|file| !named.contains(file))).collect()
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
        self.table(table)
    }

    /// Writes a table of the answer.
    pub(crate) fn table(&mut self, table: &Table) -> Result<(), Error> {
        self.lines(&table.lines_within("", self.width))
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

    /// The width of a chart, or of what is set in columns.
    pub(crate) fn chart_width(&self) -> usize {
        self.width.unwrap_or(CHART_WIDTH)
    }

    /// Writes a line of the answer; of a text with names in the place of ids, and folded where it does not fit.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Error> {
        let labels = self.labels();
        write_text(self.stdout, &labels, self.width, line)
    }

    /// Writes lines of the answer.
    pub(crate) fn lines(&mut self, lines: &[String]) -> Result<(), Error> {
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// The session, standard input, and what writes a line of the answer while the session is at work.
    pub(crate) fn streaming(&mut self) -> (&mut Session<'a>, &mut dyn Read, impl FnMut(&str) -> Result<(), Error>) {
        let (labels, width, stdout) = (self.labels(), self.width, &mut *self.stdout);
        (&mut self.session, self.stdin, move |line: &str| write_text(stdout, &labels, width, line))
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

/// Writes a line with names in the place of ids, folded where it does not fit.
fn write_text(stdout: &mut dyn Write, labels: &Labels, width: Option<usize>, line: &str) -> Result<(), Error> {
    let line = labels.labelled(line);
    match width {
        Some(width) => folded(&line, width).iter().try_for_each(|line| write_line(stdout, line)),
        None => write_line(stdout, &line),
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
    hints: Hints,
}

impl Watch for Watcher {
    fn say(&self, message: &str) {
        if !self.quiet {
            self.stderr.clone().tell(&self.hints.completed(message));
        }
    }

    fn warn(&self, message: &str) {
        if !(self.quiet && self.is_json) {
            self.stderr.clone().tell(&format!("warning: {}", self.hints.completed(message)));
        }
    }

    fn begin(&self, what: &'static str, unit: Unit) -> Box<dyn Bar> {
        Box::new(ProgressOnTerminal::new(what, unit, self.is_terminal && !self.quiet))
    }
}
