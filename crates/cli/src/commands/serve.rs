//! `serve`: answers over HTTP.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use app::Error;
use serde_json::json;
use service::{Limits, Listen, Server, Settings};

use super::Run;
use crate::console::Console;
use crate::env::{system_id, system_now};

/// Where it listens, unless it is told otherwise.
const USUAL_ADDRESS: &str = "127.0.0.1:8462";

/// Answers over HTTP what the commands answer: scores, timelines, findings, entries, proofs
///
/// Programs ask under /v1, with a token in the header `Authorization: Bearer pcs_...`. Without --tokens a token is made for
/// this run, and printed with the address. An answer has the bytes that the command prints; what other processes record is
/// noticed within a quarter of a second, and told on /v1/stream. SIGTERM ends it in order; SIGHUP reads the tokens again.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Args {
    /// The address and port, or the path of a socket
    #[arg(long, value_name = "ADDR:PORT|unix:PATH", default_value = USUAL_ADDRESS, value_parser = Listen::parse)]
    listen: Listen,
    /// Records events and reports, too, for tokens whose scope it is
    #[arg(long)]
    write: bool,
    /// The file of the tokens that are taken, as `token make` wrote it
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Says that a proxy before it encrypts: other addresses than those of this machine are allowed
    #[arg(long)]
    behind_proxy: bool,
    /// A name under which it is asked, beside its address and localhost; can be repeated
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// Shows the page in the browser
    #[arg(long)]
    open: bool,
    /// Asks whether a service answers at the address, and ends: with 0 if it does, else with 1
    #[arg(long, conflicts_with_all = ["open", "write", "tokens"])]
    check: bool,
    /// What stands before every path
    #[arg(long, value_name = "/P", default_value = "", hide_default_value = true, value_parser = base_path)]
    base_path: String,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { listen, write: writes, tokens, behind_proxy, hosts, base_path, open, check } = self;
        if check {
            return service::check(&listen, &base_path);
        }
        let commit = console.commit.map(|commit| format!("+{commit}")).unwrap_or_default();
        let build = format!("{}{commit}", env!("CARGO_PKG_VERSION"));
        let ledger = console.session.ledger_dir.clone();
        let tokens = tokens.map(|typed| console.session.path(&typed));
        let limits = Limits::default();
        let settings = Settings {
            ledger,
            listen,
            writes,
            tokens,
            behind_proxy,
            hosts,
            base_path,
            build: build.clone(),
            limits,
            now: system_now,
            new_id: system_id,
        };
        service::run(settings, |server: &Server| {
            let address = server.address();
            // Programs wait for this line, whatever the format.
            console.raw(format!("{}\n", json!({"listening": address, "build": build})).as_bytes())?;
            console.answered()?;
            let page = server.token().map(|token| format!("{address}/#token={token}"));
            if let Some(page) = &page {
                console.say(&format!("for this run: {page}"));
            }
            if open && !show(page.as_ref().unwrap_or(&address)) {
                console.say("no browser could be started: open the address in one");
            }
            Ok(())
        })
    }
}

/// Shows an address in the browser of whoever runs the command; returns whether one was started.
fn show(address: &str) -> bool {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = || Stdio::null();
    let mut command = Command::new(program);
    command.arg(address).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn().is_ok()
}

/// Reads what stands before every path.
fn base_path(text: &str) -> Result<String, &'static str> {
    let is_path = text.starts_with('/') && !text.ends_with('/') && !text.contains(['?', '#', '{', '}']);
    if text.is_empty() || is_path { Ok(text.to_owned()) } else { Err("a path such as /pcs is wanted") }
}
