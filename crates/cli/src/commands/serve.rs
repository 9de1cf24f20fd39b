//! `serve`: answers over HTTP.

mod limits;
pub(crate) mod sources;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use app::Error;
use clap::ValueEnum;
use serde_json::json;
use service::{Listen, Oidc, Server, Settings, TlsFiles};

use super::Run;
use crate::console::Console;
use crate::env::{system_id, system_now};
use limits::LimitArgs;
use sources::variable;

/// Where it listens, unless it is told otherwise.
const USUAL_ADDRESS: &str = "127.0.0.1:8462";

/// Answers over HTTP what the commands answer: scores, timelines, findings, entries, proofs
///
/// Programs ask under /v1, with a token in the header `Authorization: Bearer pcs_...`. Without --tokens and --oidc-issuer a
/// token is made for this run, and printed with the address. An answer has the bytes that the command prints; what other
/// processes record is noticed within a quarter of a second, and told on /v1/stream. SIGTERM ends it in order; SIGHUP reads
/// the tokens, the certificate and its key again.
///
/// Each option but --open, --check and --config is also a variable, as `PCS_TLS_CERT` for --tls-cert, and a line of the
/// file of --config, as `tls-cert = "FILE"`. What is typed goes before the variable, and that before the file.
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
    /// The issuer whose tokens are taken, by its address: of Entra ID, <https://login.microsoftonline.com/TENANT/v2.0>
    #[arg(long, value_name = "URL")]
    oidc_issuer: Option<String>,
    /// For whom tokens of the issuer must be: their `aud`
    #[arg(long, value_name = "AUD")]
    oidc_audience: Option<String>,
    /// The file of the issuer's keys; without it the issuer is asked for them
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// The file of the certificate by which it encrypts, and of those that lead to its issuer, in PEM
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The file of the certificate's key, in PEM
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Says that a proxy before it encrypts: other addresses than those of this machine are allowed
    #[arg(long)]
    behind_proxy: bool,
    /// A name under which it is asked, beside its address and localhost; can be repeated
    #[arg(long = "host", value_name = "NAME", value_parser = host)]
    hosts: Vec<String>,
    /// What stands before every path
    #[arg(long, value_name = "/P", default_value = "", hide_default_value = true, value_parser = base_path)]
    base_path: String,
    /// How the log is written on stderr; `-v` logs each request
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    log: LogForm,
    /// The file of further options: TOML, a line each
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Shows the page in the browser
    #[arg(long)]
    open: bool,
    /// Asks whether a service answers at the address, and ends: with 0 if it does, else with 1
    #[arg(long, conflicts_with_all = ["open", "write", "tokens"])]
    check: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum LogForm {
    /// For people
    #[default]
    Text,
    /// For programs: one object a line
    Json,
}

