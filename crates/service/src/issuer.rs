//! The issuer whose tokens are taken (`OpenID` Connect, as Entra ID speaks it), and the keys by which it signs.
//!
//! Its keys come from a file, or from the issuer itself. They are asked for when they are an hour old, or when a token
//! names one that is not known, and once a minute at most: nobody makes the service ask more often by inventing tokens.
//! Keys that are known go on for a day while the issuer cannot be reached.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use app::Error;
use axum::body::Bytes;
use axum::http::Uri;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ledger::Timestamp;
use serde::Deserialize;
use tokio_rustls::rustls::crypto::ring;

use crate::access::Access;
use crate::jwt::{self, Expected, Keys, Refused};
use crate::problem::Problem;
use crate::settings::Oidc;
use crate::shared::Reread;
use crate::token::read_file;

/// Where an issuer says of itself where its keys are.
const DISCOVERY: &str = "/.well-known/openid-configuration";
/// Bytes that are taken of an answer of the issuer, and that a file of keys may have.
const MOST: u64 = 1 << 20;
/// How long the issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the service waits before it asks again.
const REST: i64 = 60;
/// After so many seconds keys are asked for again, though all that are needed are known.
const FRESH: i64 = 60 * 60;
/// For so many seconds keys are taken while the issuer cannot be reached.
const KEPT: i64 = 24 * 60 * 60;

/// The issuer whose tokens are taken.
pub(crate) struct Issuer {
    name: String,
    audience: String,
    source: Source,
    known: Arc<RwLock<Known>>,
    /// Held by the one task that asks the issuer.
    asking: Arc<tokio::sync::Mutex<()>>,
}

enum Source {
    File(PathBuf),
    Network(Box<Client<HttpsConnector<HttpConnector>, Empty<Bytes>>>),
}

/// What is known of the issuer.
#[derive(Clone, Debug, Default)]
struct Known {
    keys: Arc<Keys>,
    /// When its keys were read.
    read_at: Option<Timestamp>,
    /// When it was asked last.
    asked_at: Option<Timestamp>,
    /// Whether it answered then.
    is_reached: bool,
}

