//! The command in a world of its own: a directory, a clock, ids from a counter, streams in memory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use app::interrupt::Interrupt;
use ledger::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{Env, Stream, run};

/// A partner that has facts.
pub(crate) const PARTNER: &str = "6034453";
/// A customer.
pub(crate) const CUSTOMER: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";

/// What happens once.
pub(crate) type Act = Box<dyn FnOnce() + Send>;

/// A directory in which commands are run, one after the other.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    /// What the system's clock says.
    pub(crate) clock: &'static str,
    /// The environment variables.
    pub(crate) variables: BTreeMap<OsString, OsString>,
    /// The width of a line.
    pub(crate) width: Option<usize>,
    ids: Arc<Mutex<u128>>,
    /// What happens when a secret is asked for.
    pub(crate) before_secret: Arc<Mutex<Option<Act>>>,
    /// What interrupts commands.
    pub(crate) interrupt: Interrupt,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl World {
    /// An empty directory.
    pub(crate) fn empty() -> Self {
        let clock = "2025-03-02T09:00:00Z";
        Self {
            dir: tempfile::tempdir().unwrap(),
            clock,
            variables: BTreeMap::new(),
            width: None,
            ids: Arc::default(),
            before_secret: Arc::default(),
            interrupt: Interrupt::default(),
        }
    }

    /// A directory with a ledger.
    pub(crate) fn with_ledger() -> Self {
        let world = Self::empty();
        assert_eq!(world.run("init").code, 0);
        world
    }

    /// A directory with a ledger that holds these events.
    pub(crate) fn with_events(events: &[String]) -> Self {
        let world = Self::with_ledger();
        world.write("events.jsonl", &events.join("\n"));
        let said = world.run("import events.jsonl");
        assert_eq!(said.code, 0, "{said:?}");
        world
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Reads the bytes of a file.
    pub(crate) fn read_bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The path of a file.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a command whose arguments have no spaces.
    pub(crate) fn run(&self, line: &str) -> Said {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>(), b"")
    }

    /// Runs a command that is given something on standard input.
    pub(crate) fn run_with(&self, line: &str, stdin: &[u8]) -> Said {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>(), stdin)
    }

    /// Runs a command.
    pub(crate) fn run_args(&self, args: &[&str], stdin: &[u8]) -> Said {
        let stdout = Memory::default();
        let (code, stderr) = self.run_into(args, stdin, Box::new(stdout.clone()));
        Said { code, stdout: stdout.text(), stderr }
    }

    /// Runs a command that writes its answer into a stream.
    pub(crate) fn run_into(&self, args: &[&str], stdin: &[u8], stdout: Box<dyn Write>) -> (u8, String) {
        self.run_between(args, Box::new(Cursor::new(stdin.to_vec())), stdout)
    }

    /// Runs a command between two streams.
    pub(crate) fn run_between(
        &self,
        args: &[&str],
        stdin: Box<dyn Read + Send>,
        stdout: Box<dyn Write>,
    ) -> (u8, String) {
        let stderr = Memory::default();
        let ids = Arc::clone(&self.ids);
        let (clock, before_secret) = (self.clock, Arc::clone(&self.before_secret));
        let mut env = Env {
            now: Box::new(|| Timestamp::parse(clock).unwrap()),
            new_id: Box::new(move || {
                let mut next = ids.lock().unwrap();
                *next += 1;
                Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 | *next)
            }),
            new_secret: Box::new(move || {
                before_secret.lock().unwrap().take().into_iter().for_each(|act| act());
                Ok([7; 32])
            }),
            stdin,
            stdout,
            stderr: Stream::new(stderr.clone(), self.width),
            width: self.width,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            variables: self.variables.clone(),
            dir: self.dir.path().to_owned(),
            commit: None,
            interrupt: self.interrupt.clone(),
            heeds_signals: false,
        };
        let args = std::iter::once("pcs").chain(args.iter().copied()).map(OsString::from);
        let code = run(args, &mut env);
        (code, stderr.text())
    }
}

/// Every file below a directory with its bytes. Those of a `lock` tell who had it last, and nothing of the ledger.
pub(crate) fn files(dir: &Path) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let bytes = if path.ends_with("lock") { Vec::new() } else { std::fs::read(&path).unwrap() };
            all.insert(path, bytes);
        }
    }
    all
}

/// A line of a customer that left, with a number in its id.
pub(crate) fn churn(number: u32) -> String {
    format!(
        r#"{{"id":"00000000-0000-4000-8000-{number:012}","type":"customer_churned","partner":"{PARTNER}","effective_at":"2025-01-{:02}","customer":"{CUSTOMER}"}}"#,
        number % 28 + 1
    )
}

impl Said {
    /// The error of `--format json`.
    pub(crate) fn error(&self) -> serde_json::Value {
        let line: serde_json::Value = serde_json::from_str(self.stderr.trim_end()).expect("one line of JSON");
        line["error"].clone()
    }
}

mod adoptions;
mod advises;
mod audits;
mod backups;
mod bounds;
mod clocks;
mod customers;
mod daily;
mod demos;
mod ends;
mod errors;
mod file_kinds;
mod folders;
mod forecasts;
mod forgeries;
mod forms;
mod hints;
mod imports;
mod inits;
mod kept;
mod keys;
mod later;
mod loading;
mod maps;
mod moves;
mod notations;
mod own;
mod parquets;
mod people;
mod principals;
mod proofs;
mod reconciles;
mod replays;
mod restores;
mod rulebooks;
mod salvages;
mod scripts;
mod sealed_sources;
mod secrets;
mod shown;
mod signings;
mod timelines;
mod twins;
mod typed;
mod unknown;
mod unread;
mod unreported;
mod unshown;
mod unwritten;
mod whys;
mod widths;
mod witnesses;
