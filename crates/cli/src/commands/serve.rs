//! `serve`: answers over HTTP.

use std::path::PathBuf;

use app::Error;
use serde_json::json;
use service::{Limits, Listen, Server, Settings};

use super::Run;
use crate::console::Console;

/// Where it listens, unless it is told otherwise.
const USUAL_ADDRESS: &str = "127.0.0.1:8462";

/// Answers over HTTP what the commands answer: scores, timelines, findings, entries, proofs
///
/// Programs ask under /v1, with a token in the header `Authorization: Bearer pcs_...`. Without --tokens a token is made for
/// this run, and printed with the address. An answer has the bytes that the command prints; what other processes record is
/// noticed within a quarter of a second, and told on /v1/stream. SIGTERM ends it in order; SIGHUP reads the tokens again.
#[derive(Debug, clap::Args)]
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
    /// What stands before every path
    #[arg(long, value_name = "/P", default_value = "", hide_default_value = true, value_parser = base_path)]
    base_path: String,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { listen, write: writes, tokens, behind_proxy, hosts, base_path } = self;
        let commit = console.commit.map(|commit| format!("+{commit}")).unwrap_or_default();
        let build = format!("{}{commit}", env!("CARGO_PKG_VERSION"));
        let ledger = console.session.ledger_dir.clone();
        let tokens = tokens.map(|typed| console.session.path(&typed));
        let limits = Limits::default();
        let settings =
            Settings { ledger, listen, writes, tokens, behind_proxy, hosts, base_path, build: build.clone(), limits };
        service::run(settings, |server: &Server| {
            let address = server.address();
            // Programs wait for this line, whatever the format.
            console.raw(format!("{}\n", json!({"listening": address, "build": build})).as_bytes())?;
            console.answered()?;
            if let Some(token) = server.token() {
                console.say(&format!("for this run: {address}/#token={token}"));
            }
            Ok(())
        })
    }
}

/// Reads what stands before every path.
fn base_path(text: &str) -> Result<String, &'static str> {
    let is_path = text.starts_with('/') && !text.ends_with('/') && !text.contains(['?', '#', '{', '}']);
    if text.is_empty() || is_path { Ok(text.to_owned()) } else { Err("a path such as /pcs is wanted") }
}
