//! How a service is set up, and what it refuses to be.

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
    /// The file of tokens; without it a token is made for the time that the service runs.
    pub tokens: Option<PathBuf>,
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
    /// The present instant.
    pub now: fn() -> Timestamp,
    /// A new id, for a request, and for an event that has none.
    pub new_id: fn() -> Uuid,
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

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            body: 64 << 20,
            address: 8 << 10,
            headers: 32 << 10,
            header_wait: Duration::from_secs(10),
            request: Duration::from_secs(30),
            report: Duration::from_mins(5),
            connections: 512,
            streams: 256,
            scoring: 2 * cores,
            waiting: 256,
            rate: (50.0, 200.0),
            drain: Duration::from_secs(30),
        }
    }
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
    /// Refuses what strangers could misuse.
    ///
    /// # Errors
    /// Wrong usage, which says what is missing.
    pub fn check(&self) -> Result<(), Error> {
        if self.listen.is_local() {
            return Ok(());
        }
        let refused = |text: &str, hint: &str| Err(Error::usage(text).hint(hint));
        if !self.behind_proxy {
            let text = "an address that others reach needs encryption";
            return refused(text, "`--behind-proxy` says that a proxy before it encrypts");
        }
        if self.tokens.is_none() {
            let text = "an address that others reach needs tokens";
            return refused(text, "`--tokens FILE` names the file that `pcs token make` wrote");
        }
        Ok(())
    }
}
