//! A service that listens, answers, and ends in order.

use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use app::Error;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::access::Access;
use crate::appends::Appends;
use crate::routes;
use crate::settings::{Limits, Listen, Settings};
use crate::shared::Shared;
use crate::token::{self, Scope, Tokens};

/// How long it waits after a connection could not be taken: the system is short of something.
const PAUSE: Duration = Duration::from_millis(50);
/// How long it says nothing more of connections that could not be taken.
const REST: Duration = Duration::from_mins(1);
/// Files beside connections that are open at most: those of the ledger, above all.
const OTHER_FILES: u64 = 128;
/// The least room that the library takes for headers.
const LEAST_ROOM: usize = 8 << 10;

/// A service that listens.
pub struct Server {
    shared: Arc<Shared>,
    listener: Listener,
    /// Where events go, where they are recorded.
    appends: Option<Arc<Appends>>,
    /// The token that was made for this run.
    token: Option<String>,
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Server {
    /// Opens the ledger, reads the tokens, and listens.
    ///
    /// # Errors
    /// Wrong usage, for what strangers could misuse; there is no ledger; a file of tokens, keys or a certificate that cannot
    /// be read; the address is taken.
    pub(crate) async fn bind(settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        let (tokens, token) = match &settings.tokens {
            Some(file) => (Tokens::read(file)?, None),
            None if settings.oidc.is_some() => (Tokens::default(), None),
            None => {
                let token = token::random()?;
                let scopes = vec![Scope::Audit, Scope::Write, Scope::Metrics];
                let access = Access { name: "this run".to_owned(), scopes, partners: [].into(), expires: None };
                (Tokens::default().with(&token, access), Some(token))
            }
        };
        warn_of_few_files(&settings.limits);
        let listen = settings.listen.clone();
        let mut shared = Shared::new(settings, tokens)?;
        let not_free = |place: String| {
            move |error: std::io::Error| Error::new("failed", format!("failed to listen at {place}: {error}"))
        };
        let listener = match listen {
            Listen::Address(address) => {
                let listener = TcpListener::bind(address).await.map_err(not_free(address.to_string()))?;
                shared.set_address(listener.local_addr().map_err(not_free(address.to_string()))?);
                Listener::Tcp(listener)
            }
            Listen::Unix(path) => {
                take_away_if_nobody_listens(&path);
                Listener::Unix(UnixListener::bind(&path).map_err(not_free(path.display().to_string()))?)
            }
        };
        let shared = Arc::new(shared);
        let started = |error| Error::new("failed", format!("failed to start a thread: {error}"));
        let appends = shared.settings.writes.then(|| Appends::start(&shared)).transpose().map_err(started)?;
        Ok(Self { shared, listener, appends: appends.map(Arc::new), token })
    }

    /// The address at which it listens.
    #[must_use]
    pub fn address(&self) -> String {
        let base = &self.shared.settings.base_path;
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        match &self.shared.settings.listen {
            Listen::Unix(path) => format!("unix:{}", path.display()),
            Listen::Address(address) => format!("{scheme}://{}{base}", self.shared.address().unwrap_or(*address)),
        }
    }

    /// The token that was made for this run, where no file has any.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// What a service is told while it runs.
    pub(crate) fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// Answers until `end` is done: then no request is taken any more, streams end, and what is under way has some time.
    pub(crate) async fn run(self, end: impl Future<Output = ()>) {
        let Self { shared, listener, appends, .. } = self;
        let watch = tokio::spawn(Arc::clone(&shared.ledger).run());
        let begun = Arc::clone(&shared);
        tokio::spawn(async move {
            if let Some(issuer) = &begun.issuer {
                issuer.begin(begun.now()).await;
            }
        });
        let router = routes::router(Arc::clone(&shared), appends);
        let connections = Arc::new(Semaphore::new(shared.settings.limits.connections));
        let graceful = GracefulShutdown::new();
        let mut end = std::pin::pin!(end);
        let mut shortages = Shortages::default();
        loop {
            let place = tokio::select! {
                place = Arc::clone(&connections).acquire_owned() => place,
                () = &mut end => break,
            };
            let Ok(place) = place else { break };
            let served = Served { shared: &shared, router: &router, graceful: &graceful, place };
            tokio::select! {
                taken = async {
                    match &listener {
                        Listener::Tcp(listener) => listener.accept().await.map(|(stream, _)| Taken::Tcp(stream)),
                        Listener::Unix(listener) => listener.accept().await.map(|(stream, _)| Taken::Unix(stream)),
                    }
                } => match taken {
                    Ok(Taken::Tcp(stream)) => {
                        drop(stream.set_nodelay(true));
                        end_when_nobody_reads(&stream, shared.settings.limits.request);
                        served.serve(stream);
                    }
                    Ok(Taken::Unix(stream)) => served.serve(stream),
                    Err(error) => {
                        if let Some(more) = shortages.count() {
                            tracing::warn!("a connection could not be taken: {error}{more}");
                        }
                        tokio::time::sleep(PAUSE).await;
                    }
                },
                () = &mut end => break,
            }
        }
        drop(listener);
        if let Listen::Unix(path) = &shared.settings.listen {
            take_away_if_nobody_listens(path);
        }
        shared.drain();
        if tokio::time::timeout(shared.settings.limits.drain, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests were not done in time");
        }
        watch.abort();
    }
}

/// Connections that could not be taken.
#[derive(Default)]
struct Shortages {
    logged_at: Option<Instant>,
    /// How many there were since then.
    count: u64,
}

impl Shortages {
    /// Counts one; returns what to log of those that were not logged, once a minute.
    fn count(&mut self) -> Option<String> {
        if self.logged_at.is_some_and(|at| at.elapsed() < REST) {
            self.count += 1;
            return None;
        }
        let count = std::mem::take(&mut self.count);
        self.logged_at = Some(Instant::now());
        Some(if count == 0 { String::new() } else { format!(", like {count} before it") })
    }
}

/// Warns when the system allows fewer open files than the connections that are taken.
fn warn_of_few_files(limits: &Limits) {
    let wanted = limits.connections as u64 + OTHER_FILES;
    if let Some(most) = getrlimit(Resource::Nofile).current.filter(|most| *most < wanted) {
        let connections = limits.connections;
        tracing::warn!(
            "the system allows {most} open files, too few for {connections} connections: raise it to {wanted} \
             (`ulimit -n`, `LimitNOFILE=`), or lower `--limit-connections`"
        );
    }
}

/// What a service is told while it runs.
#[derive(Clone)]
pub(crate) struct Handle(Arc<Shared>);

impl Handle {
    /// Reads again what it was told to read when it began.
    pub(crate) fn reload(&self) {
        self.0.reload();
    }
}

/// Ends a connection whose other side takes nothing for so long: it would keep its place for ever.
fn end_when_nobody_reads(stream: &TcpStream, patience: Duration) {
    #[cfg(target_os = "linux")]
    {
        let millis = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, millis) {
            tracing::debug!("a connection has no bound in time: {error}");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, patience);
}

/// Takes away the socket of a service that has ended: its name stays behind, and would keep others from listening there.
fn take_away_if_nobody_listens(path: &Path) {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    let is_left = |error: std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
    if is_socket && std::os::unix::net::UnixStream::connect(path).is_err_and(is_left) {
        // Whoever listens next says why, if it is still there.
        drop(std::fs::remove_file(path));
    }
}

enum Taken {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// What a connection is served by.
struct Served<'s> {
    shared: &'s Arc<Shared>,
    router: &'s Router,
    graceful: &'s GracefulShutdown,
    place: tokio::sync::OwnedSemaphorePermit,
}

impl Served<'_> {
    fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self { shared, router, graceful, place } = self;
        let (shared, router, watcher) = (Arc::clone(shared), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            let limits = shared.settings.limits;
            let Some(tls) = &shared.tls else { return answer(limits, router, watcher, stream).await };
            let mut ends = shared.ends.subscribe();
            let encrypted = tokio::select! {
                encrypted = tokio::time::timeout(limits.header_wait, tls.acceptor().accept(stream)) => encrypted,
                _ = ends.wait_for(|ends| *ends) => return,
            };
            match encrypted {
                Ok(Ok(stream)) => answer(limits, router, watcher, stream).await,
                Ok(Err(error)) => tracing::debug!("a connection could not be encrypted: {error}"),
                Err(_) => tracing::debug!("a connection was not encrypted in time"),
            }
        });
    }
}

/// Answers the requests of a connection until it ends.
async fn answer(
    limits: Limits,
    router: Router,
    watcher: Watcher,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
) {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_wait)
        .max_buf_size((limits.headers + limits.address).max(LEAST_ROOM));
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!("a connection ended: {error}");
    }
}

impl Shared {
    /// The port at which it listens.
    pub(crate) fn port(&self) -> Option<u16> {
        self.address().map(|address| address.port())
    }
}

#[cfg(test)]
mod tests {
    use super::{REST, Shortages};

    #[tokio::test(start_paused = true)]
    async fn connections_that_could_not_be_taken_are_logged_once_a_minute() {
        let mut shortages = Shortages::default();
        assert_eq!(shortages.count().as_deref(), Some(""));
        assert_eq!((shortages.count(), shortages.count()), (None, None));
        tokio::time::advance(REST).await;
        assert_eq!(shortages.count().as_deref(), Some(", like 2 before it"));
    }
}
