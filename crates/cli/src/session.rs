//! The arguments as they are resolved, and the streams.

use std::cell::OnceCell;
use std::io::Write;
use std::path::PathBuf;

use ledger::{EventId, Ledger, LedgerDir, Progress as LedgerProgress, Reader, Timestamp};

use crate::args::{Color, Format, Global};
use crate::clock::{self, Force, is_behind};
use crate::done::Done;
use crate::env::Env;
use crate::error::Error;
use crate::output::Paint;
use crate::progress::Progress;

/// Where a ledger is when nothing tells.
const DEFAULT_LEDGER: &str = "pcs-ledger";

/// One run of the command: its global options as they are resolved, and its world.
pub(crate) struct Session<'a> {
    pub(crate) env: &'a mut Env,
    pub(crate) ledger_dir: PathBuf,
    pub(crate) format: Format,
    pub(crate) quiet: bool,
    pub(crate) paint: Paint,
    now: Option<Timestamp>,
    /// What is durable already, though the command may fail yet.
    pub(crate) done: Done,
    /// The ledger's directory, when it has been asked for.
    dir: OnceCell<LedgerDir>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(global: &Global, env: &'a mut Env) -> Self {
        let named = global.ledger.clone().or_else(|| env.variable("PCS_LEDGER").map(PathBuf::from));
        let ledger_dir = env.path(&named.unwrap_or_else(|| PathBuf::from(DEFAULT_LEDGER)));
        let paint = Paint::new(match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => env.stdout_is_terminal && env.variable("NO_COLOR").is_none(),
        });
        Self {
            ledger_dir,
            format: global.format,
            quiet: global.quiet,
            paint,
            now: global.now,
            done: Done::default(),
            dir: OnceCell::new(),
            env,
        }
    }

    /// Whether the answer is for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// The present instant: `--now`, else the clock's.
    pub(crate) fn now(&mut self) -> Timestamp {
        self.now.unwrap_or_else(|| (self.env.now)())
    }

    /// The instant of what is written: the present one.
    ///
    /// # Errors
    /// `clock_ahead` when that is far ahead of the system's clock, unless it is forced.
    pub(crate) fn writing_at(&mut self, force: Force) -> Result<Timestamp, Error> {
        let now = self.now();
        clock::check(now, self.clock(force))?;
        Ok(now)
    }

    /// The system's clock, where what is written is compared with it.
    pub(crate) fn clock(&mut self, force: Force) -> Option<Timestamp> {
        (!force.force).then(|| (self.env.now)())
    }

    /// The system's clock, or `--now` when that is later.
    pub(crate) fn latest_clock(&mut self) -> Timestamp {
        let clock = (self.env.now)();
        self.now.map_or(clock, |now| now.max(clock))
    }

    /// A new id for an event.
    pub(crate) fn new_id(&mut self) -> EventId {
        EventId((self.env.new_id)())
    }

    /// A number for what is to be random, short enough to be typed; from the same source as ids.
    pub(crate) fn new_seed(&mut self) -> u64 {
        (self.env.new_id)().as_u64_pair().1 & u64::from(u32::MAX)
    }

    /// Writes a line of the answer.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Error> {
        self.env.stdout.write_all(line.as_bytes()).map_err(Error::output)?;
        self.env.stdout.write_all(b"\n").map_err(Error::output)
    }

    /// Writes bytes of the answer, without a line end.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.env.stdout.write_all(bytes).map_err(Error::output)
    }

    /// Makes sure that the whole answer was written: a failure behind it needs to say nothing of what was done.
    pub(crate) fn answered(&mut self) -> Result<(), Error> {
        self.env.stdout.flush().map_err(Error::output)?;
        self.done = Done::default();
        Ok(())
    }

    /// Says something beside the answer, unless told to be quiet. What cannot be said is not said.
    pub(crate) fn say(&mut self, message: &str) {
        if !self.quiet {
            drop(writeln!(self.env.stderr, "{message}"));
        }
    }

    /// A progress bar, which shows itself on a terminal and after a moment.
    pub(crate) fn progress(&self, what: &'static str, unit: crate::progress::Unit) -> Progress {
        Progress::new(what, unit, self.env.stderr_is_terminal && !self.quiet)
    }

    /// The directory of the ledger, opened once: a command is about one ledger, whatever takes its place meanwhile.
    pub(crate) fn dir(&self) -> Result<&LedgerDir, Error> {
        if let Some(dir) = self.dir.get() {
            return Ok(dir);
        }
        let dir = LedgerDir::open(&self.ledger_dir)?;
        Ok(self.dir.get_or_init(|| dir))
    }

    /// Opens the ledger for writing.
    pub(crate) fn ledger(&self) -> Result<Ledger, Error> {
        let bar = self.progress("opening the ledger", crate::progress::Unit::Entries);
        let opened = self.dir()?.ledger(&mut |at: LedgerProgress| bar.at(at.done, Some(at.total)));
        bar.end();
        let (ledger, recovery) = opened?;
        if recovery.cut_bytes > 0 {
            let (bytes, entries) = (recovery.cut_bytes, recovery.cut_entries);
            tracing::warn!("a torn tail was cut off: {bytes} bytes, {entries} entries that were never acknowledged");
        }
        if recovery.indexed_entries > 0 {
            tracing::info!("{} entries were indexed again", recovery.indexed_entries);
        }
        if recovery.head_made {
            tracing::info!("the file `head` was made again");
        }
        Ok(ledger)
    }

    /// Opens the ledger for writing at an instant, and says when that is behind the newest entry, or closed.
    pub(crate) fn ledger_at(&self, now: Timestamp) -> Result<Ledger, Error> {
        let ledger = self.ledger()?;
        if let Some(last) = ledger.last_instant().filter(|last| is_behind(now, *last)) {
            let is_entry = ledger.newest() == Some(last);
            let why =
                if is_entry { "the newest entry was recorded at" } else { "an audit bundle has closed all up to" };
            // Said to people who asked for quiet, too: it decides the instants of all that follows.
            if !(self.quiet && self.is_json()) {
                let told = format!("the clock says {now}, and {why} {last}");
                let then = "what is recorded now gets the instants after that";
                drop(writeln!(self.env.stderr.clone(), "warning: {told}: {then}"));
            }
        }
        Ok(ledger)
    }

    /// Opens the ledger for reading.
    pub(crate) fn reader(&self) -> Result<Reader, Error> {
        Ok(self.dir()?.reader()?)
    }
}
