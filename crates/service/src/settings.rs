//! How a service is set up, and what it refuses to be.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use app::Error;
use ledger::Timestamp;
use uuid::Uuid;

/// How a service is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The directory of the ledger.
    pub ledger: PathBuf,
    /// Where it listens.
    pub listen: Listen,
    /// Whether events are recorded, too.
    pub writes: bool,
    /// The file of tokens; without it and an issuer a token is made for the time that the service runs.
    pub tokens: Option<PathBuf>,
    /// The issuer whose tokens are taken, too.
    pub oidc: Option<Oidc>,
    /// The certificate and the key by which it encrypts itself.
    pub tls: Option<TlsFiles>,
    /// Whether a proxy stands before it, which has the encryption.
    pub behind_proxy: bool,
    /// The names under which it is asked, beside its address and localhost.
    pub hosts: Vec<String>,
    /// What stands before every path, without a slash at its end.
    pub base_path: String,
    /// What is told apart as another program: other programs may answer otherwise.
    pub build: String,
    /// What is asked of it at most.
    pub limits: Limits,
    /// The socket of whoever started it and wants to be told when it listens (`NOTIFY_SOCKET`).
    pub supervisor: Option<OsString>,
    /// The present instant.
    pub now: fn() -> Timestamp,
    /// A new id, for a request, and for an event that has none.
    pub new_id: fn() -> Uuid,
}

/// The issuer whose tokens are taken.
#[derive(Clone, Debug)]
pub struct Oidc {
    /// Its address, which is the `iss` of its tokens.
    pub issuer: String,
    /// For whom tokens must be, by their `aud`.
    pub audience: String,
    /// The file of its keys; without it the issuer is asked for them.
    pub jwks: Option<PathBuf>,
}

/// By what a service encrypts.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The file of the certificate and of those that lead to its issuer, in PEM.
    pub certificate: PathBuf,
    /// The file of its key, in PEM.
    pub key: PathBuf,
}

/// Where a service listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// At an address of the network.
    Address(SocketAddr),
    /// At a socket of the file system.
    Unix(PathBuf),
}

/// What is asked of a service at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of a line of a body.
    pub line: usize,
    /// Bytes of an address.
    pub address: usize,
    /// Bytes of all headers.
    pub headers: usize,
    /// How long headers may take.
    pub header_wait: Duration,
    /// How long an answer may take.
    pub request: Duration,
    /// How long the import of a report may take.
    pub report: Duration,
    /// Connections at a time.
    pub connections: usize,
    /// Streams at a time.
    pub streams: usize,
    /// Questions that are answered at a time.
    pub scoring: usize,
    /// Questions that wait.
    pub waiting: usize,
    /// Requests of a token in a second, in the long run and at once.
    pub rate: (f64, f64),
    /// How long requests may take that are under way when the service ends.
    pub drain: Duration,
}

impl Listen {
    /// Reads `ADDR:PORT` or `unix:PATH`.
    ///
    /// # Errors
    /// A text that is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some("") => Err("a path is wanted behind `unix:`".to_owned()),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text.parse().map(Self::Address).map_err(|_| "ADDR:PORT or unix:PATH is wanted".to_owned()),
        }
    }

    /// The address of the network, if it is one.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(address.ip()),
            Self::Unix(_) => None,
        }
    }

    /// Whether only this machine reaches it.
    pub(crate) fn is_local(&self) -> bool {
        self.ip().is_none_or(|ip| ip.is_loopback())
    }
}

impl Settings {
    /// Whether whoever asks does so through an encrypted connection.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some() || self.behind_proxy
    }

    /// Refuses what strangers could misuse.
    ///
    /// # Errors
    /// Wrong usage, which says what is missing.
    pub fn check(&self) -> Result<(), Error> {
        if self.listen.is_local() {
            return Ok(());
        }
        let refused = |text: &str, hint: &str| Err(Error::usage(text).hint(hint));
        if !self.is_encrypted() {
            let text = "an address that others reach needs encryption";
            let hint = "`--tls-cert FILE` and `--tls-key FILE` name a certificate and its key; `--behind-proxy` says that a \
                        proxy before it encrypts";
            return refused(text, hint);
        }
        if self.tokens.is_none() && self.oidc.is_none() {
            let text = "an address that others reach needs tokens";
            let hint =
                "`--tokens FILE` names the file that `pcs token make` wrote; `--oidc-issuer URL` an issuer of tokens";
            return refused(text, hint);
        }
        Ok(())
    }
}
