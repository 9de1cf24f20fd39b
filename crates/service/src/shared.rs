//! What all requests share.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use app::folds::Folds;
use app::interrupt::Interrupt;
use app::prove::key;
use app::world::{Bar, Unit, Watch, World};
use app::{Error, Session};
use axum::body::Bytes;
use ledger::{Date, Reader, Timestamp};
use tokio::sync::{Semaphore, watch};

use crate::access::Access;
use crate::appends::{LastAppend, WAIT};
use crate::issuer::Issuer;
use crate::jwt;
use crate::kept::KeptAnswers;
use crate::ledger_watch::LedgerWatch;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::session::Sessions;
use crate::settings::Settings;
use crate::tls::Tls;
use crate::token::Tokens;
use crate::work::Work;

/// Tokens whose requests are counted, before those are let go that ask no more.
const RATES: usize = 10_000;

/// What came of reading a file again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reread {
    /// It says the same, as far as anybody's access follows from it.
    Same,
    /// It says something else.
    Other,
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) ledger: Arc<LedgerWatch>,
    pub(crate) sessions: Sessions,
    pub(crate) tls: Option<Tls>,
    pub(crate) issuer: Option<Issuer>,
    pub(crate) work: Work,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) metrics: Metrics,
    pub(crate) kept: KeptAnswers,
    /// The same, as they are packed.
    pub(crate) packed: KeptAnswers,
    /// What questions folded.
    folds: Arc<Folds>,
    pub(crate) last_append: LastAppend,
    /// The document of the API, with its tag, once it was asked for.
    pub(crate) document: OnceLock<(Bytes, String)>,
    /// Set when the service ends.
    pub(crate) ends: watch::Sender<bool>,
    /// Changed when other tokens are taken.
    pub(crate) reloads: watch::Sender<()>,
    tokens: RwLock<Arc<Tokens>>,
    rates: Mutex<BTreeMap<String, (Instant, f64)>>,
    /// Where it listens, once it does.
    address: Option<SocketAddr>,
}

/// Nobody watches what goes on meanwhile: what is said goes to the log.
struct Log;

impl Watch for Log {
    fn say(&self, message: &str) {
        tracing::debug!("{message}");
    }

    fn warn(&self, message: &str) {
        tracing::warn!("{message}");
    }

    fn begin(&self, _: &'static str, _: Unit) -> Box<dyn Bar> {
        Box::new(Unseen)
    }
}

struct Unseen;

impl Bar for Unseen {
    fn at(&self, _: u64, _: Option<u64>) {}
}

/// Logs what came of reading some files again; returns whether they say something else.
fn reread(what: &str, read: Option<Result<Reread, Error>>) -> bool {
    match read {
        Some(Ok(read)) => {
            tracing::info!("{what} were read again");
            read == Reread::Other
        }
        None => false,
        Some(Err(error)) => {
            tracing::error!("{what} stay as they were: {error}");
            false
        }
    }
}

impl Shared {
    pub(crate) fn new(settings: Settings, tokens: Tokens) -> Result<Self, Error> {
        let tls = settings.tls.clone().map(Tls::read).transpose()?;
        let issuer = settings.oidc.clone().map(Issuer::open).transpose()?;
        let ledger = Arc::new(LedgerWatch::open(settings.ledger.clone())?);
        let limits = settings.limits;
        Ok(Self {
            ledger,
            sessions: Sessions::default(),
            tls,
            issuer,
            work: Work::new(limits.scoring, limits.waiting),
            streams: Arc::new(Semaphore::new(limits.streams)),
            metrics: Metrics::default(),
            kept: KeptAnswers::default(),
            packed: KeptAnswers::default(),
            folds: Arc::default(),
            last_append: LastAppend::default(),
            document: OnceLock::new(),
            ends: watch::channel(false).0,
            reloads: watch::channel(()).0,
            tokens: RwLock::new(Arc::new(tokens)),
            rates: Mutex::new(BTreeMap::new()),
            address: None,
            settings,
        })
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        (self.settings.now)()
    }

    /// The present day.
    pub(crate) fn today(&self) -> Date {
        self.now().date()
    }

    pub(crate) fn set_address(&mut self, address: SocketAddr) {
        self.address = Some(address);
    }

    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The origin of the ledger: the name of its key.
    ///
    /// # Errors
    /// The key cannot be read.
    pub(crate) fn origin(&self) -> Result<String, Error> {
        let reader = self.ledger.reader();
        self.with_session(&reader, Vec::new(), Interrupt::default(), |session, _| key::origin(session))
    }

    /// Reads again what it was told to read when it began. What cannot be read stays as it was, and is logged. With other
    /// tokens or keys, sessions and streams end, since theirs may be gone.
    pub(crate) fn reload(&self) {
        let certificate = self.tls.as_ref().map(|tls| tls.reload().map(|()| Reread::Same));
        reread("the certificate and its key", certificate);
        let tokens = reread("the tokens", self.settings.tokens.as_deref().map(|file| self.reload_tokens(file)));
        let keys =
            reread("the keys of the issuer", self.issuer.as_ref().and_then(|issuer| issuer.reload().transpose()));
        if tokens || keys {
            // In this order: whoever opens a session meanwhile looks whether others are taken.
            self.reloads.send_replace(());
            self.sessions.end_all();
        }
    }

