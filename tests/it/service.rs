//! `pcs serve` as a process, asked by clients of its own: every answer beside the command's, who may ask what, what is
//! recorded, and what is told as it comes.

mod answers;
mod api;
mod assumed;
pub mod client;
mod codes;
mod contract;
mod encrypted;
mod figures;
mod issuers;
mod limits;
mod lists;
mod options;
mod packages;
mod packed;
mod page;
mod proofs;
mod protocol;
mod refusals;
mod streams;
mod supervised;
mod writes;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Child;

use serde_json::Value;
use tempfile::TempDir;

use crate::processes::{answer, pcs};
use client::{Reply, request};

/// The partner of the demo.
pub const PARTNER: &str = "6034453";

/// A service, which ends with it.
pub struct Service {
    pub child: Child,
    pub address: String,
    pub token: String,
}

impl Service {
    /// Starts a service on a port of its own.
    pub fn start(dir: &Path, args: &[&str]) -> Service {
        Service::start_with(dir, args, &[])
    }

    /// Starts a service with variables, on a port of its own unless it is told where to listen.
    fn start_with(dir: &Path, args: &[&str], variables: &[(&str, &str)]) -> Service {
        let is_told = |option: &str, variable| {
            args.contains(&option) || variables.iter().any(|(name, _)| [variable, "PCS_CONFIG"].contains(name))
        };
        let has_config = args.contains(&"--config");
        let own: &[&str] =
            if has_config || is_told("--listen", "PCS_LISTEN") { &[] } else { &["--listen", "127.0.0.1:0"] };
        let makes_token =
            !has_config && !is_told("--tokens", "PCS_TOKENS") && !is_told("--oidc-issuer", "PCS_OIDC_ISSUER");
        let all = [&["serve"], own, args].concat();
        let mut command = pcs(dir, &all);
        command.envs(variables.iter().copied());
        let mut child = command.spawn().expect("the service starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("the service says where it listens");
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            let mut why = String::new();
            child.stderr.take().map(|mut err| err.read_to_string(&mut why));
            panic!("the service does not listen: {line}{why}")
        });
        let address = said["listening"].as_str().expect("an address");
        let address = ["http://", "https://", "unix:"].into_iter().find_map(|scheme| address.strip_prefix(scheme));
        let address = address.expect("a scheme").to_owned();
        let mut token = String::new();
        if makes_token {
            let mut err = BufReader::new(child.stderr.take().expect("it is piped"));
            err.read_line(&mut line).expect("the service says its token");
            line.trim_end().rsplit(['=', ' ']).next().expect("a token").clone_into(&mut token);
            // What is said later is read, so that the service can say it.
            std::thread::spawn(move || std::io::copy(&mut err, &mut std::io::sink()));
        }
        Service { child, address, token }
    }

    /// Asks with the token of the run.
    pub fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[])
    }

    fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.ask("GET", path, headers, b"")
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let token = format!("Bearer {}", self.token);
        let mut all = vec![("Authorization", token.as_str())];
        // A header that is given goes before the one that is usual.
        all.retain(|(name, _)| !headers.iter().any(|(given, _)| given == name));
        all.extend(headers);
        request(&self.address, method, path, &all, body)
    }

    /// Sends a signal.
    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        std::process::Command::new("kill").args([name, &pid]).status().expect("kill runs");
    }

    /// What it logs from now on, line by line. It blocks until something is logged.
    fn log(&mut self) -> impl Iterator<Item = String> + use<> {
        let log = BufReader::new(self.child.stderr.take().expect("it is piped"));
        log.lines().map_while(Result::ok)
    }

    /// Sends the signal that ends it in order, and returns its exit code.
    fn end(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Makes a token, and returns it.
fn token(dir: &Path, args: &[&str]) -> String {
    let made = answer(dir, &[&["token", "make", "--tokens", "tokens"], args].concat());
    made.lines().next().expect("a token").to_owned()
}

/// A directory with the ledger of the demo.
pub fn demo() -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    answer(dir.path(), &["demo", "--dir", "pcs-ledger"]);
    dir
}
