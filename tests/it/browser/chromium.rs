//! A Chromium of one's own, told what to do by the `DevTools` protocol over two pipes.
//!
//! The protocol is JSON with a zero byte behind each message. That is less than any package for it: those bring a
//! client of `WebSocket`, and the types of the whole protocol, which take longer to compile than everything else here.

use std::cell::{Cell, RefCell};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The variable that names the program.
const VARIABLE: &str = "PCS_TEST_BROWSER";
/// Names under which it is installed.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Chromium reads messages from the third file and writes them to the fourth.
const WITH_PIPES: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";

/// A Chromium, which ends with it.
pub struct Chromium {
    child: Child,
    to: RefCell<ChildStdin>,
    from: Receiver<Value>,
    next: Cell<u64>,
    /// What was told, and not looked at yet.
    events: RefCell<Vec<Value>>,
    home: TempDir,
}

/// The program, unless there is none.
///
/// # Panics
/// The variable names one that is not there.
fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE).map(PathBuf::from) {
        assert!(named.is_file(), "{VARIABLE} names {}, which is not there", named.display());
        return Some(named);
    }
    let path = std::env::var_os("PATH")?;
    let mut all = std::env::split_paths(&path).flat_map(|directory| NAMES.map(|name| directory.join(name)));
    all.find(|program| program.is_file())
}

impl Chromium {
    /// Starts one; where there is none, says so.
    #[expect(clippy::print_stdout, reason = "whoever runs the tests reads why they are passed over")]
    pub fn start() -> Option<Rc<Chromium>> {
        let Some(program) = program() else {
            println!("passed over: there is no Chromium; {VARIABLE} says where one is");
            return None;
        };
        let home = tempfile::tempdir().expect("a temporary directory");
        let mut command = Command::new("sh");
        command.args(["-c", WITH_PIPES]).arg(program);
        command.args(["--headless", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"]);
        command.args(["--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"]);
        // Nothing outside is asked, by the browser neither.
        command.arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
        command.arg(format!("--user-data-dir={}", home.path().join("profile").display()));
        command.env("HOME", home.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("sh runs");
        let (to, from) = (child.stdin.take().expect("it is piped"), child.stdout.take().expect("it is piped"));
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(from).split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("Chromium speaks JSON");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let (to, events) = (RefCell::new(to), RefCell::default());
        Some(Rc::new(Chromium { child, to, from: receiver, next: Cell::new(1), events, home }))
    }

    /// A directory that goes with it.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Asks for something; `session` is the page that is asked, none for the browser.
    ///
    /// # Errors
    /// What Chromium says instead of an answer.
    pub fn try_call(&self, session: Option<&str>, method: &str, parameters: &Value) -> Result<Value, String> {
        let id = self.next.replace(self.next.get() + 1);
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.to.borrow_mut().write_all(format!("{message}\0").as_bytes()).expect("Chromium listens");
        loop {
            let mut answer = self.told(method);
            if answer["id"] != id {
                self.events.borrow_mut().push(answer);
            } else if answer["error"].is_null() {
                return Ok(answer["result"].take());
            } else {
                return Err(format!("{method}: {}", answer["error"]["message"]));
            }
        }
    }

    pub fn call(&self, session: Option<&str>, method: &str, parameters: &Value) -> Value {
        self.try_call(session, method, parameters).unwrap_or_else(|error| panic!("{error}"))
    }

    fn told(&self, waiting_for: &str) -> Value {
        self.from.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{waiting_for}: {error}"))
    }

    /// Waits for an event, and takes it out of what was told.
    pub fn event(&self, session: Option<&str>, is_it: impl Fn(&Value) -> bool) -> Value {
        let is_it = |event: &Value| (session.is_none() || event["sessionId"].as_str() == session) && is_it(event);
        let place = self.events.borrow().iter().position(&is_it);
        if let Some(place) = place {
            return self.events.borrow_mut().remove(place);
        }
        let begun = Instant::now();
        loop {
            let event = self.told("an event");
            assert!(begun.elapsed() < PATIENCE, "the event never came; the last one was {event}");
            if is_it(&event) {
                return event;
            }
            self.events.borrow_mut().push(event);
        }
    }

    /// Takes what a page was told of some methods, so far.
    pub fn taken(&self, session: &str, methods: &[&str]) -> Vec<Value> {
        let mut events = self.events.borrow_mut();
        let is_of = |event: &Value| {
            event["sessionId"] == session && event["method"].as_str().is_some_and(|method| methods.contains(&method))
        };
        let (taken, left) = std::mem::take(&mut *events).into_iter().partition(is_of);
        *events = left;
        taken
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
