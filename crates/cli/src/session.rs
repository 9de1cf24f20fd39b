//! The arguments as they are resolved, and the streams.

use std::io::Write;
use std::path::PathBuf;

use ledger::{EventId, Ledger, Progress as LedgerProgress, Reader, Timestamp};

use crate::args::{Color, Format, Global};
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
        self.env.stdout.write_all(line.as_bytes()).map_err(Error::Output)?;
        self.env.stdout.write_all(b"\n").map_err(Error::Output)
    }

    /// Writes bytes of the answer, without a line end.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.env.stdout.write_all(bytes).map_err(Error::Output)
    }

    /// Makes sure that the whole answer was written: a failure behind it needs to say nothing of what was done.
    pub(crate) fn answered(&mut self) -> Result<(), Error> {
        self.env.stdout.flush().map_err(Error::Output)?;
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

    /// Opens the ledger for writing.
    pub(crate) fn ledger(&self) -> Result<Ledger, Error> {
        let bar = self.progress("opening the ledger", crate::progress::Unit::Entries);
        let opened = Ledger::open(&self.ledger_dir, &mut |at: LedgerProgress| bar.at(at.done, Some(at.total)));
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

    /// Opens the ledger for reading.
    pub(crate) fn reader(&self) -> Result<Reader, Error> {
        Ok(Reader::open(&self.ledger_dir)?)
    }
}
