//! Events that many hand over: one thread has the writer's lock for the time of each commit, and no longer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use app::Error;
use app::append::{self, Appended, Handed};
use tokio::sync::oneshot;

use crate::problem::Problem;
use crate::shared::Shared;

/// Batches that share a commit at most.
const TOGETHER: usize = 1_024;
/// How long it waits for another process that has the ledger.
pub(crate) const WAIT: Duration = Duration::from_secs(5);

/// Where events go.
pub(crate) struct Appends {
    sender: mpsc::SyncSender<Job>,
}

/// One batch, and who waits for it.
struct Job {
    handed: Handed,
    answer: oneshot::Sender<Result<Appended, Problem>>,
}

/// Whether the last append failed for a reason of the ledger's own.
#[derive(Debug, Default)]
pub(crate) struct LastAppend(AtomicBool);

impl LastAppend {
    pub(crate) fn has_failed(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Notes how an append ended.
    pub(crate) fn note(&self, has_failed: bool) {
        self.0.store(has_failed, Ordering::Release);
    }
}

impl Appends {
    /// Starts the thread. It ends when nobody can hand anything over any more.
    ///
    /// # Errors
    /// That of the operating system when it has no thread to give.
    pub(crate) fn start(shared: &Arc<Shared>) -> std::io::Result<Self> {
        let (sender, jobs) = mpsc::sync_channel(TOGETHER);
        // The thread must not keep alive what hands over to it.
        let shared = Arc::downgrade(shared);
        let log = tracing::dispatcher::get_default(tracing::Dispatch::clone);
        std::thread::Builder::new().name("appends".to_owned()).spawn(move || {
            let _log = tracing::dispatcher::set_default(&log);
            let mut appends = append::Appends::default();
            while let Ok(first) = jobs.recv() {
                let all: Vec<Job> = std::iter::once(first).chain(jobs.try_iter()).take(TOGETHER).collect();
                let Some(shared) = shared.upgrade() else { return };
                append(&shared, &mut appends, all);
            }
        })?;
        Ok(Self { sender })
    }

    /// Appends a batch; returns when it is durable.
    ///
    /// # Errors
    /// What is refused of it; `busy` when too many wait; `locked`, when another process has the ledger for long.
    pub(crate) async fn append(&self, handed: Handed) -> Result<Appended, Problem> {
        let (answer, answered) = oneshot::channel();
        self.sender
            .try_send(Job { handed, answer })
            .map_err(|_| Problem::busy("too many events wait to be recorded"))?;
        answered.await.map_err(|_| Problem::failed())?
    }
}

fn append(shared: &Shared, appends: &mut append::Appends, all: Vec<Job>) {
    let (handed, answers): (Vec<Handed>, Vec<_>) = all.into_iter().map(|job| (job.handed, job.answer)).unzip();
    let appended = shared.with_own_session(|session| appends.append_all(session, &handed));
    let is_own_fault = |error: &Error| !error.is_refusal();
    let (has_failed, appended): (bool, Vec<Result<Appended, Problem>>) = match appended {
        Ok((appended, reader)) => {
            // Whoever listens hears of it before the answer is there.
            shared.ledger.set(reader);
            let has_failed = appended.iter().any(|answer| answer.as_ref().is_err_and(is_own_fault));
            (has_failed, appended.into_iter().map(|answer| answer.map_err(Problem::from)).collect())
        }
        Err(error) => {
            let (has_failed, problem) = (is_own_fault(&error), Problem::from(error));
            (has_failed, answers.iter().map(|_| Err(problem.clone())).collect())
        }
    };
    shared.last_append.note(has_failed);
    for (answer, appended) in answers.into_iter().zip(appended) {
        // It is no error when nobody waits any more.
        drop(answer.send(appended));
    }
}
