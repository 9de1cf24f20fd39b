//! The command in-process: in a directory of its own, with a clock that stands still and ids from a counter.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cli::{Env, Interrupt, Stream};
use ledger::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

/// What the clock shows at first.
const START: &str = "2025-04-05T09:00:00Z";

/// A directory in which commands run, one after the other.
pub struct Session {
    home: TempDir,
    now: Timestamp,
    ids: Arc<Mutex<u64>>,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Outcome {
    pub code: u8,
    pub stdout: String,
    pub stderr: String,
}

impl Session {
    pub fn new() -> Session {
        let home = tempfile::tempdir().expect("a temporary directory");
        Session { home, now: Timestamp::parse(START).expect("an instant"), ids: Arc::default() }
    }

    /// Sets the clock.
    pub fn set_clock(&mut self, instant: &str) {
        self.now = Timestamp::parse(instant).expect("an instant");
    }

    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file in the directory.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).expect("the file is written");
    }

    /// The directory, as it would stand in an answer.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs a command.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.run_with(args, Vec::new())
    }

    /// Runs a command that reads from standard input.
    pub fn run_with(&self, args: &[&str], stdin: Vec<u8>) -> Outcome {
        let (stdout, stderr) = (SharedBytes::default(), SharedBytes::default());
        let (now, ids) = (self.now, Arc::clone(&self.ids));
        let mut env = Env {
            now: Box::new(move || now),
            new_id: Box::new(move || {
                let mut made = ids.lock().unwrap();
                *made += 1;
                Uuid::from_u64_pair(0x0196_0000_0000_7000, 0x8000_0000_0000_0000 | *made)
            }),
            new_secret: Box::new(|| Ok([7; 32])),
            stdin: Box::new(Cursor::new(stdin)),
            stdout: Box::new(stdout.clone()),
            stderr: Stream::new(stderr.clone(), None),
            width: None,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            variables: BTreeMap::from([("TMPDIR".into(), self.home.path().into())]),
            dir: self.home.path().to_owned(),
            commit: None,
            interrupt: Interrupt::default(),
            heeds_signals: false,
        };
        let args = std::iter::once("pcs").chain(args.iter().copied()).map(OsString::from);
        let code = cli::run(args, &mut env);
        Outcome { code, stdout: stdout.text(), stderr: stderr.text() }
    }

    /// Runs a command that is done without a word beside its answer.
    pub fn answer(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}: {}", ran.stdout);
        ran.stdout
    }

    /// Makes a ledger, and imports entries into it as they were exported.
    pub fn import_entries(&self, ledger: &str, lines: &[String]) {
        if !self.path(ledger).exists() {
            self.answer(&["init", "--quiet", "--ledger", ledger]);
        }
        let stdin = lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect();
        let ran = self.run_with(&["import", "--entries", "--ledger", ledger, "--format", "json"], stdin);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    }
}

/// A stream that is read when the command is done.
#[derive(Clone, Default)]
struct SharedBytes(Arc<Mutex<Vec<u8>>>);

impl SharedBytes {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).expect("the command writes UTF-8")
    }
}

impl Write for SharedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
