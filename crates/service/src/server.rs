//! A service that listens, answers, and ends in order.

use std::sync::Arc;
use std::time::Duration;

use app::Error;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;

use crate::access::Access;
use crate::appends::Appends;
use crate::routes;
use crate::settings::{Listen, Settings};
use crate::shared::Shared;
use crate::token::{self, Scope, Tokens};

/// How long it waits after a connection could not be taken: the system is short of something.
const PAUSE: Duration = Duration::from_millis(50);
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
    /// Wrong usage, for what strangers could misuse; there is no ledger; a file of tokens that cannot be read; the address
    /// is taken.
    pub(crate) async fn bind(settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        let (tokens, token) = if let Some(file) = &settings.tokens {
            (Tokens::read(file)?, None)
        } else {
            let token = token::random()?;
            let scopes = vec![Scope::Audit, Scope::Write, Scope::Metrics];
            let access = Access { name: "this run".to_owned(), scopes, partners: [].into(), expires: None };
            (Tokens::default().with(&token, access), Some(token))
        };
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
        match (self.shared.address(), &self.shared.settings.listen) {
            (Some(address), _) => format!("http://{address}{base}"),
            (None, Listen::Unix(path)) => format!("unix:{}", path.display()),
            (None, Listen::Address(address)) => format!("http://{address}{base}"),
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
        let router = routes::router(Arc::clone(&shared), appends);
        let connections = Arc::new(Semaphore::new(shared.settings.limits.connections));
        let graceful = GracefulShutdown::new();
        let mut end = std::pin::pin!(end);
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
                        served.serve(stream);
                    }
                    Ok(Taken::Unix(stream)) => served.serve(stream),
                    Err(error) => {
                        tracing::warn!("a connection could not be taken: {error}");
                        tokio::time::sleep(PAUSE).await;
                    }
                },
                () = &mut end => break,
            }
        }
        drop(listener);
        shared.drain();
        if tokio::time::timeout(shared.settings.limits.drain, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests were not done in time");
        }
        watch.abort();
    }
}

/// What a service is told while it runs.
#[derive(Clone)]
pub(crate) struct Handle(Arc<Shared>);

impl Handle {
    /// Reads the file of tokens again; one that cannot be read changes nothing, and is logged.
    pub(crate) fn reload(&self) {
        let Some(file) = &self.0.settings.tokens else { return };
        match Tokens::read(file) {
            Ok(tokens) => {
                self.0.set_tokens(tokens);
                tracing::info!("the tokens were read again");
            }
            Err(error) => tracing::error!("the tokens stay as they were: {error}"),
        }
    }
}

enum Taken {
    Tcp(tokio::net::TcpStream),
    Unix(tokio::net::UnixStream),
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
        let limits = shared.settings.limits;
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_wait)
            .max_buf_size(limits.headers.max(LEAST_ROOM));
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = watched.await {
                tracing::debug!("a connection ended: {error}");
            }
        });
    }
}

impl Shared {
    /// The port at which it listens.
    pub(crate) fn port(&self) -> Option<u16> {
        self.address().map(|address| address.port())
    }
}
