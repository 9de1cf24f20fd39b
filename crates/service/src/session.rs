//! Sessions of the page: a cookie in place of a token, for half a day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use app::Error;
use axum::http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};

use crate::access::Access;
use crate::token;

/// How long a session lasts.
pub(crate) const LASTS: Duration = Duration::from_hours(12);
/// Sessions that are known at most; the oldest end first.
const MOST: usize = 10_000;
/// The name of the cookie where the connection is encrypted, and where it is not.
const NAMES: [&str; 2] = ["__Host-pcs", "pcs"];

/// The sessions that are open.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<[u8; 32], (Instant, Access)>>);

impl Sessions {
    /// Opens a session for whoever has access; returns the header that sets its cookie. It reads, and never writes.
    ///
    /// # Errors
    /// That of the operating system, when it has no random bytes.
    pub(crate) fn open(&self, access: &Access, is_encrypted: bool) -> Result<String, Error> {
        let secret = token::random()?;
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, (since, _)| since.elapsed() < LASTS);
        if open.len() >= MOST
            && let Some(oldest) = open.iter().min_by_key(|(_, (since, _))| *since).map(|(digest, _)| *digest)
        {
            open.remove(&oldest);
        }
        open.insert(Sha256::digest(&secret).into(), (Instant::now(), access.clone()));
        let (name, secure) = if is_encrypted { (NAMES[0], "; Secure") } else { (NAMES[1], "") };
        Ok(format!("{name}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{secure}", LASTS.as_secs()))
    }

    /// What the session of a request lets do. The table is keyed by digests, so that the time to look one up tells nothing.
    pub(crate) fn access(&self, headers: &HeaderMap) -> Option<Access> {
        let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|cookie| cookie.to_str().ok());
        let pairs = cookies.flat_map(|cookie| cookie.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = pairs.filter(|(name, _)| NAMES.contains(name)).map(|(_, secret)| secret);
        secrets.find_map(|secret| {
            let digest: [u8; 32] = Sha256::digest(secret).into();
            let (since, access) = open.get(&digest)?;
            (since.elapsed() < LASTS).then(|| access.clone())
        })
    }
}
