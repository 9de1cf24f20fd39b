//! What all requests share.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use app::interrupt::Interrupt;
use app::location_partners::LocationPartners;
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
/// Roots of sizes that are remembered.
const ROOTS: usize = 4_096;

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
    pub(crate) last_append: LastAppend,
    /// The document of the API, with its tag, once it was asked for.
    pub(crate) document: OnceLock<(Bytes, String)>,
    /// Set when the service ends.
    pub(crate) ends: watch::Sender<bool>,
    /// Changed when other tokens are taken.
    pub(crate) reloads: watch::Sender<()>,
    tokens: RwLock<Arc<Tokens>>,
    rates: Mutex<BTreeMap<String, (Instant, f64)>>,
    roots: Mutex<BTreeMap<u64, [u8; 32]>>,
    location_partners: Arc<LocationPartners>,
    is_draining: AtomicBool,
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
            last_append: LastAppend::default(),
            document: OnceLock::new(),
            ends: watch::channel(false).0,
            reloads: watch::channel(()).0,
            tokens: RwLock::new(Arc::new(tokens)),
            rates: Mutex::new(BTreeMap::new()),
            roots: Mutex::new(BTreeMap::new()),
            location_partners: Arc::default(),
            is_draining: AtomicBool::new(false),
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
        let key = self.with_session(&self.ledger.reader(), Vec::new(), |session, _| key::show(session))?.verifier_key;
        Ok(key.split('+').next().unwrap_or_default().to_owned())
    }

    /// Reads again what it was told to read when it began. What cannot be read stays as it was, and is logged. With other
    /// tokens or keys, sessions and streams end, since theirs may be gone.
    pub(crate) fn reload(&self) {
        let tokens = self.settings.tokens.as_ref().map(|file| {
            let read = Tokens::read(file)?;
            *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
            Ok(true)
        });
        let keys = self.issuer.as_ref().map(Issuer::reload);
        let certificate = self.tls.as_ref().map(|tls| tls.reload().map(|()| true));
        let is_read = |what: &str, read: Option<Result<bool, Error>>| match read {
            Some(Ok(true)) => {
                tracing::info!("{what} were read again");
                true
            }
            None | Some(Ok(false)) => false,
            Some(Err(error)) => {
                tracing::error!("{what} stay as they were: {error}");
                false
            }
        };
        is_read("the certificate and its key", certificate);
        if is_read("the tokens", tokens) | is_read("the keys of the issuer", keys) {
            self.sessions.end_all();
            self.reloads.send_replace(());
        }
    }

    /// What a token lets do now.
    ///
    /// # Errors
    /// `unauthenticated`, `issuer_unreachable`.
    pub(crate) fn access(&self, token: &str) -> Result<Access, Problem> {
        match &self.issuer {
            Some(issuer) if jwt::is_one(token) => issuer.access(token, self.now()),
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

    /// The root of the tree of the first entries, so many.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub(crate) async fn root(self: &Arc<Self>, reader: &Arc<Reader>, size: u64) -> Result<[u8; 32], Problem> {
        if let Some(root) = self.roots.lock().unwrap_or_else(PoisonError::into_inner).get(&size) {
            return Ok(*root);
        }
        let (shared, reader) = (Arc::clone(self), Arc::clone(reader));
        let read = tokio::task::spawn_blocking(move || shared.read_root(&reader, size)).await;
        Ok(read.map_err(|_| Problem::failed())??)
    }

    fn read_root(&self, reader: &Reader, size: u64) -> Result<[u8; 32], Error> {
        let root = reader.root(size)?;
        let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        if roots.len() >= ROOTS {
            roots.clear();
        }
        roots.insert(size, root);
        Ok(root)
    }

    /// Ends: streams end, and no question is taken any more.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
        self.ends.send_replace(true);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Acquire)
    }

    /// Does something with the ledger as a reader has it; `body` is what came with the request.
    pub(crate) fn with_session<T>(
        &self,
        reader: &Reader,
        body: Vec<u8>,
        ask: impl FnOnce(&mut Session<'_>, &mut dyn Read) -> T,
    ) -> T {
        self.in_world(|session| ask(&mut session.reading(reader.clone()), &mut Cursor::new(body)))
    }

    /// Does something with the ledger as it is, which may be written to.
    pub(crate) fn with_own_session<T>(&self, work: impl FnOnce(&mut Session<'_>) -> T) -> T {
        self.in_world(|session| work(&mut session.waiting(WAIT)))
    }

    fn in_world<T>(&self, work: impl FnOnce(Session<'_>) -> T) -> T {
        let world = World {
            now: &mut || self.now(),
            new_id: &mut || (self.settings.new_id)(),
            new_secret: &mut || {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map(|()| secret)
            },
            dir: PathBuf::new(),
            watch: Box::new(Log),
            interrupt: Interrupt::default(),
        };
        work(Session::new(world, self.settings.ledger.clone(), None).keeping(Arc::clone(&self.location_partners)))
    }
}