impl Args {
    /// Whether the log is written for programs.
    pub(crate) fn logs_json(&self) -> bool {
        self.log == LogForm::Json
    }
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let logs_json = self.logs_json();
        let is_socket = matches!(self.listen, Listen::Unix(_));
        if self.open && is_socket {
            return Err(Error::usage("no browser opens a socket: `--open` needs an address and a port"));
        }
        let tls = pair((self.tls_cert, "--tls-cert"), (self.tls_key, "--tls-key"))?;
        if self.check {
            return service::check(&self.listen, &self.base_path, tls.is_some());
        }
        let oidc = pair((self.oidc_issuer, "--oidc-issuer"), (self.oidc_audience, "--oidc-audience"))?;
        if self.jwks.is_some() && oidc.is_none() {
            return Err(Error::usage("--jwks has the keys of an issuer, and needs --oidc-issuer"));
        }
        let commit = console.commit.map(|commit| format!("+{commit}")).unwrap_or_default();
        let build = format!("{}{commit}", env!("CARGO_PKG_VERSION"));
        let path = |typed: PathBuf| console.session.path(&typed);
        let settings = Settings {
            ledger: console.session.ledger_dir.clone(),
            listen: self.listen,
            writes: self.write,
            tokens: self.tokens.map(path),
            oidc: oidc.map(|(issuer, audience)| Oidc { issuer, audience, jwks: self.jwks.map(path) }),
            tls: tls.map(|(certificate, key)| TlsFiles { certificate: path(certificate), key: path(key) }),
            behind_proxy: self.behind_proxy,
            hosts: self.hosts,
            base_path: self.base_path,
            build: build.clone(),
            limits: self.limits.into(),
            supervisor: console.variable("NOTIFY_SOCKET").cloned(),
            now: system_now,
            new_id: system_id,
        };
        service::run(settings, |server: &Server| {
            let address = server.address();
            // Programs wait for this line, whatever the format.
            console.raw(format!("{}\n", json!({"listening": address, "build": build})).as_bytes())?;
            console.answered()?;
            let page = server
                .token()
                .map(|token| if is_socket { token.to_owned() } else { format!("{address}/#token={token}") });
            match &page {
                Some(page) if logs_json => console.say(&json!({"level": "INFO", "for_this_run": page}).to_string()),
                Some(page) => console.say(&format!("for this run: {page}")),
                None => {}
            }
            if self.open && !show(page.as_ref().unwrap_or(&address)) {
                console.say("no browser could be started: open the address in one");
            }
            Ok(())
        })
    }
}

/// Two options of which neither is of any use alone.
fn pair<T>(one: (Option<T>, &str), other: (Option<T>, &str)) -> Result<Option<(T, T)>, Error> {
    match (one, other) {
        ((Some(one), _), (Some(other), _)) => Ok(Some((one, other))),
        ((None, _), (None, _)) => Ok(None),
        ((Some(_), there), (None, lacking)) | ((None, lacking), (Some(_), there)) => {
            let (option, name) = (lacking.trim_start_matches('-'), variable(lacking));
            let hint = format!("type `{lacking}`, set {name}, or write `{option} = ...` into the file of `--config`");
            Err(Error::usage(format!("{there} needs {lacking}, too")).hint(hint))
        }
    }
}

/// Shows an address in the browser of whoever runs the command; returns whether one was started.
fn show(address: &str) -> bool {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = || Stdio::null();
    let mut command = Command::new(program);
    command.arg(address).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn().is_ok()
}

/// Reads what stands before every path: parts that are the same in every address, however it is written.
fn base_path(text: &str) -> Result<String, &'static str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && part.chars().all(is_plain);
    let is_path = text.strip_prefix('/').is_some_and(|parts| parts.split('/').all(is_part));
    let wanted = "a path such as /pcs is wanted, of letters, digits and -._~";
    if text.is_empty() || is_path { Ok(text.to_owned()) } else { Err(wanted) }
}

/// Reads a name under which the service is asked, with or without a port.
fn host(text: &str) -> Result<String, &'static str> {
    let is_name = !text.is_empty() && !text.contains(|c: char| c == '/' || c == '@' || !c.is_ascii_graphic());
    if is_name { Ok(text.to_owned()) } else { Err("a name such as pcs.example is wanted, with :PORT where it has one") }
}

#[cfg(test)]
mod tests {
    use super::{base_path, host};

    #[test]
    fn what_stands_before_every_path_is_one_path() {
        for good in ["", "/pcs", "/a/b-c_d.e~f"] {
            assert!(base_path(good).is_ok(), "{good}");
        }
        for bad in
            ["/", "pcs", "//p", "/p/", "/a//b", "/a/../b", "/.", "/a b", "/a%2fb", "/{a}", "/a?b", "/a#b", "/\\a"]
        {
            assert!(base_path(bad).is_err(), "{bad}");
        }
        for good in ["pcs.example", "pcs.example:8443", "[::1]"] {
            assert!(host(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "https://pcs.example", "a@b", "a b"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }
}