    fn reload_tokens(&self, file: &Path) -> Result<Reread, Error> {
        let read = Tokens::read(file)?;
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        if **tokens == read {
            return Ok(Reread::Same);
        }
        *tokens = Arc::new(read);
        Ok(Reread::Other)
    }

    /// What a token lets do now.
    ///
    /// # Errors
    /// `unauthenticated`, `issuer_unreachable`.
    pub(crate) async fn access(&self, token: &str) -> Result<Access, Problem> {
        match &self.issuer {
            Some(issuer) if jwt::is_one(token) => {
                issuer.prepare(token, self.now()).await;
                issuer.access(token, self.now())
            }
            _ => {
                let tokens = Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner));
                tokens.access(token, self.now()).ok_or_else(|| Problem::unauthenticated("the token is not taken"))
            }
        }
    }

    /// Lets somebody ask once more, unless they asked too often. On this machine nobody does.
    ///
    /// # Errors
    /// `too_many`.
    pub(crate) fn check_rate(&self, access: &Access) -> Result<(), Problem> {
        if self.settings.listen.is_local() && !self.settings.behind_proxy {
            return Ok(());
        }
        let (a_second, at_once) = self.settings.limits.rate;
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if rates.len() >= RATES {
            // Whoever did not ask for a while may ask as much as somebody who never did.
            rates.retain(|_, (since, left)| *left + now.duration_since(*since).as_secs_f64() * a_second < at_once);
        }
        let (since, left) = rates.entry(access.name.clone()).or_insert((now, at_once));
        *left = (*left + now.duration_since(*since).as_secs_f64() * a_second).min(at_once) - 1.0;
        *since = now;
        if *left < 0.0 {
            *left += 1.0;
            return Err(Problem::too_many("the token asks too often"));
        }
        Ok(())
    }

    /// Ends: streams end, and no question is taken any more.
    pub(crate) fn drain(&self) {
        self.ends.send_replace(true);
    }

    pub(crate) fn is_draining(&self) -> bool {
        *self.ends.borrow()
    }

    /// Does something with the ledger as a reader has it, until it is interrupted; `body` is what came with the request.
    pub(crate) fn with_session<T>(
        &self,
        reader: &Reader,
        body: Vec<u8>,
        interrupt: Interrupt,
        ask: impl FnOnce(&mut Session<'_>, &mut dyn Read) -> T,
    ) -> T {
        self.in_world(interrupt, |session| {
            ask(&mut session.reading(reader.clone()).keeping(Arc::clone(&self.folds)), &mut Cursor::new(body))
        })
    }

    /// Does something with the ledger as it is, which may be written to.
    pub(crate) fn with_own_session<T>(&self, work: impl FnOnce(&mut Session<'_>) -> T) -> T {
        self.in_world(Interrupt::default(), |session| work(&mut session.waiting(WAIT)))
    }

    fn in_world<T>(&self, interrupt: Interrupt, work: impl FnOnce(Session<'_>) -> T) -> T {
        let world = World {
            now: &mut || self.now(),
            new_id: &mut || (self.settings.new_id)(),
            new_secret: &mut || {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map(|()| secret)
            },
            dir: PathBuf::new(),
            watch: Box::new(Log),
            interrupt,
        };
        work(Session::new(world, self.settings.ledger.clone(), None))
    }
}

#[cfg(test)]
mod tests {
    use app::interrupt::Interrupt;
    use app::known::Known;
    use ledger::PartnerId;

    use crate::settings::Settings;
    use crate::testing::{Events as _, PARTNER, new_ledger, settings, shared};
    use crate::token::{NewToken, Scope, Tokens, make};

    #[test]
    fn a_question_that_nobody_waits_for_ends() {
        let dir = tempfile::tempdir().unwrap();
        new_ledger(dir.path()).append_some(0, 3);
        let shared = shared(settings(dir.path()), Tokens::default());
        let ask = |interrupt| {
            shared.with_session(&shared.ledger.reader(), Vec::new(), interrupt, |session, _| {
                Known::open(session, None)?.history(&PartnerId::new(PARTNER).unwrap()).map(drop)
            })
        };
        let raised = Interrupt::default();
        assert!(ask(raised.clone()).is_ok() && raised.raise(1));
        assert_eq!(ask(raised).unwrap_err().code(), "interrupted");
    }

    #[test]
    fn only_other_tokens_end_what_was_begun_by_those_before() {
        let dir = tempfile::tempdir().unwrap();
        let (ledger, file) = (dir.path().join("ledger"), dir.path().join("tokens"));
        drop(new_ledger(&ledger));
        let token = |name: &str| {
            let new = NewToken { name: name.to_owned(), scope: Scope::Read, partners: [].into(), expires: None };
            make(&file, &new).unwrap();
        };
        token("one");
        let settings = Settings { tokens: Some(file.clone()), ..settings(&ledger) };
        let shared = shared(settings, Tokens::read(&file).unwrap());
        let mut reloads = shared.reloads.subscribe();
        let mut has_ended = || {
            shared.reload();
            let has_changed = reloads.has_changed().unwrap();
            reloads.mark_unchanged();
            has_changed
        };
        assert!(!has_ended(), "the tokens are the same");
        token("two");
        assert!(has_ended());
        std::fs::write(&file, "x").unwrap();
        assert!(!has_ended(), "a file that is broken changes nothing");
    }
}