/// What an issuer says of itself; the rest of it is of no matter here.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Issuer {
    /// Reads the file of keys, or the certificates by which the issuer is known.
    ///
    /// # Errors
    /// Wrong usage, for an address that is none or would be asked without encryption; a file that cannot be read, or has no
    /// key.
    pub(crate) fn open(oidc: Oidc) -> Result<Self, Error> {
        let Oidc { issuer: name, audience, jwks } = oidc;
        if !is_safe(&name) {
            let text = format!("{name:?} is no address of an issuer");
            return Err(Error::usage(text).hint("it begins with https://, and is the `iss` of its tokens"));
        }
        let mut known = Known::default();
        let source = match jwks {
            Some(file) => {
                known.keys = Arc::new(read_keys(&file)?);
                Source::File(file)
            }
            None => Source::Network(Box::new(client()?)),
        };
        Ok(Self { name, audience, source, known: Arc::new(RwLock::new(known)), asking: Arc::default() })
    }

    /// Reads the file of keys again, if they come from one.
    ///
    /// # Errors
    /// Those of [`Issuer::open`]; then the keys stay as they were.
    pub(crate) fn reload(&self) -> Result<Option<Reread>, Error> {
        let Source::File(file) = &self.source else { return Ok(None) };
        let keys = read_keys(file)?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if *known.keys == keys {
            return Ok(Some(Reread::Same));
        }
        known.keys = Arc::new(keys);
        Ok(Some(Reread::Other))
    }

    /// Asks the issuer for its keys, if a token needs them and the issuer was not asked just now.
    pub(crate) async fn prepare(&self, token: &str, now: Timestamp) {
        let Some(key) = jwt::key_id(token) else { return };
        self.ask(Some(&key), now).await;
    }

    /// Asks the issuer for its keys, so that they are there when a token comes.
    pub(crate) async fn begin(&self, now: Timestamp) {
        self.ask(None, now).await;
    }

    async fn ask(&self, key: Option<&str>, now: Timestamp) {
        let Source::Network(client) = &self.source else { return };
        let known = self.known();
        if !known.wants(key, now) {
            return;
        }
        let only = match Arc::clone(&self.asking).try_lock_owned() {
            Ok(only) => only,
            // Whoever has a key that is known need not wait.
            Err(_) if key.is_none_or(|key| known.keys.has(key)) => return,
            Err(_) => Arc::clone(&self.asking).lock_owned().await,
        };
        // Somebody may have asked meanwhile.
        if !self.known().wants(key, now) {
            return;
        }
        let (client, name, known) = (client.clone(), self.name.clone(), Arc::clone(&self.known));
        // A task of its own: whoever hangs up meanwhile does not make the next one ask again.
        let asked = tokio::spawn(async move {
            let _only = only;
            let fetched = fetch(&client, &name).await;
            known.write().unwrap_or_else(PoisonError::into_inner).take(fetched, now);
        });
        // Whether keys came, their users see.
        drop(asked.await);
    }

    /// What a token of the issuer lets do.
    ///
    /// # Errors
    /// `unauthenticated`; `issuer_unreachable`, when the keys are too old, or a key is not known and the issuer could not be
    /// asked for it.
    pub(crate) fn access(&self, token: &str, now: Timestamp) -> Result<Access, Problem> {
        let known = self.known();
        let unreachable = || {
            let waited = known.asked_at.map_or(0, |asked| seconds(asked, now));
            Problem::issuer_unreachable(u32::try_from(REST - waited).unwrap_or_default().max(1))
        };
        let comes_by_network = matches!(self.source, Source::Network(_));
        if comes_by_network && known.read_at.is_none_or(|read| seconds(read, now) >= KEPT) {
            return Err(unreachable());
        }
        let expected = Expected { issuer: &self.name, audience: &self.audience, now };
        known.keys.access(token, expected).map_err(|refused| match refused {
            Refused::UnknownKey if comes_by_network && !known.is_reached => unreachable(),
            Refused::UnknownKey => Problem::unauthenticated("the issuer has no such key as the token names"),
            Refused::Invalid(why) => Problem::unauthenticated(why),
        })
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Known {
    /// Takes what came of asking the issuer at an instant.
    fn take(&mut self, fetched: Result<Keys, String>, now: Timestamp) {
        self.asked_at = Some(now);
        self.is_reached = fetched.is_ok();
        match fetched {
            Ok(keys) => {
                self.keys = Arc::new(keys);
                self.read_at = Some(now);
                tracing::debug!("the keys of the issuer were read");
            }
            Err(why) => tracing::warn!("the keys of the issuer could not be read: {why}"),
        }
    }

    /// Whether the issuer is to be asked, for the sake of a key or since what is known is old.
    fn wants(&self, key: Option<&str>, now: Timestamp) -> bool {
        let has_rested = self.asked_at.is_none_or(|asked| seconds(asked, now) >= REST);
        let is_fresh = self.read_at.is_some_and(|read| seconds(read, now) < FRESH);
        has_rested && !(is_fresh && key.is_none_or(|key| self.keys.has(key)))
    }
}

/// Seconds between two instants. A clock that was set back tells them as well.
fn seconds(one: Timestamp, other: Timestamp) -> i64 {
    i64::try_from(one.micros().abs_diff(other.micros()) / 1_000_000).unwrap_or(i64::MAX)
}

/// Whether an address is asked through an encrypted connection, or does not leave this machine.
fn is_safe(address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let is_here = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let is_whole = uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none();
    is_whole && (uri.scheme_str() == Some("https") || (uri.scheme_str() == Some("http") && is_here))
}

fn read_keys(file: &std::path::Path) -> Result<Keys, Error> {
    let text = read_file(file, MOST)?;
    let bad = |why| Error::new("bad_value", format!("{}: {why}", file.display()));
    Keys::parse(&text).map_err(|why| bad(why).hint("a set of keys as the `jwks_uri` of the issuer answers is wanted"))
}

/// What asks an issuer; it knows it by the certificates that the system trusts.
fn client() -> Result<Client<HttpsConnector<HttpConnector>, Empty<Bytes>>, Error> {
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(ring::default_provider())
        .map_err(|error| {
            let text = format!("failed to find the certificates that this system trusts: {error}");
            let hint = "install them (`ca-certificates`), or name the keys of the issuer by `--jwks FILE`";
            Error::new("failed", text).hint(hint)
        })?
        .https_or_http()
        .enable_http1()
        .build();
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
}

/// Asks an issuer for its keys.
async fn fetch(client: &Client<HttpsConnector<HttpConnector>, Empty<Bytes>>, issuer: &str) -> Result<Keys, String> {
    let asked = async {
        let address = format!("{}{DISCOVERY}", issuer.trim_end_matches('/'));
        let text = get(client, &address).await?;
        let found: Discovery = serde_json::from_str(&text).map_err(|error| format!("{address}: {error}"))?;
        if found.issuer != issuer {
            return Err(format!("{address} is of the issuer {:?}, and not of {issuer:?}", found.issuer));
        }
        if !is_safe(&found.jwks_uri) {
            return Err(format!("{address} names the keys at {:?}, which is not encrypted", found.jwks_uri));
        }
        let text = get(client, &found.jwks_uri).await?;
        Keys::parse(&text).map_err(|why| format!("{}: {why}", found.jwks_uri))
    };
    let late = || format!("{issuer} did not answer within {} seconds", PATIENCE.as_secs());
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(late()))
}

async fn get(client: &Client<HttpsConnector<HttpConnector>, Empty<Bytes>>, address: &str) -> Result<String, String> {
    let failed = |error: &dyn std::error::Error| {
        let causes = std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string);
        format!("{address}: {}", causes.collect::<Vec<_>>().join(": "))
    };
    let uri = address.parse::<Uri>().map_err(|error| failed(&error))?;
    let response = client.get(uri).await.map_err(|error| failed(&error))?;
    if !response.status().is_success() {
        return Err(format!("{address} answers {}", response.status()));
    }
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let body = Limited::new(response.into_body(), most).collect().await.map_err(|error| failed(&*error))?;
    String::from_utf8(body.to_bytes().to_vec()).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests;
