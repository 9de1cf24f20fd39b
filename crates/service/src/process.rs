//! A service as a process: it runs until a signal ends it.

use std::ffi::OsString;
use std::time::Duration;

use app::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::server::{Handle, Server};
use crate::settings::Settings;
use crate::supervisor;

/// Threads that wait for the disk at a time, beside those on which questions are answered: for streams, and to see whether
/// there are new entries.
const ASIDE: usize = 16;
/// How long what is interrupted may take to end.
const GRACE: Duration = Duration::from_millis(500);

/// Listens, tells so, and answers until SIGTERM or SIGINT comes; SIGHUP reads the tokens and the
/// certificate again.
///
/// # Errors
/// Wrong usage, for what strangers could misuse; there is no ledger; a file of tokens, keys or a certificate that cannot be
/// read; the address is taken; what `on_listening` fails with; the operating system has no threads or no signals to give.
pub fn run(settings: Settings, on_listening: impl FnOnce(&Server) -> Result<(), Error>) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::new("failed", format!("failed to start: {error}"));
    // Each thread has a log of its own, unless it is given that of the one that starts it.
    let log = tracing::dispatcher::get_default(tracing::Dispatch::clone);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(settings.limits.scoring + ASIDE)
        .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&log)))
        .build()
        .map_err(failed)?;
    let done = runtime.block_on(async {
        let heed = |kind| signal(kind).map_err(failed);
        let (mut terminate, mut interrupt) = (heed(SignalKind::terminate())?, heed(SignalKind::interrupt())?);
        let hang_up = heed(SignalKind::hangup())?;
        let supervisor = settings.supervisor.clone();
        let server = Server::bind(settings).await?;
        on_listening(&server)?;
        let reloading = tokio::spawn(reload(server.handle(), hang_up, supervisor.clone()));
        supervisor::tell(supervisor.as_deref(), supervisor::READY);
        server
            .run(async {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                tracing::info!("the service ends");
                supervisor::tell(supervisor.as_deref(), supervisor::STOPPING);
            })
            .await;
        reloading.abort();
        Ok(())
    });
    // What is still under way is interrupted, and not waited for longer than it takes to hear of it.
    runtime.shutdown_timeout(GRACE);
    done
}

async fn reload(handle: Handle, mut hang_up: Signal, supervisor: Option<OsString>) {
    while hang_up.recv().await.is_some() {
        supervisor::tell(supervisor.as_deref(), &supervisor::reloading());
        handle.reload();
        supervisor::tell(supervisor.as_deref(), supervisor::READY);
    }
}
