//! Sessions of the page: a cookie in place of a token, for half a day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use ledger::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::access::Access;
use crate::problem::Problem;
use crate::token;

/// How long a session lasts.
pub(crate) const LASTS: Duration = Duration::from_hours(12);
/// Sessions that are known at most; the oldest end first.
const MOST: usize = 10_000;
/// The name of the cookie where the connection is encrypted, and where it is not.
const NAMES: [&str; 2] = ["__Host-pcs", "pcs"];

/// The name of the cookie. A browser takes the first over encrypted connections alone, so that no other one counts there.
fn name(is_encrypted: bool) -> &'static str {
    let [encrypted, plain] = NAMES;
    if is_encrypted { encrypted } else { plain }
}

/// The sessions that are open.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<[u8; 32], (Instant, Access)>>);

/// Whether a request has the cookie of a session, open or not.
pub(crate) fn has_cookie(headers: &HeaderMap, is_encrypted: bool) -> bool {
    secrets(headers, is_encrypted).next().is_some()
}

/// The secrets in the cookies of a request.
fn secrets(headers: &HeaderMap, is_encrypted: bool) -> impl Iterator<Item = &str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|cookie| cookie.to_str().ok());
    let pairs = cookies.flat_map(|cookie| cookie.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(own, _)| *own == name(is_encrypted)).map(|(_, secret)| secret)
}

impl Sessions {
    /// Opens a session for whoever has access; returns the header that sets its cookie. It reads, and never writes.
    ///
    /// # Errors
    /// `unauthenticated`, if other tokens are taken than those by which access was granted; that of the operating system,
    /// when it has no random bytes.
    pub(crate) fn open(
        &self,
        access: &Access,
        reloads: &watch::Receiver<()>,
        is_encrypted: bool,
    ) -> Result<String, Problem> {
        let secret = token::random()?;
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // All sessions end behind the reload, which waits for this one.
        if reloads.has_changed().unwrap_or(true) {
            return Err(Problem::unauthenticated("other tokens are taken since just now: show the token again"));
        }
        open.retain(|_, (since, _)| since.elapsed() < LASTS);
        if open.len() >= MOST
            && let Some(oldest) = open.iter().min_by_key(|(_, (since, _))| *since).map(|(digest, _)| *digest)
        {
            open.remove(&oldest);
        }
        open.insert(Sha256::digest(&secret).into(), (Instant::now(), access.clone()));
        let (name, secure) = (name(is_encrypted), if is_encrypted { "; Secure" } else { "" });
        Ok(format!("{name}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{secure}", LASTS.as_secs()))
    }

    /// Ends all sessions.
    pub(crate) fn end_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What the session of a request lets do at an instant, and how long. The table is keyed by digests, so that the time to
    /// look one up tells nothing.
    pub(crate) fn access(&self, headers: &HeaderMap, now: Timestamp, is_encrypted: bool) -> Option<Access> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets(headers, is_encrypted).find_map(|secret| {
            let digest: [u8; 32] = Sha256::digest(secret).into();
            let (since, access) = open.get(&digest)?;
            let left = LASTS.checked_sub(since.elapsed()).filter(|left| !left.is_zero() && access.holds(now))?;
            let end = Timestamp::from_micros(now.micros().saturating_add(left.as_micros().try_into().ok()?));
            Some(Access { expires: Some(access.expires.map_or(end, |expires| expires.min(end))), ..access.clone() })
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use ledger::{Timestamp, parse_date};
    use tokio::sync::watch;

    use super::{LASTS, Sessions};
    use crate::access::Access;
    use crate::token::Scope;

    fn access(expires: Option<Timestamp>) -> Access {
        Access { name: "one".to_owned(), scopes: vec![Scope::Read], partners: [].into(), expires }
    }

    fn shown(cookie: &str) -> HeaderMap {
        let cookie = HeaderValue::from_str(cookie.split(';').next().unwrap()).unwrap();
        HeaderMap::from_iter([(header::COOKIE, cookie)])
    }

    #[test]
    fn a_session_ends_with_its_token() {
        let expires = Timestamp::end_of(parse_date("2025-02-28").unwrap());
        let access = access(Some(expires));
        let (_reload, reloads) = watch::channel(());
        let sessions = Sessions::default();
        let headers = shown(&sessions.open(&access, &reloads, false).unwrap());
        assert_eq!(sessions.access(&headers, expires, false), Some(access.clone()));
        assert_eq!(sessions.access(&headers, expires.next().unwrap(), false), None);
        assert_eq!(sessions.access(&headers, expires, true), None);
        sessions.end_all();
        assert_eq!(sessions.access(&headers, expires, false), None);
        let cookie = sessions.open(&Access { expires: None, ..access }, &reloads, true).unwrap();
        assert!(cookie.starts_with("__Host-pcs=") && cookie.ends_with("; Secure"), "{cookie}");
    }

    #[test]
    fn what_a_session_lets_do_ends_with_it() {
        let now = Timestamp::start_of(parse_date("2025-02-28").unwrap());
        let (_reload, reloads) = watch::channel(());
        let sessions = Sessions::default();
        let headers = shown(&sessions.open(&access(None), &reloads, false).unwrap());
        let granted = sessions.access(&headers, now, false).unwrap();
        let lasts = i64::try_from(LASTS.as_micros()).unwrap();
        assert!(granted.holds(now) && !granted.holds(Timestamp::from_micros(now.micros() + lasts + 1)));
    }

    #[test]
    fn a_token_that_was_taken_before_a_reload_opens_no_session_behind_it() {
        let (reload, reloads) = watch::channel(());
        let sessions = Sessions::default();
        reload.send_replace(());
        sessions.end_all();
        assert_eq!(sessions.open(&access(None), &reloads, false).unwrap_err().code, "unauthenticated");
    }
}
