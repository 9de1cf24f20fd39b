//! `pcs serve` as a process, asked by clients of its own: every answer beside the command's, who may ask what, what is
//! recorded, and what is told as it comes.

mod answers;
mod api;
mod assumed;
mod client;
mod codes;
mod contract;
mod lists;
mod packed;
mod page;
mod proofs;
mod refusals;
mod streams;
mod writes;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::processes::{answer, pcs};
use client::{Reply, request};

/// The partner of the demo.
const PARTNER: &str = "6034453";

/// A service, which ends with it.
struct Service {
    child: Child,
    address: String,
    token: String,
}

impl Service {
    /// Starts a service on a port of its own.
    fn start(dir: &Path, args: &[&str]) -> Service {
        let args = [&["serve", "--listen", "127.0.0.1:0"], args].concat();
        let mut child = pcs(dir, &args).stderr(Stdio::piped()).spawn().expect("the service starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("the service says where it listens");
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            let mut why = String::new();
            child.stderr.take().map(|mut err| err.read_to_string(&mut why));
            panic!("the service does not listen: {line}{why}")
        });
        let address = said["listening"].as_str().expect("an address").strip_prefix("http://").expect("http").to_owned();
        let mut token = String::new();
        if !args.contains(&"--tokens") {
            let mut err = BufReader::new(child.stderr.take().expect("it is piped"));
            err.read_line(&mut line).expect("the service says its token");
            line.trim_end().rsplit("#token=").next().expect("a token").clone_into(&mut token);
            // What is said later is read, so that the service can say it.
            std::thread::spawn(move || std::io::copy(&mut err, &mut std::io::sink()));
        }
        Service { child, address, token }
    }

    /// Asks with the token of the run.
    fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[])
    }

    fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.ask("GET", path, headers, b"")
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let token = format!("Bearer {}", self.token);
        let mut all = vec![("Authorization", token.as_str())];
        // A header that is given goes before the one that is usual.
        all.retain(|(name, _)| !headers.iter().any(|(given, _)| given == name));
        all.extend(headers);
        request(&self.address, method, path, &all, body)
    }

    /// Sends the signal that ends it in order, and returns its exit code.
    fn end(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A directory with the ledger of the demo.
fn demo() -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    answer(dir.path(), &["demo", "--dir", "pcs-ledger"]);
    dir
}
